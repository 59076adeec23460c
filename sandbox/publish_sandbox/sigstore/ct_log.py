"""A certificate transparency log: it promises, inside a certificate, to publish that certificate (RFC 6962)."""

import hashlib
import struct
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from publish_sandbox.sigstore.github_identity import encode_length
from publish_sandbox.sigstore.keys import LogKey

_SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_V1, _CERTIFICATE_TIMESTAMP, _PRECERT_ENTRY = 0, 0, 1
_SHA256, _ECDSA = 4, 3


def promise(
    precertificate: x509.Certificate, *, issuer: ec.EllipticCurvePublicKey, key: LogKey, key_id: bytes, now: datetime
) -> x509.UnrecognizedExtension:
    """Return the extension with one signed certificate timestamp for a certificate that lacks it yet (3.2, 3.3)."""
    timestamp = int(now.timestamp() * 1000)
    tbs = precertificate.tbs_certificate_bytes
    signed = (
        struct.pack("!BBQH", _V1, _CERTIFICATE_TIMESTAMP, timestamp, _PRECERT_ENTRY)
        + _hash_key(issuer)
        + len(tbs).to_bytes(3, "big")
        + tbs
        + struct.pack("!H", 0)
    )
    signature = key.sign(signed)
    sct = (
        struct.pack("!B32sQH", _V1, key_id, timestamp, 0)
        + struct.pack("!BBH", _SHA256, _ECDSA, len(signature))
        + signature
    )
    listed = struct.pack("!HH", len(sct) + 2, len(sct)) + sct
    return x509.UnrecognizedExtension(_SCT_LIST, b"\x04" + encode_length(len(listed)) + listed)


def _hash_key(public: ec.EllipticCurvePublicKey) -> bytes:
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
