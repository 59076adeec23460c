"""Tell the log what the steps of a run found, a line a fact."""

from collections.abc import Iterable

from publish_action.evidence import Hearing
from publish_action.model import Finding, Plan, Policy, PolicyAbsent, PolicyFact, Severity
from publish_action.plan_document import describe_answer
from publish_action.policy_reference import OWN_PATH
from publish_action.ports import Log
from publish_action.preflight import Reading
from publish_action.record import Action, PlannedUpload


def tell_distributions(reading: Reading, log: Log) -> None:
    """Tell each distribution with its size, and what was left lying."""
    for file in reading.files:
        log.say(f"{file.distribution.file}: {file.distribution.size} bytes.")
    if reading.other_projects:
        log.say(f"Of other projects, left: {', '.join(reading.other_projects)}.")
    if reading.ignored:
        log.say(f"Not distributions, ignored: {', '.join(reading.ignored)}.")


def tell_hashes(reading: Reading, log: Log) -> None:
    """Tell the hashes of each distribution."""
    for file in reading.files:
        log.say(f"SHA-256 of {file.distribution.file}: {file.distribution.sha256}")
        log.say(f"BLAKE2b-256 of {file.distribution.file}: {file.distribution.blake2b_256}")


def tell_findings(findings: Iterable[Finding], log: Log) -> None:
    """Warn of the findings that do not refuse; those that do end the run with an error of their own."""
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            log.warn(f"{finding.file}: {finding.message} {finding.remedy} ({finding.code})")


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
