"""Read a wheel once: its metadata, its members and their contents, or why different readers would disagree on it."""

import base64
import hashlib
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.archive.zip_layout import (
    LayoutUncertain,
    TooManyMembers,
    ZipMember,
    read_comment,
    read_layout,
)
from publish_action.distributions.archive.zip_reader import NotUnpackable, unpack
from publish_action.distributions.contents import TEXT_BYTES, Contents, Member, MemberKind
from publish_action.distributions.declarations import MOST_READ, declares_private_beside, may_declare_in_wheel
from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import MAX_METADATA_BYTES
from publish_action.distributions.own_metadata import parse_own_metadata, refuse_decoy
from publish_action.distributions.record import RecordFile, parse_record
from publish_action.distributions.refusals import (
    archive_bomb,
    archive_invalid,
    metadata_ambiguous,
    metadata_unreadable,
)
from publish_action.distributions.scanning.scanner import ContentScan, Hit
from publish_action.distributions.twine_reader import choose_in_wheel
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind

# What bounds our own time; PyPI's rule for bombs, which is narrower, is `judge_compression`.
_MOST_UNPACKED = 2 << 30
_MOST_RATIO = 50

_LOCAL_HEADER = b"PK\x03\x04"
# All that zipfile and zlib raise for archives they cannot read; NotImplementedError and UnicodeError are among these.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)

_DIFFERENTLY = "which one counts depends on the reader"
_TEXTS = ("WHEEL", "RECORD", "entry_points.txt")


def read_wheel(stream: BinaryIO, name: FileName) -> Contents:
    """Return the contents of a wheel; every member is unpacked once, in bounded memory.

    Raises `DistributionsInvalid`: E_ARCHIVE_INVALID, E_ARCHIVE_BOMB, E_METADATA_UNREADABLE,
    E_METADATA_AMBIGUOUS, E_DIST_NAME_MISMATCH.
    """
    with _refuse_broken():
        size = _measure(stream)
        layout = read_layout(stream)
        _refuse_bomb(layout, size)
        entry = _find_metadata(layout, name)
        folder = entry.path.rpartition("/")[0]
        data = _unpack_start(stream, entry, MAX_METADATA_BYTES + 1)
        texts = _read_texts(stream, layout, folder)
        record = parse_record(texts.get("RECORD", b""))
        read = [_read_member(stream, each, record) for each in layout]
        decoy = _find_decoy(stream, layout, entry, data)
        hits = (*(hit for _, found in read for hit in found), *_scan_comment(stream))
        private_elsewhere = tuple(_find_private(stream, layout))
    metadata = parse_own_metadata(data, name)
    refuse_decoy(entry.path, decoy)
    return Contents(
        name=name,
        size=size,
        metadata=metadata,
        folder=folder,
        metadata_member=entry.path,
        members=tuple(member for member, _ in read),
        texts=texts,
        hits=hits,
        private_elsewhere=private_elsewhere,
    )


@contextmanager
def _refuse_broken() -> Iterator[None]:
    """Turn what zipfile, zlib and our own reader of the layout raise into the refusal of the file."""
    try:
        yield
    except (LayoutUncertain, NotUnpackable) as error:
        raise archive_invalid(Kind.WHEEL, str(error)) from error
    except TooManyMembers as error:
        raise archive_bomb(str(error)) from error
    except _BROKEN as error:
        message = f"The file is not a readable zip archive ({type(error).__name__})."
        raise archive_invalid(Kind.WHEEL, message) from error


def _measure(stream: BinaryIO) -> int:
    """The file's size, once its first bytes have shown that it is a zip archive and nothing else."""
    head = stream.read(tarfile.BLOCKSIZE)
    if not head.startswith(_LOCAL_HEADER):
        raise archive_invalid(Kind.WHEEL, "The file does not begin with the local header of a zip archive.")
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return stream.seek(0, 2)
    raise archive_invalid(Kind.WHEEL, "The file is both a zip archive and a tar archive.")


def _refuse_bomb(members: Sequence[ZipMember], size: int) -> None:
    unpacked = sum(member.size for member in members)
    if unpacked > max(_MOST_UNPACKED, _MOST_RATIO * size):
        raise archive_bomb(f"{size} bytes unpack to {unpacked}, more than {_MOST_RATIO} times the file.")


