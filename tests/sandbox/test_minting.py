"""The local PyPI mints upload tokens as PyPI does: for whom it trusts, once per ID token, in its own words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import jwt
import pytest
import requests

from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.http.faults import FOREVER, BadToken, Drop
from publish_sandbox.pypi.server import LocalPyPI
from support.sandbox_forms import Came, request, send

JOB = Job(
    event="push",
    ref="refs/tags/v1.0",
    sha="a" * 40,
    workflow="release.yml",
    run_id="1",
    run_number="1",
    run_attempt="1",
    actor="octocat",
    environment=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A repository on a GitHub that an index trusts."""

    clock: SettableClock
    github: LocalGitHub
    pypi: LocalPyPI
    repository: Repository

    def id_token(self, job: Job = JOB, bad: BadToken | None = None) -> str:
        """Return an ID token for the index."""
        return self.github.id_token(self.repository, job, audience="pypi", bad=bad)

    def mint(self, id_token: str) -> Came:
        """Ask the index for an upload token."""
        return request("POST", f"{self.pypi.url}/_/oidc/mint-token", json={"token": id_token})


@pytest.fixture
def world() -> Iterator[World]:
    clock = SettableClock()
    with LocalGitHub(clock=clock) as github, LocalPyPI(issuer=github.issuer, clock=clock) as pypi:
        yield World(clock=clock, github=github, pypi=pypi, repository=github.repository("octo/demo"))


@pytest.fixture
def trusting(world: World) -> World:
    world.pypi.trust("demo", "octo", "demo", "release.yml")
    return world


def errors(came: Came) -> tuple[str, str]:
    """Return code and description of a refused mint."""
    told = json.loads(came.text)
    assert (came.status, told["message"], len(told["errors"])) == (422, "Token request failed", 1)
    return told["errors"][0]["code"], told["errors"][0]["description"]


def test_a_trusted_publisher_gets_a_token_that_uploads(trusting: World, tmp_path: Path) -> None:
    """A minted token uploads, and lives 900 seconds."""
    came = trusting.mint(trusting.id_token())

    minted = json.loads(came.text)
    assert (came.status, minted["success"]) == (200, True)
    assert minted["expires"] - trusting.clock().timestamp() == pytest.approx(900, abs=10)
    assert send(trusting.pypi, build_wheel(tmp_path, "demo", "1.0"), minted["token"]).status == 200


def test_a_minted_token_expires(trusting: World, tmp_path: Path) -> None:
    """After 900 seconds the token is refused, with the reason told twice."""
    token = json.loads(trusting.mint(trusting.id_token()).text)["token"]
    trusting.clock.advance(901)

    came = send(trusting.pypi, build_wheel(tmp_path, "demo", "1.0"), token)

    assert (came.status, came.reason) == (403, "Invalid API Token: token is expired, token is expired")


def test_a_minted_token_is_for_its_projects(trusting: World, tmp_path: Path) -> None:
    """The token covers all projects of its publisher, and no others; it creates none."""
    trusting.pypi.create_project("other")
    trusting.pypi.trust("second", "octo", "demo", "release.yml")
    token = json.loads(trusting.mint(trusting.id_token()).text)["token"]
    wheel = build_wheel(tmp_path, "demo", "1.0")

    other = send(trusting.pypi, wheel, token, fields={"name": "other"})
    unknown = send(trusting.pypi, wheel, token, fields={"name": "unknown"})

    assert trusting.pypi.minted[0].projects == ("demo", "second")
    assert other.reason.startswith("Invalid API Token: OIDC scoped token is not valid for project 'other', project-s")
    assert (unknown.status, unknown.reason[:45]) == (400, "Non-user identities cannot create new project")


def test_an_id_token_works_once(trusting: World) -> None:
    """The second mint with one ID token is `invalid-reuse-token`."""
    id_token = trusting.id_token()
    trusting.mint(id_token)

    assert errors(trusting.mint(id_token)) == ("invalid-reuse-token", "invalid token: already used")


