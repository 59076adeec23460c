"""A real Pulp on loopback, in the PostgreSQL that `make test-pulp` starts for it."""

import base64
import hashlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

_READY_SECONDS = 600.0
_PASSWORD = "adminpw"

_SETTINGS = """\
SECRET_KEY = {secret!r}
CONTENT_ORIGIN = {content!r}
PYPI_API_HOSTNAME = {api!r}
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": {PGDATABASE!r}, "USER": {PGUSER!r}, "PASSWORD": {PGPASSWORD!r}, "HOST": {PGHOST!r}, "PORT": {PGPORT!r},
    }}
}}
DEPLOY_ROOT = {folder!r}
MEDIA_ROOT = {folder!r} + "/media"
STATIC_ROOT = {folder!r} + "/static"
WORKING_DIRECTORY = {folder!r} + "/tmp"
FILE_UPLOAD_TEMP_DIR = {folder!r} + "/tmp"
DB_ENCRYPTION_KEY = {folder!r} + "/key"
CACHE_ENABLED = False
"""


class Pulp:
    """Run Pulp's three programs from `with` to the end of its block."""

    username = "admin"
    password = _PASSWORD

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._api_port, self._content_port = _free_port(), _free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def add_index(self, name: str, *, autopublish: bool = False) -> str:
        """Create a repository with a distribution and give its upload URL."""
        plugin = "/pulp/api/v3"
        made = self._call("POST", f"{plugin}/repositories/python/python/", {"name": name, "autopublish": autopublish})
        repository = json.loads(made[1])["pulp_href"]
        path = f"{plugin}/distributions/python/pypi/"
        accepted = self._call("POST", path, {"name": name, "base_path": name, "repository": repository})
        self._wait_for_task(json.loads(accepted[1])["task"])
        return f"http://127.0.0.1:{self._api_port}/pypi/{name}/legacy/"

    def get(self, path: str, accept: str = "application/json") -> tuple[int, bytes]:
        """Send a request with the login; return status and body."""
        return self._call("GET", path, accept=accept)

    def upload(self, url: str, wheel: Path, *, attestations: str) -> tuple[int, bytes]:
        """Send a wheel with attestations, as the upload API wants it; give status and body."""
        content = wheel.read_bytes()
        name, version = wheel.name.split("-")[:2]
        form = {
            ":action": "file_upload",
            "protocol_version": "1",
            "name": name,
            "version": version,
            "filetype": "bdist_wheel",
            "metadata_version": "2.4",
            "sha256_digest": hashlib.sha256(content).hexdigest(),
            "attestations": attestations,
        }
        login = (self.username, _PASSWORD)
        answer = requests.post(url, data=form, files={"content": (wheel.name, content)}, auth=login, timeout=60)
        return answer.status_code, answer.content

    def wait_until_idle(self) -> None:
        """Wait until every task has ended."""
        deadline = time.monotonic() + _READY_SECONDS
        while json.loads(self.get("/pulp/api/v3/tasks/?state__in=waiting,running")[1])["count"]:
            if time.monotonic() > deadline:
                raise RuntimeError("tasks of Pulp do not end")
            time.sleep(0.2)

    def _start(self) -> None:
        for name in ("media", "static", "tmp"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "key").write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
        database = {name: os.environ[name] for name in ("PGDATABASE", "PGUSER", "PGPASSWORD", "PGHOST", "PGPORT")}
        settings = _SETTINGS.format(
            secret=secrets.token_hex(),
            content=f"http://127.0.0.1:{self._content_port}",
            api=f"http://127.0.0.1:{self._api_port}",
            folder=str(self._folder),
            **database,
        )
        (self._folder / "settings.py").write_text(settings)
        self._manage("migrate", "--noinput")
        self._manage("reset-admin-password", "--password", _PASSWORD)
        self._launch("pulpcore-api", "-b", f"127.0.0.1:{self._api_port}", "--workers", "1")
        self._launch("pulpcore-content", "-b", f"127.0.0.1:{self._content_port}", "--workers", "1")
        self._launch("pulpcore-worker")
        self._wait_until_ready()

    def _environment(self) -> dict[str, str]:
        return {
            # Its programs call each other, and one of its web servers writes below the home directory.
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "PULP_SETTINGS": str(self._folder / "settings.py"),
            "DJANGO_SETTINGS_MODULE": "pulpcore.app.settings",
        }

    def _manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / "pulpcore-manager", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"pulpcore-manager {arguments[0]} failed: {(done.stdout + done.stderr)[-3000:]}")

    def _launch(self, program: str, *arguments: str) -> None:
        with (self._folder / f"{program}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [self._programs / program, *arguments],
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_ready():
            if any(process.poll() is not None for process in self._processes) or time.monotonic() > deadline:
                logs = "\n".join(path.read_text()[-1500:] for path in self._folder.glob("*.log"))
                raise RuntimeError(f"Pulp did not start: {logs}")
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        try:
            status, body = self._call("GET", "/pulp/api/v3/status/")
        except OSError:
            return False
        return status == 200 and bool(json.loads(body)["online_workers"])

    def _wait_for_task(self, href: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        state = "waiting"
        while state in {"waiting", "running"} and time.monotonic() < deadline:
            state = json.loads(self._call("GET", href)[1])["state"]
            time.sleep(0.1)
        if state != "completed":
            raise RuntimeError(f"a task of Pulp ended as {state}")

    def _call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, accept: str = "application/json"
    ) -> tuple[int, bytes]:
        login = base64.b64encode(f"{self.username}:{_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": accept, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._api_port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
