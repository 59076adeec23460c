"""Recognise the kind of an index server by its upload URL, and say what follows from it."""

import re
from dataclasses import dataclass

from publish_action.index.pypi import is_pypi
from publish_action.index.server_kind import Proof, ServerKind
from publish_action.index.server_kinds import KINDS
from publish_action.untrusted.url import CanonicalUrl

_BY_NAME = {kind.name: kind for kind in KINDS}
_TOKEN_USER = "__token__"  # noqa: S105 -- the user name that goes with any API token


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A kind that an upload URL may belong to."""

    kind: ServerKind
    read_url: str | None
    """Its read side, if it is of this kind; None where that does not follow from the upload URL."""

    @property
    def is_certain(self) -> bool:
        """True if nobody needs to be asked."""
        return self.kind.proof is Proof.URL


def detect_server(url: CanonicalUrl) -> Recognition | None:
    """Give the kind whose form a canonical upload URL has; None = no form that we know, or PyPI's own hosts."""
    if is_pypi(url.host):
        return None
    for kind in KINDS:
        base = _base_of(kind, url, f"{_ending(kind.upload_ending)}/?")
        if base is not None:
            read_url = None if kind.read_ending is None else f"{_origin(url)}{base}{kind.read_ending}"
            return Recognition(kind=kind, read_url=read_url)
    return None


def kind_named(name: str) -> ServerKind | None:
    """Give the kind that `Index.server` names; None = the server's kind is not known."""
    return _BY_NAME.get(name)


def find_upload_url(url: CanonicalUrl) -> tuple[ServerKind, str] | None:
    """Give the kind and its upload URL, where a canonical URL is one that installers read and no upload goes to."""
    if is_pypi(url.host):
        return None
    for kind in KINDS:
        if not kind.refuses_simple or kind.read_ending is None:
            continue
        # Installers' pages of one project lie below.
        base = _base_of(kind, url, f"{_ending(kind.read_ending)}(?:/.*)?")
        if base is not None:
            return kind, f"{_origin(url)}{base}{kind.upload_ending}"
    return None


def advise_login(kind: ServerKind | None, user: str, status: int) -> tuple[str, ...]:
    """Give sentences on what a refused login may lack here: the user name that is wanted, what the status means."""
    is_pypis = kind is not None and kind.wants_own_user and user in {"", _TOKEN_USER}
    wanted = f"For {kind.title} the user name is {kind.user}." if kind and is_pypis else ""
    return tuple(text for text in (wanted, explain_status(kind, status)) if text)


def explain_status(kind: ServerKind | None, status: int) -> str:
    """Say what a status means from this kind of server, or give the empty text."""
    return dict(kind.answers).get(status, "") if kind else ""


def _base_of(kind: ServerKind, url: CanonicalUrl, ending: str) -> str | None:
    """Give the path without its ending, a pattern, where host and path are of this kind."""
    path = re.fullmatch(f"({kind.base.pattern}){ending}", url.path)
    return path[1] if path and kind.host.fullmatch(url.host) else None


def _ending(text: str) -> str:
    """Give the pattern of an ending without its final slash, which people leave out."""
    return re.escape(text.rstrip("/"))


def _origin(url: CanonicalUrl) -> str:
    return url.text.removesuffix(url.path)