def _find_metadata(members: Sequence[ZipMember], name: FileName) -> ZipMember:
    folder = _find_folder(members, name)
    # Some file systems and unpackers fold case and path: what could end up in METADATA's place counts.
    place = f"{folder}/METADATA"
    candidates = [member for member in members if _settle(member).lower() == place.lower()]
    if len(candidates) > 1:
        raise metadata_ambiguous(
            Kind.WHEEL, f"{len(candidates)} members would be unpacked to {place!a}: {_DIFFERENTLY}."
        )
    if not candidates or candidates[0].path != place or candidates[0].is_link:
        raise metadata_unreadable(Kind.WHEEL, f"There is no regular file {place!a}.")
    return candidates[0]


def _settle(member: ZipMember) -> str:
    # zipfile ends a name at a NUL; others do not.
    return normalise_member_path(member.path.partition("\0")[0])


def _find_folder(members: Sequence[ZipMember], name: FileName) -> str:
    """The one `.dist-info` folder at the top. Deeper ones belong to vendored projects and mean nothing."""
    paths = {_settle(member).partition("/") for member in members}
    # Of an entry that stands for the folder itself nothing is left behind the slash.
    tops = {top for top, slash, _ in paths if slash} | {_settle(each) for each in members if each.is_folder}
    folders = sorted(top for top in tops if top.lower().endswith(".dist-info") and "/" not in top)
    if not folders:
        raise metadata_unreadable(Kind.WHEEL, "There is no .dist-info folder.")
    if len(folders) > 1:
        raise metadata_ambiguous(
            Kind.WHEEL, f"There are several .dist-info folders ({', '.join(map(ascii, folders[:5]))}): {_DIFFERENTLY}."
        )
    if not name.agrees_with_stem(folders[0][: -len(".dist-info")]):
        raise DistributionsInvalid(
            f"The file is named for {name.project} {name.version}, but its metadata folder is {folders[0]!a}.",
            remedy="Do not rename wheels: publish the file under the name it was built with.",
            code="E_DIST_NAME_MISMATCH",
        )
    return folders[0]


def _read_texts(stream: BinaryIO, members: Sequence[ZipMember], folder: str) -> dict[str, bytes]:
    places = {f"{folder}/{text}": text for text in _TEXTS}
    found = [(each, places[each.path]) for each in members if each.path in places]
    return {text: _unpack_start(stream, each, TEXT_BYTES[text]) for each, text in found}


def _find_private(stream: BinaryIO, members: Sequence[ZipMember]) -> Iterator[str]:
    for member in members:
        may_declare = may_declare_in_wheel(member.path) and not member.is_folder
        if may_declare and declares_private_beside(member.path, _unpack_start(stream, member, MOST_READ)):
            yield member.path


def _scan_comment(stream: BinaryIO) -> tuple[Hit, ...]:
    """What stands in the comment of the archive goes out with it."""
    scan = ContentScan("the comment of the zip archive")
    scan.feed(read_comment(stream))
    return scan.finish()


def _read_member(stream: BinaryIO, member: ZipMember, record: RecordFile) -> tuple[Member, tuple[Hit, ...]]:
    kind = _kind_of(member)
    if kind is not MemberKind.FILE:
        target = _unpack_start(stream, member, 1024).decode("utf-8", "replace") if member.is_link else ""
        return Member(path=member.path.rstrip("/"), kind=kind, size=member.size, target=target), ()
    row = record.rows.get(member.path.replace("\\", "/"))
    algorithm = (row.algorithm if row else "") or "sha256"
    digest, scan = hashlib.new(algorithm), ContentScan(member.path)
    for block in unpack(stream, member):
        digest.update(block)
        scan.feed(block)
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    found = Member(path=member.path, kind=kind, size=member.size, digest=f"{algorithm}={encoded}")
    return found, scan.finish()


def _kind_of(member: ZipMember) -> MemberKind:
    if member.is_folder:
        return MemberKind.FOLDER
    if member.is_link:
        return MemberKind.SYMBOLIC_LINK
    return MemberKind.DEVICE if member.is_special else MemberKind.FILE


def _find_decoy(stream: BinaryIO, members: Sequence[ZipMember], member: ZipMember, metadata: bytes) -> str:
    by_path = {each.path: each for each in members}
    choice = choose_in_wheel(list(by_path), lambda path: _unpack_start(stream, by_path[path], MAX_METADATA_BYTES + 1))
    if choice is None:
        return "finds no metadata"
    is_alike = choice == member.path or _unpack_start(stream, by_path[choice], MAX_METADATA_BYTES + 1) == metadata
    return "" if is_alike else f"reads {choice!a}"


def _unpack_start(stream: BinaryIO, member: ZipMember, limit: int) -> bytes:
    """The member's first bytes, at most so many."""
    kept = bytearray()
    for block in unpack(stream, member):
        kept += block[: limit - len(kept)]
        if len(kept) >= limit:
            break
    return bytes(kept)
