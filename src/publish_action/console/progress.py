"""Tell how far an upload has come, in lines that a person can follow in a log."""

import threading
from datetime import datetime, timedelta

from publish_action.protocols import Clock, Log

_EVERY = timedelta(seconds=10)


class LineProgress:
    """The `Progress` of a log: at most one line in ten seconds, whatever is under way."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._total = 0
        self._sent: dict[str, int] = {}
        self._began: datetime | None = None
        self._told: datetime | None = None

    def expect(self, total: int) -> None:
        """Hear how many bytes are to be sent in all."""
        self._total = total

    def note(self, file: str, sent: int, length: int) -> None:
        """Hear that so many bytes of a file's upload have been sent, of how many; may go back when it is sent again."""
        now = self._clock()
        with self._lock:
            self._began = self._began or now
            self._sent[file] = sent
            if now - (self._told or self._began) < _EVERY or sent >= length:
                return
            self._told = now
            line = self._describe(now - self._began)
        self._log.say(line)

    def end(self, file: str) -> None:
        """Hear that a file is done with; the log tells of it by itself."""

    def _describe(self, elapsed: timedelta) -> str:
        sent = min(sum(self._sent.values()), self._total)
        share = 100 * sent // max(self._total, 1)
        left = (self._total - sent) * elapsed.total_seconds() / max(sent, 1)
        return f"{sent / 1e6:.1f} of {self._total / 1e6:.1f} MB sent ({share} %), about {left:.0f} s left."
