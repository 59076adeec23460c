"""The outside world as the steps see it: the protocols that real parts and fakes implement."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publish_action.models.visibility import Answer, Malformed, NoAnswer
from publish_action.secret import Secret

Clock = Callable[[], datetime]
"""Says what time it is (UTC, aware)."""


Sleep = Callable[[float], None]
"""Waits that many seconds."""


class Log(Protocol):
    """Logs a run, one line for each step; implementations neutralise every text they are given."""

    def say(self, text: str) -> None:
        """Tell one step, in the past tense, with the value decided and why."""

    def warn(self, text: str) -> None:
        """Tell what the user should change."""

    def quote(self, text: str) -> None:
        """Show words that are not ours, marked as such."""

    def mask(self, secret: Secret) -> None:
        """Have the runner hide a secret from now on; called before the secret's first other use."""


class Progress(Protocol):
    """Follows uploads on their way; told from several threads."""

    def expect(self, total: int) -> None:
        """Hear how many bytes are to be sent in all."""

    def note(self, file: str, sent: int, length: int) -> None:
        """Hear that so many bytes of a file's upload have been sent, of how many."""

    def end(self, file: str) -> None:
        """Hear that a file is done with, well or badly."""


class IdTokens(Protocol):
    """Where ID tokens come from."""

    def fetch(self, audience: str) -> Secret:
        """Give a fresh ID token made for `audience`, masked, its audience compared with the one asked for.

        Raises `CredentialMissing` where the job may not have one, `GitHubUnreachable` where none came.
        """


Claims = Mapping[str, object]
"""What an ID token says, by claim name."""


class IdTokenVerifier(Protocol):
    """Tells a token that GitHub signed for us from any other."""

    def verify(self, token: Secret, *, trusts: Callable[[str], bool], audience: str) -> Claims | Malformed | NoAnswer:
        """Give the claims of a token that an issuer we trust signed, for `audience`, a moment ago.

        `NoAnswer` where the issuer's keys could not be had, `Malformed` where anything fails verification.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The place was read, and what we asked for is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Nobody could tell whether it is there: never the same as not found."""

    reason: str
    """What happened and what to do, as sentences."""


@dataclass(frozen=True, slots=True)
class NotText:
    """The file is there, whole, and not UTF-8: nobody but its author can mend that."""


class GitHubApi(Protocol):
    """GitHub's REST API, for the repository of this run."""

    def visibility(self) -> Answer:
        """Say what the API says of the repository now; asks again every time it is called."""

    def read_file(
        self, path: str, *, repository: str | None = None, ref: str | None = None
    ) -> str | NotText | NotFound | Unavailable:
        """Give a file's text: of this run's repository and its default branch, where nothing else is named."""


class Files(Protocol):
    """The disk, for small files that are read whole."""

    def read(self, path: str) -> bytes | NotFound | Unavailable:
        """Give a file's bytes."""


class Console(Log, Protocol):
    """A log that can also tell how a run ended."""

    def refuse(self, text: str, *, code: str) -> None:
        """Annotate with one thing that is wrong; how the run ended is told by `fail`, once."""

    def fail(self, happened: str, remedy: str, *, code: str) -> None:
        """Tell what went wrong and what to do about it; `code` is the reason's, empty where it has none."""

    def start_group(self, title: str) -> None:
        """Fold what follows under `title`, up to `end_group`."""

    def end_group(self) -> None:
        """Unfold again."""

    def hide(self, words: Iterable[str]) -> None:
        """Show these words no more where everybody could read them."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Give later steps the outputs."""

    def write_summary(self, markdown: str) -> None:
        """Add to the job summary."""
