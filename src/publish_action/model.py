"""The nouns of publishing: frozen, typed, printable, free of I/O."""

from dataclasses import dataclass, field
from datetime import date, datetime
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
class Testimony:
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
class Switch:
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


class Kind(StrEnum):
    """Of a distribution (PyPA glossary)."""

    SDIST = "sdist"
    WHEEL = "wheel"


class Declaration(StrEnum):
    """How a distribution says that it is private (contract, section 5)."""

    CLASSIFIER = "classifier"
    LOCAL_VERSION = "local version"


class Severity(StrEnum):
    """Of a finding."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(StrEnum):
    """What kind of rule a finding rests on: it tells where an error counts as one (docs/preflight.md)."""

    CERTAINTY = "certainty"
    """What the file is must be beyond doubt: an error for every index, and no input changes that."""
    STANDARD = "standard"
    """A specification of the PyPA: an error for every index; `verify-metadata: false` makes it a warning."""
    PYPI = "pypi"
    """What PyPI refuses: an error for a public index, a warning for a private one; the same input applies."""
    LEAK = "leak"
    """What must not become public: an error for a public index, a warning for a private one. No input changes it;
    a policy can allow a named member."""
    ADVICE = "advice"
    """Ours, and no index refuses it: a warning for every index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check has to say about one distribution."""

    severity: Severity
    """As the rule says it of a public index; `weighing` says what it is for the index that was chosen."""
    code: str
    file: str
    """The distribution's base name; empty where the finding is about all of them."""
    message: str
    remedy: str
    member: str = ""
    """The member of the archive that the finding is about, or empty."""
    rule: Rule = Rule.CERTAINTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A policy's reviewed permission to publish one member that a rule of confidentiality would refuse."""

    member: str
    """Its path in a wheel, or in an sdist below the folder at the top."""
    reason: str
    code: str = ""
    """The one reason code that it answers; empty = every one of these rules."""
    expires: date | None = None
    """The last day on which it holds (UTC); None = no end."""
    project: str = ""
    """Normalised (PEP 503), with `*` for any letters; empty = every project of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One sdist or wheel as it was judged: these bytes and no others are sent."""

    file: str
    """Its base name."""
    size: int
    """Bytes."""
    sha256: str
    blake2b_256: str
    """Empty where nothing can be sent, since it was only judged."""
    kind: Kind
    name: str
    """The project's name as the metadata spell it."""
    project: str
    """The same name, normalised (PEP 503)."""
    version: str
    """As the metadata spell it."""
    declared: frozenset[Declaration] = frozenset()
    requires_python: str = ""

    @property
    def declared_private(self) -> bool:
        """True if the distribution itself says that it must not be public."""
        return bool(self.declared)


class Audience(StrEnum):
    """Who can read an index."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A place to publish to. Its URLs are canonical: built by `index_url`, never by hand."""

    name: str
    url: str
    audience: Audience
    check_url: str | None = None
    """Its read side (PEP 503/691), or None where it is not known or not to be used."""
    is_write_only: bool = False
    """True if nothing is to be read there: `check-url` is `none`, since the login may upload and not read."""
    auth: str = "auto"
    """The contract's `private-index-auth` word."""
    username: str = ""
    auth_options: tuple[tuple[str, str], ...] = ()
    server: str = ""
    """The kind of its server by the form of its URL, as `server_kinds` names it; empty = none that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProblem:
    """An index that was named or given and cannot be used, with the reason code of row 6."""

    name: str
    code: str
    message: str
    remedy: str
    key: tuple[str, ...] = ()
    """Where it is written: a path of keys in a policy, or the name of an input."""
    source: str = ""
    """The policy that it is written in; empty = it is an input."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Every fact the decision rests on. Holds no secret and can be printed whole."""

    trigger: Trigger
    claim: Testimony
    api: Testimony
    event: Testimony
    environment: str | None
    """The verified `environment` claim; None = the job runs in none, or no ID token was verified."""
    switch: Switch = field(default_factory=Switch)
    policy: PolicyFact
    distributions: tuple[Distribution, ...]
    findings: tuple[Finding, ...]
    """What reading the distributions found; what is an error for the chosen index refuses."""
    indexes: tuple[Index, ...]
    """Every index we know by name, the inline ones and the policy's, canonical."""
    index_problems: tuple[IndexProblem, ...]
    public_index: str
    """The name of the index that `auto` uses for public code."""
    choice: str
    """The input `index`: `auto` or a name."""
    today: date
    """UTC."""
    verify_metadata: bool = True
    """The input of that name: whether what an index would reject is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decision said yes: these distributions go to this index."""

    code: str
    index: Index
    verdict: Verdict
    project: str
    version: str
    because: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    """As they weigh for this index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The decision said no. `codes` holds every row that refuses, in the order of the table; the first decides."""

    codes: tuple[str, ...]
    verdict: Verdict
    message: str
    remedy: str
    because: tuple[str, ...]
    index: Index | None = None
    """The index that was judged, where one had been chosen."""
    project: str = ""
    version: str = ""
    findings: tuple[Finding, ...] = ()
    """As they weigh for that index; where none was chosen, for a public one."""

    @property
    def code(self) -> str:
        """The reason code that decides."""
        return self.codes[0]


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
