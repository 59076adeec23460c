"""Sdists: which PKG-INFO is theirs, what contradicts it, and which files are no certain sdists."""

import contextlib
import gzip
import io
import random
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.distributions.contents import Contents, MemberKind
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import parse_metadata
from publish_action.distributions.sdist import read_sdist
from publish_action.errors import DistributionsInvalid
from publish_sandbox.distributions.builder import Link, Members, build_sdist, metadata

NAME = parse_file_name("acme-1.0.tar.gz")
PRIVATE = metadata("acme", "1.0", classifiers=["Private :: X"])
PRIVATE_LIST = 'classifiers = ["Private :: X"]\n'


def read(data: bytes) -> Contents:
    return read_sdist(io.BytesIO(data), NAME)


def refuse(data: bytes) -> DistributionsInvalid:
    with pytest.raises(DistributionsInvalid) as caught:
        read(data)
    return caught.value


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    """A good sdist's bytes."""
    return build_sdist(tmp_path, "acme", "1.0").read_bytes()


def tarred(*members: tuple[str, str | bytes | Link]) -> bytes:
    """An sdist of these members and no others."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if isinstance(content, Link):
                entry.type, entry.linkname = tarfile.SYMTYPE, content.target
                archive.addfile(entry)
            else:
                data = content.encode() if isinstance(content, str) else content
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(file.getvalue(), 1)


INFO = ("acme-1.0/PKG-INFO", metadata("acme", "1.0"))


def test_an_sdist_gives_its_metadata(good: bytes) -> None:
    """PKG-INFO in the top-level folder is what is read."""
    found = read(good)

    assert (found.name, found.size) == (NAME, len(good))
    assert (found.metadata_member, found.metadata) == ("acme-1.0/PKG-INFO", parse_metadata(INFO[1].encode()))
    assert (found.folder, found.private_elsewhere) == ("acme-1.0", ())


def test_an_sdist_gives_its_members() -> None:
    """Every entry is listed in the archive's order, with what it is and where it leads."""
    found = read(tarred(("acme-1.0/a.py", b"123"), INFO, ("acme-1.0/b", Link("a.py"))))

    assert [(each.path, each.kind, each.size, each.target) for each in found.members if each.path != INFO[0]] == [
        ("acme-1.0/a.py", MemberKind.FILE, 3, ""),
        ("acme-1.0/b", MemberKind.SYMBOLIC_LINK, 0, "a.py"),
    ]


def test_an_sdist_gives_its_pyproject(tmp_path: Path) -> None:
    """pyproject.toml at the top is what rules may read; one deeper is not."""
    data = build_sdist(tmp_path, "acme", "1.0", pyproject="# ours\n", members={"docs/pyproject.toml": "# not"})

    assert read(data.read_bytes()).texts == {"pyproject.toml": b"# ours\n"}


def pax(name: str, headers: dict[str, str], content: bytes = b"") -> bytes:
    """A tar of one member with these pax headers, without its end."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.pax_headers = len(content), headers
    return entry.tobuf(tarfile.PAX_FORMAT) + content.ljust(-len(content) % 512 + len(content), b"\0")


OTHERWISE = {
    "size": "1024",
    "GNU.sparse.realsize": "1024",
    "GNU.sparse.size": "1024",
    "GNU.sparse.name": "acme-1.0/b",
}


@pytest.mark.parametrize(("key", "value"), OTHERWISE.items(), ids=OTHERWISE.keys())
def test_a_pax_header_that_only_some_readers_obey_is_ambiguous(key: str, value: str) -> None:
    """A size or a name that a pax header overrides makes two archives of one."""
    data = gzip.compress(pax("acme-1.0/a", {key: value}, bytes(512)) + gzip.decompress(tarred(INFO)))

    error = refuse(data)

    assert error.code == "E_METADATA_AMBIGUOUS"
    assert f"another {key}: tar readers that know pax headers" in error.happened


@pytest.mark.parametrize("value", [" 512", "5_12", "\u0665\u0661\u0662", "0" * 5000 + "512", "+512"])
def test_a_size_that_only_python_reads_is_ambiguous(value: str) -> None:
    """Python's `int` reads more spellings of a number than the standard has."""
    data = gzip.compress(pax("acme-1.0/a", {"size": value}, bytes(512)) + gzip.decompress(tarred(INFO)))

    assert refuse(data).code == "E_METADATA_AMBIGUOUS"


