"""Make findings by the kind of rule that they rest on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from publish_action.models.finding import Finding, Rule, Severity

MOST_ALIKE = 20
"""So many findings of one rule about one file are told one by one; nobody reads the rest."""

MOST_ALLOWABLE = 100
"""So many leaks of one file are findings of their own, each of which a policy can allow; one more counts the rest."""


def uncertain(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Give an error of what a file must be beyond doubt; for every index, whatever the inputs."""
    return _error(code, rule=Rule.CERTAINTY, file=file, message=message, remedy=remedy, member=member)


def not_standard(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Give an error against a specification of the PyPA; `verify-metadata: false` makes it a warning."""
    return _error(code, rule=Rule.STANDARD, file=file, message=message, remedy=remedy, member=member)


def refused_by_pypi(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Give an error against a rule of PyPI's own; a private index need not have it."""
    return _error(code, rule=Rule.PYPI, file=file, message=message, remedy=remedy, member=member)


def leak(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Give an error of something that must not become public."""
    return _error(code, rule=Rule.LEAK, file=file, message=message, remedy=remedy, member=member)


def doubtful(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Give a warning: something to look at, which no index refuses and which may be right."""
    return Finding(
        severity=Severity.WARNING,
        code=code,
        file=file,
        message=message,
        remedy=remedy,
        member=member,
        rule=Rule.ADVICE,
    )


def maybe_refused_by_pypi(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return a warning about a rule of PyPI's own, where only PyPI knows whether it applies."""
    return replace(doubtful(code, file=file, message=message, remedy=remedy, member=member), rule=Rule.PYPI)


def state_with_rule(finding: Finding) -> str:
    """Return the message with whose rule it is, so that nobody takes our wish for an index's refusal."""
    return f"{finding.message} [{_OWNERS[finding.rule]}]"


_OWNERS: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.CERTAINTY: "rule of publish-action: certainty",
        Rule.STANDARD: "rule of a packaging standard",
        Rule.PYPI: "rule of PyPI",
        Rule.LEAK: "rule of publish-action: confidentiality",
        Rule.ADVICE: "advice of publish-action",
    }
)


def bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give the first `MOST_ALIKE` findings of one rule about one file, and one that counts the others."""
    more, last = 0, None
    for count, finding in enumerate(findings, 1):
        if count <= MOST_ALIKE:
            yield finding
        else:
            more, last = more + 1, finding
    if last is not None:
        yield replace(last, message=f"There are {more} more of this kind; the last one: {last.message}")


def _error(code: str, *, rule: Rule, file: str, message: str, remedy: str, member: str) -> Finding:
    return Finding(
        severity=Severity.ERROR, code=code, file=file, message=message, remedy=remedy, member=member, rule=rule
    )
