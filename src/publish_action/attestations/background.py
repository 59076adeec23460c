"""Sign a release while the run does something else; Sigstore's libraries are loaded by the thread that signs.

They take a second to load. A run that signs nothing never starts the thread, and loads none of them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pkgutil import resolve_name
from types import TracebackType
from typing import Self

from publish_action.attestations.attestation import Attestation, PublisherIdentity, Subject
from publish_action.errors import Stopped
from publish_action.network.client import Network
from publish_action.protocols import Clock, IdTokens, Sleep

_SIGN = "publish_action.attestations.sign:sign_order"
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOrder:
    """What is to be signed, as whom, and by which Sigstore."""

    subjects: tuple[Subject, ...]
    identity: PublisherIdentity
    """Whom the index expects to sign."""
    trust_config: bytes | None
    """Content of a client trust configuration file; None is the public Sigstore."""
    id_tokens: IdTokens
    network: Network
    clock: Clock
    sleep: Sleep
    """May return early once `stop` is set."""
    stop: threading.Event


class Signing:
    """A release that is being signed, in threads that no stopped process waits for.

    A run that ends in another way leaves the `with` block, and no further entry is made in a log that keeps it for
    ever.
    """

    def __init__(self, order: SigningOrder) -> None:
        self._stop = order.stop
        self._halt = threading.Event()
        self._order = replace(order, stop=self._halt)
        self._result: tuple[Attestation, ...] | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt.set()

    def finish(self) -> tuple[Attestation, ...]:
        """Wait for the end and return a verified attestation for each subject, in their order.

        Raises what `sign.sign_order` raises, and `Stopped` at once when the run is stopped.
        """
        while self._thread.is_alive() and not self._stop.is_set():
            self._thread.join(_POLL_SECONDS)
        if self._stop.is_set():
            self._halt.set()
            raise Stopped(
                "The run was stopped while the release was being signed. Nothing was sent.",
                remedy="Run the job again.",
            )
        if self._error is not None:
            raise self._error
        return self._result or ()

    def _run(self) -> None:
        try:
            sign: Callable[[SigningOrder], tuple[Attestation, ...]] = resolve_name(_SIGN)
            self._result = sign(self._order)
        except BaseException as error:  # noqa: BLE001 -- raised again by `finish`
            self._error = error


def begin_signing(order: SigningOrder) -> Signing:
    """Start to sign a release; use it as a context, and call `finish` before the first byte of any file is sent."""
    return Signing(order)
