"""Credentials for an index: the right way in, the audience guard, and texts that say what to register."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from publish_action.credentials.credential import basic_header
from publish_action.credentials.factory import Credential, Secrets, obtain_credential, obtain_reading_login
from publish_action.errors import (
    CredentialInvalid,
    CredentialMissing,
    ExitStatus,
    IndexUnreachable,
    InputsInvalid,
    PublishError,
    TokenExchangeRejected,
)
from publish_action.github.evidence import EVIDENCE_AUDIENCE
from publish_action.index.token_audience import may_ask_for
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, HttpClient, Network, NoResponse, RequestsClient, Response
from publish_action.protocols import IdTokens
from publish_action.secret import Secret
from publish_action.upload.twine_client import Uploader
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, DoThen, Drop
from publish_sandbox.pypi.server import LocalPyPI
from support.fakes import (
    JOB,
    FakeHttpClient,
    FakeIdTokens,
    FakeLog,
    FakeTime,
    SandboxIdTokens,
    answer,
    local_index,
    read_all,
)

NOTHING = Secrets(public_index_token=Secret(""), private_index_password=Secret(""))
PYPI = Index(name="pypi", url="https://upload.pypi.org/legacy/", audience=Audience.PUBLIC)
PRIVATE = Index(name="private", url="https://pkgs.acme.example/pypi/upload/", audience=Audience.PRIVATE)
MINT = "/_/oidc/mint-token"


class Stage:
    """A repository on a local GitHub, and a local PyPI that takes its ID tokens."""

    def __init__(self, github: LocalGitHub, pypi: LocalPyPI) -> None:
        self.github = github
        self.pypi = pypi
        self.log = FakeLog()
        self.time = FakeTime()
        self.repository = github.repository("octo/demo")

    def obtain(self, index: Index | None = None, job: str = "pypi") -> Credential:
        """Obtain a credential for the project `demo`, as a job in the environment `job`."""
        return obtain_credential(
            index or local_index(self.pypi),
            project="demo",
            secrets=NOTHING,
            id_tokens=SandboxIdTokens(self.github, self.repository, replace(JOB, environment=job or None)),
            client=RequestsClient(Network()),
            clock=self.pypi.clock,
            sleep=self.time.sleep,
            log=self.log,
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give both servers."""
    with LocalGitHub() as github, LocalPyPI(issuer=github.issuer) as pypi:
        yield Stage(github, pypi)


def obtain(
    index: Index,
    answers: Mapping[str, list[Response | NoResponse]],
    *,
    secrets: Secrets = NOTHING,
    id_tokens: IdTokens | None = None,
    client: HttpClient | None = None,
    log: FakeLog | None = None,
) -> Credential:
    """Obtain a credential from a scripted index."""
    time = FakeTime()
    return obtain_credential(
        index,
        project="demo",
        secrets=secrets,
        id_tokens=id_tokens or FakeIdTokens(),
        client=client or FakeHttpClient(answers),
        clock=time.clock,
        sleep=time.sleep,
        log=log or FakeLog(),
    )


def mint_from(index: Index, claims: Mapping[str, object], errors: list[dict[str, str]]) -> TokenExchangeRejected:
    """Ask an index that refuses for `errors` for a token, and give the error."""
    origin = "/".join(index.url.split("/")[:3])
    path = quote_plus(index.url.removeprefix(origin))
    own = {"https://upload.pypi.org": "pypi", "https://test.pypi.org": "testpypi"}
    answers: dict[str, list[Response | NoResponse]] = {
        f"GET {origin}/.well-known/pytp?discover={path}": [answer(404, {})],
        f"GET {origin}/_/oidc/audience": [answer(200, {"audience": own.get(origin, index.name)})],
        f"POST {origin}/_/oidc/mint-token": [answer(422, {"message": "Token request failed", "errors": errors})],
    }
    with pytest.raises(TokenExchangeRejected) as caught:
        obtain(index, answers, id_tokens=FakeIdTokens(claims)).authorization()
    return caught.value


