"""Workflows: what every one of them keeps to, and what those for users carry."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publish_action.config.input_table import INPUTS
from support.runner_rules import parse_file_command
from support.workflows import (
    FOR_USERS,
    OURS,
    ROOT,
    WITH_APPROVAL,
    as_object,
    find_script,
    read_jobs,
    read_steps,
    read_top,
    run_script,
)

ALL = tuple(dict.fromkeys((*OURS, *FOR_USERS)))
_PIN = re.compile(r"^\s*(?:- )?uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", ALL, ids=_id)
def test_workflow_begins_with_no_rights(path: Path) -> None:
    """No job has a right that is not written beside it."""
    assert read_top(path)["permissions"] == {}
    assert all("permissions" in job for job in read_jobs(path).values())


@pytest.mark.parametrize("path", ALL, ids=_id)
def test_scripts_hold_no_expressions(path: Path) -> None:
    """What a user typed or an index said reaches a script by environment, where no shell reads it as a command."""
    scripts = [step["run"] for _, step in read_steps(path) if "run" in step]

    assert scripts != []
    assert [script for script in scripts if "${{" in str(script)] == []


@pytest.mark.parametrize("path", ALL, ids=_id)
def test_shellcheck_finds_nothing_in_scripts(path: Path) -> None:
    """Scripts in workflows are held to what scripts in files are held to."""
    shellcheck = Path(sys.executable).parent / "shellcheck"
    scripts = [str(step["run"]) for _, step in read_steps(path) if "run" in step]

    found = [
        subprocess.run(
            (shellcheck, "--shell", "bash", "-"), input=script, check=False, capture_output=True, text=True
        ).stdout
        for script in scripts
    ]

    assert "".join(found) == ""


def test_actions_are_pinned_alike() -> None:
    """Every action of others is named by its commit with its version, and everywhere by the same one."""
    lines = [line for path in ALL for line in path.read_text().splitlines() if "uses:" in line]
    others = [line for line in lines if "org/publish-action@v1" not in line and "uses: ./" not in line]
    pins = [match.groups() for line in others if (match := _PIN.match(line))]

    assert len(pins) == len(others) > 0
    assert len({name for name, _, _ in pins}) == len(set(pins))


@pytest.mark.parametrize("path", FOR_USERS, ids=_id)
def test_building_has_neither_secrets_nor_tokens(path: Path) -> None:
    """Code that runs while building can ask for no ID token, sees no secret and gets no checkout's credentials."""
    job = read_jobs(path)["build"]
    (checkout,) = (step for name, step in read_steps(path) if name == "build" and "checkout" in str(step.get("uses")))

    assert job["permissions"] == {"contents": "read"}
    assert "environment" not in job
    assert "secrets." not in json.dumps(job)
    assert as_object(checkout["with"])["persist-credentials"] is False


@pytest.mark.parametrize("path", FOR_USERS, ids=_id)
def test_publishing_runs_in_an_environment_with_little_power(path: Path) -> None:
    """The jobs that publish may read the repository and ask for ID tokens, and each has an environment."""
    jobs = {name: job for name, job in read_jobs(path).items() if name not in {"build", "plan"}}

    assert jobs != {}
    assert all(job["permissions"] == {"contents": "read", "id-token": "write"} for job in jobs.values())
    assert all(job.get("environment") for job in jobs.values())


@pytest.mark.parametrize("path", FOR_USERS, ids=_id)
def test_action_is_given_inputs_that_it_has(path: Path) -> None:
    """Every input in a workflow for users is one of the action's."""
    steps = [step for _, step in read_steps(path) if step.get("uses") == "org/publish-action@v1"]
    given = {name for step in steps if "with" in step for name in as_object(step["with"])}

    assert steps != []
    assert given <= {spec.name for spec in INPUTS}


@pytest.mark.parametrize("path", ALL, ids=_id)
def test_secrets_have_names_that_an_environment_can_give(path: Path) -> None:
    """GitHub's settings take letters, digits and underscores: a secret with a hyphen could never be set there."""
    names = re.findall(r"secrets\.([\w-]+)", path.read_text())

    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name)] == []


@pytest.mark.parametrize("path", WITH_APPROVAL, ids=_id)
def test_plan_again_asks_what_publishing_does(path: Path) -> None:
    """What is planned before and after the approval is what is published: the same inputs, but for `dry-run`."""
    steps = [as_object(step["with"]) for _, step in read_steps(path) if step.get("uses") == "org/publish-action@v1"]
    plan, again, publish = steps

    assert plan == again == {**publish, "dry-run": True}


