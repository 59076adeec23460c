"""Locate each member of a zip archive, and refuse an archive in which two readers could find different members.

Rules: local headers follow one another from the first byte; the directory follows the last member, and the end record
follows the directory; no byte belongs to nothing or to two things. Both headers of a member agree in name, sizes,
method, CRC-32 and flags. An archive comment is accepted where it cannot be taken for a part of another archive.

Not handled: data descriptors, encryption, split archives and names without a known encoding are refused. Whether a
member unpacks to what its headers state is checked by `zip_reader`, and where its path leads by `checks.members`.

    >>> [member.path for member in read_layout(open("acme-1.0-py3-none-any.whl", "rb"))]
    ['acme/__init__.py', 'acme-1.0.dist-info/METADATA', 'acme-1.0.dist-info/WHEEL', 'acme-1.0.dist-info/RECORD']
"""

import stat
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

# APPNOTE.TXT (PKWARE), sections 4.3.7 to 4.3.16.
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LOCAL = struct.Struct("<4s5H3L2H")
_EXTRA = struct.Struct("<2H")
_END_SIGNATURE = b"PK\x05\x06"
_SIZES_64 = struct.Struct("<2Q")
_SATURATED_SHORT, _SATURATED = 0xFFFF, 0xFFFFFFFF
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x0001, 0x0008, 0x0800

# zipfile reads the directory whole, and keeps about half a kilobyte for each member. The wheels that PyPI serves have
# up to some 20,000.
_MAX_MEMBERS = 100_000
_MAX_DIRECTORY_BYTES = 32 << 20


class LayoutUncertain(Exception):
    """Two readers may find different members in the file. The text names the place and the readers."""


