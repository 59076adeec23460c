"""A package index and who can read it."""

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who can read an index."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A place to publish to. Its URLs are canonical: built by `index_url`, never by hand."""

    name: str
    url: str
    audience: Audience
    check_url: str | None = None
    """Its read side (PEP 503/691), or None where it is not known or not to be used."""
    is_write_only: bool = False
    """True if nothing is to be read there: `check-url` is `none`, since the login may upload and not read."""
    auth: str = "auto"
    """The contract's `private-index-auth` word."""
    username: str = ""
    auth_options: tuple[tuple[str, str], ...] = ()
    server: str = ""
    """The kind of its server by the form of its URL, as `server_kinds` names it; empty = none that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProblem:
    """An index that was named or given and cannot be used, with the reason code of row 6."""

    name: str
    code: str
    message: str
    remedy: str
    key: tuple[str, ...] = ()
    """Where it is written: a path of keys in a policy, or the name of an input."""
    source: str = ""
    """The policy that it is written in; empty = it is an input."""
