"""Every request ends at its deadline, whichever library makes it, and wherever the server lets it wait."""

import gc
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest

from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import GitHubUnreachable, Stopped
from publish_action.github.api import RestApi
from publish_action.github.id_tokens import GitHubIdTokens
from publish_action.models.index import Audience, Index
from publish_action.models.visibility import NoAnswer
from publish_action.network.client import Digest, Failure, Network, NoResponse, Request, RequestsClient, Response
from publish_action.network.connections import run_within
from publish_action.network.deadlines import DeadlinePassed, watch
from publish_action.secret import Secret
from publish_action.upload.twine_client import Uploader
from publish_sandbox.distributions.builder import build_wheel
from support.fakes import NOW, FakeLog, FakeTime, context_of, read_all
from support.raw_servers import Serve, drip, make_certificate, read_head, read_request, serve_raw, stay_silent

SECONDS = 0.4
SECONDS_OF_EACH_OF_FOUR = 0.15
OK = b"HTTP/1.1 200 OK\r\n"


# ssl loses hold of a socket that is shut down right before its handshake (CPython, `SSLSocket._create`); the collector
# closes it, which is no fault of the product, and may come later than the test.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collect_sockets() -> Iterator[None]:
    """Have the collector close here, and not in another test, what ssl has lost."""
    yield
    gc.collect()


@dataclass
class Hasty:
    """A clock that an hour passes on each time somebody looks: nothing is tried twice."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        """Say what time it is."""
        self.now += timedelta(hours=1)
        return self.now


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for the loopback."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[OpenDistribution]:
    """Hold a small wheel open."""
    build_wheel(tmp_path, "demo", "1.0")
    with read_all(tmp_path) as reading:
        yield reading.files[0]


def send(url: str, network: Network, wheel: OpenDistribution) -> str:
    """Say what became of a request of ours."""
    del wheel
    return describe(RequestsClient(network).send(Request(method="GET", url=url, timeout=SECONDS)))


def digest(url: str, network: Network, wheel: OpenDistribution) -> str:
    """Say what became of a download."""
    del wheel
    return describe(RequestsClient(network).digest(Request(method="GET", url=url, timeout=SECONDS)))


def upload(url: str, network: Network, wheel: OpenDistribution) -> str:
    """Say what became of an upload by twine."""
    index = Index(name="x", url=url, audience=Audience.PRIVATE)
    with Uploader(index, network=network, watch=lambda *_: None, answer_seconds=SECONDS, slowest_rate=1e9) as uploader:
        return describe(uploader.send(wheel, None))


def ask_github(url: str, network: Network, wheel: OpenDistribution) -> str:
    """Say what became of a request by PyGithub, each of whose four tries has a deadline."""
    del wheel
    answer = RestApi(
        api_url=url.rstrip("/"),
        repository="octo/demo",
        repository_id="",
        token=Secret("t"),
        sleep=FakeTime().sleep,
        ca_bundle=network.ca_bundle,
        request_seconds=SECONDS_OF_EACH_OF_FOUR,
    ).visibility()
    assert isinstance(answer, NoAnswer)
    return "TIMEOUT" if "DeadlinePassed" in answer.reason else answer.reason


def fetch_id_token(url: str, network: Network, wheel: OpenDistribution) -> str:
    """Say what became of a request by the library id, which the environment tells where to ask."""
    del url, network, wheel
    tokens = GitHubIdTokens(
        context=context_of(), log=FakeLog(), clock=Hasty(), sleep=FakeTime().sleep, request_seconds=SECONDS
    )
    with pytest.raises(GitHubUnreachable) as caught:
        tokens.fetch("pypi")
    return "TIMEOUT" if "DeadlinePassed" in str(caught.value) else str(caught.value)


def describe(answer: Response | Digest | NoResponse) -> str:
    """Name the failure, or the status."""
    return answer.failure.name if isinstance(answer, NoResponse) else str(answer.status)


CLIENTS = (send, digest, upload, ask_github, fetch_id_token)

SERVERS: dict[str, Serve] = {
    "silence after the connect": stay_silent,
    "a status line by the byte": drip(b"HTTP/1.1 200 ", b"x"),
    "a header by the byte": drip(OK + b"X-Long: ", b"x"),
    "headers without end": drip(OK, b"X-Next: y\r\n", pause=0.05),
    "a body by the byte": drip(OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "a body without length or end": drip(OK + b"\r\n", b"x"),
    "a chunk size by the byte": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "100 without end": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "102 now and then": drip(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.1),
    "a 103 by the byte": drip(b"HTTP/1.1 103 Early Hints\r\nLink: ", b"x"),
}


def run_all(
    clients: tuple[Callable[[str, Network, OpenDistribution], str], ...],
    url: str,
    network: Network,
    wheel: OpenDistribution,
) -> tuple[dict[str, str], float]:
    """Give what became of each client's request, all made at the same time, and how long the slowest took."""
    begin = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as pool:
        waiting = {client.__name__: pool.submit(client, url, network, wheel) for client in clients}
    found = {name: future.result() for name, future in waiting.items()}
    return found, time.monotonic() - begin


