"""Zip archives: every byte is accounted for, and both headers of a member agree."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.distributions.archive.zip_layout import (
    LayoutUncertain,
    TooManyMembers,
    ZipMember,
    read_comment,
    read_layout,
)
from publish_action.distributions.archive.zip_reader import NotUnpackable, unpack

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

PAYLOAD = b"print('hello')\n" * 40


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.NameToInfo.pop(name, None)
            archive.writestr(name, data)
    return file.getvalue()


GOOD = zipped(("a.py", PAYLOAD), ("b.py", b"b"))

STORED = zipped(("a.py", PAYLOAD), ("b.py", b"b"), method=zipfile.ZIP_STORED)


def layout(data: bytes) -> tuple[ZipMember, ...]:
    return read_layout(io.BytesIO(data))


def put(data: bytes, signature: bytes, offset: int, form: str, value: int, *, last: bool = False) -> bytes:
    """Write a number into the first (or last) record of a kind."""
    at = (data.rindex(signature) if last else data.index(signature)) + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


def hide_between_members(good: bytes) -> bytes:
    """Bytes that belong to no member, with all later offsets moved."""
    second, hidden = good.index(LOCAL, 4), b"hidden"
    data = good[:second] + hidden + good[second:]
    data = put(data, CENTRAL, 42, "<L", second + len(hidden), last=True)
    return put(data, END, 16, "<L", data.index(CENTRAL), last=True)


def hide_before_directory(good: bytes) -> bytes:
    directory = good.index(CENTRAL)
    data = good[:directory] + b"hidden" + good[directory:]
    return put(data, END, 16, "<L", directory + 6)


def overlap(good: bytes) -> bytes:
    """Two entries of the directory for the same bytes: the way of the bombs that unpack to petabytes."""
    first = good.index(CENTRAL)
    second = good.index(CENTRAL, first + 4)
    again = good[first:second]
    return good[:second] + again + good[second + len(again) :]


def prepend(good: bytes) -> bytes:
    """A byte before the archive, with all offsets moved."""
    data = put(good, CENTRAL, 42, "<L", 1)
    data = put(data, CENTRAL, 42, "<L", good.index(LOCAL, 4) + 1, last=True)
    return b"x" + put(data, END, 16, "<L", good.index(CENTRAL) + 1)


def rename_locally(good: bytes) -> bytes:
    return good.replace(b"a.py", b"x.py", 1)


def with_extra(kind: int, body: bytes) -> bytes:
    entry = zipfile.ZipInfo("a.py")
    entry.extra = struct.pack("<2H", kind, len(body)) + body
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, PAYLOAD)
    return file.getvalue()


def streamed() -> bytes:
    """What zipfile writes where it cannot go back: data descriptors."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise OSError

    file = Pipe()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.py", PAYLOAD)
    return file.getvalue()


def add_wide_end(good: bytes, **changed: int) -> bytes:
    """A ZIP64 end record and its locator before the end record, saying the same unless told otherwise."""
    _, _, _, _, count, length, start, _ = struct.unpack("<4s4H2LH", good[-22:])
    fields = {"count": count, "length": length, "start": start, "record": len(good) - 22, "size": 44, "disks": 1}
    fields |= changed
    wide = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", fields["size"], 45, 45, 0, 0,
        fields["count"], fields["count"], fields["length"], fields["start"],
    )  # fmt: skip
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, fields["record"], fields["disks"])
    return good[:-22] + wide + locator + good[-22:]


def commented(comment: bytes) -> bytes:
    return GOOD[:-2] + len(comment).to_bytes(2, "little") + comment


