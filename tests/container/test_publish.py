"""The action as a workflow sees it: what is published where, what is refused, and with which messages."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.runner import Folders, Result, Step, run_action, start_action
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.http.faults import Hang
from publish_sandbox.private.real_servers import PyPIServer
from publish_sandbox.pypi.server import LocalPyPI
from support.runner_rules import obeyed

pytestmark = pytest.mark.container

FILES = {"demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"}


@pytest.fixture
def private_index(tmp_path: Path) -> Iterator[PyPIServer]:
    """A private index that takes one user's password."""
    (tmp_path / "private").mkdir()
    with PyPIServer(tmp_path / "private", user="octo", password="correct horse battery staple") as server:
        yield server


def _run(image: str, github: LocalGitHub, repository: Repository, folders: Folders, inputs: dict[str, str]) -> Result:
    environment = github.environment(repository, workspace=folders.workspace, temp=folders.temp)
    return run_action(
        image=image, inputs={"github-token": github.token, **inputs}, environment=environment, folders=folders
    )


def test_public_repository_publishes_by_trusted_publishing(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """A public repository's release reaches the public index with a token that lives for this run only."""
    repository = github.repository("octo/demo", visibility="public")

    result = _run(image, github, repository, folders, {"public-index-url": pypi.upload_url})

    assert result.exit_status == 0, result.log
    assert {upload.file_name for upload in pypi.uploads} == FILES
    assert pypi.burnt == [minted.token for minted in pypi.minted]
    assert {name: result.outputs[name] for name in ("verdict", "code", "audience", "project", "version")} == {
        "verdict": "publish",
        "code": "OK_PUBLIC",
        "audience": "public",
        "project": "demo",
        "version": "1.0",
    }
    assert (result.outputs["published"], result.outputs["uploaded-count"]) == ("true", "2")
    assert {entry["file"] for entry in json.loads(result.outputs["files"])} == FILES
    assert all(file in result.summary for file in FILES)


def test_second_run_finds_nothing_left_to_do(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """A job that is run again succeeds: the index has the same bytes already."""
    repository = github.repository("octo/demo", visibility="public")
    inputs = {"public-index-url": pypi.upload_url}
    _run(image, github, repository, folders, inputs)

    again = _run(image, github, repository, folders, inputs)

    assert again.exit_status == 0, again.log
    assert (again.outputs["uploaded-count"], again.outputs["skipped-count"]) == ("0", "2")
    assert len(pypi.uploads) == len(FILES)


def test_private_repository_publishes_to_the_private_index(
    image: str, github: LocalGitHub, pypi: LocalPyPI, private_index: PyPIServer, folders: Folders
) -> None:
    """A private repository's release goes to the private index with its password, and no byte to the public one."""
    repository = github.repository("octo/demo", visibility="private")

    result = _run(
        image,
        github,
        repository,
        folders,
        {
            "public-index-url": pypi.upload_url,
            "private-index-url": private_index.upload_url,
            "private-index-check-url": private_index.read_url,
            "private-index-username": private_index.username,
            "private-index-password": private_index.password,
        },
    )

    assert result.exit_status == 0, result.log
    assert (result.outputs["code"], result.outputs["index"]) == ("OK_PRIVATE", "private")
    assert {path.name for path in private_index.folder.rglob("demo-*") if path.is_file()} == FILES
    assert pypi.requests == []
    assert private_index.password in {each.data for each in result.commands if each.name == "add-mask"}
    assert private_index.password not in _without_masks(result)


def test_private_code_is_refused_on_a_public_index(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """An explicit public index does not let private code out: exit status 3, and nothing is sent to the index."""
    repository = github.repository("octo/demo", visibility="private")

    result = _run(image, github, repository, folders, {"index": "pypi", "public-index-url": pypi.upload_url})

    assert result.exit_status == 3, result.log
    assert (result.outputs["verdict"], result.outputs["code"]) == ("refuse", "E_NONPUBLIC_TO_PUBLIC")
    assert result.outputs["published"] == "false"
    assert "E_NONPUBLIC_TO_PUBLIC" in result.summary
    assert pypi.requests == []
    assert pypi.minted == []


def test_misspelt_input_is_refused_by_its_name(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """The runner only warns of an input that the action does not have; the action refuses it."""
    repository = github.repository("octo/demo", visibility="public")

    result = _run(image, github, repository, folders, {"public-index-url": pypi.upload_url, "indx": "testpypi"})

    assert result.exit_status == 2
    assert "indx" in result.log
    assert pypi.requests == []


def test_cancelled_job_ends_with_a_report(image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders) -> None:
    """The runner's two signals reach the container's first process, and end it though an index is silent."""
    pypi.faults.add("/legacy/", Hang(600))
    repository = github.repository("octo/demo", visibility="public")
    step = start_action(
        image=image,
        inputs={"github-token": github.token, "public-index-url": pypi.upload_url},
        environment=github.environment(repository, workspace=folders.workspace, temp=folders.temp),
        folders=folders,
    )
    _wait_for_upload(pypi, step)

    step.signal("INT")
    step.signal("TERM")

    result = step.finish()
    assert result.exit_status == 143, result.log
    assert result.outputs["published"] == "false"
    assert all(file in result.log for file in FILES)


def _wait_for_upload(pypi: LocalPyPI, step: Step) -> None:
    for _ in range(600):
        if any(request.path == "/legacy/" for request in pypi.requests):
            return
        assert step.is_running(), step.finish().log
        time.sleep(0.05)
    raise AssertionError("no upload began in 30 seconds")


def _without_masks(result: Result) -> str:
    """Return the whole log, except the lines that ask the runner to mask a secret."""
    lines = [line for line in result.log.splitlines() if {each.name for each in obeyed(line.encode())} != {"add-mask"}]
    return "\n".join([*lines, result.summary, *result.outputs.values()])
