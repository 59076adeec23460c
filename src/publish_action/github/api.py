"""Ask GitHub's REST API for the repository's visibility, and for policy files.

PyGithub's sessions obey the environment (requests' `trust_env`). Whoever calls this has removed from `os.environ`
all that must not be obeyed, and points NETRC at the null device; the proxy for https stays.
"""

import base64
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import github
import requests
import urllib3
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from publish_action import __version__
from publish_action.github.repository import parse_visibility
from publish_action.models.visibility import Answer, Malformed, NoAnswer
from publish_action.network.client import REQUEST_SECONDS
from publish_action.network.connections import run_within
from publish_action.protocols import Log, NotFound, NotText, Sleep, Unavailable
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the tries: a source is not called silent before."""
_TIMEOUT = 20
"""Seconds to connect, and to wait for each read of the answer."""
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERRORS = 200, 401, 403, 404, 429, 500


# PyGithub writes to stderr by itself, parts of answers among it; only `runner` writes, and neutralises.
github.set_log_level(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """An answer that came: its JSON object, empty where the body was none."""

    status: int
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """GitHub's own word on an error, shortened; empty where the answer is not GitHub's."""
        message = self.body.get("message")
        return message[:200] if isinstance(message, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silent:
    """No answer; `detail` names the library's error class, never its text."""

    detail: str


class RestApi:
    """The real `GitHubApi`. `repository` is None on a laptop: there is nothing to ask the visibility of."""

    def __init__(
        self,
        *,
        api_url: str,
        repository: str | None,
        repository_id: str,
        token: Secret,
        sleep: Sleep,
        ca_bundle: str | None = None,
        log: Log | None = None,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """Ask nothing yet. One request, with the redirects that PyGithub follows, may take `request_seconds`.

        Each answer that makes us ask again is a line of `log`, if there is one.
        """
        self._api_url = api_url
        self._repository = repository
        self._repository_id = repository_id
        self._token = token
        self._sleep = sleep
        self._ca_bundle = ca_bundle
        self._is_ours = False
        """The last answer about our repository was about it and no other."""
        self._log = log
        self._request_seconds = request_seconds

    def visibility(self) -> Answer:
        """Say what the API says of the repository now; asks again every time it is called."""
        if self._repository is None:
            return NoAnswer(reason="There is no GITHUB_REPOSITORY to ask about.")
        found = self._find_repository(self._repository)
        self._is_ours = not isinstance(found, Malformed | NoAnswer)
        return found if isinstance(found, Malformed | NoAnswer) else parse_visibility(found)

    def read_file(
        self, path: str, *, repository: str | None = None, ref: str | None = None
    ) -> str | NotText | NotFound | Unavailable:
        """Give a file's text: of this run's repository and its default branch, where nothing else is named.

        `NotFound` only where the API says so of a repository that the token can see; GitHub hides a private
        repository behind the same 404. So the repository is asked for first, unless `visibility` has just found ours.
        """
        place = repository or self._repository
        if place is None:
            return Unavailable(reason="There is no GITHUB_REPOSITORY to read from.")
        if place != self._repository or not self._is_ours:
            found = self._find_repository(place)
            if isinstance(found, Malformed | NoAnswer):
                return Unavailable(reason=found.reason)
        with _deaf_to_redirects():
            heard = self._ask(f"/repos/{place}/contents/{quote(path)}", {"ref": ref} if ref else {})
        if isinstance(heard, _Heard) and heard.status == _NOT_FOUND and heard.message:
            return NotFound()
        if isinstance(heard, _Silent) or heard.status != _OK:
            return Unavailable(reason=self._explain(heard, place))
        text = _read_content(heard.body)
        return Unavailable(reason=f"{path} of {place} is not a text file of at most 1 MB.") if text is None else text

    def _find_repository(self, name: str) -> Mapping[str, object] | Malformed | NoAnswer:
        """Give what the API tells of a repository, under this name and no other.

        Also the guard of a pinned commit: PyGithub follows the redirect of a renamed repository without the
        query, and with it `ref` would be lost (measured).
        """
        heard = self._ask(f"/repos/{name}")
        if isinstance(heard, _Silent) or heard.status != _OK:
            return NoAnswer(reason=self._explain(heard, name))
        problem = self._name_stranger(heard.body, name)
        return Malformed(reason=problem) if problem else heard.body

    def _name_stranger(self, found: Mapping[str, object], asked: str) -> str:
        """Say how the repository we were told of is another than the one we asked for; empty = it is the one."""
        if found.get("full_name") != asked:
            # GitHub redirects the old name of a renamed or moved repository.
            return f"GitHub was asked about {asked} and told us about {found.get('full_name')!r:.200}."
        if asked == self._repository and self._repository_id and str(found.get("id")) != self._repository_id:
            return f"{asked} is not the repository this run began in: it has another id."
        return ""

    def _ask(self, path: str, parameters: Mapping[str, str] | None = None) -> _Heard | _Silent:
        for pause in _PAUSES:
            heard = self._ask_once(path, parameters or {})
            if not _may_pass(heard):
                return heard
            if self._log is not None:
                came = heard.detail if isinstance(heard, _Silent) else f"HTTP {heard.status}"
                self._log.say(
                    f"No usable answer came from {self._api_url} ({came}). It is asked again in {pause:.0f} s."
                )
            self._sleep(pause)
        return self._ask_once(path, parameters or {})

    def _ask_once(self, path: str, parameters: Mapping[str, str]) -> _Heard | _Silent:
        """Retries are ours: PyGithub's obey any `Retry-After`, and its requests wait for each other."""

        def ask() -> tuple[int, str]:
            with closing(self._connect()) as server:
                status, _, text = server.requester.requestJson("GET", path, dict(parameters))
                return status, text

        try:
            status, text = run_within(self._request_seconds, ask)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, RuntimeError, ValueError) as error:
            # RuntimeError and ValueError are PyGithub's own, at redirects to elsewhere, endless ones, and headers
            # it cannot read.
            return _Silent(detail=type(error).__name__)
        return _Heard(status=status, body=parse_json_object(text.encode()) or {})

    def _connect(self) -> github.Github:
        return github.Github(
            base_url=self._api_url,
            auth=github.Auth.Token(self._token.reveal()) if self._token else None,
            timeout=_TIMEOUT,
            user_agent=f"publish-action/{__version__}",
            verify=self._ca_bundle or True,
            retry=None,
            seconds_between_requests=None,
        )

    def _explain(self, heard: _Heard | _Silent, repository: str) -> str:
        if isinstance(heard, _Silent):
            return f"No usable answer came from {self._api_url} ({heard.detail}). Run the job again."
        said = f"GitHub answered {heard.status} ({heard.message or 'no reason given'}) about {repository}."
        return f"{said} {_remedy(heard)}"