def with_second_names(local: bytes, central: bytes) -> bytes:
    """A member with these names in extra fields of Info-ZIP: in its local header, and in the directory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("\u00e4.py")
        entry.extra = second_name(local)
        archive.writestr(entry, PAYLOAD)
        entry.extra = second_name(central)
    return file.getvalue()


def second_name(name: bytes) -> bytes:
    return struct.pack("<2HBL", 0x7075, 5 + len(name), 1, zlib.crc32(name)) + name


UNCERTAIN: dict[str, tuple[bytes, str]] = {
    "a comment that ends another archive": (commented(GOOD[-22:]), "between its directory and its end"),
    "a comment that begins another archive": (commented(b"PK\x03\x04"), "part of another archive"),
    "a comment announced": (GOOD[:-2] + b"\x03\x00", "do not reach to the end of the file"),
    "a longer comment than announced": (commented(b"abc") + b"x", "do not reach to the end of the file"),
    "bytes behind": (GOOD + b"x", "do not reach to the end of the file"),
    "bytes before": (b"x" + GOOD, "before the archive"),
    "bytes before, with moved offsets": (prepend(GOOD), "other bytes before it"),
    "bytes between members": (hide_between_members(GOOD), "'b.py' has other bytes before it"),
    "bytes before the directory": (hide_before_directory(GOOD), "belong to no member"),
    "bytes behind the directory": (GOOD[:-22] + b"hidden" + GOOD[-22:], "between its directory and its end"),
    "one place for two members": (overlap(GOOD), "overlaps"),
    "another name in the local header": (rename_locally(GOOD), "'a.py' and the directory differ"),
    "another size in the local header": (put(GOOD, LOCAL, 22, "<L", 7), "directory differ"),
    "another packed size in the local header": (put(GOOD, LOCAL, 18, "<L", 7), "directory differ"),
    "another checksum in the local header": (put(GOOD, LOCAL, 14, "<L", 7), "directory differ"),
    "another method in the local header": (put(GOOD, LOCAL, 8, "<H", 0), "directory differ"),
    "UTF-8 in one header only": (put(GOOD, LOCAL, 6, "<H", 0x0800), "directory differ"),
    "encrypted": (put(put(GOOD, LOCAL, 6, "<H", 1), CENTRAL, 8, "<H", 1), "encrypted"),
    "encrypted, by one header": (put(GOOD, LOCAL, 6, "<H", 1), "encrypted"),
    "a data descriptor": (streamed(), "data descriptor"),
    "a data descriptor, by one header": (put(GOOD, CENTRAL, 8, "<H", 8), "data descriptor"),
    "no local header": (put(GOOD, CENTRAL, 42, "<L", 3), "no local header of 'a.py'"),
    "a second name": (with_extra(0x7075, b"\x01\0\0\0\0evil.py"), "another name in an extra field"),
    "a name in no known encoding": (
        put(put(zipped(("\u00e9.py", b"x")), LOCAL, 6, "<H", 0), CENTRAL, 8, "<H", 0),
        "nor marked",
    ),
    "several disks": (put(GOOD, END, 4, "<H", 1), "several disks"),
    "another count": (put(put(GOOD, END, 8, "<H", 1), END, 10, "<H", 1), "its end record counts 1"),
    "two end records that differ": (add_wide_end(GOOD, count=7), "two end records differ"),
    "a wide record elsewhere": (add_wide_end(GOOD, record=0), "no ZIP64 end record"),
    "a wide record that is longer": (add_wide_end(GOOD, size=50), "longer than the standard record"),
    "several disks, wide": (add_wide_end(GOOD, disks=2), "several disks"),
}


@pytest.mark.parametrize(("data", "message"), UNCERTAIN.values(), ids=UNCERTAIN.keys())
def test_what_two_readers_may_see_differently_is_refused(data: bytes, message: str) -> None:
    """A reader that follows the directory and one that streams from the front see the same, or the file is refused."""
    with pytest.raises((LayoutUncertain, zipfile.BadZipFile)) as caught:
        layout(data)

    assert message in str(caught.value)


@pytest.mark.parametrize("data", [GOOD, STORED, add_wide_end(GOOD)], ids=["deflated", "stored", "ZIP64"])
def test_a_sound_archive_is_read(data: bytes) -> None:
    """Members come in the order of the directory, with where their bytes begin and what they unpack to."""
    found = layout(data)

    assert [(member.path, member.size) for member in found] == [("a.py", len(PAYLOAD)), ("b.py", 1)]
    assert b"".join(unpack(io.BytesIO(data), found[0])) == PAYLOAD


def test_sizes_of_a_wide_local_header_are_read() -> None:
    """Where a local header's sizes stand in its ZIP64 field, they are taken from there."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.py", "w", force_zip64=True) as member:
        member.write(PAYLOAD)

    (found,) = layout(file.getvalue())

    assert (found.size, found.packed) == (len(PAYLOAD), len(PAYLOAD))


def test_a_directory_of_too_many_members_is_not_read() -> None:
    """The end record's count alone refuses what would fill the memory."""
    with pytest.raises(TooManyMembers):
        layout(add_wide_end(put(put(GOOD, END, 8, "<H", 0xFFFF), END, 10, "<H", 0xFFFF), count=100_001))


def test_what_a_member_is_comes_from_its_unix_mode() -> None:
    """Links and pipes are known where the archive was made on Unix, and by no other system's bits."""
    found = {}
    for system in (3, 0):
        entry = zipfile.ZipInfo("link")
        entry.create_system, entry.external_attr = system, 0o120777 << 16
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(entry, "target")
        (found[system],) = layout(file.getvalue())

    assert (found[3].is_link, found[0].is_link) == (True, False)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@given(
    members=st.dictionaries(NAMES, st.binary(max_size=3000), max_size=6),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_what_zipfile_writes_is_read_as_zipfile_reads_it(members: dict[str, bytes], method: int) -> None:
    """Any archive that zipfile writes is sound, and every member unpacks to what was put in."""
    data = zipped(*members.items(), method=method)

    found = layout(data)

    assert {member.path: b"".join(unpack(io.BytesIO(data), member)) for member in found} == members


@given(position=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_found_or_changes_nothing_that_is_read(position: int, byte: int) -> None:
    """One byte changed is refused, or both the list of members and their bytes are what they were, or renamed alike."""
    damaged = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        found = layout(damaged)
        contents = [b"".join(unpack(io.BytesIO(damaged), member)) for member in found]
    except (
        LayoutUncertain,
        NotUnpackable,
        TooManyMembers,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        ValueError,
    ):
        return
    assert contents == [PAYLOAD, b"b"]
    assert [member.path for member in found] == ["a.py", "b.py"]


@pytest.mark.parametrize("comment", [b"built by acme", b"x" * 0xFFFF])
def test_a_comment_is_fine(comment: bytes) -> None:
    """PyPI and installers take an archive with a comment; every reader finds its end."""
    assert layout(commented(comment)) == layout(GOOD)
    assert read_comment(io.BytesIO(commented(comment))) == comment


def test_a_second_name_that_is_the_same_is_fine() -> None:
    """Info-ZIP gives a name that is not ASCII twice: who reads the one sees what others see."""
    name = "\u00e4.py".encode()

    assert [each.path for each in layout(with_second_names(name, name))] == ["\u00e4.py"]


@pytest.mark.parametrize("names", [("\u00e4.py", "b.py"), ("b.py", "\u00e4.py"), ("", "\u00e4.py")])
def test_a_second_name_that_is_another_is_uncertain(names: tuple[str, str]) -> None:
    """Readers that take the extra field see another member than those that do not."""
    local, central = names

    with pytest.raises(LayoutUncertain, match="another name in an extra field"):
        layout(with_second_names(local.encode(), central.encode()))
