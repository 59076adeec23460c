"""Ask a vendor's token service, with a fresh ID token for each try, and say what its no means."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from publish_action.credentials.exchanges.answers import tidy
from publish_action.credentials.login_context import LoginContext
from publish_action.errors import IndexUnreachable, TokenExchangeRejected
from publish_action.github.claims import parse_unverified
from publish_action.models.visibility import Malformed
from publish_action.network.client import NoResponse, Request, Response
from publish_action.network.messages import extract_words
from publish_action.network.retry import ask, describe_failure
from publish_action.protocols import Claims
from publish_action.secret import Secret

_MOST_BYTES = 1 << 17
_TOO_MANY = 429
_UNAVAILABLE = 500
_FIRST_REDIRECT = 300


class TokenService:
    """The token services of one vendor, for one audience."""

    def __init__(self, means: LoginContext, *, audience: str) -> None:
        self._means = means
        self._audience = audience
        self._id_token = Secret("")

    @property
    def claims(self) -> Claims:
        """Give what the last ID token says, for advice: shown, never trusted."""
        claims = parse_unverified(self._id_token.reveal())
        return {} if isinstance(claims, Malformed) else claims

    def trade(self, make_request: Callable[[Secret], Request]) -> Response:
        """Send an ID token in the request that `make_request` makes of it, and give an answer that is not a silence.

        An ID token may be used up by an answer that was lost: each try has a new one.
        """
        return self.ask(lambda: make_request(self._fetch()))

    def ask(self, make_request: Callable[[], Request]) -> Response:
        """Send a request that may be sent again. Raises `IndexUnreachable` where no usable answer came."""
        sent = list[Request]()

        def make() -> Request:
            sent.append(make_request())
            return sent[-1]

        answer = ask(self._means.client, make, sleep=self._means.sleep)
        host = urlsplit(sent[-1].url).netloc
        if isinstance(answer, NoResponse) or answer.status >= _UNAVAILABLE or answer.status == _TOO_MANY:
            raise IndexUnreachable(
                f"No usable answer came from {host}, which gives the login for the index, in all tries: "
                f"{describe_failure(answer)}.",
                remedy="Run the job again; if it fails again, see the status page of the service.",
            )
        return answer

    def rejected(
        self, answer: Response, *, wanted: str, code: str, said: str, remedy: str, secrets: tuple[Secret, ...] = ()
    ) -> TokenExchangeRejected:
        """Give the error for an answer without `wanted`; `code` and `said` are the service's own, or empty."""
        sent = (self._id_token, *secrets)
        is_success = answer.status < _FIRST_REDIRECT
        parts = (_words_of(answer, sent),) if is_success else (code, said or _words_of(answer, sent))
        words = [tidy(part, *sent) for part in parts if part]
        return TokenExchangeRejected(
            f"{urlsplit(answer.url).netloc} gave no {wanted} (HTTP {answer.status}): "
            f"{': '.join(words) or 'it names no reason'}.",
            remedy=remedy,
        )

    def _fetch(self) -> Secret:
        self._id_token = self._means.id_tokens.fetch(self._audience)
        return self._id_token


def post_form(url: str, form: dict[str, str]) -> Request:
    """Give the request that posts a form."""
    return _post(url, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def post_json(url: str, body: bytes, headers: dict[str, str | Secret] | None = None) -> Request:
    """Give the request that posts a JSON text."""
    return _post(url, body, {"Content-Type": "application/json", **(headers or {})})


def _post(url: str, body: bytes, headers: dict[str, str | Secret]) -> Request:
    accept: dict[str, str | Secret] = {"Accept": "application/json"}
    return Request(method="POST", url=url, headers={**accept, **headers}, body=body, max_bytes=_MOST_BYTES)


def _words_of(answer: Response, secrets: tuple[Secret, ...]) -> str:
    """Quote nothing of a success: a token may stand in it, though not where it belongs."""
    if answer.status < _FIRST_REDIRECT:
        return "there is none in its answer"
    if answer.status < 400:
        return "it redirects elsewhere, and an ID token follows no redirect"
    body = answer.body
    for secret in filter(None, secrets):
        body = body.replace(secret.reveal().encode(), b"***")
    return extract_words(reason=answer.reason, content_type=answer.headers.get("Content-Type", ""), body=body)
