"""Findings: what a check found in a distribution, and the one way to make each kind of them."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """Of a finding."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(StrEnum):
    """The kind of rule that a finding rests on: it decides where an error counts as one (docs/preflight.md)."""

    CERTAINTY = "certainty"
    """The file must be beyond doubt: an error for every index, and no input changes that."""
    STANDARD = "standard"
    """A specification of the PyPA: an error for every index; `verify-metadata: false` makes it a warning."""
    PYPI = "pypi"
    """What PyPI refuses: an error for a public index, a warning for a private one; the same input applies."""
    LEAK = "leak"
    """What must not become public: an error for a public index, a warning for a private one. No input changes it;
    a policy can allow a named member."""
    ADVICE = "advice"
    """Our advice, where no index refuses: a warning for every index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found in one distribution. Made by the functions below, one for each kind of rule."""

    severity: Severity
    """For a public index; `checks.severity` derives the severity for the index that was chosen."""
    code: str
    file: str
    """The distribution's base name; empty where the finding is about all of them."""
    message: str
    remedy: str
    member: str = ""
    """The member of the archive that the finding is about, or empty."""
    rule: Rule = Rule.CERTAINTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A policy's reviewed permission to publish one member that a rule of confidentiality would refuse."""

    member: str
    """Its path in a wheel, or in an sdist below the folder at the top."""
    reason: str
    code: str = ""
    """The one reason code that it answers; empty = every one of these rules."""
    expires: date | None = None
    """The last day on which it holds (UTC); None = no end."""
    project: str = ""
    """Normalised (PEP 503), with `*` for any letters; empty = every project of the repository."""


def uncertain(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return an error about what a file is: for every index, whatever the inputs."""
    return _error(code, rule=Rule.CERTAINTY, file=file, message=message, remedy=remedy, member=member)


def not_standard(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return an error against a specification of the PyPA; `verify-metadata: false` makes it a warning."""
    return _error(code, rule=Rule.STANDARD, file=file, message=message, remedy=remedy, member=member)


def refused_by_pypi(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return an error against a rule of PyPI's own; a private index need not have it."""
    return _error(code, rule=Rule.PYPI, file=file, message=message, remedy=remedy, member=member)


def leak(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return an error about something that must not become public."""
    return _error(code, rule=Rule.LEAK, file=file, message=message, remedy=remedy, member=member)


def doubtful(code: str, *, file: str, message: str, remedy: str, member: str = "") -> Finding:
    """Return a warning about something to look at, which no index refuses and which may be right."""
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


def noted(code: str, *, message: str, remedy: str) -> Finding:
    """Return a note about the release as a whole: nothing to change."""
    return Finding(severity=Severity.NOTE, code=code, file="", message=message, remedy=remedy, rule=Rule.ADVICE)


def _error(code: str, *, rule: Rule, file: str, message: str, remedy: str, member: str) -> Finding:
    return Finding(
        severity=Severity.ERROR, code=code, file=file, message=message, remedy=remedy, member=member, rule=rule
    )
