"""Texts that repeat the code's tables: each is what the code makes of them."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from publish_action.input_table import INPUTS
from publish_action.outputs import OUTPUTS

ROOT = Path(__file__).resolve().parent.parent
_SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _SPEC is not None
assert _SPEC.loader is not None
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)

_PARTS = ("decision", "inputs", "outputs", "statuses", "example public", "example private")


@pytest.mark.parametrize("path", generate.made_files(), ids=lambda path: path.name)
def test_made_files_are_current(path: Path) -> None:
    """action.yml, docs/reasons.md and the marked parts of README.md and docs/architecture.md are current."""
    assert path.read_text() == generate.made_files()[path], "run `make docs`"


def test_action_file_has_the_inputs_and_outputs() -> None:
    """`action.yml`, read as YAML, has every input with its default, every output, and one program without args."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())

    defaults = {spec.name: spec.default for spec in INPUTS} | {"github-token": "${{ github.token }}"}
    assert {name: entry["default"] for name, entry in action["inputs"].items()} == defaults
    assert list(action["outputs"]) == list(OUTPUTS)
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_readme_has_every_marked_part() -> None:
    """The README holds the decision table, the inputs, the outputs, the exit statuses and two workflows."""
    text = (ROOT / "README.md").read_text()

    assert all(f"<!-- made: {name} -->" in text for name in _PARTS)


def test_readme_shows_no_other_workflow() -> None:
    """Every YAML block of the README is one of the files that are linted and run."""
    text = (ROOT / "README.md").read_text()

    assert text.count("```yaml") == text.count("<!-- made: example ") == 2
    assert (ROOT / "examples" / "public.yml").read_text().strip() in text
