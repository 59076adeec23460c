"""What is known of a distribution's attestation."""

from dataclasses import dataclass
from enum import StrEnum


class Attesting(StrEnum):
    """Where a distribution's attestation comes from."""

    SIGNED = "signed"
    """This run made it."""
    PASSED_ON = "passed-on"
    """It lay beside the distribution, and was verified."""
    ON_INDEX = "on the index"
    """The index had file and attestation already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedFile:
    """A distribution with a verified attestation."""

    file: str
    origin: Attesting
    predicate: str
    """The type of its predicate, a URL."""
    log_index: int
    """Index of its entry in the transparency log."""
    log_url: str
    """Where a person can read that entry."""
    count: int = 1
    """How many attestations go with the file; the other fields describe the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRecord:
    """What a run knows of its attestations."""

    is_on: bool = False
    reason: str = ""
    """Why they are off; empty while that is not known."""
    files: tuple[AttestedFile, ...] = ()
    served: tuple[tuple[str, str], ...] = ()
    """File name, and what the index serves as its provenance, in words."""

    def find(self, file: str) -> AttestedFile | None:
        """Return the attestation of a file, None where it has none."""
        return next((each for each in self.files if each.file == file), None)

    def describe_served(self, file: str) -> str:
        """Return what the index serves as the provenance of a file; empty where it was not asked."""
        return dict(self.served).get(file, "")
