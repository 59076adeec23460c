"""What the decision rests on, and its two results."""

from dataclasses import dataclass, field
from datetime import date

from publish_action.models.distribution import Distribution
from publish_action.models.finding import Finding
from publish_action.models.index import Index, IndexProblem
from publish_action.models.policy import PolicyFact
from publish_action.models.visibility import OrganisationAudience, SourceAnswer, Trigger, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Every fact the decision rests on. Holds no secret and can be printed whole."""

    trigger: Trigger
    claim: SourceAnswer
    api: SourceAnswer
    event: SourceAnswer
    environment: str | None
    """The verified `environment` claim; None = the job runs in none, or no ID token was verified."""
    switch: OrganisationAudience = field(default_factory=OrganisationAudience)
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