CLAIMS = {
    "iss": "https://token.actions.githubusercontent.com",
    "repository": "octo/demo",
    "repository_owner": "octo",
    "job_workflow_ref": "octo/demo/.github/workflows/release.yml@refs/tags/v1.0",
    "environment": "pypi",
    "event_name": "push",
}
NO_PUBLISHER = [{"code": "invalid-publisher", "description": "valid token, but no corresponding publisher (not found)"}]


def test_trusted_publishing_logs_in(stage: Stage, tmp_path: Path) -> None:
    """An ID token becomes an upload token that the index accepts, and that is worthless afterwards."""
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "pypi")
    build_wheel(tmp_path, "demo", "1.0")

    with (
        stage.obtain() as credential,
        read_all(tmp_path) as reading,
        Uploader(local_index(stage.pypi), network=Network(), watch=lambda file, sent, length: None) as uploader,
    ):
        sent = uploader.send(reading.files[0], credential.authorization())

    assert isinstance(sent, Response)
    assert sent.status == 200
    assert stage.pypi.burnt == [minted.token for minted in stage.pypi.minted]
    assert len(stage.pypi.burnt) == 1


def test_obtaining_mints_nothing(stage: Stage) -> None:
    """Asking for a credential creates no token: with a pending publisher that would create the project."""
    stage.pypi.trust_pending("demo", "octo", "demo", "release.yml", "pypi")

    with stage.obtain():
        pass

    assert stage.pypi.minted == []
    assert "demo" not in stage.pypi.projects


@pytest.mark.parametrize("fault", [Drop(), DoThen(Drop()), Answer(status=503)], ids=["dropped", "lost", "503"])
def test_lost_mint_is_asked_again_with_a_fresh_id_token(stage: Stage, fault: Drop | DoThen | Answer) -> None:
    """An ID token works once, so a try after a lost answer carries another one."""
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "pypi")
    stage.pypi.faults.add(MINT, fault)

    header = stage.obtain().authorization()

    assert header is not None
    assert stage.time.pauses == [1.0]
    assert header == basic_header("__token__", Secret(stage.pypi.minted[-1].token))


def test_index_that_never_mints_is_unreachable(stage: Stage) -> None:
    """After all tries it is told that no usable answer came."""
    stage.pypi.faults.add(MINT, Answer(status=503), times=FOREVER)

    with pytest.raises(IndexUnreachable, match="HTTP 503"):
        stage.obtain().authorization()

    assert stage.time.pauses == [1.0, 2.0, 4.0]


def test_discovery_by_pep_807(stage: Stage) -> None:
    """An index that is not PyPI is asked by PEP 807 where it mints."""
    stage.pypi.discovery = "pep807"
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "pypi")

    stage.obtain().authorization()

    assert [request.path for request in stage.pypi.requests] == ["/.well-known/pytp", "/_/oidc/audience", MINT]


def test_wrong_environment_is_shown_with_the_form(stage: Stage) -> None:
    """A refused publisher's message holds the words that the index's form wants, and the index's own."""
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "release")

    with pytest.raises(TokenExchangeRejected, match="invalid-publisher") as caught:
        stage.obtain().authorization()

    for words in ("Owner: octo", "Repository name: demo", "Workflow name: release.yml", "Environment name: pypi"):
        assert words in caught.value.remedy


def test_form_is_linked_where_pypi_fills_it_in() -> None:
    """PyPI fills the form of an existing project from the link; the form of new projects ignores it (measured)."""
    error = mint_from(PYPI, CLAIMS, NO_PUBLISHER)

    filled = "provider=github&owner=octo&repository=demo&workflow_filename=release.yml&environment=pypi"
    assert f"https://pypi.org/manage/project/demo/settings/publishing/?{filled}" in error.remedy
    assert "open https://pypi.org/manage/account/publishing/ and type the fields in" in error.remedy


def test_owner_id_is_told_where_all_fields_may_be_equal() -> None:
    """PyPI compares the number of the owner's account too, and shows it nowhere: the message says so, with ours."""
    remedy = mint_from(PYPI, {**CLAIMS, "repository_owner_id": "4711"}, NO_PUBLISHER).remedy

    assert "If every field is the same: the index also compares the number of the account octo (4711 in" in remedy
    assert "one of these fields differs" not in remedy


