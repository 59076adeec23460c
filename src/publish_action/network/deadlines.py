"""Run a request within a deadline, wherever it blocks: name lookup, connect, TLS handshake, head or body.

The time-out of a socket bounds one read, so a server that sends a byte now and then never reaches it. Here the request
runs in a thread of its own. At the deadline its connections are shut down, which ends every blocked read and write,
and the caller goes on. A name lookup cannot be interrupted: its thread is left behind, and whatever it connects to
afterwards is refused before a byte is sent.

Deadlines nest: the connections of an inner request end with the outer one.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Protocol, TypeVar

_GRACE_SECONDS = 1.0
"""How long the thread of a request may take to end after its connections were shut down."""

Result = TypeVar("Result")


class DeadlinePassed(TimeoutError):
    """A request was not over at its deadline."""


class HasDescriptor(Protocol):
    """A socket, or what encrypts one."""

    def fileno(self) -> int:
        """Return the descriptor."""


class _Deadline:
    """The connections of one request, to be shut down when its time is over."""

    def __init__(self, outer: "_Deadline | None") -> None:
        self._outer = outer
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False

    def require_time(self) -> None:
        """Raise `DeadlinePassed` if this deadline, or one around it, has passed."""
        if self._is_over:
            raise DeadlinePassed
        if self._outer is not None:
            self._outer.require_time()

    def watch(self, connection: HasDescriptor) -> None:
        """Have `connection` end with the request. Raises `DeadlinePassed` if it comes too late."""
        if self._outer is not None:
            self._outer.watch(connection)
        # A copy: wrapping in TLS takes the descriptor away from the socket that was connected, and shutting down a
        # copy shuts down the connection itself.
        copy = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            if not self._is_over:
                self._sockets.append(copy)
                return
        copy.close()
        raise DeadlinePassed

    def cut(self) -> None:
        """Shut every connection down; whoever waits for one of them wakes up."""
        for connection in self._close():
            # It may have been closed by the other side.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def release(self) -> None:
        """Leave the connections as they are: the request is over, and its session may use them again."""
        for connection in self._close():
            connection.close()

    def _close(self) -> list[socket.socket]:
        with self._lock:
            self._is_over = True
            sockets, self._sockets = self._sockets, []
        return sockets


_current = ContextVar[_Deadline | None]("deadline of the request", default=None)


def run_within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what `call` returns, or raise what it raises; raise `DeadlinePassed` if it takes longer than `seconds`.

    Whatever ends the wait, a signal included, shuts the connections of `call` down. What `call` returns at that moment
    is dropped: a body that was cut may look like a whole one.
    """
    outer = _current.get()
    if outer is not None:
        outer.require_time()
    deadline = _Deadline(outer)
    results, errors = list[Result](), list[BaseException]()

    def work() -> None:
        _current.set(deadline)
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 -- raised again below, by the thread that waits
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    _wait(thread, deadline, seconds)
    if outer is not None:
        outer.require_time()
    if errors:
        raise errors[0]
    return results[0]


def _wait(thread: threading.Thread, deadline: _Deadline, seconds: float) -> None:
    try:
        thread.join(seconds)
        if thread.is_alive():
            raise DeadlinePassed
    except BaseException:
        deadline.cut()
        thread.join(_GRACE_SECONDS)
        raise
    deadline.release()


def watch(connection: HasDescriptor) -> None:
    """Have `connection` end at the deadline of the request that this thread makes, if there is one.

    Raises `DeadlinePassed` if that has passed.
    """
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(connection)
