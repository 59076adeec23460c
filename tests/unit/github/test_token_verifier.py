"""Only a token that GitHub signed, for us, a moment ago, gives claims."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from publish_action.github.token_verifier import TokenVerifier
from publish_action.models.visibility import Malformed, NoAnswer
from publish_action.network.client import Network, RequestsClient
from publish_action.protocols import Claims, Clock
from publish_action.secret import Secret
from publish_sandbox.clock import SettableClock
from publish_sandbox.github.id_tokens import KEY_ID, Job, signing_key
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, BadToken, Drop, Fault
from support.fakes import FakeTime

AUDIENCE = "https://evidence.example.invalid"
CONFIGURATION = "/_services/token/.well-known/openid-configuration"
KEYS = "/_services/token/.well-known/jwks"
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


@pytest.fixture
def server() -> Iterator[LocalGitHub]:
    """A GitHub on this machine."""
    with LocalGitHub() as running:
        yield running


def make_token(server: LocalGitHub, bad: BadToken | None = None, *, audience: str = AUDIENCE) -> str:
    """Give an ID token as the server signs it."""
    return server.id_token(server.repository("octo/demo"), JOB, audience=audience, bad=bad)


def verify(
    server: LocalGitHub, token: str, *, trusts: Callable[[str], bool] | None = None, clock: Clock | None = None
) -> Claims | Malformed | NoAnswer:
    """Verify a token over real sockets."""
    verifier = TokenVerifier(client=RequestsClient(Network()), clock=clock or server.clock, sleep=FakeTime().sleep)
    return verifier.verify(Secret(token), trusts=trusts or (lambda issuer: issuer == server.issuer), audience=AUDIENCE)


def json_answer(document: Mapping[str, object]) -> Answer:
    """Give an answer that holds a document."""
    return Answer(content_type="application/json", body=json.dumps(document).encode())


def encode(part: bytes) -> str:
    """Give a part of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def true_claims(server: LocalGitHub) -> dict[str, object]:
    """Give the claims of a good token."""
    return dict(jwt.decode(make_token(server), options={"verify_signature": False}))


def test_a_token_of_this_server_gives_its_claims(server: LocalGitHub) -> None:
    """A fresh token for our audience is verified, and its claims are given."""
    claims = verify(server, make_token(server))

    assert isinstance(claims, dict)
    assert (claims["repository"], claims["repository_visibility"]) == ("octo/demo", "public")


@pytest.mark.parametrize(
    "bad",
    [
        BadToken(foreign_key=True),
        BadToken(claims={"aud": "pypi"}),
        BadToken(claims={"aud": [AUDIENCE]}),
        BadToken(claims={"aud": None}),
        BadToken(claims={"iss": "https://token.actions.githubusercontent.com"}),
        BadToken(claims={"iss": None}),
        BadToken(claims={"exp": None}),
        BadToken(claims={"iat": None}),
        BadToken(claims={"nbf": None}),
        BadToken.expired(),
    ],
    ids=str,
)
def test_a_token_that_fails_verification_is_malformed(server: LocalGitHub, bad: BadToken) -> None:
    """Signature, issuer, audience and times are all needed (D15)."""
    assert isinstance(verify(server, make_token(server, bad)), Malformed)


def test_a_token_grows_old(server: LocalGitHub) -> None:
    """A token that was good a quarter of an hour ago is a replay."""
    later = SettableClock()
    later.advance(900)

    problem = verify(server, make_token(server), clock=later)

    assert isinstance(problem, Malformed)
    assert "expired" in problem.reason


def test_an_issuer_that_is_not_trusted_is_not_even_asked(server: LocalGitHub) -> None:
    """A token names its own issuer; no connection leaves for one that is not this server's (D13)."""
    problem = verify(server, make_token(server), trusts=lambda _: False)

    assert isinstance(problem, Malformed)
    assert server.requests == []


@pytest.mark.parametrize("token", ["", "a.b.c", "e30.e30.e30", "e30.eyJpc3MiOiA3fQ.e30", "x" * 100_000])
def test_what_is_no_token_is_malformed(server: LocalGitHub, token: str) -> None:
    """Rubbish is a value, and costs no request."""
    problem = verify(server, token, trusts=lambda issuer: issuer.startswith("http"))

    assert isinstance(problem, Malformed)
    assert server.requests == []


def test_an_unsigned_token_is_malformed(server: LocalGitHub) -> None:
    """`alg: none` is no signature (RFC 8725)."""
    token = jwt.encode(true_claims(server), None, algorithm="none", headers={"kid": KEY_ID})  # type: ignore[arg-type]  # what an attacker does

    assert isinstance(verify(server, token), Malformed)


def test_the_public_key_is_no_shared_secret(server: LocalGitHub) -> None:
    """A token signed with the published key as if it were a password is refused (RFC 8725, section 2.1)."""
    public = signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = ".".join(
        encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": KEY_ID}, true_claims(server))
    )
    token = f"{signed}.{encode(hmac.digest(public, signed.encode(), 'sha256'))}"

    assert isinstance(verify(server, token), Malformed)


def test_another_rsa_algorithm_is_refused(server: LocalGitHub) -> None:
    """GitHub signs with RS256; a token that says otherwise does not choose."""
    token = jwt.encode(true_claims(server), signing_key(), algorithm="RS512", headers={"kid": KEY_ID})

    assert isinstance(verify(server, token), Malformed)


