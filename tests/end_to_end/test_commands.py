"""The commands of the program, and how a run ends whatever happens."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.http.faults import FOREVER, Answer, BadToken, Hang
from support.program import PROJECT, Program, Stop
from support.runner_rules import obeyed

_ID_TOKEN = "/_services/request-id-token"


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as on a laptop: without any variable of GitHub's."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-m", "publish_action", *arguments],
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_check_reads_good_distributions(tmp_path: Path) -> None:
    """`check` needs neither GitHub nor network, and reports no problems."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")

    done = command(tmp_path, "check")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no problems" in done.stdout


def test_check_judges_files_together(tmp_path: Path) -> None:
    """Two projects in one folder are found by `check` as they are by the action."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")
    build_wheel(tmp_path / "dist", "acme-tools", "1.0")

    done = command(tmp_path, "check", "dist")

    assert done.returncode == 4
    assert "acme-core, acme-tools" in done.stderr


def test_check_makes_the_hash_that_is_slow_for_those_who_ask(tmp_path: Path) -> None:
    """SHA-256 is always shown; BLAKE2b-256, which only uploads need, with `--print-hash true`; neither with `false`."""
    path = build_wheel(tmp_path / "dist", PROJECT, "1.0")
    data = path.read_bytes()
    sha256 = f"SHA-256 of {path.name}: {hashlib.sha256(data).hexdigest()}\n"
    blake2b = f"BLAKE2b-256 of {path.name}: {hashlib.blake2b(data, digest_size=32).hexdigest()}\n"

    usual = command(tmp_path, "check").stdout
    asked = command(tmp_path, "check", "--print-hash", "true").stdout
    neither = command(tmp_path, "check", "--print-hash", "false").stdout

    assert (sha256 in usual, "BLAKE2b" in usual) == (True, False)
    assert (sha256 in asked, blake2b in asked) == (True, True)
    assert "SHA-256" not in neither


def test_check_counts_its_warnings(tmp_path: Path) -> None:
    """A warning is no error, and the conclusion counts it."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0", members={"acme_core/server.pem": "x"})

    done = command(tmp_path, "check")

    assert done.returncode == 0, done.stderr
    assert "for a public index: no errors, 1 warning." in done.stdout
    assert "no problems" not in done.stdout


def test_error_at_a_terminal_names_its_code(tmp_path: Path) -> None:
    """`publish-action explain CODE` shows its details."""
    done = command(tmp_path, "check", "elsewhere")

    assert done.returncode == 4
    assert f"Error: There is no {tmp_path / 'elsewhere'}. (E_DIST_EMPTY)" in done.stderr


def test_check_finds_invalid_fields(tmp_path: Path) -> None:
    """A field that twine would refuse is an error, and with `verify-metadata: false` a warning."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0", metadata_extra="Requires-Python: banana")

    strict = command(tmp_path, "check")
    lax = command(tmp_path, "check", "--verify-metadata", "false")

    assert strict.returncode == 4
    assert "banana" in strict.stderr
    assert "E_METADATA" in strict.stderr
    assert lax.returncode == 0
    assert "banana" in lax.stderr


def test_file_that_cannot_be_read_is_an_error_all_the_same(tmp_path: Path) -> None:
    """`verify-metadata: false` never drops a file from a release: a version that is none stays an error."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")
    metadata = f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: 1.0-bad!\n"
    build_sdist(tmp_path / "dist", PROJECT, "1.0", metadata_text=metadata)

    assert command(tmp_path, "check", "--verify-metadata", "false").returncode == 4


def test_plan_prints_one_document(tmp_path: Path) -> None:
    """`plan --json` prints the plan document alone, and exits as the action would."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")

    done = command(tmp_path, "plan", "--json")

    plan = json.loads(done.stdout)
    assert done.returncode == 3
    assert (plan["code"], plan["verdict"]) == ("E_VISIBILITY_UNKNOWN", "refuse")


def test_command_gives_the_runner_no_orders(tmp_path: Path) -> None:
    """A file name in a workflow is no command to the runner, on neither stream of the command."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")
    (tmp_path / "dist" / "##[add-mask]e").write_text("")
    (tmp_path / "dist" / "::add-mask::e.zip").write_text("")

    done = command(tmp_path, "plan", "--json")

    assert obeyed(done.stderr.encode()) == []
    assert obeyed(done.stdout.encode()) == []


