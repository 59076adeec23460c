"""Say what a decision rests on, each fact with its source."""

from publish_action.case import Case
from publish_action.model import (
    Answered,
    Malformed,
    NoAnswer,
    Policy,
    PolicyAbsent,
    PolicyInvalid,
    PolicyUnavailable,
    Testimony,
)


def explain_case(case: Case) -> tuple[str, ...]:
    """Give the sentences of the plan document's `because`, in the order in which the facts were asked for."""
    evidence = case.evidence
    sentences = [_explain_testimony(testimony) for testimony in (evidence.claim, evidence.api, evidence.event)]
    sentences.append(_explain_policy(case))
    if case.declared:
        sentences.append(f"The distributions declare themselves private by {case.declared_by}.")
    if case.index:
        chosen = "was picked for `index: auto`" if case.is_auto else "was chosen by the input `index`"
        sentences.append(f"The {case.index.audience} index {case.index.name} {chosen}.")
    return tuple(sentences)


def _explain_testimony(testimony: Testimony) -> str:
    match testimony.answer:
        case Answered(visibility=visibility):
            return f"The {testimony.source} says {visibility} (read {testimony.at:%H:%M:%S}Z)."
        case Malformed(reason=reason):
            return f"The {testimony.source} gave an answer that cannot be used: {reason}"
        case NoAnswer(reason=reason):
            return f"The {testimony.source} gave no answer: {reason}"


def _explain_policy(case: Case) -> str:
    policy = case.evidence.policy
    match policy:
        case PolicyAbsent():
            return f"There is no policy ({policy.source})."
        case PolicyInvalid():
            return f"The policy {policy.source} is not valid."
        case PolicyUnavailable():
            return f"The policy {policy.source} could not be read."
        case Policy() if case.rule:
            return f"The policy {policy.source} lists {case.project} for {', '.join(case.allowed or ()) or 'no index'}."
        case Policy():
            return f"The policy {policy.source} has no entry for the project."
