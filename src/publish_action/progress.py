"""Tell how far long uploads have come, a line now and then."""

import threading
from datetime import datetime, timedelta

from publish_action.ports import Clock, Log

_EVERY = timedelta(seconds=10)


class Progress:
    """Tells of each upload at most every ten seconds; usable from several threads."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._told: dict[str, datetime] = {}

    def note(self, file: str, sent: int, length: int) -> None:
        """Hear that so many bytes of a file's upload have been sent, of how many."""
        now = self._clock()
        with self._lock:
            if now - self._told.setdefault(file, now) < _EVERY or sent >= length:
                return
            self._told[file] = now
        self._log.say(f"{file}: {100 * sent // length} % of {length / 1e6:.1f} MB sent.")
