"""Show how far an upload has come, as bars on a terminal."""

import threading
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from publish_action.untrusted.text import make_visible


class BarProgress:
    """The `Progress` of a person: a bar for each file under way, gone when the file is done."""

    def __init__(self, stream: TextIO) -> None:
        # A console of our own: the uploader silences the one that twine prints to.
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}

    def expect(self, total: int) -> None:
        """Hear how many bytes are to be sent in all; each bar knows its own."""
        del total

    def note(self, file: str, sent: int, length: int) -> None:
        """Move a file's bar."""
        with self._lock:
            if not self._tasks:
                self._bars.start()
            if file not in self._tasks:
                self._tasks[file] = self._bars.add_task(make_visible(file), total=length)
            self._bars.update(self._tasks[file], completed=sent)

    def end(self, file: str) -> None:
        """Take a file's bar away; with the last one the terminal is as it was."""
        with self._lock:
            task = self._tasks.pop(file, None)
            if task is not None:
                self._bars.remove_task(task)
                if not self._tasks:
                    self._bars.stop()
