"""One distribution, as the decision and the upload see it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Of a distribution (PyPA glossary)."""

    SDIST = "sdist"
    WHEEL = "wheel"


class Declaration(StrEnum):
    """How a distribution says that it is private (contract, section 5)."""

    CLASSIFIER = "classifier"
    LOCAL_VERSION = "local version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One sdist or wheel as it was judged: these bytes and no others are sent."""

    file: str
    """Its base name."""
    size: int
    """Bytes."""
    sha256: str
    blake2b_256: str
    """Empty where nothing can be sent, since it was only judged."""
    kind: Kind
    name: str
    """The project's name as the metadata spell it."""
    project: str
    """The same name, normalised (PEP 503)."""
    version: str
    """As the metadata spell it."""
    declared: frozenset[Declaration] = frozenset()
    requires_python: str = ""

    @property
    def declared_private(self) -> bool:
        """True if the distribution itself says that it must not be public."""
        return bool(self.declared)
