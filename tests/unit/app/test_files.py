"""Small local files are read whole or not at all."""

import os
from pathlib import Path

from publish_action.app.files import MAX_BYTES, LocalFiles
from publish_action.protocols import NotFound, Unavailable


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """The bytes come as they are."""
    (tmp_path / "event.json").write_bytes(b"\xff{}")

    assert LocalFiles().read(str(tmp_path / "event.json")) == b"\xff{}"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """A missing file is distinguished from an unreadable one."""
    (tmp_path / "file").write_bytes(b"")

    assert LocalFiles().read(str(tmp_path / "missing")) == NotFound()
    assert LocalFiles().read(str(tmp_path / "file" / "inside")) == NotFound()


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    """A folder, and a name no file can have, are unknown rather than absent."""
    assert isinstance(LocalFiles().read(str(tmp_path)), Unavailable)
    assert isinstance(LocalFiles().read("a\0b"), Unavailable)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe without a writer, and an endless device, are unavailable at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")

    for path in (tmp_path / "pipe", tmp_path / "link", Path("/dev/tty")):
        found = LocalFiles().read(str(path))
        assert isinstance(found, Unavailable)


def test_a_file_is_bounded(tmp_path: Path) -> None:
    """A file larger than any event is not read into memory."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    found = LocalFiles().read(str(tmp_path / "large"))

    assert isinstance(found, Unavailable)
    assert "larger" in found.reason
