"""Static simple indexes (PEP 503) on this machine, which note what they are asked for."""

import base64
import hashlib
import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

LOGIN = ("reader", "s3cret-of-the-reader")


class StaticIndex:
    """Serves the wheels of a folder; with a login it answers nobody else."""

    def __init__(self, folder: Path, *, login: tuple[str, str] | None = None) -> None:
        self.folder = folder
        self.asked: list[str] = []
        """The paths of all requests, decoded."""
        expected = base64.b64encode(":".join(login).encode()).decode() if login else None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self, expected))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Return the read URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> bytes | None:
        """Return the content at a path, or None."""
        self.asked.append(path)
        parts = [part for part in path.split("/") if part]
        wheels = sorted(self.folder.glob("*.whl"))
        if len(parts) == 2 and parts[0] == "simple":
            own = [wheel for wheel in wheels if wheel.name.startswith(f"{parts[1].replace('-', '_')}-")]
            return _page([_link(wheel) for wheel in own]) if own else None
        found = [wheel for wheel in wheels if parts == ["files", wheel.name]]
        return found[0].read_bytes() if found else None


def _link(wheel: Path) -> str:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f'<a href="/files/{html.escape(wheel.name)}#sha256={digest}">{html.escape(wheel.name)}</a>'


def _page(links: list[str]) -> bytes:
    return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()


def _make_handler(index: StaticIndex, expected: str | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if expected and self.headers.get("Authorization") != f"Basic {expected}":
                self._send(401, b"", **{"WWW-Authenticate": 'Basic realm="index"'})
                return
            body = index.answer(unquote(self.path.partition("?")[0]))
            self._send(404 if body is None else 200, body or b"")

        do_HEAD = do_GET  # noqa: N815 -- the name that http.server looks for

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            kind = "text/html" if "/simple/" in self.path else "application/octet-stream"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
            """Log nothing."""

    return Handler
