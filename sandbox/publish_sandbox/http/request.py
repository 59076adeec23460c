"""A request on its way into a local server, its body still on the wire; and what the log keeps of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Protocol

from publish_sandbox.http.faults import Fault

_CHUNK = 1 << 20
_LONGEST_TEXT = 16 << 20
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


@dataclass(slots=True, kw_only=True)
class SeenRequest:
    """A request as the log keeps it: no secrets, no body. Not frozen: the last two fields grow while it is served."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    """Names in lower case; of a credential only its scheme is kept."""
    received: int = 0
    """Bytes of the body that were read."""
    status: int | None = None
    """What was answered; None while there is no answer, and when the connection was dropped."""


class Dropped(Exception):
    """Ends a request by closing its connection without an answer."""


class _Readable(Protocol):
    def readinto1(self, buffer: memoryview, /) -> int: ...


@dataclass(slots=True, kw_only=True)
class Body:
    """The body of a request, read from the wire piece by piece and no faster than `rate` bytes a second."""

    stream: _Readable
    left: int
    rate: float | None
    seen: SeenRequest
    pause: Callable[[float], object]
    _started: float = field(default_factory=time.monotonic)

    def readinto(self, view: memoryview) -> int:
        """Fill the front of `view` with what has come and give its length; 0 at the end of the body.

        Raises `Dropped` when the client went away before it had sent all.
        """
        size = min(len(view), self.left, _CHUNK if self.rate is None else max(1, int(self.rate / 20)))
        if not size:
            return 0
        count = self.stream.readinto1(view[:size])
        if not count:
            raise Dropped
        self.left -= count
        self.seen.received += count
        if self.rate is not None:
            self.pause(self._started + self.seen.received / self.rate - time.monotonic())
        return count

    def drain(self, most: int | None = None) -> None:
        """Read and forget the rest, or at most `most` bytes of it."""
        view = memoryview(bytearray(_CHUNK))
        wanted = self.left if most is None else min(most, self.left)
        while wanted:
            wanted -= self.readinto(view[: min(wanted, _CHUNK)])

    def read_text(self) -> bytes:
        """Read the rest into memory; for small bodies only."""
        if self.left > _LONGEST_TEXT:
            raise Dropped
        buffer = bytearray(self.left)
        view = memoryview(buffer)
        filled = 0
        while filled < len(buffer):
            filled += self.readinto(view[filled:])
        return bytes(buffer)


@dataclass(slots=True, kw_only=True)
class Incoming:
    """A request that waits for its answer."""

    method: str
    path: str
    """Without the query, percent-decoded."""
    query: dict[str, str]
    """The last value of each parameter."""
    headers: Message
    """Looked up in any letter case."""
    body: Body
    fault: Fault | None = None
    """A fault that only the route itself can play."""


def without_secrets(headers: Message) -> dict[str, str]:
    """Return headers for the log: names in lower case, and only the scheme of credentials."""
    return {
        name.lower(): f"{value.split(' ')[0]} ***" if name.lower() in _SECRET_HEADERS else value
        for name, value in headers.items()
    }
