"""The faults of the local servers really happen on the wire."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import requests

from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.http.faults import Answer, DoThen, Drop, DropMidBody, Fault, Hang, Rewrite, SlowBody, Truncate
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer
from publish_sandbox.pypi.server import LocalPyPI
from support.sandbox_forms import request, send

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def pypi(clock: SettableClock) -> Iterator[LocalPyPI]:
    with LocalPyPI(clock=clock) as index:
        yield index


@pytest.fixture
def token(pypi: LocalPyPI) -> str:
    return pypi.api_token("alice")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return build_wheel(tmp_path, "demo", "1.0")


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        pytest.param(Drop(), False, id="before the answer"),
        pytest.param(DoThen(Drop()), True, id="stored, then dropped"),
        pytest.param(DropMidBody(100), False, id="in the middle of the body"),
    ],
)
def test_a_dropped_upload_has_no_answer(pypi: LocalPyPI, token: str, wheel: Path, fault: Fault, stored: bool) -> None:
    """The client sees its connection end, whether or not the file was stored; the next try is served."""
    pypi.faults.add("/legacy/", fault)

    with pytest.raises(requests.ConnectionError):
        send(pypi, wheel, token)

    assert ("demo" in pypi.projects) is stored
    assert send(pypi, wheel, token).status == 200


def test_a_mid_body_drop_reads_no_more(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """`DropMidBody` stops after as many bytes as it says."""
    pypi.faults.add("/legacy/", DropMidBody(1000))

    with pytest.raises(requests.ConnectionError):
        send(pypi, build_wheel(tmp_path, "demo", "1.0", size=8 << 20), token)

    assert pypi.requests[0].received == 1000
    assert pypi.requests[0].status is None


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        pytest.param(Answer(status=503, body=b"busy"), False, id="503"),
        pytest.param(DoThen(Answer(status=503)), True, id="stored, then 503"),
        pytest.param(Answer(status=429, headers={"Retry-After": "7"}), False, id="429"),
        pytest.param(Answer(status=308, headers={"Location": "https://pypi.org/legacy/"}), False, id="308"),
        pytest.param(Answer(body=b"<html>log in</html>", content_type="text/html"), False, id="captive portal"),
    ],
)
def test_an_armed_answer_comes_as_it_is(pypi: LocalPyPI, token: str, wheel: Path, fault: Fault, stored: bool) -> None:
    """Status, headers and body are those of the fault, once."""
    pypi.faults.add("/legacy/", fault)
    expected = fault.fault if isinstance(fault, DoThen) else fault
    assert isinstance(expected, Answer)

    came = send(pypi, wheel, token)

    assert (came.status, came.text) == (expected.status, expected.body.decode())
    assert expected.headers.items() <= dict(came.headers).items()
    assert ("demo" in pypi.projects) is stored
    assert send(pypi, wheel, token).status == 200


def test_a_fault_can_wait_and_last(pypi: LocalPyPI) -> None:
    """`after` lets requests pass, `times` says how many meet the fault."""
    pypi.faults.add("/simple/", Answer(status=500), after=1, times=2)

    statuses = [request("GET", pypi.simple_url).status for _ in range(4)]

    assert statuses == [200, 500, 500, 200]


def test_a_fault_can_be_for_one_file(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """With `file`, only uploads of that file meet the fault."""
    first, second = build_wheel(tmp_path, "demo", "1.0"), build_wheel(tmp_path, "demo", "2.0")
    pypi.faults.add("/legacy/", Answer(status=502), file=second.name)

    assert [send(pypi, path, token).status for path in (first, second, second)] == [200, 502, 200]


def test_a_hang_ends_with_the_answer(pypi: LocalPyPI) -> None:
    """`Hang` keeps silent, then the answer comes."""
    pypi.faults.add("/simple/", Hang(0.2))
    began = time.monotonic()

    came = request("GET", pypi.simple_url)

    assert came.status == 200
    assert time.monotonic() - began >= 0.2


def test_a_client_that_gave_up_does_not_hold_the_server(pypi: LocalPyPI) -> None:
    """A long hang ends with the server: leaving the block does not wait for it."""
    pypi.faults.add("/simple/", Hang(3600))

    with closing(http.client.HTTPConnection(pypi.url.removeprefix("http://"), timeout=0.1)) as connection:
        connection.request("GET", "/simple/")
        with pytest.raises(TimeoutError):
            connection.getresponse()


def test_a_slow_body_takes_its_time(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """A body is read no faster than the rate: 40 kB at 200 kB a second take a fifth of a second."""
    pypi.faults.add("/legacy/", SlowBody(200_000))
    began = time.monotonic()

    came = send(pypi, build_wheel(tmp_path, "demo", "1.0", size=40_000), token)

    assert came.status == 200
    assert time.monotonic() - began >= 0.2


def test_rate_and_latency_are_settings_of_the_server(tmp_path: Path) -> None:
    """`rate` slows every body, `latency` every answer."""
    with LocalPyPI(rate=200_000, latency=0.1) as pypi:
        began = time.monotonic()
        send(pypi, build_wheel(tmp_path, "demo", "1.0", size=20_000), pypi.api_token("alice"))
        assert time.monotonic() - began >= 0.2


def test_a_cut_answer_is_shorter_than_it_says(pypi: LocalPyPI) -> None:
    """`Truncate` announces the whole answer and sends a piece of it."""
    pypi.faults.add("/simple/", Truncate(keep=10))

    with closing(http.client.HTTPConnection(pypi.url.removeprefix("http://"), timeout=5)) as connection:
        connection.request("GET", "/simple/")
        with pytest.raises(http.client.IncompleteRead) as caught:
            connection.getresponse().read()

    assert len(caught.value.partial) == 10


def test_an_answer_can_be_rewritten(pypi: LocalPyPI) -> None:
    """`Rewrite` sends what it makes of the true answer."""
    pypi.faults.add("/simple/", Rewrite(lambda answer: Answer(body=answer.body.upper())))

    assert "<!DOCTYPE HTML>" in request("GET", pypi.simple_url).text


def test_a_raw_line_end_breaks_the_status_line(pypi: LocalPyPI) -> None:
    """A reason phrase goes out as it is, raw line end included."""
    pypi.faults.add("/legacy/", Answer(status=400, reason="first\nsecond"))

    with closing(http.client.HTTPConnection(pypi.url.removeprefix("http://"), timeout=5)) as connection:
        connection.request("POST", "/legacy/", b"")
        reason = connection.getresponse().reason

    assert reason == "first"


def test_a_stale_page_shows_what_was(pypi: LocalPyPI, clock: SettableClock, token: str, wheel: Path) -> None:
    """With `stale_seconds` a simple page misses a new file until that time is over."""
    pypi.stale_seconds = 60
    send(pypi, wheel, token)

    early = request("GET", f"{pypi.simple_url}demo/", headers=JSON)
    clock.advance(61)
    late = request("GET", f"{pypi.simple_url}demo/", headers=JSON)

    assert [len(json.loads(page.text)["files"]) for page in (early, late)] == [0, 1]


def test_a_page_can_lie_about_a_hash(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """`false_hashes` stand on both kinds of simple page."""
    send(pypi, wheel, token)
    pypi.false_hashes[wheel.name] = "0" * 64

    pages = [request("GET", f"{pypi.simple_url}demo/", headers=wish).text for wish in (JSON, {"Accept": "text/html"})]

    assert json.loads(pages[0])["files"][0]["hashes"] == {"sha256": "0" * 64}
    assert f"#sha256={'0' * 64}" in pages[1]


def test_a_connection_serves_many_requests(pypi: LocalPyPI) -> None:
    """Connections are kept alive and counted."""
    with requests.Session() as session:
        session.trust_env = False
        statuses = [session.get(pypi.simple_url, timeout=5).status_code for _ in range(3)]

    assert statuses == [200] * 3
    assert (pypi.connections, len(pypi.requests)) == (1, 3)


def test_an_idle_connection_does_not_hold_the_server() -> None:
    """A server stops although a client keeps its connection open, and the client sees it end."""
    pypi = LocalPyPI()
    pypi.start()
    with closing(http.client.HTTPConnection(pypi.url.removeprefix("http://"), timeout=20)) as connection:
        connection.request("GET", "/simple/")
        connection.getresponse().read()
        stopper = Thread(target=pypi.stop, daemon=True)

        stopper.start()

        stopper.join(20)
        assert not stopper.is_alive()
        assert connection.sock.recv(1) == b""


def test_a_mistake_of_the_sandbox_is_not_swallowed() -> None:
    """An exception in a route is answered with 500, and raised at the end of the block."""

    class Broken(LocalServer):
        def answer(self, request: Incoming) -> Answer:
            raise ZeroDivisionError

    statuses = []
    with pytest.raises(ZeroDivisionError), Broken() as server:
        statuses.append(request("GET", server.url).status)

    assert statuses == [500]
