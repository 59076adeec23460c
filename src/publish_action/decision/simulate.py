"""Decide where a hypothetical release would go under a policy."""

from dataclasses import dataclass
from datetime import UTC, datetime

from packaging.version import Version

from publish_action.decision.decide import decide
from publish_action.index.catalogue import Catalogue
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.distribution import Declaration, Distribution, Kind
from publish_action.models.policy import Policy
from publish_action.models.visibility import (
    Answer,
    Answered,
    NoAnswer,
    OrganisationAudience,
    Source,
    SourceAnswer,
    Trigger,
    Visibility,
)

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A hypothetical release: every fact that the decision needs."""

    project: str
    """Normalised (PEP 503)."""
    version: Version
    visibility: str
    """A word of `Visibility`, or `UNKNOWN`."""
    choice: str = "auto"
    environment: str = ""
    has_sdist: bool = False
    is_declared_private: bool = False
    switch: OrganisationAudience
    now: datetime


def try_out(policy: Policy, catalogue: Catalogue, trial: Trial) -> tuple[str, ...]:
    """Return the decision on a trial release, in sentences."""
    decision = decide(_make_evidence(policy, catalogue, trial))
    unknown = "a repository whose visibility is unknown"
    origin = unknown if trial.visibility == UNKNOWN else f"a repository that is {trial.visibility}"
    return (f"{trial.project} {trial.version} from {origin} {_describe(decision)}",)


def _describe(decision: Plan | Refusal) -> str:
    if isinstance(decision, Plan):
        return f"goes to the {decision.index.audience} index {decision.index.name} ({decision.code})."
    return f"is refused ({decision.code}). {decision.message} {decision.remedy}"


def _make_evidence(policy: Policy, catalogue: Catalogue, trial: Trial) -> Evidence:
    answer: Answer = NoAnswer(reason="It was not asked.")
    if trial.visibility != UNKNOWN:
        answer = Answered(visibility=Visibility(trial.visibility))
    claim, api, event = (SourceAnswer(source=source, answer=answer, at=trial.now) for source in Source)
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
