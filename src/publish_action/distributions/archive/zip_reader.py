"""Unpack one member of a zip archive, block by block, and be strict about how long it is."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from publish_action.distributions.archive.zip_layout import ZipMember

# What fits into a core's own cache is hashed, summed and searched there: larger blocks take a tenth longer (measured).
_BLOCK = 256 << 10
_PACKED_BLOCK = 256 << 10


class NotUnpackable(Exception):
    """The bytes of a member are not what its headers state."""


def unpack(stream: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    """Yield a member's bytes in blocks of at most 256 KiB, in the order of the file.

    Unlike zipfile, which stops at the size that the headers announce, this also refuses what unpacks to more, or
    leaves packed bytes over: other readers would see them. Raises `NotUnpackable`, and zlib's errors.
    """
    size, crc = 0, 0
    for block in _inflate(stream, member) if member.method == zipfile.ZIP_DEFLATED else _copy(stream, member):
        size, crc = size + len(block), zlib.crc32(block, crc)
        if size > member.size:
            break
        yield block
    if size != member.size:
        raise NotUnpackable(f"{member.path[:100]!a} does not unpack to the {member.size} bytes that its header states.")
    if crc != member.crc:
        raise NotUnpackable(f"{member.path[:100]!a} does not match its CRC-32 in the archive's directory.")


def _copy(stream: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    if member.method != zipfile.ZIP_STORED:
        raise NotUnpackable(f"{member.path[:100]!a} is compressed by a method that indexes do not accept.")
    stream.seek(member.start)
    left = member.packed
    while left and (block := stream.read(min(left, _BLOCK))):
        left -= len(block)
        yield block


def _inflate(stream: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _pieces(stream, member):
        rest = packed
        while rest and not inflater.eof:
            block = inflater.decompress(rest, _BLOCK)
            rest = inflater.unconsumed_tail
            if block:
                yield block
        if inflater.unused_data or (rest and inflater.eof):
            raise NotUnpackable(f"{member.path[:100]!a} has compressed bytes after the end of its data.")
    # What the inflater still holds when all packed bytes are in.
    while not inflater.eof and (block := inflater.decompress(b"", _BLOCK)):
        yield block
    if not inflater.eof:
        raise NotUnpackable(f"{member.path[:100]!a} is truncated: its compressed data has no end.")


def _pieces(stream: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    at = member.start
    end = at + member.packed
    while at < end:
        # The position is the stream's, and another member may be read before this one is at its end.
        stream.seek(at)
        piece = stream.read(min(end - at, _PACKED_BLOCK))
        if not piece:
            return
        at += len(piece)
        yield piece
