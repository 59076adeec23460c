"""Files held by descriptor: only regular ones, hashed as they are, whatever happens to their paths."""

import hashlib
import os
import socket
import tempfile
from pathlib import Path

import pytest

from publish_action.distributions.open_file import (
    hash_by_blake2b,
    hash_file,
    open_hashed,
    open_regular,
    open_stream,
    read_small,
)
from publish_action.errors import DistributionsInvalid


def refuse(path: Path) -> str:
    before = os.listdir("/dev/fd")
    with pytest.raises(DistributionsInvalid) as caught:
        open_regular(path)
    assert caught.value.code == "E_DIST_NOT_REGULAR"
    assert os.listdir("/dev/fd") == before
    return caught.value.happened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A regular file."""
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def test_links_are_refused(file: Path) -> None:
    """A link is refused, to a file beside it, to nothing and to a folder."""
    link, broken, folder = (file.with_name(name) for name in ("link", "broken", "folder"))
    link.symlink_to(file)
    broken.symlink_to("nowhere")
    folder.symlink_to(file.parent)

    assert "is a symbolic link" in refuse(link)
    assert "is a symbolic link" in refuse(broken)
    assert "is a symbolic link" in refuse(folder)


def test_pipes_are_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    """A pipe does not hold the run up."""
    os.mkfifo(tmp_path / "pipe")

    assert "is a pipe" in refuse(tmp_path / "pipe")


def test_folders_devices_and_sockets_are_refused(tmp_path: Path) -> None:
    """Nothing but a regular file has bytes that could be published."""
    # The address of a socket is at most 108 bytes long, and pytest's folder may be longer.
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")

        assert "could not be read" in refuse(Path(folder, "socket"))
    assert "is a folder" in refuse(tmp_path)
    assert "is a device" in refuse(Path("/dev/null"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The system's own word for the failure is passed on."""
    assert "'gone' could not be read (No such file or directory)" in refuse(tmp_path / "gone")


def test_a_descriptor_outlives_its_path(file: Path) -> None:
    """Another file put in its place changes nothing for the one we hold."""
    descriptor = open_regular(file)
    file.unlink()
    file.write_bytes(b"another")

    digests = hash_file(descriptor)
    assert digests.sha256 == hashlib.sha256(b"content").hexdigest()
    with open_stream(descriptor) as stream:
        assert stream.read() == b"content"
    with open_stream(descriptor) as again:
        assert again.read() == b"content"
    os.close(descriptor)


SIZES = [600_000, 0, 1, 262_144, 262_145, 3_000_000, 262_143]


def test_digests_are_those_of_the_files_in_their_order(tmp_path: Path) -> None:
    """SHA-256, BLAKE2b-256 and size of each file come in the order of the descriptors, at any length."""
    data = [bytes([number]) * size for number, size in enumerate(SIZES)]
    for number, content in enumerate(data):
        (tmp_path / str(number)).write_bytes(content)
    descriptors = [open_regular(tmp_path / str(number)) for number in range(len(SIZES))]

    found = [hash_file(each) for each in descriptors]
    others = [hash_by_blake2b(each) for each in descriptors]

    for descriptor in descriptors:
        os.close(descriptor)
    assert [one.size for one in found] == SIZES
    assert [one.sha256 for one in found] == [hashlib.sha256(one).hexdigest() for one in data]
    assert others == [hashlib.blake2b(one, digest_size=32).hexdigest() for one in data]


def test_small_files_are_read_to_one_byte_over_the_limit(file: Path) -> None:
    """The byte over the limit is how the caller tells that there is more."""
    assert read_small(file, limit=7) == b"content"
    assert read_small(file, limit=5) == b"conten"


def test_a_folder_cannot_be_hashed(tmp_path: Path) -> None:
    """What the system cannot read ends in our own error."""
    descriptor = os.open(tmp_path, os.O_RDONLY)

    with pytest.raises(DistributionsInvalid, match="could not be read"):
        hash_file(descriptor)
    os.close(descriptor)


BLOCK = 256 << 10
LONG = bytes(range(256)) * (3 * BLOCK // 256) + b"end"


@pytest.fixture
def long(file: Path) -> Path:
    """A file of three blocks and three bytes."""
    file.write_bytes(LONG)
    return file


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def test_hashed_bytes_are_read_from_any_place(long: Path) -> None:
    """What was hashed is read whole, backwards and across blocks, and nothing behind its end."""
    descriptor = open_regular(long)
    with open_hashed(descriptor, hash_file(descriptor)) as stream:
        assert stream.read() == LONG
        assert stream.seek(-5, os.SEEK_END) == len(LONG) - 5
        assert stream.read(9) == LONG[-5:]
        assert stream.seek(BLOCK - 2) == BLOCK - 2
        assert stream.read(4) == LONG[BLOCK - 2 : BLOCK + 2]
        assert stream.seek(len(LONG) + BLOCK) == len(LONG) + BLOCK
        assert stream.read(1) == b""
    os.close(descriptor)


@pytest.mark.parametrize("at", [0, BLOCK, 3 * BLOCK + 2])
def test_bytes_that_changed_since_they_were_hashed_are_not_read(long: Path, at: int) -> None:
    """A byte that is another one now is refused when its block is read, and not before."""
    descriptor = open_regular(long)
    with open_hashed(descriptor, hash_file(descriptor)) as stream:
        overwrite(long, at, bytes([LONG[at] ^ 1]))

        with pytest.raises(DistributionsInvalid) as caught:
            stream.read()
    os.close(descriptor)
    assert caught.value.code == "E_DIST_CHANGED"


def test_file_that_became_shorter_or_longer_is_not_another_one(long: Path) -> None:
    """Bytes that were cut off are missed, and those that were added are not read."""
    descriptor = open_regular(long)
    digests = hash_file(descriptor)
    os.truncate(long, len(LONG) - 1)
    with open_hashed(descriptor, digests) as stream, pytest.raises(DistributionsInvalid):
        stream.read()
    long.write_bytes(LONG + bytes(BLOCK))
    with open_hashed(descriptor, digests) as stream, pytest.raises(DistributionsInvalid):
        stream.read()
    os.close(descriptor)