def _remedy(heard: _Heard) -> str:
    if _is_rate_limit(heard):
        return "The token has asked too often; run the job again later."
    return _REMEDIES.get(heard.status, "Run the job again; if it fails again, see the status page of GitHub.")


_REMEDIES = {
    _UNAUTHORIZED: "Leave `github-token` at its default, or give a token that has not expired.",
    _FORBIDDEN: "Give the job `permissions: contents: read`; a token of your own needs the same permission.",
    _NOT_FOUND: "A token that may not see a private repository hears the same: "
    "give a `github-token` that may, with `contents: read`.",
}


def _may_pass(heard: _Heard | _Silent) -> bool:
    return isinstance(heard, _Silent) or heard.status >= _SERVER_ERRORS or _is_rate_limit(heard)


def _is_rate_limit(heard: _Heard) -> bool:
    return heard.status == _TOO_MANY or (heard.status == _FORBIDDEN and "rate limit" in heard.message.lower())


def _read_content(body: Mapping[str, object]) -> str | NotText | None:
    """Read the contents API's form of a file; None = a folder, a link, a submodule, over 1 MB, or cut."""
    content = body.get("content")
    if body.get("type") != "file" or body.get("encoding") != "base64" or not isinstance(content, str):
        return None
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except ValueError:
        return None
    # What was cut on its way is no policy, least of all an empty one.
    if len(data) != body.get("size"):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return NotText()


@contextmanager
def _deaf_to_redirects() -> Iterator[None]:
    """Have PyGithub take a 301 for an answer: it would follow it by its path alone, and a 404 there is no absent file.

    For one thread: PyGithub keeps its connection classes in one place for all.
    """
    Requester.injectConnectionClasses(_HttpAsItComes, _HttpsAsItComes)
    try:
        yield
    finally:
        Requester.resetConnectionClasses()


def _without_location(response: RequestsResponse) -> RequestsResponse:
    response.headers.pop("Location", None)
    return response


class _HttpAsItComes(HTTPRequestsConnectionClass):
    """PyGithub's connection, and no redirect."""

    def getresponse(self) -> RequestsResponse:
        """Give the answer without the address that it points to."""
        return _without_location(super().getresponse())


class _HttpsAsItComes(HTTPSRequestsConnectionClass):
    """PyGithub's connection, and no redirect."""

    def getresponse(self) -> RequestsResponse:
        """Give the answer without the address that it points to."""
        return _without_location(super().getresponse())
