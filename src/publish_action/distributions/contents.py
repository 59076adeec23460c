"""The contents of one distribution, read once: the value that the rules check."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import CoreMetadata
from publish_action.distributions.scanning.scanner import Hit


class MemberKind(StrEnum):
    """What a member of an archive is, in words for a message."""

    FILE = "a file"
    FOLDER = "a folder"
    SYMBOLIC_LINK = "a symbolic link"
    HARD_LINK = "a hard link"
    DEVICE = "a device or pipe"
    SPARSE = "a sparse file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of an archive. Nothing of it was judged: the path is whatever the archive says."""

    path: str
    """As the archive spells it, from its root on; a folder's has no slash at its end."""
    kind: MemberKind
    size: int
    """Bytes, unpacked."""
    target: str = ""
    """Where a link leads, as the archive spells it."""
    digest: str = ""
    """Of a file in a wheel, in RECORD's form (`sha256=…`), by the algorithm that its row in RECORD names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """One distribution whose archive is sound and whose metadata have one meaning."""

    name: FileName
    size: int
    """Bytes of the file itself."""
    metadata: CoreMetadata
    folder: str
    """A wheel's `.dist-info` folder, or an sdist's folder at the top, as the archive spells it."""
    metadata_member: str
    """The path of METADATA or PKG-INFO."""
    members: tuple[Member, ...]
    """Every entry, in the archive's order, duplicates included."""
    texts: Mapping[str, bytes]
    """What the rules read of the small files at their known places, by the path below `folder`: of a wheel `WHEEL`,
    `RECORD` and `entry_points.txt`, of an sdist `pyproject.toml`. Each is as long as `TEXT_BYTES` says, cut beyond."""
    hits: tuple[Hit, ...]
    """What the scan of the files' contents found."""
    private_elsewhere: tuple[str, ...] = ()
    """Members beside METADATA or PKG-INFO that declare the project private."""

    @property
    def file(self) -> str:
        """The distribution's base name."""
        return self.name.file


TEXT_BYTES: Mapping[str, int] = MappingProxyType(
    {"WHEEL": 64 << 10, "RECORD": 16 << 20, "entry_points.txt": 256 << 10, "pyproject.toml": 1 << 20}
)
"""How much of each is read; what is longer is refused. RECORD of the largest wheels is 3 MB (measured)."""