@pytest.mark.parametrize("path", WITH_APPROVAL[1:], ids=_id)
@pytest.mark.parametrize(
    "name",
    [
        "Compare with the version that was asked for",
        "Write down what is approved",
        "Refuse a tag that moved",
        "Refuse what was not approved",
    ],
)
def test_scripts_around_an_approval_are_the_same_everywhere(path: Path, name: str) -> None:
    """The steps that guard an approval are tested once and carried by three workflows, letter by letter."""
    assert find_script(path, name) == find_script(WITH_APPROVAL[0], name)


def test_template_has_its_properties() -> None:
    """An organisation's `.github` repository offers the template under the name that its properties file gives."""
    properties = json.loads((ROOT / "workflow-templates" / "publish.properties.json").read_text())

    assert set(properties) == {"name", "description", "iconName", "categories", "filePatterns"}
    assert re.search(properties["filePatterns"][0], "pyproject.toml")
    assert (ROOT / "workflow-templates" / "publish.yml").is_file()


@pytest.mark.parametrize("path", WITH_APPROVAL, ids=_id)
def test_planning_asks_nobody_and_publishing_may(path: Path) -> None:
    """The plan stands in the summary before the environment's reviewers are asked: it runs in another environment."""
    jobs = read_jobs(path)

    assert jobs["publish"]["needs"] == "plan"
    assert "id-token" not in as_object(jobs["plan"]["permissions"])
    assert jobs["plan"]["environment"] != jobs["publish"]["environment"]
    assert "-plan" in str(jobs["plan"]["environment"])


def test_tag_of_a_monorepo_names_the_project(tmp_path: Path) -> None:
    """The tag `acme-core/v1.2` builds and publishes `acme-core`."""
    script = find_script(ROOT / "examples" / "monorepo.yml", "Read the project's name from the tag")

    ran = run_script(script, {"GITHUB_REF_NAME": "acme-core/v1.2"}, tmp_path)

    assert parse_file_command(ran.outputs) == {"name": "acme-core"}


def test_release_names_one_base_by_digest() -> None:
    """A release's image is built on bytes that are pinned."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()

    assert re.findall(r"BASE=(\S+)", text) == re.findall(r"BASE=(python:3\.13-slim@sha256:[0-9a-f]{64})\n", text)
    assert text.count("BASE=") == 1


OURS_RELEASE = ROOT / ".github" / "workflows" / "release.yml"
_PINNED = r"docker\.io/[a-z]+/[a-z-]+:[A-Za-z0-9.-]+@sha256:[0-9a-f]{64}"
_RUN_IMAGES = {
    "docker/setup-qemu-action": ("image", _PINNED),
    "docker/setup-buildx-action": ("driver-opts", f"image={_PINNED}"),
    "docker/build-push-action": ("sbom", f"generator={_PINNED}"),
}
"""The actions that run an image of their own choice unless they are told one, and the input that tells it."""


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_image_that_a_workflow_runs_is_pinned_by_digest(path: Path) -> None:
    """An emulator, a builder or a scanner by a tag alone could change what a release attests."""
    for _, step in read_steps(path):
        action = str(step.get("uses", "")).partition("@")[0]
        assert not action.startswith("docker://")
        if action in _RUN_IMAGES:
            name, pattern = _RUN_IMAGES[action]
            assert re.fullmatch(pattern, str(as_object(step.get("with", {})).get(name, ""))), action


def test_the_release_runs_an_emulator_a_builder_and_a_scanner() -> None:
    """The images that the test above looks at are there to be looked at."""
    used = {str(step.get("uses", "")).partition("@")[0] for _, step in read_steps(OURS_RELEASE)}

    assert used >= set(_RUN_IMAGES)


def test_weekly_image_is_built_and_tested_and_goes_nowhere() -> None:
    """The scheduled rebuild tells the trust root's age with the image's own words, and has no right to push."""
    path = ROOT / ".github" / "workflows" / "image.yml"
    (job,) = read_jobs(path).values()
    steps = [step for _, step in read_steps(path)]
    scripts = [str(step["run"]) for step in steps if "run" in step]

    assert "schedule:" in path.read_text()
    assert job["permissions"] == {"contents": "read"}
    assert [str(step["uses"]).partition("@")[0] for step in steps if "uses" in step] == [
        "actions/checkout",
        "actions/setup-python",
    ]
    assert scripts[0] == "make image"
    assert scripts[1].endswith(" publish-action -I -m publish_action --version --verbose")
    assert scripts[2:] == ["make test-container"]
