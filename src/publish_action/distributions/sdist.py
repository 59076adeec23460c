"""Read an sdist once: its metadata, its members and their contents, or why different readers would disagree on it."""

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from publish_action.distributions.archive.gzip_reader import Backwards, Gunzip, Oversized
from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.contents import TEXT_BYTES, Contents, Member, MemberKind
from publish_action.distributions.declarations import MOST_READ, declares_private_beside, may_declare_in_sdist
from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import MAX_METADATA_BYTES
from publish_action.distributions.own_metadata import parse_own_metadata, refuse_decoy
from publish_action.distributions.refusals import (
    archive_bomb,
    archive_invalid,
    metadata_ambiguous,
    metadata_unreadable,
    sdist_layout,
)
from publish_action.distributions.scanning.scanner import ContentScan, Hit
from publish_action.distributions.twine_reader import choose_in_sdist, is_metadata
from publish_action.models.distribution import Kind

# PyPI has a rule for archive bombs in zip archives and none for tar. This one bounds our own time: two gibibytes take
# some ten seconds to read (measured), and a file that is large itself may take longer.
_MOST_UNPACKED = 2 << 30
_MOST_RATIO = 50
# Behind the archive's end; tar fills up to 10 KiB.
_MOST_PADDING = 64 << 20

_BLOCK = 1 << 20
# tarfile reads extended headers whole, one inside the other as deep as the interpreter goes. Real ones hold a path.
_LONGEST_HEADER = 64 << 10
# Of all members together, and of the headers that hold for all of them.
_MOST_PATH_BYTES = 16 << 20
_MOST_GLOBAL_BYTES = 64 << 10
# A member is kept by its path, kind and size; that of a hundred thousand takes 30 MB (measured).
_MAX_MEMBERS = 100_000

# All that zlib and tarfile raise for archives they cannot read. A long chain of extended headers recurses.
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, RecursionError)

# What a pax header (POSIX.1-2001) may override, and only some readers let it. That of one member may rename it: what
# is too long for the older header is written so.
_SIZES = ("size", "GNU.sparse.size", "GNU.sparse.realsize")
_NUMBER = re.compile(r"[0-9]{1,20}")


def read_sdist(stream: BinaryIO, name: FileName) -> Contents:
    """Return the contents of an sdist, in one pass and bounded memory.

    Raises `DistributionsInvalid`: E_ARCHIVE_INVALID, E_ARCHIVE_BOMB, E_SDIST_LAYOUT, E_METADATA_UNREADABLE,
    E_METADATA_AMBIGUOUS. Unpacks the whole archive once: a secret may be in the last member.
    """
    with _refuse_broken():
        _refuse_zip(stream)
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        unpacked = Gunzip(stream, limit=max(_MOST_UNPACKED, _MOST_RATIO * size))
        found = _read_members(unpacked, name)
        _refuse_more(unpacked)
    place = _place_of_metadata(found.top)
    metadata = parse_own_metadata(found.metadata[place], name)
    refuse_decoy(place, _find_decoy(found))
    return Contents(
        name=name,
        size=size,
        metadata=metadata,
        folder=found.top,
        metadata_member=place,
        private_elsewhere=tuple(found.private_elsewhere),
        members=tuple(found.members),
        texts=found.texts,
        hits=tuple(found.hits),
    )


