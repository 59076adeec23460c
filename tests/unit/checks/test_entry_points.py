"""The names and references in entry_points.txt."""

import pytest

from publish_action.checks.entry_points import judge_entry_points
from support.contents import (
    codes,
    sdist,
    wheel,
)

LAYOUT, DOUBT, RECORD, ENTRY = ["E_WHEEL_LAYOUT"], ["W_WHEEL_LAYOUT"], ["E_WHEEL_RECORD"], ["E_ENTRY_POINT"]

ENTRY_POINTS: dict[str, tuple[str, list[str]]] = {
    "commands": ("[console_scripts]\nacme = acme_utils:main\nacme-x.y_z=a.b.c:D.e\n", []),
    "plugins": ("# of pytest\n[pytest11]\nacme utils = acme_utils\ntext/x-acme = acme_utils:X [extra]\n", []),
    "empty": ("", []),
    "further in, all of them": ("[a]\n  b = c\n  d = e\n[f]\n g = h\n", []),
    "Windows line ends": ("[a]\r\nb = c:d\r\n\r\n", []),
    "letters of the world": ("[a]\nñ = é.ß:ø\n", []),
    "no group": ("a = b\n", ENTRY),
    "no INI": ("[a]\nrubbish\n", ENTRY),
    "further in than the line above": ("[a]\nb = c\n  d = e\n", ENTRY),
    "group twice": ("[a]\nb = c\n[a]\nd = e\n", ENTRY),
    "name twice": ("[a]\nb = c\nb = d\n", ENTRY),
    "same name in two groups": ("[a]\nb = c\n[d]\nb = c\n", []),
    "command above": ("[console_scripts]\n../x = acme_utils:main\n", ENTRY),
    "command in a folder": ("[gui_scripts]\nbin/x = acme_utils:main\n", ENTRY),
    "command of dots": ("[console_scripts]\n.. = acme_utils:main\n", ENTRY),
    "command with a space": ("[console_scripts]\na b = acme_utils:main\n", ENTRY),
    "plugin above": ("[acme.plugins]\n../x = acme_utils:main\n", ENTRY),
    "plugin with a control character": ("[acme.plugins]\na\x01 = acme_utils:main\n", ENTRY),
    "command without a function": ("[console_scripts]\nx = acme_utils\n", ENTRY),
    "no module": ("[a]\nx = :main\n", ENTRY),
    "a dash": ("[a]\nx = acme-utils:main\n", ENTRY),
    "a call": ("[a]\nx = acme_utils:main()\n", ENTRY),
    "nothing": ("[a]\nx =\n", ENTRY),
    "open bracket": ("[a]\nx = acme_utils:X [extra\n", ENTRY),
    "odd group": ("[acme-plugins]\nx = acme_utils\n", ["W_ENTRY_POINT"]),
    "empty group": ("[]\nx = acme_utils\n", ["W_ENTRY_POINT"]),
    "all of it": ("[a]\nrubbish\n[a]\nx = 1\n[console_scripts]\n../x = y\n", ENTRY * 5),
}


@pytest.mark.parametrize(("text", "found"), ENTRY_POINTS.values(), ids=ENTRY_POINTS.keys())
def test_entry_points_are_valid(text: str, found: list[str]) -> None:
    """Names and references are those of the specification; each kind of mistake is one finding."""
    assert codes(judge_entry_points, wheel(texts={"entry_points.txt": text})) == found


def test_entry_points_are_utf8() -> None:
    """Other encodings are told; an sdist has no such file."""
    assert codes(judge_entry_points, wheel(texts={"entry_points.txt": b"\xff"})) == ENTRY
    assert codes(judge_entry_points, sdist(texts={"entry_points.txt": b"\xff"})) == []
