"""One requests session policy: timed, bounded, never redirected, deaf to the environment."""

import hashlib
import http.client
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3.util.ssl_match_hostname import CertificateError

from publish_action import __version__
from publish_action.network.connections import run_within
from publish_action.secret import Secret

USER_AGENT = f"publish-action/{__version__}"
REQUEST_SECONDS = 60.0
"""How long a request without a distribution may take in all."""
_CONNECT_SECONDS = 20.0
_CHUNK = 65536

Answer = TypeVar("Answer")


class Failure(StrEnum):
    """Why no response came, as far as it can be told."""

    CONNECT = "no connection could be made"
    TLS = "the server's certificate could not be verified"
    ENCRYPTION = "the encrypted connection failed"
    TIMEOUT = "no answer came in time"
    DROPPED = "the connection was cut before the whole answer had come"
    TOO_LARGE = "the answer was larger than any sensible one"
    PROTOCOL = "the answer was not HTTP"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoResponse:
    """A request that got no answer; `detail` names the library's error class, never its text."""

    failure: Failure
    detail: str
    sent: int | None = None
    """Of an upload: how many bytes of the file had been handed over; None = it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it came. Everything in it is hostile text until a parser has read it."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str] = field(repr=False)
    """Looked up in any letter case."""
    body: bytes = field(repr=False)
    """Not in any text form: it may hold a token."""
    unsent: int = 0
    """Of an upload: how many bytes of the file had not been sent when the answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request without a distribution in it."""

    method: str
    url: str
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    """Not in any text form: it may hold a token."""
    timeout: float = REQUEST_SECONDS
    """Seconds for the whole request, from the name lookup to the last byte of the answer."""
    max_bytes: int = 1 << 20
    """A longer answer is `Failure.TOO_LARGE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How to get out: the inputs `ca-bundle` and `client-cert`, and the proxy for https."""

    ca_bundle: str | None = None
    client_cert: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a body hashed to, and the status that it came with."""

    status: int
    sha256: str


class HttpClient(Protocol):
    """Sends one request and says what came back."""

    def send(self, request: Request) -> Response | NoResponse:
        """Give the answer, whatever its status, or why there is none."""

    def digest(self, request: Request) -> Digest | NoResponse:
        """Give the hash of the answer's body, without keeping the body."""


class RequestsClient:
    """The real `HttpClient`."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def send(self, request: Request) -> Response | NoResponse:
        """Give the answer, whatever its status, or why there is none. Follows no redirect, tries once."""
        return self._client(request, _read)

    def digest(self, request: Request) -> Digest | NoResponse:
        """Give the hash of the answer's body, read in blocks. Follows no redirect, tries once."""
        return self._client(request, _hash)

    def _client(
        self, request: Request, read: Callable[[requests.Response, Request], Answer | NoResponse]
    ) -> Answer | NoResponse:
        headers = {
            name: value.reveal() if isinstance(value, Secret) else value for name, value in request.headers.items()
        }

        def ask() -> Answer | NoResponse:
            with (
                open_session(self._network, request.url) as session,
                session.request(
                    request.method,
                    request.url,
                    headers=headers,
                    data=request.body,
                    timeout=(_CONNECT_SECONDS, request.timeout),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                return read(answer, request)

        try:
            return run_within(request.timeout, ask)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return NoResponse(failure=classify(error), detail=describe_error(error))


def open_session(network: Network, url: str) -> requests.Session:
    """Give a session for `url` that obeys `network` and nothing in the environment.

    `trust_env` off silences .netrc, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and every proxy variable; the one proxy
    we use is set by hand, and only for https, where CONNECT keeps the body from it (contract, section 7).
    """
    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    session.mount("https://", HTTPAdapter(max_retries=0))
    session.mount("http://", HTTPAdapter(max_retries=0))
    configure(session, network, url)
    return session


def configure(session: requests.Session, network: Network, url: str) -> None:
    """Make somebody else's session obey `network` for `url`, and nothing in the environment."""
    # It would print what it could not parse of an answer, as it came, where the runner reads along.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session.trust_env = False
    # Told not to follow a redirect, requests prepares the next request all the same: it reads the whole body, however
    # long, and raises where the address makes no sense. Where there is no address, it does neither.
    session.get_redirect_target = _find_no_target  # type: ignore[method-assign,assignment] # its hook for this
    session.verify = network.ca_bundle or True
    session.cert = network.client_cert
    session.proxies = {}
    if network.https_proxy and not should_bypass_proxies(url, no_proxy=network.no_proxy or ""):
        session.proxies = {"https": network.https_proxy}


def _find_no_target(answer: requests.Response) -> None:
    del answer


def classify(error: BaseException) -> Failure:
    """Say why no response came, from the exception a library raised.

    Only a failed verification is `Failure.TLS`: Python reports a connection that was cut as an `SSLError` as well.
    """
    chain = _chain(error)
    if any(isinstance(link, ssl.SSLCertVerificationError | CertificateError) for link in chain):
        return Failure.TLS
    if any(isinstance(link, requests.ConnectTimeout | urllib3.exceptions.NewConnectionError) for link in chain):
        return Failure.CONNECT
    if any(isinstance(link, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError) for link in chain):
        return Failure.TIMEOUT
    if any(isinstance(link, urllib3.exceptions.ProxyError) for link in chain):
        return Failure.CONNECT
    # `RemoteDisconnected` is a kind of `BadStatusLine`.
    if any(type(link) in _NOT_HTTP for link in chain):
        return Failure.PROTOCOL
    return Failure.ENCRYPTION if _find_tls_failure(chain) else Failure.DROPPED


_NOT_HTTP = frozenset({http.client.BadStatusLine, http.client.UnknownProtocol, http.client.LineTooLong})
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def describe_error(error: BaseException) -> str:
    """Return the error's class, and OpenSSL's own constant for what went wrong in TLS; never a library's text."""
    name = type(error).__name__
    failure = _find_tls_failure(_chain(error))
    return f"{name}, {failure.reason}" if failure is not None and failure.reason else name


def _find_tls_failure(chain: Sequence[BaseException]) -> ssl.SSLError | None:
    """Return what went wrong in TLS itself; None where the connection ended, as it does without TLS."""
    return next((link for link in chain if isinstance(link, ssl.SSLError) and not isinstance(link, _CUT)), None)


def _read(answer: requests.Response, request: Request) -> Response | NoResponse:
    blocks = list[bytes]()
    failure = _take(answer, request, blocks.append)
    return failure or Response(
        url=answer.url,
        status=answer.status_code,
        reason=answer.reason or "",
        headers=answer.headers,
        body=b"".join(blocks),
    )


def _hash(answer: requests.Response, request: Request) -> Digest | NoResponse:
    digest = hashlib.sha256()
    failure = _take(answer, request, digest.update)
    return failure or Digest(status=answer.status_code, sha256=digest.hexdigest())


def _take(answer: requests.Response, request: Request, use: Callable[[bytes], None]) -> NoResponse | None:
    """Read a body of at most the request's greatest size."""
    size = 0
    while block := answer.raw.read1(_CHUNK, decode_content=True):
        use(block)
        size += len(block)
        if size > request.max_bytes:
            return NoResponse(failure=Failure.TOO_LARGE, detail=f"over {request.max_bytes} bytes")
    return None


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what it wraps, and what it came from."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        link = waiting.pop()
        if link in found:
            continue
        found.append(link)
        waiting += [part for part in (link.__cause__, link.__context__) if part is not None]
        waiting += [part for part in (*link.args, getattr(link, "reason", None)) if isinstance(part, BaseException)]
    return found
