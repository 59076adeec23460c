"""The certificate authority of the local Sigstore: a root, an intermediate, and short-lived leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from publish_sandbox.sigstore import ct_log
from publish_sandbox.sigstore.github_identity import list_extensions, name_subject
from publish_sandbox.sigstore.keys import LogKey, make_key

_YEARS = timedelta(days=3650)
_BACKDATED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What is to be certified, and for how long."""

    public_key: ec.EllipticCurvePublicKey
    claims: Mapping[str, object]
    not_before: datetime
    not_after: datetime


@dataclass(slots=True)
class CertificateAuthority:
    """Hold the keys of one authority and its CT log."""

    begins: datetime
    ct_key: LogKey = field(default_factory=LogKey)
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=make_key)
    intermediate_key: ec.EllipticCurvePrivateKey = field(default_factory=make_key)
    root: x509.Certificate = field(init=False)
    intermediate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        root, intermediate = _name("sandbox-root"), _name("sandbox-intermediate")
        self.root = self._certify_authority(root, root, self.root_key.public_key(), path_length=1)
        self.intermediate = self._certify_authority(intermediate, root, self.intermediate_key.public_key(), 0)

    def issue(self, leaf: Leaf, *, ct_signer: LogKey | None = None) -> list[x509.Certificate]:
        """Return the certificate with its embedded timestamp, the intermediate and the root.

        `ct_signer` signs the timestamp in place of the CT log's own key, still under that key's identifier.
        """
        builder = self._prepare(leaf)
        precertificate = builder.sign(self.intermediate_key, hashes.SHA256())
        timestamp = ct_log.promise(
            precertificate,
            issuer=self.intermediate_key.public_key(),
            key=ct_signer or self.ct_key,
            key_id=self.ct_key.id,
            now=leaf.not_before,
        )
        signed = builder.add_extension(timestamp, critical=False).sign(self.intermediate_key, hashes.SHA256())
        return [signed, self.intermediate, self.root]

    def _prepare(self, leaf: Leaf) -> x509.CertificateBuilder:
        issuer = self.intermediate_key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.subject)
            .public_key(leaf.public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(leaf.not_before)
            .not_valid_after(leaf.not_after)
            .add_extension(_allow(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf.public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
            # Critical, for the subject is empty (RFC 5280, 4.1.2.6).
            .add_extension(name_subject(leaf.claims), critical=True)
        )
        for extension in list_extensions(leaf.claims):
            builder = builder.add_extension(extension, critical=False)
        return builder

    def _certify_authority(
        self, subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, path_length: int
    ) -> x509.Certificate:
        signer = self.root_key
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begins - _BACKDATED)
            .not_valid_after(self.begins + _YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_allow(key_cert_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _allow(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