def test_verify_compares_with_the_index(program: Program) -> None:
    """`verify` checks that the index serves the local files; where that is unknown, the error differs."""
    program.build()

    before = program.command("verify")
    program.act()
    after = program.command("verify")
    program.pypi.faults.add("/simple/", Answer(status=500), times=FOREVER)
    unknown = program.command("verify")

    assert [before.status, after.status, unknown.status] == [6, 0, 7]
    assert after.outputs == {}


def test_verify_lists_all_differences(program: Program) -> None:
    """Files that were built again are all named; the remedy never asks to delete the correct release."""
    program.build()
    program.act()
    program.build(classifiers=("Topic :: Utilities",))

    again = program.command("verify")

    assert again.status == 6
    assert again.text.count("is there with other bytes") == 2
    assert "built again" in again.text
    assert "elete" not in again.text


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_project_that_takes_no_files_is_told_before_any_mint(program: Program, status: str) -> None:
    """The status of the project is read by plan and run, before a token is minted or a file is sent."""
    program.build()
    program.pypi.projects[PROJECT].status = status

    planned, run = program.command("plan"), program.act()

    assert [planned.status, run.status] == [6, 6]
    assert f"{PROJECT} is {status}" in run.text
    assert (program.pypi.attempts, program.pypi.minted) == ([], [])


def test_old_release_is_closed_before_anything_is_sent(program: Program) -> None:
    """A file more for a release of fifteen days ago is refused by plan and run, with nothing minted or sent.

    The files that are there already may be published again.
    """
    program.build()
    program.act()
    for file in program.pypi.database.files():
        file.uploaded -= timedelta(days=15)
    again = program.act()
    sent, minted = len(program.pypi.attempts), len(program.pypi.minted)
    build_wheel(program.dist, PROJECT, "1.0", tag="cp311-cp311-win32")

    planned, run = program.command("plan"), program.act()

    assert [again.status, planned.status, run.status] == [0, 6, 6]
    assert "not there are acme_core-1.0-cp311-cp311-win32.whl" in run.text
    assert (len(program.pypi.attempts), len(program.pypi.minted)) == (sent, minted)


def test_checkout_does_not_choose_what_runs(tmp_path: Path) -> None:
    """Modules of the working directory, and of a PYTHONPATH, are not imported by the command."""
    build_wheel(tmp_path / "dist", PROJECT, "1.0")
    (tmp_path / "requests.py").write_text("raise SystemExit('imported from the checkout')\n")

    assert command(tmp_path, "check").returncode == 0
    assert command(tmp_path / "dist", "check", str(tmp_path / "dist"), PYTHONPATH=str(tmp_path)).returncode == 0


def test_change_of_visibility_before_sending_stops_the_run(program: Program) -> None:
    """A repository that was made private after the decision publishes nothing, and mints nothing."""
    program.build()
    program.github.faults.add(_ID_TOKEN, BadToken(claims={"repository_visibility": "private"}), after=1)

    result = program.act()

    assert (result.status, result.outputs["code"], result.outputs["verdict"]) == (3, "E_VISIBILITY_CHANGED", "refuse")
    assert (program.pypi.attempts, program.pypi.minted) == ([], [])


def test_visibility_that_cannot_be_read_again_stops_the_run(program: Program) -> None:
    """If no source confirms the visibility any more, nothing is sent; and it is not called a change."""
    program.build()
    program.github.faults.add(_ID_TOKEN, BadToken(foreign_key=True), after=1)

    result = program.act()

    assert (result.status, result.outputs["code"], result.outputs["verdict"]) == (3, "E_VISIBILITY_UNKNOWN", "refuse")
    assert program.pypi.attempts == []


