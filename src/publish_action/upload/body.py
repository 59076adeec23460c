"""A request body that lets no other bytes through than the pinned ones."""

import hashlib
import os
from collections.abc import Callable
from typing import Protocol

from publish_action.errors import DistributionsInvalid

Watch = Callable[[str, int, int], None]
"""Told after each block the file's name, how many bytes of the body have been read, and of how many.

What it raises ends the upload.
"""


class Readable(Protocol):
    """A body of known length, to be read once from its start."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most `size`; none = the end."""


class FormBody:
    """A multipart form whose last part is a file, read straight from its descriptor.

    The encoder would copy each block through a buffer of its own, which costs as much CPU as sending (measured).
    """

    def __init__(self, *, head: bytes, descriptor: int, size: int, tail: bytes) -> None:
        self._head = head
        self._descriptor = descriptor
        self._stop = len(head) + size
        self._tail = tail
        self._position = 0

    def read(self, size: int, /) -> bytes:
        """Give the next bytes; fewer than announced in all where the file has become shorter."""
        begin, length = self._position, len(self._head)
        if begin < length:
            block = self._head[begin : begin + size]
        elif begin < self._stop:
            block = os.pread(self._descriptor, min(size, self._stop - begin), begin - length)
        else:
            block = self._tail[begin - self._stop :][:size]
        self._position += len(block)
        return block


class PinnedBody:
    """A multipart body whose part `content` must hash to what was judged.

    The part's bytes are hashed as they pass; its last block is held back, and the upload broken off, if the
    SHA-256 is another. So an index never has the whole of a file that nobody judged.
    """

    def __init__(self, body: Readable, *, length: int, content: range, sha256: str, file: str, watch: Watch) -> None:
        self._body = body
        self._length = length
        self._content = content
        self._sha256 = sha256
        self._file = file
        self._watch = watch
        self._read = 0
        self._hash = hashlib.sha256()

    @property
    def sent(self) -> int:
        """How many bytes of the file have been read so far."""
        return min(max(self._read - self._content.start, 0), len(self._content))

    def read(self, size: int, /) -> bytes:
        """Give the next bytes. Raises `DistributionsInvalid` (E_DIST_CHANGED), and what `watch` raises."""
        block = self._body.read(size)
        begin = self._read
        self._read += len(block)
        part = slice(max(self._content.start - begin, 0), max(self._content.stop - begin, 0))
        self._hash.update(memoryview(block)[part])
        is_last = begin < self._content.stop <= self._read
        if (is_last and self._hash.hexdigest() != self._sha256) or (not block and self._read < self._length):
            raise describe_change(self._file)
        if block:
            self._watch(self._file, self._read, self._length)
        return block


def describe_change(file: str) -> DistributionsInvalid:
    """Give the error for a file that is not what it was when it was judged."""
    return DistributionsInvalid(
        f"{file} has changed since it was judged; it was not sent whole.",
        remedy="Find what writes into the directory while this step runs, build again, and publish the new files.",
        code="E_DIST_CHANGED",
    )