@pytest.mark.parametrize("headers", [{"kid": "another"}, {}], ids=["unknown", "none"])
def test_the_key_is_named_by_the_token(server: LocalGitHub, headers: dict[str, object]) -> None:
    """A token signed with the right key under a wrong name, or none, is refused: no key is guessed."""
    token = jwt.encode(true_claims(server), signing_key(), algorithm="RS256", headers=headers)

    problem = verify(server, token)

    assert isinstance(problem, Malformed)
    assert "does not publish" in problem.reason


def test_a_key_without_a_name_is_nobodys(server: LocalGitHub) -> None:
    """A token and a key that both have no name do not belong together."""
    nameless = RSAAlgorithm.to_jwk(signing_key().public_key(), as_dict=True)
    server.faults.add(KEYS, json_answer({"keys": [nameless]}))
    token = jwt.encode(true_claims(server), signing_key(), algorithm="RS256")

    assert isinstance(verify(server, token), Malformed)


def test_a_weak_key_is_refused(server: LocalGitHub) -> None:
    """A published key that could be broken proves nothing."""
    weak = generate_private_key(public_exponent=65537, key_size=1024)
    published = {**RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True), "kid": "weak"}
    server.faults.add(KEYS, json_answer({"keys": [published]}))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(true_claims(server), weak, algorithm="RS256", headers={"kid": "weak"})

    assert isinstance(verify(server, token), Malformed)


@pytest.mark.parametrize("route", [CONFIGURATION, KEYS])
@pytest.mark.parametrize("fault", [Answer(status=503), Answer(status=429), Drop()], ids=["503", "429", "dropped"])
def test_a_passing_fault_is_waited_out(server: LocalGitHub, route: str, fault: Fault) -> None:
    """Keys that come late are keys."""
    server.faults.add(route, fault, times=2)

    assert isinstance(verify(server, make_token(server)), dict)


@pytest.mark.parametrize("route", [CONFIGURATION, KEYS])
@pytest.mark.parametrize(
    "fault", [Answer(status=503), Answer(status=404), Answer(status=302), Drop()], ids=["503", "404", "302", "dropped"]
)
def test_keys_out_of_reach_are_no_answer(server: LocalGitHub, route: str, fault: Fault) -> None:
    """A token whose keys cannot be had is neither proved nor disproved."""
    server.faults.add(route, fault, times=FOREVER)

    silence = verify(server, make_token(server))

    assert isinstance(silence, NoAnswer)
    assert route in silence.reason


@pytest.mark.parametrize("route", [CONFIGURATION, KEYS])
@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b"\xff", b"[" * 100_000], ids=["HTML", "list", "empty", "bytes", "deep"]
)
def test_rubbish_in_place_of_keys_is_malformed(server: LocalGitHub, route: str, body: bytes) -> None:
    """What answers in the issuer's place is not silence."""
    server.faults.add(route, Answer(body=body))

    assert isinstance(verify(server, make_token(server)), Malformed)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        {},
        "keys",
        7,
        None,
        ["key"],
        [{"kid": KEY_ID}],
        [{"kid": KEY_ID, "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}],
        [{"kid": KEY_ID, "kty": "RSA", "n": "!", "e": "AQAB"}],
        [{"kid": KEY_ID, "kty": "RSA", "n": 7, "e": 7}],
    ],
    ids=str,
)
def test_keys_that_are_none_are_malformed(server: LocalGitHub, keys: object) -> None:
    """A key set is read without trust in its form."""
    server.faults.add(KEYS, json_answer({"keys": keys}))

    assert isinstance(verify(server, make_token(server)), Malformed)


def test_a_configuration_of_another_issuer_is_malformed(server: LocalGitHub) -> None:
    """The configuration must say that it is the issuer's own (OpenID Connect Discovery 1.0, section 4.3)."""
    server.faults.add(CONFIGURATION, json_answer({"issuer": "https://other.example", "jwks_uri": server.url + KEYS}))

    problem = verify(server, make_token(server))

    assert isinstance(problem, Malformed)
    assert "not its own" in problem.reason


@pytest.mark.parametrize(
    "keys_url",
    [
        "https://keys.example/jwks",
        "http://localhost:1/jwks",
        "http://127.0.0.1:1/jwks",
        "https://127.0.0.1:1/jwks",
        "/_services/token/.well-known/jwks",
        "",
        7,
        None,
    ],
)
def test_keys_on_another_host_are_not_asked_for(server: LocalGitHub, keys_url: object) -> None:
    """The keys must be on the issuer's own host: no connection leaves for any other."""
    server.faults.add(CONFIGURATION, json_answer({"issuer": server.issuer, "jwks_uri": keys_url}))

    problem = verify(server, make_token(server))

    assert isinstance(problem, Malformed)
    assert [request.path for request in server.requests] == [CONFIGURATION]


def test_keys_on_another_name_of_the_same_port_are_not_asked_for(server: LocalGitHub) -> None:
    """The host counts beside scheme and port."""
    keys_url = f"http://localhost:{server.url.rpartition(':')[2]}{KEYS}"
    server.faults.add(CONFIGURATION, json_answer({"issuer": server.issuer, "jwks_uri": keys_url}))

    problem = verify(server, make_token(server))

    assert isinstance(problem, Malformed)
    assert "another host" in problem.reason
