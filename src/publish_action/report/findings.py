"""Describe what was found in distributions: once for all files that it was found in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from publish_action.checks.findings import state_with_rule
from publish_action.models.finding import Finding, Severity

_FILES_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFinding:
    """Findings that say the same of several files, in one text."""

    severity: Severity
    code: str
    text: str


def gather_findings(findings: Iterable[Finding]) -> tuple[GroupedFinding, ...]:
    """Return one text for each different finding, errors first, and otherwise in the order of the findings.

    What a build backend does wrong stands in every wheel of a release: sixty times the same would hide the rest.
    """
    files: dict[tuple[Severity, str, str, str, str], list[str]] = {}
    for each in findings:
        key = (each.severity, each.code, each.member, state_with_rule(each), each.remedy)
        files.setdefault(key, []).append(each.file)
    told = [
        GroupedFinding(severity=severity, code=code, text=f"{_name(names)}{message} {remedy}")
        for (severity, code, _, message, remedy), names in files.items()
    ]
    return tuple(sorted(told, key=lambda each: list(Severity).index(each.severity)))


def count_errors(findings: Iterable[Finding]) -> str:
    """Return how many errors there are of each code, as words; empty where there is none."""
    counts = Counter(each.code for each in findings if each.severity is Severity.ERROR)
    return ", ".join(f"{code}" if number == 1 else f"{number} x {code}" for code, number in counts.items())


def _name(files: list[str]) -> str:
    known = [file for file in dict.fromkeys(files) if file]
    if not known:
        return ""
    more = len(known) - _FILES_NAMED
    return ", ".join(known[:_FILES_NAMED]) + (f" and {more} more" if more > 0 else "") + ": "
