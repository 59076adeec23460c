"""The process around a run: its standard streams may fail, its memory is not dumped, OpenSSL loads no settings."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_wheel
from support.program import PROJECT, Program
from support.runner_rules import parse_file_command

_RUN = (sys.executable, "-I", "-u", "-m", "publish_action", "action")


def environment_of(program: Program, temp: Path, **inputs: str) -> dict[str, str]:
    """Return the environment of a step that publishes."""
    temp.mkdir()
    job = program.github.environment(program.repository, workspace=program.folder / "workspace", temp=temp)
    given = {"github-token": program.github.token, "public-index-url": program.pypi.upload_url, **inputs}
    return {**job, **{f"INPUT_{name.upper()}": value for name, value in given.items()}}


def run_in_shell(program: Program, environment: Mapping[str, str], redirection: str) -> int:
    """Run the action with its standard streams as the shell redirects them; return the exit status."""
    words = ["bash", "-o", "pipefail", "-c", f'"$@" {redirection}', "bash", *_RUN]
    done = subprocess.run(words, env=environment, cwd=program.folder / "workspace", timeout=120, check=False)
    return done.returncode


LOST_LOGS = {
    "full disk": ">/dev/full 2>&1",
    "closed": ">&- 2>&-",
    "nothing open": "<&- >&- 2>&-",
    "reader gone": "2>&1 | true",
}


@pytest.mark.parametrize("redirection", LOST_LOGS.values(), ids=LOST_LOGS.keys())
def test_a_release_is_published_though_nobody_reads_the_log(program: Program, tmp_path: Path, redirection: str) -> None:
    """A log that cannot be written does not fail the run: the files are uploaded, with outputs and summary."""
    program.build()
    temp = tmp_path / "runner"

    status = run_in_shell(program, environment_of(program, temp), redirection)

    assert status == 0
    assert len(program.pypi.attempts) == 2
    assert parse_file_command((temp / "output").read_text())["published"] == "true"
    assert "acme" in (temp / "summary.md").read_text()


@pytest.mark.parametrize("redirection", LOST_LOGS.values(), ids=LOST_LOGS.keys())
def test_a_refusal_keeps_its_status_though_nobody_reads_the_log(
    program: Program, tmp_path: Path, redirection: str
) -> None:
    """The exit status is that of the refusal, and not that of the log."""
    program.repository.visibility = "private"
    program.build()
    temp = tmp_path / "runner"

    status = run_in_shell(program, environment_of(program, temp), redirection)

    assert status == 3
    assert parse_file_command((temp / "output").read_text())["code"] == "E_NO_PRIVATE_INDEX"
    assert program.pypi.attempts == []


@pytest.mark.parametrize(
    "full", [("GITHUB_OUTPUT",), ("GITHUB_STEP_SUMMARY",), ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")]
)
def test_a_release_is_published_though_the_disk_is_full(program: Program, full: tuple[str, ...]) -> None:
    """What the runner's files cannot take is a warning, and the release is up."""
    program.build()

    result = program.act(variables=dict.fromkeys(full, "/dev/full"))

    assert result.status == 0
    assert len(program.pypi.attempts) == 2
    assert result.text.count("could not be written (OSError).") == len(full)
    assert ("published" in result.outputs) == ("GITHUB_OUTPUT" not in full)
    assert bool(result.summary) == ("GITHUB_STEP_SUMMARY" not in full)


def test_outputs_that_fit_are_written_whole(program: Program, tmp_path: Path) -> None:
    """Where the disk is full, no half block is left: the runner would fail the step for it."""
    program.build()
    temp = tmp_path / "runner"
    environment = environment_of(program, temp)
    # A file-size limit is a disk that is full at this place; bash counts blocks of 1024 bytes.
    limited = ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *_RUN]

    done = subprocess.run(
        limited, env=environment, cwd=program.folder / "workspace", stdout=subprocess.PIPE, timeout=120, check=False
    )

    assert done.returncode == 0
    outputs = parse_file_command((temp / "output").read_text())
    assert (outputs["verdict"], outputs["code"]) == ("publish", "OK_PUBLIC")
    assert "plan" not in outputs
    assert b"Outputs could not be written" in done.stdout


def test_the_memory_of_a_crash_stays_off_the_disk(tmp_path: Path) -> None:
    """A process that is killed by a fault leaves no core file, whatever limit it was started with."""
    look = (
        "import resource, runpy, sys; from publish_action.app.process_start import prepare_process; prepare_process(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run(
        ["bash", "-c", 'ulimit -S -c $(ulimit -H -c); exec "$@"', "bash", sys.executable, "-I", "-c", look],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )

    assert done.stdout == "(0, 0)\n"


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("explain", "E_TRIGGER"), ("--version",), ("sandbox", "--help")],
    ids=lambda words: words[0],
)
def test_openssl_reads_no_configuration_of_the_environment(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """OPENSSL_CONF is gone before the first module that loads libcrypto: a configuration there can load code.

    The configuration is a pipe that nobody writes: a process that opens it waits for ever.
    """
    build_wheel(tmp_path / "dist", PROJECT, "1.0")
    os.mkfifo(tmp_path / "openssl.cnf")
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}

    done = subprocess.run(
        [sys.executable, "-I", "-m", "publish_action", *arguments],
        cwd=tmp_path,
        env={**kept, "OPENSSL_CONF": str(tmp_path / "openssl.cnf")},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert ("OPENSSL_CONF" in done.stdout + done.stderr) == (arguments == ("check",))
