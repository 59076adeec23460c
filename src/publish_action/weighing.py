"""Weigh findings for the index that was chosen: what refuses there, and what only warns."""

from collections.abc import Iterable
from dataclasses import replace

from publish_action.model import Allowance, Audience, Finding, Rule, Severity


def weigh(
    findings: Iterable[Finding],
    *,
    audience: Audience,
    verify_metadata: bool,
    allowances: tuple[Allowance, ...] = (),
) -> tuple[Finding, ...]:
    """Give the findings with the severity that they have for an index of this audience (docs/preflight.md).

    `verify_metadata` is the input of that name. It reaches no rule of certainty and none of confidentiality, and an
    allowance reaches the latter alone (contract, section 2).
    """
    return tuple(
        _weigh(finding, is_private=audience is Audience.PRIVATE, is_lax=not verify_metadata, allowances=allowances)
        for finding in findings
    )


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
    """Tell whether an allowance is for this member; one for no member at all would be a switch."""
    return bool(finding.member) and _path_of(finding) == allowance.member and allowance.code in {"", finding.code}


def _path_of(finding: Finding) -> str:
    """The member's path in the project: an sdist's folder at the top changes with every version."""
    if finding.file.endswith(".whl"):
        return finding.member
    return finding.member.partition("/")[2]
