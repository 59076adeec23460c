"""Derive from the evidence what the rows of the decision ask for: one verdict, one project, one policy."""

from dataclasses import dataclass, replace

from publish_action.checks.severity import apply_severity, list_unused
from publish_action.decision.visibility import judge_visibility
from publish_action.models.decision import Evidence
from publish_action.models.distribution import Declaration
from publish_action.models.finding import Finding
from publish_action.models.index import Audience, Index
from publish_action.models.policy import Grant, Policy, PolicyAbsent
from publish_action.models.visibility import PublishAudience, Verdict
from publish_action.policy.resolve import (
    find_default_index,
    list_allowances,
    list_allowed,
    list_grants,
    name_layers,
    rules_of,
)

_AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The evidence, and what follows from it before any row is asked."""

    evidence: Evidence
    verdict: Verdict
    project: str
    """The one project's name (normalised), or empty where there is not exactly one."""
    version: str
    declared: frozenset[Declaration]
    """What any of the distributions declares."""
    is_listed: bool
    """True if the policy, or one that narrows it, has an entry for the project."""
    allowed: tuple[str, ...] | None
    """The names of the indexes that the policy allows to the project; None = it does not restrict it."""
    default_index: str
    """The one of these that the policy names as the project's default; empty = none."""
    grants: tuple[Grant, ...]
    """What must all hold for the project to go public from a repository that is not; empty = there is no grant."""
    is_settled: bool
    """True if the policy was read, or is known to be absent, and there is exactly one project."""
    index: Index | None = None
    """The index that was chosen or picked, where there is one."""
    findings: tuple[Finding, ...] = ()
    """As they weigh for that index; where there is none, for a public one."""

    @property
    def is_auto(self) -> bool:
        """True if the index is ours to pick."""
        return self.evidence.choice == _AUTO

    @property
    def policy_source(self) -> str:
        """Where the policy was read, with the one that narrows it."""
        policy = self.evidence.policy
        return name_layers(policy) if isinstance(policy, Policy) else policy.source

    @property
    def wants_grant(self) -> bool:
        """True if a public index needs a grant: of a repository that is not public, or by the organisation's switch."""
        is_switched = self.evidence.switch.audience is PublishAudience.BY_GRANT
        return self.verdict is Verdict.NONPUBLIC or (is_switched and self.verdict is Verdict.PUBLIC)

    @property
    def is_kept_private(self) -> bool:
        """True if the organisation's switch keeps the project off every public index."""
        audience = self.evidence.switch.audience
        is_ungranted = audience is PublishAudience.BY_GRANT and not self.grants
        return is_ungranted or audience is PublishAudience.PRIVATE_ONLY

    @property
    def declared_by(self) -> str:
        """How the distributions declare themselves private, in words."""
        return " and ".join(sorted(f"its {mark}" for mark in self.declared))

    @property
    def public_index(self) -> Index | None:
        """The chosen index, if everybody can read it."""
        return self.index if self.index and self.index.audience is Audience.PUBLIC else None


def derive_facts(evidence: Evidence) -> Facts:
    """Return what follows from the evidence before an index is chosen."""
    names = sorted({distribution.project for distribution in evidence.distributions})
    project = names[0] if len(names) == 1 else ""
    policy = evidence.policy if project and isinstance(evidence.policy, Policy) else Policy(source="")
    return Facts(
        evidence=evidence,
        verdict=judge_visibility(claim=evidence.claim.answer, api=evidence.api.answer, event=evidence.event.answer),
        project=project,
        version=evidence.distributions[0].version if project else "",
        declared=frozenset(mark for distribution in evidence.distributions for mark in distribution.declared),
        is_listed=bool(rules_of(policy, project)),
        allowed=list_allowed(policy, project),
        default_index=find_default_index(policy, project),
        grants=list_grants(policy, project),
        is_settled=bool(project) and isinstance(evidence.policy, Policy | PolicyAbsent),
    )


def add_index(facts: Facts, index: Index | None) -> Facts:
    """Return the facts with the index that was chosen, and the findings as they count there."""
    return replace(facts, index=index, findings=_count_findings(facts, index))


def _count_findings(facts: Facts, index: Index | None) -> tuple[Finding, ...]:
    evidence, policy = facts.evidence, facts.evidence.policy
    allowances = list_allowances(policy, facts.project, evidence.today) if isinstance(policy, Policy) else ()
    counted = apply_severity(
        evidence.findings,
        # Where nobody knows where the files would go, everybody might read them.
        audience=index.audience if index else Audience.PUBLIC,
        verify_metadata=evidence.verify_metadata,
        allowances=allowances,
    )
    return (*counted, *list_unused(evidence.findings, allowances))
