"""Judge the form of PEP 740 attestations: whether each is one, and speaks of the file that it lies beside.

Signatures and certificates are not verified here; nothing but the standard library and `packaging` is needed.
The form is PEP 740's "Attestation object" with an in-toto statement v1; the limits are Warehouse's.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publish_action.distributions.filename import parse_file_name
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.text import quote_short

PREDICATE_TYPES = ("https://docs.pypi.org/attestations/publish/v1", "https://slsa.dev/provenance/v1")
"""What PyPI accepts, at most one of each a file."""

_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_VERSION = 1
_MOST = len(PREDICATE_TYPES)
_REMEDY = "Attest the distribution again after the last build, or remove the file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What one attestation says, of which nothing was verified."""

    predicate_type: str
    subject: str
    """The file name that it names."""
    sha256: str
    """In lower-case hexadecimal digits."""


def parse_attestation(text: str) -> Attestation:
    """Read one attestation.

    Raises `DistributionsInvalid`: E_ATTESTATION_UNREADABLE, E_ATTESTATION_VERSION or E_ATTESTATION_LOG.
    """
    attestation = _parse_object(text.encode(), "It is not a JSON object.")
    version = attestation.get("version")
    if isinstance(version, bool) or version != _VERSION:
        raise _invalid(
            "E_ATTESTATION_VERSION", f"Its version is {quote_short(str(version))}; PEP 740 defines only version 1."
        )
    material = _pick_object(attestation, "verification_material")
    if not _decode(pick_text(material, "certificate")):
        raise _unreadable("It has no signing certificate (verification_material.certificate).")
    if not pick_objects(material, "transparency_entries"):
        raise _invalid("E_ATTESTATION_LOG", "It has no transparency log entry.")
    envelope = _pick_object(attestation, "envelope")
    if not _decode(pick_text(envelope, "signature")):
        raise _unreadable("It has no signature (envelope.signature).")
    return _parse_statement(_decode(pick_text(envelope, "statement")))


def judge_attestations(
    texts: Mapping[str, str], *, file: str, sha256: str
) -> Iterator[tuple[str, DistributionsInvalid]]:
    """Yield what is wrong with the attestations of one distribution, by the name of the file that each is in."""
    seen: dict[str, str] = {}
    if len(texts) > _MOST:
        yield (
            max(texts),
            _invalid("E_ATTESTATION_TOO_MANY", f"{len(texts)} attestations are beside {file}; {_MOST} are accepted."),
        )
    for name, text in texts.items():
        try:
            attestation = parse_attestation(text)
            _check_subject(attestation, file=file, sha256=sha256)
            _check_predicate(attestation, seen)
        except DistributionsInvalid as error:
            yield name, error
        else:
            seen[attestation.predicate_type] = name


def _parse_statement(data: bytes) -> Attestation:
    statement = _parse_object(data, "Its statement is not a JSON object in base64 (envelope.statement).")
    subjects = pick_objects(statement, "subject")
    if pick_text(statement, "_type") != _STATEMENT_TYPE or len(subjects) != 1:
        raise _unreadable(f"Its statement is not an in-toto statement ({_STATEMENT_TYPE}) with one subject.")
    return Attestation(
        predicate_type=pick_text(statement, "predicateType"),
        subject=pick_text(subjects[0], "name"),
        sha256=pick_text(_pick_object(subjects[0], "digest"), "sha256"),
    )


def _check_subject(attestation: Attestation, *, file: str, sha256: str) -> None:
    if not _is_same_name(attestation.subject, file):
        raise _invalid("E_ATTESTATION_NAME", f"It attests {quote_short(attestation.subject)}, but is beside {file}.")
    if attestation.sha256 != sha256:
        raise _invalid(
            "E_ATTESTATION_MISMATCH",
            f"It attests a file with SHA-256 {quote_short(attestation.sha256)}, but {file} has {sha256}.",
        )


def _check_predicate(attestation: Attestation, seen: Mapping[str, str]) -> None:
    kind = attestation.predicate_type
    if kind not in PREDICATE_TYPES:
        raise _invalid(
            "E_ATTESTATION_PREDICATE",
            f"Its predicate type is {quote_short(kind)}; PyPI accepts {' and '.join(PREDICATE_TYPES)}.",
        )
    if kind in seen:
        raise _invalid(
            "E_ATTESTATION_TWICE", f"{seen[kind]} has the same predicate type, {kind}; PyPI accepts one of each."
        )


def _is_same_name(subject: str, file: str) -> bool:
    """Compare as PyPI does: the order of a wheel's compressed tags, and the spelling of name and version, are free."""
    if subject == file:
        return True
    try:
        one, other = parse_file_name(subject), parse_file_name(file)
    except DistributionsInvalid:
        return False
    is_same = (one.kind, one.project, one.version) == (other.kind, other.project, other.version)
    return is_same and (one.kind is Kind.SDIST or _tags_of(subject) == _tags_of(file))


def _tags_of(wheel: str) -> tuple[object, ...]:
    _, _, *build, python, abi, platform = wheel.removesuffix(".whl").split("-")
    return tuple(build), *(frozenset(tag.split(".")) for tag in (python, abi, platform))


def _parse_object(data: bytes, problem: str) -> Mapping[str, object]:
    found = parse_json_object(data)
    if found is None:
        raise _unreadable(problem)
    return found


def _pick_object(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise _unreadable(f"It has no object {name!r}.")
    return found


def _decode(text: str) -> bytes:
    """Decode base64; what is none counts as empty."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _unreadable(problem: str) -> DistributionsInvalid:
    return _invalid("E_ATTESTATION_UNREADABLE", problem)


def _invalid(code: str, problem: str) -> DistributionsInvalid:
    return DistributionsInvalid(problem, remedy=_REMEDY, code=code)