def test_testpypi_has_its_own_links() -> None:
    """TestPyPI's form is on its own site."""
    index = replace(PYPI, name="testpypi", url="https://test.pypi.org/legacy/")

    assert "https://test.pypi.org/manage/project/demo/" in mint_from(index, CLAIMS, NO_PUBLISHER).remedy


def test_job_without_environment_is_told_to_leave_it_empty() -> None:
    """Where the job runs in no environment, the form's field is to be left empty."""
    error = mint_from(PYPI, {**CLAIMS, "environment": None}, NO_PUBLISHER)

    assert "Environment name: (leave empty" in error.remedy
    assert "&environment=" not in error.remedy


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (
            {"job_workflow_ref": "acme/flows/.github/workflows/publish.yml@main"},
            "reusable workflow of another repository",
        ),
        ({"event_name": "pull_request_target"}, "pull_request_target"),
        ({"iss": "https://ghes.acme.example/_services/token"}, "ghes.acme.example"),
    ],
    ids=["reusable workflow", "pull_request_target", "other GitHub server"],
)
def test_hindrances_that_no_form_can_mend_are_named(claims: dict[str, str], words: str) -> None:
    """What PyPI never accepts is said, instead of a form that would not help."""
    error = mint_from(PYPI, {**CLAIMS, **claims}, NO_PUBLISHER)

    assert words in error.remedy
    assert "Register exactly this" not in error.remedy


def test_index_that_does_not_know_the_server_is_named() -> None:
    """Where an index of one's own does not know this GitHub server, no publisher's form would help."""
    index = replace(PYPI, name="acme", url="https://pkgs.acme.example/legacy/")
    errors = [{"code": "invalid-payload", "description": "unknown trusted publishing issuer"}]

    error = mint_from(index, {**CLAIMS, "iss": "https://ghes.acme.example/_services/token"}, errors)

    assert "https://ghes.acme.example/_services/token, which pkgs.acme.example does not know" in error.remedy
    assert "Register exactly this" not in error.remedy


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not-enabled", "switched Trusted Publishing off"),
        ("invalid-reuse-token", "Run the job again"),
        ("invalid-token", "could not verify"),
        ("invalid-pending-publisher", "choose another name"),
    ],
)
def test_each_code_has_its_remedy(code: str, words: str) -> None:
    """Refusals that have nothing to do with the registered publisher have remedies of their own."""
    assert words in mint_from(PYPI, CLAIMS, [{"code": code, "description": "no"}]).remedy


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("The name 'demo' isn't allowed. See https://pypi.org/help/#project-name", "it prohibits this name"),
        ("The name 'demo' isn't allowed (conflict with Python Standard Library module name).", "standard library"),
        ("The name 'demo' is too similar to an existing project.", "has a name that looks alike"),
        ("New project registration temporarily disabled. See https://pypi.org/help/", "run the job again later"),
        ("1 validation error for TokenPayload", "could not read the request"),
        ("malformed JWT", "could not read GitHub's ID token"),
    ],
)
def test_refused_payload_gets_no_form(description: str, words: str) -> None:
    """`invalid-payload` also stands for a refused name: no field of a publisher's form changes that."""
    remedy = mint_from(PYPI, CLAIMS, [{"code": "invalid-payload", "description": description}]).remedy

    assert words in remedy
    assert "Register exactly this" not in remedy


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Missing claim 'sha'", "left out of the ID token"),
        ("The ref and sha claims are empty", "neither branch, tag nor commit"),
        ("The job_workflow_ref claim does not match, expecting one of ['a'], got 'b'", "without a branch or tag"),
    ],
)
def test_claims_that_no_publisher_fits_get_no_form(reason: str, words: str) -> None:
    """Where PyPI names a claim that no publisher could fit, the remedy is about that claim."""
    description = f"valid token, but no corresponding publisher ({reason})"

    remedy = mint_from(PYPI, CLAIMS, [{"code": "invalid-publisher", "description": description}]).remedy

    assert words in remedy
    assert "Register exactly this" not in remedy