def test_change_of_visibility_stops_a_private_release_too(program: Program) -> None:
    """A change is a change: what a log may show follows from the visibility."""
    program.repository.visibility = "private"
    program.build()
    program.github.faults.add(_ID_TOKEN, BadToken(claims={"repository_visibility": "public"}), after=1)

    result = program.act(program.private_inputs())

    assert (result.status, result.outputs["code"]) == (3, "E_VISIBILITY_CHANGED")
    assert program.private.attempts == []


def test_private_release_needs_nobody_to_vouch(program: Program) -> None:
    """A private index takes a release whose visibility could not be read a second time."""
    program.repository.visibility = "private"
    program.build()
    program.github.faults.add(_ID_TOKEN, BadToken(foreign_key=True), after=1)

    assert program.act(program.private_inputs()).status == 0


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_runner_file_that_is_not_there_is_a_warning(program: Program, name: str) -> None:
    """A release that is up is not called a failure because the runner gave no file to write to."""
    program.build()

    result = program.act(variables={name: ""})

    assert result.status == 0, result.text
    assert len(program.pypi.uploads) == 2
    assert "could not be written" in result.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ca-bundle": "no.pem"}, "no.pem"),
        ({"client-cert": "x"}, "client-cert"),
    ],
    ids=["ca-bundle", "client-cert"],
)
def test_inputs_that_cannot_be_kept_are_refused(program: Program, given: dict[str, str], says: str) -> None:
    """A file that is not there is an error of the inputs."""
    program.build()

    result = program.act(given)

    assert (result.status, result.outputs["code"]) == (2, "E_INPUT")
    assert says in result.errors[0]
    assert program.github.requests == []


def test_dry_run_finds_a_missing_credential(program: Program) -> None:
    """A dry run ends as the run would: an empty secret is found in it."""
    program.repository.visibility = "private"
    program.build()
    inputs = {"private-index-url": program.private.upload_url, "private-index-auth": "basic", "dry-run": "true"}

    assert program.act(inputs).status == 5


def test_hashes_are_told_on_demand(program: Program) -> None:
    """`print-hash: false` leaves the hashes out of the log."""
    program.build()

    assert "BLAKE2b-256 of" in program.act({"dry-run": "true"}).text
    assert "BLAKE2b-256 of" not in program.act({"dry-run": "true", "print-hash": "false"}).text


_A_BUG = """
import os, sys, threading
from publish_action.app.environment import seal
from publish_action.app.supervisor import Supervisor
from publish_action.console.terminal import Terminal
from publish_action.report.run_record import RunRecord

class Run:
    record = RunRecord()
    is_delivering = False
    def log_findings(self, conclusion=""): pass

def fail(run):
    raise ZeroDivisionError("s3cret")

console = Terminal(sys.stdout.write, sys.stdout.write)
supervisor = Supervisor(sealed=seal(os.environ), console=console, run=Run(), stop=threading.Event())
sys.exit(supervisor.run_without_outputs(fail))
"""


def test_mistake_of_ours_shows_no_values() -> None:
    """An unexpected exception ends with exit status 70, and its class is printed without its text."""
    done = subprocess.run([sys.executable, "-c", _A_BUG], capture_output=True, text=True, check=False)

    assert done.returncode == 70
    assert "ZeroDivisionError" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_run_that_waits(program: Program, number: signal.Signals) -> None:
    """A run that is stopped while the index is silent ends with 143, outputs and a summary; the next one finishes."""
    program.build()
    program.pypi.faults.add("/legacy/", Hang(60))

    stopped = program.act(
        stop=Stop(number=number, when=lambda: any(request.path == "/legacy/" for request in program.pypi.requests))
    )
    again = program.act()

    assert stopped.status == 143, stopped.text
    assert "rejected" in stopped.outputs["files"]
    assert stopped.summary.startswith("## ❌ Not finished")
    assert again.status == 0, again.text
