"""The pinned body: the bytes of a part pass whole only if they hash to what was judged."""

import hashlib
import io
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.errors import DistributionsInvalid
from publish_action.upload.body import FormBody, PinnedBody


def pin(body: bytes, content: range, judged: bytes, length: int | None = None) -> PinnedBody:
    """Pin the part `content` of a body to the hash of `judged`."""
    return PinnedBody(
        io.BytesIO(body),
        length=len(body) if length is None else length,
        content=content,
        sha256=hashlib.sha256(judged).hexdigest(),
        file="demo-1.0.tar.gz",
        watch=lambda file, sent, length: None,
    )


def read_all(body: PinnedBody, size: int) -> list[bytes]:
    """Read a body to its end, as urllib3 does."""
    return list(iter(lambda: body.read(size), b""))


@given(st.binary(), st.binary(min_size=1), st.binary(), st.integers(min_value=1, max_value=64))
def test_judged_bytes_pass_unchanged(before: bytes, content: bytes, after: bytes, size: int) -> None:
    """Whatever stands around the part and however it is read, a body that holds what was judged passes."""
    whole = before + content + after
    body = pin(whole, range(len(before), len(before) + len(content)), content)

    assert b"".join(read_all(body, size)) == whole


@given(st.binary(), st.binary(min_size=1), st.binary(), st.integers(min_value=1, max_value=64), st.data())
def test_other_bytes_never_pass_whole(
    before: bytes, content: bytes, after: bytes, size: int, data: st.DataObject
) -> None:
    """If one bit differs, the part's last block is held back."""
    position = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    changed = bytearray(content)
    changed[position] ^= 1
    body = pin(before + changed + after, range(len(before), len(before) + len(content)), content)
    passed: list[bytes] = []

    with pytest.raises(DistributionsInvalid, match="has changed"):
        passed.extend(iter(lambda: body.read(size) or pytest.fail("it passed"), b""))

    assert len(b"".join(passed)) < len(before) + len(content)


@given(st.binary(), st.binary(max_size=200), st.binary(), st.integers(min_value=1, max_value=64))
def test_form_is_its_head_its_file_and_its_tail(head: bytes, content: bytes, tail: bytes, size: int) -> None:
    """However it is read, a form gives its three parts in order and then nothing, and leaves the file's position."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        form = FormBody(head=head, descriptor=file.fileno(), size=len(content), tail=tail)

        blocks = list(iter(lambda: form.read(size), b""))

    assert b"".join(blocks) == head + content + tail
    assert max(map(len, blocks), default=0) <= size


def test_body_that_ends_early_is_a_change() -> None:
    """A body that ends before its announced length is an error, not the end."""
    body = pin(b"abc", range(10), b"abcdefghij", length=10)

    with pytest.raises(DistributionsInvalid, match="has changed"):
        read_all(body, 2)
