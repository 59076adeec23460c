"""Verify attestations offline: signature, certificate, log entry, publisher, file name and hash.

Used for what this run signed (before anything is sent), for what lies beside a file, and for what an index serves.
Anything that the libraries raise means that the attestation does not verify: they parse what strangers wrote.
"""

from datetime import UTC, datetime

from cryptography import x509
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from pypi_attestations import Attestation as LibraryAttestation
from pypi_attestations import GitHubPublisher
from sigstore.errors import VerificationError
from sigstore.verify import policy

from publish_action.attestations.attestation import (
    LONGEST_BYTES,
    PREDICATES,
    Attestation,
    Fault,
    PublisherIdentity,
    Subject,
    Unverified,
)
from publish_action.attestations.trust import Trust
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.text import shorten

_STATEMENT = "https://in-toto.io/Statement/v1"
_ISSUER = "https://token.actions.githubusercontent.com"
_REPOSITORY, _WORKFLOW = "1.3.6.1.4.1.57264.1.12", "1.3.6.1.4.1.57264.1.18"


class _WrongPublisher(VerificationError):
    """The certificate is good and somebody else's."""


def verify_attestation(
    text: str, *, subject: Subject, identity: PublisherIdentity, trust: Trust
) -> Attestation | Unverified:
    """Return the attestation if it holds for this file, signed by this publisher; dials nobody."""
    if len(text) > LONGEST_BYTES:
        return Unverified(fault=Fault.MALFORMED, detail=f"over {LONGEST_BYTES} bytes")
    try:
        parsed = LibraryAttestation.model_validate_json(text)
        bundle = parsed.to_bundle()
    except Exception as error:  # noqa: BLE001 -- see the top of the file
        return Unverified(fault=Fault.MALFORMED, detail=type(error).__name__)
    try:
        trust.verifier.verify_dsse(bundle, _PublisherPolicy(identity))
    except Exception as error:  # noqa: BLE001 -- see the top of the file
        return _explain(error, parsed, identity)
    return _match_statement(parsed, text, subject)


class _PublisherPolicy:
    """The policy that PyPI applies, with a refusal that can be told from others."""

    def __init__(self, identity: PublisherIdentity) -> None:
        self._policy = _make_policy(identity)

    def verify(self, cert: x509.Certificate) -> None:
        """Compare issuer, repository and workflow. Raises `_WrongPublisher`."""
        try:
            self._policy.verify(cert)
        except (VerificationError, x509.ExtensionNotFound) as error:
            raise _WrongPublisher(str(error)) from error


def _make_policy(identity: PublisherIdentity) -> policy.VerificationPolicy:
    if identity.workflow is not None:
        publisher = GitHubPublisher(repository=identity.repository, workflow=identity.workflow)
        return publisher._as_policy()  # noqa: SLF001 -- the very policy that PyPI applies
    repository = policy.OIDCSourceRepositoryURI(f"https://github.com/{identity.repository}")
    return policy.AllOf([policy.OIDCIssuerV2(_ISSUER), repository])


def _match_statement(parsed: LibraryAttestation, text: str, subject: Subject) -> Attestation | Unverified:
    """Compare what was signed with the file (pypi-attestations compares in the same way)."""
    statement = parse_json_object(parsed.envelope.statement) or {}
    subjects = pick_objects(statement, "subject")
    if pick_text(statement, "_type") != _STATEMENT or len(subjects) != 1:
        return Unverified(fault=Fault.MALFORMED, detail="not an in-toto statement about one file")
    predicate = pick_text(statement, "predicateType")
    if predicate not in PREDICATES:
        return Unverified(fault=Fault.PREDICATE, detail=shorten(predicate))
    name, digest = pick_text(subjects[0], "name"), subjects[0].get("digest")
    if not _is_same_name(name, subject.file):
        return Unverified(fault=Fault.NAME, detail=shorten(name))
    if not isinstance(digest, dict) or digest.get("sha256") != subject.sha256:
        return Unverified(fault=Fault.DIGEST, detail="")
    entry = parsed.verification_material.transparency_entries[0]
    return Attestation(predicate=predicate, log_index=int(entry["logIndex"]), text=text)


def _is_same_name(name: str, file: str) -> bool:
    """Compare file names as PyPI does: what they mean, not how they are spelled."""
    try:
        parse = parse_wheel_filename if file.endswith(".whl") else parse_sdist_filename
        return parse(name) == parse(file)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return False


def _explain(error: Exception, parsed: LibraryAttestation, identity: PublisherIdentity) -> Unverified:
    """Sort what the verifier raised; its words alone tell most of its refusals apart."""
    said = str(error)
    if isinstance(error, _WrongPublisher):
        return Unverified(fault=Fault.IDENTITY, detail=compare_identities(parsed.model_dump_json(), identity))
    if moments := _name_times_outside(parsed):
        return Unverified(fault=Fault.EXPIRED, detail=moments)
    if "certificate chain" in said or "SCT" in said:
        return Unverified(fault=Fault.AUTHORITY, detail=shorten(said))
    if said.startswith("log entry"):
        return Unverified(fault=Fault.ENTRY, detail="")
    if said.startswith("DSSE: invalid signature"):
        return Unverified(fault=Fault.SIGNATURE, detail="")
    return Unverified(fault=Fault.LOG, detail=shorten(said))


def _name_times_outside(parsed: LibraryAttestation) -> str:
    """Return when it was logged and when the certificate held, where these do not fit; else the empty text."""
    try:
        entry = parsed.verification_material.transparency_entries[0]
        certificate = x509.load_der_x509_certificate(parsed.verification_material.certificate)
        logged = datetime.fromtimestamp(int(entry["integratedTime"]), UTC)
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    # OSError: a year that the C library cannot count.
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return ""
    if begins <= logged <= ends:
        return ""
    return f"logged {logged:%Y-%m-%d %H:%M:%S}, valid from {begins:%Y-%m-%d %H:%M:%S} to {ends:%Y-%m-%d %H:%M:%S} UTC"


def compare_identities(text: str, identity: PublisherIdentity) -> str:
    """Return who signed an attestation beside who was expected; nothing in it has to be verified."""
    try:
        claims = LibraryAttestation.model_validate_json(text).certificate_claims
    except Exception:  # noqa: BLE001 -- see the top of the file
        claims = {}
    signed = claims.get(_WORKFLOW) or claims.get(_REPOSITORY) or "nobody that GitHub knows"
    workflow = f"/.github/workflows/{identity.workflow}" if identity.workflow else ""
    return f"signed by {shorten(signed)}, expected https://github.com/{identity.repository}{workflow}"
