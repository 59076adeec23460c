"""Make every text that repeats a table of the code or a file: action.yml, reasons, the policies' schema, marked parts.

python docs/generate.py           writes them
python docs/generate.py --check   says which are not current; exit status 1 if any
"""

import json
import sys
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from publish_action.config.input_table import GITHUB_TOKEN_EXPRESSION, INPUTS, InputSpec
from publish_action.decision.decide import render_decision_table
from publish_action.errors import ExitStatus
from publish_action.index.server_kind import Proof, ServerKind
from publish_action.index.server_kinds import KINDS
from publish_action.policy.json_schema import render_schema
from publish_action.reasons import render_reasons
from publish_action.report.outputs import OUTPUTS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "publish_action"

_MODULE_HEAD = ("| Module | |", "| --- | --- |")

_ACTION_HEAD = """\
# Made by `make docs` from config/input_table.py and report/outputs.py; a test compares them.
name: publish-action
description: Publish Python distributions to the index they belong on, and to no other
author: the publish-action maintainers
branding:
  icon: upload-cloud
  color: blue
"""

# One program, isolated from the checkout it publishes from; its inputs come by environment, so there are no args.
_ACTION_RUNS = """\
runs:
  using: docker
  image: Dockerfile
"""

_STATUS_MEANINGS: Mapping[ExitStatus, str] = {
    ExitStatus.DONE: "done, or nothing left to do",
    ExitStatus.INPUTS: "the inputs or the policy are wrong",
    ExitStatus.REFUSED: "refused: private code would have reached a public index, or nothing says where it may go",
    ExitStatus.DISTRIBUTIONS: "the distributions are wrong: archive, metadata, tag, changed bytes",
    ExitStatus.CREDENTIALS: "no credential, or the index did not take it",
    ExitStatus.INDEX_REFUSED: "the index said no",
    ExitStatus.UNREACHABLE: "the index or GitHub could not be reached",
    ExitStatus.BUG: "a bug of ours; the log asks for a report",
    ExitStatus.STOPPED: "stopped by the runner",
}


def render_action_file() -> str:
    """Give `action.yml` whole."""
    inputs = "\n".join(_action_input(spec) for spec in INPUTS)
    outputs = "\n".join(f"  {name}:\n{_action_description(meaning)}" for name, meaning in OUTPUTS.items())
    return f"{_ACTION_HEAD}inputs:\n{inputs}\noutputs:\n{outputs}\n{_ACTION_RUNS}"


def default_of(spec: InputSpec) -> str:
    """Give an input's default in `action.yml`; only the job's own token differs from the command's."""
    return GITHUB_TOKEN_EXPRESSION if spec.name == "github-token" else spec.default


def _action_input(spec: InputSpec) -> str:
    description = _action_description(spec.meaning)
    # JSON strings are YAML strings (YAML 1.2).
    return f"  {spec.name}:\n{description}\n    required: false\n    default: {json.dumps(default_of(spec))}"


def _action_description(text: str) -> str:
    lines = textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False)
    return "    description: >-\n" + "\n".join(f"      {line}" for line in lines)


def render_inputs() -> str:
    """Give the README's table of inputs."""
    rows = [
        f"| `{spec.name}` | {f'`{default_of(spec)}`' if default_of(spec) else ''} | {spec.meaning} |" for spec in INPUTS
    ]
    return "\n".join(["| Input | Default | Meaning |", "| --- | --- | --- |", *rows])


def render_outputs_table() -> str:
    """Give the README's table of outputs."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in OUTPUTS.items()]
    return "\n".join(["| Output | Meaning |", "| --- | --- |", *rows])


def render_exit_statuses() -> str:
    """Give the README's table of exit statuses."""
    rows = [f"| {status.value} | {_STATUS_MEANINGS[status]} |" for status in ExitStatus]
    return "\n".join(["| Status | Meaning |", "| --- | --- |", *rows])


