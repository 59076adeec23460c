"""A short-lived upload token, and how it is recognised."""

import re
from dataclasses import dataclass
from datetime import datetime

from publish_action.secret import Secret

TOKEN_USER = "__token__"  # noqa: S105 -- the user name that goes with a token (Warehouse)


# A token goes into a header: nothing in it may end one.
_TOKEN = re.compile(r"[!-~]{1,16384}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadToken:
    """A token that the index minted for us."""

    token: Secret
    minted: datetime
    expires: datetime
    user: str = TOKEN_USER
    """The user name that it is the password of."""


def parse_token(text: str) -> Secret | None:
    """Give a text as a token, or None where it is none that could stand in a header."""
    return Secret(text) if _TOKEN.fullmatch(text) else None
