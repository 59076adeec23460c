"""Fetching ID tokens: with the real library in a child process, and with its answers one by one."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import id as ambient
import pytest
import urllib3

from publish_action.errors import CredentialMissing, GitHubUnreachable, IdTokenMalformed
from publish_action.github.claims import MAX_TOKEN, parse_unverified
from publish_action.github.context import Context
from publish_action.github.id_tokens import GitHubIdTokens
from publish_action.secret import Secret
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, BadToken, Drop, Fault
from support.fakes import NOW, FakeLog, FakeTime, context_of, laptop

CHILD = Path(__file__).resolve().parents[2] / "support" / "children" / "id_token.py"
ROUTE = "/_services/request-id-token"
BODY = "a body that nobody may see"


@pytest.fixture
def server() -> Iterator[LocalGitHub]:
    """A GitHub on this machine."""
    with LocalGitHub() as running:
        yield running


def ask_for_real(server: LocalGitHub, temp: Path, **over: str) -> dict[str, object]:
    """Fetch two tokens for `pypi` in a child that has a runner's environment and nothing else."""
    repository = server.repository("octo/demo")
    environment = server.environment(repository, workspace=temp, temp=temp) | over
    child = subprocess.run(
        [sys.executable, "-W", "error", str(CHILD), "pypi"], env=environment, capture_output=True, text=True, check=True
    )
    assert child.stderr == ""
    found = json.loads(child.stdout)
    assert isinstance(found, dict)
    return found


def token_for(audience: object) -> str:
    """Give an unsigned token."""
    part = base64.urlsafe_b64encode(json.dumps({"aud": audience}).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


@dataclass
class Library:
    """Answers as the library does: one prepared answer after another, the last one for ever."""

    answers: list[str | Exception | None]
    asked: list[str] = field(default_factory=list)

    def __call__(self, audience: str) -> str | None:
        """Give the next answer."""
        self.asked.append(audience)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Slow:
    """A clock that a minute passes on each time somebody looks."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Say what time it is."""
        self.now += timedelta(minutes=1)
        return self.now


def tokens_from(library: Library, *, context: Context | None = None, log: FakeLog | None = None) -> GitHubIdTokens:
    """Give the shell over prepared answers."""
    return GitHubIdTokens(
        context=context or context_of(),
        log=log or FakeLog(),
        clock=FakeTime().clock,
        sleep=FakeTime().sleep,
        ask=library,
    )


def silent() -> ambient.AmbientCredentialError:
    """Give the error that the library makes of a server that says nothing, as it is raised there."""
    error = ambient.AmbientCredentialError("GitHub: OIDC token request timed out")
    error.__context__ = urllib3.exceptions.MaxRetryError(
        urllib3.HTTPSConnectionPool("host.example"), BODY, urllib3.exceptions.TimeoutStateError(BODY)
    )
    return error


def refused(status: int, body: str = BODY) -> ambient.AmbientCredentialError:
    """Give the error that the library makes of a status."""
    return ambient.AmbientCredentialError(f"GitHub: OIDC token request failed (code={status}, body={body!r})")


def test_github_makes_a_new_token_each_time(server: LocalGitHub, tmp_path: Path) -> None:
    """Two requests give two tokens, both for the audience that was asked for, both masked."""
    found = ask_for_real(server, tmp_path)

    first, second = found["tokens"] if isinstance(found["tokens"], list) else ("", "")
    claims = parse_unverified(first)
    assert isinstance(claims, dict)
    assert claims["aud"] == "pypi"
    assert first != second
    assert found["masked"] == [first, second]


@pytest.mark.parametrize("status", [429, 503])
def test_a_passing_fault_is_waited_out(server: LocalGitHub, tmp_path: Path, status: int) -> None:
    """A server error in between costs a pause, not the run."""
    server.faults.add(ROUTE, Answer(status=status, body=BODY.encode()))

    found = ask_for_real(server, tmp_path)

    assert found["error"] == ""
    assert found["pauses"] == [1.0]


def test_a_server_that_only_fails_is_unreachable(server: LocalGitHub, tmp_path: Path) -> None:
    """After four tries the run is told the status, and never the body."""
    server.faults.add(ROUTE, Answer(status=503, body=BODY.encode()), times=FOREVER)

    found = ask_for_real(server, tmp_path)

    assert found["error"] == "GitHubUnreachable"
    assert "status 503" in str(found["text"])
    assert found["pauses"] == [1.0, 2.0, 4.0]
    assert BODY not in json.dumps(found)


def test_a_refusal_is_not_asked_again(server: LocalGitHub, tmp_path: Path) -> None:
    """A request token that GitHub does not know is refused once; asking again would not help."""
    found = ask_for_real(server, tmp_path, ACTIONS_ID_TOKEN_REQUEST_TOKEN="unknown")

    assert found["error"] == "GitHubUnreachable"
    assert "status 401" in str(found["text"])
    assert found["pauses"] == []


def test_a_closed_connection_is_unreachable(server: LocalGitHub, tmp_path: Path) -> None:
    """A server that hangs up is told as no answer."""
    server.faults.add(ROUTE, Drop(), times=FOREVER)

    found = ask_for_real(server, tmp_path)

    assert found["error"] == "GitHubUnreachable"
    assert "No answer came" in str(found["text"])


@pytest.mark.parametrize(
    "fault",
    [
        Answer(content_type="text/html", body=f"<html>{BODY}</html>".encode()),
        Answer(content_type="application/json", body=b'{"value": 7}'),
        Answer(content_type="application/json", body=b"{}"),
        BadToken(claims={"aud": "testpypi"}),
        BadToken(claims={"aud": ["pypi", "testpypi"]}),
    ],
    ids=["HTML", "a number", "nothing", "another audience", "two audiences"],
)
def test_rubbish_is_not_silence(server: LocalGitHub, tmp_path: Path, fault: Fault) -> None:
    """What answers in GitHub's place is told from GitHub's silence, is not asked again, and is not shown (D13)."""
    server.faults.add(ROUTE, fault, times=FOREVER)

    found = ask_for_real(server, tmp_path)

    assert found["error"] == "IdTokenMalformed"
    assert "ACTIONS_ID_TOKEN_REQUEST_URL" in str(found["text"])
    assert found["pauses"] == []
    assert BODY not in json.dumps(found)


def test_no_other_cloud_is_asked(server: LocalGitHub, tmp_path: Path) -> None:
    """Outside GitHub Actions the library would ask other clouds, so it is not called at all."""
    found = ask_for_real(server, tmp_path, GITHUB_ACTIONS="", GITLAB_CI="true", PYPI_ID_TOKEN=token_for("pypi"))

    assert found["error"] == "CredentialMissing"
    assert server.requests == []


def test_a_laptop_has_no_id_tokens() -> None:
    """A command outside GitHub Actions is told what else logs in."""
    library = Library([token_for("pypi")])

    with pytest.raises(CredentialMissing, match="`public-index-token`"):
        tokens_from(library, context=laptop()).fetch("pypi")
    assert library.asked == []


@pytest.mark.parametrize(
    ("event", "remedy"), [("push", "permissions: id-token: write"), ("pull_request", "pull request from a fork")]
)
def test_a_job_without_permission_is_told_how_to_get_it(event: str, remedy: str) -> None:
    """The remedy is the permission, or for a pull request another trigger."""
    context = context_of(GITHUB_EVENT_NAME=event, ACTIONS_ID_TOKEN_REQUEST_URL="")
    library = Library([token_for("pypi")])

    with pytest.raises(CredentialMissing, match=remedy):
        tokens_from(library, context=context).fetch("pypi")
    assert library.asked == []


def test_the_request_token_goes_over_https_only() -> None:
    """An address for ID tokens that is plain http, on another host than this one, is not asked."""
    context = context_of(ACTIONS_ID_TOKEN_REQUEST_URL="http://run-actions.example/t?v=2")
    library = Library([token_for("pypi")])

    with pytest.raises(IdTokenMalformed, match="not an https address"):
        tokens_from(library, context=context).fetch("pypi")
    assert library.asked == []


def test_the_audience_received_is_compared_by_us_too() -> None:
    """A token for somebody else is refused although the library let it pass, and both names are told."""
    log = FakeLog()
    tokens = tokens_from(Library([token_for("testpypi")]), log=log)

    with pytest.raises(IdTokenMalformed, match="made an ID token for 'testpypi'; we asked for 'pypi'"):
        tokens.fetch("pypi")
    assert log.masked == [token_for("testpypi")]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "text",
        token_for(["pypi"]),
        token_for(None),
        "x" * (MAX_TOKEN + 1),
        RecursionError(),
        ValueError(),
    ],
    ids=["none", "empty", "text", "two audiences", "no audience", "too large", "too deep", "not text"],
)
def test_what_is_no_token_for_us_is_malformed(answer: str | Exception | None) -> None:
    """Nothing but a token for the one audience is given out."""
    library = Library([answer])

    with pytest.raises(IdTokenMalformed):
        tokens_from(library).fetch("pypi")
    assert library.asked == ["pypi"]