def render_packages() -> str:
    """Return the packages from the top down, each with its sentence and its modules."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return "\n\n".join([*(_render_package(name) for name in contracts[0]["layers"]), _render_root()])


def _render_package(name: str) -> str:
    folder = PACKAGE / name
    rows = [_module_row(path) for path in sorted(folder.glob("[!_]*.py"))]
    inner = [
        "\n".join([f"`{name}/{each.name}`: {_first_line(each / '__init__.py')}", "", *_MODULE_HEAD, *rows_of_inner])
        for each in sorted(path for path in folder.iterdir() if (path / "__init__.py").exists())
        for rows_of_inner in [[_module_row(path) for path in sorted(each.glob("[!_]*.py"))]]
    ]
    whole = "\n".join([f"### `{name}`", "", _first_line(folder / "__init__.py"), "", *_MODULE_HEAD, *rows])
    return "\n\n".join([whole, *inner])


def _render_root() -> str:
    rows = [_module_row(path) for path in sorted(PACKAGE.glob("*.py")) if path.stem != "__init__"]
    return "\n".join(["### At the root", "", "Everything may import these.", "", *_MODULE_HEAD, *rows])


def _module_row(path: Path) -> str:
    return f"| `{path.stem}` | {_first_line(path)} |"


def _first_line(path: Path) -> str:
    return path.read_text().split("\n", 1)[0].strip('"')


def render_server_kinds() -> str:
    """Give the table of the kinds of private indexes."""
    head = (
        "| Server | Upload URL | Read URL | User name | Login without a secret | A file that is there already "
        "| Attestations | GPG signatures |"
    )
    return "\n".join([head, f"|{' --- |' * 8}", *(_server_row(kind) for kind in KINDS)])


def _server_row(kind: ServerKind) -> str:
    return (
        f"| [{kind.title}]({kind.page}) | `{kind.upload_form}` | {_read_form(kind)} | {kind.user} "
        f"| {f'`{kind.keyless}`' if kind.keyless else 'no'} | {kind.duplicates} | {kind.attestations} "
        f"| {kind.signatures} |"
    )


def _read_form(kind: ServerKind) -> str:
    if kind.read_ending is None:
        return "give it in `private-index-check-url`"
    form = f"`{kind.upload_form.removesuffix(kind.upload_ending)}{kind.read_ending}`"
    return form if kind.proof is Proof.URL else f"{form}, if the server shows it"


def render_example(name: str) -> str:
    """Give a workflow of `examples/` as a block of Markdown; of one that marks a part `README:`, that part."""
    lines = (ROOT / "examples" / f"{name}.yml").read_text().splitlines()
    marks = [number for number, line in enumerate(lines) if line.strip().startswith("# README: ")]
    if marks:
        begin, end = marks
        lines = lines[begin + 1 : end]
    return "\n".join(["```yaml", *lines, "```"])


def fill(text: str) -> str:
    """Give a Markdown text with its marked parts (`<!-- made: NAME -->` to `<!-- end -->`) made anew."""
    parts: Mapping[str, Callable[[], str]] = {
        "decision": render_decision_table,
        "inputs": render_inputs,
        "outputs": render_outputs_table,
        "statuses": render_exit_statuses,
        "packages": render_packages,
        "example public": partial(render_example, "public"),
        "example private": partial(render_example, "private"),
        "server kinds": render_server_kinds,
    }
    for name, render in parts.items():
        if f"<!-- made: {name} -->" not in text:
            continue
        block = f"<!-- made: {name} -->\n{render().strip()}\n<!-- end -->"
        before, _, rest = text.partition(f"<!-- made: {name} -->")
        text = before + block + rest.partition("<!-- end -->")[2]
    return text


def made_files() -> Mapping[Path, str]:
    """Give every made file with the text it should have."""
    readme, architecture = ROOT / "README.md", ROOT / "docs" / "architecture.md"
    indexes = ROOT / "docs" / "indexes" / "README.md"
    return {
        ROOT / "action.yml": render_action_file(),
        ROOT / "docs" / "reasons.md": render_reasons(),
        ROOT / "docs" / "publish-policy.schema.json": render_schema(),
        readme: fill(readme.read_text()),
        architecture: fill(architecture.read_text()),
        indexes: fill(indexes.read_text()),
    }


def main(arguments: list[str]) -> int:
    """Write the made files, or with `--check` say which are not current."""
    stale = [path for path, text in made_files().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            path.write_text(made_files()[path])
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
