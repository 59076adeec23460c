"""Hand one distribution to twine, once, and say what came back."""

import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

import requests
import rich
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests_toolbelt import MultipartEncoderMonitor  # type: ignore[import-untyped] # it ships no types
from twine.package import PackageFile, PackageMetadata
from twine.repository import Repository

from publish_action.distributions.reader import OpenDistribution
from publish_action.models.distribution import Kind
from publish_action.models.index import Audience, Index
from publish_action.network.client import USER_AGENT, Network, NoResponse, Response, classify, configure, describe_error
from publish_action.network.connections import run_within
from publish_action.network.deadlines import DeadlinePassed, watch
from publish_action.secret import Secret
from publish_action.upload.body import FormBody, PinnedBody, Watch, describe_change

# Blocks of this size cost a third of the CPU that the default of 16 KiB costs; larger ones save little more, and every
# connection holds two (measured).
_BLOCK = 128 << 10
# The first value also bounds each wait while the body goes out (measured with urllib3 2): a short one would fail on
# a server that reads slowly. The second is the wait for the answer, for which Warehouse may take minutes.
_SEND_SECONDS = 60.0
_ANSWER_SECONDS = 900.0
# The whole upload may take the time for the answer, and for each of these bytes a second: less than each of four
# uploads gets of a line of 1 Mbit/s.
_SLOWEST_RATE = 20_000
_LONGEST_ANSWER = 1 << 20
# The words after a status; a server's proxy may take its time to pass the end of them on.
_BODY_SECONDS = 10.0
# JSON and text hold the whole message; HTML holds it escaped (Warehouse, measured).
_ACCEPT = "application/json, text/plain;q=0.9, text/html;q=0.5, */*;q=0.1"
# In the raw metadata, and in Warehouse's form; twine 7.0 reads them and sends neither (Metadata 2.5, PEP 794).
_NOT_SENT_BY_TWINE = (("import_names", "import_name"), ("import_namespaces", "import_namespace"))


