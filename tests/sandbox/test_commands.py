"""The two commands of the sandbox, as a user runs them."""

import os
import signal
import subprocess
import sys

import pytest

SANDBOX = "from publish_sandbox.commands import sandbox; import sys; sys.exit(sandbox(sys.argv[1:]))"
DEMO = "from publish_sandbox.commands import demo; import sys; sys.exit(demo(sys.argv[1:]))"


def test_the_sandbox_stops_by_itself() -> None:
    """`--seconds` ends it with status 0; it prints every address."""
    done = subprocess.run(
        [sys.executable, "-c", SANDBOX, "--seconds", "0.1"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "/legacy/" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_stops_on_signals(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it with status 0, all files removed."""
    with subprocess.Popen([sys.executable, "-u", "-c", SANDBOX], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        begun = child.stdout.readline()
        child.send_signal(number)
        rest = child.stdout.read()

    assert begun.startswith("GitHub")
    assert child.returncode == 0
    assert rest.endswith("all files are removed.\n")


def test_the_demo_passes_its_checks() -> None:
    """All scenarios pass: trusted publishing, private index, refusal, and installation."""
    done = subprocess.run(
        [sys.executable, "-c", DEMO],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "All checks passed." in done.stdout
