"""Unpacking a gzip file: the limit is exact, whichever way the bytes are passed."""

import gzip
import io
from collections.abc import Callable

import pytest

from publish_action.distributions.archive.gzip_reader import Backwards, Gunzip, Oversized

LIMIT = 3 << 20


def unpacked(size: int) -> Gunzip:
    return Gunzip(io.BytesIO(gzip.compress(bytes(size), 1)), limit=LIMIT)


def read_to_the_end(stream: Gunzip) -> None:
    while stream.read(1 << 18):
        pass


def pass_over(stream: Gunzip) -> None:
    stream.seek(LIMIT)
    stream.read(512)


@pytest.mark.parametrize("go", [read_to_the_end, pass_over])
def test_limit_is_exact(go: Callable[[Gunzip], None]) -> None:
    """A file that unpacks to the limit is read whole; one of a byte more is refused."""
    whole = unpacked(LIMIT)
    go(whole)

    assert whole.tell() == LIMIT
    with pytest.raises(Oversized):
        go(unpacked(LIMIT + 1))


def test_place_behind_the_limit_is_refused_unread() -> None:
    """What a header says of a place beyond the limit is enough."""
    stream = unpacked(LIMIT)

    with pytest.raises(Oversized):
        stream.seek(LIMIT + 1)
    assert stream.tell() == 0
    with pytest.raises(Oversized):
        stream.read(1 << 30)


def test_it_goes_forward_alone() -> None:
    """What was passed is not unpacked again."""
    stream = unpacked(LIMIT)
    stream.read(10)

    with pytest.raises(Backwards):
        stream.seek(9)
