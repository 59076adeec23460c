"""The layout of wheels, and what WHEEL says of them."""

import pytest

from publish_action.checks.entry_points import judge_entry_points
from publish_action.checks.wheel import (
    judge_data_folders,
    judge_purelib,
    judge_wheel_files,
    judge_wheel_folder,
    judge_wheel_tags,
    judge_wheel_version,
)
from publish_action.distributions.contents import TEXT_BYTES, Member
from publish_action.models.finding import Rule
from support.contents import (
    TOP,
    WHEEL_TEXT,
    codes,
    file,
    folder,
    message,
    sdist,
    wheel,
)

LAYOUT, DOUBT, RECORD, ENTRY = ["E_WHEEL_LAYOUT"], ["W_WHEEL_LAYOUT"], ["E_WHEEL_RECORD"], ["E_ENTRY_POINT"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("acme_utils-1.0-1-py3-none-any.whl", []),
        ("Acme_Utils-1.0-py3-none-any.whl", LAYOUT),
        ("acme_utils-1.0.0-py3-none-any.whl", LAYOUT),
    ],
)
def test_metadata_stand_where_the_file_name_says(name: str, found: list[str]) -> None:
    """PyPI looks in `{name}-{version}.dist-info` as the file name spells it; a private index need not."""
    assert codes(judge_wheel_folder, wheel(name=name)) == found
    assert all(each.rule is Rule.PYPI for each in judge_wheel_folder(wheel(name=name)))


@pytest.mark.parametrize(("missing", "count"), [((), 0), (("WHEEL",), 1), (("RECORD",), 1), (("WHEEL", "RECORD"), 2)])
def test_wheel_and_record_are_there(missing: tuple[str, ...], count: int) -> None:
    """Each of the two that is not there is told."""
    contents = wheel(texts=dict.fromkeys(missing))

    assert codes(judge_wheel_files, contents) == LAYOUT * count
    assert codes(judge_wheel_files, sdist(texts=dict.fromkeys(missing))) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Wheel-Version: 1.0", []),
        ("wheel-version:1.9", []),
        ("Wheel-Version: 2.0", LAYOUT),
        ("Wheel-Version: 1", LAYOUT),
        ("Wheel-Version:", LAYOUT),
        ("", LAYOUT),
        ("Wheel-Version: 1.0\nWheel-Version: 1.0", LAYOUT),
    ],
)
def test_the_version_of_the_format_is_known(line: str, found: list[str]) -> None:
    """One version 1.x is what installers read."""
    text = WHEEL_TEXT.replace("Wheel-Version: 1.0", line)

    assert codes(judge_wheel_version, wheel(texts={"WHEEL": text})) == found


@pytest.mark.parametrize(
    ("line", "tag", "found"),
    [
        ("Root-Is-Purelib: true", "py3-none-any", []),
        ("Root-Is-Purelib: TRUE", "py3-none-win32", []),
        ("Root-Is-Purelib: false", "cp311-cp311-win32", []),
        ("Root-Is-Purelib: false", "py3-none-any", []),
        ("Root-Is-Purelib: true", "cp311-cp311-win32", DOUBT),
        ("Root-Is-Purelib: true", "cp311-abi3-win32", DOUBT),
        ("Root-Is-Purelib: yes", "py3-none-any", DOUBT),
        ("", "py3-none-any", DOUBT),
    ],
)
def test_compiled_modules_are_no_pure_ones(line: str, tag: str, found: list[str]) -> None:
    """A wheel for one ABI that says it is pure is a doubt."""
    text = WHEEL_TEXT.replace("Root-Is-Purelib: true", line)

    assert codes(judge_purelib, wheel(name=f"acme_utils-1.0-{tag}.whl", texts={"WHEEL": text})) == found


@pytest.mark.parametrize(
    ("tag", "lines", "found"),
    [
        ("py3-none-any", ["py3-none-any"], []),
        ("py2.py3-none-any", ["py3-none-any", "py2-none-any"], []),
        ("py2.py3-none-any", ["py2.py3-none-any"], []),
        ("cp311-cp311-win32", ["CP311-cp311-win32"], []),
        ("py3-none-any", ["py2-none-any"], DOUBT),
        ("py2.py3-none-any", ["py3-none-any"], DOUBT),
        ("py3-none-any", [], DOUBT),
        ("py3-none-any", ["rubbish"], DOUBT),
    ],
)
def test_tags_are_one_set(tag: str, lines: list[str], found: list[str]) -> None:
    """The file name and WHEEL have the same tags, in any order, compressed or not."""
    text = "Wheel-Version: 1.0\n" + "".join(f"Tag: {line}\n" for line in lines)

    assert codes(judge_wheel_tags, wheel(name=f"acme_utils-1.0-{tag}.whl", texts={"WHEEL": text})) == found


def test_tags_that_differ_are_named() -> None:
    """Each side's own tags are told."""
    contents = wheel(name="acme_utils-1.0-py2-none-any.whl")

    assert message(judge_wheel_tags, contents) == (
        "The tags in WHEEL and in the file name differ: only WHEEL has 'py3-none-any', and only the file name has "
        "'py2-none-any'. Installers go by the file name."
    )


def test_sets_of_tags_have_a_measure() -> None:
    """A name that expands to millions of tags is not expanded, nor is a line of WHEEL."""
    many = ".".join(f"a{number}" for number in range(70))
    line = "-".join([many] * 3)

    assert codes(judge_wheel_tags, wheel(texts={"WHEEL": f"Tag: {line}\n"})) == DOUBT
    assert codes(judge_wheel_tags, wheel(name=f"acme_utils-1.0-{line}.whl")) == []


@pytest.mark.parametrize(
    ("members", "count"),
    [
        ([file(f"{TOP}.data/scripts/run"), file(f"{TOP}.data/data/share/x"), folder(f"{TOP}.data")], 0),
        ([folder(f"{TOP}.data/purelib"), file("acme_utils/x.data"), file("acme_utils/x.data/y")], 0),
        ([file("x.data")], 0),
        ([file(f"{TOP}.data/bin/run")], 1),
        ([file(f"{TOP}.data/run")], 1),
        ([file(f"{TOP}.data/scripts")], 1),
        ([file("acme_utils-2.0.data/scripts/run")], 1),
        ([file("other.data/bin/run")], 2),
    ],
)
def test_data_folders_are_of_known_schemes(members: list[Member], count: int) -> None:
    """What stands in a `.data` folder has a place to go to, and the folder is this wheel's."""
    assert codes(judge_data_folders, wheel(*members)) == LAYOUT * count


@pytest.mark.parametrize("name", ["WHEEL", "entry_points.txt"])
def test_text_that_is_cut_is_one_finding_that_says_so(name: str) -> None:
    """Of a text that is longer than what is read, its length alone is told, and not what the cut makes of it."""
    whole, cut = b"[a]\nb = c:d\n" + b"#" * (TEXT_BYTES[name] - 13), b"\xff" * TEXT_BYTES[name]

    assert codes(judge_wheel_files, wheel(texts={name: whole})) == []
    assert codes(judge_wheel_files, wheel(texts={name: cut})) == LAYOUT
    assert "longer than" in next(judge_wheel_files(wheel(texts={name: cut}))).message
    assert codes(judge_entry_points, wheel(texts={name: cut})) == []
