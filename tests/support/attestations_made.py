"""Attestations in the form of PEP 740, with made-up signatures: what the check of their form accepts."""

import base64
import json
from collections.abc import Mapping

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"


def encode(data: bytes) -> str:
    """Return base64 text."""
    return base64.b64encode(data).decode()


def statement(file: str, sha256: str, *, predicate: str = PUBLISH) -> dict[str, object]:
    """Return an in-toto statement about one file."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file, "digest": {"sha256": sha256}}],
        "predicateType": predicate,
        "predicate": None,
    }


def attestation(said: Mapping[str, object], **changes: object) -> dict[str, object]:
    """Return an attestation of this statement; `changes` replace its parts at the top."""
    return {
        "version": 1,
        "verification_material": {"certificate": encode(b"certificate"), "transparency_entries": [{"logIndex": "1"}]},
        "envelope": {"statement": encode(json.dumps(said).encode()), "signature": encode(b"signature")},
        **changes,
    }


def attest(file: str, sha256: str, *, predicate: str = PUBLISH) -> str:
    """Return the text of a good attestation."""
    return json.dumps(attestation(statement(file, sha256, predicate=predicate)))
