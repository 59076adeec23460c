"""Read an index's simple pages: which files, which hashes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import canonicalize_name

from publish_action.index.project_status import ACTIVE, ProjectStatus
from publish_action.index.server_kind import ServerKind
from publish_action.index.simple_page import ListedFile, PageUnreadable, parse_simple_page
from publish_action.network.client import HttpClient, NoResponse, Request, Response
from publish_action.network.retry import ask, describe_failure
from publish_action.protocols import Sleep
from publish_action.secret import Secret

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_MOST_REDIRECTS = 2
_LONGEST_PAGE = 64 << 20
"""Bytes. A project of many thousand files fills some 10 MiB."""
_TIMEOUT = 30.0
"""Seconds for one request."""
_PYPI = ("https", "pypi.org")
_PATH = re.compile(r"/[A-Za-z0-9._~+/%@-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files that the index has of a project."""

    files: tuple[ListedFile, ...]
    status: ProjectStatus = ACTIVE

    def find(self, name: str) -> ListedFile | None:
        """Give the file of that name."""
        return next((file for file in self.files if file.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The index has nothing of the project."""

    warning: str = ""
    """Why that may not be the whole truth; empty = no reason to doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """We may not read there: whether the project is there, nobody told us."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """No answer came that we understand."""

    reason: str


ProjectPage = Listing | Absent | Closed | Unreadable


def read_project(
    client: HttpClient,
    *,
    check_url: str,
    project: str,
    authorization: Secret | None,
    sleep: Sleep,
    kind: ServerKind | None = None,
    time_left: Callable[[], float] | None = None,
) -> ProjectPage:
    """Ask the read side at `check_url` for a project (normalised name).

    `authorization` goes to the origin of `check_url` and nowhere else. A redirect to another host is not followed. It
    means "not there" only where the index forwards what it does not have: to PyPI, as pypiserver and GitLab do by
    default, or from a `kind` of server that does so. Nor is a redirect followed to a page that is not the project's,
    as a sign-in page. A 404 after a redirect means "not there" only at the page's own address or at one to which this
    kind of server moves its pages.

    With `time_left` (seconds), each request may take as long as that, and none is repeated.
    """
    root = check_url.removesuffix("/")
    url = f"{root}/{project}/"
    for _ in range(_MOST_REDIRECTS + 1):
        answer = _ask(client, url, authorization, sleep, time_left)
        if isinstance(answer, NoResponse) or not 300 <= answer.status < 400:
            return _judge(answer, project, is_home=_is_home(url, root, kind.moved_pages if kind else None))
        target = _resolve(url, answer.headers.get("Location", ""), project, kind)
        if not isinstance(target, str):
            return target
        if not _is_page_of(project, target):
            return Unreadable(
                reason="it redirects to a page of its own that is not the project's; a login may be missing"
            )
        url = target
    return Unreadable(reason=f"it redirects more than {_MOST_REDIRECTS} times")


def _is_home(url: str, root: str, moved_pages: re.Pattern[str] | None) -> bool:
    is_moved = moved_pages is not None and moved_pages.fullmatch(urlsplit(url).path) is not None
    return is_moved or url.rstrip("/").rpartition("/")[0] == root


def _is_page_of(project: str, url: str) -> bool:
    """Tell whether a URL ends in the project's name, however it is spelled (PEP 503)."""
    segment = urlsplit(url).path.removesuffix("/index.html").rstrip("/").rpartition("/")[2]
    return canonicalize_name(unquote(segment)) == project


def is_same_origin(one: str, other: str) -> bool:
    """Tell whether two canonical URLs belong to one server."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _ask(
    client: HttpClient,
    url: str,
    authorization: Secret | None,
    sleep: Sleep,
    time_left: Callable[[], float] | None,
) -> Response | NoResponse:
    def send(accept: str) -> Response | NoResponse:
        if time_left is not None:
            return client.send(_make_request(url, accept, authorization, min(_TIMEOUT, time_left())))
        return ask(client, lambda: _make_request(url, accept, authorization, _TIMEOUT), sleep=sleep)

    answer = send(_ACCEPT)
    # CodeArtifact refuses an Accept that names a type it does not have.
    return send("text/html") if isinstance(answer, Response) and answer.status == 406 else answer


def _make_request(url: str, accept: str, authorization: Secret | None, timeout: float) -> Request:
    headers: dict[str, str | Secret] = {"Accept": accept}
    if authorization is not None:
        headers["Authorization"] = authorization
    return Request(method="GET", url=url, headers=headers, max_bytes=_LONGEST_PAGE, timeout=timeout)


def _judge(answer: Response | NoResponse, project: str, *, is_home: bool) -> ProjectPage:
    if isinstance(answer, NoResponse):
        return Unreadable(reason=describe_failure(answer))
    if answer.status in {401, 403}:
        return Closed(status=answer.status)
    # Of any content type: GitLab sends text (astral-sh/uv#17334).
    if answer.status == 404:
        return Absent() if is_home else Unreadable(reason="it redirects to another place of its own that answers 404")
    if answer.status != 200:
        return Unreadable(reason=describe_failure(answer))
    content_type = answer.headers.get("Content-Type", "")
    page = parse_simple_page(url=answer.url, content_type=content_type, body=answer.body, project=project)
    if isinstance(page, PageUnreadable):
        return Unreadable(reason=page.reason)
    return Listing(files=page.files, status=page.status)


def _resolve(url: str, location: str, project: str, kind: ServerKind | None) -> str | Absent | Unreadable:
    """Return where to ask next, rebuilt on our own origin, or what it means that the index sends us away."""
    try:
        target = urlsplit(urljoin(url, location))
    except ValueError:
        return Unreadable(reason="it redirects to an address that cannot be read")
    ours = urlsplit(url)
    if target[:2] == ours[:2] and _PATH.fullmatch(target.path):
        return f"{ours.scheme}://{ours.netloc}{target.path}"
    place = target.netloc.rpartition("@")[2] or "another place"
    forwards = (kind is not None and kind.forwards_unknown) or target[:2] == _PYPI
    if forwards and target.scheme in {"http", "https"} and _is_page_of(project, target.geturl()):
        return Absent(warning=f"the index redirects to {place}")
    return Unreadable(
        reason=f"it redirects to {place}, which is not followed; if the index is read there, give that address as "
        "private-index-check-url (check-url in a policy)"
    )