@pytest.mark.parametrize("headers", [{"size": "512"}, {"GNU.sparse.name": "acme-1.0/a"}, {"size": "512", "mtime": "1"}])
def test_a_pax_header_that_repeats_the_members_own_is_fine(headers: dict[str, str]) -> None:
    """uv_build 0.13 gives every size twice: readers with and without pax headers see the same."""
    data = gzip.compress(pax("acme-1.0/a", headers, bytes(512)) + gzip.decompress(tarred(INFO)))

    assert next((each.path, each.size) for each in read(data).members) == ("acme-1.0/a", 512)


def test_a_global_pax_header_that_renames_is_ambiguous() -> None:
    """A path in a global header is one that only some readers give to the members that follow."""
    header = tarfile.TarInfo.create_pax_global_header({"path": "acme-1.0/other"})

    error = refuse(gzip.compress(header + gzip.decompress(tarred(INFO))))

    assert error.code == "E_METADATA_AMBIGUOUS"
    assert "another path" in error.happened


def test_a_global_pax_header_that_names_the_one_member_is_fine() -> None:
    """A path in a global header that is the member's own changes nothing."""
    header = tarfile.TarInfo.create_pax_global_header({"path": "acme-1.0/PKG-INFO"})

    data = gzip.compress(pax("acme-1.0/a", {}) + header + gzip.decompress(tarred(INFO)))

    assert read(data).metadata_member == INFO[0]


def test_a_comment_in_a_global_pax_header_is_fine() -> None:
    """`git archive` writes the commit's hash there."""
    header = tarfile.TarInfo.create_pax_global_header({"comment": "0" * 40})

    data = gzip.compress(header + gzip.decompress(tarred(INFO, ("acme-1.0/a", ""))))

    assert read(data).metadata_member == INFO[0]


def test_several_gzip_streams_are_ambiguous(good: bytes) -> None:
    """Python reads one stream behind the other; readers that stop at the first see another archive."""
    plain = gzip.decompress(good)

    error = refuse(gzip.compress(plain[:1024]) + gzip.compress(plain[1024:]))

    assert error.code == "E_METADATA_AMBIGUOUS"
    assert "2 gzip streams" in error.happened


PADDING = {
    "a stream of zeros": gzip.compress(bytes(512)),
    "an empty stream": gzip.compress(b""),
    "zeros": bytes(300 << 10),
    "zeros and a stream": bytes(9) + gzip.compress(bytes(512)) + bytes(9),
}


@pytest.mark.parametrize("more", PADDING.values(), ids=PADDING.keys())
def test_padding_behind_the_gzip_stream_is_fine(good: bytes, more: bytes) -> None:
    """Who stops at the end of the first stream, which holds the whole archive, sees the same members."""
    assert read(good + more).members == read(good).members


def test_streams_without_number_are_refused(good: bytes) -> None:
    """A stream of 20 bytes costs as much time as a long one."""
    error = refuse(good + gzip.compress(b"") * 1001)

    assert error.code == "E_ARCHIVE_BOMB"
    assert "more than 1000 gzip streams" in error.happened


@pytest.mark.parametrize("top", ["Acme-1.0", "acme-1.0.0", "acme-1"])
def test_the_folder_may_spell_name_and_version_otherwise(top: str) -> None:
    """PEP 503 and PEP 440 decide what the same name and version are."""
    data = tarred((f"{top}/PKG-INFO", INFO[1]), (f"{top}/a", ""))

    assert read(data).metadata_member == f"{top}/PKG-INFO"


LAYOUTS: dict[str, Members] = {
    "two folders": {"/other-1.0/a.py": ""},
    "two spellings of the folder": {"/Acme-1.0/a.py": ""},
    "a file beside the folder": {"/setup.py": ""},
    "out of the folder": {"../a.py": ""},
}


