"""What the claims of an ID token say of this run."""

import base64
import binascii
import re
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from types import MappingProxyType

from publish_action.github.repository import parse_word
from publish_action.models.visibility import Malformed, OrganisationAudience, PublishAudience, Visibility
from publish_action.protocols import Claims
from publish_action.untrusted.json import parse_json_object

MAX_TOKEN = 32768
"""Characters. GitHub's ID tokens have about 2000; an organisation's custom properties add to them."""

# JWS compact serialisation (RFC 7515, section 7.1). The decoders of base64 skip what does not belong into it.
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.(?P<claims>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
SWITCH_PROPERTY = "publish_audience"
"""The custom property of repositories that an organisation's administrators set, and GitHub signs into ID tokens."""
_SWITCH_CLAIM = f"repo_property_{SWITCH_PROPERTY}"
SWITCH_WORDS = (PublishAudience.PRIVATE_ONLY, PublishAudience.BY_GRANT, PublishAudience.PUBLIC_OK)
_LONGEST_WORD = 60

_LEEWAY = timedelta(seconds=60)
_OLDEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundClaims:
    """The claims that decide, of a token that was made for this very run."""

    visibility: Visibility
    environment: str | None
    """The deployment environment of the job; None = it runs in none."""
    event_name: str
    switch: OrganisationAudience
    claims: Claims
    """All of them, read-only, for diagnosis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisRun:
    """The run that claims have to be of, as the runner describes it."""

    repository: str
    repository_id: str
    run_id: str
    repository_owner_id: str
    run_attempt: str
    sha: str
    ref: str
    """Empty for a deployment of a commit that no branch or tag was named for."""


def bind_claims(claims: Claims, run: ThisRun) -> BoundClaims | Malformed:
    """Tie verified claims to this run: a token of another run or repository proves nothing about ours."""
    for name in ("repository", "repository_id", "run_id"):
        if not getattr(run, name):
            return Malformed(reason=f"The runner does not say what this run's {name} is.")
    for field in fields(run):
        name, ours = field.name, getattr(run, field.name)
        if claims.get(name, "") != ours:
            return Malformed(reason=f"The ID token's {name} is {claims.get(name)!r:.200}; this run's is {ours!r}.")
    visibility = parse_word(claims.get("repository_visibility"))
    if visibility is None:
        return Malformed(reason="The ID token's repository_visibility is none of public, internal, private.")
    environment, event_name = claims.get("environment"), claims.get("event_name")
    if not isinstance(event_name, str) or not isinstance(environment, str | None):
        return Malformed(reason="The ID token's event_name or environment is not a text.")
    return BoundClaims(
        visibility=visibility,
        environment=environment,
        event_name=event_name,
        switch=parse_switch(claims[_SWITCH_CLAIM]) if _SWITCH_CLAIM in claims else OrganisationAudience(),
        claims=MappingProxyType(dict(claims)),
    )


def parse_switch(value: object) -> OrganisationAudience:
    """Read what the organisation's property says; what we do not know is not the same as nothing."""
    word = value if isinstance(value, str) else repr(value)
    audience = PublishAudience(word) if value in SWITCH_WORDS else PublishAudience.UNKNOWN
    return OrganisationAudience(audience=audience, written=word[:_LONGEST_WORD])


def judge_times(claims: Claims, now: datetime) -> Malformed | None:
    """Say what is wrong with `iat`, `nbf` and `exp` at `now`; None = nothing.

    GitHub makes a token on demand and lets it live for 5 minutes, so one that is older was kept by somebody.
    """
    moments = {name: _seconds(claims.get(name)) for name in ("iat", "nbf", "exp")}
    if unread := [name for name, seconds in moments.items() if seconds is None]:
        return Malformed(reason=f"The ID token's {' and '.join(unread)} cannot be read.")
    issued, begins, ends = (seconds or 0.0 for seconds in moments.values())
    moment, leeway = now.timestamp(), _LEEWAY.total_seconds()
    if issued > moment + leeway or begins > moment + leeway:
        return Malformed(reason="The ID token is not valid yet; is this machine's clock right?")
    if ends < moment - leeway or issued < moment - _OLDEST.total_seconds():
        return Malformed(reason="The ID token has expired; it was made for an earlier request.")
    return None


def parse_unverified(token: str) -> Claims | Malformed:
    """Read the claims of a token whose signature nobody has verified.

    For diagnosis, and for comparing what we received with what we asked for; no decision may rest on them.
    """
    if len(token) > MAX_TOKEN:
        return Malformed(reason="It is too large for an ID token.")
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        return Malformed(reason="It has not the three parts of an ID token.")
    try:
        claims = parse_json_object(base64.urlsafe_b64decode(parts["claims"] + "=="))
    except binascii.Error:
        claims = None
    return Malformed(reason="Its claims are not a JSON object.") if claims is None else claims


def _seconds(value: object) -> float | None:
    """A NumericDate (RFC 7519), or None; JSON's true, NaN and what no clock can show are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        return None
    return float(value)
