"""What a check found in a distribution."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """Of a finding."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(StrEnum):
    """What kind of rule a finding rests on: it tells where an error counts as one (docs/preflight.md)."""

    CERTAINTY = "certainty"
    """What the file is must be beyond doubt: an error for every index, and no input changes that."""
    STANDARD = "standard"
    """A specification of the PyPA: an error for every index; `verify-metadata: false` makes it a warning."""
    PYPI = "pypi"
    """What PyPI refuses: an error for a public index, a warning for a private one; the same input applies."""
    LEAK = "leak"
    """What must not become public: an error for a public index, a warning for a private one. No input changes it;
    a policy can allow a named member."""
    ADVICE = "advice"
    """Ours, and no index refuses it: a warning for every index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check has to say about one distribution."""

    severity: Severity
    """As the rule says it of a public index; `weighing` says what it is for the index that was chosen."""
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
