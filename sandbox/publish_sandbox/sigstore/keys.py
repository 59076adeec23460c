"""Signing keys of the local Sigstore and their identifiers."""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def make_key() -> ec.EllipticCurvePrivateKey:
    """Return a new P-256 key, the kind that the public Sigstore uses."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key of a log, named by the hash of its public half (RFC 6962, 3.2)."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=make_key)

    @property
    def public_der(self) -> bytes:
        """Return the public key as SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def id(self) -> bytes:
        """Return the log's identifier, 32 bytes."""
        return hashlib.sha256(self.public_der).digest()

    def sign(self, data: bytes) -> bytes:
        """Return an ECDSA signature with SHA-256, in DER."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