def point_id_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what the library id reads."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", url)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")


@pytest.mark.parametrize("serve", SERVERS.values(), ids=SERVERS.keys())
def test_a_request_ends_at_its_deadline(serve: Serve, wheel: OpenDistribution, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a server drags its answer out, each kind of request is given up in time, as a time-out."""
    with serve_raw(serve) as port:
        url = f"http://127.0.0.1:{port}/"
        point_id_at(url, monkeypatch)
        found, seconds = run_all(CLIENTS, url, Network(), wheel)

    assert found == {client.__name__: "TIMEOUT" for client in CLIENTS}
    assert seconds < SECONDS + 3


@pytest.mark.parametrize("name", ["a status line by the byte", "a body by the byte"])
def test_a_request_over_tls_ends_at_its_deadline(certificate: Path, wheel: OpenDistribution, name: str) -> None:
    """The deadline holds for encrypted connections too."""
    clients = (send, digest, upload, ask_github)
    with serve_raw(SERVERS[name], certificate) as port:
        network = Network(ca_bundle=str(certificate))
        found, seconds = run_all(clients, f"https://127.0.0.1:{port}/", network, wheel)

    assert found == {client.__name__: "TIMEOUT" for client in clients}
    assert seconds < SECONDS + 3


def test_a_silent_handshake_ends_at_its_deadline(wheel: OpenDistribution, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers the TLS handshake holds nobody."""
    with serve_raw(stay_silent) as port:
        url = f"https://127.0.0.1:{port}/"
        point_id_at(url, monkeypatch)
        found, seconds = run_all(CLIENTS, url, Network(), wheel)

    assert found == {client.__name__: "TIMEOUT" for client in CLIENTS}
    assert seconds < SECONDS + 3


def test_a_proxy_that_drips_ends_at_the_deadline(wheel: OpenDistribution) -> None:
    """The answer to CONNECT counts into the request's time."""

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        drip_slowly(connection)

    def drip_slowly(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 ")
        for _ in range(500):
            connection.sendall(b"x")
            time.sleep(0.02)

    with serve_raw(serve) as port:
        network = Network(https_proxy=f"http://127.0.0.1:{port}")
        found, seconds = run_all((send, upload), "https://index.example/", network, wheel)

    assert found == {"send": "TIMEOUT", "upload": "TIMEOUT"}
    assert seconds < SECONDS + 3


def test_a_server_that_reads_nothing_ends_an_upload_at_its_deadline(tmp_path: Path) -> None:
    """A body that nobody reads is given up as well."""
    build_wheel(tmp_path, "demo", "1.0", size=8_000_000)
    with read_all(tmp_path) as reading, serve_raw(stay_silent) as port:
        found, seconds = run_all((upload,), f"http://127.0.0.1:{port}/", Network(), reading.files[0])

    assert found == {"upload": "TIMEOUT"}
    assert seconds < SECONDS + 3


def test_an_upload_has_time_by_its_size(tmp_path: Path) -> None:
    """A large file has longer: a server that takes its time, and is never silent for long, is waited for."""
    build_wheel(tmp_path, "demo", "1.0", size=400_000)

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        for byte in OK + b"X: y\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    with read_all(tmp_path) as reading, serve_raw(serve) as port:
        index = Index(name="x", url=f"http://127.0.0.1:{port}/", audience=Audience.PRIVATE)
        with Uploader(
            index, network=Network(), watch=lambda *_: None, answer_seconds=SECONDS, slowest_rate=40_000
        ) as uploader:
            answer = uploader.send(reading.files[0], None)

    assert describe(answer) == "200"


def test_a_no_is_heard_though_its_words_never_end(wheel: OpenDistribution) -> None:
    """A refusal whose body drips is a refusal, and its words are waited for no longer than some seconds."""
    serve = drip(b"HTTP/1.1 400 Nope\r\nContent-Length: 100000\r\n\r\nwords", b"x")
    begin = time.monotonic()
    with serve_raw(serve) as port:
        index = Index(name="x", url=f"http://127.0.0.1:{port}/", audience=Audience.PRIVATE)
        with Uploader(index, network=Network(), watch=lambda *_: None, body_seconds=SECONDS) as uploader:
            answer = uploader.send(wheel, None)

    assert time.monotonic() - begin < SECONDS + 3
    assert isinstance(answer, Response)
    assert (answer.status, answer.reason, answer.body[:5]) == (400, "Nope", b"words")


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
@pytest.mark.parametrize("count", [1, 5])
def test_informational_answers_are_passed_over(
    wheel: OpenDistribution, monkeypatch: pytest.MonkeyPatch, status: bytes, count: int
) -> None:
    """What comes before the answer is not taken for it, whatever it is and whatever it holds."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall((b"HTTP/1.1 " + status + b"\r\nLink: </x>\r\n\r\n") * count)
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")

    with serve_raw(serve) as port:
        url = f"http://127.0.0.1:{port}/"
        point_id_at(url, monkeypatch)
        found, _ = run_all(CLIENTS, url, Network(), wheel)

    assert {name: found[name] for name in ("send", "digest", "upload")} == dict.fromkeys(
        ("send", "digest", "upload"), "404"
    )
    assert "404" in found["ask_github"]
    assert "404" in found["fetch_id_token"]


def test_informational_answers_are_bounded() -> None:
    """A server that says 102 again and again, and at once, speaks no HTTP that we know."""
    with serve_raw(drip(b"HTTP/1.1 102 Processing\r\n\r\n" * 100, b"")) as port:
        answer = RequestsClient(Network()).send(Request(method="GET", url=f"http://127.0.0.1:{port}/", timeout=5))

    assert isinstance(answer, NoResponse)
    assert answer.failure is Failure.PROTOCOL


def test_what_is_called_answers_and_raises() -> None:
    """In time, a call's result and its exception come through."""
    assert run_within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        run_within(5, lambda: 1 // 0)


def test_what_cannot_be_woken_is_left_behind() -> None:
    """A call that waits for no connection, such as a name lookup, is left, and connects to nobody afterwards."""
    late = list[BaseException]()
    is_over = threading.Event()

    def look_up_slowly() -> None:
        is_over.wait(10)
        with socket.socket() as connection:
            try:
                watch(connection)
            except DeadlinePassed as error:
                late.append(error)
        done.set()

    done = threading.Event()
    begin = time.monotonic()
    with pytest.raises(DeadlinePassed):
        run_within(0.1, look_up_slowly)
    seconds = time.monotonic() - begin
    is_over.set()

    assert seconds < 3
    assert done.wait(5)
    assert len(late) == 1


def test_a_signal_ends_the_wait() -> None:
    """What a signal handler raises ends a request at once, and its connection with it."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped("A signal came.", remedy="")

    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        if connection.recv(1) == b"":
            ended.set()

    before = signal.signal(signal.SIGALRM, stop)
    begin = time.monotonic()
    try:
        with serve_raw(serve) as port:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Stopped):
                RequestsClient(Network()).send(Request(method="GET", url=f"http://127.0.0.1:{port}/", timeout=10))
            assert ended.wait(5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - begin < 5


def test_a_deadline_ends_what_runs_within_it() -> None:
    """An outer deadline ends an inner request that has longer, and lets no other begin."""
    begun = list[str]()

    def ask_twice(url: str) -> None:
        begun.append("first")
        RequestsClient(Network()).send(Request(method="GET", url=url, timeout=10))
        begun.append("second")
        RequestsClient(Network()).send(Request(method="GET", url=url, timeout=10))
        begun.append("third")

    with serve_raw(stay_silent) as port:
        begin = time.monotonic()
        with pytest.raises(DeadlinePassed):
            run_within(0.3, lambda: ask_twice(f"http://127.0.0.1:{port}/"))

    assert time.monotonic() - begin < 3
