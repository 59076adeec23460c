"""Workflows that use the action, run by act: what is published where, and what later steps and jobs learn of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from action.conftest import World
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.private.real_servers import PyPIServer
from publish_sandbox.pypi.server import LocalPyPI

pytestmark = pytest.mark.action

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def private_index(tmp_path: Path) -> Iterator[PyPIServer]:
    """A private index that takes one user's password."""
    (tmp_path / "private").mkdir()
    with PyPIServer(tmp_path / "private", user="ci", password=PASSWORD) as server:
        yield server


@pytest.fixture
def decoy() -> Iterator[LocalPyPI]:
    """The server that all foreign settings point to: it must receive nothing."""
    with LocalPyPI() as server:
        yield server


def uploaded(index: LocalPyPI) -> list[str]:
    return sorted(upload.file_name for upload in index.uploads)


def test_public_repository_publishes_by_trusted_publishing(world: World) -> None:
    """`uses: org/publish-action@v1` publishes; a later step reads its outputs, and no log shows a token."""
    result = world.push()

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]
    assert world.pypi.burnt == [minted.token for minted in world.pypi.minted]
    outputs = result.outputs["publish"]
    assert (outputs["verdict"], outputs["code"], outputs["index"]) == ("publish", "OK_PUBLIC", "pypi")
    assert (outputs["published"], outputs["uploaded-count"], outputs["served"]) == ("true", "2", "true")
    assert {row["file"] for row in json.loads(outputs["files"])} == {WHEEL, SDIST}
    assert world.pypi.minted[0].token not in result.log
    assert world.github.token not in result.log
    assert "eyJ" not in result.log, "the beginning of every ID token"


def test_second_run_finds_nothing_left_to_do(world: World) -> None:
    """The same commit published again succeeds, sends nothing and says so."""
    world.push()

    again = world.push()

    assert again.exit_status == 0, again.log
    outputs = again.outputs["publish"]
    assert (outputs["published"], outputs["uploaded-count"], outputs["skipped-count"]) == ("false", "0", "2")
    assert uploaded(world.pypi) == [WHEEL, SDIST]


def test_private_repository_publishes_by_secret(world: World, private_index: PyPIServer) -> None:
    """The same step in a private repository publishes to its own index with a secret, which no log shows."""
    world.repository.visibility = "private"
    world.secrets["PRIVATE_INDEX_PASSWORD"] = PASSWORD
    world.variables |= {
        "PRIVATE_INDEX_URL": private_index.upload_url,
        "PRIVATE_INDEX_CHECK_URL": private_index.read_url,
    }

    result = world.push()

    assert result.exit_status == 0, result.log
    assert {path.name for path in private_index.folder.rglob("demo-*") if path.is_file()} == {WHEEL, SDIST}
    assert result.outputs["publish"]["code"] == "OK_PRIVATE"
    assert world.pypi.requests == []
    assert PASSWORD not in result.log


def test_private_code_is_refused_on_a_public_index(world: World) -> None:
    """`index: pypi` in a private repository fails the job before a connection; outputs and summary are there."""
    world.repository.visibility = "private"
    world.variables["INDEX"] = "pypi"

    result = world.push()

    assert result.exit_status != 0
    assert result.steps["publish / publish"] == "failure"
    outputs = result.outputs["publish"]
    assert (outputs["verdict"], outputs["code"]) == ("refuse", "E_NONPUBLIC_TO_PUBLIC")
    assert "E_NONPUBLIC_TO_PUBLIC" in result.summaries[0]
    assert world.pypi.connections == 0


def test_dry_run_sends_nothing(world: World) -> None:
    """`dry-run: true` plans both uploads, mints and publishes nothing; its summary is kept as a file."""
    world.variables["DRY_RUN"] = "true"

    result = world.push()

    assert result.exit_status == 0, result.log
    outputs = result.outputs["publish"]
    assert [row["action"] for row in json.loads(outputs["plan"])["uploads"]] == ["upload", "upload"]
    assert outputs["published"] == "false"
    assert (world.pypi.attempts, world.pypi.minted) == ([], [])
    kept = (world.act.kept / "summary.md").read_text()
    assert all(file in kept for file in (WHEEL, SDIST))


def test_action_works_inside_a_composite_action(world: World) -> None:
    """An action of the repository's own wraps ours, and gives its outputs on."""
    world.pypi.trust("demo", "octo", "demo", "nested.yml")

    result = world.push("nested.yml")

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]
    # act gives a composite action's step the outputs of its inner steps too; GitHub gives the two that it declares.
    assert {name: result.outputs["release"][name] for name in ("version", "published")} == {
        "version": "1.0",
        "published": "true",
    }


def test_action_runs_twice_in_one_job(world: World) -> None:
    """Two steps of one job publish a project each; each has its own outputs and its own summary."""
    world.pypi.trust("demo", "octo", "demo", "twice.yml")
    world.pypi.trust("demo-tools", "octo", "demo", "twice.yml")
    build_wheel(world.checkout.dist, "demo-tools", "2.0")

    result = world.push("twice.yml")

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST, "demo_tools-2.0-py3-none-any.whl"]
    assert [result.outputs[step]["version"] for step in ("first", "second")] == ["1.0", "2.0"]
    assert [summary.split("\n")[0] for summary in result.summaries] == [
        "## ✅ Published demo 1.0",
        "## ✅ Published demo-tools 2.0",
    ]


