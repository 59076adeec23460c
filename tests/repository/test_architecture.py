"""The house: what stands on which floor, and what the two lowest floors may not touch."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from publish_action.reasons import REASONS
from support import architecture
from support.architecture import FLOORS

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "publish_action"
SOURCES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts): path.read_text() for path in sorted(HOUSE.rglob("*.py"))
}
ROOMS = {name: source for name, source in SOURCES.items() if name.split(".")[-1] != "__init__"}
PURE = [room for floor, rooms in FLOORS if floor[0] in "01" for room in rooms]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_down(room: str) -> None:
    """A room stands on a floor and imports only from floors below it."""
    assert architecture.wrong_imports(room, ROOMS[room], FLOORS) == []


@pytest.mark.parametrize("room", PURE)
def test_lowest_floors_touch_nothing_outside(room: str) -> None:
    """Words and core know no environment, clock, disk, network or randomness."""
    assert architecture.outside_touches(room, ROOMS[room]) == []


@pytest.mark.parametrize("room", SOURCES)
def test_rooms_are_well_kept(room: str) -> None:
    """Every file begins with a sentence, hides no import in a function, asserts nothing, has no endless function."""
    source = SOURCES[room]

    assert architecture.first_line_faults(room, source) == []
    assert architecture.hidden_imports(room, source) == []
    assert architecture.asserts(room, source) == []
    assert architecture.long_functions(room, source) == []


def test_floors_have_no_empty_rooms() -> None:
    """Every room that the floors name exists."""
    assert sorted(room for _, rooms in FLOORS for room in rooms) == sorted(ROOMS)


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("twine", {"twine_reader", "uploader"}),
        ("github", {"github"}),
        ("id", {"id_tokens"}),
        ("github_action_utils", {"runner"}),
        ("jwt", {"token_verification"}),
        ("docutils", {"rst_rendering"}),
        ("readme_renderer", {"rst_rendering"}),
        ("trove_classifiers", {"classifier_rules"}),
        ("keyring", {"keyring_login"}),
        ("xml", {"exchanges.plain_xml"}),
        ("pypi_attestations", {"attestations.sign", "attestations.verify"}),
        (
            "sigstore",
            {"attestations.attempts", "attestations.certificates", "attestations.trust", "attestations.verify"},
        ),
        ("publish_sandbox", set()),
    ],
)
def test_each_library_has_one_door(library: str, rooms: set[str]) -> None:
    """What talks to the outside is wrapped in one place; the sandbox is never imported."""
    assert architecture.importers(SOURCES, library) == rooms


def test_every_reason_code_has_a_page() -> None:
    """A code that any room writes stands in the table of reasons."""
    written = {code for source in ROOMS.values() for code in architecture.codes_in(source)}

    assert written - set(REASONS) == set()


def test_every_page_has_a_user() -> None:
    """No code stands in the table of reasons that no room gives."""
    given = {code for name, source in ROOMS.items() if name != "reasons" for code in architecture.codes_in(source)}

    assert {code for code in REASONS if code.startswith(("E_", "W_"))} - given == set()


def test_every_room_is_shown_in_the_documentation() -> None:
    """docs/architecture.md names every room with the first line of its file."""
    text = (ROOT / "docs" / "architecture.md").read_text()

    missing = [room for room, source in ROOMS.items() if f"| `{room}` | {_first_line(source)} |" not in text]
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
FLOORS_OF_TEST = (("0", ("errors",)), ("1", ("rules",)), ("2", ("shell", "wing.room")))


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


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("rules", "from publish_action.shell import x\n"),
        ("rules", "from publish_action.checks.registry import x\n"),
        ("rules", "import publish_action.shell\n"),
        ("rules", "from . import shell\n"),
        ("rules", "from publish_action.wing import room\n"),
        ("rules", "from publish_action.wing.room import x\n"),
        ("wing.room", "from publish_action.wing.room import x\n"),
        ("stranger", ""),
        ("wing.stranger", ""),
    ],
)
def test_planted_imports_are_found(name: str, planted: str) -> None:
    """An import up, sideways or relative, and a room on no floor, are each found."""
    assert architecture.wrong_imports("rules", GOOD, FLOORS_OF_TEST) == []
    assert architecture.wrong_imports(name, GOOD + planted, FLOORS_OF_TEST) != []


def test_planted_first_lines_are_found() -> None:
    """A file without a sentence at its top is found."""
    assert architecture.first_line_faults("rules", GOOD) == []
    assert architecture.first_line_faults("rules", '"""rules"""\n') != []
    assert architecture.first_line_faults("rules", "x = 1\n") != []


def test_signing_is_loaded_by_runs_that_sign() -> None:
    """No room outside the wing imports it: a run that does not sign loads none of Sigstore's libraries."""
    outside = {name for name, source in SOURCES.items() if not name.startswith("attestations.")}

    users = {name for name in outside if "publish_action.attestations" in SOURCES[name]}
    assert users == set()
