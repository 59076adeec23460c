"""The outside world as the steps see it: what shells and fakes implement."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from publish_action.secret import Secret

Clock = Callable[[], datetime]
"""Says what time it is (UTC, aware)."""

Sleep = Callable[[float], None]
"""Waits that many seconds."""


class Log(Protocol):
    """Tells the story of a run, a line a step; implementations neutralise every text they are given."""

    def say(self, text: str) -> None:
        """Tell one step, in the past tense, with the value decided and why."""

    def warn(self, text: str) -> None:
        """Tell what the user should change."""

    def quote(self, text: str) -> None:
        """Show words that are not ours, marked as such."""

    def mask(self, secret: Secret) -> None:
        """Have the runner hide a secret from now on; called before the secret's first other use."""


class IdTokens(Protocol):
    """Where ID tokens come from."""

    def fetch(self, audience: str) -> Secret:
        """Give a fresh ID token made for `audience`, masked, its audience compared with the one asked for.

        Raises `CredentialMissing` where the job may not have one, `GitHubUnreachable` where none came.
        """