@pytest.mark.parametrize("members", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_more_than_one_thing_at_the_top_is_refused(tmp_path: Path, members: Members) -> None:
    """Everything lies in one folder."""
    data = build_sdist(tmp_path, "acme", "1.0", members=members).read_bytes()

    assert refuse(data).code == "E_SDIST_LAYOUT"


@pytest.mark.parametrize("top", ["acme", "acme-2.0", "other-1.0", "acme-one"])
def test_a_folder_of_another_name_or_version_is_refused(tmp_path: Path, top: str) -> None:
    """The folder at the top is the name and version of the file."""
    data = build_sdist(tmp_path, "acme", "1.0", top=top).read_bytes()

    assert refuse(data).code == "E_SDIST_LAYOUT"


SECONDS = {
    "twice": "PKG-INFO",
    "in another case": "pkg-info",
    "by a dot": "./PKG-INFO",
    "by a detour": "acme/../PKG-INFO",
    "by a backslash": "acme\\..\\PKG-INFO",
}


@pytest.mark.parametrize("second", SECONDS.values(), ids=SECONDS.keys())
def test_two_metadata_are_ambiguous(tmp_path: Path, second: str) -> None:
    """A second PKG-INFO is refused, wherever it stands and however it is spelt (readers take the last one)."""
    data = build_sdist(tmp_path, "acme", "1.0", members=[(second, "Name: other")]).read_bytes()

    assert refuse(data).code == "E_METADATA_AMBIGUOUS"


UNREADABLE: dict[str, bytes] = {
    "none": tarred(("acme-1.0/a.py", b"")),
    "an empty archive": tarred(),
    "in lower case only": tarred(("acme-1.0/pkg-info", b"x")),
    "by a dot only": tarred(("./acme-1.0/PKG-INFO", b"x")),
    "deeper only": tarred(("acme-1.0/acme/PKG-INFO", b"x")),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_sdist_without_metadata_is_unreadable(data: bytes) -> None:
    """PKG-INFO stands in the one place, under the one spelling, or nowhere."""
    assert refuse(data).code == "E_METADATA_UNREADABLE"


def test_metadata_that_are_a_link_are_unreadable() -> None:
    """PKG-INFO is a regular file; a link is not followed."""
    error = refuse(tarred(("acme-1.0/acme/PKG-INFO", INFO[1]), ("acme-1.0/PKG-INFO", Link("acme/PKG-INFO"))))

    assert error.code == "E_METADATA_UNREADABLE"
    assert "is not a regular file" in error.happened


def test_sparse_metadata_are_unreadable() -> None:
    """A sparse PKG-INFO, which unpackers read differently, is refused."""
    entry = tarfile.TarInfo("acme-1.0/PKG-INFO")
    entry.type = tarfile.GNUTYPE_SPARSE

    assert refuse(gzip.compress(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024))).code == "E_METADATA_UNREADABLE"


ELSEWHERE = {
    "PEP 621": ("pyproject.toml", f"[project]\n{PRIVATE_LIST}"),
    "poetry": ("pyproject.toml", f"[tool.poetry]\n{PRIVATE_LIST}"),
    "flit": ("pyproject.toml", f"[tool.flit.metadata]\n{PRIVATE_LIST}"),
    "setup.cfg": ("setup.cfg", "[metadata]\nname = acme\nclassifiers =\n    A :: B\n    Private :: X\n"),
    "setup.cfg on one line": ("setup.cfg", "[metadata]\nclassifier: A :: B, Private :: X\n"),
    "setup.py": ("setup.py", "setup(name='acme', classifiers=[\n  'A :: B',  # one\n  'Private :: X',\n], zip_safe=1)"),
    "setup.py with a variable": ("setup.py", 'CLASSIFIERS: list[str] = """\nA :: B\nPrivate :: X\n""".split("\\n")\n'),
    "setup.py with a key": ("setup.py", 'setup(**{"classifiers": ["Private" " :: X"]})'),
    "egg-info as a file": ("acme.egg-info", PRIVATE),
    "egg-info in UTF-16": ("acme.egg-info/PKG-INFO", PRIVATE.encode("utf-16")),
    "EGG-INFO": ("EGG-INFO/PKG-INFO", PRIVATE),
    "egg-info": ("src/acme.egg-info/PKG-INFO", PRIVATE),
    "egg-info in Latin-1": ("acme.egg-info/PKG-INFO", b"Author: Andr\xe9\n" + PRIVATE.encode()),
}


@pytest.mark.parametrize(("member", "content"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_private_members_beside_the_metadata_are_named(member: str, content: str | bytes) -> None:
    """pyproject.toml and left-over egg-info that declare the project private are found."""
    assert read(tarred(INFO, (f"acme-1.0/{member}", content))).private_elsewhere == (f"acme-1.0/{member}",)


QUIET: dict[str, tuple[str, str | Link]] = {
    "a nested pyproject.toml": ("tests/data/pyproject.toml", f"[project]\n{PRIVATE_LIST}"),
    "another table": ("pyproject.toml", f"[tool.other]\n{PRIVATE_LIST}"),
    "an odd shape": ("pyproject.toml", '[project]\nclassifiers = {a = "Private :: X"}'),
    "a scalar above": ("pyproject.toml", "tool = 1\nproject = [1]"),
    "not strings": ("pyproject.toml", "[project]\nclassifiers = [1, 2]"),
    "a link": ("pyproject.toml", Link("other.toml")),
    "a README": ("README.md", PRIVATE_LIST),
    "a nested setup.py": ("tests/setup.py", "setup(classifiers=['Private :: X'])"),
    "a comment in setup.py": ("setup.py", "setup(classifiers=['A :: B',  # 'Private :: X'\n])"),
    "another argument of setup.py": ("setup.py", "setup(classifiers=['A :: B'], keywords='Private :: X')"),
    "a later statement of setup.py": ("setup.py", "classifiers = ['A :: B']\nprint('Private :: X')\n"),
    "a question in setup.py": ("setup.py", "if 'Private :: X' in classifiers: raise SystemExit\n"),
    "bytes in setup.py": ("setup.py", "setup(classifiers=[b'Private :: X'])"),
    "a setup.py that is none": ("setup.py", "classifiers = (\n  'A :: B"),
    "another section of setup.cfg": ("setup.cfg", "[other]\nclassifiers = Private :: X\n"),
    "a setup.cfg that is none": ("setup.cfg", "[metadata\nclassifiers = Private :: X\n"),
}


@pytest.mark.parametrize(("member", "content"), QUIET.values(), ids=QUIET.keys())
def test_other_members_say_nothing(member: str, content: str | Link) -> None:
    """Only the tables and files that build backends read speak of the project."""
    assert read(tarred(INFO, (f"acme-1.0/{member}", content))).private_elsewhere == ()


BAD_PYPROJECTS = {
    "not TOML": b"[project",
    "not UTF-8": b"[project]\nname = '\xe9'",
    "too deep": b"a = " + b"[" * 9999,
    "too long": b"#" * ((1 << 20) + 1),
}


@pytest.mark.parametrize("data", BAD_PYPROJECTS.values(), ids=BAD_PYPROJECTS.keys())
def test_an_unreadable_pyproject_is_refused(data: bytes) -> None:
    """Where pyproject.toml cannot be read, nobody knows whether it says "private"."""
    error = refuse(tarred(INFO, ("acme-1.0/pyproject.toml", data)))

    assert error.code == "E_METADATA_UNREADABLE"
    assert "pyproject.toml" in error.happened


def zip_inside() -> bytes:
    """An sdist packed without compression, whose last member is a zip that a zip reader finds."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.py", "")
    return gzip.compress(gzip.decompress(tarred(INFO, ("acme-1.0/a.bin", file.getvalue()))), 0)


def broken_header(good: bytes) -> bytes:
    """An archive in which another one stands behind a header that is none."""
    plain = gzip.decompress(good)
    end = len(plain.rstrip(b"\0")) + 511 & ~511
    return gzip.compress(plain[:end] + b"junk".ljust(512, b"\0"))


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "text": lambda good: b"hello",
    "cut": lambda good: good[:-20],
    "without its checksum": lambda good: good[:-8],
    "wrong checksum": lambda good: good[:-8] + bytes(8),
    "gzip of text": lambda good: gzip.compress(b"hello"),
    "gzip of a cut tar": lambda good: gzip.compress(gzip.decompress(good)[:1100]),
    "bytes behind gzip": lambda good: good + b"hello",
    "bytes behind tar": lambda good: gzip.compress(gzip.decompress(good) + b"hello"),
    "a tar behind tar": lambda good: gzip.compress(gzip.decompress(good) * 2),
    "a header that is none": broken_header,
    "also zip": lambda good: zip_inside(),
    "broken padding": lambda good: good + gzip.compress(b"")[:10] + b"\xff" * 20,
    "plain tar": gzip.decompress,
    "a member of negative size": lambda good: gzip.compress(negative_size()),
    "a chain of headers": lambda good: gzip.compress(chain_of_headers()),
}


def negative_size() -> bytes:
    """A header of minus 512 bytes: the next one is itself."""
    header = bytearray(tarfile.TarInfo("acme-1.0/a").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + (-512 & 0xFFFF).to_bytes(2, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return tarfile.TarInfo("acme-1.0/PKG-INFO").tobuf() + bytes(header) + bytes(1024)


def chain_of_headers() -> bytes:
    """Extended headers, each followed by another one; tarfile recurses into them."""
    entry = tarfile.TarInfo("././@PaxHeader")
    entry.type = tarfile.XHDTYPE
    return entry.tobuf() * 5000


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_no_certain_tar_is_refused(good: bytes, breaks: Callable[[bytes], bytes]) -> None:
    """Cut, continued, two-faced and looping files are refused."""
    assert refuse(breaks(good)).code == "E_ARCHIVE_INVALID"


def test_padding_behind_the_archive_is_fine(good: bytes) -> None:
    """tar fills its last record with zeros, however many."""
    assert read(gzip.compress(gzip.decompress(good) + bytes(3 << 20))).metadata_member == "acme-1.0/PKG-INFO"


ZEROS = gzip.compress(bytes(64 << 20), 1)


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = size, kind
    return gzip.compress(entry.tobuf(tarfile.GNU_FORMAT))


FIRST = gzip.compress(gzip.decompress(tarred(("acme-1.0/PKG-INFO", b"x")))[:1024])
BOMBS = {
    "one member of 5 GB": FIRST + header("acme-1.0/a", 80 << 26) + ZEROS * 80,
    "many members": FIRST + (header("acme-1.0/a", 64 << 20) + ZEROS) * 40,
    "padding": FIRST + ZEROS * 2,
    "an extended header of 1 GB": FIRST + header("a", 1 << 30, tarfile.XHDTYPE) + ZEROS * 16,
    "a long name of 1 GB": FIRST + header("a", 1 << 30, tarfile.GNUTYPE_LONGNAME) + ZEROS * 16,
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_an_archive_bomb_is_refused_in_bounded_memory(data: bytes) -> None:
    """Whatever a small file unpacks to, reading it stops early and never takes 200 MB."""
    tracemalloc.start()
    try:
        error = refuse(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert error.code == "E_ARCHIVE_BOMB"
    assert peak < 200_000_000


def test_data_that_compress_well_are_no_bomb() -> None:
    """PyPI has no rule for how well a tar archive compresses: 80 MiB of one line are read and judged."""
    data = tarred(INFO, ("acme-1.0/data.csv", b"0.0,0.0\n" * (10 << 20)))

    assert len(data) * 50 < 80 << 20
    assert [each.size for each in read(data).members][1] == 80 << 20


def test_an_extended_header_is_never_read_whole() -> None:
    """A header that the file is large enough for, and that would fill the memory, is refused unread."""
    payload = random.Random(1).randbytes(6 << 20)
    large = header("acme-1.0/a", len(payload)) + gzip.compress(payload, 0)

    error = refuse(FIRST + large + header("a", 4 << 26, tarfile.XHDTYPE) + ZEROS * 4)

    assert "claims to be 268435456 bytes long" in error.happened
    assert error.code == "E_ARCHIVE_BOMB"


def test_a_bomb_is_not_unpacked_to_be_known() -> None:
    """The size that a member claims is enough to refuse it."""
    packed = io.BytesIO(BOMBS["one member of 5 GB"])

    with pytest.raises(DistributionsInvalid):
        read_sdist(packed, NAME)

    # One block is read, with the header in it.
    assert packed.tell() <= 256 << 10


def test_an_sdist_of_too_many_members_is_refused() -> None:
    """The names alone of that many members would fill the memory."""
    error = refuse(FIRST + gzip.compress(tarfile.TarInfo("acme-1.0/a").tobuf() * 100_000, 1))

    assert "100000 members" in error.happened
    assert error.code == "E_ARCHIVE_BOMB"


@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No file raises anything but our own refusal, packed or not."""
    assert refuse(b"\x1f\x8b\x08" + data).code == "E_ARCHIVE_INVALID"
    with contextlib.suppress(DistributionsInvalid):
        read(gzip.compress(data))


SAMPLE = gzip.decompress(tarred(("acme-1.0/PKG-INFO", b"x"), ("acme-1.0/a.egg-info/PKG-INFO", b"y" * 50)))
PAX = gzip.decompress(tarred((f"acme-1.0/{'a' * 200}", b"x"), ("acme-1.0/\u00e4", b"x")))


@given(
    sample=st.sampled_from([SAMPLE, PAX]),
    position=st.integers(0, 3000),
    bytes_=st.binary(min_size=1, max_size=12),
    length=st.integers(0, 8000),
)
def test_a_damaged_sdist_is_read_or_refused(sample: bytes, position: int, bytes_: bytes, length: int) -> None:
    """Bytes changed under gzip, or the end cut off, never end in another exception than our own."""
    damaged = (sample[:position] + bytes_ + sample[position + len(bytes_) :])[:length]
    with contextlib.suppress(DistributionsInvalid):
        read(gzip.compress(damaged, 1))


@given(
    field=st.sampled_from([(0, 8), (100, 8), (108, 8), (124, 12), (136, 12), (156, 1), (257, 8), (345, 10)]),
    value=st.binary(min_size=12, max_size=12),
)
def test_a_tar_header_of_rubbish_is_read_or_refused(field: tuple[int, int], value: bytes) -> None:
    """A field of a header with a right checksum may hold anything."""
    start, length = field
    block = bytearray(SAMPLE[:512])
    block[start : start + length] = value[:length]
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with contextlib.suppress(DistributionsInvalid):
        read(gzip.compress(bytes(block) + SAMPLE[512:], 1))