def test_a_refusal_does_not_use_the_id_token_up(world: World) -> None:
    """An ID token that found no publisher mints as soon as there is one."""
    id_token = world.id_token()

    refused = errors(world.mint(id_token))
    world.pypi.trust("demo", "octo", "demo", "release.yml")

    assert refused[0] == "invalid-publisher"
    assert world.mint(id_token).status == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        pytest.param({"sha": None}, "Missing claim 'sha'", id="missing"),
        pytest.param({"job_workflow_ref": "x"}, "Could not job extract workflow filename from OIDC claims", id="file"),
        pytest.param({"repository": "Octo/demo"}, "Publisher with matching claims was not found", id="case"),
        pytest.param({"repository_owner": "Octo"}, "Check failed for required claim 'repository_owner'", id="owner"),
        pytest.param({"ref": "", "sha": ""}, "The ref and sha claims are empty", id="no ref"),
        pytest.param(
            {"job_workflow_ref": "else/where/.github/workflows/release.yml@refs/tags/v1.0"},
            "The job_workflow_ref claim does not match, expecting one of "
            f"['octo/demo/.github/workflows/release.yml@{'a' * 40}', "
            "'octo/demo/.github/workflows/release.yml@refs/tags/v1.0'], "
            "got 'else/where/.github/workflows/release.yml@refs/tags/v1.0'",
            id="reusable workflow of another repository",
        ),
        pytest.param(
            {"event_name": "pull_request_target"},
            "Publishing from a workflow invoked via 'pull_request_target' is not supported.",
            id="event",
        ),
    ],
)
def test_claims_that_fit_no_publisher(trusting: World, claims: dict[str, object], reason: str) -> None:
    """One wrong claim is `invalid-publisher` with PyPI's reason."""
    came = trusting.mint(trusting.id_token(bad=BadToken(claims=claims)))

    assert errors(came) == ("invalid-publisher", f"valid token, but no corresponding publisher ({reason})")


@pytest.mark.parametrize(
    ("registered", "claimed", "status"),
    [
        pytest.param(None, None, 200, id="none and none"),
        pytest.param(None, "test", 200, id="a publisher without environment takes any"),
        pytest.param("pypi", "PyPI", 200, id="letter case does not matter"),
        pytest.param("pypi", "test", 422, id="another environment"),
        pytest.param("pypi", None, 422, id="no environment"),
    ],
)
def test_environments(world: World, registered: str | None, claimed: str | None, status: int) -> None:
    """The environment must be the registered one, unless none is registered."""
    world.pypi.trust("demo", "octo", "demo", "release.yml", registered)

    assert world.mint(world.id_token(replace(JOB, environment=claimed))).status == status


def test_the_publisher_with_the_environment_goes_first(world: World) -> None:
    """Of two publishers, the one with the job's environment is taken."""
    world.pypi.trust("wide", "octo", "demo", "release.yml")
    world.pypi.trust("narrow", "octo", "demo", "release.yml", "pypi")

    world.mint(world.id_token(replace(JOB, environment="pypi")))
    world.mint(world.id_token(replace(JOB, environment="else")))

    assert [minted.projects for minted in world.pypi.minted] == [("narrow",), ("wide",)]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(BadToken(foreign_key=True), id="foreign key"),
        pytest.param(BadToken(claims={"aud": "testpypi"}), id="audience"),
        pytest.param(BadToken(claims={"aud": ["pypi"]}), id="audience as a list"),
        pytest.param(BadToken.expired(), id="expired"),
        pytest.param(BadToken(claims={"exp": None}), id="without exp"),
    ],
)
def test_bad_tokens_are_not_told_apart(trusting: World, bad: BadToken) -> None:
    """Whatever is wrong with signature, audience or times is `invalid-token`."""
    assert errors(trusting.mint(trusting.id_token(bad=bad))) == ("invalid-token", "malformed or invalid token")


@pytest.mark.parametrize(("seconds", "status"), [(325, 200), (340, 422)])
def test_times_have_thirty_seconds_of_leeway(trusting: World, seconds: int, status: int) -> None:
    """A token is good for 30 seconds beyond its 300."""
    id_token = trusting.id_token()
    trusting.clock.advance(seconds)

    assert trusting.mint(id_token).status == status


