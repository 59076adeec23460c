"""Find the one PKG-INFO of an sdist, and what else in it speaks of being private."""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from publish_action.errors import DistributionsInvalid
from publish_action.file_names import FileName
from publish_action.member_paths import settle
from publish_action.metadata import MAX_METADATA_BYTES, declares_private, shows_private_line
from publish_action.pyproject import parse_classifiers

# PyPI has this rule for zip archives and none for tar; we use the same for both.
_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 50

# tarfile reads extended headers whole. Real ones hold a path or two.
_READ_AT_ONCE = MAX_METADATA_BYTES + 1
_PYPROJECT_BYTES = 1 << 20
_BLOCK = 1 << 20
# tarfile keeps every member it has seen, at about 1 kB each, and so does twine.
_MAX_MEMBERS = 100_000

# All that gzip and tarfile raise for archives they cannot read. A long chain of extended headers recurses.
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, RecursionError)

_REBUILD = "Build the sdist again; `python -m build` writes a good one."


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistContent:
    """The bytes of an sdist's PKG-INFO, and the members beside it that declare the project private."""

    member: str
    metadata: bytes
    private_elsewhere: tuple[str, ...]


def read_sdist(stream: BinaryIO, name: FileName) -> SdistContent:
    """Give the PKG-INFO of an sdist, from the file's first byte on, in one pass and bounded memory.

    Raises `DistributionsInvalid`: E_ARCHIVE_INVALID, E_ARCHIVE_BOMB, E_SDIST_LAYOUT, E_METADATA_UNREADABLE,
    E_METADATA_AMBIGUOUS. Reads the whole archive: a second PKG-INFO at its end counts too.
    """
    try:
        _refuse_zip(stream)
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        with _Unpacked(stream, limit=max(_BOMB_BYTES, _BOMB_RATIO * size)) as unpacked:
            content = _read_members(unpacked, name)
            _refuse_more(unpacked)
            return content
    except _BROKEN as error:
        raise _invalid(f"The file is not a readable gzip-compressed tar archive ({type(error).__name__}).") from error


class _Unpacked(gzip.GzipFile):
    """What a gzip file unpacks to, read forward only, up to a limit."""

    def __init__(self, packed: BinaryIO, *, limit: int) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._limit = limit
        self.last = b""
        """What was read last."""

    def tell(self) -> int:
        return super().seek(0, io.SEEK_CUR)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _READ_AT_ONCE:
            raise _bomb(f"A header in it claims to be {size} bytes long.")
        self._bound(self.tell() + size)
        self.last = super().read(size)
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # Backwards would unpack everything again, and hostile sizes can make tarfile go round in circles.
        if whence != io.SEEK_SET or offset < self.tell():
            raise _invalid("A member's size leads back to a place before it.")
        self._bound(offset)
        return super().seek(offset)

    def _bound(self, position: int) -> None:
        if position > self._limit + _READ_AT_ONCE:
            raise _bomb(f"It unpacks to more than {self._limit} bytes, {_BOMB_RATIO} times the file.")


def _read_members(unpacked: _Unpacked, name: FileName) -> SdistContent:
    top, metadata, elsewhere = "", dict[str, bytes](), list[str]()
    with tarfile.open(fileobj=unpacked, mode="r:") as archive:
        for count, member in enumerate(archive, 1):
            if count > _MAX_MEMBERS:
                raise _bomb(f"It has more than {_MAX_MEMBERS} members.")
            path = settle(member.name)
            top = _judge_top(path.partition("/")[0], top=top, name=name)
            # Some file systems fold case: what could end up in PKG-INFO's place counts.
            if path.lower() == f"{top}/PKG-INFO".lower():
                _refuse_second(metadata, member)
                metadata[member.name] = _unpack_metadata(archive, member)
            elif _declares_private(archive, member, inside=path.removeprefix(f"{top}/")):
                elsewhere.append(member.name)
    place = f"{top}/PKG-INFO"
    if place not in metadata:
        raise _unreadable("There is no member PKG-INFO in the folder at the top.")
    return SdistContent(member=place, metadata=metadata[place], private_elsewhere=tuple(elsewhere))


def _judge_top(found: str, *, top: str, name: FileName) -> str:
    if top and found != top:
        raise _layout(f"There are several folders at the top: {top!a} and {found!a}.")
    if not name.agrees_with_stem(found):
        raise _layout(f"The folder at the top is {found!a}, not {name.project}-{name.version}.")
    return found


def _unpack_metadata(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not _is_plain(member):
        raise _unreadable(f"{member.name!a} is a link or another thing that is no plain file.")
    return _unpack(archive, member, limit=MAX_METADATA_BYTES + 1)


def _declares_private(archive: tarfile.TarFile, member: tarfile.TarInfo, *, inside: str) -> bool:
    """Tell whether a member beside PKG-INFO says that the project is private; `inside` is its path in the sdist."""
    if not _is_plain(member):
        return False
    if inside == "pyproject.toml":
        if member.size > _PYPROJECT_BYTES:
            raise _unreadable(
                f"Its pyproject.toml is {member.size} bytes long; {_PYPROJECT_BYTES} is the most we read."
            )
        return any(map(declares_private, parse_classifiers(_unpack(archive, member, limit=_PYPROJECT_BYTES))))
    if inside.endswith(".egg-info/PKG-INFO"):
        # Left over by older builds, in any encoding and shape; fields stand at its beginning.
        stale = _unpack(archive, member, limit=MAX_METADATA_BYTES)
        return shows_private_line(stale.decode("utf-8", "replace"))
    return False


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.isreg() and not member.issparse()


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, *, limit: int) -> bytes:
    unpacked = archive.extractfile(member)
    if unpacked is None:
        raise tarfile.ReadError("a plain member without content")
    with unpacked:
        return unpacked.read(limit)


def _refuse_second(metadata: Collection[str], member: tarfile.TarInfo) -> None:
    for first in metadata:
        raise DistributionsInvalid(
            f"{first!a} and {member.name!a} would be unpacked to one place. Readers choose differently among them.",
            remedy=_REBUILD,
            code="E_METADATA_AMBIGUOUS",
        )


def _refuse_zip(stream: BinaryIO) -> None:
    # pip asks the same question first, and unpacks as zip what answers yes, whatever its name.
    if zipfile.is_zipfile(stream):
        raise _invalid("The file is a gzip file and a zip archive at once.")


def _refuse_more(unpacked: _Unpacked) -> None:
    """Read to the end: gzip's checksum stands there, and nothing but padding may."""
    # tarfile takes a broken header for the archive's end; then that header is what was read last.
    block = unpacked.last
    while not block.strip(b"\0"):
        block = unpacked.read(_BLOCK)
        if not block:
            return
    raise _invalid("Other data stand behind the archive's end.")


def _bomb(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(
        f"{message} That is taken for an archive bomb.",
        remedy="Leave out, or pack beforehand, the data that compress so well.",
        code="E_ARCHIVE_BOMB",
    )


def _layout(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REBUILD, code="E_SDIST_LAYOUT")


def _invalid(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REBUILD, code="E_ARCHIVE_INVALID")


def _unreadable(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REBUILD, code="E_METADATA_UNREADABLE")
