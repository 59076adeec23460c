"""The real private indexes of the sandbox accept and refuse as they do in the world."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.private.real_servers import ChildServer, Devpi, PyPIServer


@pytest.fixture(scope="module")
def pypiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PyPIServer]:
    with PyPIServer(tmp_path_factory.mktemp("pypiserver"), "ci", "s3cret") as server:
        yield server


def upload(server: PyPIServer | Devpi, path: Path, password: str | None = None) -> str:
    """Upload with twine; give what it said, or "" when it succeeded."""
    done = subprocess.run(
        [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", str(path)],
        env={
            "HOME": str(path.parent),
            "COLUMNS": "200",
            "TWINE_REPOSITORY_URL": server.upload_url,
            "TWINE_USERNAME": server.username,
            "TWINE_PASSWORD": password or server.password,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_pypiserver_accepts_and_refuses(pypiserver: PyPIServer, tmp_path: Path) -> None:
    """pypiserver stores a file, refuses a wrong password, and refuses the file a second time."""
    wheel = build_wheel(tmp_path, "demo", "1.0")

    answers = [upload(pypiserver, wheel, "wrong"), upload(pypiserver, wheel), upload(pypiserver, wheel)]

    assert "403 Forbidden" in answers[0]
    assert answers[1] == ""
    assert "400 Bad Request" in answers[2]
    assert (pypiserver.packages / wheel.name).read_bytes() == wheel.read_bytes()


def test_devpi_accepts_and_refuses(devpi: Devpi, tmp_path: Path) -> None:
    """devpi refuses a wrong password, takes a file, takes it again, and refuses other bytes under its name."""
    wheel = build_wheel(tmp_path / "a", "sandbox-demo", "1.0")
    other = build_wheel(tmp_path / "b", "sandbox-demo", "1.0", members={"more": ""})

    answers = [upload(devpi, wheel, "wrong"), upload(devpi, wheel), upload(devpi, wheel), upload(devpi, other)]

    assert "401 Unauthorized" in answers[0]
    assert answers[1:3] == ["", ""]
    assert "409 Conflict" in answers[3]


def test_a_server_that_dies_is_told_with_its_log(tmp_path: Path) -> None:
    """A program that ends instead of serving is a `RuntimeError` with what it said."""

    class Dying(ChildServer):
        def start(self) -> None:
            self.run_until_ready("pypi-server", "no-such-command", ready_path="/")

    with pytest.raises(RuntimeError, match="no-such-command"), Dying(tmp_path, "u", "p"):
        pytest.fail("it started")


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """After the block nobody answers on the port any more."""
    with PyPIServer(tmp_path, "ci", "s3cret") as server:
        assert server.call("GET", "/health")[0] == 200

    with pytest.raises(ConnectionRefusedError):
        server.call("GET", "/health")
