"""The local GitHub answers as GitHub does: to its own libraries, and to nobody without a token."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from github import Auth, Github, GithubException

from publish_sandbox.clock import SettableClock
from publish_sandbox.github.id_tokens import foreign_key, signing_key
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.http.faults import Answer, BadToken
from support.sandbox_forms import request


@pytest.fixture
def github() -> Iterator[LocalGitHub]:
    with LocalGitHub() as server:
        yield server


@pytest.fixture
def repository(github: LocalGitHub) -> Repository:
    return github.repository("octo/demo", visibility="private")


def client(github: LocalGitHub, token: str) -> Github:
    return Github(auth=Auth.Token(token), base_url=github.api_url, retry=None)


def ask_id_token(github: LocalGitHub, environment: dict[str, str], audience: str = "pypi") -> str:
    came = request(
        "GET",
        f"{environment['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}",
        headers={"Authorization": f"bearer {environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
    )
    assert came.status == 200
    return str(json.loads(came.text)["value"])


def read_claims(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_unmodified_id_gets_a_token_that_the_published_key_verifies(
    github: LocalGitHub, repository: Repository, tmp_path: Path
) -> None:
    """`python -m id AUDIENCE`, run as a job, prints a token for that audience, signed with the published key."""
    environment = github.environment(repository, workspace=tmp_path, temp=tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "id", "somebody"], env=environment, capture_output=True, text=True, check=True
    )

    token = done.stdout.strip()
    configuration = json.loads(request("GET", f"{github.issuer}/.well-known/openid-configuration").text)
    keys = jwt.PyJWKSet.from_dict(json.loads(request("GET", configuration["jwks_uri"]).text))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience="somebody", issuer=github.issuer)
    assert claims["repository_visibility"] == "private"


def test_id_token_times_are_those_of_github(github: LocalGitHub, repository: Repository, tmp_path: Path) -> None:
    """An ID token lives 300 seconds and is back-dated by 600."""
    environment = github.environment(repository, workspace=tmp_path, temp=tmp_path)

    claims = read_claims(ask_id_token(github, environment))

    issued = int(str(claims["iat"]))
    assert (claims["exp"], claims["nbf"]) == (issued + 300, issued - 600)


def test_id_tokens_are_dated_by_the_clock(tmp_path: Path) -> None:
    """Moving the clock moves the times in the next ID token."""
    clock = SettableClock()
    with LocalGitHub(clock=clock) as github:
        environment = github.environment(github.repository("octo/demo"), workspace=tmp_path, temp=tmp_path)
        first = read_claims(ask_id_token(github, environment))
        clock.advance(1000)

        second = read_claims(ask_id_token(github, environment))

    assert int(str(second["iat"])) - int(str(first["iat"])) >= 1000
    assert first["jti"] != second["jti"]


def test_variables_and_claims_tell_of_the_same_job(github: LocalGitHub, repository: Repository, tmp_path: Path) -> None:
    """What the runner's variables say about repository and run, the ID token says too."""
    environment = github.environment(
        repository, workspace=tmp_path, temp=tmp_path, ref="refs/tags/v1.0", run_id="77", environment="pypi"
    )

    claims = read_claims(ask_id_token(github, environment))

    assert {
        "repository": environment["GITHUB_REPOSITORY"],
        "repository_id": environment["GITHUB_REPOSITORY_ID"],
        "repository_owner_id": environment["GITHUB_REPOSITORY_OWNER_ID"],
        "run_id": environment["GITHUB_RUN_ID"],
        "ref": environment["GITHUB_REF"],
        "ref_type": environment["GITHUB_REF_TYPE"],
        "sha": environment["GITHUB_SHA"],
        "workflow_ref": environment["GITHUB_WORKFLOW_REF"],
        "environment": "pypi",
        "sub": f"repo:octo@{repository.owner_id}/demo@{repository.id}:environment:pypi",
    }.items() <= claims.items()


def test_claims_can_be_replaced_and_left_out(github: LocalGitHub, tmp_path: Path) -> None:
    """A repository's own claims stand instead of the true ones; None leaves a claim out."""
    repository = github.repository("octo/demo", claims={"repository_visibility": "internal", "sha": None})
    environment = github.environment(repository, workspace=tmp_path, temp=tmp_path)

    claims = read_claims(ask_id_token(github, environment))

    assert claims["repository_visibility"] == "internal"
    assert "sha" not in claims


