"""Read a multipart/form-data body as it comes: fields into memory, files into spool files, hashed on the way."""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import IO, Protocol

_CHUNK = 1 << 20
_LONGEST_FIELD = 16 << 20


class Malformed(Exception):
    """The body is not what its Content-Type says."""


class Readable(Protocol):
    """A body that fills a buffer; 0 is its end."""

    def readinto(self, view: memoryview, /) -> int: ...


@dataclass(slots=True, kw_only=True)
class FilePart:
    """A part that came as a file."""

    name: str
    file_name: str
    content_type: str
    path: Path | None
    """Where the content lies; None when the spool keeps nothing."""
    size: int
    digests: dict[str, str]
    """Hex, by the name `hashlib` has for the algorithm."""


@dataclass(slots=True, kw_only=True)
class Form:
    """All parts of a body, in their order."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[FilePart] = field(default_factory=list)

    def first(self, name: str) -> str:
        """Return the first value of a field; "" when it is absent."""
        return self.fields.get(name, [""])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """Where file parts go: into `folder` (None keeps nothing), hashed with `algorithms`."""

    folder: Path | None
    algorithms: tuple[str, ...] = ("sha256", "blake2b", "md5")


def read_form(body: Readable, content_type: str, spool: Spool) -> Form:
    """Read a whole body. Raises `Malformed`; then what was spooled stays in the folder."""
    header = message_from_string(f"Content-Type: {content_type}\r\n\r\n")
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise Malformed(f"not a form: {header.get_content_type()}")
    reader = _Reader(body, b"\r\n--" + boundary.encode("latin-1"))
    form = Form()
    while (head := reader.next_part()) is not None:
        _read_part(reader, head, form, spool)
    return form


def _read_part(reader: "_Reader", head: Message, form: Form, spool: Spool) -> None:
    name = head.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise Malformed("a part without a name")
    file_name = head.get_filename()
    if file_name is None:
        form.fields.setdefault(name, []).append(reader.read_text())
        return
    form.files.append(_spool_part(reader, name, file_name, head.get_content_type(), spool))


def _spool_part(reader: "_Reader", name: str, file_name: str, content_type: str, spool: Spool) -> FilePart:
    hashes = {algorithm: _hasher(algorithm) for algorithm in spool.algorithms}
    path = _new_file(spool.folder)
    size = 0
    file: IO[bytes] | None = path.open("wb", buffering=0) if path else None
    try:
        for piece in reader.pieces():
            size += len(piece)
            for hasher in hashes.values():
                hasher.update(piece)
            if file:
                file.write(piece)
    finally:
        if file:
            file.close()
    return FilePart(
        name=name,
        file_name=file_name,
        content_type=content_type,
        path=path,
        size=size,
        digests={algorithm: hasher.hexdigest() for algorithm, hasher in hashes.items()},
    )


class _Reader:
    """Cut a body at its delimiters, holding no more of it than one buffer."""

    def __init__(self, body: Readable, delimiter: bytes) -> None:
        self._body = body
        self._delimiter = delimiter
        self._buffer = bytearray(_CHUNK)
        self._view = memoryview(self._buffer)
        # The first delimiter of a body may stand without its line end (RFC 2046, section 5.1.1).
        self._buffer[:2] = b"\r\n"
        self._start = 0
        self._end = 2
        self._in_preamble = True

    def next_part(self) -> Message | None:
        """Return the headers of the next part; None at the end of the form. The part before must have been read."""
        if self._in_preamble:
            self._in_preamble = False
            for _ in self.pieces():
                continue
        while self._end - self._start < 2:
            self._fill()
        if self._buffer.startswith(b"--", self._start, self._end):
            return None
        while (at := self._buffer.find(b"\r\n\r\n", self._start, self._end)) < 0:
            self._fill()
        head = bytes(self._view[self._start : at]).lstrip()
        # Non-ASCII file names come as plain UTF-8 (RFC 7578, section 5.1): the parser is given text.
        self._start = at + 4
        return message_from_string(head.decode("utf-8", "replace") + "\r\n\r\n")

    def pieces(self) -> Iterable[memoryview]:
        """Return the content up to the next delimiter; each block is discarded when the next is requested."""
        held_back = len(self._delimiter) - 1
        while (at := self._buffer.find(self._delimiter, self._start, self._end)) < 0:
            safe = max(self._start, self._end - held_back)
            if safe > self._start:
                yield self._view[self._start : safe]
                self._start = safe
            self._fill()
        yield self._view[self._start : at]
        self._start = at + len(self._delimiter)

    def read_text(self) -> str:
        """Return the content up to the next delimiter as text."""
        text = bytearray()
        for piece in self.pieces():
            text += piece
            if len(text) > _LONGEST_FIELD:
                raise Malformed("a field is longer than any sensible one")
        return text.decode("utf-8", "replace")

    def _fill(self) -> None:
        rest = bytes(self._view[self._start : self._end])
        self._view[: len(rest)] = rest
        self._start, self._end = 0, len(rest)
        # Nothing comes into a full buffer either: headers longer than it are refused as well.
        count = self._body.readinto(self._view[self._end :])
        if not count:
            raise Malformed("the form has no end")
        self._end += count


def _hasher(algorithm: str) -> "hashlib._Hash | hashlib.blake2b":
    # PyPI's BLAKE2 digest is 256 bits long.
    return hashlib.blake2b(digest_size=32) if algorithm == "blake2b" else hashlib.new(algorithm, usedforsecurity=False)


def _new_file(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        return Path(file.name)
