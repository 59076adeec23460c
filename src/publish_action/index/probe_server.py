"""Find the read side of an index whose URL has a form that other servers share: its server says whether it is one."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from publish_action.errors import CredentialRejected, IndexUnreachable
from publish_action.index.detect_server import Recognition, advise_login, detect_server
from publish_action.index.server_kind import Proof
from publish_action.index.simple_page import is_project_list
from publish_action.index.upload_url_check import refuse_read_url
from publish_action.models.index import Audience, Index
from publish_action.network.client import HttpClient, NoResponse, Request, Response
from publish_action.network.retry import ask, describe_failure
from publish_action.protocols import Log, Sleep
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_text
from publish_action.untrusted.url import CanonicalUrl, parse_url

_NOT_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_ROOT = 64 << 20
"""Bytes. The list of projects of a large index fills some 10 MiB."""


def find_read_side(
    index: Index, *, authorization: Callable[[], Secret | None], client: HttpClient, sleep: Sleep, log: Log
) -> Index:
    """Give the index with its read side, or without a kind where its server does not show that it is of that kind.

    Asks the index's own host alone, only where no read side is known and the URL's form suggests one; only after the
    decision. Raises `CredentialRejected` where the server does not let us look, `IndexUnreachable` where it cannot
    answer: some servers overwrite, so not knowing is a no. Raises `InputsInvalid` where the URL is known to be no
    upload URL.
    """
    refuse_read_url(index, client=client)
    if index.is_write_only:
        return index
    url = parse_url(index.url)
    found = detect_server(url) if isinstance(url, CanonicalUrl) and index.check_url is None else None
    if found is None or found.is_certain or found.read_url is None:
        return index
    login = authorization() if index.audience is Audience.PRIVATE else None
    if not _is_proven(index, found, login, client, sleep):
        log.say(f"The URL of {index.name} has the form of {found.kind.title}'s, but its server does not answer so.")
        return replace(index, server="")
    log.say(f"{index.name} is taken for {found.kind.title}, by {found.kind.proof}: what it has is looked up there.")
    return replace(index, check_url=found.read_url)


def _is_proven(index: Index, found: Recognition, login: Secret | None, client: HttpClient, sleep: Sleep) -> bool:
    is_devpi = found.kind.proof is Proof.DEVPI_API
    url = f"{index.url.rstrip('/')}/+api" if is_devpi else found.read_url or ""
    headers: dict[str, str | Secret] = {"Accept": "application/json" if is_devpi else "text/html"}
    if login is not None:
        headers["Authorization"] = login
    request = Request(method="GET", url=url, headers=headers, max_bytes=_LONGEST_ROOT)
    answer = ask(client, lambda: request, sleep=sleep)
    if isinstance(answer, NoResponse) or answer.status in _NOT_NOW:
        raise IndexUnreachable(
            f"Could not determine what {index.name} has already: {url} gave no usable answer "
            f"({describe_failure(answer)}).",
            remedy="Run the job again, or give the URL that installers read in private-index-check-url.",
        )
    if is_devpi:
        return _describes(answer, index.url)
    if answer.status in {401, 403}:
        raise CredentialRejected(
            f"{index.name} does not let us read its files (HTTP {answer.status}), so it cannot be told what it has "
            "already.",
            remedy=" ".join(
                [
                    "Give a login that may read as well as upload (`private-index-username`, "
                    "`private-index-password`), or the URL that installers read in `private-index-check-url`.",
                    *advise_login(found.kind, index.username, answer.status),
                ]
            ),
        )
    content_type = answer.headers.get("Content-Type", "")
    return answer.status == 200 and is_project_list(content_type=content_type, body=answer.body)


def _describes(answer: Response, upload_url: str) -> bool:
    """Tell whether devpi's description of an index names our upload URL's path; behind a proxy its host is its own."""
    description = parse_json_object(answer.body) if answer.status == 200 else None
    result = description.get("result") if description else None
    if not isinstance(result, dict) or pick_text(description or {}, "type") != "apiconfig":
        return False
    try:
        paths = [urlsplit(pick_text(result, name)).path.rstrip("/") for name in ("pypisubmit", "simpleindex")]
    except ValueError:
        return False
    ours = urlsplit(upload_url).path.rstrip("/")
    return bool(paths[0]) and ours.endswith(paths[0]) and paths[1] == f"{paths[0]}/+simple"
