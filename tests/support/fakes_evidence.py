"""Stand-ins for what the evidence step asks: each implements its port and refuses what nobody prepared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publish_action.errors import PublishError
from publish_action.github.context import Context, parse_context
from publish_action.models.visibility import Answer, Answered, Malformed, NoAnswer, Visibility
from publish_action.protocols import Claims, NotFound, Unavailable
from publish_action.secret import Secret

NOW = datetime(2026, 11, 21, 10, 2, 11, tzinfo=UTC)

RUNNER = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "octo/demo",
    "GITHUB_REPOSITORY_ID": "4711",
    "GITHUB_REPOSITORY_OWNER_ID": "815",
    "GITHUB_RUN_ID": "16000000001",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_EVENT_PATH": "/github/workflow/event.json",
    "GITHUB_REF": "refs/tags/v1.0",
    "GITHUB_REF_TYPE": "tag",
    "GITHUB_REF_NAME": "v1.0",
    "GITHUB_SHA": "7638417db6d59f3c431d3e1f261cc637155684cd",
    "GITHUB_WORKFLOW_REF": "octo/demo/.github/workflows/release.yml@refs/tags/v1.0",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://run-actions-1.actions.githubusercontent.com/1//idtoken/2?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
}
"""What a runner on github.com sets for a job with `id-token: write`."""

CLAIMS: dict[str, object] = {
    "repository": "octo/demo",
    "repository_id": "4711",
    "run_id": "16000000001",
    "repository_owner_id": "815",
    "run_attempt": "2",
    "sha": "7638417db6d59f3c431d3e1f261cc637155684cd",
    "ref": "refs/tags/v1.0",
    "repository_visibility": "public",
    "event_name": "push",
    "environment": "pypi",
    "iat": NOW.timestamp(),
    "nbf": NOW.timestamp() - 600,
    "exp": NOW.timestamp() + 300,
}
"""The claims of an ID token made for that run, now."""


def context_of(**over: str) -> Context:
    """Give the context of that run, with some variables changed."""
    context = parse_context(RUNNER | over)
    assert isinstance(context, Context)
    return context


def laptop() -> Context:
    """Give the context of a command that runs nowhere near GitHub."""
    context = parse_context({})
    assert isinstance(context, Context)
    return context


def still_clock() -> datetime:
    """Say that it is `NOW`."""
    return NOW


@dataclass
class Naps:
    """A sleep that takes no time and keeps how long it should have been."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        """Remember the pause."""
        self.seconds.append(seconds)


@dataclass
class MaskingLog:
    """A log that keeps what it was asked to hide and to tell."""

    masked: list[Secret] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Keep a step."""
        self.lines.append(text)

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self.lines.append(text)

    def quote(self, text: str) -> None:
        """Keep somebody's words."""
        self.lines.append(text)

    def mask(self, secret: Secret) -> None:
        """Keep a secret."""
        self.masked.append(secret)


@dataclass
class FakeIdTokens:
    """Gives one token, or raises one error."""

    token: str = "an ID token"
    error: PublishError | None = None
    audiences: list[str] = field(default_factory=list)

    def fetch(self, audience: str) -> Secret:
        """Give the token."""
        self.audiences.append(audience)
        if self.error is not None:
            raise self.error
        return Secret(self.token)


@dataclass
class FakeVerifier:
    """Verifies one token for one audience."""

    token: str = "an ID token"
    answer: Claims | Malformed | NoAnswer = field(default_factory=lambda: CLAIMS)

    def verify(self, token: Secret, *, trusts: Callable[[str], bool], audience: str) -> Claims | Malformed | NoAnswer:
        """Give what was prepared for the token."""
        assert token.reveal() == self.token
        assert trusts("https://token.actions.githubusercontent.com")
        assert audience.endswith(".invalid")
        return self.answer


@dataclass
class FakeApi:
    """Holds one repository's visibility, and files by (repository, path, ref)."""

    answer: Answer = field(default_factory=lambda: Answered(visibility=Visibility.PUBLIC))
    files: Mapping[tuple[str | None, str, str | None], str | Unavailable] = field(default_factory=dict)
    asked: int = 0

    def visibility(self) -> Answer:
        """Give the prepared answer."""
        self.asked += 1
        return self.answer

    def read_file(
        self, path: str, *, repository: str | None = None, ref: str | None = None
    ) -> str | NotFound | Unavailable:
        """Give the prepared file."""
        return self.files.get((repository, path, ref), NotFound())


@dataclass
class FakeFiles:
    """Holds files by path."""

    files: Mapping[str, bytes | Unavailable] = field(default_factory=dict)

    def read(self, path: str) -> bytes | NotFound | Unavailable:
        """Give the prepared file."""
        return self.files.get(path, NotFound())
