"""The client trust configuration of a Sigstore: whom to trust, and where to sign (Sigstore's protobuf-specs)."""

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from publish_sandbox.sigstore.keys import LogKey

_VERSION = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_ROOT = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
_SIGNING = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
_OPERATOR = "sandbox"


def describe_trust(
    *,
    url: str,
    issuer: str,
    begins: datetime,
    chain: Sequence[x509.Certificate],
    ct_key: LogKey,
    log_key: LogKey,
    timestamp_url: str | None,
) -> dict[str, object]:
    """Return the configuration as JSON; `chain` is the authority's, the intermediate first."""
    valid = {"start": f"{begins:%Y-%m-%dT%H:%M:%SZ}"}
    return {
        "mediaType": _VERSION,
        "trustedRoot": {
            "mediaType": _ROOT,
            "tlogs": [_describe_log(log_key, url, valid)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "sandbox", "commonName": "sandbox"},
                    "uri": url,
                    "certChain": {"certificates": [{"rawBytes": _encode(_to_der(each))} for each in chain]},
                    "validFor": valid,
                }
            ],
            "ctlogs": [_describe_log(ct_key, url, valid)],
            "timestampAuthorities": [],
        },
        "signingConfig": {
            "mediaType": _SIGNING,
            "caUrls": [_describe_service(url, valid)],
            "oidcUrls": [_describe_service(issuer, valid)],
            "rekorTlogUrls": [_describe_service(url, valid)],
            "tsaUrls": [_describe_service(timestamp_url, valid)] if timestamp_url else [],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        },
    }


def _describe_log(key: LogKey, url: str, valid: dict[str, str]) -> dict[str, object]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": _encode(key.public_der),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": valid,
        },
        "logId": {"keyId": _encode(key.id)},
    }


def _describe_service(url: str, valid: dict[str, str]) -> dict[str, object]:
    return {"url": url, "majorApiVersion": 1, "validFor": valid, "operator": _OPERATOR}


def _to_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
