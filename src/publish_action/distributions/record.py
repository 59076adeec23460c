"""Read a wheel's RECORD: which files it lists, with which digests and sizes."""

import base64
import binascii
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALGORITHMS: Mapping[str, int] = MappingProxyType(
    {
        "sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64, "blake2b": 64,
        "blake2s": 32,
    }
)  # fmt: skip
"""Those that a row may name, as `hashlib` knows them, with the bytes of their digests. The binary distribution format
(PyPA) wants sha256 or better."""

MOST_LINES = 120_000
"""More are not read: a wheel of more files than this is refused. A row takes some 300 bytes of memory (measured)."""

_SIZE = re.compile(r"[0-9]{1,18}")
_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One file as RECORD lists it."""

    path: str
    """With slashes, as Warehouse reads it: some tools on Windows write backslashes."""
    algorithm: str
    """By which the file is to be hashed; empty where the row has no digest that counts."""
    digest: str
    """As RECORD has it, `sha256=…`; empty where there is none."""
    size: int | None
    """Bytes; None where there is none or none that is a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile:
    """A RECORD, read as far as it can be."""

    rows: Mapping[str, RecordRow]
    """By path, in RECORD's order; of a path that is listed twice the first row."""
    is_utf8: bool
    broken_lines: tuple[str, ...]
    """`line 7`: what are no three fields of CSV, and the first line behind `MOST_LINES`."""
    repeated: tuple[str, ...]
    """Paths that are listed more than once."""
    weak: tuple[str, ...]
    """Paths whose digest is by an algorithm that does not count."""
    malformed: tuple[str, ...]
    """Paths whose digest or size is not written as it should be."""


def parse_record(data: bytes) -> RecordFile:
    """Read a RECORD in time and memory that grow as its lines do. Raises nothing, however hostile they are."""
    *lines, rest = data.split(b"\n", MOST_LINES)
    text, is_utf8 = _decode(b"\n".join(lines) if len(lines) == MOST_LINES else data)
    rows = dict[str, RecordRow]()
    broken, repeated, weak, malformed = list[str](), dict[str, None](), list[str](), list[str]()
    for line, fields in _read_rows(text):
        if len(fields) != _FIELDS or not fields[0]:
            broken.append(f"line {line}")
            continue
        spelled, digest, size = fields
        path = spelled.replace("\\", "/")
        if path in rows:
            repeated[path] = None
            continue
        name = digest.partition("=")[0]
        if digest and name not in ALGORITHMS:
            weak.append(path)
        elif (digest and not _is_digest(digest)) or (size and not _SIZE.fullmatch(size)):
            malformed.append(path)
        rows[path] = RecordRow(
            path=path,
            algorithm=name if name in ALGORITHMS else "",
            digest=digest,
            size=int(size) if _SIZE.fullmatch(size) else None,
        )
    if rest and len(lines) == MOST_LINES:
        broken.append(f"line {MOST_LINES + 1}")
    return RecordFile(
        rows=MappingProxyType(rows),
        is_utf8=is_utf8,
        broken_lines=tuple(broken),
        repeated=tuple(repeated),
        weak=tuple(weak),
        malformed=tuple(malformed),
    )


def _decode(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), False


def _read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's fields with the number of its last line; no fields where the line is no CSV."""
    # Not `splitlines`: it would break paths at characters that end no line of a CSV file.
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    # Each step takes at least one line, and a field ends at 128 KiB (`csv.field_size_limit`).
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fields = []
        yield reader.line_num, fields


def _is_digest(digest: str) -> bool:
    """Return whether it is `algorithm=` and a digest in base64 without padding, in the alphabet for URLs."""
    name, _, encoded = digest.partition("=")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == ALGORITHMS[name] and base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == encoded
