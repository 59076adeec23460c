"""Read the repository's visibility again at the moments that the contract names (section 5).

An approval may have taken days and an upload hours, so the decision is made once more:

- after the look at the index began, and before anything is minted;
- again if more than 30 seconds pass between that reading and the first byte of a distribution;
- with every further upload token.

A change ends the run, and stays a change: whoever asks afterwards is refused too.
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
    """Compares one plan with what would be decided now; usable from several threads."""

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
        """Read the visibility again, unless a token that the look at the index needed has asked for it already.

        Like all methods, raises `PublishRefused` (E_VISIBILITY_CHANGED, E_VISIBILITY_UNKNOWN,
        E_ORGANISATION_AUDIENCE).
        """
        with self._lock:
            self._require_unchanged()
            if self._read_at is None:
                self._read()

    def confirm_before_mint(self) -> None:
        """Read the visibility again before an upload token is minted; the reading of `confirm` counts for the first."""
        with self._lock:
            self._require_unchanged()
            if self._has_minted or self._read_at is None:
                self._read()
            self._has_minted = True

    def confirm_before_sending(self) -> None:
        """Read the visibility again if nothing was sent yet and the last reading began more than 30 seconds ago."""
        with self._lock:
            self._require_unchanged()
            if not self._has_sent and (self._read_at is None or self._clock() - self._read_at > self._fresh):
                self._read()

    def confirm_before_bytes(self) -> None:
        """Do as `confirm_before_sending`, and note that a distribution is on its way from now on."""
        if self._has_sent and self._refusal is None:
            return
        self.confirm_before_sending()
        self._has_sent = True

    def _require_unchanged(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    def _read(self) -> None:
        self._read_at = self._clock()
        said = compare_decisions(self._plan, self._decide_again(), has_sent=self._has_sent)
        if isinstance(said, PublishRefused):
            self._refusal = said
            raise said
        self._log.say(said)