class Uploader:
    """Sends distributions to one index through twine. For one thread; closed at the end."""

    def __init__(
        self,
        index: Index,
        *,
        network: Network,
        watch: Watch,
        answer_seconds: float = _ANSWER_SECONDS,
        slowest_rate: float = _SLOWEST_RATE,
        body_seconds: float = _BODY_SECONDS,
    ) -> None:
        """Open nothing yet.

        An upload may take `answer_seconds`, and a second for each `slowest_rate` bytes; when its status has come, the
        words of the answer `body_seconds`.
        """
        _silence_twine()
        self._index = index
        self._watch = watch
        self._answer_seconds = answer_seconds
        self._slowest_rate = slowest_rate
        self._body_seconds = body_seconds
        # With no user name and no password twine looks nowhere for either.
        self._repository = Repository(index.url, None, None, disable_progress_bar=True)
        session = self._repository.session
        configure(session, network, index.url)
        session.headers["User-Agent"] = f"{USER_AGENT} {session.headers['User-Agent']!s}"
        session.headers["Accept"] = _ACCEPT
        # The answer's body is read here, within bounds, and not by requests.
        session.stream = True
        self._adapter = _Adapter(answer_seconds)
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)

    def send(self, file: OpenDistribution, authorization: Secret | None) -> Response | NoResponse:
        """Send `file` in one request and give the answer, whatever its status, or why there is none.

        Raises `DistributionsInvalid` (E_DIST_CHANGED) if the file is not what was judged, and what `watch` raises.
        """
        if os.fstat(file.descriptor).st_size != file.distribution.size:
            raise describe_change(file.distribution.file)
        self._repository.session.auth = _Login(self._index.url, authorization)
        # Where opening /dev/fd/N duplicates N (macOS), the copy shares the position that the last reader left.
        os.lseek(file.descriptor, 0, os.SEEK_SET)
        seconds = self._answer_seconds + file.distribution.size / self._slowest_rate
        self._adapter.pin(file, self._watch)
        try:
            answer = run_within(seconds, lambda: self._upload(file))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return NoResponse(failure=classify(error), detail=describe_error(error), sent=self._adapter.sent)
        return replace(answer, unsent=file.distribution.size - self._adapter.sent)

    def _upload(self, file: OpenDistribution) -> Response:
        # One redirect in twine's words is one request: its own tries know no pause.
        return _read(self._repository.upload(_Package(file, self._index.audience), max_redirects=1), self._body_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._repository.close()


class _Package(PackageFile):
    """What twine wants to know of a file, from what we have read and hashed already.

    The base's constructor would read and hash the path that it is given once more: it is not called.
    """

    def __init__(self, file: OpenDistribution, audience: Audience) -> None:
        distribution = file.distribution
        # The held descriptor, not the path: a file that was put in its place meanwhile is not sent.
        self.filename = f"/dev/fd/{file.descriptor}"
        self.basefilename = distribution.file
        self.comment = None
        self.metadata = file.metadata.raw
        self.python_version = file.python_tag
        self.filetype = "bdist_wheel" if distribution.kind is Kind.WHEEL else "sdist"
        self.safe_name = re.sub("[^A-Za-z0-9.]+", "-", distribution.name)
        self.version = distribution.version
        self.signed_basefilename = f"{distribution.file}.asc"
        self.sha2_digest = distribution.sha256
        self.blake2_256_digest = distribution.blake2b_256
        self.gpg_signature = None
        # What merely lies beside the file never leaves (contract, section 5): it names the repository and the
        # workflow, which a grant keeps private.
        self.attestations = [json.loads(text) for text in file.attested] or None
        # PyPI has no use for signatures since 2023.
        if audience is Audience.PRIVATE and file.signature is not None:
            self.gpg_signature = (self.signed_basefilename, file.signature)

    def metadata_dictionary(self) -> PackageMetadata:
        """Give twine's form fields, and those of Metadata 2.5 that it leaves out."""
        form = super().metadata_dictionary()
        raw: dict[str, object] = {**self.metadata}
        missing = {field: raw[name] for name, field in _NOT_SENT_BY_TWINE if name in raw and field not in form}
        form.update(missing)  # type: ignore[typeddict-item] # twine's TypedDict does not know these fields yet
        return form


class _Login(AuthBase):
    """Sets the Authorization header, for the upload URL and for nothing else."""

    def __init__(self, url: str, authorization: Secret | None) -> None:
        self._url = url
        self._authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._authorization is not None and request.url == self._url:
            request.headers["Authorization"] = self._authorization.reveal()
        return request


class _Adapter(HTTPAdapter):
    """Sends twine's body in large blocks, with time-outs, once, and only if it holds the pinned bytes."""

    def __init__(self, answer_seconds: float) -> None:
        self._timeout = (_SEND_SECONDS, answer_seconds)
        self._pinned: tuple[OpenDistribution, Watch] | None = None
        self._body: PinnedBody | None = None
        super().__init__(max_retries=0)

    def pin(self, file: OpenDistribution, watch: Watch) -> None:
        """Say which file the next request may carry."""
        self._pinned, self._body = (file, watch), None

    @property
    def sent(self) -> int:
        """How many bytes of the pinned file have been handed over."""
        return self._body.sent if self._body is not None else 0

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:
        """Give the connections our block size."""
        super().init_poolmanager(connections, maxsize, block, blocksize=_BLOCK, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: object) -> urllib3.ProxyManager:
        """Give the connections through a proxy our block size too."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, blocksize=_BLOCK, **kwargs)
        return manager

    def send(  # noqa: PLR0917 -- the signature is requests' own
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send the upload that was pinned, once."""
        body = request.body
        if self._pinned is None or not isinstance(body, MultipartEncoderMonitor):
            raise RuntimeError("twine's upload is not what it was when this was written")
        self._body = _pin_body(body, *self._pinned)
        self._pinned = None
        request.body = self._body  # type: ignore[assignment] # requests sends whatever has `read`
        return super().send(request, stream, self._timeout, verify, cert, proxies)


def _pin_body(body: MultipartEncoderMonitor, file: OpenDistribution, watch: Watch) -> PinnedBody:
    """The part `content` is the last of twine's form: what follows it is the closing boundary."""
    distribution = file.distribution
    tail = f"\r\n--{body.encoder.boundary_value}--\r\n".encode()
    stop = body.len - len(tail)
    start = stop - distribution.size
    return PinnedBody(
        FormBody(head=body.read(start), descriptor=file.descriptor, size=distribution.size, tail=tail),
        length=body.len,
        content=range(start, stop),
        sha256=distribution.sha256,
        file=distribution.file,
        watch=watch,
    )


def _read(answer: requests.Response, body_seconds: float) -> Response:
    with answer:
        return Response(
            url=answer.url,
            status=answer.status_code,
            reason=answer.reason or "",
            headers=answer.headers,
            body=_read_body(answer, body_seconds),
        )


def _read_body(answer: requests.Response, seconds: float) -> bytes:
    """Read the body of an answer whose status has come, for no longer than `seconds` in all.

    A line feed in Warehouse's reason phrase hides the length of the body (measured), which then ends only with the
    connection. http.client takes the socket away from such a connection, so a time-out of the socket cannot bound it.
    """
    body = bytearray()
    try:
        run_within(seconds, lambda: _collect_body(answer, body))
    except (urllib3.exceptions.HTTPError, DeadlinePassed):
        # Part of a refusal's words is still a refusal. After half of a success the index is asked for the file.
        if answer.status_code < 400:
            raise
    return bytes(body[:_LONGEST_ANSWER])


def _collect_body(answer: requests.Response, body: bytearray) -> None:
    if not answer.raw.closed:
        watch(answer.raw)
    while len(body) < _LONGEST_ANSWER and (block := answer.raw.read1(_BLOCK, decode_content=True)):
        body += block


def _silence_twine() -> None:
    """twine prints to standard output, where the runner obeys commands, and logs a retry that is none."""
    rich.reconfigure(quiet=True)
    logging.getLogger("twine").setLevel(logging.CRITICAL)
