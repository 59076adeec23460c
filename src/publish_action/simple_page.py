"""Parse an index's simple page: which files a project has there, with which hashes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from packaging.utils import canonicalize_name, is_normalized_name

from publish_action.json_object import parse_json_object, pick_objects, pick_text

JSON_TYPES = frozenset({"application/vnd.pypi.simple.v1+json", "application/json"})
HTML_TYPES = frozenset({"application/vnd.pypi.simple.v1+html", "text/html"})
_VALUE = r"""\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
_LINK = re.compile(r"a\s(?:[^>]*?\s)??href" + _VALUE, re.IGNORECASE)
_VERSION_TAG = re.compile(r"meta\s[^>]*pypi:repository-version", re.IGNORECASE)
_CONTENT = re.compile(r"\scontent" + _VALUE, re.IGNORECASE)
# What stands on login pages and in marked sections, and on no page of PEP 503: unknown is not empty.
_FOREIGN = re.compile(rb"<(?:form|input|frameset|!\[)", re.IGNORECASE)
_NO_LIST = re.compile(rb"<(?:script|form|input|frameset|!\[)", re.IGNORECASE)
_JSON_VERSION = re.compile(r'"api-version"\s{0,99}:\s{0,99}"([^"]{0,99})"')
_JSON_PROJECTS = re.compile(r'"projects"\s{0,99}:\s{0,99}\[')
_TITLE = re.compile(r"title(?:\s[^>]*)?>\s*simple index\b", re.IGNORECASE)
_START = 1 << 16
_HASH = re.compile(r"([a-z0-9_]{1,20})=([0-9a-fA-F]{1,128})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file as an index lists it."""

    name: str
    url: str
    """Absolute, without user, query and fragment, as a signed address is a secret; empty where it is none to show."""
    hashes: tuple[tuple[str, str], ...]
    """Algorithm as `hashlib` names it, and the digest in lower-case hexadecimal."""
    uploaded: datetime | None = None
    """When PyPI took it (aware); None where no index of PyPI's kind says so."""

    def digest(self, algorithm: str) -> str:
        """Give the digest by that algorithm, or the empty text."""
        return dict(self.hashes).get(algorithm, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnreadable:
    """The answer is no simple page that we know."""

    reason: str


def parse_simple_page(*, url: str, content_type: str, body: bytes) -> tuple[ListedFile, ...] | PageUnreadable:
    """Read a project's page at `url`, JSON (PEP 691) or HTML (PEP 503). Raises nothing, however hostile the bytes."""
    media_type = media_type_of(content_type)
    if media_type in JSON_TYPES:
        return _parse_json(url, body)
    if media_type in HTML_TYPES:
        return _parse_html(url, body)
    return PageUnreadable(reason="its content type is none of a simple page")


def is_project_list(*, content_type: str, body: bytes) -> bool:
    """Tell by its beginning whether a page is an index's list of projects (PEP 503, PEP 691), however long it is.

    The list of a large index has 900,000 links: to read them all would take half a minute and half a gigabyte.
    """
    media_type, start = media_type_of(content_type), body[:_START].decode("utf-8", "replace")
    if media_type in JSON_TYPES:
        versions = _JSON_VERSION.findall(start)
        is_list = start.lstrip().startswith("{") and _JSON_PROJECTS.search(start) is not None
        return is_list and bool(versions) and all(_is_known(version) for version in versions)
    if media_type not in HTML_TYPES or _NO_LIST.search(body):
        return False
    pieces = _without_comments(start).split("<")[1:]
    versions = _versions_in(pieces)
    return all(_is_known(version) for version in versions) and (
        bool(versions) or any(_TITLE.match(piece) or _is_link_to_project(piece) for piece in pieces)
    )


def media_type_of(content_type: str) -> str:
    """Give the type of an answer without its parameters."""
    return content_type.split(";", maxsplit=1)[0].strip().lower()


def _parse_json(url: str, body: bytes) -> tuple[ListedFile, ...] | PageUnreadable:
    page = parse_json_object(body)
    if page is None or not isinstance(page.get("files"), list):
        return PageUnreadable(reason="it is not the JSON of PEP 691")
    meta = page.get("meta")
    version = pick_text(meta, "api-version") if isinstance(meta, dict) else ""
    if not _is_known(version):
        return PageUnreadable(reason="it is of a version of the Simple API that we do not know")
    # PyPI's own mark (PEP 700 leaves keys with an underscore to the index). Others may give times as well, and have
    # none of PyPI's rules about them.
    is_pypi = isinstance(meta, dict) and isinstance(meta.get("_last-serial"), int)
    return tuple(
        ListedFile(
            name=pick_text(entry, "filename"),
            url=_show_url(url, pick_text(entry, "url")),
            hashes=_hashes_in(entry),
            uploaded=_parse_time(pick_text(entry, "upload-time")) if is_pypi else None,
        )
        for entry in pick_objects(page, "files")
    )


def _parse_time(text: str) -> datetime | None:
    """Read a time of PEP 700; one without a zone is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def _hashes_in(entry: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    hashes = entry.get("hashes")
    pairs = hashes.items() if isinstance(hashes, dict) else ()
    found = (_HASH.fullmatch(f"{name}={digest}") for name, digest in pairs if isinstance(digest, str))
    return tuple((pair[1], pair[2].lower()) for pair in found if pair)


def _parse_html(url: str, body: bytes) -> tuple[ListedFile, ...] | PageUnreadable:
    # By hand, and in one pass: `html.parser` takes time that grows with the square of a hostile page (measured).
    if _FOREIGN.search(body):
        return PageUnreadable(reason="it is not the HTML of PEP 503")
    pieces = _without_comments(body.decode("utf-8", "replace")).split("<")[1:]
    if not all(_is_known(version) for version in _versions_in(pieces)):
        return PageUnreadable(reason="it is of a version of the Simple API that we do not know")
    links = [_value_of(found) for piece in pieces if (found := _LINK.match(piece))]
    return tuple(_listed_in(url, [link for link in links if link]))


def _versions_in(pieces: list[str]) -> list[str]:
    """Give the versions of the Simple API that a page says it is of (PEP 629)."""
    return [_value_of(found) for piece in pieces if _VERSION_TAG.match(piece) and (found := _CONTENT.search(piece))]


def _is_link_to_project(piece: str) -> bool:
    """PEP 503: the link's text is the project's name, and its address ends with the name."""
    found = _LINK.match(piece)
    if found is None:
        return False
    path = _value_of(found).partition("#")[0].partition("?")[0]
    ending, text = unquote(path.rstrip("/").rpartition("/")[2]), piece.partition(">")[2].strip()
    return is_normalized_name(canonicalize_name(text)) and canonicalize_name(ending) == canonicalize_name(text)


def _without_comments(text: str) -> str:
    kept = []
    while text:
        before, opened, rest = text.partition("<!--")
        kept.append(before)
        text = rest.partition("-->")[2] if opened else ""
    return "".join(kept)


def _value_of(found: re.Match[str]) -> str:
    return unescape(next((group for group in found.groups() if group is not None), ""))


def _listed_in(url: str, links: list[str]) -> Iterator[ListedFile]:
    for link in links:
        target, _, fragment = link.partition("#")
        found = _HASH.fullmatch(fragment)
        yield ListedFile(
            # Installers take the name from the address, not from the text beside it.
            name=unquote(target.partition("?")[0].rpartition("/")[2]),
            url=_show_url(url, target),
            hashes=((found[1], found[2].lower()),) if found else (),
        )


def _is_known(version: str) -> bool:
    """PEP 629: a client must not read a version with another first number."""
    return version.startswith("1.")


def _show_url(page_url: str, link: str) -> str:
    try:
        parts = urlsplit(urljoin(page_url, link))
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"}:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
