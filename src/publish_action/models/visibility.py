"""What sources say of the repository's visibility."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Visibility(StrEnum):
    """What one source says of the source repository (GitHub's own words)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PRIVATE = "private"


class Verdict(StrEnum):
    """What all sources together say; only `PUBLIC` opens a public index without a grant."""

    PUBLIC = "PUBLIC"
    NONPUBLIC = "NONPUBLIC"
    UNKNOWN = "UNKNOWN"
    DISAGREE = "DISAGREE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A source that said what the repository's visibility is."""

    visibility: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A source that answered rubbish, or whose answer failed verification."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """A source that is absent or could not be reached."""

    reason: str


Answer = Answered | Malformed | NoAnswer


class Source(StrEnum):
    """Where a fact about visibility came from; the first two are authoritative (contract, section 5)."""

    ID_TOKEN = "ID token"  # noqa: S105 -- the name of a source, not a secret
    API = "REST API"
    EVENT = "event payload"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer:
    """One source's answer, and when we had it (UTC)."""

    source: Source
    answer: Answer
    at: datetime


class PublishAudience(StrEnum):
    """What an organisation's signed property lets its repositories do, beyond all other rules."""

    UNSAID = "unsaid"
    """The ID token has no such property, or there is none that was verified."""
    PRIVATE_ONLY = "private-only"
    BY_GRANT = "by-grant"
    PUBLIC_OK = "public-ok"
    UNKNOWN = "unknown"
    """The property is there and says something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationAudience:
    """The organisation's switch as its signed property has it."""

    audience: PublishAudience = PublishAudience.UNSAID
    written: str = ""
    """What the property says, shortened; hostile text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What started the run. A command on a laptop has no event names."""

    event_names: tuple[str, ...] = ()
    """`GITHUB_EVENT_NAME`, then the verified `event_name` claim where there is one."""
    from_fork: bool = False
    """A `workflow_run` whose head repository is not this repository, or cannot be told."""
