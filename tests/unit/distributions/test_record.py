"""RECORD: what it lists, read from bytes that nobody vouches for."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.distributions.record import ALGORITHMS, MOST_LINES, RecordFile, RecordRow, parse_record
from support.contents import DIGEST

GOOD = f"acme/__init__.py,{DIGEST},12\nacme-1.0.dist-info/RECORD,,\n"


def read(text: str) -> RecordFile:
    return parse_record(text.encode())


def problems(record: RecordFile) -> tuple[object, ...]:
    return (record.is_utf8, record.broken_lines, record.repeated, record.weak, record.malformed)


def test_rows_are_read_by_path() -> None:
    """Each row has the path, the algorithm to hash by, the digest as it stands there, and the size."""
    record = read(GOOD)

    assert list(record.rows) == ["acme/__init__.py", "acme-1.0.dist-info/RECORD"]
    assert record.rows["acme/__init__.py"] == RecordRow(
        path="acme/__init__.py", algorithm="sha256", digest=DIGEST, size=12
    )
    assert record.rows["acme-1.0.dist-info/RECORD"].algorithm == ""
    assert problems(record) == (True, (), (), (), ())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f'"a,b.py",{DIGEST},1\n', "a,b.py"),
        (f'"a""b.py",{DIGEST},1\n', 'a"b.py'),
        (f"a.py,{DIGEST},1\r\n", "a.py"),
        (f"a\u2028b\x85.py,{DIGEST},1\n", "a\u2028b\x85.py"),
        (f'"a\nb.py",{DIGEST},1\n', "a\nb.py"),
        (f"a.py,{DIGEST},1", "a.py"),
    ],
)
def test_paths_are_those_of_csv(text: str, path: str) -> None:
    """Quotation marks, line ends and rare characters are read as CSV has them."""
    record = read(text)

    assert list(record.rows) == [path]
    assert record.rows[path].size == 1
    assert problems(record) == (True, (), (), (), ())


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", (True, ("line 1",), (), (), ())),
        ("a.py", (True, ("line 1",), (), (), ())),
        (f"a.py,{DIGEST},1,more", (True, ("line 1",), (), (), ())),
        (f",{DIGEST},1", (True, ("line 1",), (), (), ())),
        (f'"a"b,{DIGEST},1', (True, ("line 1",), (), (), ())),
        (f"a\rb,{DIGEST},1", (True, ("line 1",), (), (), ())),
        ("a.py,md5=rL0Y20zC-Fzt72VPzMSk2A,1", (True, (), (), ("a.py",), ())),
        ("a.py,sha1=x,1", (True, (), (), ("a.py",), ())),
        ("a.py,sha256,1", (True, (), (), (), ("a.py",))),
        (f"a.py,{DIGEST}=,1", (True, (), (), (), ("a.py",))),
        (f"a.py,{DIGEST[:-1]},1", (True, (), (), (), ("a.py",))),
        (f"a.py,sha256={'0' * 64},1", (True, (), (), (), ("a.py",))),
        (f"a.py,{DIGEST},-1", (True, (), (), (), ("a.py",))),
        (f"a.py,{DIGEST},{'9' * 5000}", (True, (), (), (), ("a.py",))),
    ],
)
def test_what_is_no_row_is_told(line: str, found: tuple[object, ...]) -> None:
    """A broken line does not keep the next one from being read."""
    record = read(f"{line}\n{GOOD}")

    assert problems(record) == found
    assert record.rows["acme/__init__.py"].size == 12


def test_a_path_may_stand_there_once() -> None:
    """Of a path that is listed twice the first row counts, and the path is told once."""
    record = read(GOOD + f"acme/__init__.py,{DIGEST},13\n" * 2)

    assert record.repeated == ("acme/__init__.py",)
    assert record.rows["acme/__init__.py"].size == 12


def test_other_encodings_are_told() -> None:
    """RECORD is UTF-8; what is not is read as far as it goes."""
    record = parse_record(GOOD.encode() + b"\xff.py,,\n")

    assert not record.is_utf8
    assert len(record.rows) == 3


@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithms_are_those_of_hashlib(name: str) -> None:
    """Each algorithm that counts is as good as sha256, and gives as many bytes as the table says."""
    assert name in hashlib.algorithms_guaranteed
    assert hashlib.new(name).digest_size == ALGORITHMS[name] >= 32


@given(
    data=st.binary()
    | st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", "=", DIGEST, "\0"])).map("".join).map(str.encode)
)
def test_every_record_is_read(data: bytes) -> None:
    """No bytes raise, and no more rows come out than lines go in."""
    record = parse_record(data)

    assert len(record.rows) + len(record.broken_lines) <= data.count(b"\n") + 1


def test_endless_fields_are_no_rows() -> None:
    """A field of a megabyte is a broken line, and costs no more than its bytes."""
    assert read('"' + "a" * (1 << 20)).rows == {}


def test_lines_beyond_the_bound_are_told_and_not_read() -> None:
    """A RECORD of as many lines as are read is whole; of one more, the first that is not read counts as broken."""
    lines = b"".join(b"%x,,\n" % number for number in range(MOST_LINES))

    whole = parse_record(lines)
    longer = parse_record(lines + b"one-more,,\n")

    assert (len(whole.rows), whole.broken_lines) == (MOST_LINES, ())
    assert (len(longer.rows), longer.broken_lines) == (MOST_LINES, (f"line {MOST_LINES + 1}",))