def test_race_for_a_pending_publisher_is_asked_again() -> None:
    """Of two jobs that create a project at once, the loser asks again with a fresh ID token and gets its token."""
    lost = {"errors": [{"code": "invalid-payload", "description": "The name 'P' conflicts with an existing project."}]}
    id_tokens = FakeIdTokens(CLAIMS)

    header = obtain(
        PYPI,
        {
            "GET https://upload.pypi.org/_/oidc/audience": [answer(200, {"audience": "pypi"})],
            "POST https://upload.pypi.org/_/oidc/mint-token": [answer(422, lost), answer(200, {"token": "pypi-t"})],
        },
        id_tokens=id_tokens,
    ).authorization()

    assert header == basic_header("__token__", Secret("pypi-t"))
    assert id_tokens.audiences == ["pypi", "pypi"]


@pytest.mark.parametrize(
    "body",
    [{}, {"token": ""}, {"token": 1}, {"token": "a b"}, {"token": "a\r\nX: y"}, b"<html>", b"[1]"],
    ids=["no token", "empty", "a number", "a space", "a line end", "HTML", "a list"],
)
def test_answer_without_a_token_is_a_refusal(body: dict[str, object] | bytes) -> None:
    """What is no token that could stand in a header is never used as one."""
    with pytest.raises(TokenExchangeRejected, match="did not mint"):
        obtain(
            PYPI,
            {
                "GET https://upload.pypi.org/_/oidc/audience": [answer(200, {"audience": "pypi"})],
                "POST https://upload.pypi.org/_/oidc/mint-token": [answer(200, body)],
            },
        ).authorization()


@pytest.mark.parametrize(
    "audience",
    [
        "pypi",
        "PyPI",
        "testpypi",
        "sigstore",
        "sts.amazonaws.com",
        "api://AzureADTokenExchange",
        "https://iam.googleapis.com/projects/1/x",
        "//iam.googleapis.com/projects/1",
        "https://github.com/octo",
        EVIDENCE_AUDIENCE,
        f"{EVIDENCE_AUDIENCE.upper()}/",
        "crates.io",
        "npm:registry.npmjs.org",
        "a b",
        "x" * 300,
    ],
)
def test_index_may_not_ask_for_the_audience_of_another(audience: str) -> None:
    """An index that asks for another service's audience gets no ID token."""
    id_tokens = FakeIdTokens()

    with pytest.raises(TokenExchangeRejected, match="could log in to another service"):
        obtain(
            PRIVATE,
            {
                "GET https://pkgs.acme.example/.well-known/pytp?discover=%2Fpypi%2Fupload%2F": [answer(404)],
                "GET https://pkgs.acme.example/_/oidc/audience": [answer(200, {"audience": audience})],
            },
            id_tokens=id_tokens,
        )

    assert id_tokens.audiences == []


def test_evidence_audience_is_for_nobody() -> None:
    """Not even an index on this machine may ask for the audience with which a run's visibility is proved."""
    assert may_ask_for("pypi", host="127.0.0.1", is_loopback=True)
    assert not may_ask_for(EVIDENCE_AUDIENCE, host="127.0.0.1", is_loopback=True)


def test_pypi_may_not_ask_for_testpypis() -> None:
    """PyPI's audience is PyPI's and TestPyPI's is TestPyPI's."""
    with pytest.raises(TokenExchangeRejected):
        obtain(PYPI, {"GET https://upload.pypi.org/_/oidc/audience": [answer(200, {"audience": "testpypi"})]})


@pytest.mark.parametrize(
    "mint_url",
    ["https://evil.example/mint", "http://pkgs.acme.example/mint", "https://pkgs.acme.example:8443/mint", "/mint", ""],
)
def test_discovered_address_elsewhere_is_refused(mint_url: str) -> None:
    """PEP 807: an address that the index names must be on the upload URL's own host."""
    found = {"audience-endpoint": "https://pkgs.acme.example/audience", "token-mint-endpoint": mint_url}

    with pytest.raises(TokenExchangeRejected, match="own host"):
        obtain(
            PRIVATE,
            {"GET https://pkgs.acme.example/.well-known/pytp?discover=%2Fpypi%2Fupload%2F": [answer(200, found)]},
        )


