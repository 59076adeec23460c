"""Log requests with their answers: all of them for the input `verbose`, otherwise those that failed."""

from urllib.parse import urlsplit

from publish_action.network.client import Digest, HttpClient, NoResponse, Request, Response
from publish_action.protocols import Clock, Log

_BUSY = frozenset({408, 425, 429})
_SERVER_ERRORS = 500


class LoggingClient:
    """An `HttpClient` that tells what another one does: address, status, size and time; no header, no body."""

    def __init__(self, client: HttpClient, *, log: Log, clock: Clock) -> None:
        self._client = client
        self._log = log
        self._clock = clock

    def send(self, request: Request) -> Response | NoResponse:
        """Give the answer, whatever its status, or why there is none."""
        begin = self._clock()
        answer = self._client.send(request)
        self._tell(request, answer, (self._clock() - begin).total_seconds())
        return answer

    def digest(self, request: Request) -> Digest | NoResponse:
        """Give the hash of the answer's body."""
        begin = self._clock()
        answer = self._client.digest(request)
        self._tell(request, answer, (self._clock() - begin).total_seconds())
        return answer

    def _tell(self, request: Request, answer: Response | Digest | NoResponse, seconds: float) -> None:
        # A query could hold what is not for a log; our own addresses need none here.
        address = urlsplit(request.url)._replace(query="", fragment="").geturl()
        said = f"{answer.failure}" if isinstance(answer, NoResponse) else f"{answer.status}"
        self._log.say(f"{request.method} {address}: {said} ({seconds:.2f} s).")


class FailureLog(LoggingClient):
    """An `HttpClient` that logs each request without a usable answer: none came, or the server said that it is busy."""

    def _tell(self, request: Request, answer: Response | Digest | NoResponse, seconds: float) -> None:
        # The host alone: what stands behind it is for `verbose`.
        host = urlsplit(request.url).netloc.rpartition("@")[2]
        if isinstance(answer, NoResponse):
            self._log.say(f"{request.method} at {host}: {answer.failure} ({answer.detail}; {seconds:.1f} s).")
        elif answer.status >= _SERVER_ERRORS or answer.status in _BUSY:
            self._log.say(f"{request.method} at {host}: HTTP {answer.status} ({seconds:.1f} s).")
