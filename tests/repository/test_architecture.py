"""The layout of the code: the order of its packages, what pure modules may not touch, and who wraps which library."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from publish_action.reasons import REASONS
from support import architecture

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "publish_action"
SANDBOX = ROOT / "sandbox" / "publish_sandbox"
SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts[1:])
    .removesuffix("__init__")
    .rstrip("."): path.read_text()
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = {name: source for name, source in SOURCES.items() if not (PACKAGE / name.replace(".", "/")).is_dir()}
PURE = [name for name in MODULES if architecture.is_pure(name)]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]


def test_imports_obey_the_contracts() -> None:
    """Packages import only from packages below them, through other modules too, and no modules form a circle."""
    assert architecture.broken_contracts(PACKAGE.parent) == []


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("untrusted.text", "import publish_action.models.index", "Packages import only from packages below them"),
        ("models.index", "from publish_action.decision.table import ROWS", "Packages import only from packages below"),
        ("github.context", "from publish_action.policy import parser", "Packages import only from packages below them"),
        ("secret", "import publish_action.untrusted.text", "The modules at the root import no package but models"),
        ("report.summary", "import publish_action.app.flow", "Only the commands import the run"),
        ("app.flow", "import publish_action.cli.main", "Only the entry point imports the commands"),
        (
            "untrusted.text",
            "import publish_action.untrusted.url_credentials",
            "No modules import each other in a circle",
        ),
    ],
)
def test_planted_imports_break_a_contract(tmp_path: Path, module: str, line: str, broken: str) -> None:
    """An import that runs up, sideways in a circle, or into the commands is found."""
    planted = architecture.plant(PACKAGE, tmp_path, module, line)

    assert any(each.startswith(broken) for each in architecture.broken_contracts(planted))


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("http.faults", "import publish_sandbox.pypi.rules", "The sandbox's packages import only from packages below"),
        ("github.server", "import publish_sandbox.pypi.rules", "The sandbox's packages import only from packages"),
        ("pypi.rules", "import publish_sandbox.sigstore.keys", "The sandbox's packages import only from packages"),
        (
            "sigstore.keys",
            "import publish_sandbox.github.server",
            "The local Sigstore imports no other server but PyPI",
        ),
        ("clock", "import publish_action.errors", "The product and the sandbox do not import each other"),
    ],
)
def test_planted_imports_in_the_sandbox_break_a_contract(tmp_path: Path, module: str, line: str, broken: str) -> None:
    """An import between two servers of the sandbox, or between the sandbox and the product, is found."""
    planted = architecture.plant(SANDBOX, tmp_path, module, line)

    assert any(each.startswith(broken) for each in architecture.broken_contracts(planted))


def test_packages_have_a_fair_size() -> None:
    """No package holds one module alone, and none holds so many that a stranger sees no order in them."""
    sizes = {name: len(list(PACKAGE.joinpath(*name.split(".")).glob("*.py"))) - 1 for name in SOURCES if name in LAYERS}

    assert {name: size for name, size in sizes.items() if not 2 <= size <= 25} == {}
    assert sorted(sizes) == sorted(LAYERS)


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_nothing_outside(name: str) -> None:
    """Pure modules know no environment, clock, disk, network or randomness."""
    assert architecture.outside_touches(name, MODULES[name]) == []


def test_modules_that_are_held_pure_exist() -> None:
    """No module is named as pure, or as an exception, that is not there."""
    named = architecture.PURE_MODULES | {name for names in architecture.PURE.values() for name in names}

    assert named - set(MODULES) == set()


@pytest.mark.parametrize("name", SOURCES)
def test_modules_are_well_kept(name: str) -> None:
    """Every file begins with a sentence, hides no import in a function, asserts nothing, has no endless function."""
    source = SOURCES[name]

    assert architecture.first_line_faults(name, source) == []
    assert architecture.hidden_imports(name, source) == []
    assert architecture.asserts(name, source) == []
    assert architecture.long_functions(name, source) == []


@pytest.mark.parametrize(
    ("library", "modules"),
    [
        ("twine", {"distributions.twine_reader", "upload.twine_client"}),
        ("github", {"github.api"}),
        ("id", {"github.id_tokens"}),
        ("github_action_utils", {"console.actions"}),
        ("jwt", {"github.token_verifier"}),
        ("docutils", {"checks.rst_renderer"}),
        ("readme_renderer", {"checks.rst_renderer"}),
        ("trove_classifiers", {"checks.classifiers"}),
        ("keyring", {"credentials.keyring"}),
        ("xml", {"untrusted.xml"}),
        ("pypi_attestations", {"attestations.sign", "attestations.verify"}),
        ("publish_sandbox", set()),
    ],
)
def test_each_library_is_wrapped_once(library: str, modules: set[str]) -> None:
    """What talks to the outside is wrapped in one place; the sandbox is never imported."""
    assert architecture.importers(SOURCES, library) == modules


def test_every_reason_code_has_a_page() -> None:
    """A code that any module writes stands in the table of reasons."""
    written = {code for source in MODULES.values() for code in architecture.codes_in(source)}

    assert written - set(REASONS) == set()


def test_every_page_has_a_user() -> None:
    """No code stands in the table of reasons that no module gives."""
    given = {code for name, source in MODULES.items() if name != "reasons" for code in architecture.codes_in(source)}

    assert {code for code in REASONS if code.startswith(("E_", "W_"))} - given == set()


def test_every_module_is_shown_in_the_documentation() -> None:
    """docs/architecture.md names every module with the first line of its file."""
    text = (ROOT / "docs" / "architecture.md").read_text()

    missing = [
        name for name, source in MODULES.items() if f"| `{name.split('.')[-1]}` | {_first_line(source)} |" not in text
    ]
    assert missing == []


def _first_line(source: str) -> str:
    return source.split("\n", 1)[0].strip('"')


def test_dependencies_have_reasons() -> None:
    """Each dependency in pyproject.toml has a comment above it that says what for."""
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]

    without = [
        name
        for name in wanted
        if not _has_comment_above(lines, next(n for n, line in enumerate(lines) if f'"{name}"' in line))
    ]
    assert without == []


def _has_comment_above(lines: list[str], number: int) -> bool:
    above = [line for line in lines[:number][::-1] if not line.strip().startswith('"')]
    return above[0].strip().startswith("#")


GOOD = '"""Say something."""\n\nfrom publish_action.errors import PublishError\n'


@pytest.mark.parametrize(
    ("check", "planted"),
    [
        (architecture.outside_touches, "import os\n"),
        (architecture.outside_touches, "from pathlib import Path\n"),
        (architecture.outside_touches, "x = open('f')\n"),
        (architecture.outside_touches, "print('x')\n"),
        (architecture.outside_touches, "from datetime import datetime\nx = datetime.now()\n"),
        (architecture.hidden_imports, "def f() -> None:\n    import json\n"),
        (architecture.asserts, "assert True\n"),
        (architecture.long_functions, "def f() -> None:\n" + "    x = 1\n" * 41),
    ],
)
def test_planted_faults_are_found(check: Callable[[str, str], list[str]], planted: str) -> None:
    """Each rule finds the fault that it is for, and nothing in a good file."""
    assert check("rules", GOOD) == []
    assert len(check("rules", GOOD + planted)) == 1


def test_planted_first_lines_are_found() -> None:
    """A file without a sentence at its top is found."""
    assert architecture.first_line_faults("rules", GOOD) == []
    assert architecture.first_line_faults("rules", '"""rules"""\n') != []
    assert architecture.first_line_faults("rules", "x = 1\n") != []
