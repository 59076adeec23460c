"""A publish policy, or why there is none."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from publish_action.models.finding import Allowance
from publish_action.models.index import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A policy's reviewed permission to publish a non-public project to a public index."""

    environment: str
    sdist: bool = False
    expires: date | None = None
    """The last day on which it holds (UTC); None = no end."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyIndex:
    """An index as a policy writes it, not yet judged."""

    name: str
    url: str
    audience: Audience
    check_url: str = ""
    auth: str = "auto"
    username: str = ""
    auth_options: tuple[tuple[str, str], ...] = ()


class PublicName(StrEnum):
    """What a policy wants said where a public index has a project of the same name."""

    WARN = "warn"
    REFUSE = "refuse"
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRule:
    """What a policy says of one project, or of all whose names a pattern covers: where it may go."""

    project: str
    """Normalised (PEP 503); a `*` in it makes it a pattern."""
    indexes: tuple[str, ...]
    """Names, in the order of preference; empty = it may go nowhere."""
    default_index: str = ""
    """The one of these that `auto` takes where it may; empty = none is named."""
    public_name: PublicName | None = None
    """None = the entry does not say."""
    grant: Grant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A publish policy that was read and understood."""

    source: str
    indexes: tuple[PolicyIndex, ...] = ()
    projects: tuple[ProjectRule, ...] = ()
    unlisted_refused: bool = False
    allowances: tuple[Allowance, ...] = ()
    narrowed_by: "Policy | None" = None
    """The repository's own policy, where this one is the organisation's; it can only narrow this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAbsent:
    """There is no policy file, and the place where it would be was read."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInvalid:
    """The policy file is there and says something we do not understand."""

    source: str
    problems: tuple[str, ...]
    is_shared: bool = False
    """True if it is the policy of several repositories: its problems may name other projects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUnavailable:
    """Nobody could tell whether there is a policy: never the same as absent."""

    source: str
    reason: str


PolicyFact = Policy | PolicyAbsent | PolicyInvalid | PolicyUnavailable
