"""Fetch ID tokens from GitHub."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import id as ambient
import urllib3

from publish_action.errors import CredentialMissing, GitHubUnreachable, IdTokenMalformed
from publish_action.github.claims import parse_unverified
from publish_action.github.context import Context, may_ask_for_id_tokens
from publish_action.models.visibility import Malformed
from publish_action.network.client import REQUEST_SECONDS
from publish_action.network.connections import run_within
from publish_action.protocols import Clock, Log, Sleep
from publish_action.secret import Secret

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the tries."""
_PATIENCE = timedelta(minutes=2)
"""No new try starts later: one may take a minute, in which the library asks a server that fails up to four times."""
_SERVER_ERRORS = 500
_TOO_MANY = 429
_STATUS = re.compile(r"GitHub: OIDC token request failed \(code=([0-9]{3}),")

_OVERWRITTEN = (
    "Run the job again. If it fails again, look for an earlier step of the job that changes "
    "ACTIONS_ID_TOKEN_REQUEST_URL, or a proxy that answers in GitHub's place."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    """No answer, or one that says nothing of a token; `happened` is ours, never the library's text."""

    happened: str
    may_pass: bool


class GitHubIdTokens:
    """The real `IdTokens`.

    The library reads `os.environ` when it is called, follows no proxy, and asks other clouds where GITHUB_ACTIONS
    is not set: so it is not called there. `ask` is the library; every call of it makes a new token.
    """

    def __init__(
        self,
        *,
        context: Context,
        log: Log,
        clock: Clock,
        sleep: Sleep,
        ask: Callable[[str], str | None] = ambient.detect_credential,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """Ask nothing yet. One call of `ask` may take `request_seconds`."""
        self._context = context
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._ask = ask
        self._request_seconds = request_seconds

    def fetch(self, audience: str) -> Secret:
        """Give a fresh ID token made for `audience`, masked, its audience compared with the one asked for.

        Raises `CredentialMissing` where the job may not have one, `GitHubUnreachable` where none came, and its
        kind `IdTokenMalformed` where something else came.
        """
        _require_permission(self._context)
        answer = self._ask_patiently(audience)
        if isinstance(answer, _Silence):
            raise GitHubUnreachable(
                answer.happened,
                remedy="Run the job again; if it fails again, see the status page of GitHub. "
                "A runner behind a proxy must let this request out directly: it goes without HTTPS_PROXY.",
            )
        token = Secret(answer)
        self._log.mask(token)
        _compare_audience(answer, audience)
        return token

    def _ask_patiently(self, audience: str) -> str | _Silence:
        deadline = self._clock() + _PATIENCE
        for pause in _PAUSES:
            answer = self._ask_once(audience)
            if isinstance(answer, str) or not answer.may_pass or self._clock() > deadline:
                return answer
            self._log.say(f"{answer.happened} It is asked for again in {pause:.0f} s.")
            self._sleep(pause)
        return self._ask_once(audience)

    def _ask_once(self, audience: str) -> str | _Silence:
        try:
            answer = run_within(self._request_seconds, lambda: self._ask(audience))
        except ambient.AmbientCredentialError as error:
            return _read_error(error, audience)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return _Silence(happened=f"No ID token came from GitHub ({type(error).__name__}).", may_pass=True)
        except (ValueError, RecursionError) as error:
            # The library decodes the body of an error, and the claims of a token, without expecting rubbish.
            raise _malformed("is not an ID token") from error
        # Not even a mask can be made of what no log can hold.
        if not answer or not answer.isascii():
            raise _malformed("is not an ID token")
        return answer


def _require_permission(context: Context) -> None:
    if not context.in_actions:
        raise CredentialMissing(
            "ID tokens exist only in GitHub Actions, and this is not a run of it.",
            remedy="Publish from a GitHub Actions workflow, or log in with an API token or password "
            "(`public-index-token`, `private-index-password`).",
        )
    if not context.has_id_token:
        raise CredentialMissing("GitHub gives this job no ID tokens.", remedy=_permission_remedy(context))
    if not may_ask_for_id_tokens(context.id_token_url):
        raise IdTokenMalformed("The address for ID tokens is not an https address.", remedy=_OVERWRITTEN)


def _permission_remedy(context: Context) -> str:
    if context.event_name.startswith("pull_request"):
        return (
            "A pull request from a fork, and one by Dependabot, never gets one: publish on a push, a tag or a release."
        )
    return (
        "Give the job that publishes `permissions: id-token: write`, and beside it `contents: read`: what such a block "
        "does not name, the job does not have. In a reusable workflow the calling job must grant both too."
    )


def _read_error(error: ambient.AmbientCredentialError, audience: str) -> _Silence:
    """Sort what the library says; its text holds the body of the answer, so none of it is shown.

    An answer that is neither a refusal nor a silence counts as malformed, for it must not pass for silence.
    """
    status = _STATUS.match(str(error))
    if status is not None:
        code = int(status[1])
        return _Silence(
            happened=f"GitHub answered the request for an ID token with status {code}.",
            may_pass=code >= _SERVER_ERRORS or code == _TOO_MANY,
        )
    if isinstance(error.__context__, urllib3.exceptions.MaxRetryError):
        cause = type(error.__context__.reason).__name__
        return _Silence(happened=f"No answer came to the request for an ID token ({cause}).", may_pass=True)
    raise _malformed(f"is not an ID token for {audience!r}") from error


def _compare_audience(token: str, audience: str) -> None:
    """The library compares too, today; a token for somebody else must not be sent anywhere, so we rely on nobody."""
    claims = parse_unverified(token)
    if isinstance(claims, Malformed):
        raise _malformed("is not an ID token")
    if claims.get("aud") != audience:
        raise IdTokenMalformed(
            f"GitHub made an ID token for {claims.get('aud')!r:.200}; we asked for {audience!r}.", remedy=_OVERWRITTEN
        )


def _malformed(what: str) -> IdTokenMalformed:
    return IdTokenMalformed(f"What came in answer to the request for an ID token {what}.", remedy=_OVERWRITTEN)
