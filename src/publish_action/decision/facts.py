"""Draw from the evidence what the decision's rows ask for: one verdict, one project, one index."""

from dataclasses import dataclass, replace

from publish_action.checks.severity import apply_severity, list_unused
from publish_action.decision.visibility import judge_visibility
from publish_action.index.pypi import is_pypi
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
from publish_action.untrusted.url import CanonicalUrl, parse_url

_AUTO = "auto"
_INLINE = "private"
_PYPI = "pypi"


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
    """Return what follows from the evidence."""
    names = sorted({distribution.project for distribution in evidence.distributions})
    project = names[0] if len(names) == 1 else ""
    policy = evidence.policy if project and isinstance(evidence.policy, Policy) else Policy(source="")
    facts = Facts(
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
    # An explicit choice is honoured or refused, never rerouted (invariant I5).
    index = _pick(facts) if facts.is_auto else _named(facts, evidence.choice)
    return replace(facts, index=index, findings=_weigh(evidence, project, index))


def _weigh(evidence: Evidence, project: str, index: Index | None) -> tuple[Finding, ...]:
    policy = evidence.policy
    allowances = list_allowances(policy, project, evidence.today) if isinstance(policy, Policy) else ()
    weighed = apply_severity(
        evidence.findings,
        # Where nobody knows where the files would go, everybody might read them.
        audience=index.audience if index else Audience.PUBLIC,
        verify_metadata=evidence.verify_metadata,
        allowances=allowances,
    )
    return (*weighed, *list_unused(evidence.findings, allowances))


def _pick(facts: Facts) -> Index | None:
    """Give the index that `auto` means (contract, section 5, row 8), or None where there is none to pick."""
    if not facts.is_settled or facts.allowed == ():
        return None
    private = _private_index(facts)
    if facts.verdict is Verdict.PUBLIC and not facts.declared:
        return _public_pick(facts, private)
    if private is None and facts.verdict is Verdict.NONPUBLIC and facts.grants:
        return _only_public_index(facts)
    return private


def _public_pick(facts: Facts, private: Index | None) -> Index | None:
    """Give what `auto` means for code that everybody can read; the public index where a row is to tell why not."""
    home = _find_home(facts)
    if facts.is_kept_private:
        return private or home
    default = _named(facts, facts.default_index)
    if facts.default_index and default is None:
        # A default that this run does not know must not turn into PyPI; row 8 tells of it.
        return None
    # A public default holds where nobody asked for another public index than PyPI (decision 12).
    if default and (default.audience is Audience.PRIVATE or home is None or _is_pypi_itself(home)):
        return default
    if facts.allowed is None or (home and home.name in facts.allowed):
        return home
    # With nothing else to pick, row 9 tells that the policy does not allow the public index.
    return private or _only_public_index(facts) or home


def _private_index(facts: Facts) -> Index | None:
    """Give the first private index that the policy lists for the project, its default before all, or the inline one."""
    names = (_INLINE,) if facts.allowed is None else (facts.default_index, *facts.allowed)
    found = (_named(facts, name) for name in names)
    return next((index for index in found if index and index.audience is Audience.PRIVATE), None)


def _only_public_index(facts: Facts) -> Index | None:
    """Give the index that `auto` uses where the policy lists public ones only.

    An index that the policy lists and this run does not know counts as private: a missing `private-index-url`
    must not send anything to the public index beside it.
    """
    listed = [_named(facts, name) for name in facts.allowed or ()]
    public = [index for index in listed if index and index.audience is Audience.PUBLIC]
    home = _find_home(facts)
    if not public or len(public) < len(listed) or home is None:
        return None
    if _is_pypi_itself(home):
        default = _named(facts, facts.default_index)
        return default if default in public else public[0]
    # `public-index-url` asks for a certain index: that one, or none (decision 12).
    return home if home in public else None


def _find_home(facts: Facts) -> Index | None:
    """Give the index at `public-index-url`, under the name that the policy lists for it if it lists another one."""
    home = _named(facts, facts.evidence.public_index)
    if home is None or facts.allowed is None or home.name in facts.allowed:
        return home
    listed = (_named(facts, name) for name in (facts.default_index, *facts.allowed))
    return next((index for index in listed if index and _is_same_place(index, home)), home)


def _is_same_place(one: Index, other: Index) -> bool:
    return (one.url, one.audience) == (other.url, other.audience)


def _is_pypi_itself(index: Index) -> bool:
    """Tell whether nobody asked for another public index than the default."""
    url = parse_url(index.url)
    return index.name == _PYPI and isinstance(url, CanonicalUrl) and is_pypi(url.host)


def _named(facts: Facts, name: str) -> Index | None:
    return next((index for index in facts.evidence.indexes if index.name == name), None)
