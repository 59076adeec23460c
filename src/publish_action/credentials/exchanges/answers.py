"""What is common to the vendors' answers: tokens, how long they live, and the words of a refusal."""

import re
from datetime import datetime, timedelta

from publish_action.credentials.upload_token import UploadToken, parse_token
from publish_action.secret import Secret
from publish_action.untrusted.text import shorten

_LONGEST_LIFE = timedelta(hours=24)
# Tokens, keys and assertions come in unbroken runs: a service that echoes one must not put a piece of it into a log.
_LONG_RUN = re.compile(r"[A-Za-z0-9_+/=.~-]{120,}")
# What may stand before the colon of a Basic login.
_USER = re.compile(r"[!-9;-~]{0,256}")


def make_token(text: str, *, user: str, now: datetime, seconds: object, usual: int) -> UploadToken | None:
    """Give a token that lives for `seconds` from `now`, or None where the text is no token.

    `seconds` is the vendor's word, a number or digits; where it is no sensible one, the token lives for `usual`.
    """
    token = parse_token(text)
    if token is None or not _USER.fullmatch(user):
        return None
    return UploadToken(token=token, user=user, minted=now, expires=now + _parse_seconds(seconds, usual))


def seconds_until(moment: object, now: datetime) -> float | None:
    """Give the seconds from `now` to a moment said as RFC 3339 or as seconds since 1970; None = it is neither."""
    if isinstance(moment, str):
        try:
            parsed = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return (parsed - now).total_seconds() if parsed.tzinfo else None
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < 1e11:
        return None
    return moment - now.timestamp()


def tidy(said: str, *secrets: Secret) -> str:
    """Give a service's words on one bounded line, without the secrets it was sent and without any long token."""
    for secret in secrets:
        said = said.replace(secret.reveal(), "***") if secret else said
    return shorten(_LONG_RUN.sub("…", said))


def _parse_seconds(seconds: object, usual: int) -> timedelta:
    """An end that is past or far away says more about the clocks than about the token."""
    if isinstance(seconds, str) and re.fullmatch(r"[0-9]{1,9}", seconds):
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return timedelta(seconds=usual)
    return timedelta(seconds=seconds if 0 < seconds <= _LONGEST_LIFE.total_seconds() else usual)
