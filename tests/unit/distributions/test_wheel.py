"""Wheels: which METADATA is theirs, and which files are no certain wheels."""

import contextlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import parse_metadata
from publish_action.distributions.wheel import read_wheel
from publish_action.errors import DistributionsInvalid
from publish_sandbox.distributions.builder import build_wheel, metadata

NAME = parse_file_name("acme-1.0-py3-none-any.whl")
INFO = "acme-1.0.dist-info"
TEXT = metadata("acme", "1.0")
GOOD_METADATA = parse_metadata(TEXT.encode())


def read(data: bytes) -> Contents:
    return read_wheel(io.BytesIO(data), NAME)


def code_of(data: bytes) -> str:
    with pytest.raises(DistributionsInvalid) as caught:
        read(data)
    return caught.value.code


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    """A good wheel's bytes."""
    return build_wheel(tmp_path, "acme", "1.0").read_bytes()


def zipped(*members: tuple[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.NameToInfo.pop(name, None)
            archive.writestr(name, data)
    return file.getvalue()


def test_a_wheel_gives_its_metadata(good: bytes) -> None:
    """METADATA of the wheel's own `.dist-info` folder is what is read."""
    found = read(good)

    assert (found.name, found.size, found.folder) == (NAME, len(good), INFO)
    assert (found.metadata_member, found.metadata) == (f"{INFO}/METADATA", GOOD_METADATA)


@pytest.mark.parametrize(
    "member",
    ["acme/_vendor/other-2.0.dist-info/METADATA", "acme/METADATA", "other.dist-info", "METADATA.txt"],
)
def test_other_metadata_deeper_or_beside_are_not_the_wheels_own(tmp_path: Path, member: str) -> None:
    """Vendored projects and other files that are named METADATA do not change what is read."""
    data = build_wheel(tmp_path, "acme", "1.0", members={member: "Name: other\n"}).read_bytes()

    assert read(data).metadata == GOOD_METADATA


@pytest.mark.parametrize("folder", ["Acme-1.0.dist-info", "acme-1.0.0.dist-info", "acme-1.dist-info"])
def test_the_folder_may_spell_name_and_version_otherwise(folder: str) -> None:
    """PEP 503 and PEP 440 decide what the same name and version are."""
    assert read(zipped((f"{folder}/METADATA", TEXT))).metadata_member == f"{folder}/METADATA"


AMBIGUOUS = {
    "two folders": ("other-1.0.dist-info/METADATA", "x"),
    "a second folder without metadata": ("acme-2.0.dist-info/RECORD", "x"),
    "another case of the folder": ("OTHER-1.0.DIST-INFO/METADATA", "x"),
    "a folder behind a dot": ("./other-1.0.dist-info/METADATA", "x"),
    "a folder behind a slash": ("/other-1.0.dist-info/METADATA", "x"),
    "a folder behind a backslash": ("other-1.0.dist-info\\METADATA", "x"),
    "METADATA twice": (f"{INFO}/METADATA", "x"),
    "METADATA in another case": (f"{INFO}/metadata", "x"),
    "METADATA by a detour": (f"acme/../{INFO}/METADATA", "x"),
    "METADATA with a NUL behind it": (f"{INFO}/METADATA\0.txt", "x"),
}


@pytest.mark.parametrize("member", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_two_metadata_are_ambiguous(tmp_path: Path, member: tuple[str, str]) -> None:
    """A second `.dist-info` folder at the top, or a second METADATA in it, however spelt, is refused."""
    data = build_wheel(tmp_path, "acme", "1.0", members=[member]).read_bytes()

    assert code_of(data) == "E_METADATA_AMBIGUOUS"


UNREADABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "no folder": (("acme/__init__.py", ""),),
    "no METADATA": ((f"{INFO}/RECORD", ""),),
    "METADATA in lower case only": ((f"{INFO}/metadata", "x"),),
    "METADATA by a detour only": ((f"./{INFO}/METADATA", "x"),),
    "METADATA is a folder": ((f"{INFO}/METADATA/", ""),),
}


@pytest.mark.parametrize("members", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_wheel_without_metadata_is_unreadable(members: tuple[tuple[str, str], ...]) -> None:
    """METADATA stands in the one place, under the one spelling, or nowhere."""
    assert code_of(zipped(*members)) == "E_METADATA_UNREADABLE"


def test_metadata_that_are_a_link_are_unreadable() -> None:
    """A link is not followed: what it holds is a path, not metadata."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo(f"{INFO}/METADATA")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "../elsewhere")

    assert code_of(file.getvalue()) == "E_METADATA_UNREADABLE"


def test_a_renamed_wheel_is_refused(good: bytes) -> None:
    """The folder inside says what the wheel is; a file name that says otherwise is a mismatch."""
    with pytest.raises(
        DistributionsInvalid, match=r"named for other 1\.0, but its metadata folder is 'acme-1\.0\.dist-info'"
    ) as caught:
        read_wheel(io.BytesIO(good), parse_file_name("other-1.0-py3-none-any.whl"))

    assert caught.value.code == "E_DIST_NAME_MISMATCH"


def zip_that_is_a_tar() -> bytes:
    """A zip whose first local header, with a long member name in it, is a tar header as well."""
    name = "0" * 118 + "CHECKSUM" + "0" * 400
    data = zipped((name, ""), (f"{INFO}/METADATA", "x"))
    checksum = sum(data[:512].replace(b"CHECKSUM", b" " * 8))
    return data.replace(b"CHECKSUM", b"%08o" % checksum)


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "cut": lambda good: good[:-30],
    "text": lambda good: b"hello",
    "an empty zip": lambda good: zipped(),
    "bytes before it": lambda good: b"#!/bin/sh\n" + good,
    "a zip before it": lambda good: good + good,
    "a local header before it": lambda good: b"PK\x03\x04" + good,
    "also tar": lambda good: zip_that_is_a_tar(),
    "encrypted": lambda good: zipped((f"{INFO}/METADATA", "x")).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    ),
    "bzip2 inside": lambda good: zipped((f"{INFO}/METADATA", "x"), compression=zipfile.ZIP_BZIP2),
    "wrong checksum": lambda good: zipped((f"{INFO}/METADATA", "xyz"), compression=zipfile.ZIP_STORED).replace(
        b"xyz", b"xyy"
    ),
}


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_no_certain_zip_is_refused(good: bytes, breaks: Callable[[bytes], bytes]) -> None:
    """Cut, prefixed, encrypted and two-faced files are refused; so is what indexes cannot unpack."""
    assert code_of(breaks(good)) == "E_ARCHIVE_INVALID"


def claim(data: bytes, size: int) -> bytes:
    """A zip whose first member claims to unpack to so many bytes, in both of its headers."""
    local, central = data.index(b"PK\x03\x04") + 22, data.index(b"PK\x01\x02") + 24
    for at in (local, central):
        data = data[:at] + size.to_bytes(4, "little") + data[at + 4 :]
    return data


def test_more_than_can_be_read_in_time_is_refused_unread() -> None:
    """More than 2 GiB unpacked and more than fifty times the file is not read; what the directory claims counts."""
    data = zipped(("acme/zeros.bin", bytes(9000)), (f"{INFO}/METADATA", "x"))

    assert code_of(claim(data, 2 << 30)) == "E_ARCHIVE_BOMB"
    assert code_of(claim(data, (2 << 30) - 2)) == "E_ARCHIVE_INVALID"


def test_what_pypi_takes_for_a_bomb_is_read() -> None:
    """PyPI's rule is for PyPI: a private index may take what compresses well."""
    assert read(zipped((f"{INFO}/METADATA", TEXT), ("acme/zeros.bin", bytes(65 << 20)))).metadata == GOOD_METADATA


def test_a_large_wheel_of_little_compression_is_no_bomb() -> None:
    """A file that unpacks to much is fine where it is large itself."""
    payload = random.Random(1).randbytes(1 << 20)
    data = zipped((f"{INFO}/METADATA", TEXT), ("acme/a.bin", payload * 65), compression=zipfile.ZIP_STORED)

    assert read(data).metadata == GOOD_METADATA


def test_endless_metadata_are_cut() -> None:
    """METADATA are read up to one byte over what the parser takes, and no further."""
    with pytest.raises(DistributionsInvalid, match="are 8388609 bytes long"):
        read(zipped((f"{INFO}/METADATA", b"x" * (9 << 20))))


@given(data=st.binary(max_size=200))
def test_any_bytes_behind_a_zips_beginning_are_read_or_refused(data: bytes) -> None:
    """No file raises anything but our own refusal."""
    assert code_of(b"PK\x03\x04" + data) == "E_ARCHIVE_INVALID"


SAMPLE = zipped((f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: acme\n"), ("acme/__init__.py", "x" * 50))


@given(position=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255), length=st.integers(0, len(SAMPLE)))
def test_a_damaged_wheel_is_read_or_refused(position: int, byte: int, length: int) -> None:
    """One byte changed, or the end cut off, never ends in another exception than our own."""
    damaged = (SAMPLE[:position] + bytes([byte]) + SAMPLE[position + 1 :])[:length]
    with contextlib.suppress(DistributionsInvalid):
        read(damaged)


PRIVATE = "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\nClassifier: Private :: X\n"


@pytest.mark.parametrize(
    "path",
    [
        "acme-1.0.data/purelib/acme-1.0.dist-info/METADATA",
        "acme-1.0.data/platlib/other-2.0.dist-info/METADATA",
        "acme-1.0.data/data/lib/acme.egg-info/PKG-INFO",
        "acme-1.0.data/purelib/acme-1.0-py3.egg-info",
        "acme.egg-info/PKG-INFO",
    ],
)
def test_private_metadata_that_would_be_installed_too_are_named(path: str) -> None:
    """What lands beside the wheel's own metadata, or over them, declares the project private."""
    assert read(zipped((f"{INFO}/METADATA", TEXT), (path, PRIVATE))).private_elsewhere == (path,)


@pytest.mark.parametrize("path", ["acme/_vendor/b-1.0.dist-info/METADATA", "acme/setup.py", "acme/a.egg-info/x"])
def test_other_members_of_a_wheel_say_nothing(path: str) -> None:
    """Metadata of vendored projects mean nothing to installers."""
    assert read(zipped((f"{INFO}/METADATA", TEXT), (path, PRIVATE))).private_elsewhere == ()