@pytest.mark.parametrize(
    "error",
    [refused(500), refused(503), refused(429), silent(), OSError(BODY), urllib3.exceptions.ProtocolError(BODY)],
    ids=["500", "503", "429", "silence", "OSError", "ProtocolError"],
)
def test_a_token_that_comes_late_is_a_token(error: Exception) -> None:
    """What may pass is asked again."""
    library = Library([error, error, error, token_for("pypi")])

    token = tokens_from(library).fetch("pypi")

    assert token == Secret(token_for("pypi"))


def test_what_no_log_can_hold_is_not_masked() -> None:
    """JSON can carry half a character, and no mask could be written for it."""
    log = FakeLog()

    with pytest.raises(IdTokenMalformed):
        tokens_from(Library([f"\ud800{token_for('pypi')}"]), log=log).fetch("pypi")
    assert log.masked == []


def test_the_error_never_shows_what_the_library_says() -> None:
    """The library's text holds the whole body of an answer."""
    with pytest.raises(GitHubUnreachable) as caught:
        tokens_from(Library([refused(403)])).fetch("pypi")

    assert BODY not in str(caught.value)
    assert "status 403" in str(caught.value)


def test_a_status_in_the_body_is_not_the_status() -> None:
    """Words of the body cannot turn a refusal into something that passes."""
    library = Library([refused(403, body="(code=503, body=")])

    with pytest.raises(GitHubUnreachable, match="status 403"):
        tokens_from(library).fetch("pypi")
    assert len(library.asked) == 1


def test_patience_ends() -> None:
    """A server that takes minutes to fail is not asked four times."""
    library = Library([refused(503)])
    tokens = GitHubIdTokens(context=context_of(), log=FakeLog(), clock=Slow(), sleep=FakeTime().sleep, ask=library)

    with pytest.raises(GitHubUnreachable):
        tokens.fetch("pypi")
    assert len(library.asked) == 3
