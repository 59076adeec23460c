"""HTTP: timed, bounded, never redirected, deaf to the environment; on real sockets."""

import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publish_action.network.client import Digest, Failure, Network, NoResponse, Request, RequestsClient, Response
from publish_action.secret import Secret
from publish_sandbox.http.faults import FOREVER, Answer, Drop, Hang, Truncate
from publish_sandbox.pypi.server import LocalPyPI


@pytest.fixture
def server() -> Iterator[LocalPyPI]:
    """Give a server that answers as it is told."""
    with LocalPyPI() as local:
        yield local


def request_of(server: LocalPyPI, *, timeout: float = 10.0, max_bytes: int = 1000) -> Request:
    headers = {"Authorization": Secret("Basic s3cret")}
    return Request(method="GET", url=f"{server.url}/page/", headers=headers, timeout=timeout, max_bytes=max_bytes)


def failure_of(answer: Response | Digest | NoResponse) -> Failure:
    assert isinstance(answer, NoResponse), answer
    return answer.failure


@contextmanager
def one_connection(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve one connection with a function, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def run() -> None:
            with listener.accept()[0] as connection:
                connection.settimeout(10)
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_answer_comes_whatever_its_status(server: LocalPyPI) -> None:
    """A 500 is an answer like any other, with its headers in any letter case."""
    server.faults.add("/page/", Answer(status=500, headers={"X-Said": "no"}, body=b"sorry"))

    answer = RequestsClient(Network()).send(request_of(server))

    assert isinstance(answer, Response)
    assert (answer.status, answer.headers["x-said"], answer.body) == (500, "no", b"sorry")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(server: LocalPyPI, status: int) -> None:
    """A redirect is given back as it came; its target hears nothing."""
    with LocalPyPI() as other:
        server.faults.add("/page/", Answer(status=status, headers={"Location": f"{other.url}/page/"}))

        answer = RequestsClient(Network()).send(request_of(server))

        assert isinstance(answer, Response)
        assert answer.status == status
        assert other.connections == 0


@pytest.mark.parametrize("target", ["http://[", "http://127.0.0.1:port/", "\xff\xfe", "https://x y/", "http://\xe4/"])
def test_redirect_to_nonsense_is_given_back_as_it_came(server: LocalPyPI, target: str) -> None:
    """An address that cannot be one is for the caller to judge; nothing raises."""
    server.faults.add("/page/", Answer(status=302, headers={"Location": target}))

    answer = RequestsClient(Network()).send(request_of(server))

    assert isinstance(answer, Response)
    assert answer.status == 302


def test_body_of_a_redirect_has_the_bounds_of_any_other(server: LocalPyPI) -> None:
    """A long body behind a redirect is not read to its end."""
    answer = Answer(status=302, headers={"Location": "/elsewhere/"}, body=b"x" * 1001)
    server.faults.add("/page/", answer, times=FOREVER)

    assert failure_of(RequestsClient(Network()).send(request_of(server))) is Failure.TOO_LARGE


def test_answer_has_a_greatest_size(server: LocalPyPI) -> None:
    """An answer over the limit is cut off, for `send` and for `digest`."""
    server.faults.add("/page/", Answer(body=b"x" * 1001), times=FOREVER)

    http = RequestsClient(Network())

    assert failure_of(http.send(request_of(server))) is Failure.TOO_LARGE
    assert failure_of(http.digest(request_of(server))) is Failure.TOO_LARGE


def test_body_that_never_ends_is_given_up() -> None:
    """A server that sends a byte now and then, and so never meets a time-out, is given up all the same."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(2000):
            if over.wait(0.01):
                return
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with one_connection(drip) as port:
        answer = RequestsClient(Network()).send(Request(method="GET", url=f"http://127.0.0.1:{port}/", timeout=0.05))
        over.set()

    assert failure_of(answer) is Failure.TIMEOUT


def test_no_text_form_shows_a_body(server: LocalPyPI) -> None:
    """Requests and answers carry tokens in their bodies; neither shows them."""
    server.faults.add("/page/", Answer(headers={"Set-Cookie": "pypi-s3cret"}, body=b'{"token": "pypi-s3cret"}'))
    request = Request(method="POST", url=f"{server.url}/page/", body=b"pypi-s3cret")

    answer = RequestsClient(Network()).send(request)

    assert "s3cret" not in repr(request) + repr(answer)


def test_answer_may_have_just_that_size(server: LocalPyPI) -> None:
    """The limit itself is allowed, and a digest is that of the whole body."""
    server.faults.add("/page/", Answer(body=b"x" * 1000))

    digest = RequestsClient(Network()).digest(request_of(server))

    assert digest == Digest(status=200, sha256=hashlib.sha256(b"x" * 1000).hexdigest())


def test_silent_server_times_out(server: LocalPyPI) -> None:
    """A server that says nothing is a time-out."""
    server.faults.add("/page/", Hang(5))

    assert failure_of(RequestsClient(Network()).send(request_of(server, timeout=0.2))) is Failure.TIMEOUT


def test_cut_connection_is_told_from_silence(server: LocalPyPI) -> None:
    """A connection that ends without an answer, or in the middle of one, was dropped."""
    server.faults.add("/page/", Drop())
    http = RequestsClient(Network())
    first = http.send(request_of(server))
    server.faults.add("/page/", Answer(body=b"x" * 900))
    server.faults.clear()
    server.faults.add("/simple/", Truncate(3))

    second = http.send(Request(method="GET", url=f"{server.url}/simple/"))

    assert failure_of(first) is Failure.DROPPED
    assert failure_of(second) is Failure.DROPPED


def test_refused_connection_is_no_time_out() -> None:
    """A port on which nobody listens is a connection that could not be made."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert (
        failure_of(RequestsClient(Network()).send(Request(method="GET", url=f"http://127.0.0.1:{port}/")))
        is Failure.CONNECT
    )