def test_two_jobs_publish_one_release_at_the_same_time(world: World) -> None:
    """Two shards of a matrix bring their own wheel and the same sdist: all is up once, and both jobs succeed."""
    world.pypi.trust("demo", "octo", "demo", "matrix.yml")
    for tag in ("py3-none-manylinux_2_28_x86_64", "py3-none-macosx_11_0_arm64"):
        build_wheel(world.checkout.dist, "demo", "1.0", tag=tag)

    result = world.push("matrix.yml")

    assert result.exit_status == 0, result.log
    wheels = ["demo-1.0-py3-none-macosx_11_0_arm64.whl", "demo-1.0-py3-none-manylinux_2_28_x86_64.whl"]
    assert uploaded(world.pypi) == [*wheels, SDIST]
    shards = [result.outputs["linux"], result.outputs["macos"]]
    assert [shard["published"] for shard in shards] == ["true", "true"]
    assert sum(int(shard["uploaded-count"]) for shard in shards) >= len(uploaded(world.pypi))


def test_action_works_in_a_reusable_workflow(world: World) -> None:
    """A reusable workflow of the same repository publishes where the index has *its* file on record."""
    world.pypi.trust("demo", "octo", "demo", "reusable.yml")
    world.repository.claims["job_workflow_ref"] = "octo/demo/.github/workflows/reusable.yml@refs/heads/main"

    result = world.push("caller.yml")

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]
    assert result.outputs["needs"] == {"version": "1.0"}


def test_reusable_workflow_of_another_repository_is_explained(world: World) -> None:
    """PyPI takes no token from a reusable workflow of another repository; the error names it and the way out."""
    world.repository.claims["job_workflow_ref"] = "org/workflows/.github/workflows/reusable.yml@refs/tags/v1"

    result = world.push("caller-of-another.yml")

    assert result.exit_status != 0
    assert "reusable workflow of another repository (org/workflows/.github/workflows/reusable.yml)" in result.log
    assert world.pypi.attempts == []


def test_action_is_built_from_its_dockerfile(world: World, built_action: Path) -> None:
    """Where action.yml names the Dockerfile, the job builds the image first; the rest is the same."""
    world.act = replace(world.act, action=built_action)

    result = world.push()

    assert result.exit_status == 0, result.log
    assert "docker build" in result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]


def test_environment_of_the_job_steers_nothing(world: World, decoy: LocalPyPI) -> None:
    """Neither the job's `env`, nor GITHUB_ENV, nor modules in the checkout change what is published where."""
    world.pypi.trust("demo", "octo", "demo", "steered.yml")
    world.variables["DECOY_URL"] = decoy.upload_url

    result = world.push("steered.yml")

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]
    assert (result.outputs["publish"]["index"], result.outputs["publish"]["published"]) == ("pypi", "true")
    assert decoy.connections == 0
    assert "PLANTED" not in result.log


def test_scheduled_run_has_no_repository_in_its_event(world: World) -> None:
    """The payload of a schedule may name no repository: the ID token and the API have what is needed."""
    result = world.push(event="schedule", event_payload={"schedule": "30 5 * * 1"})

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]


def test_stale_event_of_a_run_that_is_run_again_is_not_believed(world: World) -> None:
    """A re-run replays its first payload: `public` in it does not help a repository that is private now."""
    stale = {"repository": world.github.describe(world.repository)}
    world.repository.visibility = "private"

    result = world.push(event_payload=stale)

    assert result.outputs["publish"]["code"] == "E_VISIBILITY_DISAGREE"
    assert world.pypi.connections == 0


def test_pull_request_publishes_nothing(world: World) -> None:
    """A pull request is refused by the event, with or without ID tokens."""
    head = {"ref": "topic", "sha": "0" * 40, "repo": {"full_name": "mallory/demo", "fork": True}}
    payload = {
        "number": 1,
        "repository": world.github.describe(world.repository),
        "pull_request": {"number": 1, "head": head, "base": {"ref": "main"}},
    }

    result = world.push(event="pull_request", event_payload=payload, id_token=False)

    assert result.outputs["publish"]["code"] == "E_TRIGGER"
    assert world.pypi.connections == 0


def test_job_without_id_tokens_is_told_the_permission(world: World) -> None:
    """A job without `id-token: write` fails with the lines to add, and sends nothing."""
    result = world.push(id_token=False)

    assert result.exit_status != 0
    assert "permissions: id-token: write" in result.log
    assert world.pypi.attempts == []


def test_runner_without_docker_uses_the_command(world: World, image: str) -> None:
    """The command in a `run:` step publishes as the action does, and writes the same outputs and summary."""
    world.pypi.trust("demo", "octo", "demo", "command.yml")

    result = world.push("command.yml", machine=image)

    assert result.exit_status == 0, result.log
    assert uploaded(world.pypi) == [WHEEL, SDIST]
    assert result.outputs["publish"]["published"] == "true"
    assert result.summaries[0].startswith("## ✅ Published demo 1.0")
