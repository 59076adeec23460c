"""Sessions for Sigstore's clients, which set no time-outs: timed, bounded, never redirected, with errors that tell."""

import io
import time
from collections.abc import Mapping
from dataclasses import replace

import requests
import urllib3
from requests.adapters import HTTPAdapter

from publish_action.network.client import Failure, Network, classify, open_session
from publish_action.network.connections import run_within
from publish_action.network.messages import extract_words

ANSWER_SECONDS = 30.0
"""Seconds to wait for each read of an answer; its body may take twice as long in all."""
_CONNECT_SECONDS = 10.0
_LONGEST_ANSWER = 1 << 20
_CHUNK = 1 << 16
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class ServiceFailed(Exception):
    """A request that got no usable answer. Its text is ours, but for the service's words, shortened and visible."""

    def __init__(self, text: str, *, status: int | None, may_pass: bool) -> None:
        super().__init__(text)
        self.status = status
        """The answer's status, or None where no answer came."""
        self.may_pass = may_pass
        """Whether the same request may succeed later."""


def open_sigstore_session(network: Network, url: str, *, answer_seconds: float = ANSWER_SECONDS) -> requests.Session:
    """Return a session for the service at `url`. Whatever it is asked for ends in a 2xx answer or `ServiceFailed`."""
    # The client certificate is for the index; nobody else is to learn who has it.
    session = open_session(replace(network, client_cert=None), url)
    session.headers["Accept"] = "application/json"
    adapter = _BoundedAdapter(answer_seconds)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _BoundedAdapter(HTTPAdapter):
    """Send requests within bounds; the clients' own errors are empty or name no status (facts, attestations)."""

    def __init__(self, answer_seconds: float) -> None:
        super().__init__(max_retries=0)
        self._answer_seconds = answer_seconds

    def send(  # noqa: PLR0917 -- the parameters are those of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return a 2xx answer with its body read. Raises `ServiceFailed`."""
        del stream, timeout
        bounds, ask = (_CONNECT_SECONDS, self._answer_seconds), super().send

        def send_and_read() -> tuple[requests.Response, bytes]:
            answer = ask(request, stream=True, timeout=bounds, verify=verify, cert=cert, proxies=proxies)
            return answer, _read(answer, 2 * self._answer_seconds)

        try:
            # `timeout` bounds each read alone, and a head may come byte by byte.
            answer, body = run_within(_CONNECT_SECONDS + 3 * self._answer_seconds, send_and_read)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = classify(error)
            text = f"{failure} ({type(error).__name__})"
            may_pass = failure not in {Failure.TLS, Failure.PROTOCOL}
            raise ServiceFailed(text, status=None, may_pass=may_pass) from error
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer, body)
        # What the clients read from here on is what was read within the bounds.
        answer.raw = io.BytesIO(body)
        return answer


def _read(answer: requests.Response, seconds: float) -> bytes:
    body, end = bytearray(), time.monotonic() + seconds
    while block := answer.raw.read1(_CHUNK, decode_content=True):
        body += block
        if len(body) > _LONGEST_ANSWER:
            answer.close()
            raise ServiceFailed(str(Failure.TOO_LARGE), status=answer.status_code, may_pass=False)
        if time.monotonic() > end:
            answer.close()
            raise ServiceFailed(str(Failure.TIMEOUT), status=answer.status_code, may_pass=True)
    return bytes(body)


def _refusal(answer: requests.Response, body: bytes) -> ServiceFailed:
    content_type = answer.headers.get("Content-Type", "")
    words = extract_words(reason=answer.reason or "", content_type=content_type, body=body)
    status = answer.status_code
    return ServiceFailed(f"HTTP {status}: {words}", status=status, may_pass=status in _BUSY)
