"""Trade ID tokens for upload tokens with an index, and hand the upload tokens back."""

import json
from dataclasses import dataclass
from urllib.parse import quote_plus

from publish_action.credentials.mint_protocol import (
    Endpoints,
    MintError,
    parse_audience,
    parse_discovery,
    parse_mint_errors,
    parse_minted,
)
from publish_action.credentials.publisher_help import render_advice
from publish_action.credentials.upload_token import UploadToken
from publish_action.errors import IndexUnreachable, TokenExchangeRejected
from publish_action.github.claims import parse_unverified
from publish_action.index.pypi import is_pypi
from publish_action.index.token_audience import may_ask_for
from publish_action.models.visibility import Malformed
from publish_action.network.client import HttpClient, NoResponse, Request, Response
from publish_action.network.messages import extract_words
from publish_action.network.retry import ask, describe_failure
from publish_action.protocols import Clock, IdTokens, Log, Sleep
from publish_action.secret import Secret
from publish_action.untrusted.text import shorten
from publish_action.untrusted.url import CanonicalUrl

_ACCEPT = "application/vnd.pypi.pytp.v1+json, application/json;q=0.9"
# Minting for a publisher of many projects takes longer than the usual 5 seconds of other clients
# (pypi/warehouse#18514).
_TIMEOUT = 60.0
_BURN_TIMEOUT = 3.0
# Warehouse, measured: two jobs that race for a pending publisher; a fresh ID token then gets its upload token.
_RACE_CODES = frozenset({"invalid-pending-publisher", "invalid-reuse-token"})
_RACE_WORDS = "conflicts with an existing project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An index's offer to mint upload tokens."""

    url: CanonicalUrl
    """The upload URL."""
    endpoints: Endpoints
    audience: str
    """What the ID token must be made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """The index knows no Trusted Publishing, or has it switched off."""

    reason: str


def discover(url: CanonicalUrl, *, client: HttpClient, sleep: Sleep) -> Offer | NotOffered:
    """Ask the index at the upload URL `url` whether it mints upload tokens. Mints nothing.

    PyPI has fixed addresses; others are asked by PEP 807 first. Raises `IndexUnreachable` where nobody answers, and
    `TokenExchangeRejected` where the answer would give our ID token to somebody else.
    """
    endpoints = _fixed_endpoints(url) if is_pypi(url.host) else _find_endpoints(url, client, sleep)
    answer = ask(client, lambda: _look_up(endpoints.audience_url), sleep=sleep)
    if isinstance(answer, NoResponse) or answer.status >= 500:
        raise _unreachable(url, answer)
    audience = parse_audience(answer.body) if answer.status == 200 else ""
    if not audience:
        return NotOffered(reason=_describe_refusal(answer))
    if not may_ask_for(audience, host=url.host, is_loopback=url.is_loopback):
        raise TokenExchangeRejected(
            f"{url.host} asks for an ID token made for {shorten(audience, 80)!r}, with which it could log in to "
            "another service as you.",
            remedy="Correct the upload URL. If it is right, ask the index's operators to use an audience of their own.",
        )
    return Offer(url=url, endpoints=endpoints, audience=audience)


class TokenMint:
    """Mints upload tokens at one index, each for a fresh ID token, and burns them."""

    def __init__(
        self,
        offer: Offer,
        *,
        project: str,
        id_tokens: IdTokens,
        client: HttpClient,
        clock: Clock,
        sleep: Sleep,
        log: Log,
    ) -> None:
        self._offer = offer
        self._project = project
        self._id_tokens = id_tokens
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._log = log

    def mint(self) -> UploadToken:
        """Give a new upload token, not yet masked.

        With a pending publisher the first one creates the project on the index (Warehouse). Raises
        `TokenExchangeRejected` with the index's reasons, `IndexUnreachable`, and what `IdTokens.fetch` raises.
        """
        answer = self._ask_for_token()
        if isinstance(answer, Response) and _is_lost_race(answer):
            answer = self._ask_for_token()
        if isinstance(answer, NoResponse) or answer.status >= 500:
            raise _unreachable(self._offer.url, answer)
        minted = parse_minted(answer.body, self._clock()) if answer.status == 200 else None
        if minted is None:
            raise self._rejected(answer)
        self._log.say(
            f"{self._offer.url.host} minted an upload token for {self._project}, "
            f"good until {minted.expires:%H:%M:%S} UTC."
        )
        return minted

    def burn(self, token: Secret) -> None:
        """Make an upload token worthless. That it cannot be done harms nobody: the token dies by itself."""
        request = Request(
            method="POST",
            url=f"{_origin(self._offer.url)}/_/oidc/burn-token",
            headers={"Content-Type": "application/json", "Accept": _ACCEPT},
            body=json.dumps({"token": token.reveal()}).encode(),
            timeout=_BURN_TIMEOUT,
        )
        answer = self._client.send(request)
        if isinstance(answer, NoResponse) or answer.status not in {200, 202, 204}:
            self._log.say(
                f"{self._offer.url.host} did not burn the upload token ({describe_failure(answer)}); "
                "it expires by itself."
            )

    def _ask_for_token(self) -> Response | NoResponse:
        return ask(self._client, self._make_request, sleep=self._sleep)

    def _make_request(self) -> Request:
        """An ID token is used up by the first answer, also by one that was lost: each try has a new one."""
        self._id_token = self._id_tokens.fetch(self._offer.audience)
        body: dict[str, object] = {"token": self._id_token.reveal()}
        if self._offer.endpoints.features:
            body["features"] = list(self._offer.endpoints.features)
        return Request(
            method="POST",
            url=self._offer.endpoints.mint_url,
            headers={"Content-Type": "application/json", "Accept": _ACCEPT},
            body=json.dumps(body).encode(),
            timeout=_TIMEOUT,
        )

    def _rejected(self, answer: Response) -> TokenExchangeRejected:
        claims = parse_unverified(self._id_token.reveal())
        errors = parse_mint_errors(answer.body)
        return TokenExchangeRejected(
            f"{self._offer.url.host} did not mint an upload token (HTTP {answer.status}): {_list_errors(errors)}.",
            remedy=render_advice(
                host=self._offer.url.host,
                project=self._project,
                claims={} if isinstance(claims, Malformed) else claims,
                errors=errors,
            ),
        )


def _fixed_endpoints(url: CanonicalUrl) -> Endpoints:
    """PyPI's addresses, which others imitate."""
    origin = _origin(url)
    return Endpoints(audience_url=f"{origin}/_/oidc/audience", mint_url=f"{origin}/_/oidc/mint-token")


