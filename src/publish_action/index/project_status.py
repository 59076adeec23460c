"""The status that an index gives a project (PEP 792): whether it takes new files."""

from dataclasses import dataclass
from enum import StrEnum


class Marker(StrEnum):
    """The words of PEP 792."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DEPRECATED = "deprecated"
    QUARANTINED = "quarantined"


# An index that gives two words means the stricter one.
_STRICTEST_FIRST = (Marker.QUARANTINED, Marker.ARCHIVED, Marker.DEPRECATED, Marker.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """A project's status and the index's own words about it, which are hostile text."""

    marker: Marker
    reason: str = ""

    @property
    def takes_files(self) -> bool:
        """Return whether PEP 792 lets the index take files of such a project."""
        return self.marker in {Marker.ACTIVE, Marker.DEPRECATED}


ACTIVE = ProjectStatus(marker=Marker.ACTIVE)


def parse_status(words: list[str], reason: str) -> ProjectStatus:
    """Return the strictest status of those on a page; a word that PEP 792 does not define counts as active.

    The PEP lets later versions add words, and asks readers to treat what they do not know as they would `active`.
    """
    found = (marker for marker in _STRICTEST_FIRST if marker in words)
    return ProjectStatus(marker=next(found, Marker.ACTIVE), reason=reason)
