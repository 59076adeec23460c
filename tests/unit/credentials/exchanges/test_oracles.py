"""The vendors' own clients and our exchanges put the same on the wire, against the same services on loopback."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs

import botocore.config
import botocore.session
import pytest
import requests
from azure.core.pipeline.transport import HttpRequest as AzureRequest
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientAssertionCredential
from google.auth import identity_pool
from google.auth.transport.requests import Request as GoogleTransport

from publish_action.credentials.factory import Secrets, obtain_credential
from publish_action.credentials.login_context import VendorEndpoints
from publish_action.models.index import Audience, Index
from publish_action.network.client import Network, RequestsClient
from publish_action.secret import Secret
from publish_sandbox.http.answers import json_answer
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer
from support.fakes import FakeIdTokens, FakeLog, FakeTime
from support.vendors import ACCOUNT, CLIENT, DEVOPS, OPTIONS, PROVIDER, ROLE, SCOPE, TENANT, session_xml

SESSION = session_xml(
    {
        "AccessKeyId": "ASIA" + "A" * 16,
        "SecretAccessKey": "k" * 40,
        "SessionToken": "s" * 60,
        "Expiration": "2026-11-21T10:15:00Z",
    }
)


ENTRA = "https://login.microsoftonline.com"
ENTRA_CONFIGURATION = {
    "issuer": f"{ENTRA}/{TENANT}/v2.0",
    "authorization_endpoint": f"{ENTRA}/{TENANT}/oauth2/v2.0/authorize",
    "token_endpoint": f"{ENTRA}/{TENANT}/oauth2/v2.0/token",
}


class Recorder(LocalServer):
    """Keeps every request whole, and answers each as a service that trusts everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, Mapping[str, str], Mapping[str, object], Mapping[str, str]]] = []
        """Path, query, fields of the body, headers (names in lower case)."""

    def answer(self, request: Incoming) -> Answer:
        """Keep, and answer."""
        body = request.body.read_text()
        if request.path.endswith("/.well-known/openid-configuration"):
            return json_answer(ENTRA_CONFIGURATION)
        headers = {name.lower(): value for name, value in request.headers.items()}
        fields: dict[str, object] = {}
        if body:
            is_json = headers["content-type"] == "application/json"
            fields = json.loads(body) if is_json else {k: v[-1] for k, v in parse_qs(body.decode()).items()}
        self.kept.append((request.path, request.query, fields, headers))
        if request.path == "/":
            return Answer(content_type="text/xml", body=SESSION.encode())
        token = {"access_token": "t", "accessToken": "t", "authorizationToken": "t", "token_type": "Bearer"}
        kind = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
        return json_answer({**token, **kind, "expires_in": 300, "expireTime": "2099-01-01T00:00:00Z"})


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Give the service."""
    with Recorder() as recorder:
        yield recorder


def log_in(recorder: Recorder, word: str, **more: str) -> str:
    """Log in by our exchange, and give the ID token that was used."""
    id_tokens = FakeIdTokens()
    options = {**OPTIONS[word], **{name.replace("_", "-"): value for name, value in more.items()}}
    index = Index(
        name="private",
        url=f"{recorder.url}/pypi/",
        audience=Audience.PRIVATE,
        auth=word,
        auth_options=tuple(options.items()),
    )
    time = FakeTime()
    obtain_credential(
        index,
        project="demo",
        secrets=Secrets(public_index_token=Secret(""), private_index_password=Secret("")),
        id_tokens=id_tokens,
        client=RequestsClient(Network()),
        clock=time.clock,
        sleep=time.sleep,
        log=FakeLog(),
        vendors=VendorEndpoints(**dict.fromkeys(VendorEndpoints.__dataclass_fields__, recorder.url)),
    ).authorization()
    return FakeIdTokens().fetch(id_tokens.audiences[0]).reveal()


def test_sts_is_asked_as_botocore_asks(recorder: Recorder) -> None:
    """AssumeRoleWithWebIdentity: the same path and the same fields, unsigned."""
    token = log_in(recorder, "aws-codeartifact")
    client = botocore.session.Session().create_client(
        "sts",
        region_name="eu-central-1",
        endpoint_url=recorder.url,
        config=botocore.config.Config(proxies={}),
    )

    client.assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="publish-action", WebIdentityToken=token, DurationSeconds=900
    )

    ours, theirs = (each for each in recorder.kept if each[0] == "/")
    assert ours[:3] == theirs[:3]
    assert "authorization" not in ours[3]
    assert "authorization" not in theirs[3]


def test_codeartifact_is_asked_as_botocore_asks(recorder: Recorder) -> None:
    """GetAuthorizationToken: the same path, query and empty body, and the same headers are signed."""
    log_in(recorder, "aws-codeartifact")
    client = botocore.session.Session().create_client(
        "codeartifact",
        region_name="eu-central-1",
        endpoint_url=recorder.url,
        aws_access_key_id="ASIA" + "A" * 16,
        aws_secret_access_key="k" * 40,
        aws_session_token="s" * 60,
        config=botocore.config.Config(proxies={}),
    )

    answer = client.get_authorization_token(domain="acme", domainOwner="123456789012", durationSeconds=0)

    ours, theirs = (each for each in recorder.kept if each[0] != "/")
    assert answer["authorizationToken"] == "t"
    assert ours[:3] == theirs[:3]
    assert _signed_headers(ours[3]) == _signed_headers(theirs[3]) == "host;x-amz-date;x-amz-security-token"


def _signed_headers(headers: Mapping[str, str]) -> str:
    return headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]


class Supplier:
    """Gives google-auth the ID token that we used."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_subject_token(self, context: object, request: object) -> str:
        """Give it."""
        del context, request
        return self._token


