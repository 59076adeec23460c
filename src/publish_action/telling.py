"""Tell the log what the steps of a run found, a line a fact."""

from collections.abc import Iterable

from publish_action.evidence import Hearing
from publish_action.model import Finding, Plan, Policy, PolicyAbsent, PolicyFact, Severity
from publish_action.plan_document import describe_answer
from publish_action.policy_reference import OWN_PATH
from publish_action.ports import Log
from publish_action.record import Action, PlannedUpload


def tell_hearing(hearing: Hearing, log: Log) -> None:
    """Tell what each source said of the visibility."""
    for testimony in (hearing.claim, hearing.api, hearing.event):
        answer = describe_answer(testimony.answer).rstrip(".")
        log.say(f"Visibility, by the {testimony.source}: {answer}.")


def tell_policy(policy: PolicyFact, log: Log) -> None:
    """Tell whether there is a policy; one that cannot be used refuses, and is told then."""
    if isinstance(policy, Policy):
        narrower = f"; {policy.narrowed_by.source} narrows it" if policy.narrowed_by else ""
        log.say(f"Policy: {policy.source} was read{narrower}.")
    elif isinstance(policy, PolicyAbsent):
        # Somebody who names another place than the default relies on it.
        tell = log.say if policy.source.endswith(OWN_PATH) else log.warn
        tell(f"Policy: there is none at {policy.source}.")


def tell_plan(plan: Plan, log: Log) -> None:
    """Tell a positive decision."""
    target = f"the {plan.index.audience} index {plan.index.name}"
    log.say(f"Decision: {plan.code}. {plan.project} {plan.version} goes to {target}.")


def tell_reasons(plan: Plan, log: Log) -> None:
    """Tell what a positive decision rests on."""
    for sentence in plan.because:
        log.say(f"Because: {sentence}")


def tell_name(finding: Finding, log: Log) -> None:
    """Tell how the project's name stands on the public index."""
    tell = log.say if finding.severity is Severity.NOTE else log.warn
    tell(f"{finding.message} {finding.remedy} ({finding.code})")


def tell_uploads(uploads: Iterable[PlannedUpload], log: Log) -> None:
    """Tell what would be sent."""
    for upload in uploads:
        log.say(f"{upload.file}: would be {'sent' if upload.action is Action.UPLOAD else 'skipped'}.")