@contextmanager
def _refuse_broken() -> Iterator[None]:
    """Turn what zlib and tarfile raise into the refusal of the file."""
    try:
        yield
    except Oversized as error:
        raise archive_bomb(str(error)) from error
    except Backwards as error:
        raise archive_invalid(Kind.SDIST, "The size of a member points back to an earlier place.") from error
    except _BROKEN as error:
        message = f"The file is not a readable gzip-compressed tar archive ({type(error).__name__})."
        raise archive_invalid(Kind.SDIST, message) from error


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What was found so far: the only mutable value in this module."""

    top: str = ""
    metadata: dict[str, bytes] = field(default_factory=dict)
    """By the path as the archive spells it; a second one is refused."""
    private_elsewhere: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    path_bytes: int = 0


def _read_members(unpacked: Gunzip, name: FileName) -> _Reading:
    found = _Reading()
    unpacked.longest_read = _LONGEST_HEADER
    with tarfile.open(fileobj=unpacked, mode="r:") as archive:
        while (member := _read_header(archive, unpacked)) is not None:
            # tarfile keeps every member that it has seen, at about 1 kB each.
            archive.members = []  # type: ignore[attr-defined] # public, and missing from typeshed
            if len(found.members) >= _MAX_MEMBERS:
                raise archive_bomb(f"The archive has more than {_MAX_MEMBERS} members.")
            found.path_bytes += len(member.name) + len(member.linkname)
            if found.path_bytes > _MOST_PATH_BYTES:
                raise archive_bomb(f"The paths of the members take more than {_MOST_PATH_BYTES} bytes.")
            _refuse_contested(archive, member, unpacked.last)
            unpacked.require_within(member.offset_data + member.size)
            found.top = _judge_top(normalise_member_path(member.name).partition("/")[0], top=found.top, name=name)
            found.members.append(_describe(member))
            _read_member(archive, member, found)
    if _place_of_metadata(found.top) not in found.metadata:
        raise metadata_unreadable(Kind.SDIST, "There is no PKG-INFO in the top-level folder.")
    return found


def _read_header(archive: tarfile.TarFile, unpacked: Gunzip) -> tarfile.TarInfo | None:
    unpacked.longest_read = _LONGEST_HEADER
    member = archive.next()
    unpacked.longest_read = _BLOCK
    if sum(len(key) + len(value) for key, value in archive.pax_headers.items()) > _MOST_GLOBAL_BYTES:
        raise archive_bomb(f"The global pax headers take more than {_MOST_GLOBAL_BYTES} bytes.")
    return member


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo, found: _Reading) -> None:
    path = normalise_member_path(member.name)
    inside = path.removeprefix(f"{found.top}/")
    # Some file systems fold case: what could end up in PKG-INFO's place counts.
    is_metadata_place = path.lower() == _place_of_metadata(found.top).lower()
    if is_metadata_place:
        _refuse_second(found.metadata, member)
        _refuse_unplain(member)
    if not _is_plain(member):
        return
    is_pyproject = inside == "pyproject.toml"
    if is_pyproject and member.size > TEXT_BYTES["pyproject.toml"]:
        most = TEXT_BYTES["pyproject.toml"]
        raise metadata_unreadable(Kind.SDIST, f"pyproject.toml is {member.size} bytes long; at most {most} are read.")
    may_declare = may_declare_in_sdist(inside)
    start, hits = _scan(archive, member, keep=_how_much(is_metadata=is_metadata_place, may_declare=may_declare))
    found.hits += hits
    if is_metadata_place:
        found.metadata[member.name] = start
    elif is_pyproject:
        found.texts[inside] = start
    if may_declare and declares_private_beside(inside, start):
        found.private_elsewhere.append(member.name)


def _how_much(*, is_metadata: bool, may_declare: bool) -> int:
    if is_metadata:
        return MAX_METADATA_BYTES + 1
    return MOST_READ if may_declare else 0


def _place_of_metadata(top: str) -> str:
    return f"{top}/PKG-INFO"


def _find_decoy(found: _Reading) -> str:
    place = _place_of_metadata(found.top)
    is_alike = choose_in_sdist([member.path for member in found.members]) == place
    return "" if is_alike and is_metadata(found.metadata[place]) else "finds no metadata"


def _describe(member: tarfile.TarInfo) -> Member:
    return Member(path=member.name, kind=_kind_of(member), size=member.size, target=member.linkname)


def _kind_of(member: tarfile.TarInfo) -> MemberKind:
    # A sparse member is a regular one to tarfile, too.
    for matches, kind in (
        (member.issparse(), MemberKind.SPARSE),
        (member.isreg(), MemberKind.FILE),
        (member.isdir(), MemberKind.FOLDER),
        (member.issym(), MemberKind.SYMBOLIC_LINK),
        (member.islnk(), MemberKind.HARD_LINK),
    ):
        if matches:
            return kind
    return MemberKind.DEVICE


def _refuse_contested(archive: tarfile.TarFile, member: tarfile.TarInfo, header: bytes) -> None:
    """Refuse a pax header that gives a member another size or name than readers see that do not know it.

    `header` is the member's own, the last that tarfile read for it. A pax header may repeat what that says: uv_build
    writes the size of each member so.
    """
    if not member.pax_headers and not archive.pax_headers:
        return
    for key in _find_contested(archive, member, _read_plain(header)):
        raise metadata_ambiguous(
            Kind.SDIST,
            f"A pax header gives {member.name[:100]!a} another {key}: tar readers that know pax headers "
            "(Python's tarfile, GNU tar) see a different member from those that do not.",
        )


def _find_contested(archive: tarfile.TarFile, member: tarfile.TarInfo, plain: tarfile.TarInfo) -> Iterator[str]:
    given = member.pax_headers
    for key in _SIZES:
        # `int` takes spaces, underscores and other scripts' digits; other readers do not.
        if key in given and not (_NUMBER.fullmatch(given[key]) and int(given[key]) == plain.size):
            yield key
    if "GNU.sparse.name" in given and given["GNU.sparse.name"] != given.get("path", plain.name):
        yield "GNU.sparse.name"
    for key, seen, written in (("path", member.name, plain.name), ("linkpath", member.linkname, plain.linkname)):
        # The header for all members; one of its own outweighs it.
        if key in archive.pax_headers and given.get(key) == archive.pax_headers[key] and seen != written:
            yield key


def _read_plain(header: bytes) -> tarfile.TarInfo:
    """A member's own header as it is without any pax header; one that agrees with none where it is not a header."""
    try:
        return tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        # tarfile read other blocks behind it: the map of a sparse member.
        nothing = tarfile.TarInfo()
        nothing.size = -1
        return nothing


