"""Members of zip archives unpack to what their headers state."""

import io
import zipfile
import zlib
from collections.abc import Callable

import pytest

from publish_action.distributions.archive.zip_layout import (
    ZipMember,
)
from publish_action.distributions.archive.zip_reader import NotUnpackable, unpack

PAYLOAD = b"print('hello')\n" * 40


def packed_as(raw: bytes, *, size: int, crc: int) -> tuple[io.BytesIO, ZipMember]:
    """A deflated member whose packed bytes are as given."""
    member = ZipMember(path="a", start=0, packed=len(raw), size=size, method=zipfile.ZIP_DEFLATED, crc=crc, mode=0)
    return io.BytesIO(raw), member


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


LIES: dict[str, Callable[[], tuple[io.BytesIO, ZipMember]]] = {
    "more than announced": lambda: packed_as(deflated(b"12345"), size=4, crc=zlib.crc32(b"1234")),
    "less than announced": lambda: packed_as(deflated(b"123"), size=4, crc=zlib.crc32(b"123")),
    "another checksum": lambda: packed_as(deflated(b"1234"), size=4, crc=1),
    "packed bytes over": lambda: packed_as(deflated(b"1234") + b"more", size=4, crc=zlib.crc32(b"1234")),
    "packed bytes missing": lambda: packed_as(deflated(PAYLOAD)[:-1], size=len(PAYLOAD), crc=zlib.crc32(PAYLOAD)),
    "stored bytes missing": lambda: (
        io.BytesIO(b"123"),
        ZipMember(path="a", start=0, packed=4, size=4, method=zipfile.ZIP_STORED, crc=zlib.crc32(b"123"), mode=0),
    ),
    "another method": lambda: (
        io.BytesIO(b"1"),
        ZipMember(path="a", start=0, packed=1, size=1, method=zipfile.ZIP_LZMA, crc=zlib.crc32(b"1"), mode=0),
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_member_that_is_not_what_it_announces_is_refused(lie: Callable[[], tuple[io.BytesIO, ZipMember]]) -> None:
    """zipfile gives the announced number of bytes and stops; what stands behind them is for other readers."""
    stream, member = lie()

    with pytest.raises(NotUnpackable):
        list(unpack(stream, member))


def test_a_member_is_given_in_bounded_blocks() -> None:
    """However small the packed bytes, no block is larger than a mebibyte."""
    data = bytes(5 << 20)
    stream, member = packed_as(deflated(data), size=len(data), crc=zlib.crc32(data))

    blocks = list(unpack(stream, member))

    assert b"".join(blocks) == data
    assert max(map(len, blocks)) <= 1 << 20
