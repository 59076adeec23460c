"""Parse an index's simple page: which files a project has there, with which hashes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from packaging.utils import (
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from publish_action.index.project_status import ACTIVE, Marker, ProjectStatus, parse_status
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text

JSON_TYPES = frozenset({"application/vnd.pypi.simple.v1+json", "application/json"})
HTML_TYPES = frozenset({"application/vnd.pypi.simple.v1+html", "text/html"})
_VALUE = r"""\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
_LINK = re.compile(r"a\s(?:[^>]*?\s)??href" + _VALUE, re.IGNORECASE)
_VERSION_TAG = re.compile(r"meta\s[^>]*pypi:repository-version", re.IGNORECASE)
_STATUS_TAG = re.compile(r"meta\s[^>]*pypi:project-status(-reason)?(?![\w-])", re.IGNORECASE)
_CONTENT = re.compile(r"\scontent" + _VALUE, re.IGNORECASE)
_HEADING = re.compile(
    r"(?:title|h1)(?:\s[^>]{0,200})?>\s{0,99}(?:[^<>\s]{1,200}:\s)?links for\s+(\S+)\s*", re.IGNORECASE
)
"""Of PyPI, Pulp, pypiserver, Nexus, Gitea and GitLab `Links for NAME`; of devpi `USER/INDEX: links for NAME`."""
_LONGEST_HEADING = 1000
# What stands on login pages and in marked sections, and on no page of PEP 503: unknown is not empty.
_FOREIGN = re.compile(rb"<(?:form|input|frameset|!\[)", re.IGNORECASE)
_NO_LIST = re.compile(rb"<(?:script|form|input|frameset|!\[)", re.IGNORECASE)
_JSON_VERSION = re.compile(r'"api-version"\s{0,99}:\s{0,99}"([^"]{0,99})"')
_JSON_PROJECTS = re.compile(r'"projects"\s{0,99}:\s{0,99}\[')
_TITLE = re.compile(r"title(?:\s[^>]*)?>\s*simple index\b", re.IGNORECASE)
_START = 1 << 16
_MOST_TAGS = 1_000_000
"""PyPI's pages have 2 tags a file, and the longest page that is read has room for some 150,000 files."""
_READ_TAGS = (b"a", b"m", b"t", b"h")
"""How the tags begin that are looked at: links, meta, title and h1."""
_HASH = re.compile(r"([a-z0-9_]{1,20})=([0-9a-fA-F]{1,128})")
_OLD_VERSION = re.compile(r"v?[0-9]")
_OTHER_PROJECT = "it is the page of another project"
_NOTHING_SHOWS = "nothing on it shows that it is the page of this project"


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
class SimplePage:
    """The simple page of a project: what the index has of it."""

    files: tuple[ListedFile, ...]
    status: ProjectStatus = ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnreadable:
    """The answer is no simple page of the project that was asked for, or none that we know."""

    reason: str


def parse_simple_page(*, url: str, content_type: str, body: bytes, project: str) -> SimplePage | PageUnreadable:
    """Read the page of `project` (normalised name) at `url`, JSON (PEP 691) or HTML (PEP 503).

    A page counts only if something on it shows that it is this project's: its name, a heading of a known server, a
    file of the project, or, on a page without files, the version of the Simple API (PEP 629). A sign-in page, an
    empty body or a notice also has no links, and some indexes overwrite what is there. Raises nothing, however
    hostile the bytes; time and memory grow with their length alone.
    """
    media_type = media_type_of(content_type)
    if media_type in JSON_TYPES:
        return _parse_json(url, body, project)
    if media_type in HTML_TYPES:
        return _parse_html(url, body, project)
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
    pieces = _list_tags(start.encode("utf-8", "replace"))
    versions = _versions_in(pieces)
    return all(_is_known(version) for version in versions) and (
        bool(versions) or any(_TITLE.match(piece) or _is_link_to_project(piece) for piece in pieces)
    )


def media_type_of(content_type: str) -> str:
    """Give the type of an answer without its parameters."""
    return content_type.split(";", maxsplit=1)[0].strip().lower()


def _parse_json(url: str, body: bytes, project: str) -> SimplePage | PageUnreadable:
    page = parse_json_object(body)
    entries = pick_objects(page, "files") if page else ()
    files = page.get("files") if page else None
    if page is None or not isinstance(files, list) or len(entries) != len(files):
        return PageUnreadable(reason="it is not the JSON of PEP 691")
    meta = page.get("meta")
    version = pick_text(meta, "api-version") if isinstance(meta, dict) else ""
    if not _is_known(version):
        return PageUnreadable(reason="it is of a version of the Simple API that we do not know")
    # PyPI's own mark (PEP 700 leaves keys with an underscore to the index). Others may give times as well, and have
    # none of PyPI's rules about them.
    is_pypi = isinstance(meta, dict) and isinstance(meta.get("_last-serial"), int)
    listed = tuple(_read_entry(url, entry, is_pypi=is_pypi) for entry in entries)
    status = _read_json_status(page)
    if status is None or not all(file.name for file in listed):
        return PageUnreadable(reason="it is not the JSON of PEP 691")
    doubt = _doubt_json(page, listed, project)
    return PageUnreadable(reason=doubt) if doubt else SimplePage(files=listed, status=status)