@pytest.mark.parametrize("account", ["", ACCOUNT], ids=["direct", "service account"])
def test_google_is_asked_as_google_auth_asks(recorder: Recorder, account: str) -> None:
    """Both steps of workload identity federation: the same paths, fields and bearer."""
    token = log_in(recorder, "google-artifact-registry", **({"service_account": account} if account else {}))
    acting = f"{recorder.url}/v1/projects/-/serviceAccounts/{account}:generateAccessToken" if account else None
    credentials = identity_pool.Credentials(  # type: ignore[no-untyped-call]  # google-auth types half of itself
        audience=f"//iam.googleapis.com/{PROVIDER}",
        subject_token_type="urn:ietf:params:oauth:token-type:jwt",
        token_url=f"{recorder.url}/v1/token",
        subject_token_supplier=Supplier(token),
        service_account_impersonation_url=acting,
        service_account_impersonation_options={"token_lifetime_seconds": 600},
        scopes=[SCOPE],
    )

    with _session_without_environment() as session:
        credentials.refresh(GoogleTransport(session))  # type: ignore[no-untyped-call]

    half = len(recorder.kept) // 2
    assert half == (2 if account else 1)
    for ours, theirs in zip(recorder.kept[:half], recorder.kept[half:], strict=True):
        assert ours[0] == theirs[0]
        # google-auth writes fields it has no value for; we leave them out.
        assert ours[2] == {name: value for name, value in theirs[2].items() if value}
        assert ours[3].get("authorization") == theirs[3].get("authorization")


@contextlib.contextmanager
def _session_without_environment() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


class Detour(RequestsTransport):  # type: ignore[misc]  # azure-core gives it out untyped
    """A transport for azure-identity that leads all it sends to the loopback."""

    def __init__(self, to: str) -> None:
        super().__init__(use_env_settings=False)
        self._to = to

    def send(self, request: AzureRequest, **options: object) -> object:
        """Send a request for Entra's host to ours."""
        assert request.url.startswith(ENTRA)
        request.url = self._to + request.url.removeprefix(ENTRA)
        return super().send(request, **options)


def test_entra_is_asked_as_azure_identity_asks(recorder: Recorder) -> None:
    """A federated credential: the same path, and each of our fields stands in what azure-identity sends."""
    token = log_in(recorder, "azure-artifacts")
    credential = ClientAssertionCredential(
        TENANT, CLIENT, lambda: token, transport=Detour(recorder.url), disable_instance_discovery=True
    )

    assert credential.get_token(DEVOPS).token == "t"

    ours, theirs = recorder.kept
    assert ours[0] == theirs[0] == f"/{TENANT}/oauth2/v2.0/token"
    assert ours[2].items() <= theirs[2].items()
    # What azure-identity adds says which client it is, and asks for a page about it.
    assert set(theirs[2]) - set(ours[2]) <= {"client_info"}
