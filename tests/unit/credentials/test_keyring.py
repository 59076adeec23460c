"""The keyring as a source of logins: for the command alone, asked when needed, told in a sentence where it fails."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_action.credentials.credential import basic_header
from publish_action.secret import Secret
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.private.real_servers import PyPIServer
from support.program import Program

CHILD = Path(__file__).resolve().parents[2] / "support" / "children" / "keyring_login.py"
BROKEN = "https://broken.example/"
URL = "https://pkgs.acme.example/upload/"


def run_child(folder: Path, content: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a machine whose keyring holds `content`, outside GitHub Actions."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "KEYRING_CONTENT": json.dumps(content)}
    return subprocess.run(
        [sys.executable, str(CHILD), *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PyPIServer]:
    """Give a real private index, and a wheel to publish."""
    (tmp_path / "dist").mkdir()
    build_wheel(tmp_path / "dist", "demo", "1.0")
    with PyPIServer(tmp_path / "server", "ci", "s3cret-password") as server:
        yield server


def publish(folder: Path, content: object, url: str, command: str = "publish") -> subprocess.CompletedProcess[str]:
    """Publish to an index at `url` with what the keyring holds."""
    return run_child(folder, content, command, "--private-index-url", url, "--private-index-auth", "keyring")


def test_command_logs_in_with_the_keyring(server: PyPIServer, tmp_path: Path) -> None:
    """The login that the keyring holds for the upload URL publishes to a real index, and stands in no line."""
    done = publish(tmp_path, [[server.upload_url, "ci", ["s3cret-password"]]], server.upload_url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo-1.0-py3-none-any.whl: uploaded" in done.stdout
    assert "s3cret-password" not in done.stdout + done.stderr


def test_keyring_without_a_login_says_what_to_do(server: PyPIServer, tmp_path: Path) -> None:
    """A keyring that holds nothing for the index is told with the line that puts it there."""
    done = publish(tmp_path, [], server.upload_url)

    assert done.returncode == 5
    assert f"The keyring holds no login for {server.upload_url}." in done.stderr
    assert f"keyring set {server.upload_url} __token__" in done.stderr


# None among the modules is Python's own way to say that there is no such library.
WITHOUT_LIBRARY = "import sys; sys.modules['keyring'] = None; from publish_action.__main__ import main; main()"


def test_machine_without_the_library_is_told_what_to_install(server: PyPIServer, tmp_path: Path) -> None:
    """Where the extra is not installed, the line that installs it is told, and nothing is sent."""
    words = ["publish", "--private-index-url", server.upload_url, "--private-index-auth", "keyring"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_LIBRARY, *words],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 5
    assert "Install it: pip install 'publish-action[keyring]'" in done.stderr


def test_backend_that_raises_is_told_by_its_kind(tmp_path: Path) -> None:
    """Whatever a backend raises is a missing credential; its text, which may hold a secret, is not shown."""
    done = run_child(tmp_path, [[BROKEN, "ci", ["x"]]], "credential", BROKEN)

    assert "CredentialMissing: The keyring could not be read (ZeroDivisionError)." in done.stderr


def test_keyring_is_asked_again_when_its_login_is_refused(tmp_path: Path) -> None:
    """One answer serves until the index refuses it; then the keyring is asked once more, for backends that renew."""
    done = run_child(tmp_path, [[URL, "ci", ["first", "second"]]], "credential", URL)

    shown = json.loads(done.stdout)
    first, second = (basic_header("ci", Secret(each)).reveal() for each in ("first", "second"))
    assert shown["headers"] == [first, first, second]
    assert shown["has_other"] is True
    assert {"first", "second"} < set(shown["masked"])


def test_login_that_stays_the_same_is_not_tried_again(tmp_path: Path) -> None:
    """A keyring that gives what was refused has nothing newer; a token's entry is found under its usual name."""
    done = run_child(tmp_path, [[URL, "__token__", ["only"]]], "credential", URL)

    shown = json.loads(done.stdout)
    assert set(shown["headers"]) == {basic_header("__token__", Secret("only")).reveal()}
    assert shown["has_other"] is False


def test_rehearsal_asks_no_keyring(server: PyPIServer, tmp_path: Path) -> None:
    """Some backends mint a token when they are asked: `plan` asks none, so an empty keyring is no hindrance."""
    done = publish(tmp_path, [], server.upload_url, "plan")

    assert done.returncode == 0, done.stdout + done.stderr


def test_action_has_no_keyring(program: Program) -> None:
    """The action refuses the word with a sentence, whatever is installed beside it."""
    program.repository.visibility = "private"
    program.build()

    result = program.act({"private-index-url": program.private.upload_url, "private-index-auth": "keyring"})

    assert result.status == 5
    assert "the action has no keyring" in result.errors[0]
    assert program.private.attempts == []
