"""Log what the steps of a run found, one line for each fact."""

from collections.abc import Iterable, Sequence

from publish_action.checks.preflight import OpenRelease
from publish_action.distributions.reader import OpenDistribution
from publish_action.github.evidence import GitHubEvidence
from publish_action.index.detect_server import kind_named
from publish_action.models.decision import Plan
from publish_action.models.finding import Finding, Severity
from publish_action.models.index import Audience, Index
from publish_action.models.policy import Policy, PolicyAbsent, PolicyFact
from publish_action.policy.reference import OWN_PATH
from publish_action.protocols import Console, Log
from publish_action.report.findings import gather_findings
from publish_action.report.plan_document import describe_answer
from publish_action.report.run_record import Action, PlannedUpload


def log_evidence(github_evidence: GitHubEvidence, log: Log) -> None:
    """Log what each source said about the visibility."""
    for each in (github_evidence.claim, github_evidence.api, github_evidence.event):
        answer = describe_answer(each.answer).rstrip(".")
        log.say(f"Visibility, by the {each.source}: {answer}.")


def log_policy(policy: PolicyFact, log: Log) -> None:
    """Log whether there is a policy; one that cannot be used refuses the run, and is logged then."""
    if isinstance(policy, Policy):
        narrower = f"; {policy.narrowed_by.source} narrows it" if policy.narrowed_by else ""
        log.say(f"Policy: {policy.source} was read{narrower}.")
    elif isinstance(policy, PolicyAbsent):
        # Whoever names another place than the default relies on it.
        write = log.say if policy.source.endswith(OWN_PATH) else log.warn
        write(f"Policy: there is none at {policy.source}.")


def log_plan(plan: Plan, log: Log) -> None:
    """Log a positive decision."""
    target = f"the {plan.index.audience} index {plan.index.name}"
    log.say(f"Decision: {plan.code}. {plan.project} {plan.version} goes to {target}.")


def log_reasons(plan: Plan, log: Log) -> None:
    """Log what a positive decision rests on."""
    for sentence in plan.because:
        log.say(f"Because: {sentence}")


def log_name_check(finding: Finding, log: Log) -> None:
    """Log whether the project's name is taken on the public index."""
    write = log.say if finding.severity is Severity.NOTE else log.warn
    write(f"{finding.message} {finding.remedy} ({finding.code})")


def log_uploads(uploads: Iterable[PlannedUpload], log: Log) -> None:
    """Log what would be sent."""
    for upload in uploads:
        log.say(f"{upload.file}: would be {'sent' if upload.action is Action.UPLOAD else 'skipped'}.")


def log_reading(reading: OpenRelease, console: Console, *, with_hashes: bool) -> None:
    """Log what was read."""
    log_distributions(reading, console)
    if with_hashes:
        console.start_group("Hashes")
        log_hashes(reading, console)
        console.end_group()


def log_distributions(reading: OpenRelease, log: Log) -> None:
    """Log each distribution with its size, and which files are not published."""
    for file in reading.files:
        log.say(f"{file.distribution.file}: {file.distribution.size} bytes.")
    if reading.other_projects:
        log.say(f"Files of other projects, not published: {', '.join(reading.other_projects)}.")
    if reading.excluded:
        log.say(f"Excluded by `packages-dir`: {', '.join(reading.excluded)}.")
    if reading.ignored:
        log.say(f"Not distributions, ignored: {', '.join(reading.ignored)}.")


def log_hashes(reading: OpenRelease, log: Log) -> None:
    """Log the hashes of each distribution, as far as they were computed."""
    for file in reading.files:
        log.say(f"SHA-256 of {file.distribution.file}: {file.distribution.sha256}")
        if file.distribution.blake2b_256:
            log.say(f"BLAKE2b-256 of {file.distribution.file}: {file.distribution.blake2b_256}")


def log_findings(findings: Iterable[Finding], console: Console, conclusion: str) -> None:
    """Log each different finding once, errors first: what refuses, what warns, what the policy allows.

    The error that the run ends with is logged by `Console.fail`; a finding that says the same is not logged before it.
    """
    for told in gather_findings(findings):
        match told.severity:
            case Severity.ERROR if told.text == conclusion:
                continue
            case Severity.ERROR:
                console.refuse(told.text, code=told.code)
            case Severity.WARNING:
                console.warn(f"{told.text} ({told.code})")
            case Severity.NOTE:
                console.say(f"{told.text} ({told.code})")


def log_sidecars(files: Sequence[OpenDistribution], index: Index, log: Log, *, are_attestations_on: bool) -> None:
    """Log what happens to the `.asc` and `.attestation` files that lie beside distributions."""
    signed = sum(file.signature is not None for file in files)
    attested = 0 if are_attestations_on else sum(bool(file.attestations) for file in files)
    is_private = index.audience is Audience.PRIVATE
    if signed and not is_private:
        log.say(
            f"The GPG signatures (.asc) of {_count_files(signed)} are not sent: PyPI has accepted none since 2023, and "
            "the release is complete without them."
        )
    if signed and is_private:
        kind = kind_named(index.server)
        ignored = f"; {kind.title} ignores them" if kind and kind.signatures == "ignored" else ""
        log.say(f"The GPG signatures (.asc) of {_count_files(signed)} are sent with them{ignored}.")
    if attested and is_private:
        log.say(f"The attestations of {_count_files(attested)} are not sent: the index is private.")
    if attested and not is_private:
        log.warn(
            f"The attestations beside {_count_files(attested)} are not sent: attestations are "
            "off. Remove the files, or publish without attestations."
        )


def _count_files(number: int) -> str:
    return f"{number} {'file' if number == 1 else 'files'}"