def _judge_top(found: str, *, top: str, name: FileName) -> str:
    if top and found != top:
        raise sdist_layout(f"The sdist has several top-level folders: {top!a} and {found!a}.")
    if not name.agrees_with_stem(found):
        raise sdist_layout(f"The top-level folder is {found!a}, not {name.project}-{name.version}.")
    return found


def _refuse_unplain(member: tarfile.TarInfo) -> None:
    if not _is_plain(member):
        raise metadata_unreadable(Kind.SDIST, f"{member.name!a} is not a regular file, but a link or something else.")


def _scan(archive: tarfile.TarFile, member: tarfile.TarInfo, *, keep: int) -> tuple[bytes, tuple[Hit, ...]]:
    """The first `keep` bytes of a member, and what the scan of all of it found."""
    unpacked = archive.extractfile(member)
    if unpacked is None:
        raise tarfile.ReadError("a plain member without content")
    kept, scan = bytearray(), ContentScan(member.name)
    with unpacked:
        while block := unpacked.read(_BLOCK):
            scan.feed(block)
            kept += block[: keep - len(kept)]
    return bytes(kept), scan.finish()


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.isreg() and not member.issparse()


def _refuse_second(metadata: Mapping[str, bytes], member: tarfile.TarInfo) -> None:
    for first in metadata:
        raise metadata_ambiguous(
            Kind.SDIST,
            f"{first!a} and {member.name!a} would be unpacked to the same path: which one counts "
            "depends on the reader.",
        )


def _refuse_zip(stream: BinaryIO) -> None:
    # pip asks the same question first, and unpacks as zip what answers yes, whatever its name.
    if zipfile.is_zipfile(stream):
        raise archive_invalid(Kind.SDIST, "The file is both a gzip file and a zip archive.")


def _refuse_more(unpacked: Gunzip) -> None:
    """Read to the end: gzip's checksum stands there, and nothing but padding may."""
    # A stream behind the archive's end holds padding, if anything, and who stops before it loses nothing.
    streams = unpacked.streams
    # tarfile takes a broken header for the archive's end; then that header is what was read last.
    block, end = unpacked.last, unpacked.tell()
    while not block.strip(b"\0"):
        if unpacked.tell() - end > _MOST_PADDING:
            raise archive_bomb(f"More than {_MOST_PADDING} zero bytes follow the end of the archive.")
        block = unpacked.read(_BLOCK)
        if not block:
            return _refuse_several(streams)
    raise archive_invalid(Kind.SDIST, "Other data follow the end of the archive.")


def _refuse_several(streams: int) -> None:
    if streams > 1:
        raise metadata_ambiguous(
            Kind.SDIST,
            f"The archive spans {streams} gzip streams: readers that stop at the end of the first one (some in Rust "
            "and Go) see a different archive from Python and gzip.",
        )
