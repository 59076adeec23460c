"""Keyless exchanges against loopback services that verify the ID token and take the exact request alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from zlib import crc32

import pytest

from publish_action.config.login_options import LOGINS
from publish_action.credentials.credential import Credential, basic_header
from publish_action.credentials.factory import EXCHANGES, Secrets, obtain_credential
from publish_action.credentials.login_context import VendorEndpoints
from publish_action.errors import ExitStatus, IndexUnreachable, InputsInvalid, PublishError, TokenExchangeRejected
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, HttpClient, Network, NoResponse, RequestsClient, Response
from publish_action.protocols import Clock, IdTokens
from publish_action.secret import Secret
from publish_sandbox.clock import SettableClock
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, DoThen, Drop, Truncate
from support.fakes import JOB, FakeHttpClient, FakeIdTokens, FakeLog, FakeTime, SandboxIdTokens, answer
from support.vendors import ACCOUNT, CLIENT, OPTIONS, PROVIDER, ROLE, TENANT, LocalVendors, session_xml

NOTHING = Secrets(public_index_token=Secret(""), private_index_password=Secret(""))
# GitHub's form since 2026-07; the numbers follow from the names on the local GitHub.
SUBJECT = f"repo:octo@{crc32(b'octo')}/demo@{crc32(b'octo/demo')}:environment:pypi"
WORDS = tuple(EXCHANGES)
PATHS = {
    "aws-codeartifact": "/",
    "google-artifact-registry": "/v1/token",
    "azure-artifacts": f"/{TENANT}/oauth2/v2.0/token",
    "jfrog": "/access/api/v1/oidc/token",
    "cloudsmith": "/openid/acme/",
}
USERS = {
    "aws-codeartifact": "aws",
    "google-artifact-registry": "oauth2accesstoken",
    "azure-artifacts": "bearer",
    "jfrog": "robot",
    "cloudsmith": "publisher",
}


def obtain(
    index: Index,
    *,
    client: HttpClient,
    id_tokens: IdTokens | None = None,
    clock: Clock | None = None,
    vendors: VendorEndpoints | None = None,
    log: FakeLog | None = None,
    secrets: Secrets = NOTHING,
) -> Credential:
    """Obtain a credential for the project `demo`."""
    time = FakeTime()
    return obtain_credential(
        index,
        project="demo",
        secrets=secrets,
        id_tokens=id_tokens or FakeIdTokens(),
        client=client,
        clock=clock or time.clock,
        sleep=time.sleep,
        log=log or FakeLog(),
        vendors=vendors or VendorEndpoints(),
    )


def keyless_index(word: str, url: str, **more: str) -> Index:
    """Give a private index on the loopback with a login and its options."""
    options = {**OPTIONS[word], **{name.replace("_", "-"): value for name, value in more.items()}}
    return Index(name="private", url=url, audience=Audience.PRIVATE, auth=word, auth_options=tuple(options.items()))


class Stage:
    """A repository on a local GitHub, and the vendors' services, under one clock."""

    def __init__(self, github: LocalGitHub, vendors: LocalVendors, clock: SettableClock) -> None:
        self.github = github
        self.vendors = vendors
        self.clock = clock
        self.log = FakeLog()
        self.repository = github.repository("octo/demo", visibility="private")

    def obtain(self, word: str, **more: str) -> Credential:
        """Obtain the credential that a login gives."""
        return obtain(
            keyless_index(word, f"{self.vendors.url}/pypi/", **more),
            client=RequestsClient(Network()),
            id_tokens=SandboxIdTokens(self.github, self.repository, JOB),
            clock=self.clock,
            vendors=self.vendors.vendors,
            log=self.log,
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give GitHub and the vendors."""
    clock = SettableClock()
    with (
        LocalGitHub(clock=clock) as github,
        LocalVendors(issuer=github.issuer, clock=clock, subject=SUBJECT) as vendors,
    ):
        yield Stage(github, vendors, clock)


def test_every_keyless_login_has_an_exchange() -> None:
    """The table of options and the table of exchanges name the same logins."""
    assert set(EXCHANGES) == set(LOGINS)


@pytest.mark.parametrize("word", WORDS)
def test_id_token_becomes_a_login(stage: Stage, word: str) -> None:
    """The vendor verifies the ID token and the exact request, and its token is the password of the vendor's user."""
    with stage.obtain(word) as credential:
        header = credential.authorization()

    assert header == basic_header(USERS[word], Secret(stage.vendors.issued[-1].token))


@pytest.mark.parametrize("word", WORDS)
def test_every_secret_is_masked(stage: Stage, word: str) -> None:
    """What is derived on the way is masked, also the form that the login has in the header; none stands in the log."""
    header = stage.obtain(word).authorization()

    assert header is not None
    derived = {*stage.vendors.given, stage.vendors.issued[-1].token, header.reveal().removeprefix("Basic ")}
    assert derived <= set(stage.log.masked)
    assert not any(secret in line for secret in derived for line in stage.log.lines)


@pytest.mark.parametrize("word", WORDS)
def test_obtaining_asks_nobody(stage: Stage, word: str) -> None:
    """Asking for a credential sends nothing and needs no ID token: a rehearsal does it too."""
    with stage.obtain(word):
        pass

    assert stage.vendors.requests == []


@pytest.mark.parametrize("word", WORDS)
def test_login_is_renewed_before_it_ends(stage: Stage, word: str) -> None:
    """A login of 15 minutes serves for ten of them, and is then replaced by another that is good."""
    credential = stage.obtain(word)
    first = credential.authorization()
    stage.clock.advance(590)
    same = credential.authorization()
    stage.clock.advance(30)

    other = credential.authorization()

    assert first == same != other
    assert other is not None
    assert stage.vendors.accepts(other.reveal())


@pytest.mark.parametrize("word", ["google-artifact-registry", "azure-artifacts", "jfrog", "cloudsmith"])
def test_login_of_a_minute_is_renewed_within_it(stage: Stage, word: str) -> None:
    """A login that lives for a minute is replaced when a third of the minute is left."""
    stage.vendors.life = 60
    credential = stage.obtain(word)
    credential.authorization()
    stage.clock.advance(45)

    credential.authorization()

    assert len({each.token for each in stage.vendors.issued}) == 2


def test_service_account_is_acted_as(stage: Stage) -> None:
    """With a service account the federated token is traded once more, and only the account's is sent to the index."""
    header = stage.obtain("google-artifact-registry", service_account=ACCOUNT).authorization()

    federated, account = (each.token for each in stage.vendors.issued)
    assert header == basic_header("oauth2accesstoken", Secret(account))
    assert federated in stage.log.masked


@pytest.mark.parametrize("word", WORDS)
def test_lost_answer_is_asked_again_with_a_fresh_id_token(stage: Stage, word: str) -> None:
    """An ID token is used up by an answer that was lost: the next try carries another."""
    stage.vendors.faults.add(PATHS[word], DoThen(Drop()))

    header = stage.obtain(word).authorization()

    assert header is not None
    assert stage.vendors.accepts(header.reveal())


@pytest.mark.parametrize("word", WORDS)
def test_vendor_that_is_down_is_out_of_reach(stage: Stage, word: str) -> None:
    """After all tries the service is named that gave no answer."""
    stage.vendors.faults.add(PATHS[word], Answer(status=503), times=FOREVER)

    with pytest.raises(IndexUnreachable, match=r"127\.0\.0\.1:\d+, which gives the login .* HTTP 503") as caught:
        stage.obtain(word).authorization()

    assert caught.value.status is ExitStatus.UNREACHABLE


CUT = Truncate(40)
NO_LOGIN = {
    "HTML": Answer(status=200, content_type="text/html", body=b"<html><title>Sign in to ACME</title></html>"),
    "empty": Answer(status=200, content_type="application/json", body=b""),
    "list": Answer(status=200, content_type="application/json", body=b"[1]"),
    "deep": Answer(status=200, content_type="application/json", body=b"[" * 50000),
    "no token": Answer(status=200, content_type="application/json", body=b"{}"),
    "line end": Answer(
        status=200,
        content_type="application/json",
        body=b'{"access_token": "a\\r\\nX: y", "token": "a\\r\\nX: y", "expires_in": 60}',
    ),
    "redirect": Answer(status=302, headers={"Location": "https://evil.example/"}),
    "not found": Answer(status=404, content_type="text/html", body=b"<html><title>404 here</title></html>"),
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", NO_LOGIN)
def test_answer_without_a_login_is_a_refusal(stage: Stage, word: str, name: str) -> None:
    """HTML, nothing, rubbish and redirects are told with their status; nothing of them becomes a login."""
    stage.vendors.faults.add(PATHS[word], NO_LOGIN[name], times=FOREVER)

    with pytest.raises(TokenExchangeRejected, match=rf"HTTP {NO_LOGIN[name].status}") as caught:
        stage.obtain(word).authorization()

    assert len(caught.value.happened) < 600
    assert stage.vendors.issued == []


def test_redirect_is_told_and_not_followed(stage: Stage) -> None:
    """A service that redirects is told as one: an ID token follows nobody."""
    stage.vendors.faults.add(PATHS["cloudsmith"], Answer(status=307, headers={"Location": f"{stage.vendors.url}/x"}))

    with pytest.raises(TokenExchangeRejected, match=r"HTTP 307.*follows no redirect"):
        stage.obtain("cloudsmith").authorization()

    assert [path for path, _ in stage.vendors.bodies] == []


@pytest.mark.parametrize("word", WORDS)
def test_cut_answer_is_asked_for_again(stage: Stage, word: str) -> None:
    """An answer that ends in its middle is no answer."""
    stage.vendors.faults.add(PATHS[word], CUT)

    header = stage.obtain(word).authorization()

    assert header is not None
    assert stage.vendors.accepts(header.reveal())


@pytest.mark.parametrize("word", WORDS)
def test_endless_answer_is_not_read(stage: Stage, word: str) -> None:
    """An answer of megabytes is dropped where it passes any sensible size."""
    big = Answer(status=200, content_type="application/json", body=b" " * (1 << 18))
    stage.vendors.faults.add(PATHS[word], big, times=FOREVER)

    with pytest.raises(IndexUnreachable, match="larger than any sensible one"):
        stage.obtain(word).authorization()


ISSUER_LINE = "provider URL: {issuer}"
ADVICE = {
    "aws-codeartifact": (
        "AccessDenied: Not authorized",
        (ROLE, '/_services/token:aud": "sts.amazonaws.com"', f'/_services/token:sub": "{SUBJECT}"', "oidc-provider/"),
    ),
    "google-artifact-registry": (
        "unauthorized_client: rejected by the attribute condition",
        (PROVIDER, "assertion.repository_id == '{repository_id}'", "google.subject=assertion.sub", SUBJECT),
    ),
    "azure-artifacts": (
        "invalid_client: AADSTS700213",
        (CLIENT, TENANT, f"subject identifier: {SUBJECT}", "audience: api://AzureADTokenExchange", "issuer: {issuer}"),
    ),
    "jfrog": (
        "UNAUTHORIZED: No identity mapping matches",
        ("at github:", ISSUER_LINE, "audience: jfrog-github", '"repository_id": "{repository_id}"', SUBJECT),
    ),
    "cloudsmith": (
        "Invalid token claims",
        ("organization acme", ISSUER_LINE, "publisher must be among them", "aud = cloudsmith", SUBJECT),
    ),
}


@pytest.mark.parametrize("word", WORDS)
def test_refusal_tells_the_line_to_mend(stage: Stage, word: str) -> None:
    """A vendor that does not trust this job is quoted, and the setting is shown with this very run's claims."""
    stage.vendors.subject = "repo:octo/other:environment:pypi"
    said, lines = ADVICE[word]

    with pytest.raises(TokenExchangeRejected, match=said) as caught:
        stage.obtain(word).authorization()

    facts = {"issuer": stage.github.issuer, "repository_id": str(stage.repository.id)}
    for line in lines:
        assert line.replace("{issuer}", facts["issuer"]).replace("{repository_id}", facts["repository_id"]) in (
            caught.value.remedy
        )
    assert caught.value.status is ExitStatus.CREDENTIALS


def test_codeartifact_names_the_permissions(stage: Stage) -> None:
    """A role that may not get a token is told which actions its permissions need."""
    denied = Answer(
        status=403,
        headers={"x-amzn-ErrorType": "AccessDeniedException:http://internal.amazon.com/"},
        content_type="application/json",
        body=b'{"message": "User is not authorized to perform: codeartifact:GetAuthorizationToken"}',
    )
    stage.vendors.faults.add("/v1/authorization-token", denied)

    with pytest.raises(TokenExchangeRejected, match="AccessDeniedException: User is not authorized") as caught:
        stage.obtain("aws-codeartifact").authorization()

    for action in ("codeartifact:GetAuthorizationToken", "sts:GetServiceBearerToken", "the domain acme"):
        assert action in caught.value.remedy


def test_google_names_who_may_act_as_the_account(stage: Stage) -> None:
    """A service account that we may not act as is told with the principal that must be granted."""
    error = b'{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "iam.serviceAccounts.getAccessToken"}}'
    denied = Answer(status=403, content_type="application/json", body=error)
    stage.vendors.faults.add(f"/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken", denied)

    with pytest.raises(TokenExchangeRejected, match=r"PERMISSION_DENIED: iam\.service") as caught:
        stage.obtain("google-artifact-registry", service_account=ACCOUNT).authorization()

    pool = "projects/1234567890/locations/global/workloadIdentityPools/github"
    principal = f"principalSet://iam.googleapis.com/{pool}/attribute.repository_id/{stage.repository.id}"
    assert principal in caught.value.remedy


@pytest.mark.parametrize(
    ("code", "words"), [(700016, f"no application {CLIENT}"), (90002, f"no tenant {TENANT}")], ids=str
)
def test_entra_s_own_numbers_have_their_remedy(stage: Stage, code: int, words: str) -> None:
    """What has nothing to do with the federated credential is said instead of it."""
    body = b'{"error": "x", "error_codes": [%d]}' % code
    stage.vendors.faults.add(PATHS["azure-artifacts"], Answer(status=400, content_type="application/json", body=body))

    with pytest.raises(TokenExchangeRejected) as caught:
        stage.obtain("azure-artifacts").authorization()

    assert words in caught.value.remedy


def test_unknown_issuer_at_aws_names_the_identity_provider(stage: Stage) -> None:
    """An account that does not know GitHub as an identity provider is told so first."""
    body = (
        b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No provider</Message></Error></ErrorResponse>"
    )
    stage.vendors.faults.add("/", Answer(status=400, content_type="text/xml", body=body))

    with pytest.raises(TokenExchangeRejected, match="InvalidIdentityToken: No provider") as caught:
        stage.obtain("aws-codeartifact").authorization()

    assert "IAM, Identity providers" in caught.value.remedy


class StarringLog(FakeLog):
    """Stars what was masked before it is said, as the runner does."""

    def say(self, text: str) -> None:
        """Keep what is said, with stars."""
        for secret in self.masked:
            text = text.replace(secret, "***")
        super().say(text)


def scripted(word: str, body: bytes | str | Mapping[str, object], status: int = 400) -> PublishError:
    """Ask a scripted vendor that answers so, and give the error."""
    index = keyless_index(word, "http://127.0.0.1:9/pypi/")
    base = "http://127.0.0.1:9"
    client = FakeHttpClient({f"POST {base}{PATHS[word]}": [answer(status, body, content_type="application/json")]})
    vendors = VendorEndpoints(**dict.fromkeys(VendorEndpoints.__dataclass_fields__, base))
    with pytest.raises(PublishError) as caught:
        obtain(index, client=client, id_tokens=FakeIdTokens({"sub": SUBJECT}), vendors=vendors).authorization()
    return caught.value


def test_echoed_tokens_are_not_quoted() -> None:
    """A service that echoes the ID token, whole or in part, puts nothing of it into the message."""
    token = FakeIdTokens({"sub": SUBJECT}).fetch("cloudsmith").reveal()
    long = "x" * 150

    error = scripted("cloudsmith", {"detail": f"bad token {token} and {long}"})

    assert "bad token" in error.happened
    assert token not in error.happened
    assert "x" * 10 not in error.happened


def test_success_that_cannot_be_used_is_not_quoted() -> None:
    """A token that comes with a user name that no login can have is not shown, whatever the answer calls itself."""
    body = b'{"access_token": "t0ken-of-somebody", "username": "a:b"}'
    url = "http://127.0.0.1:9/access/api/v1/oidc/token"
    index = keyless_index("jfrog", "http://127.0.0.1:9/artifactory/api/pypi/pypi-local")
    client = FakeHttpClient({f"POST {url}": [answer(200, body, content_type="text/plain")]})

    with pytest.raises(TokenExchangeRejected, match="there is none in its answer") as caught:
        obtain(index, client=client).authorization()

    assert "t0ken" not in str(caught.value)


def test_words_of_a_success_are_not_quoted() -> None:
    """Nothing of a 2xx is quoted, error words neither: a token may stand in any of them."""
    error = scripted("jfrog", {"errors": [{"code": "c0de", "message": "t0ken-of-somebody"}]}, status=200)

    assert "there is none in its answer" in error.happened
    assert "c0de" not in error.happened
    assert "t0ken" not in error.happened


def test_token_is_masked_before_the_user_is_told() -> None:
    """A service that gives the token as its user's name too puts it into no log: it is masked by then."""
    url = "http://127.0.0.1:9/access/api/v1/oidc/token"
    index = keyless_index("jfrog", "http://127.0.0.1:9/artifactory/api/pypi/pypi-local")
    client = FakeHttpClient({f"POST {url}": [answer(200, {"access_token": "t0ken-t0ken", "username": "t0ken-t0ken"})]})
    log = StarringLog()

    obtain(index, client=client, log=log).authorization()

    assert "t0ken" not in "".join(log.lines)
    assert "of ***" in "".join(log.lines)


def test_echo_in_a_page_is_not_quoted_even_in_part() -> None:
    """A secret that an error page echoes is gone before the page's words are cut."""
    token = FakeIdTokens({"sub": SUBJECT}).fetch("cloudsmith").reveal()
    page = f"<html><title>{'y ' * 190}{token}</title></html>"

    index = keyless_index("cloudsmith", "http://127.0.0.1:9/pypi/")
    vendors = VendorEndpoints(**dict.fromkeys(VendorEndpoints.__dataclass_fields__, "http://127.0.0.1:9"))
    client = FakeHttpClient({"POST http://127.0.0.1:9/openid/acme/": [answer(400, page, content_type="text/html")]})
    with pytest.raises(TokenExchangeRejected) as caught:
        obtain(index, client=client, id_tokens=FakeIdTokens({"sub": SUBJECT}), vendors=vendors).authorization()

    assert token[:12] not in str(caught.value)


@pytest.mark.parametrize("word", WORDS)
def test_words_of_a_refusal_are_bounded_and_visible(word: str) -> None:
    """However much a service says, and with whatever characters, the message holds a line of it."""
    error = scripted(
        word, {"error": "no\r\n::add-mask::x", "detail": "y " * 5000, "error_description": "z\u200b" * 900}
    )

    assert len(error.happened) < 1200
    assert "\r" not in error.happened
    assert "\n" not in error.happened


@pytest.mark.parametrize(
    "missing", ["AccessKeyId", "SecretAccessKey", "SessionToken"], ids=["no key id", "no key", "no session"]
)
def test_session_in_part_is_none(missing: str) -> None:
    """A session that lacks a part signs nothing."""
    texts = {"AccessKeyId": "ASIA" + "A" * 16, "SecretAccessKey": "k" * 40, "SessionToken": "s" * 40}

    error = scripted("aws-codeartifact", session_xml({**texts, missing: ""}), status=200)

    assert isinstance(error, TokenExchangeRejected)


@pytest.mark.parametrize("life", [0, -5, "soon", None, True, 1e12, [1]], ids=str)
def test_life_that_makes_no_sense_is_a_usual_one(life: object) -> None:
    """A token whose end is past, far away or unreadable is used, and for no longer than a usual one lives."""
    time = FakeTime()
    url = "http://127.0.0.1:9/access/api/v1/oidc/token"
    given: list[Response | NoResponse] = [
        answer(200, {"access_token": f"t{number}", "expires_in": life, "username": "u"}) for number in range(3)
    ]
    index = keyless_index("jfrog", "http://127.0.0.1:9/artifactory/api/pypi/pypi-local")
    credential = obtain(index, client=FakeHttpClient({f"POST {url}": given}), clock=time.clock)
    first = credential.authorization()
    time.now += timedelta(seconds=30)
    same = credential.authorization()
    time.now += timedelta(seconds=30)

    assert first == same == basic_header("u", Secret("t0"))
    assert credential.authorization() == basic_header("u", Secret("t1"))


def test_jfrog_user_is_found_in_the_token() -> None:
    """Where the answer names no user, the last part of the access token's subject is it; else there is none."""
    url = "http://127.0.0.1:9/access/api/v1/oidc/token"
    token = FakeIdTokens({"sub": "jfac@01/users/robot"}).fetch("x").reveal()
    index = keyless_index("jfrog", "http://127.0.0.1:9/artifactory/api/pypi/pypi-local")
    headers = [
        obtain(index, client=FakeHttpClient({f"POST {url}": [answer(200, {"access_token": text})]})).authorization()
        for text in (token, "reference-token")
    ]

    assert headers == [basic_header("robot", Secret(token)), basic_header("", Secret("reference-token"))]


@pytest.mark.parametrize(
    ("word", "url", "addresses"),
    [
        (
            "aws-codeartifact",
            "https://acme-123456789012.d.codeartifact.eu-central-1.amazonaws.com/pypi/main/",
            ["https://sts.eu-central-1.amazonaws.com/"],
        ),
        ("google-artifact-registry", "https://europe-python.pkg.dev/acme/py/", ["https://sts.googleapis.com/v1/token"]),
        (
            "azure-artifacts",
            "https://pkgs.dev.azure.com/acme/_packaging/py/pypi/upload/",
            [f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"],
        ),
        ("jfrog", "https://acme.jfrog.io/artifactory/api/pypi/py", ["https://acme.jfrog.io/access/api/v1/oidc/token"]),
        ("cloudsmith", "https://python.cloudsmith.io/acme/py/", ["https://api.cloudsmith.io/openid/acme/"]),
    ],
)
def test_auto_goes_by_the_host_to_the_vendor_alone(word: str, url: str, addresses: list[str]) -> None:
    """Without a password `auto` knows the vendor by the index's host, and the ID token goes to its own address."""
    told_by_url = {"region", "domain", "domain-owner", "organization"}
    options = tuple((name, value) for name, value in OPTIONS[word].items() if name not in told_by_url)
    index = Index(name="private", url=url, audience=Audience.PRIVATE, auth="auto", auth_options=options)
    silence: list[Response | NoResponse] = [NoResponse(failure=Failure.TLS, detail="SSLError")]
    client = FakeHttpClient({f"POST {address}": silence for address in addresses})

    with pytest.raises(IndexUnreachable):
        obtain(index, client=client).authorization()

    assert [request.url for request in client.requests] == addresses


SESSION = {"AccessKeyId": "ASIA" + "A" * 16, "SecretAccessKey": "k" * 40, "SessionToken": "s" * 40}
TOKEN_QUERY = "domain=acme&domain-owner=123456789012&duration=0"
ACTING = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"


@pytest.mark.parametrize(
    ("word", "url", "options", "answers"),
    [
        (
            "aws-codeartifact",
            "https://acme-123456789012.d.codeartifact.eu-central-1.amazonaws.com/pypi/main/",
            {"role-to-assume": ROLE},
            {
                "https://sts.eu-central-1.amazonaws.com/": answer(200, session_xml(SESSION)),
                f"https://codeartifact.eu-central-1.amazonaws.com/v1/authorization-token?{TOKEN_QUERY}": answer(
                    200, {"authorizationToken": "t"}
                ),
            },
        ),
        (
            "google-artifact-registry",
            "https://europe-python.pkg.dev/acme/py/",
            {"workload-identity-provider": PROVIDER, "service-account": ACCOUNT},
            {
                "https://sts.googleapis.com/v1/token": answer(200, {"access_token": "f"}),
                ACTING: answer(200, {"accessToken": "t"}),
            },
        ),
    ],
)
def test_second_step_goes_to_the_vendor_alone(
    word: str, url: str, options: Mapping[str, str], answers: Mapping[str, Response]
) -> None:
    """What the first step gave goes to the vendor's own address for the second, and to no other."""
    index = Index(name="private", url=url, audience=Audience.PRIVATE, auth=word, auth_options=tuple(options.items()))
    client = FakeHttpClient({f"POST {address}": [given] for address, given in answers.items()})

    header = obtain(index, client=client).authorization()

    assert header == basic_header(USERS[word], Secret("t"))
    assert [request.url for request in client.requests] == list(answers)


def test_auto_takes_the_password_where_there_is_one() -> None:
    """A password goes before the host's exchange, and options that are then not used are told."""
    secrets = replace(NOTHING, private_index_password=Secret("s3cret"))
    index = Index(
        name="private",
        url="https://acme.jfrog.io/artifactory/api/pypi/py",
        audience=Audience.PRIVATE,
        username="ci",
        auth_options=(("provider-name", "github"),),
    )
    log = FakeLog()

    header = obtain(index, client=FakeHttpClient({}), secrets=secrets, log=log).authorization()

    assert header == basic_header("ci", Secret("s3cret"))
    assert ["not used, since there is a password" in line for line in log.warnings] == [True]


def test_problems_of_options_are_told_at_once() -> None:
    """All that is wrong with the options of a policy's index is one error of the inputs, before anybody is asked."""
    index = Index(
        name="acme",
        url="https://europe-python.pkg.dev/acme/py/",
        audience=Audience.PRIVATE,
        check_url="https://mirror.acme.example/simple/",
        auth="google-artifact-registry",
        auth_options=(("service_account", "x"), ("service-account", "nobody")),
    )

    with pytest.raises(InputsInvalid) as caught:
        obtain(index, client=FakeHttpClient({}))

    assert caught.value.status is ExitStatus.INPUTS
    assert caught.value.happened.count("index.acme.auth-options in the policy: ") == 4
    assert "mirror.acme.example is no host of google-artifact-registry" in caught.value.happened
    assert "Did you mean 'service-account'?" in caught.value.happened


def test_public_index_of_a_policy_may_have_a_keyless_login(stage: Stage) -> None:
    """A policy can say how a public index is logged in to; without a word it is asked for Trusted Publishing."""
    index = replace(keyless_index("cloudsmith", f"{stage.vendors.url}/pypi/"), name="open", audience=Audience.PUBLIC)

    credential = obtain(
        index,
        client=RequestsClient(Network()),
        id_tokens=SandboxIdTokens(stage.github, stage.repository, JOB),
        clock=stage.clock,
        vendors=stage.vendors.vendors,
    )

    assert credential.authorization() == basic_header("publisher", Secret(stage.vendors.issued[-1].token))
