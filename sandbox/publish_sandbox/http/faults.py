"""The ways in which a local server fails when a test asks it to."""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

FOREVER = sys.maxsize
"""For `Faults.add(times=...)`: the fault never heals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer; as a fault: what is sent instead of the real one, with nothing done."""

    status: int = 200
    reason: str | None = None
    """Text of the status line, sent as it is (a raw LF too); None means the usual one, "" means none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/plain; charset=UTF-8"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Drop:
    """Read the whole request, do nothing, close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class DropMidBody:
    """Close the connection after reading `after` bytes of the request's body."""

    after: int = 1024


@dataclass(frozen=True, slots=True)
class Hang:
    """Stay silent for `seconds` before the body is read, then go on as usual; `DoThen(Hang(...))` hangs afterwards."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SlowBody:
    """Read the request's body at `rate` bytes a second."""

    rate: float


@dataclass(frozen=True, slots=True)
class DoThen:
    """Do the whole work (store the file, mint the token), then fail in the way of `fault`."""

    fault: "Fault"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Do the whole work, then send what `change` makes of the answer."""

    change: Callable[[Answer], Answer]


@dataclass(frozen=True, slots=True)
class Truncate:
    """Do the whole work, announce the whole answer, send `keep` bytes of its body, close the connection."""

    keep: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadToken:
    """For the ID-token endpoint of `LocalGitHub`: issue a token with these claims instead of the true ones.

    A claim of None is left out. `foreign_key` signs with a key that is not published, under the known key's id.
    """

    claims: Mapping[str, object] = field(default_factory=dict)
    foreign_key: bool = False

    @classmethod
    def expired(cls) -> Self:
        """Issue a token whose time was over long ago."""
        return cls(claims={"iat": 1_600_000_000, "nbf": 1_600_000_000, "exp": 1_600_000_300})


Fault = Answer | Drop | DropMidBody | Hang | SlowBody | DoThen | Rewrite | Truncate | BadToken


@dataclass(slots=True, kw_only=True)
class _Armed:
    path_prefix: str
    fault: Fault
    method: str | None
    file: str | None
    skip: int
    left: int

    def meets(self, method: str, path: str, file: str | None) -> bool:
        """Return whether the fault applies to this request."""
        return path.startswith(self.path_prefix) and self.method in (None, method) and self.file == file


class Faults:
    """Hold the faults a test has armed; the oldest one that fits a request is used up by it."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def add(
        self,
        path_prefix: str,
        fault: Fault,
        *,
        times: int = 1,
        after: int = 0,
        method: str | None = None,
        file: str | None = None,
    ) -> None:
        """Arm `fault` for the next `times` requests whose path starts with `path_prefix`.

        The first `after` fitting requests pass unharmed. With `file`, only uploads of the file of that name meet
        it, after their form was read.
        """
        with self._lock:
            armed = _Armed(path_prefix=path_prefix, fault=fault, method=method, file=file, skip=after, left=times)
            self._armed.append(armed)

    def clear(self) -> None:
        """Disarm all faults."""
        with self._lock:
            self._armed.clear()

    def take(self, method: str, path: str, *, file: str | None = None) -> Fault | None:
        """Use up one armed fault that fits, or give None. For servers."""
        with self._lock:
            fitting = [armed for armed in self._armed if armed.left > 0 and armed.meets(method, path, file)]
            ready = [armed for armed in fitting if armed.skip == 0]
            for armed in fitting:
                armed.skip = max(0, armed.skip - 1)
            if not ready:
                return None
            ready[0].left -= 1
            return ready[0].fault
