"""Decompress a gzip file, forward only and within limits, as a file that tarfile can read.

Rules: nothing is read beyond `limit` bytes of output; no single read is longer than `longest_read`, so that a header
which claims gigabytes is refused unread; a seek backwards is refused; each stream's CRC-32 is verified at its end; at
most 1000 gzip streams are read.

Not handled: how many streams an archive may have is for the caller to judge, by `streams`; so is what follows the end
of the tar archive.

    >>> with tarfile.open(fileobj=Gunzip(open("acme-1.0.tar.gz", "rb"), limit=2 << 30), mode="r:") as archive: ...
"""

import io
import zlib
from typing import BinaryIO

_PACKED_BLOCK = 256 << 10
_SKIP_BLOCK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
# Each costs time however short it is; an archive that goes on over several is refused for that.
_MOST_STREAMS = 1000


class Oversized(Exception):
    """More would be unpacked than is allowed."""


class Backwards(Exception):
    """A reader seeks back to what was already decompressed."""


class Gunzip(io.RawIOBase):
    """The decompressed content of a gzip file (RFC 1952), up to a limit. Each CRC-32 is verified when it is reached."""

    def __init__(self, packed: BinaryIO, *, limit: int, longest_read: int = _SKIP_BLOCK) -> None:
        self._packed = packed
        self._limit = limit
        self._inflater = zlib.decompressobj(_GZIP)
        self._rest = b""
        self._position = 0
        self.longest_read = longest_read
        """A reader that asks for more at once trusts a header that claims to be long, and is refused."""
        self.streams = 1
        """How many gzip streams were begun: RFC 1952 allows several, one behind the other."""
        self.last = b""
        """What was read last."""

    def tell(self) -> int:
        """Return how many bytes have been read or skipped."""
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, fewer than `size` only at the end. Raises `Oversized`, `EOFError`, `zlib.error`."""
        if not 0 <= size <= self.longest_read:
            raise Oversized(f"A header in the archive claims to be {size} bytes long.")
        kept = bytearray()
        while len(kept) < size and (block := self._unpack(size - len(kept))):
            kept += block
        self._position += len(kept)
        self.require_within(self._position)
        self.last = bytes(kept)
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Skip to a later position. Raises `Backwards` for an earlier one."""
        # Backwards would unpack everything again, and hostile sizes can make tarfile go round in circles.
        if whence != io.SEEK_SET or offset < self._position:
            raise Backwards
        self.require_within(offset)
        while self._position < offset and self.read(min(offset - self._position, self.longest_read)):
            pass
        return self._position

    def require_within(self, position: int) -> None:
        """Refuse a position beyond the limit before anything up to it is unpacked. Raises `Oversized`."""
        if position > self._limit:
            raise Oversized(f"The archive unpacks to more than {self._limit} bytes.")

    def _unpack(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end of the file."""
        while True:
            if self._inflater.eof and not self._begin_next():
                return b""
            packed = self._rest or self._packed.read(_PACKED_BLOCK)
            block = self._inflater.decompress(packed, size)
            self._rest = self._inflater.unconsumed_tail
            if block:
                return block
            if not packed and not self._inflater.eof:
                raise EOFError("the gzip file is truncated")

    def _begin_next(self) -> bool:
        """Begin the stream behind the one that ended; False where the file has no more bytes."""
        # Zeros behind a stream are padding, as for gzip and for Python's own module.
        self._rest = self._inflater.unused_data.lstrip(b"\0")
        while not self._rest:
            packed = self._packed.read(_PACKED_BLOCK)
            if not packed:
                return False
            self._rest = packed.lstrip(b"\0")
        self._inflater = zlib.decompressobj(_GZIP)
        self.streams += 1
        if self.streams > _MOST_STREAMS:
            raise Oversized(f"The file consists of more than {_MOST_STREAMS} gzip streams.")
        return True
