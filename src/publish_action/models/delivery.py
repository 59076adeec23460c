"""What became of the files of a release."""

from dataclasses import dataclass
from enum import StrEnum

from publish_action.models.distribution import Distribution


class Outcome(StrEnum):
    """What became of one distribution (contract, section 3)."""

    UPLOADED = "uploaded"
    ALREADY_THERE = "already-there"
    REJECTED = "rejected"
    NOT_TRIED = "not-tried"


class Served(StrEnum):
    """Whether the index's read side serves every file with our hash."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One distribution's outcome, and where it can be read (empty where that is not known)."""

    distribution: Distribution
    outcome: Outcome
    url: str = ""
    said: str = ""
    """What the index said of it, shortened; hostile text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What became of a release."""

    files: tuple[FileReport, ...]
    served: Served = Served.UNKNOWN
    was_asked: bool = False
    """True if the index's read side was asked, after the uploads, what it serves."""