def test_other_protocol_is_recognised() -> None:
    """A server that greets in another protocol does not speak HTTP."""
    with one_connection(lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n")) as port:
        answer = RequestsClient(Network()).send(Request(method="GET", url=f"http://127.0.0.1:{port}/"))

    assert failure_of(answer) is Failure.PROTOCOL


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost that nobody has signed, with its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(path), "-out", str(path) + ".crt"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + Path(str(path) + ".crt").read_text())
    return path


@contextmanager
def tls_server(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(65536)
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        except ssl.SSLError:
            # The client did not like our certificate, which is what most of these tests are about.
            pass

    with one_connection(serve) as port:
        yield port


def test_unknown_certificate_is_refused(certificate: Path) -> None:
    """A certificate that nobody we trust has signed ends the request."""
    with tls_server(certificate) as port:
        answer = RequestsClient(Network()).send(Request(method="GET", url=f"https://localhost:{port}/"))

    assert failure_of(answer) is Failure.TLS


def test_certificate_of_another_name_is_refused(certificate: Path) -> None:
    """A certificate for another name is refused, also where its signer is trusted."""
    with tls_server(certificate) as port:
        network = Network(ca_bundle=f"{certificate}.crt")
        answer = RequestsClient(network).send(Request(method="GET", url=f"https://127.0.0.1:{port}/"))

    assert failure_of(answer) is Failure.TLS


def test_ca_bundle_is_trusted(certificate: Path) -> None:
    """The input `ca-bundle` says whom to trust."""
    with tls_server(certificate) as port:
        network = Network(ca_bundle=f"{certificate}.crt")
        answer = RequestsClient(network).send(Request(method="GET", url=f"https://localhost:{port}/"))

    assert isinstance(answer, Response)
    assert answer.body == b"ok"


_IN_A_CHILD = """
import sys
from publish_action.network.client import *
from publish_action.secret import Secret
headers = {"Authorization": Secret("Basic ours")}
answer = RequestsClient(Network()).send(Request(method="GET", url=sys.argv[1], headers=headers))
print(answer.status if isinstance(answer, Response) else answer.failure.name)
"""


def ask_in_a_child(url: str, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(
        [sys.executable, "-I", "-c", _IN_A_CHILD, url], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_environment_does_not_vouch_for_certificates(certificate: Path) -> None:
    """REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are not obeyed."""
    bundle = f"{certificate}.crt"
    with tls_server(certificate) as port:
        said = ask_in_a_child(f"https://localhost:{port}/", REQUESTS_CA_BUNDLE=bundle, CURL_CA_BUNDLE=bundle)

    assert said == "TLS"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_environment_names_no_proxy(server: LocalPyPI, name: str) -> None:
    """A proxy variable sends nothing anywhere else; the proxy hears nothing."""
    server.faults.add("/page/", Answer(status=204))
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        said = ask_in_a_child(f"{server.url}/page/", **{name: f"http://127.0.0.1:{proxy.getsockname()[1]}"})

    assert said == "204"


def test_netrc_does_not_replace_our_login(tmp_path: Path) -> None:
    """A login in `.netrc` for the host is not sent."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password other\n")
    heard = list[bytes]()

    def answer(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with one_connection(answer) as port:
        ask_in_a_child(f"http://127.0.0.1:{port}/", HOME=str(tmp_path))

    assert b"\r\nAuthorization: Basic ours\r\n" in heard[0]


def test_https_goes_through_its_proxy_by_connect() -> None:
    """With a proxy for https, only the host's name reaches it before the encrypted part begins."""
    heard = list[bytes]()

    def refuse(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with one_connection(refuse) as port:
        http = RequestsClient(Network(https_proxy=f"http://127.0.0.1:{port}"))
        answer = http.send(
            Request(method="POST", url="https://index.example/legacy/", headers={"X": Secret("s3cret")}, body=b"body")
        )

    assert failure_of(answer) is Failure.CONNECT
    assert heard[0].startswith(b"CONNECT index.example:443 HTTP/1.")
    assert b"s3cret" not in heard[0]
    assert b"body" not in heard[0]


def test_no_proxy_is_obeyed() -> None:
    """A host that `NO_PROXY` names is dialled without the proxy."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.close()
        network = Network(https_proxy=f"http://127.0.0.1:{proxy.getsockname()[1]}", no_proxy="localhost")
        answer = RequestsClient(network).send(Request(method="GET", url=f"https://localhost:{port}/"))

    assert failure_of(answer) is Failure.CONNECT
