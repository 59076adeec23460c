"""Tell the log what was read and found in the distributions."""

from collections.abc import Iterable
from dataclasses import replace

from publish_action.findings_text import gather_findings
from publish_action.front import Front
from publish_action.model import Finding, Severity
from publish_action.ports import Log
from publish_action.preflight import Reading
from publish_action.record import Record


def tell_reading(reading: Reading, record: Record, front: Front, *, with_hashes: bool) -> Record:
    """Tell what was read, and give the record with it."""
    tell_distributions(reading, front)
    if with_hashes:
        front.start_group("Hashes")
        tell_hashes(reading, front)
        front.end_group()
    return replace(
        record,
        distributions=tuple(file.distribution for file in reading.files),
        findings=reading.findings,
        ignored=reading.ignored,
        other_projects=reading.other_projects,
    )


def tell_distributions(reading: Reading, log: Log) -> None:
    """Tell each distribution with its size, and what was left lying."""
    for file in reading.files:
        log.say(f"{file.distribution.file}: {file.distribution.size} bytes.")
    if reading.other_projects:
        log.say(f"Of other projects, left: {', '.join(reading.other_projects)}.")
    if reading.excluded:
        log.say(f"Excluded by `packages-dir`: {', '.join(reading.excluded)}.")
    if reading.ignored:
        log.say(f"Not distributions, ignored: {', '.join(reading.ignored)}.")


def tell_hashes(reading: Reading, log: Log) -> None:
    """Tell the hashes of each distribution, as far as they were made."""
    for file in reading.files:
        log.say(f"SHA-256 of {file.distribution.file}: {file.distribution.sha256}")
        if file.distribution.blake2b_256:
            log.say(f"BLAKE2b-256 of {file.distribution.file}: {file.distribution.blake2b_256}")


def tell_findings(findings: Iterable[Finding], front: Front, conclusion: str) -> None:
    """Tell each different finding once, errors first: what refuses, what warns, what the policy allows.

    The error that the run ends with is told by `Front.fail`; a finding that says the same is not told before it.
    """
    for told in gather_findings(findings):
        match told.severity:
            case Severity.ERROR if told.text == conclusion:
                continue
            case Severity.ERROR:
                front.refuse(told.text, code=told.code)
            case Severity.WARNING:
                front.warn(f"{told.text} ({told.code})")
            case Severity.NOTE:
                front.say(f"{told.text} ({told.code})")
