"""The form reader gives what was sent, however the bytes arrive."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_toolbelt import MultipartEncoder  # type: ignore[import-untyped]  # it ships no types

from publish_sandbox.http.multipart import Form, Malformed, Spool, read_form

NOTHING_KEPT = Spool(folder=None, algorithms=("sha256",))


class Trickle:
    """A body that comes in pieces of the given sizes, over and over."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._stream = io.BytesIO(content)
        self._sizes = sizes
        self._count = 0

    def readinto(self, view: memoryview) -> int:
        self._count += 1
        return self._stream.readinto(view[: self._sizes[self._count % len(self._sizes)]])


def encode(text: str, content: bytes) -> tuple[bytes, str]:
    """Return a form of a field and a file, and its content type."""
    encoder = MultipartEncoder([("first", text), ("content", ("f.whl", content, "application/x")), ("last", text)])
    return encoder.read(), encoder.content_type


def read(body: bytes, content_type: str, sizes: list[int], spool: Spool = NOTHING_KEPT) -> Form:
    return read_form(Trickle(body, sizes), content_type, spool)


@given(
    text=st.text(max_size=50),
    content=st.binary(max_size=3000) | st.lists(st.sampled_from([b"\r", b"\n", b"--", b"\r\n--", b"x"])).map(b"".join),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=5),
)
def test_what_was_sent_is_what_is_read(text: str, content: bytes, sizes: list[int]) -> None:
    """Fields and file come out as they went in, whatever the pieces and whatever looks like a delimiter."""
    body, content_type = encode(text, content)

    form = read(body, content_type, sizes)

    assert form.fields == {"first": [text], "last": [text]}
    assert (form.files[0].size, form.files[0].digests["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@given(cut=st.integers(0, 10_000))
def test_a_cut_form_is_malformed(cut: int) -> None:
    """A body that ends before its last delimiter is refused."""
    body, content_type = encode("text", b"content")

    with pytest.raises(Malformed):
        read(body[: cut % (len(body) - 4)], content_type, [100])


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", ""])
def test_what_is_no_form_is_malformed(content_type: str) -> None:
    """Another content type, or a form without a boundary, is refused."""
    with pytest.raises(Malformed):
        read(b"{}", content_type, [100])


def test_endless_headers_are_malformed() -> None:
    """Headers of a part that fill the whole buffer are refused."""
    body = b"--x\r\nContent-Disposition: " + b"y" * (2 << 20)

    with pytest.raises(Malformed):
        read(body, "multipart/form-data; boundary=x", [1 << 20])


def test_files_are_spooled_and_hashed(tmp_path: Path) -> None:
    """A file larger than the buffer lies in the folder whole, with all its digests."""
    content = bytes(range(256)) * 10_000
    body, content_type = encode("text", content)

    part = read(body, content_type, [1 << 20], Spool(folder=tmp_path)).files[0]

    assert part.path
    assert part.path.read_bytes() == content
    assert part.digests == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "md5": hashlib.md5(content).hexdigest(),
        "blake2b": hashlib.blake2b(content, digest_size=32).hexdigest(),
    }