def _read_entry(url: str, entry: Mapping[str, object], *, is_pypi: bool) -> ListedFile:
    return ListedFile(
        name=pick_text(entry, "filename"),
        url=_show_url(url, pick_text(entry, "url")),
        hashes=_hashes_in(entry),
        uploaded=_parse_time(pick_text(entry, "upload-time")) if is_pypi else None,
    )


def _read_json_status(page: Mapping[str, object]) -> ProjectStatus | None:
    """Return the status of PEP 792, or None where there is something else in its place."""
    value = page.get("project-status")
    if value is None:
        return ACTIVE
    word = value.get("status", Marker.ACTIVE) if isinstance(value, dict) else None
    return (
        parse_status([word], pick_text(value, "reason")) if isinstance(value, dict) and isinstance(word, str) else None
    )


def _doubt_json(page: Mapping[str, object], files: tuple[ListedFile, ...], project: str) -> str:
    """Say why a page of PEP 691 is not that of `project`, or return the empty text; its name is mandatory there."""
    if "name" not in page:
        return "" if _has_file_of(project, files) else _NOTHING_SHOWS
    return "" if canonicalize_name(pick_text(page, "name")) == project else _OTHER_PROJECT


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


def _parse_html(url: str, body: bytes, project: str) -> SimplePage | PageUnreadable:
    if body.count(b"<") > _MOST_TAGS:
        return PageUnreadable(reason=f"it has more than {_MOST_TAGS} tags")
    # By hand, and in one pass: `html.parser` takes time that grows with the square of a hostile page (measured).
    if _FOREIGN.search(body):
        return PageUnreadable(reason="it is not the HTML of PEP 503")
    pieces = _list_tags(body)
    versions = _versions_in(pieces)
    if not all(_is_known(version) for version in versions):
        return PageUnreadable(reason="it is of a version of the Simple API that we do not know")
    links = [_value_of(found) for piece in pieces if (found := _LINK.match(piece))]
    files = tuple(_listed_in(url, [link for link in links if link]))
    doubt = _doubt_html(pieces, files, project, has_version=bool(versions))
    return PageUnreadable(reason=doubt) if doubt else SimplePage(files=files, status=_read_html_status(pieces))


def _doubt_html(pieces: list[str], files: tuple[ListedFile, ...], project: str, *, has_version: bool) -> str:
    """Say why a page of PEP 503 is not that of `project`, or return the empty text."""
    headings = (_HEADING.fullmatch(piece[:_LONGEST_HEADING]) for piece in pieces)
    names = {canonicalize_name(_unescape(found[1])) for found in headings if found}
    if names:
        return "" if names == {project} else _OTHER_PROJECT
    return "" if _has_file_of(project, files) or (has_version and not files) else _NOTHING_SHOWS


def _has_file_of(project: str, files: tuple[ListedFile, ...]) -> bool:
    return any(_is_file_of(project, file.name) for file in files)


def _is_file_of(project: str, file: str) -> bool:
    """Return whether a file's name begins with the project's, then a version; eggs and installers count too."""
    try:
        parsed = parse_wheel_filename(file) if file.endswith(".whl") else parse_sdist_filename(file)
        return parsed[0] == project
    # Not only packaging's own errors, which are ValueErrors: numbers of thousands of digits raise a plain one.
    except ValueError:
        name, start = canonicalize_name(file), f"{project}-"
        return name.startswith(start) and _OLD_VERSION.match(name, len(start)) is not None


def _read_html_status(pieces: list[str]) -> ProjectStatus:
    found = [(tag[1], value) for piece in pieces if (tag := _STATUS_TAG.match(piece)) and (value := _content_of(piece))]
    words = [value for suffix, value in found if not suffix]
    return parse_status(words, next((value for suffix, value in found if suffix), ""))


def _content_of(piece: str) -> str:
    found = _CONTENT.search(piece)
    return _value_of(found) if found else ""


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


def _list_tags(body: bytes) -> list[str]:
    """Return the text from each tag that is looked at up to the next tag, without its `<` and outside comments."""
    pieces = b"".join(_outside_comments(body)).split(b"<")[1:]
    return [piece.decode("utf-8", "replace") for piece in pieces if piece[:1].lower() in _READ_TAGS]


def _outside_comments(body: bytes) -> Iterator[bytes]:
    """Yield what stands before, between and after comments; a comment that never ends hides the rest."""
    position = 0
    while position >= 0:
        begin = body.find(b"<!--", position)
        yield body[position:] if begin < 0 else body[position:begin]
        end = body.find(b"-->", begin + 4) if begin >= 0 else -1
        position = end + 3 if end >= 0 else -1


def _value_of(found: re.Match[str]) -> str:
    return _unescape(next((group for group in found.groups() if group is not None), ""))


def _unescape(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:
        # A reference of more digits than Python turns into a number; no character has one.
        return text


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
