"""Unpack a gzip file, forward only and within limits, as a file that tarfile can read."""

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
    """A reader wants to go back to what was unpacked before."""


class Gunzip(io.RawIOBase):
    """What a gzip file (RFC 1952) unpacks to, up to a limit. Checksums are verified when their place is reached."""

    def __init__(self, packed: BinaryIO, *, limit: int, longest_read: int = _SKIP_BLOCK) -> None:
        self._packed = packed
        self._limit = limit
        self._inflater = zlib.decompressobj(_GZIP)
        self._rest = b""
        self._position = 0
        self.longest_read = longest_read
        """Who asks for more at once trusts a header that claims to be long: it is refused."""
        self.streams = 1
        """How many gzip streams were begun: RFC 1952 allows several, one behind the other."""
        self.last = b""
        """What was read last."""

    def tell(self) -> int:
        """Give how many bytes have been read or passed over."""
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes: fewer than `size` only at the end. Raises `Oversized`, `EOFError` and zlib's errors."""
        if not 0 <= size <= self.longest_read:
            raise Oversized(f"A header in it claims to be {size} bytes long.")
        kept = bytearray()
        while len(kept) < size and (block := self._unpack(size - len(kept))):
            kept += block
        self._position += len(kept)
        self.require_within(self._position)
        self.last = bytes(kept)
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Pass over bytes up to a place ahead. Raises `Backwards` for one behind."""
        # Backwards would unpack everything again, and hostile sizes can make tarfile go round in circles.
        if whence != io.SEEK_SET or offset < self._position:
            raise Backwards
        self.require_within(offset)
        while self._position < offset and self.read(min(offset - self._position, self.longest_read)):
            pass
        return self._position

    def require_within(self, position: int) -> None:
        """Refuse a place behind the limit, before anything up to it is unpacked. Raises `Oversized`."""
        if position > self._limit:
            raise Oversized(f"It unpacks to more than {self._limit} bytes.")

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
                raise EOFError("the gzip file is cut")

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
            raise Oversized(f"It is more than {_MOST_STREAMS} gzip streams.")
        return True