def _find_endpoints(url: CanonicalUrl, client: HttpClient, sleep: Sleep) -> Endpoints:
    key = quote_plus(url.path)
    answer = ask(client, lambda: _look_up(f"{_origin(url)}/.well-known/pytp?discover={key}"), sleep=sleep)
    # Many servers answer unknown addresses with a page of their own: only JSON is an answer to our question.
    if isinstance(answer, NoResponse) or answer.status != 200 or "json" not in answer.headers.get("Content-Type", ""):
        return _fixed_endpoints(url)
    endpoints = parse_discovery(answer.body, url)
    if isinstance(endpoints, str):
        raise TokenExchangeRejected(
            f"{url.host} answers the discovery of Trusted Publishing (PEP 807), but {endpoints}.",
            remedy="Report this to the index's operators. Until it is fixed, log in with an API token or password "
            "(`public-index-token`, `private-index-password`).",
        )
    return endpoints


def _look_up(url: str) -> Request:
    return Request(method="GET", url=url, headers={"Accept": _ACCEPT}, max_bytes=65536)


def _origin(url: CanonicalUrl) -> str:
    return url.text.removesuffix(url.path)


def _is_lost_race(answer: Response) -> bool:
    return answer.status == 422 and any(
        error.code in _RACE_CODES or _RACE_WORDS in error.description for error in parse_mint_errors(answer.body)
    )


def _list_errors(errors: tuple[MintError, ...]) -> str:
    told = (f"{error.code}: {error.description.rstrip('.')}".strip(": ") for error in errors)
    return "; ".join(told) or "it names no reason"


def _describe_refusal(answer: Response) -> str:
    words = extract_words(reason="", content_type=answer.headers.get("Content-Type", ""), body=answer.body)
    return f"HTTP {answer.status}, {words}" if words and answer.status != 404 else f"HTTP {answer.status}"


def _unreachable(url: CanonicalUrl, answer: Response | NoResponse) -> IndexUnreachable:
    return IndexUnreachable(
        f"No usable answer about Trusted Publishing came from {url.host}, in all tries: {describe_failure(answer)}.",
        remedy="Run the job again; if it fails again, see the status page of the index.",
    )