def test_a_bad_token_is_signed_with_a_key_that_nobody_published(
    github: LocalGitHub, repository: Repository, tmp_path: Path
) -> None:
    """`BadToken(foreign_key=True)` gives a token that the published key does not verify; the next one is good."""
    environment = github.environment(repository, workspace=tmp_path, temp=tmp_path)
    github.faults.add("/_services/request-id-token", BadToken(claims={"aud": "other"}, foreign_key=True))

    bad, good = ask_id_token(github, environment), ask_id_token(github, environment)

    assert jwt.decode(bad, foreign_key().public_key(), algorithms=["RS256"], audience="other")
    assert jwt.decode(good, signing_key().public_key(), algorithms=["RS256"], audience="pypi")


def test_a_wrong_request_token_gets_no_id_token(github: LocalGitHub) -> None:
    """Only request tokens that were given to a job are honoured."""
    came = request("GET", f"{github.id_token_request_url}&audience=x", headers={"Authorization": "bearer made-up"})

    assert came.status == 401


def test_a_job_without_the_permission_has_no_request_variables(
    github: LocalGitHub, repository: Repository, tmp_path: Path
) -> None:
    """`id_token=False` is a job without `id-token: write`."""
    environment = github.environment(repository, workspace=tmp_path, temp=tmp_path, id_token=False)

    assert not [name for name in environment if name.startswith("ACTIONS_ID_TOKEN")]


def test_the_event_file_holds_the_payload(github: LocalGitHub, repository: Repository, tmp_path: Path) -> None:
    """The event of a push carries the repository; that of a schedule does not."""
    push = github.environment(repository, workspace=tmp_path, temp=tmp_path / "a")
    schedule = github.environment(repository, workspace=tmp_path, temp=tmp_path / "b", event="schedule")

    payloads = [json.loads(Path(job["GITHUB_EVENT_PATH"]).read_text()) for job in (push, schedule)]

    assert payloads[0]["repository"]["visibility"] == "private"
    assert "repository" not in payloads[1]


def test_unmodified_pygithub_reads_visibility_and_files(github: LocalGitHub, repository: Repository) -> None:
    """PyGithub gets a repository, a file of its default branch, and a file of a commit."""
    repository.files["docs/a.toml"] = "default"
    repository.commits["abc123"] = {"docs/a.toml": "pinned"}

    with client(github, github.token) as api:
        found = api.get_repo("octo/demo")
        contents = [found.get_contents("docs/a.toml"), found.get_contents("docs/a.toml", ref="abc123")]

    assert (found.visibility, found.private, found.id) == ("private", True, repository.id)
    assert [content.decoded_content for content in contents if not isinstance(content, list)] == [
        b"default",
        b"pinned",
    ]


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        pytest.param("wrong", "", 401, id="unknown token"),
        pytest.param("", "", 404, id="private repository without a token"),
        pytest.param("limited", "", 200, id="limited token reads metadata"),
        pytest.param("limited", "/contents/a", 403, id="limited token reads no contents"),
        pytest.param("full", "/contents/missing", 404, id="no such file"),
        pytest.param("full", "/contents/a", 200, id="file"),
    ],
)
def test_rest_api_statuses(github: LocalGitHub, repository: Repository, token: str, path: str, status: int) -> None:
    """The REST API tells missing, limited and sufficient tokens apart as GitHub does."""
    repository.files["a"] = "text"
    github.tokens.add("full")
    github.limited_tokens.add("limited")
    headers = {"Authorization": f"token {token}"} if token else {}

    came = request("GET", f"{github.api_url}/repos/octo/demo{path}", headers=headers)

    assert came.status == status


def test_an_armed_answer_reaches_pygithub(github: LocalGitHub, repository: Repository) -> None:
    """A fault of the REST API is what PyGithub sees."""
    github.faults.add("/api/v3/repos/", Answer(status=503, body=b"<html>unicorn</html>", content_type="text/html"))

    with client(github, github.token) as api, pytest.raises(GithubException) as caught:
        api.get_repo("octo/demo")

    assert caught.value.status == 503


def test_the_request_log_shows_no_credentials(github: LocalGitHub, repository: Repository) -> None:
    """Of an Authorization header the log keeps the scheme."""
    request("GET", f"{github.api_url}/repos/octo/demo", headers={"Authorization": f"bearer {github.token}"})

    assert github.requests[0].headers["authorization"] == "bearer ***"
    assert github.token not in repr(github.requests)
