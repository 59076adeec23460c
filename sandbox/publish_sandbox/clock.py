"""A clock that tests can move."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the time (UTC, aware)."""


class SettableClock:
    """Return the real time plus an offset that only `advance` changes.

    Servers that share one clock agree on the time: move it, and an ID token of one is stale for the other.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """Return the time (UTC, aware)."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward, or back when `seconds` is negative."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)
