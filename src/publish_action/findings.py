"""Make findings by the kind of rule that they rest on."""

from publish_action.model import Finding, Rule, Severity


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
    return Finding(severity=Severity.WARNING, code=code, file=file, message=message, remedy=remedy, member=member)


def _error(code: str, *, rule: Rule, file: str, message: str, remedy: str, member: str) -> Finding:
    return Finding(
        severity=Severity.ERROR, code=code, file=file, message=message, remedy=remedy, member=member, rule=rule
    )
