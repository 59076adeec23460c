"""Fakes of what a run talks to: each implements its protocol and refuses what no test prepared."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from requests.structures import CaseInsensitiveDict

from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.errors import PublishError
from publish_action.github.context import Context, parse_context
from publish_action.models.finding import Severity
from publish_action.models.index import Audience, Index
from publish_action.models.visibility import Answer, Answered, Malformed, NoAnswer, Visibility
from publish_action.network.client import Digest, NoResponse, Request, Response
from publish_action.protocols import Claims, NotFound, Unavailable
from publish_action.secret import Secret
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.github.server import Repository as GitHubRepository
from publish_sandbox.pypi.server import LocalPyPI

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)

JOB = Job(
    event="push",
    ref="refs/tags/v1.0",
    sha="7638417db6d59f3c431d3e1f261cc637155684cd",
    workflow="release.yml",
    run_id="16000000001",
    run_number="7",
    run_attempt="1",
    actor="octocat",
    environment="pypi",
)

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

ID_TOKEN = "an ID token"
"""What `FakeVerifier` verifies."""


def context_of(**over: str) -> Context:
    """Return the context of that run, with some variables changed."""
    context = parse_context(RUNNER | over)
    assert isinstance(context, Context)
    return context


def laptop() -> Context:
    """Return the context of a command outside GitHub Actions."""
    context = parse_context({})
    assert isinstance(context, Context)
    return context


@dataclass
class FakeLog:
    """Keep every line, warning and masked secret."""

    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def quote(self, text: str) -> None:
        self.lines.append(text)

    def mask(self, secret: Secret) -> None:
        self.masked.append(secret.reveal())


@dataclass
class FakeTime:
    """A clock that only `sleep` moves."""

    now: datetime = NOW
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeHttpClient:
    """Answer by method and URL, in order; the last response for an address is repeated."""

    answers: Mapping[str, list[Response | NoResponse]]
    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response | NoResponse:
        self.requests.append(request)
        waiting = self.answers.get(f"{request.method} {request.url}")
        if not waiting:
            raise AssertionError(f"nobody expected {request.method} {request.url}")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def digest(self, request: Request) -> Digest | NoResponse:
        answer = self.send(request)
        if isinstance(answer, NoResponse):
            return answer
        return Digest(status=answer.status, sha256=hashlib.sha256(answer.body).hexdigest())


@dataclass
class FakeIdTokens:
    """Return `token` each time, or without one a new unsigned ID token with these claims, or raise `error`."""

    claims: Mapping[str, object] = field(default_factory=dict)
    token: str | None = None
    error: PublishError | None = None
    audiences: list[str] = field(default_factory=list)

    def fetch(self, audience: str) -> Secret:
        self.audiences.append(audience)
        if self.error is not None:
            raise self.error
        claims = {**self.claims, "aud": audience, "jti": str(len(self.audiences))}
        return Secret(unsigned_token(claims) if self.token is None else self.token)


@dataclass
class SandboxIdTokens:
    """Return the ID tokens that the local GitHub issues to `JOB`."""

    github: LocalGitHub
    repository: GitHubRepository
    job: Job = JOB

    def fetch(self, audience: str) -> Secret:
        return Secret(self.github.id_token(self.repository, self.job, audience=audience))


@dataclass
class FakeVerifier:
    """Verify one token for one audience."""

    token: str = ID_TOKEN
    answer: Claims | Malformed | NoAnswer = field(default_factory=lambda: CLAIMS)

    def verify(self, token: Secret, *, trusts: Callable[[str], bool], audience: str) -> Claims | Malformed | NoAnswer:
        """Return the prepared answer."""
        assert token.reveal() == self.token
        assert trusts("https://token.actions.githubusercontent.com")
        assert audience.endswith(".invalid")
        return self.answer


@dataclass
class FakeApi:
    """Hold one repository's visibility, and files by (repository, path, ref)."""

    answer: Answer = field(default_factory=lambda: Answered(visibility=Visibility.PUBLIC))
    files: Mapping[tuple[str | None, str, str | None], str | Unavailable] = field(default_factory=dict)
    asked: int = 0

    def visibility(self) -> Answer:
        """Return the prepared answer."""
        self.asked += 1
        return self.answer

    def read_file(
        self, path: str, *, repository: str | None = None, ref: str | None = None
    ) -> str | NotFound | Unavailable:
        """Return the prepared file."""
        return self.files.get((repository, path, ref), NotFound())


@dataclass
class FakeFiles:
    """Hold files by path."""

    files: Mapping[str, bytes | Unavailable] = field(default_factory=dict)

    def read(self, path: str) -> bytes | NotFound | Unavailable:
        """Return the prepared file."""
        return self.files.get(path, NotFound())


def unsigned_token(claims: Mapping[str, object]) -> str:
    """Return a text in the form of an ID token, with no valid signature."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def answer(
    status: int,
    body: bytes | str | Mapping[str, object] = b"",
    *,
    content_type: str = "",
    headers: Mapping[str, str] | None = None,
    url: str = "https://index.example/",
    reason: str = "",
) -> Response:
    """Return a response; a mapping becomes JSON."""
    if isinstance(body, Mapping):
        body, content_type = json.dumps(body), content_type or "application/json"
    found = CaseInsensitiveDict({"Content-Type": content_type, **(headers or {})})
    raw = body.encode() if isinstance(body, str) else body
    return Response(url=url, status=status, reason=reason, headers=found, body=raw)


def read_all(folder: Path) -> OpenRelease:
    """Open every distribution in `folder`, and fail on any error in them."""
    reading = read_distributions(workspace=folder, packages_dir=".", project=None)
    errors = [each for each in reading.findings if each.severity is Severity.ERROR]
    assert not errors, errors
    return reading


def local_index(pypi: LocalPyPI, audience: Audience = Audience.PUBLIC) -> Index:
    """Return the index that a local PyPI serves."""
    return Index(name="pypi", url=pypi.upload_url, audience=audience, check_url=pypi.simple_url)
