"""The vendors' token services on loopback: they verify GitHub's ID tokens and take the exact requests alone."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import jwt
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from publish_action.credentials.login_context import VendorEndpoints
from publish_sandbox.clock import Clock
from publish_sandbox.http.answers import json_answer
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.issuer_keys import IssuerKeys
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer

ROLE = "arn:aws:iam::123456789012:role/publish"
PROVIDER = "projects/1234567890/locations/global/workloadIdentityPools/github/providers/octo-demo"
ACCOUNT = "publish@acme.iam.gserviceaccount.com"
TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798/.default"

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "aws-codeartifact": {
        "role-to-assume": ROLE,
        "region": "eu-central-1",
        "domain": "acme",
        "domain-owner": "123456789012",
    },
    "google-artifact-registry": {"workload-identity-provider": PROVIDER},
    "azure-artifacts": {"tenant-id": TENANT, "client-id": CLIENT},
    "jfrog": {"provider-name": "github"},
    "cloudsmith": {"organization": "acme", "service-slug": "publisher"},
}
"""What each login needs for an index on the loopback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A login that was given out."""

    user: str
    token: str
    expires: datetime


class Refused(Exception):
    """Ends a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class LocalVendors(LocalServer):
    """Play STS, CodeArtifact, Google's and Entra's token services, Cloudsmith's API and a JFrog platform.

    `subject` is the one `sub` that they trust, once for each ID token. What came is in
    `bodies`, what was given out in `issued`.
    """

    def __init__(self, *, issuer: str, clock: Clock, subject: str) -> None:
        super().__init__()
        self.clock = clock
        self.subject = subject
        self.life = 900
        """Seconds that a login is good for."""
        self.issued: list[Issued] = []
        self.given: list[str] = []
        """Every secret on the way to a login: session keys, federated tokens."""
        self.bodies: list[tuple[str, bytes]] = []
        self._keys = IssuerKeys(issuer, clock)
        self._sessions: dict[str, str] = {}
        self._federated: set[str] = set()
        self._used: set[str] = set()

    @property
    def vendors(self) -> VendorEndpoints:
        """Return the addresses that lead here."""
        return VendorEndpoints(**dict.fromkeys(VendorEndpoints.__dataclass_fields__, self.url))

    def accepts(self, header: str) -> bool:
        """Return whether an Authorization header holds an issued login that has not expired."""
        pair = base64.b64decode(header.partition(" ")[2]).decode() if header.startswith("Basic ") else ""
        return any(f"{each.user}:{each.token}" == pair and self.clock() < each.expires for each in self.issued)

    def answer(self, request: Incoming) -> Answer:
        """Answer as the service does that the path belongs to."""
        body = request.body.read_text()
        self.bodies.append((request.path, body))
        routes: dict[str, Callable[[Incoming, bytes], Answer]] = {
            "/": self._give_session,
            "/v1/authorization-token": self._give_codeartifact_token,
            "/v1/token": self._federate,
            f"/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken": self._act_as_account,
            f"/{TENANT}/oauth2/v2.0/token": self._give_entra_token,
            "/access/api/v1/oidc/token": self._give_jfrog_token,
            "/openid/acme/": self._give_cloudsmith_token,
        }
        if request.method != "POST" or request.path not in routes:
            return json_answer({"message": "nobody is here"}, status=404)
        try:
            return routes[request.path](request, body)
        except Refused as refused:
            return refused.answer

    def _give_session(self, request: Incoming, body: bytes) -> Answer:
        form = _read_form(request, body)
        token = form.pop("WebIdentityToken")
        assert form == {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": ROLE,
            "RoleSessionName": "publish-action",
            "DurationSeconds": "900",
        }, form
        self._verify(token, "sts.amazonaws.com", _sts_error("AccessDenied", "Not authorized to perform it"))
        key_id, secret_key, session = (
            f"ASIA{secrets.token_hex(8).upper()}",
            secrets.token_hex(20),
            secrets.token_hex(99),
        )
        self._sessions[key_id] = f"{secret_key}:{session}"
        self.given += [secret_key, session]
        end = f"{self.clock() + timedelta(seconds=900):%Y-%m-%dT%H:%M:%SZ}"
        texts = {"AccessKeyId": key_id, "SecretAccessKey": secret_key, "SessionToken": session, "Expiration": end}
        return _xml(session_xml(texts))

    def _give_codeartifact_token(self, request: Incoming, body: bytes) -> Answer:
        assert body == b""
        assert request.query == {"domain": "acme", "domain-owner": "123456789012", "duration": "0"}, request.query
        key_id = request.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        secret_key, _, session = self._sessions[key_id].partition(":")
        assert request.headers["X-Amz-Security-Token"] == session
        expected = sign_with_botocore(
            f"http://{request.headers['Host']}{request.path}?domain=acme&domain-owner=123456789012&duration=0",
            credentials=Credentials(key_id, secret_key, session),
            stamp=request.headers["X-Amz-Date"],
        )
        assert request.headers["Authorization"] == expected
        issued = self._issue("aws")
        return json_answer({"authorizationToken": issued.token, "expiration": issued.expires.timestamp()})

    def _federate(self, request: Incoming, body: bytes) -> Answer:
        form = _read_form(request, body)
        token = form.pop("subject_token")
        assert form.pop("scope") in {SCOPE, "https://www.googleapis.com/auth/iam"}
        assert form == {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": f"//iam.googleapis.com/{PROVIDER}",
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        }, form
        told = {"error": "unauthorized_client", "error_description": "rejected by the attribute condition"}
        self._verify(token, f"https://iam.googleapis.com/{PROVIDER}", json_answer(told, status=400))
        issued = self._issue("oauth2accesstoken")
        self._federated.add(issued.token)
        self.given.append(issued.token)
        kind = "urn:ietf:params:oauth:token-type:access_token"
        said = {"access_token": issued.token, "issued_token_type": kind, "token_type": "Bearer"}
        return json_answer({**said, "expires_in": self.life})

    def _act_as_account(self, request: Incoming, body: bytes) -> Answer:
        assert json.loads(body) == {"scope": [SCOPE], "lifetime": "600s"}
        if request.headers["Authorization"].removeprefix("Bearer ") not in self._federated:
            error = {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission denied on resource"}
            return json_answer({"error": error}, status=403)
        issued = self._issue("oauth2accesstoken")
        return json_answer({"accessToken": issued.token, "expireTime": f"{issued.expires:%Y-%m-%dT%H:%M:%SZ}"})

    def _give_entra_token(self, request: Incoming, body: bytes) -> Answer:
        form = _read_form(request, body)
        token = form.pop("client_assertion")
        assert form == {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "scope": DEVOPS,
        }, form
        told = {"error": "invalid_client", "error_description": "AADSTS700213: No match", "error_codes": [700213]}
        self._verify(token, "api://AzureADTokenExchange", json_answer(told, status=401))
        issued = self._issue("bearer")
        return json_answer({"token_type": "Bearer", "expires_in": self.life, "access_token": issued.token})

    def _give_jfrog_token(self, request: Incoming, body: bytes) -> Answer:
        form = _read_json(request, body)
        token = form.pop("subject_token")
        assert form == {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "provider_name": "github",
        }, form
        told = {"errors": [{"status": 401, "code": "UNAUTHORIZED", "message": "No identity mapping matches"}]}
        self._verify(token, "jfrog-github", json_answer(told, status=401))
        issued = self._issue("robot")
        return json_answer({"access_token": issued.token, "expires_in": self.life, "username": "robot"})

    def _give_cloudsmith_token(self, request: Incoming, body: bytes) -> Answer:
        form = _read_json(request, body)
        token = form.pop("oidc_token")
        assert form == {"service_slug": "publisher"}, form
        self._verify(token, "cloudsmith", json_answer({"detail": "Invalid token claims"}, status=422))
        end = self.clock() + timedelta(seconds=self.life)
        token = jwt.encode({"exp": int(end.timestamp()), "jti": secrets.token_hex(8)}, "k" * 32, algorithm="HS256")
        self.issued.append(Issued(user="publisher", token=token, expires=end))
        return json_answer({"token": token}, status=201)

    def _issue(self, user: str) -> Issued:
        token = secrets.token_hex(30)
        self.issued.append(Issued(user=user, token=token, expires=self.clock() + timedelta(seconds=self.life)))
        return self.issued[-1]

    def _verify(self, token: str, audience: str, refusal: Answer) -> None:
        """Verify an ID token as the vendors do, and that it is of the one job that is trusted."""
        key = self._keys.find(str(jwt.get_unverified_header(token)["kid"]))
        assert key
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=audience,
            # The times are judged by the clock that tests can move.
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "strict_aud": True},
        )
        assert claims["iat"] - 60 <= self.clock().timestamp() < claims["exp"]
        if claims["sub"] != self.subject or claims["jti"] in self._used:
            raise Refused(refusal)
        self._used.add(claims["jti"])


