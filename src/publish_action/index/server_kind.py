"""What a run and its reader need to know of one kind of index server."""

import re
from dataclasses import dataclass
from enum import StrEnum

ANY_HOST = re.compile(r".+")


class Proof(StrEnum):
    """What shows that an upload URL belongs to this kind of server (docs/decisions/0034-read-urls.md)."""

    URL = "its URL"
    """The host is one vendor's, or the path is one product's API."""
    SIMPLE_ROOT = "the list of projects beside it"
    DEVPI_API = "devpi's description of the index"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKind:
    """One kind of server, as data. An upload URL is host, base and `upload_ending`; the read URL shares its base."""

    name: str
    """As `Index.server` holds it."""
    title: str
    page: str
    """Its page below docs/indexes."""
    proof: Proof = Proof.URL
    host: re.Pattern[str] = ANY_HOST
    base: re.Pattern[str]
    """The path without the endings and without a final slash."""
    upload_ending: str
    read_ending: str | None
    """None where the read side has an address that does not follow from the upload URL."""
    lists_projects: bool = False
    """True if it is certain that the read URL answers with the list of projects (PEP 503)."""
    moved_pages: re.Pattern[str] | None = None
    """Paths of the same host to which the server moves its simple pages; a 404 there is the server's own."""
    forwards_unknown: bool = False
    """True if it redirects to another index for a project that it does not have, and for no other."""
    refuses_simple: bool = False
    """True if it is certain that no upload is taken at the URL that installers read."""
    upload_form: str
    """The upload URL with its variable parts in upper case."""
    user: str
    """Which user name goes with which secret: words that follow "The user name is"."""
    user_is_secret: bool = False
    """True where the user name is the token."""
    wants_own_user: bool = False
    """True if `__token__`, PyPI's user name for any token, is not the one to give."""
    keyless: str = ""
    """The word of `private-index-auth` for a login without a stored secret; empty = there is none."""
    duplicates: str
    """What it answers to a file that it has already."""
    attestations: str
    signatures: str
    answers: tuple[tuple[int, str], ...] = ()
    """What a status means here and elsewhere does not, as a whole sentence."""
    late: str = ""
    """What may have happened to a file that it took and does not serve, as a whole sentence."""