@pytest.mark.parametrize(
    ("body", "description"),
    [
        pytest.param({"token": "junk"}, "malformed JWT", id="no JWT"),
        pytest.param({"token": 1}, "1 validation error for TokenPayload", id="not text"),
        pytest.param([], "1 validation error for TokenPayload", id="not an object"),
        pytest.param(
            {"token": jwt.encode({"iss": "https://else.example"}, "k" * 32, algorithm="HS256")},
            "unknown trusted publishing issuer",
            id="issuer",
        ),
        pytest.param({"token": jwt.encode({}, "k" * 32, algorithm="HS256")}, "malformed JWT", id="no issuer"),
    ],
)
def test_payloads_that_are_none(trusting: World, body: object, description: str) -> None:
    """What cannot be read, or comes from a stranger, is `invalid-payload`."""
    came = request("POST", f"{trusting.pypi.url}/_/oidc/mint-token", json=body)

    assert errors(came)[0] == "invalid-payload"
    assert errors(came)[1].startswith(description)


def test_an_unreachable_issuer_means_no_answer(trusting: World) -> None:
    """Where the issuer's keys cannot be had the connection is closed; a cached key needs no issuer."""
    trusting.github.faults.add("/_services/token", Drop())

    with pytest.raises(requests.ConnectionError):
        trusting.mint(trusting.id_token())

    assert trusting.mint(trusting.id_token()).status == 200
    trusting.github.faults.add("/_services/token", Drop(), times=FOREVER)
    assert trusting.mint(trusting.id_token()).status == 200


def test_a_pending_publisher_creates_its_project(world: World, tmp_path: Path) -> None:
    """The first mint of a pending publisher creates the project; then the token uploads to it."""
    world.pypi.trust_pending("demo", "octo", "demo", "release.yml", user="alice")

    token = json.loads(world.mint(world.id_token()).text)["token"]

    assert world.pypi.projects["demo"].users == {"alice"}
    assert world.pypi.projects["demo"].releases == {}
    assert send(world.pypi, build_wheel(tmp_path, "demo", "1.0"), token).status == 200


def test_a_burnt_token_is_unknown(trusting: World, tmp_path: Path) -> None:
    """Burning answers 202; afterwards the token is as unknown as garbage."""
    token = json.loads(trusting.mint(trusting.id_token()).text)["token"]

    came = request("POST", f"{trusting.pypi.url}/_/oidc/burn-token", json={"token": token})

    assert came.status == 202
    assert trusting.pypi.burnt == [token]
    refused = send(trusting.pypi, build_wheel(tmp_path, "demo", "1.0"), token)
    assert refused.reason.startswith("Invalid or non-existent authentication information.")


def test_trusted_publishing_can_be_off(trusting: World) -> None:
    """Switched off, the audience is 403 and a mint is `not-enabled`."""
    trusting.pypi.rules.trusted_publishing = False

    audience = request("GET", f"{trusting.pypi.url}/_/oidc/audience")

    assert audience.status == 403
    assert errors(trusting.mint(trusting.id_token()))[0] == "not-enabled"


def test_pep_807_discovery_is_a_switch() -> None:
    """With the switch the well-known address names both endpoints; without it, it is 404."""
    with LocalPyPI(issuer="http://127.0.0.1:1", discovery="pep807") as found, LocalPyPI() as silent:
        answers = [request("GET", f"{index.url}/.well-known/pytp?discover=%2Flegacy%2F") for index in (found, silent)]

        assert [came.status for came in answers] == [200, 404]
        assert json.loads(answers[0].text) == {
            "audience-endpoint": f"{found.url}/_/oidc/audience",
            "token-mint-endpoint": f"{found.url}/_/oidc/mint-token",
        }


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        ("prohibited_names", {"demo"}, "The name 'demo' isn't allowed."),
        ("registration_disabled", True, "New project registration temporarily disabled."),
    ],
)
def test_refused_name_of_a_pending_publisher_is_an_invalid_payload(
    world: World, rule: str, value: object, words: str
) -> None:
    """A project that may not be created is refused at the mint, with the words of the upload (Warehouse, measured)."""
    world.pypi.trust_pending("demo", "octo", "demo", "release.yml")
    setattr(world.pypi.rules, rule, value)

    code, description = errors(world.mint(world.id_token()))

    assert code == "invalid-payload"
    assert description.startswith(words)
    assert world.pypi.projects == {}