def sign_with_botocore(url: str, *, credentials: Credentials, stamp: str, region: str = "eu-central-1") -> str:
    """Return the Authorization header that AWS's own client makes for a POST without a body at the time `stamp`."""
    signer = SigV4Auth(credentials, "codeartifact", region)
    request = AWSRequest(method="POST", url=url)
    request.context["timestamp"] = stamp
    request.headers["X-Amz-Date"] = stamp
    request.headers["X-Amz-Security-Token"] = credentials.token
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    return f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"


def session_xml(texts: Mapping[str, str]) -> str:
    """Return STS's answer with a session."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in texts.items())
    return (
        '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<AssumeRoleWithWebIdentityResult><Credentials>{inner}</Credentials></AssumeRoleWithWebIdentityResult>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
    )


def _sts_error(code: str, message: str) -> Answer:
    inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return _xml(f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{inner}</ErrorResponse>', status=403)


def _xml(text: str, status: int = 200) -> Answer:
    return Answer(status=status, content_type="text/xml", body=text.encode())


def _read_form(request: Incoming, body: bytes) -> dict[str, str]:
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def _read_json(request: Incoming, body: bytes) -> dict[str, str]:
    assert request.headers["Content-Type"] == "application/json"
    read: dict[str, str] = json.loads(body)
    return read
