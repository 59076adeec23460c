"""Find the one METADATA of a wheel, and refuse a file that is no certain wheel."""

import stat
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from publish_action.errors import DistributionsInvalid
from publish_action.file_names import FileName
from publish_action.member_paths import settle
from publish_action.metadata import MAX_METADATA_BYTES

# PyPI's rule for bombs: more than 64 MiB unpacked and more than fifty times the file.
_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 50

_LOCAL_HEADER = b"PK\x03\x04"
# PyPI accepts no other compression; these two unpack in bounded steps.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# All that zipfile raises for archives it cannot read; NotImplementedError and UnicodeError are among these.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)

_REBUILD = "Build the wheel again; `python -m build` writes a good one."


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelContent:
    """The bytes of a wheel's METADATA, and the member that holds them."""

    member: str
    metadata: bytes


def read_wheel(stream: BinaryIO, name: FileName) -> WheelContent:
    """Give the METADATA that belongs to the wheel's file name, from the file's first byte on.

    Raises `DistributionsInvalid`: E_ARCHIVE_INVALID, E_ARCHIVE_BOMB, E_METADATA_UNREADABLE,
    E_METADATA_AMBIGUOUS, E_DIST_NAME_MISMATCH. Unpacks nothing else.
    """
    try:
        size = _measure(stream)
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _refuse_prefix(members)
            _refuse_bomb(members, size)
            member = _find_metadata(members, name)
            return WheelContent(member=member.filename, metadata=_unpack(archive, member))
    except _BROKEN as error:
        raise _invalid(f"The file is not a readable zip archive ({type(error).__name__}).") from error


def _measure(stream: BinaryIO) -> int:
    """The file's size, once its first bytes have shown that it is a zip archive and nothing else."""
    head = stream.read(tarfile.BLOCKSIZE)
    if not head.startswith(_LOCAL_HEADER):
        raise _invalid("The file does not start as a zip archive.")
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return stream.seek(0, 2)
    raise _invalid("The file is a zip archive and a tar archive at once.")


def _refuse_prefix(members: list[zipfile.ZipInfo]) -> None:
    # zipfile moves all offsets when bytes stand before the archive, so that the first is not 0 any more.
    if min((member.header_offset for member in members), default=0) != 0:
        raise _invalid("Other bytes stand before the zip archive.")


def _refuse_bomb(members: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    if unpacked > _BOMB_BYTES and unpacked > _BOMB_RATIO * size:
        raise DistributionsInvalid(
            f"{size} bytes unpack to {unpacked}: more than {_BOMB_RATIO} times the file is taken for a zip bomb.",
            remedy="Leave out, or pack beforehand, the data that compress so well; PyPI refuses this too.",
            code="E_ARCHIVE_BOMB",
        )


def _find_metadata(members: list[zipfile.ZipInfo], name: FileName) -> zipfile.ZipInfo:
    folder = _find_folder(members, name)
    # Some file systems and unpackers fold case and path: what could end up in METADATA's place counts.
    place = f"{folder}/METADATA"
    candidates = [member for member in members if settle(member.filename).lower() == place.lower()]
    if len(candidates) > 1:
        raise _ambiguous(f"{len(candidates)} members would be unpacked to {place!a}.")
    if not candidates or candidates[0].filename != place or _is_link(candidates[0]):
        raise _unreadable(f"There is no regular member {place!a}.")
    return candidates[0]


def _find_folder(members: list[zipfile.ZipInfo], name: FileName) -> str:
    """The one `.dist-info` folder at the top. Deeper ones belong to vendored projects and mean nothing."""
    paths = (settle(member.filename) for member in members)
    tops = {path.partition("/")[0] for path in paths if "/" in path}
    folders = sorted(top for top in tops if top.lower().endswith(".dist-info"))
    if not folders:
        raise _unreadable("There is no .dist-info folder.")
    if len(folders) > 1:
        raise _ambiguous(f"There are several .dist-info folders: {', '.join(map(ascii, folders[:5]))}.")
    if not name.agrees_with_stem(folders[0][: -len(".dist-info")]):
        raise DistributionsInvalid(
            f"The file is named for {name.project} {name.version} and holds {folders[0]!a}.",
            remedy="Do not rename wheels: publish the file under the name it was built with.",
            code="E_DIST_NAME_MISMATCH",
        )
    return folders[0]


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.compress_type not in _COMPRESSIONS:
        raise _invalid(f"{member.filename!a} is compressed by a method that indexes do not accept.")
    with archive.open(member) as unpacked:
        return unpacked.read(MAX_METADATA_BYTES + 1)


def _invalid(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REBUILD, code="E_ARCHIVE_INVALID")


def _unreadable(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REBUILD, code="E_METADATA_UNREADABLE")


def _ambiguous(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(
        f"{message} Readers choose differently among them.", remedy=_REBUILD, code="E_METADATA_AMBIGUOUS"
    )