def test_token_of_many_uses_is_asked_for() -> None:
    """An index that would mint for a single use is asked for a token of many (PEP 807)."""
    host = "https://pkgs.acme.example"
    found = {
        "audience-endpoint": f"{host}/audience",
        "token-mint-endpoint": f"{host}/mint",
        "features": ["single-use-token", "multi-use-token"],
        "default-features": ["single-use-token"],
    }
    client = FakeHttpClient(
        {
            f"GET {host}/.well-known/pytp?discover=%2Fpypi%2Fupload%2F": [answer(200, found)],
            f"GET {host}/audience": [answer(200, {"audience": "acme"})],
            f"POST {host}/mint": [answer(200, {"token": "t"})],
        }
    )

    obtain(PRIVATE, {}, client=client).authorization()

    assert b'"features": ["multi-use-token"]' in (client.requests[-1].body or b"")


NOT_OFFERED: dict[str, list[Response | NoResponse]] = {
    "GET https://pkgs.acme.example/.well-known/pytp?discover=%2Fpypi%2Fupload%2F": [
        answer(200, "<html>", content_type="text/html")
    ],
    "GET https://pkgs.acme.example/_/oidc/audience": [answer(200, "<html>", content_type="text/html")],
}


def test_private_index_without_password_names_the_secret() -> None:
    """Where there is neither a password nor Trusted Publishing, the input that is empty is named."""
    with pytest.raises(CredentialMissing, match="`private-index-password` is empty or not set"):
        obtain(PRIVATE, NOT_OFFERED)


def test_explicit_basic_without_password_names_the_secret() -> None:
    """`private-index-auth: basic` asks nobody when its password is empty."""
    with pytest.raises(CredentialMissing, match="`private-index-password` is empty"):
        obtain(replace(PRIVATE, auth="basic"), {})


def test_user_name_that_is_the_token_is_masked_and_not_told() -> None:
    """Gemfury's user name is the token, whatever the password: no log shows it."""
    index = replace(PRIVATE, url="https://pypi.fury.io/acme/", username="t0ken-of-gemfury")
    secrets = replace(NOTHING, private_index_password=Secret("any-password"))
    log = FakeLog()

    obtain(index, {}, secrets=secrets, log=log)

    assert "t0ken" not in "".join(log.lines)
    assert "t0ken-of-gemfury" in log.masked


def test_password_that_is_no_text_is_an_error_of_the_inputs() -> None:
    """Bytes that are not UTF-8 in a secret end with a clear error, and none of them is shown."""
    secrets = replace(NOTHING, private_index_password=Secret("s3cret\udcff"))

    with pytest.raises(InputsInvalid, match="not UTF-8") as caught:
        obtain(replace(PRIVATE, username="ci"), {}, secrets=secrets)

    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("auth", ["auto", "basic"])
def test_password_logs_in(auth: str) -> None:
    """A password is used as it is, without asking the index for anything else."""
    secrets = replace(NOTHING, private_index_password=Secret("s3cret"))
    index = replace(PRIVATE, auth=auth, username="ci")

    header = obtain(index, {}, secrets=secrets).authorization()

    assert header == basic_header("ci", Secret("s3cret")) == obtain_reading_login(index, secrets)


def test_index_without_login_gets_none() -> None:
    """`private-index-auth: none` sends no Authorization, also if there is a password."""
    index = replace(PRIVATE, auth="none")
    secrets = replace(NOTHING, private_index_password=Secret("s3cret"))

    assert obtain(index, {}, secrets=secrets).authorization() is None
    assert obtain_reading_login(index, secrets) is None


def test_api_token_goes_before_trusted_publishing() -> None:
    """A given API token is used for the public index, and the index is not asked."""
    secrets = replace(NOTHING, public_index_token=Secret("pypi-api"))

    assert obtain(PYPI, {}, secrets=secrets).authorization() == basic_header("__token__", Secret("pypi-api"))


TESTPYPI = replace(PYPI, name="testpypi", url="https://test.pypi.org/legacy/")


