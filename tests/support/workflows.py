"""Read the repository's workflows, and run the steps in them that are scripts."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(sorted((ROOT / ".github" / "workflows").glob("*.yml")))
FOR_USERS = (
    ROOT / ".github" / "workflows" / "publish.yml",
    ROOT / "workflow-templates" / "publish.yml",
    *sorted((ROOT / "examples").glob("*.yml")),
)
WITH_APPROVAL = (*FOR_USERS[:2], ROOT / "examples" / "manual.yml")

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a step's script left behind."""

    exit_status: int
    log: str
    outputs: str
    """The text of GITHUB_OUTPUT."""


def read_jobs(path: Path) -> Mapping[str, Object]:
    """Return a workflow's jobs by their ids."""
    return {name: as_object(job) for name, job in as_object(_read(path)["jobs"]).items()}


def read_steps(path: Path) -> Iterator[tuple[str, Object]]:
    """Return every step of a workflow with its job's id."""
    for name, job in read_jobs(path).items():
        steps = job.get("steps", [])
        assert isinstance(steps, list)
        yield from ((name, as_object(step)) for step in steps)


def find_script(path: Path, name: str) -> str:
    """Return the script of the one step of that name."""
    (script,) = (step["run"] for _, step in read_steps(path) if step.get("name") == name)
    assert isinstance(script, str)
    return script


def run_step(path: Path, name: str, outputs: Mapping[str, str], folder: Path, *, approved: str | None = None) -> Ran:
    """Run the one step of that name with the variables that its workflow makes of an earlier step's outputs.

    `approved` is what the planning job handed over. A variable that GitHub cannot make fails the step.
    """
    (step,) = (step for _, step in read_steps(path) if step.get("name") == name)
    try:
        variables = {
            variable: _evaluate(str(expression), outputs, approved)
            for variable, expression in as_object(step["env"]).items()
        }
    except ValueError as error:
        return Ran(exit_status=1, log=str(error), outputs="")
    return run_script(find_script(path, name), variables, folder)


def _evaluate(expression: str, outputs: Mapping[str, str], approved: str | None) -> str:
    """Evaluate the few kinds of expression that these steps have, as GitHub does."""
    if expression == "${{ needs.plan.outputs.approved }}":
        assert approved is not None
        return approved
    if output := re.fullmatch(r"\$\{\{ steps\.\w+\.outputs\.([\w-]+) }}", expression):
        return outputs.get(output[1], "")
    if text := re.fullmatch(r"\$\{\{ fromJSON\(steps\.\w+\.outputs\.plan\)\.(\w+) }}", expression):
        return str(_filter(json.loads(outputs.get("plan", "")), [text[1]]) or "")
    part = re.fullmatch(r"\$\{\{ toJSON\(fromJSON\(steps\.\w+\.outputs\.plan\)\.([\w.*]+)\) }}", expression)
    assert part, expression
    return json.dumps(_filter(json.loads(outputs.get("plan", "")), part[1].split(".")), indent=2)


def _filter(value: object, names: list[str]) -> object:
    """Go down by names; `*` stands for each of a list, and what is not there is null, or left out of a list."""
    if not names:
        return value
    if names[0] == "*":
        items = value if isinstance(value, list) else []
        return [_filter(each, names[1:]) for each in items]
    return _filter(value.get(names[0]) if isinstance(value, dict) else None, names[1:])


def run_script(script: str, variables: Mapping[str, str], folder: Path) -> Ran:
    """Run a step's script as the runner does for `shell: bash`, with these variables and no others of GitHub's."""
    outputs = folder / "outputs"
    outputs.touch()
    file = folder / "step.sh"
    file.write_text(script)
    done = subprocess.run(
        ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)),
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_OUTPUT": str(outputs), **variables},
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    return Ran(exit_status=done.returncode, log=done.stdout + done.stderr, outputs=outputs.read_text())


def as_object(value: object) -> Object:
    """Return a YAML mapping as one whose keys are text."""
    assert isinstance(value, dict)
    return {str(key): each for key, each in value.items()}


def _read(path: Path) -> Object:
    return as_object(yaml.safe_load(path.read_text()))


def read_top(path: Path) -> Object:
    """Return a workflow whole. YAML 1.1 reads the key `on` as true."""
    top = _read(path)
    return {"on" if key == "True" else key: value for key, value in top.items()}
