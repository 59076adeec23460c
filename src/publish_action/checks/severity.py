"""Derive the severity of findings for the index that was chosen: which refuse there, and which only warn."""

from collections.abc import Iterable
from dataclasses import replace

from publish_action.models.finding import Allowance, Finding, Rule, Severity, doubtful
from publish_action.models.index import Audience


def apply_severity(
    findings: Iterable[Finding],
    *,
    audience: Audience,
    verify_metadata: bool,
    allowances: tuple[Allowance, ...] = (),
) -> tuple[Finding, ...]:
    """Return the findings with the severity that they have for an index of this audience (docs/preflight.md).

    `verify_metadata` is the input of that name. It reaches no rule of certainty and none of confidentiality, and an
    allowance reaches the latter alone (contract, section 2).
    """
    return tuple(
        _weigh(finding, is_private=audience is Audience.PRIVATE, is_lax=not verify_metadata, allowances=allowances)
        for finding in findings
    )


def list_unused(findings: Iterable[Finding], allowances: Iterable[Allowance]) -> tuple[Finding, ...]:
    """Return a warning for each allowance that no finding needs: a path that is misspelt, or one that is gone."""
    leaks = [finding for finding in findings if finding.rule is Rule.LEAK]
    return tuple(
        doubtful(
            "W_ALLOWANCE_UNUSED",
            file="",
            message=f"The policy allows the member {allowance.member!a}, but no finding is about it.",
            remedy="Write the path as the message of the finding shows it, or remove the entry from the policy.",
        )
        for allowance in allowances
        if not any(_covers(allowance, finding) for finding in leaks)
    )


def name_allowable(file: str, member: str) -> str:
    """Return a member's path as a policy names it: below an sdist's folder at the top, which changes by version."""
    return member if file.endswith(".whl") else member.partition("/")[2]


def _weigh(finding: Finding, *, is_private: bool, is_lax: bool, allowances: tuple[Allowance, ...]) -> Finding:
    if finding.severity is not Severity.ERROR:
        return finding
    match finding.rule:
        case Rule.CERTAINTY | Rule.ADVICE:
            return finding
        case Rule.STANDARD:
            return _soften(finding) if is_lax else finding
        case Rule.PYPI:
            return _soften(finding) if is_lax or is_private else finding
        case Rule.LEAK:
            allowance = next((each for each in allowances if _covers(each, finding)), None)
            if allowance:
                return _allow(finding, allowance)
            return _soften(finding) if is_private else finding


def _soften(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING)


def _allow(finding: Finding, allowance: Allowance) -> Finding:
    return replace(
        finding, severity=Severity.NOTE, remedy=f"Nothing: the policy allows it. Its reason: {allowance.reason}"
    )


def _covers(allowance: Allowance, finding: Finding) -> bool:
    """Return whether an allowance is for this member; one for no member at all would be a switch.

    The path is taken as the message shows it too, with an sdist's folder at the top.
    """
    wanted = allowance.member.rstrip("/")
    paths = {finding.member, name_allowable(finding.file, finding.member)}
    return bool(finding.member) and wanted in paths and allowance.code in {"", finding.code}
