"""What GitHub's runner gives a container and expects of it; docs/runner.md names each point with its test."""

import stat
import time
from pathlib import Path

import pytest
import yaml

from container.runner import Folders, Result, Step, run_action, run_inside, start_action
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import Hang
from publish_sandbox.pypi.server import LocalPyPI

pytestmark = pytest.mark.container

_ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text())
_ID_TOKEN = "/_services/request-id-token"


def _start(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders, inputs: dict[str, str] | None = None
) -> Step:
    """Start the action for the public repository octo/demo."""
    return start_action(
        image=image,
        inputs={"github-token": github.token, "public-index-url": pypi.upload_url, **(inputs or {})},
        environment=github.environment(
            github.repository("octo/demo"), workspace=folders.workspace, temp=folders.temp / "sandbox"
        ),
        folders=folders,
    )


def _wait_for(server: LocalGitHub | LocalPyPI, path: str, step: Step) -> None:
    for _ in range(600):
        if any(request.path == path for request in server.requests):
            return
        assert step.is_running(), step.finish().log
        time.sleep(0.05)
    raise AssertionError(f"nobody asked for {path} in 30 seconds")


def _is_ok(result: Result) -> bool:
    return (result.exit_status, result.outputs.get("published")) == (0, "true")


def test_every_declared_input_may_be_empty(image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders) -> None:
    """The runner sends every input that action.yml declares; an explicit empty one has its default."""
    empty = {name: "" for name in _ACTION["inputs"] if name not in {"github-token", "public-index-url"}}

    result = _start(image, github, pypi, folders, empty).finish()

    assert _is_ok(result), result.log


def test_every_declared_input_may_have_its_default(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """For inputs that no workflow sets the runner sends the defaults of action.yml, and they work."""
    defaults = {name: entry["default"] for name, entry in _ACTION["inputs"].items()}
    del defaults["github-token"], defaults["public-index-url"]

    result = _start(image, github, pypi, folders, defaults).finish()

    assert _is_ok(result), result.log


def test_translated_path_is_found(image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders) -> None:
    """`${{ github.workspace }}/dist` arrives as a path of the container, and is where the distributions are."""
    result = _start(image, github, pypi, folders, {"packages-dir": "/github/workspace/dist"}).finish()

    assert _is_ok(result), result.log


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_first_process_obeys_one_signal(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders, signal: str
) -> None:
    """As the container's first process Python would ignore SIGTERM; either signal alone ends the run with a report."""
    pypi.faults.add("/legacy/", Hang(600))
    step = _start(image, github, pypi, folders)
    _wait_for(pypi, "/legacy/", step)

    step.signal(signal)

    result = step.finish()
    assert result.exit_status == 143, result.log
    assert result.outputs["published"] == "false"
    assert result.summary.startswith("## ❌")


def test_signal_before_the_decision_ends_the_run(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """A run that waits for GitHub ends as soon, and has contacted no index."""
    github.faults.add(_ID_TOKEN, Hang(600))
    step = _start(image, github, pypi, folders)
    _wait_for(github, _ID_TOKEN, step)

    step.signal("TERM")

    result = step.finish()
    assert result.exit_status == 143, result.log
    assert "Traceback" not in result.log
    assert pypi.connections == 0


def test_folders_of_the_job_are_left_as_they_were(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """HOME, RUNNER_TEMP and the checkout hold what they held; the files for answers keep owner and mode."""
    step = _start(image, github, pypi, folders)
    before = _list_all(folders)
    owners = {path: (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) for path in step.files.values()}

    result = step.finish()

    assert _is_ok(result), result.log
    assert _list_all(folders) == before
    assert {path: (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) for path in owners} == owners


def _list_all(folders: Folders) -> list[tuple[str, int]]:
    places = (folders.temp, folders.workspace)
    return [(str(path), path.lstat().st_uid) for place in places for path in sorted(place.rglob("*"))]


def test_everything_is_told_on_one_stream(image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders) -> None:
    """The runner reads two pipes in no certain order: a run that fails or not writes to one of them alone."""
    good = _start(image, github, pypi, folders).finish()
    bad = _start(image, github, pypi, folders, {"parallel-uploads": "many"}).finish()

    assert (good.exit_status, bad.exit_status) == (0, 2)
    assert (good.stderr, bad.stderr) == (b"", b"")


@pytest.mark.parametrize("program", ["git", "docker", "curl", "wget"])
def test_image_has_no_program_that_the_action_could_be_made_to_call(image: str, program: str) -> None:
    """No git that would distrust the checkout's owner, nothing that could use the runner's docker.sock or download."""
    search = f"import shutil; print(shutil.which({program!r}))"

    assert run_inside(image, "python", "-I", "-c", search).strip() == "None"


def test_variables_of_another_door_do_not_reach_the_action(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """The command's `PUBLISH_ACTION_…` variables, set for the whole job, are nothing to the action."""
    environment = github.environment(
        github.repository("octo/demo"), workspace=folders.workspace, temp=folders.temp / "sandbox"
    )

    result = run_action(
        image=image,
        inputs={"github-token": github.token, "public-index-url": pypi.upload_url},
        environment={
            **environment,
            "PUBLISH_ACTION_PRIVATE_INDEX_PASSWORD": "stolen",
            "PUBLISH_ACTION_GITHUB_TOKEN": "stolen",
        },
        folders=folders,
    )

    assert _is_ok(result), result.log
    assert "stolen" not in result.log
