"""The HTTP server under every local server: keep-alive, paced, logged, and failing on request."""

import socket
import socketserver
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from publish_sandbox.http.faults import (
    Answer,
    BadToken,
    DoThen,
    Drop,
    DropMidBody,
    Fault,
    Faults,
    Hang,
    Rewrite,
    SlowBody,
    Truncate,
)
from publish_sandbox.http.request import Body, Dropped, Incoming, SeenRequest, without_secrets


class _Cut(Exception):
    """Ends a request by sending a piece of its answer."""

    def __init__(self, answer: Answer, keep: int) -> None:
        super().__init__()
        self.answer = answer
        self.keep = keep


class LocalServer:
    """Serve HTTP/1.1 on a loopback port from `with` to the end of its block; subclasses say what is answered.

    An unexpected exception in a route is answered with 500, kept in `errors` and raised again at the end of the
    block, so that a mistake of the sandbox never passes for a fault of an index.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency: float = 0.0,
        connect_latency: float = 0.0,
        rate: float | None = None,
    ) -> None:
        self.faults = Faults()
        self.requests: list[SeenRequest] = []
        """All requests in the order in which their headers had come."""
        self.connections = 0
        """How many connections were ever opened."""
        self.errors: list[BaseException] = []
        self.latency = latency
        """Seconds between the end of a request and its answer."""
        self.connect_latency = connect_latency
        """Seconds between the opening of a connection and the first look at it."""
        self.rate = rate
        """Bytes a second at which each connection reads bodies; None is as fast as it goes."""
        self._stopping = threading.Event()
        self._http = _HTTPServer((host, port), self)
        bound_host, bound_port = self._http.socket.getsockname()[:2]
        self.url = f"http://{'127.0.0.1' if bound_host == '0.0.0.0' else bound_host}:{bound_port}"
        """Where the server is reached, without a final slash."""
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), name=self.url)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None and self.errors:
            raise self.errors[0]

    def start(self) -> None:
        """Begin to serve; `with` does it."""
        self._thread.start()

    def stop(self) -> None:
        """Cut all connections, end all threads, free the port; `with` does it."""
        self._stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.cut_connections()
        self._http.server_close()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        if seconds > 0:
            self._stopping.wait(seconds)

    def answer(self, request: Incoming) -> Answer:
        """Return the response to `request`. Raises `Dropped` to close the connection instead."""
        raise NotImplementedError

    def respond(self, request: Incoming) -> Answer:
        """Return the response, or perform the fault that is armed for this request."""
        fault = self.faults.take(request.method, request.path)
        answer = self.perform(fault, request, lambda: self.answer(request))
        request.body.drain()
        self.pause(self.latency)
        return answer

    def perform(self, fault: Fault | None, request: Incoming, work: Callable[[], Answer]) -> Answer:
        """Do `work` the way `fault` says."""
        match fault:
            case None:
                return work()
            case Rewrite():
                return fault.change(work())
            case Truncate():
                raise _Cut(work(), fault.keep)
            case DoThen():
                done = work()
                return self.perform(fault.fault, request, lambda: done)
            case BadToken():
                request.fault = fault
                return work()
            case SlowBody():
                request.body.rate = fault.rate
                return work()
            case DropMidBody():
                request.body.drain(fault.after)
                raise Dropped
            case _:
                return self._stay_idle(fault, request, work)

    def _stay_idle(self, fault: Answer | Drop | Hang, request: Incoming, work: Callable[[], Answer]) -> Answer:
        match fault:
            case Answer():
                request.body.drain()
                return fault
            case Drop():
                request.body.drain()
                raise Dropped
            case Hang():
                self.pause(fault.seconds)
                return work()


class _HTTPServer(socketserver.ThreadingTCPServer):
    # Not http.server's own class: that one looks its name up in the DNS.
    allow_reuse_address = True
    # Handler threads are joined by `server_close`: no thread, socket or half-written log outlives the block.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], local: LocalServer) -> None:
        self.local = local
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if isinstance(request, socket.socket):
            with self._open_lock:
                self._open.add(request)
                self.local.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            with self._open_lock:
                self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        """End the keep-alive connections on which a thread waits for a next request."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: the only error that arrives here is a client that disconnected."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HTTPServer

    def setup(self) -> None:
        self.server.local.pause(self.server.local.connect_latency)
        super().setup()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Log nothing: `LocalServer.requests` is the log."""

    def _serve(self) -> None:
        request = self._read_request()
        local = self.server.local
        try:
            answer = local.respond(request)
        except Dropped:
            self.close_connection = True
        except _Cut as cut:
            self.close_connection = True
            self._send(cut.answer, request.body.seen, keep=cut.keep)
        except OSError:
            raise  # the client went away
        except BaseException as error:  # noqa: BLE001  (kept, and raised again by `LocalServer.__exit__`)
            local.errors.append(error)
            self.close_connection = True
            self._send(Answer(status=500), request.body.seen)
        else:
            self._send(answer, request.body.seen)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815  (the names are http.server's)

    def _read_request(self) -> Incoming:
        local = self.server.local
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        seen = SeenRequest(method=self.command, path=path, query=parts.query, headers=without_secrets(self.headers))
        local.requests.append(seen)
        length = int(self.headers.get("Content-Length") or 0)
        return Incoming(
            method=self.command,
            path=path,
            query={name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
            headers=self.headers,
            body=Body(stream=self.rfile, left=length, rate=local.rate, seen=seen, pause=local.pause),
        )

    def _send(self, answer: Answer, seen: SeenRequest, *, keep: int | None = None) -> None:
        reason = HTTPStatus(answer.status).phrase if answer.reason is None else answer.reason
        headers = {
            "Date": self.date_time_string(),
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **({"Connection": "close"} if self.close_connection else {}),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        body = b"" if self.command == "HEAD" or answer.status == HTTPStatus.NOT_MODIFIED else answer.body[:keep]
        seen.status = answer.status
        # In one piece: two small writes would meet the peer's delayed acknowledgement.
        self.wfile.write(head + body)