class TooManyMembers(Exception):
    """The directory alone would fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipMember:
    """One member, as both of its headers describe it."""

    path: str
    start: int
    """Where its packed bytes begin in the file."""
    packed: int
    """Bytes in the file."""
    size: int
    """Bytes, unpacked."""
    method: int
    crc: int
    mode: int
    """The Unix mode; 0 where the archive was not made on Unix."""

    @property
    def is_folder(self) -> bool:
        """True for an entry that stands for a folder."""
        return self.path.endswith("/")

    @property
    def is_link(self) -> bool:
        """True for what an unpacker that knows Unix makes a symbolic link of."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_special(self) -> bool:
        """True for a device, a pipe or a socket."""
        return stat.S_IFMT(self.mode) in {stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory:
    """Where the central directory stands, as the end of the file says it."""

    start: int
    length: int
    end: int
    """Where the records that follow it begin."""
    count: int


def read_layout(stream: BinaryIO) -> tuple[ZipMember, ...]:
    """Return every member of a zip archive in the order of the directory, duplicates included.

    A reader that follows the directory and one that streams from the front find the same members. Raises
    `LayoutUncertain`, `TooManyMembers`, and what zipfile raises for what it cannot read.
    """
    size = stream.seek(0, 2)
    directory = _find_directory(stream, size)
    if directory.count > _MAX_MEMBERS or directory.length > _MAX_DIRECTORY_BYTES:
        raise TooManyMembers(f"The archive has {directory.count} members in a directory of {directory.length} bytes.")
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
    if len(entries) != directory.count:
        raise LayoutUncertain(f"Its directory has {len(entries)} entries, but its end record counts {directory.count}.")
    found = [_match(stream, entry) for entry in entries]
    _require_closeness(found, directory)
    return tuple(member for _, member in found)


def read_comment(stream: BinaryIO) -> bytes:
    """Return the comment of the archive, which stands behind its end record (APPNOTE.TXT, 4.3.16).

    PyPI and installers take archives with one. Raises `LayoutUncertain` for one that readers may take for the end of
    another archive, or that does not end where the file does.
    """
    size = stream.seek(0, 2)
    start = max(0, size - _END.size - _SATURATED_SHORT)
    stream.seek(start)
    tail = stream.read(size - start)
    at = max(tail.rfind(_END_SIGNATURE), 0)
    comment = tail[at + _END.size :]
    if tail[at + _END.size - 2 : at + _END.size] != len(comment).to_bytes(2, "little"):
        raise LayoutUncertain("Its end record and archive comment do not reach to the end of the file.")
    if b"PK" in comment:
        raise LayoutUncertain("Its comment holds bytes that readers may take for part of another archive.")
    return comment


def _find_directory(stream: BinaryIO, size: int) -> _Directory:
    end = size - _END.size - len(read_comment(stream))
    _, disk, first_disk, here, count, length, start, _ = _read(stream, end, _END, _END_SIGNATURE, "end record")
    # 4.3.15: the locator stands right before the end record. Some readers look for it always, others only where a
    # field of the end record is at its limit.
    wide = _find_wide_directory(stream, end)
    if wide is None:
        if disk or first_disk or here != count:
            raise LayoutUncertain("Its end record describes an archive of several disks.")
        found = _Directory(start=start, length=length, end=end, count=count)
    else:
        for narrow, limit, broad in (
            (count, _SATURATED_SHORT, wide.count),
            (length, _SATURATED, wide.length),
            (start, _SATURATED, wide.start),
        ):
            if narrow not in {limit, broad}:
                raise LayoutUncertain(
                    "Its two end records differ: readers with and without ZIP64 see different archives."
                )
        found = wide
    if found.start + found.length != found.end:
        raise LayoutUncertain("There are other bytes before the archive, or between its directory and its end.")
    return found


def _find_wide_directory(stream: BinaryIO, end: int) -> _Directory | None:
    place = end - _LOCATOR_64.size
    stream.seek(max(place, 0))
    if place < 0 or stream.read(4) != b"PK\x06\x07":
        return None
    _, disk, record, disks = _read(stream, place, _LOCATOR_64, b"PK\x06\x07", "ZIP64 locator")
    fields = _read(stream, record, _END_64, b"PK\x06\x06", "ZIP64 end record")
    _, length_of_record, _, _, this_disk, first_disk, here, count, length, start = fields
    if disk or disks > 1 or this_disk or first_disk or here != count:
        raise LayoutUncertain("Its ZIP64 end record describes an archive of several disks.")
    if record + _END_64.size != place or length_of_record != _END_64.size - 12:
        raise LayoutUncertain(
            "Its ZIP64 end record is not where its locator points, or is longer than the standard record."
        )
    return _Directory(start=start, length=length, end=record, count=count)


def _match(stream: BinaryIO, entry: zipfile.ZipInfo) -> tuple[int, ZipMember]:
    """The member that an entry of the directory and its local header describe alike, and where that header begins."""
    shown = ascii(entry.orig_filename[:100])
    at = entry.header_offset
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _read(
        stream, at, _LOCAL, b"PK\x03\x04", f"local header of {shown}"
    )
    name, extra = stream.read(name_length), stream.read(extra_length)
    if flags & _DESCRIPTOR or entry.flag_bits & _DESCRIPTOR:
        raise LayoutUncertain(
            f"{shown} has a data descriptor: streaming readers cannot know where it ends, and PyPI refuses it."
        )
    if flags & _ENCRYPTED or entry.flag_bits & _ENCRYPTED:
        raise LayoutUncertain(f"{shown} is encrypted.")
    if _SATURATED in {packed, size}:
        size, packed = _read_wide_sizes(extra, size=size, packed=packed, shown=shown)
    here = (name, flags & _UTF8, method, crc, packed, size)
    there = (
        _encode(entry), entry.flag_bits & _UTF8, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size
    )  # fmt: skip
    if here != there:
        raise LayoutUncertain(
            f"The local header of {shown} and the directory differ: readers that stream the file see a different "
            "member from those that start at its end."
        )
    _judge_name(name, flags, (*_second_names(extra, shown), *_second_names(entry.extra, shown)), shown)
    return at, ZipMember(
        path=entry.orig_filename,
        start=at + _LOCAL.size + name_length + extra_length,
        packed=packed,
        size=size,
        method=method,
        crc=crc,
        mode=entry.external_attr >> 16 if entry.create_system == _UNIX else 0,
    )


_UNIX = 3


def _encode(entry: zipfile.ZipInfo) -> bytes:
    """The name's bytes in the directory: zipfile decodes them so (APPNOTE.TXT, appendix D)."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437")


def _judge_name(name: bytes, flags: int, second_names: Sequence[bytes], shown: str) -> None:
    if any(second != name for second in second_names):
        raise LayoutUncertain(f"{shown} has another name in an extra field, which only some readers use.")
    if not name.isascii() and not flags & _UTF8:
        raise LayoutUncertain(
            f"The name of {shown} is neither ASCII nor marked as UTF-8: Python's zipfile reads it as CP437, "
            "others as UTF-8."
        )


def _read_wide_sizes(extra: bytes, *, size: int, packed: int, shown: str) -> tuple[int, int]:
    # 4.5.3: in a local header both sizes stand there, or neither.
    at = 0
    for kind, length in _fields(extra, shown):
        if kind == _ZIP64_EXTRA and length >= _SIZES_64.size and {size, packed} == {_SATURATED}:
            wide_size, wide_packed = _SIZES_64.unpack_from(extra, at + _EXTRA.size)
            return int(wide_size), int(wide_packed)
        at += _EXTRA.size + length
    raise LayoutUncertain(f"The local header of {shown} does not state its size.")


def _second_names(extra: bytes, shown: str) -> Iterator[bytes]:
    """The names in extra fields of Info-ZIP: a version, the checksum of the first name, and a name in UTF-8 (4.6.9)."""
    at = 0
    for kind, length in _fields(extra, shown):
        at += _EXTRA.size + length
        if kind == _UNICODE_PATH_EXTRA:
            yield extra[at - length : at][5:]


def _fields(extra: bytes, shown: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size + length
        if at > len(extra):
            raise LayoutUncertain(f"An extra field of {shown} is longer than the space for it.")
        yield kind, length


def _require_closeness(found: list[tuple[int, ZipMember]], directory: _Directory) -> None:
    """Every byte belongs to one member, to the directory or to the end: nothing overlaps, nothing is hidden between."""
    place = 0
    for at, member in sorted(found, key=lambda pair: pair[0]):
        if at != place:
            word = "overlaps the member before it" if at < place else "has other bytes before it"
            raise LayoutUncertain(f"{member.path[:100]!a} {word} (at byte {place}).")
        place = member.start + member.packed
    if place != directory.start:
        raise LayoutUncertain(f"Bytes before the directory belong to no member (at byte {place}).")


def _read(stream: BinaryIO, at: int, form: struct.Struct, signature: bytes, what: str) -> tuple[int, ...]:
    if at < 0:
        raise LayoutUncertain(f"There is no {what}.")
    stream.seek(at)
    data = stream.read(form.size)
    fields = form.unpack(data.ljust(form.size, b"\0"))
    if len(data) < form.size or fields[0] != signature:
        raise LayoutUncertain(f"There is no {what} at byte {at}, where one is expected.")
    return fields
