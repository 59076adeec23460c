"""Parse an index's answers on the way from an ID token to an upload token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from publish_action.credentials.upload_token import UploadToken, parse_token
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.text import shorten
from publish_action.untrusted.url import CanonicalUrl, parse_url

# PEP 807: assume 15 minutes where no end is named; none lives longer than 6 hours.
_USUAL_LIFE = timedelta(seconds=900)


_LONGEST_LIFE = timedelta(hours=6)


_MANY_USES = "multi-use-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where an index trades ID tokens for upload tokens."""

    audience_url: str
    mint_url: str
    features: tuple[str, ...] = ()
    """What to ask for when minting (PEP 807, "Feature Negotiation"); empty = what the index gives anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MintError:
    """One of the reasons why an index mints nothing; both texts are its own."""

    code: str
    description: str


def parse_discovery(body: bytes, upload_url: CanonicalUrl) -> Endpoints | str:
    """Read a discovery answer (PEP 807), or say what is wrong with it.

    Its addresses must be on the upload URL's own host: the ID token goes there.
    """
    answer = parse_json_object(body)
    if answer is None:
        return "it is no JSON object"
    audience = parse_url(pick_text(answer, "audience-endpoint"))
    mint = parse_url(pick_text(answer, "token-mint-endpoint"))
    for endpoint in (audience, mint):
        if not isinstance(endpoint, CanonicalUrl) or not _is_same_origin(endpoint, upload_url):
            return "an address in it is missing, or not on the upload URL's own host"
    return Endpoints(
        audience_url=pick_text(answer, "audience-endpoint"),
        mint_url=pick_text(answer, "token-mint-endpoint"),
        features=_choose_features(answer),
    )


def parse_audience(body: bytes) -> str:
    """Give the audience that an index asks for, or the empty text where it names none."""
    answer = parse_json_object(body)
    return pick_text(answer, "audience") if answer is not None else ""


def parse_minted(body: bytes, now: datetime) -> UploadToken | None:
    """Read a minted token, or give None where there is none."""
    answer = parse_json_object(body)
    token = parse_token(pick_text(answer, "token")) if answer is not None else None
    if answer is None or token is None:
        return None
    return UploadToken(token=token, minted=now, expires=now + _parse_life(answer.get("expires"), now))


def parse_mint_errors(body: bytes) -> tuple[MintError, ...]:
    """Give the reasons why nothing was minted; a problem of RFC 9457 is one reason."""
    answer = parse_json_object(body) or {}
    listed = [(pick_text(error, "code"), pick_text(error, "description")) for error in pick_objects(answer, "errors")]
    problem = [("", pick_text(answer, "detail") or pick_text(answer, "title") or pick_text(answer, "message"))]
    return tuple(
        MintError(code=shorten(code, 60), description=shorten(description))
        for code, description in (listed or problem)[:10]
        if code or description
    )


def _parse_life(expires: object, now: datetime) -> timedelta:
    """An end that is past or far away says more about the clocks than about the token."""
    if isinstance(expires, bool) or not isinstance(expires, int):
        return _USUAL_LIFE
    seconds = expires - int(now.timestamp())
    return timedelta(seconds=seconds) if 0 < seconds <= _LONGEST_LIFE.total_seconds() else _USUAL_LIFE


def _choose_features(answer: Mapping[str, object]) -> tuple[str, ...]:
    """Ask for a token of many uses where the index would give one of a single use."""
    offered, given = answer.get("features"), answer.get("default-features")
    is_usual = not isinstance(given, list) or _MANY_USES in given
    return () if is_usual or not isinstance(offered, list) or _MANY_USES not in offered else (_MANY_USES,)


def _is_same_origin(one: CanonicalUrl, other: CanonicalUrl) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
