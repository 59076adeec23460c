"""`--version --verbose`: what the installation carries of Sigstore, and a warning when that has expired."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from urllib.parse import quote

import pytest

from publish_action import __version__
from publish_action.cli.version import print_versions

_ROOT = files("sigstore._store") / quote("https://tuf-repo-cdn.sigstore.dev", safe="") / "root.json"


@pytest.fixture
def expiry() -> datetime:
    """The moment that the root in the installed library names."""
    return datetime.fromisoformat(json.loads(_ROOT.read_text())["signed"]["expires"])


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-I", "-m", "publish_action", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments", [("--version", "--verbose"), ("--verbose", "--version")], ids="-".join)
def test_embedded_root_is_named(expiry: datetime, arguments: tuple[str, ...]) -> None:
    """The trust root's version and last day stand below the program's version; an old root is no failure."""
    version = json.loads(_ROOT.read_text())["signed"]["version"]

    done = _run(*arguments)

    root = f"Sigstore trust root: version {version}, expires {expiry:%Y-%m-%d}"
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"publish-action {__version__}\n{root}\n"
    assert ("expired" in done.stderr) == (datetime.now(UTC) > expiry)


def test_version_alone_is_one_line() -> None:
    """Programs read `--version`: nothing is added to it."""
    done = _run("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"publish-action {__version__}\n", "")


@pytest.mark.parametrize(("late", "warns"), [(timedelta(0), False), (timedelta(seconds=1), True)], ids=["last", "late"])
def test_expired_root_is_a_warning(
    expiry: datetime, late: timedelta, capsys: pytest.CaptureFixture[str], *, warns: bool
) -> None:
    """From the expiry on a warning says so, with the way out; the status stays 0."""
    status = print_versions(expiry + late)

    printed = capsys.readouterr()
    assert status == 0
    assert printed.err.startswith("Warning: The Sigstore trust root of this release") == warns
    assert ("use a newer release" in printed.err) == warns
    assert "Warning" not in printed.out
