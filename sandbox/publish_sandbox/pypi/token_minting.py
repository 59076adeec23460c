"""Mint upload tokens for ID tokens, with PyPI's rules and words."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt

from publish_sandbox.clock import Clock
from publish_sandbox.http.issuer_keys import IssuerKeys
from publish_sandbox.pypi.database import Database
from publish_sandbox.pypi.project_creation import judge_new_name, judge_registration
from publish_sandbox.pypi.rules import Rejected, Rulebook
from publish_sandbox.pypi.trusted_publishers import NoPublisher, Publisher, find_publisher
from publish_sandbox.pypi.upload_tokens import UploadTokens

_LEEWAY_SECONDS = 30


class MintRefused(Exception):
    """A 422 with this code and description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """An upload token that was given out."""

    token: str
    expires: int
    claims: Mapping[str, object]
    projects: tuple[str, ...]
    """Normalised names of all projects it is good for."""
    publisher: str


@dataclass(slots=True, kw_only=True)
class TokenMinter:
    """Mint upload tokens for ID tokens of `issuer`."""

    database: Database
    rules: Rulebook
    tokens: UploadTokens
    publishers: list[Publisher]
    clock: Clock
    issuer: str | None
    audience: str
    keys: IssuerKeys | None
    minted: list[Minted] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mint(self, body: bytes) -> Minted:
        """Judge the request and mint. Raises `MintRefused`, `IssuerUnreachable`."""
        token = _read_token(body)
        claims = self._verify(token)
        # One mint after the other: the real index is no faster where two jobs share a pending publisher.
        with self._lock:
            self._create_pending(claims)
            try:
                publisher = find_publisher(self.publishers, claims, pending=False)
            except NoPublisher as error:
                raise _no_publisher(error) from None
            self._claim(str(claims["jti"]))
            return self._issue(publisher, claims)

    def _verify(self, token: str) -> dict[str, object]:
        unverified = _unverified_claims(token)
        if "iss" not in unverified:
            raise MintRefused("invalid-payload", "malformed JWT")
        if self.issuer is None or self.keys is None or unverified["iss"] != self.issuer:
            raise MintRefused("invalid-payload", "unknown trusted publishing issuer")
        if not self.rules.trusted_publishing:
            raise MintRefused("not-enabled", "github trusted publishing functionality not enabled")
        key = self.keys.find(str(jwt.get_unverified_header(token).get("kid")))
        try:
            assert key
            claims: dict[str, object] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self.audience,
                # The times are judged below, by the clock that tests can move.
                options={
                    "require": ["iss", "iat", "exp", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "strict_aud": True,
                },
            )
            self._judge_times(claims)
        except (jwt.PyJWTError, AssertionError):
            raise MintRefused("invalid-token", "malformed or invalid token") from None
        return claims

    def _judge_times(self, claims: Mapping[str, object]) -> None:
        now = self.clock().timestamp()
        expires, begins, issued = (claims.get(name, now) for name in ("exp", "nbf", "iat"))
        if not all(isinstance(moment, int | float) for moment in (expires, begins, issued)):
            raise jwt.InvalidTokenError
        if float(str(expires)) <= now - _LEEWAY_SECONDS:
            raise jwt.ExpiredSignatureError
        if max(float(str(begins)), float(str(issued))) > now + _LEEWAY_SECONDS:
            raise jwt.ImmatureSignatureError

    def _create_pending(self, claims: Mapping[str, object]) -> None:
        """Create the projects of a pending publisher that the claims belong to, if there is one."""
        try:
            publisher = find_publisher(self.publishers, claims, pending=True)
        except NoPublisher:
            return
        for name, user in publisher.pending.items():
            try:
                judge_registration(self.rules)
                judge_new_name(name, self.database, self.rules)
            except Rejected as error:
                raise MintRefused("invalid-payload", error.message) from None
            publisher.projects.add(self.database.create_project(name, user).key)
        publisher.pending.clear()

    def _claim(self, jti: str) -> None:
        if jti in self._used:
            raise MintRefused("invalid-reuse-token", "invalid token: already used")
        self._used.add(jti)

    def _issue(self, publisher: Publisher, claims: Mapping[str, object]) -> Minted:
        now = int(self.clock().timestamp())
        expires = now + self.rules.token_seconds
        keys = tuple(sorted(publisher.projects))
        ids = tuple(self.database.projects[key].id for key in keys)
        token = self.tokens.issue((4, publisher.id, None), (2, ids), (0, expires, now), publisher=publisher.id)
        minted = Minted(token=token, expires=expires, claims=claims, projects=keys, publisher=publisher.id)
        self.minted.append(minted)
        return minted


def _read_token(body: bytes) -> str:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    token = value.get("token") if isinstance(value, dict) else None
    if not isinstance(token, str):
        told = f"1 validation error for TokenPayload\n  Invalid input [input_value={body[:40]!r}]"
        raise MintRefused("invalid-payload", told)
    return token


def _unverified_claims(token: str) -> dict[str, object]:
    try:
        claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise MintRefused("invalid-payload", "malformed JWT") from None
    return claims


def _no_publisher(error: NoPublisher) -> MintRefused:
    return MintRefused("invalid-publisher", f"valid token, but no corresponding publisher ({error})")
