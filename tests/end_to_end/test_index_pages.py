"""The pages of docs/indexes: the commands in them work as they are written."""

import re
import subprocess
import sys
from pathlib import Path

from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.private.real_servers import PyPIServer

_PAGES = Path(__file__).resolve().parents[2] / "docs" / "indexes"


def _read_commands(page: str, heading: str) -> list[str]:
    """Return the console commands below a heading of a page."""
    section = (_PAGES / page).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\$ (.+)$", section, re.MULTILINE)


def _run(commands: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        ["/bin/sh", "-ec", "\n".join(commands)],
        env={"PATH": path, "HOME": str(home), "NO_PROXY": "127.0.0.1"},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_pypiserver_page_installs_from_a_server_that_asks_for_a_login(tmp_path: Path) -> None:
    """The install commands of the page work in a job, where pip cannot prompt; without the login they fail at once."""
    with PyPIServer(tmp_path / "server", "ci", "s3cret-password") as server:
        build_wheel(server.packages, "acme-core", "1.0")
        commands = [
            line.replace("https://pypi.example.com", server.url)
            .replace("pypi.example.com", "127.0.0.1")
            .replace("CHOOSE-ONE", "s3cret-password")
            .replace("NAME", f"acme-core --target {tmp_path / 'target'}")
            for line in _read_commands("pypiserver.md", "Installing")
        ]

        without_login = _run(commands[-1:], tmp_path)
        done = _run(commands, tmp_path)

    assert without_login.returncode != 0
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "acme_core-1.0.dist-info").is_dir()
    assert (tmp_path / ".netrc").stat().st_mode & 0o077 == 0
