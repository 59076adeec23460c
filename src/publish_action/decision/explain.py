"""Explain what a decision rests on, each fact with its source."""

from publish_action.decision.facts import Facts
from publish_action.github.claims import SWITCH_PROPERTY
from publish_action.models.policy import Policy, PolicyAbsent, PolicyInvalid, PolicyUnavailable
from publish_action.models.visibility import Answered, Malformed, NoAnswer, PublishAudience, SourceAnswer
from publish_action.policy.resolve import name_layers


def explain_facts(facts: Facts) -> tuple[str, ...]:
    """Return the sentences of the plan document's `because`, in the order in which the facts were gathered."""
    evidence = facts.evidence
    sentences = [_explain_answer(each) for each in (evidence.claim, evidence.api, evidence.event)]
    sentences.append(_explain_policy(facts))
    if evidence.switch.audience is not PublishAudience.UNSAID:
        sentences.append(f"The organisation's property {SWITCH_PROPERTY} says {evidence.switch.written!r}.")
    if facts.declared:
        sentences.append(f"The distributions declare themselves private by {facts.declared_by}.")
    if facts.index:
        chosen = "was picked for `index: auto`" if facts.is_auto else "was chosen by the input `index`"
        sentences.append(f"The {facts.index.audience} index {facts.index.name} {chosen}.")
    return tuple(sentences)


def _explain_answer(source_answer: SourceAnswer) -> str:
    match source_answer.answer:
        case Answered(visibility=visibility):
            return f"The {source_answer.source} says {visibility} (read {source_answer.at:%H:%M:%S}Z)."
        case Malformed(reason=reason):
            return f"The {source_answer.source} gave an unusable answer: {reason}"
        case NoAnswer(reason=reason):
            return f"The {source_answer.source} gave no answer: {reason}"


def _explain_policy(facts: Facts) -> str:
    policy = facts.evidence.policy
    match policy:
        case PolicyAbsent():
            return f"There is no policy ({policy.source})."
        case PolicyInvalid():
            return f"The policy {policy.source} is not valid."
        case PolicyUnavailable():
            return f"The policy {policy.source} could not be read."
        case Policy() if facts.is_listed:
            targets = ", ".join(facts.allowed or ()) or "no index"
            return f"The policy {name_layers(policy)} lists {facts.project} for {targets}."
        case Policy():
            return f"The policy {name_layers(policy)} has no entry for the project."
