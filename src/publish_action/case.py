"""Draw from the evidence what the decision's rows ask for: one verdict, one project, one index."""

from dataclasses import dataclass, replace

from publish_action.index_url import IndexUrl, is_pypi, parse_index_url
from publish_action.model import (
    Audience,
    Declaration,
    Evidence,
    Finding,
    Grant,
    Index,
    Policy,
    PolicyAbsent,
    ProjectRule,
    Verdict,
)
from publish_action.policy import allowances_for, rule_for
from publish_action.visibility import judge
from publish_action.weighing import weigh

_AUTO = "auto"
_INLINE = "private"
_PYPI = "pypi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The evidence, and what follows from it before any row is asked."""

    evidence: Evidence
    verdict: Verdict
    project: str
    """The one project's name (normalised), or empty where there is not exactly one."""
    version: str
    declared: frozenset[Declaration]
    """What any of the distributions declares."""
    rule: ProjectRule | None
    allowed: tuple[str, ...] | None
    """The names of the indexes that the policy allows to the project; None = it does not restrict it."""
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
    def grant(self) -> Grant | None:
        """The policy's grant for the project."""
        return self.rule.grant if self.rule else None

    @property
    def declared_by(self) -> str:
        """How the distributions declare themselves private, in words."""
        return " and ".join(sorted(f"its {mark}" for mark in self.declared))

    @property
    def public_index(self) -> Index | None:
        """The chosen index, if everybody can read it."""
        return self.index if self.index and self.index.audience is Audience.PUBLIC else None


def understand(evidence: Evidence) -> Case:
    """Give the case that the evidence makes."""
    names = sorted({distribution.project for distribution in evidence.distributions})
    project = names[0] if len(names) == 1 else ""
    rule = rule_for(evidence.policy, project) if isinstance(evidence.policy, Policy) else None
    unlisted_refused = isinstance(evidence.policy, Policy) and evidence.policy.unlisted_refused
    case = Case(
        evidence=evidence,
        verdict=judge(claim=evidence.claim.answer, api=evidence.api.answer, event=evidence.event.answer),
        project=project,
        version=evidence.distributions[0].version if project else "",
        declared=frozenset(mark for distribution in evidence.distributions for mark in distribution.declared),
        rule=rule,
        allowed=rule.indexes if rule else (() if unlisted_refused else None),
        is_settled=bool(project) and isinstance(evidence.policy, Policy | PolicyAbsent),
    )
    # An explicit choice is honoured or refused, never rerouted (invariant I5).
    index = _pick(case) if case.is_auto else _named(case, evidence.choice)
    return replace(case, index=index, findings=_weigh(evidence, project, index))


def _weigh(evidence: Evidence, project: str, index: Index | None) -> tuple[Finding, ...]:
    policy = evidence.policy
    return weigh(
        evidence.findings,
        # Where nobody knows where the files would go, everybody might read them.
        audience=index.audience if index else Audience.PUBLIC,
        verify_metadata=evidence.verify_metadata,
        allowances=allowances_for(policy, project, evidence.today) if isinstance(policy, Policy) else (),
    )


def _pick(case: Case) -> Index | None:
    """Give the index that `auto` means (contract, section 5, row 8), or None where there is none to pick."""
    if not case.is_settled or case.allowed == ():
        return None
    private = _private_index(case)
    if case.verdict is Verdict.PUBLIC and not case.declared:
        home = _named(case, case.evidence.public_index)
        if case.allowed is None or case.evidence.public_index in case.allowed:
            return home
        # With nothing else to pick, row 9 tells that the policy does not allow the public index.
        return private or _only_public_index(case) or home
    if private is None and case.verdict is Verdict.NONPUBLIC and case.grant:
        return _only_public_index(case)
    return private


def _private_index(case: Case) -> Index | None:
    """Give the first private index that the policy lists for the project, or else the inline one."""
    found = (_named(case, name) for name in ((_INLINE,) if case.allowed is None else case.allowed))
    return next((index for index in found if index and index.audience is Audience.PRIVATE), None)


def _only_public_index(case: Case) -> Index | None:
    """Give the index that `auto` uses where the policy lists public ones only.

    An index that the policy lists and this run does not know counts as private: a missing `private-index-url`
    must not send anything to the public index beside it.
    """
    listed = [_named(case, name) for name in case.allowed or ()]
    public = [index for index in listed if index and index.audience is Audience.PUBLIC]
    home = _named(case, case.evidence.public_index)
    if not public or len(public) < len(listed) or home is None:
        return None
    if _is_pypi_itself(home):
        return public[0]
    # `public-index-url` asks for a certain index: that one, or none (decision 12).
    return home if home in public else None


def _is_pypi_itself(index: Index) -> bool:
    """Tell whether nobody asked for another public index than the default."""
    url = parse_index_url(index.url)
    return index.name == _PYPI and isinstance(url, IndexUrl) and is_pypi(url.host)


def _named(case: Case, name: str) -> Index | None:
    return next((index for index in case.evidence.indexes if index.name == name), None)