@pytest.mark.parametrize(
    "token", ["hunter2", "ghp_0123456789", "PYPI-AgEI", "pypi_AgEI", "dGVzdA=="], ids=lambda token: token[:5]
)
@pytest.mark.parametrize(("index", "web"), [(PYPI, "https://pypi.org"), (TESTPYPI, "https://test.pypi.org")])
def test_token_of_another_service_is_not_sent_to_pypi(index: Index, web: str, token: str) -> None:
    """A token without PyPI's prefix is refused before any request, and no part of it is shown."""
    secrets = replace(NOTHING, public_index_token=Secret(token))

    with pytest.raises(CredentialInvalid, match="`public-index-token` does not hold an API token") as caught:
        obtain(index, {}, secrets=secrets)

    assert (caught.value.code, caught.value.status) == ("E_CREDENTIAL_INVALID", ExitStatus.CREDENTIALS)
    assert f"{web}/manage/account/token/" in caught.value.remedy
    assert token not in str(caught.value)


def test_pypi_gets_no_other_user_name() -> None:
    """PyPI refuses every user name but its own one; a policy that gives another is told so, and nothing is sent."""
    secrets = replace(NOTHING, public_index_token=Secret("pypi-api"))

    with pytest.raises(CredentialInvalid, match="under the user name __token__") as caught:
        obtain(replace(PYPI, name="acme", username="ci"), {}, secrets=secrets)

    assert caught.value.remedy == "Remove `username` from index.acme in the policy."


def test_token_may_have_white_space_around_it() -> None:
    """PyPI strips it, so it is no reason to refuse a token."""
    secrets = replace(NOTHING, public_index_token=Secret(" pypi-api\n"))

    assert obtain(PYPI, {}, secrets=secrets).authorization() is not None


def test_other_public_indexes_have_tokens_of_any_form() -> None:
    """The prefix is PyPI's alone: another public index is sent what it was given."""
    secrets = replace(NOTHING, public_index_token=Secret("hunter2"))
    index = replace(PYPI, url="https://pkgs.acme.example/legacy/")

    assert obtain(index, {}, secrets=secrets).authorization() == basic_header("__token__", Secret("hunter2"))


def test_secrets_stay_with_their_index() -> None:
    """The password of the private index never goes to a public one, and the public token to no private one."""
    secrets = Secrets(public_index_token=Secret("pypi-api"), private_index_password=Secret(""))
    other = Secrets(public_index_token=Secret(""), private_index_password=Secret("s3cret"))

    with pytest.raises(CredentialMissing):
        obtain(PRIVATE, NOT_OFFERED, secrets=secrets)
    with pytest.raises(CredentialMissing):
        obtain(PYPI, {"GET https://upload.pypi.org/_/oidc/audience": [answer(404)]}, secrets=other)
    assert obtain_reading_login(PYPI, other) is None


@pytest.mark.parametrize(
    "silence",
    [answer(503), NoResponse(failure=Failure.TIMEOUT, detail="ReadTimeout")],
    ids=["503", "time-out"],
)
def test_silent_index_is_not_one_without_trusted_publishing(silence: Response | NoResponse) -> None:
    """An index that cannot be asked is out of reach; nobody says that it offers nothing."""
    with pytest.raises(IndexUnreachable):
        obtain(PYPI, {"GET https://upload.pypi.org/_/oidc/audience": [silence]})


def test_index_that_has_it_switched_off_is_quoted(stage: Stage) -> None:
    """What the index says of its Trusted Publishing is shown."""
    stage.pypi.rules.trusted_publishing = False

    with pytest.raises(CredentialMissing, match="Trusted publishing functionality not enabled"):
        stage.obtain()


def test_burning_that_fails_harms_nobody(stage: Stage) -> None:
    """An index that cannot burn tokens ends the run no differently."""
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "pypi")
    stage.pypi.faults.add("/_/oidc/burn-token", Answer(status=404), times=FOREVER)

    with stage.obtain() as credential:
        credential.authorization()

    assert stage.pypi.burnt == []
    assert "it expires by itself" in stage.log.lines[-1]


def test_errors_hold_no_secret(stage: Stage) -> None:
    """Neither ID tokens nor upload tokens stand in an error's text."""
    stage.pypi.faults.add(MINT, DoThen(Answer(status=422, content_type="application/json", body=b"{}")))
    stage.pypi.trust("demo", "octo", "demo", "release.yml", "pypi")

    with pytest.raises(PublishError) as caught:
        stage.obtain().authorization()

    assert "eyJ" not in str(caught.value)
    assert "pypi-" not in str(caught.value)
