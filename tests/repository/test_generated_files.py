"""Texts that repeat the code's tables: each is what the code makes of them."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from publish_action.config.input_table import INPUTS
from publish_action.index.server_kinds import KINDS
from publish_action.report.outputs import OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
_SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _SPEC is not None
assert _SPEC.loader is not None
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)

_PARTS = ("decision", "inputs", "outputs", "statuses", "example public", "example private")


@pytest.mark.parametrize("path", generate.made_files(), ids=lambda path: path.name)
def test_made_files_are_current(path: Path) -> None:
    """action.yml, docs/reasons.md and the marked parts of other pages are current."""
    assert path.read_text() == generate.made_files()[path], "run `make docs`"


def test_action_file_has_the_inputs_and_outputs() -> None:
    """`action.yml`, read as YAML, has every input with its default, every output, and one program without args."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())

    defaults = {spec.name: spec.default for spec in INPUTS} | {"github-token": "${{ github.token }}"}
    assert {name: entry["default"] for name, entry in action["inputs"].items()} == defaults
    assert list(action["outputs"]) == list(OUTPUTS)
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}


INDEX_PAGES = ROOT / "docs" / "indexes"


def test_every_kind_of_server_has_its_page() -> None:
    """Whoever follows a link of the table of servers finds a page; those of keyless kinds are told with their login."""
    linked = {kind.page for kind in KINDS if not kind.keyless} | {"generic.md"}

    assert {page for page in linked if not (INDEX_PAGES / page).is_file()} == set()


@pytest.mark.parametrize("path", sorted(INDEX_PAGES.glob("*.md")), ids=lambda path: path.name)
def test_no_page_mixes_indexes(path: Path) -> None:
    """No page on private indexes shows installers a second index: a stranger's higher version would win."""
    assert "extra-index-url" not in path.read_text().replace("_", "-").lower()


def test_readme_has_every_marked_part() -> None:
    """The README holds the decision table, the inputs, the outputs, the exit statuses and two workflows."""
    text = (ROOT / "README.md").read_text()

    assert all(f"<!-- made: {name} -->" in text for name in _PARTS)


def test_readme_shows_no_other_workflow() -> None:
    """Every YAML block of the README is one of the files that are linted and run."""
    text = (ROOT / "README.md").read_text()

    assert text.count("```yaml") == text.count("<!-- made: example ") == 2
    assert (ROOT / "examples" / "public.yml").read_text().strip() in text
