"""How PyPI judges the attestations that come with a file: its order and its words."""

import json
from dataclasses import dataclass
from typing import Protocol

from publish_sandbox.http.multipart import Form
from publish_sandbox.pypi.rules import invalid
from publish_sandbox.pypi.trusted_publishers import Publisher
from publish_sandbox.pypi.upload_tokens import TokenRow

_TOLD = "Invalid attestations supplied during upload: "
_MOST = 2
_PREDICATES = frozenset({"https://docs.pypi.org/attestations/publish/v1", "https://slsa.dev/provenance/v1"})


class Unparsed(Exception):
    """The text is no list of attestations; the words are those of PyPI's parser."""


class Unverified(Exception):
    """An attestation does not hold; the words are those of PyPI's verifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What an attestation must be about."""

    file_name: str
    sha256: str
    publisher: Publisher


class AttestationVerifier(Protocol):
    """Parses and verifies attestations with the trust root of one Sigstore."""

    def parse(self, text: str) -> list[str]:
        """Return each attestation of a JSON list as JSON. Raises `Unparsed`."""

    def verify(self, attestation: str, about: Attested) -> str:
        """Return the predicate type of a good attestation. Raises `Unverified`, and anything on garbage."""


def judge_attestations(
    form: Form, row: TokenRow, *, publisher: Publisher | None, sha256: str, verifier: AttestationVerifier | None
) -> None:
    """Refuse what PyPI refuses, in its order. Without a verifier only the form and the number are judged."""
    if "attestations" not in form.fields:
        return
    if row.user is not None or publisher is None:
        raise invalid(f"{_TOLD}Attestations are only supported when using Trusted Publishing")
    attestations = _parse(form.first("attestations"), verifier)
    if not attestations:
        raise invalid(f"{_TOLD}Malformed attestations: an empty attestation set is not permitted")
    if len(attestations) > _MOST:
        raise invalid(f"{_TOLD}A maximum of {_MOST} attestations per file are supported")
    if verifier is not None:
        file_name = next(part.file_name for part in form.files if part.name == "content")
        _verify_all(attestations, Attested(file_name=file_name, sha256=sha256, publisher=publisher), verifier)


def _parse(text: str, verifier: AttestationVerifier | None) -> list[str]:
    try:
        return verifier.parse(text) if verifier else _parse_objects(text)
    except Unparsed as error:
        # The raw line end in the words is PyPI's own: it breaks the status line.
        raise invalid(f"{_TOLD}Malformed attestations: {error}") from None


def _parse_objects(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unparsed("1 validation error for list[Attestation]\n  Invalid JSON")
    return [json.dumps(one) for one in value]


def _verify_all(attestations: list[str], about: Attested, verifier: AttestationVerifier) -> None:
    seen = set[str]()
    for attestation in attestations:
        try:
            predicate = verifier.verify(attestation, about)
        except Unverified as error:
            raise invalid(
                f"{_TOLD}Could not verify the uploaded artifact using the included attestation: Verification failed: "
                f"{error}"
            ) from None
        except Exception as error:  # noqa: BLE001 -- PyPI tells whatever its libraries raise
            raise invalid(f"{_TOLD}Unknown error while trying to verify included attestations: {error}") from None
        if predicate not in _PREDICATES:
            raise invalid(f"{_TOLD}Attestation with unsupported predicate type: {predicate}")
        if predicate in seen:
            raise invalid(
                f"{_TOLD}Multiple attestations for the same file with the same predicate type ({predicate}) are not "
                "supported"
            )
        seen.add(predicate)
