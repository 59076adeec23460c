"""Stand-ins and set-ups for delivery: each fake implements its port and refuses what nobody prepared."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from requests.structures import CaseInsensitiveDict

from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.models.finding import Severity
from publish_action.models.index import Audience, Index
from publish_action.network.client import Digest, NoResponse, Request, Response
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


@dataclass
class KeepingLog:
    """A log that keeps what it was told."""

    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.warned.append(text)

    def quote(self, text: str) -> None:
        self.said.append(text)

    def mask(self, secret: Secret) -> None:
        self.masked.append(secret.reveal())


@dataclass
class FakeTime:
    """A clock that moves only while somebody sleeps."""

    now: datetime = NOW
    naps: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeHttpClient:
    """Answers by method and URL, in order; the last answer for an address is given again and again."""

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
    """Gives unsigned ID tokens with these claims, each another one."""

    claims: Mapping[str, object] = field(default_factory=dict)
    audiences: list[str] = field(default_factory=list)

    def fetch(self, audience: str) -> Secret:
        self.audiences.append(audience)
        return Secret(unsigned_token({**self.claims, "aud": audience, "jti": str(len(self.audiences))}))


@dataclass
class SandboxIdTokens:
    """Gives the ID tokens that the local GitHub would give to `JOB`."""

    github: LocalGitHub
    repository: GitHubRepository
    job: Job = JOB

    def fetch(self, audience: str) -> Secret:
        return Secret(self.github.id_token(self.repository, self.job, audience=audience))


def unsigned_token(claims: Mapping[str, object]) -> str:
    """Give something of the form of an ID token that nobody signed."""
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
    """Give an answer; a mapping is JSON."""
    if isinstance(body, Mapping):
        body, content_type = json.dumps(body), content_type or "application/json"
    found = CaseInsensitiveDict({"Content-Type": content_type, **(headers or {})})
    raw = body.encode() if isinstance(body, str) else body
    return Response(url=url, status=status, reason=reason, headers=found, body=raw)


def read_all(folder: Path) -> OpenRelease:
    """Open every distribution in `folder`; nothing may be wrong with them."""
    reading = read_distributions(workspace=folder, packages_dir=".", project=None)
    errors = [each for each in reading.findings if each.severity is Severity.ERROR]
    assert not errors, errors
    return reading


def local_index(pypi: LocalPyPI, audience: Audience = Audience.PUBLIC) -> Index:
    """Give the index that a local PyPI is."""
    return Index(name="pypi", url=pypi.upload_url, audience=audience, check_url=pypi.simple_url)
