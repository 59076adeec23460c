"""Resolve what a policy means for one project: the closest entry, narrowed by the repository's own policy."""

from datetime import date

from publish_action.models.finding import Allowance
from publish_action.models.policy import Grant, Policy, PolicyFact, ProjectRule, PublicName
from publish_action.policy.patterns import covers, is_pattern, specificity

_STRICTEST_FIRST = (PublicName.REFUSE, PublicName.WARN, PublicName.OURS)


def find_rule(policy: Policy, project: str) -> ProjectRule | None:
    """Return the entry that speaks of a project (normalised name) most closely, or None where none does.

    Its own entry comes before any pattern, and of the patterns the one that fixes most letters
    (docs/decisions/0037-patterns-and-the-default-index.md).
    """
    own = next((rule for rule in policy.projects if rule.project == project), None)
    patterns = (rule for rule in policy.projects if is_pattern(rule.project) and covers(rule.project, project))
    return own or max(patterns, key=lambda rule: specificity(rule.project), default=None)


def layers_of(policy: Policy) -> tuple[Policy, ...]:
    """Return the policies that hold together: the organisation's first."""
    return (policy,) if policy.narrowed_by is None else (policy, *layers_of(policy.narrowed_by))


def name_layers(policy: Policy) -> str:
    """Return the sources of the policies that hold together, for a sentence."""
    return ", narrowed by ".join(layer.source for layer in layers_of(policy))


def rules_of(policy: Policy, project: str) -> tuple[ProjectRule, ...]:
    """Return the entry of each layer that speaks of the project."""
    return tuple(rule for layer in layers_of(policy) if (rule := find_rule(layer, project)))


def list_allowed(policy: Policy, project: str) -> tuple[str, ...] | None:
    """Return the indexes that every layer allows, in the first one's order; None = no layer restricts the project."""
    lists = [names for layer in layers_of(policy) if (names := _list_own(layer, project)) is not None]
    if not lists:
        return None
    return tuple(name for name in lists[0] if all(name in names for names in lists))


def list_grants(policy: Policy, project: str) -> tuple[Grant, ...]:
    """Return the grants that must all hold for the project, or none where it has no grant.

    The organisation's policy must grant, and the repository's too where it speaks of the project: a layer takes
    grants away and never gives one (docs/decisions/0038-two-policies.md).
    """
    if find_rule(policy, project) is None:
        return ()
    grants = [rule.grant for rule in rules_of(policy, project)]
    return tuple(dict.fromkeys(grant for grant in grants if grant)) if all(grants) else ()


def find_default_index(policy: Policy, project: str) -> str:
    """Return the default that a policy names for the project and every layer allows; empty = there is none."""
    allowed = list_allowed(policy, project) or ()
    return next((rule.default_index for rule in rules_of(policy, project) if rule.default_index in allowed), "")


def find_public_name(policy: PolicyFact, project: str) -> PublicName:
    """Return what is wanted said of a project of its name on a public index: the strictest word of the layers.

    An entry without the word says nothing; where no entry says any, it is a warning.
    """
    rules = rules_of(policy, project) if isinstance(policy, Policy) else ()
    said = {rule.public_name for rule in rules}
    return next((word for word in _STRICTEST_FIRST if word in said), PublicName.WARN)


def list_allowances(policy: Policy, project: str, today: date) -> tuple[Allowance, ...]:
    """Return the members that a project may publish on this day, though a rule of confidentiality refuses them.

    The first layer's alone: one that narrows it allows nothing (docs/decisions/0038-two-policies.md).
    """
    return tuple(
        allowance
        for allowance in policy.allowances
        if _speaks_of(allowance.project, project) and (allowance.expires is None or today <= allowance.expires)
    )


def _speaks_of(entry: str, project: str) -> bool:
    return entry in {"", project} or (is_pattern(entry) and covers(entry, project))


def _list_own(policy: Policy, project: str) -> tuple[str, ...] | None:
    rule = find_rule(policy, project)
    if rule is None:
        return () if policy.unlisted_refused else None
    return rule.indexes
