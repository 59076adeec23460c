"""Find in a file's bytes what must not be published: secrets, and code that PyPI does not take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place that a pattern matched. Never holds what matched."""

    member: str
    """The member's path, as the archive spells it."""
    line: int
    """From 1; 0 where the file is not text."""
    pattern: str
    """The pattern's name."""


class ContentScan:
    """Scans one member, whose blocks are fed in their order. For one thread."""

    def __init__(self, path: str) -> None:
        self._path = path

    def feed(self, block: bytes) -> None:
        """Take the next bytes; the first block tells whether the member is text."""

    def finish(self) -> tuple[Hit, ...]:
        """Give what was found, in the order of lines; bounded, however often a pattern matched."""
        return ()
