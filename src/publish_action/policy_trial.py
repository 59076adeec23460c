"""Tell what a policy means in sentences, and where it would let a made-up release go, by the decision itself."""

from dataclasses import dataclass
from datetime import UTC, datetime

from packaging.version import Version

from publish_action.catalogue import Catalogue
from publish_action.decision import decide
from publish_action.model import (
    Allowance,
    Answer,
    Answered,
    Declaration,
    Distribution,
    Evidence,
    Grant,
    Index,
    Kind,
    NoAnswer,
    Plan,
    Policy,
    ProjectRule,
    PublicName,
    Refusal,
    Source,
    Switch,
    Testimony,
    Trigger,
    Visibility,
)
from publish_action.policy_layers import layers_of
from publish_action.project_patterns import is_pattern

UNKNOWN = "unknown"
_PUBLIC_NAMES = {
    PublicName.WARN: "With name-check, a project of that name on the public index is a warning.",
    PublicName.REFUSE: "With name-check, a project of that name on the public index refuses the release.",
    PublicName.OURS: "With name-check, a project of that name on the public index is its owner's own.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A release that nobody made: everything that the decision would ask of it."""

    project: str
    """Normalised (PEP 503)."""
    version: Version
    visibility: str
    """A word of `Visibility`, or `UNKNOWN`."""
    choice: str = "auto"
    environment: str = ""
    has_sdist: bool = False
    is_declared_private: bool = False
    switch: Switch
    now: datetime


def explain_policy(policy: Policy, catalogue: Catalogue) -> tuple[str, ...]:
    """Give what a policy says, a sentence a fact."""
    names = {index.name for layer in layers_of(policy) for index in layer.indexes}
    sentences = [_explain_index(index) for index in catalogue.indexes if index.name in names]
    sentences += [_explain_allowance(allowance) for allowance in policy.allowances]
    for layer in layers_of(policy):
        where = "" if layer is policy else " By the repository's own policy:"
        sentences += [f"{where} {_explain_rule(rule)}".strip() for rule in layer.projects]
        rest = "may go nowhere" if layer.unlisted_refused else "is not restricted"
        sentences.append(f"{where} A project that no entry speaks of {rest}.".strip())
    return tuple(sentences)


def try_out(policy: Policy, catalogue: Catalogue, trial: Trial) -> tuple[str, ...]:
    """Give what the decision says of a trial, and what it rests on beyond the trial's own words."""
    decision = decide(_make_evidence(policy, catalogue, trial))
    whose = "a repository whose visibility nobody vouches for"
    whence = whose if trial.visibility == UNKNOWN else f"a repository that is {trial.visibility}"
    return (f"{trial.project} {trial.version} from {whence} {_tell(decision)}",)


def _tell(decision: Plan | Refusal) -> str:
    if isinstance(decision, Plan):
        return f"goes to the {decision.index.audience} index {decision.index.name} ({decision.code})."
    return f"is refused ({decision.code}). {decision.message} {decision.remedy}"


def _explain_index(index: Index) -> str:
    readers = "Everybody can read" if index.audience == "public" else "Not everybody can read"
    read_side = f"it is read at {index.check_url}" if index.check_url else "where it is read is not known"
    return f"{readers} the index {index.name}; uploads go to {index.url}, {read_side}."


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


def _make_evidence(policy: Policy, catalogue: Catalogue, trial: Trial) -> Evidence:
    answer: Answer = NoAnswer(reason="It was not asked.")
    if trial.visibility != UNKNOWN:
        answer = Answered(visibility=Visibility(trial.visibility))
    claim, api, event = (Testimony(source=source, answer=answer, at=trial.now) for source in Source)
    return Evidence(
        trigger=Trigger(event_names=("release",)),
        claim=claim,
        api=api,
        event=event,
        environment=trial.environment or None,
        switch=trial.switch,
        policy=policy,
        distributions=_make_distributions(trial),
        findings=(),
        indexes=catalogue.indexes,
        index_problems=catalogue.problems,
        public_index=catalogue.public_index,
        choice=trial.choice,
        today=trial.now.astimezone(UTC).date(),
    )


def _make_distributions(trial: Trial) -> tuple[Distribution, ...]:
    marks = {Declaration.CLASSIFIER: trial.is_declared_private, Declaration.LOCAL_VERSION: bool(trial.version.local)}
    name = trial.project.replace("-", "_")
    files = {Kind.WHEEL: f"{name}-{trial.version}-py3-none-any.whl", Kind.SDIST: f"{name}-{trial.version}.tar.gz"}
    return tuple(
        Distribution(
            file=file,
            size=1,
            sha256="0" * 64,
            blake2b_256="0" * 64,
            kind=kind,
            name=trial.project,
            project=trial.project,
            version=str(trial.version),
            declared=frozenset(mark for mark, is_set in marks.items() if is_set),
        )
        for kind, file in files.items()
        if kind is Kind.WHEEL or trial.has_sdist
    )
