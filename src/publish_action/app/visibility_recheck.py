"""Check the repository's visibility again at the moments that the contract names (section 5).

An approval may have taken days and an upload hours, so the decision is made once more:

- after the index was first read, and before anything is minted;
- again if more than 30 seconds pass between that reading and the first byte of a distribution;
- with every further upload token.

A change ends the run, and is final: every later check refuses too.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from publish_action.decision.recheck import compare_decisions
from publish_action.errors import PublishRefused
from publish_action.models.decision import Plan, Refusal
from publish_action.protocols import Clock, Log

_FRESH = timedelta(seconds=30)


class VisibilityRecheck:
    """Compares one plan with the decision of this moment; thread-safe."""

    def __init__(
        self,
        plan: Plan,
        *,
        decide_again: Callable[[], Plan | Refusal],
        clock: Clock,
        log: Log,
        fresh: timedelta = _FRESH,
    ) -> None:
        self._plan = plan
        self._decide_again = decide_again
        self._clock = clock
        self._log = log
        self._fresh = fresh
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._refusal: PublishRefused | None = None
        self._has_minted = False
        self._has_sent = False

    def confirm(self) -> None:
        """Check the visibility again, unless it was checked to mint a token for reading the index.

        Like all methods, raises `PublishRefused` (E_VISIBILITY_CHANGED, E_VISIBILITY_UNKNOWN,
        E_ORGANISATION_AUDIENCE).
        """
        with self._lock:
            self._require_unchanged()
            if self._read_at is None:
                self._read()

    def confirm_before_mint(self) -> None:
        """Check the visibility again before an upload token is minted; for the first token `confirm` has done so."""
        with self._lock:
            self._require_unchanged()
            if self._has_minted or self._read_at is None:
                self._read()
            self._has_minted = True

    def confirm_before_sending(self) -> None:
        """Check the visibility again if nothing was sent yet and the last check began more than 30 seconds ago."""
        with self._lock:
            self._require_unchanged()
            if not self._has_sent and (self._read_at is None or self._clock() - self._read_at > self._fresh):
                self._read()

    def confirm_before_bytes(self) -> None:
        """Do as `confirm_before_sending`, and note that a distribution is being sent from now on."""
        if self._has_sent and self._refusal is None:
            return
        self.confirm_before_sending()
        self._has_sent = True

    def _require_unchanged(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    def _read(self) -> None:
        self._read_at = self._clock()
        compared = compare_decisions(self._plan, self._decide_again(), has_sent=self._has_sent)
        if isinstance(compared, PublishRefused):
            self._refusal = compared
            raise compared
        self._log.say(compared)
