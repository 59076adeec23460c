"""Connections that end while a file is being sent: the same outcome with and without TLS, on every Python."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_action.distributions.reader import OpenDistribution
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, Network, NoResponse, Response
from publish_action.upload.twine_client import Uploader
from publish_sandbox.distributions.builder import build_wheel
from support.fakes import read_all
from support.raw_servers import Serve, make_certificate, read_head, read_request, reset, serve_raw

# More than fits into the buffers of a loopback connection.
SIZE = 8_000_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for the loopback."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDistribution]:
    """Hold a large wheel open."""
    folder = tmp_path_factory.mktemp("dist")
    build_wheel(folder, "demo", "1.0", size=SIZE)
    with read_all(folder) as reading:
        yield reading.files[0]


def refuse_at_once(status: bytes) -> Serve:
    """Refuse as soon as the head has come, and close without reading the body, as nginx does at the end."""

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope")

    return serve


def close_in_the_body(connection: socket.socket) -> None:
    """Read a part of the body, and close."""
    read_head(connection)
    connection.recv(65536)


def reset_in_the_body(connection: socket.socket) -> None:
    """Read a part of the body, and reset."""
    close_in_the_body(connection)
    reset(connection)


def close_after_the_body(connection: socket.socket) -> None:
    """Read the whole request, and close."""
    read_request(connection)


def cut_the_answer(connection: socket.socket) -> None:
    """Read the whole request, and close in the middle of the answer."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def speak_rubbish(connection: socket.socket) -> None:
    """Read the whole request, and answer with what is no status line."""
    read_request(connection)
    connection.sendall(b"what?\r\n\r\n")


def upload(serve: Serve, wheel: OpenDistribution, certificate: Path | None, trusted: Path) -> Response | NoResponse:
    """Upload to a server that does so, with TLS where there is a certificate."""
    with serve_raw(serve, certificate) as port:
        scheme = "http" if certificate is None else "https"
        index = Index(name="x", url=f"{scheme}://127.0.0.1:{port}/", audience=Audience.PRIVATE)
        network = Network(ca_bundle=str(trusted))
        with Uploader(index, network=network, watch=lambda *_: None, answer_seconds=10) as uploader:
            return uploader.send(wheel, None)


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    ("serve", "failure", "is_whole"),
    [
        (close_in_the_body, Failure.DROPPED, False),
        (reset_in_the_body, Failure.DROPPED, False),
        (close_after_the_body, Failure.DROPPED, True),
        (cut_the_answer, Failure.DROPPED, True),
        (speak_rubbish, Failure.PROTOCOL, True),
    ],
)
def test_a_cut_is_a_lost_answer(
    wheel: OpenDistribution, certificate: Path, serve: Serve, failure: Failure, *, is_encrypted: bool, is_whole: bool
) -> None:
    """A connection that ends is told as one, with how much had been sent; it says nothing of a certificate."""
    answer = upload(serve, wheel, certificate if is_encrypted else None, certificate)

    assert isinstance(answer, NoResponse), answer
    assert answer.failure is failure
    assert answer.sent is not None
    assert (answer.sent == wheel.distribution.size) == is_whole


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("status", [b"413 Content Too Large", b"403 Forbidden"])
def test_a_refusal_before_the_end_of_the_body(
    wheel: OpenDistribution, certificate: Path, status: bytes, *, is_encrypted: bool
) -> None:
    """A server that refuses a body by its length is understood, or was cut off; its certificate is not doubted."""
    answer = upload(refuse_at_once(status), wheel, certificate if is_encrypted else None, certificate)

    if isinstance(answer, Response):
        assert answer.status == int(status[:3])
        assert 0 < answer.unsent < wheel.distribution.size
    else:
        assert answer.failure is Failure.DROPPED
        assert answer.sent is not None
        assert answer.sent < wheel.distribution.size


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["http", "https"])
def test_an_early_refusal_is_heard_on_every_python(
    wheel: OpenDistribution, certificate: Path, *, is_encrypted: bool
) -> None:
    """The answer of a server that closes at once is read where it can be: most times, with TLS as without.

    Where the reset overtakes the answer nobody can read it, so not every upload hears it.
    """
    serve, own = refuse_at_once(b"413 Content Too Large"), certificate if is_encrypted else None
    answers = (upload(serve, wheel, own, certificate) for _ in range(10))

    assert any(isinstance(answer, Response) and answer.status == 413 for answer in answers)


def test_a_server_without_tls_is_no_bad_certificate(wheel: OpenDistribution, certificate: Path) -> None:
    """A server that does not speak TLS is told as a failed encryption, with OpenSSL's word for it."""

    def answer_in_the_clear(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with serve_raw(answer_in_the_clear) as port:
        index = Index(name="x", url=f"https://127.0.0.1:{port}/", audience=Audience.PRIVATE)
        with Uploader(index, network=Network(ca_bundle=str(certificate)), watch=lambda *_: None) as uploader:
            answer = uploader.send(wheel, None)

    assert isinstance(answer, NoResponse)
    assert answer.failure is Failure.ENCRYPTION
    assert answer.detail.isascii()
    assert "SSLError, " in answer.detail


def test_a_certificate_that_nobody_vouches_for_is_a_bad_one(
    wheel: OpenDistribution, certificate: Path, tmp_path: Path
) -> None:
    """A failed verification is told as one, and nothing of the file is sent."""
    answer = upload(read_request_only, wheel, certificate, make_certificate(tmp_path))

    assert isinstance(answer, NoResponse)
    assert (answer.failure, answer.sent) == (Failure.TLS, 0)


def read_request_only(connection: socket.socket) -> None:
    """Never get as far as a request."""
    read_request(connection)
