"""Real private indexes, started as child processes on loopback: pypiserver and devpi."""

import base64
import hashlib
import http.client
import json
import socket
import subprocess
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_READY_SECONDS = 60.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.05
_ROOT_PASSWORD = "rootpw"


class ChildServer:
    """Run a server program from `with` to the end of its block; subclasses say which."""

    def __init__(self, folder: Path, user: str, password: str, port: int = 0) -> None:
        self.folder = folder
        self.username = user
        self.password = password
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the program and wait until it answers. Raises `RuntimeError` with the end of its log."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the program, by force if need be."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def run_until_ready(self, program: str, *arguments: str, ready_path: str) -> None:
        """Start one of this environment's programs and wait until it answers `ready_path` with 200."""
        log_file = self.folder / "server.log"
        with log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [_script(program), *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers(ready_path):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{program} did not start: {log_file.read_text()[-2000:]}")
            time.sleep(_POLL_SECONDS)

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send one JSON request to the server; give status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _answers(self, path: str) -> bool:
        try:
            return self.call("GET", path)[0] == 200
        except OSError:
            return False


class PyPIServer(ChildServer):
    """Run pypiserver: Basic auth for everything, files in `folder/packages`.

    A known file is refused with 409, or, where the form says so as twine's does, 400; `overwrite` takes it.
    `fallback` is where it sends those who ask for a project that it has not, as it does by default with PyPI.
    """

    def __init__(
        self, folder: Path, user: str, password: str, overwrite: bool = False, *, port: int = 0, fallback: str = ""
    ) -> None:
        super().__init__(folder, user, password, port)
        self._overwrite = overwrite
        self._fallback = fallback
        self.packages = folder / "packages"
        self.upload_url = f"{self.url}/"
        self.read_url = f"{self.url}/simple/"

    def start(self) -> None:
        """Start pypiserver and wait until it answers."""
        self.packages.mkdir(exist_ok=True)
        passwords = self.folder / "htpasswd"
        digest = base64.b64encode(hashlib.sha1(self.password.encode()).digest()).decode()
        passwords.write_text(f"{self.username}:{{SHA}}{digest}\n")
        options = ["-i", "127.0.0.1", "-p", str(self.port), "-a", "update,download,list", "-P", str(passwords)]
        overwrite = ["-o"] if self._overwrite else []
        # Without --disable-fallback it answers for unknown projects with a redirect to PyPI.
        fallback = ["--fallback-url", self._fallback] if self._fallback else ["--disable-fallback"]
        self.run_until_ready(
            "pypi-server", "run", *options, *overwrite, *fallback, str(self.packages), ready_path="/health"
        )


class Devpi(ChildServer):
    """Run devpi with one index, `USER/prod`, to which USER uploads and which anybody reads.

    A known file with other bytes is refused with 409; a `volatile` index takes it.
    """

    def __init__(self, folder: Path, user: str, password: str, volatile: bool = False, port: int = 0) -> None:
        super().__init__(folder, user, password, port)
        self._volatile = volatile
        self._root_login = ""
        self.upload_url = f"{self.url}/{user}/prod/"
        self.read_url = f"{self.url}/{user}/prod/+simple/"

    def start(self) -> None:
        """Make the server's data, start devpi, create user and index."""
        data, secret = self.folder / "data", self.folder / "secret"
        _run("devpi-init", "--serverdir", str(data), "--no-root-pypi", f"--root-passwd={_ROOT_PASSWORD}")
        _run("devpi-gen-secret", "--secretfile", str(secret))
        # Cheap password hashing and no look outside: ready in a second, not in ten.
        cheap = ("--argon2-memory-cost", "8", "--argon2-parallelism", "1", "--argon2-time-cost", "1")
        places = ("--serverdir", str(data), "--secretfile", str(secret), "--host", "127.0.0.1")
        options = ("--port", str(self.port), "--offline-mode", "--threads", "4", *cheap)
        self.run_until_ready("devpi-server", *places, *options, ready_path="/+api")
        self._create_index()

    def add_index(self, name: str, *, volatile: bool = False) -> str:
        """Create another index of the same user and give its upload URL."""
        index = {"type": "stage", "bases": [], "volatile": volatile, "acl_upload": [self.username]}
        self._expect(200, "PUT", f"/{self.username}/{name}", index, self._root_login)
        return f"{self.url}/{self.username}/{name}/"

    def _create_index(self) -> None:
        token = self._expect(200, "POST", "/+login", {"user": "root", "password": _ROOT_PASSWORD})
        self._root_login = base64.b64encode(f"root:{json.loads(token)['result']['password']}".encode()).decode()
        self._expect(201, "PUT", f"/{self.username}", {"password": self.password}, self._root_login)
        self.add_index("prod", volatile=self._volatile)

    def _expect(
        self, status: int, method: str, path: str, body: Mapping[str, object], credential: str | None = None
    ) -> bytes:
        headers = {"X-Devpi-Auth": credential} if credential else {}
        answered, content = self.call(method, path, body, headers)
        if answered != status:
            raise RuntimeError(f"devpi answered {method} {path} with {answered}: {content[:500]!r}")
        return content


def _script(program: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / program)


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([_script(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
