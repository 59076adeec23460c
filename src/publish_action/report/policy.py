"""Describe in sentences what a policy means."""

from publish_action.index.catalogue import Catalogue
from publish_action.models.finding import Allowance
from publish_action.models.index import Index
from publish_action.models.policy import Grant, Policy, ProjectRule, PublicName
from publish_action.policy.patterns import is_pattern
from publish_action.policy.resolve import layers_of

_PUBLIC_NAMES = {
    PublicName.WARN: "With name-check, a project of that name on the public index is a warning.",
    PublicName.REFUSE: "With name-check, a project of that name on the public index refuses the release.",
    PublicName.OURS: "With name-check, a project of that name on the public index is its owner's own.",
}


def explain_policy(policy: Policy, catalogue: Catalogue) -> tuple[str, ...]:
    """Return what a policy says, a sentence a fact."""
    names = {index.name for layer in layers_of(policy) for index in layer.indexes}
    sentences = [_explain_index(index) for index in catalogue.indexes if index.name in names]
    sentences += [_explain_allowance(allowance) for allowance in policy.allowances]
    for layer in layers_of(policy):
        where = "" if layer is policy else " By the repository's own policy:"
        sentences += [f"{where} {_explain_rule(rule)}".strip() for rule in layer.projects]
        rest = "may go nowhere" if layer.unlisted_refused else "is not restricted"
        sentences.append(f"{where} A project that no entry speaks of {rest}.".strip())
    return tuple(sentences)


def _explain_index(index: Index) -> str:
    readers = "Everybody can read" if index.audience == "public" else "Not everybody can read"
    index_reader = f"it is read at {index.check_url}" if index.check_url else "where it is read is not known"
    return f"{readers} the index {index.name}; uploads go to {index.url}, {index_reader}."


def _explain_rule(rule: ProjectRule) -> str:
    whose = f"A project that {rule.project} covers" if is_pattern(rule.project) else rule.project
    if not rule.indexes:
        return " ".join([f"{whose} may go nowhere.", *_explain_public_name(rule)])
    sentences = [f"{whose} may go to {', '.join(rule.indexes)}."]
    if rule.default_index:
        sentences.append(f"Its default is {rule.default_index}.")
    if rule.grant:
        sentences.append(_explain_grant(rule.grant))
    return " ".join([*sentences, *_explain_public_name(rule)])


def _explain_public_name(rule: ProjectRule) -> tuple[str, ...]:
    return (_PUBLIC_NAMES[rule.public_name],) if rule.public_name else ()


def _explain_allowance(allowance: Allowance) -> str:
    whose = allowance.project or "Every project"
    what = f" if it is {allowance.code}" if allowance.code else ""
    until = f", until {allowance.expires} (UTC)" if allowance.expires else ""
    return f"{whose} may publish the member {allowance.member!a}{what}{until}. The reason given: {allowance.reason}"


def _explain_grant(grant: Grant) -> str:
    what = "Wheels and the sdist" if grant.sdist else "Wheels, and no sdist,"
    until = f", until {grant.expires} (UTC)" if grant.expires else ""
    reason = f" The reason given: {grant.reason}" if grant.reason else ""
    return (
        f"{what} may go to a public index also from a repository that is not public, by a job in the environment "
        f"{grant.environment}{until}.{reason}"
    )
