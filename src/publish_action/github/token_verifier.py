"""Verify that GitHub signed an ID token, for us, a moment ago."""

from collections.abc import Callable, Mapping

import jwt

from publish_action.github.claims import judge_times, parse_unverified
from publish_action.models.visibility import Malformed, NoAnswer
from publish_action.network.client import HttpClient, NoResponse, Request
from publish_action.network.retry import ask, describe_failure
from publish_action.protocols import Claims, Clock, Sleep
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object
from publish_action.untrusted.url import CanonicalUrl, parse_url

# Fixed: the algorithm is never taken from the token, whose writer may be the attacker (RFC 8725, section 3.1).
_ALGORITHM = "RS256"
_OK = 200

Document = Mapping[str, object]


class TokenVerifier:
    """The real `IdTokenVerifier`."""

    def __init__(self, *, client: HttpClient, clock: Clock, sleep: Sleep) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep

    def verify(self, token: Secret, *, trusts: Callable[[str], bool], audience: str) -> Claims | Malformed | NoAnswer:
        """Give the claims of a token that an issuer we trust signed, for `audience`, a moment ago.

        `NoAnswer` where the issuer's keys could not be had, `Malformed` where anything fails verification. No
        connection leaves for an issuer before `trusts` has named it.
        """
        unverified = parse_unverified(token.reveal())
        if isinstance(unverified, Malformed):
            return unverified
        issuer = unverified.get("iss")
        if not isinstance(issuer, str) or not trusts(issuer):
            return Malformed(reason=f"The ID token's issuer {issuer!r:.200} is not that of this GitHub server.")
        keys = self._read_keys(issuer)
        if isinstance(keys, Malformed | NoAnswer):
            return keys
        claims = _verify_signature(token, keys, issuer=issuer, audience=audience)
        if isinstance(claims, Malformed):
            return claims
        return judge_times(claims, self._clock()) or claims

    def _read_keys(self, issuer: str) -> Document | Malformed | NoAnswer:
        """OpenID Connect Discovery 1.0, section 4."""
        configuration = self._read_document(f"{issuer}/.well-known/openid-configuration")
        if not isinstance(configuration, dict):
            return configuration
        keys_url = configuration.get("jwks_uri")
        if configuration.get("issuer") != issuer or not isinstance(keys_url, str):
            return Malformed(reason=f"The OpenID configuration of {issuer} is not its own.")
        if not _is_same_origin(keys_url, issuer):
            return Malformed(reason=f"The keys of {issuer} are said to be on another host.")
        return self._read_document(keys_url)

    def _read_document(self, url: str) -> Document | Malformed | NoAnswer:
        request = Request(method="GET", url=url, headers={"Accept": "application/json"})
        answer = ask(self._client, lambda: request, sleep=self._sleep)
        if isinstance(answer, NoResponse) or answer.status != _OK:
            return NoAnswer(reason=f"{url} could not be read: {describe_failure(answer)}.")
        document = parse_json_object(answer.body)
        return Malformed(reason=f"{url} is not a JSON object.") if document is None else document


def _is_same_origin(url: str, issuer: str) -> bool:
    found, own = parse_url(url), parse_url(f"{issuer}/")
    if not isinstance(found, CanonicalUrl) or not isinstance(own, CanonicalUrl):
        return False
    return (found.scheme, found.host, found.port) == (own.scheme, own.host, own.port)


def _verify_signature(token: Secret, keys: Document, *, issuer: str, audience: str) -> Claims | Malformed:
    """Times are judged elsewhere, by our own clock."""
    try:
        key = _find_key(keys, jwt.get_unverified_header(token.reveal()).get("kid"))
        if key is None:
            return Malformed(reason=f"The ID token was signed with a key that {issuer} does not publish.")
        claims: Claims = jwt.decode(
            token.reveal(),
            jwt.PyJWK(key, algorithm=_ALGORITHM).key,
            algorithms=[_ALGORITHM],
            # Said again, so that two readers of one token cannot disagree on whose keys these are.
            issuer=issuer,
            audience=audience,
            options={
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        return Malformed(reason=f"The ID token failed verification ({type(error).__name__}).")
    return claims


def _find_key(keys: Document, key_id: object) -> dict[str, object] | None:
    listed = keys.get("keys")
    if not isinstance(key_id, str) or not isinstance(listed, list):
        return None
    return next((key for key in listed if isinstance(key, dict) and key.get("kid") == key_id), None)
