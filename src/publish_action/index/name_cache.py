"""Keep a public index's list of names for the rest of the day, so that many projects cost one download."""

import os
import stat
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

_FORMAT = b"publish-action names 1"
_LONGEST = 1 << 27
_FOLDER = "publish-action"


def choose_cache_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder for lists: the job's own where there is a runner, else the user's (XDG)."""
    if temp := environment.get("RUNNER_TEMP"):
        return Path(temp) / _FOLDER
    home = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or tempfile.gettempdir()) / ".cache")
    return Path(home) / _FOLDER


class NameCache:
    """Lists by day. The date is the whole key, and the public index's address stands inside: nothing private does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, url: str, day: date) -> bytes | None:
        """Give the list of that index that was kept on that day, or None where there is no whole one."""
        try:
            descriptor = os.open(self._path(day), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:
                content = file.read(_LONGEST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError:
            return None
        head, _, names = content.partition(b"\n")
        return names if names and head == _head(url, names) else None

    def keep(self, url: str, day: date, names: bytes) -> None:
        """Keep a list for the day, and no other day's; a disk that is full or closed is no problem."""
        path = self._path(day)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_head(url, names) + b"\n" + names)
            os.replace(file.name, path)
            for old in self._folder.glob("names-*.txt"):
                if old != path:
                    old.unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, day: date) -> Path:
        return self._folder / f"names-{day.isoformat()}.txt"


def _head(url: str, names: bytes) -> bytes:
    """The length shows a list that was cut."""
    return b"%s %d %s" % (_FORMAT, len(names), url.encode())
