"""The layout of wheels: WHEEL, RECORD, entry points and licence files."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from publish_action.checks.entry_points import judge_entry_points
from publish_action.checks.licenses import judge_license_files
from publish_action.checks.record import judge_record
from publish_action.checks.sdist import judge_build_files, judge_build_system
from publish_action.checks.wheel import (
    judge_data_folders,
    judge_purelib,
    judge_wheel_files,
    judge_wheel_folder,
    judge_wheel_tags,
    judge_wheel_version,
)
from publish_action.distributions.contents import TEXT_BYTES, Contents, Member
from publish_action.models.finding import Rule
from support.contents import (
    DIGEST,
    INFO,
    OTHER_DIGEST,
    TOP,
    WHEEL_TEXT,
    codes,
    file,
    folder,
    link,
    message,
    record_of,
    sdist,
    wheel,
    without,
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


def relist(contents: Contents, change: Callable[[str], str]) -> Contents:
    record = change(contents.texts["RECORD"].decode())
    return replace(contents, texts={**contents.texts, "RECORD": record.encode("utf-8", "surrogateescape")})


MODULE = f"acme_utils/__init__.py,{DIGEST},1\n"
RECORDS: dict[str, tuple[Contents, list[str]]] = {
    "good": (wheel(), []),
    "folders are not listed": (wheel(folder("acme_utils")), []),
    "signatures are not listed": (
        relist(wheel(file(f"{INFO}/RECORD.jws")), lambda text: text.replace(f"{INFO}/RECORD.jws,{DIGEST},1\n", "")),
        [],
    ),
    "a size may be left out": (relist(wheel(), lambda text: text.replace(f"{DIGEST},1\nacme", f"{DIGEST},\nacme")), []),
    "no RECORD is for the layout": (wheel(texts={"RECORD": None}), []),
    "an sdist has none": (sdist(texts={"RECORD": "rubbish"}), []),
    "empty": (wheel(texts={"RECORD": ""}), ["does not list files of the wheel"]),
    "a file is not listed": (relist(wheel(), lambda text: text.replace(MODULE, "")), ["does not list files"]),
    "RECORD is not listed": (
        relist(wheel(), lambda text: text.replace(f"{INFO}/RECORD,,\n", "")),
        ["does not list files"],
    ),
    "a link is not listed": (
        relist(wheel(file("more")), lambda text: text.replace(f"more,{DIGEST},1\n", "")),
        ["does not list files"],
    ),
    "a link's digest is nobody's to compare": (
        relist(wheel(link("more", "x")), lambda text: text.replace("more,,0\n", f"more,{DIGEST},1\n")),
        [],
    ),
    "a listed file is not there": (without(wheel(file("more")), "more"), ["lists what is no file"]),
    "a folder is listed": (
        relist(wheel(folder("acme_utils")), lambda text: f"acme_utils,{DIGEST},1\n{text}"),
        ["lists what is no file"],
    ),
    "other spelling of a path": (
        relist(wheel(), lambda text: text.replace("acme_utils/__init__.py,", "acme_utils//__init__.py,")),
        ["does not list files", "lists what is no file"],
    ),
    "listed twice": (relist(wheel(), lambda text: text + MODULE), ["more than once"]),
    "no CSV": (relist(wheel(), lambda text: f"{text}\n"), ["that are not `path,digest,size`"]),
    "no UTF-8": (relist(wheel(), lambda text: f"\udcff,,\n{text}"), ["not UTF-8", "lists what is no file"]),
    "other size": (relist(wheel(), lambda text: text.replace(MODULE, MODULE[:-2] + "2\n")), ["have other sizes"]),
    "other digest": (
        relist(wheel(), lambda text: text.replace(MODULE, MODULE.replace(DIGEST, OTHER_DIGEST))),
        ["have other digests"],
    ),
    "no digest": (relist(wheel(), lambda text: text.replace(MODULE, "acme_utils/__init__.py,,1\n")), ["no digest"]),
    "weak digest": (
        relist(wheel(), lambda text: text.replace(MODULE, "acme_utils/__init__.py,md5=rL0Y20zC-Fzt72VPzMSk2A,1\n")),
        ["by no algorithm as good as sha256"],
    ),
    "padded digest": (
        relist(wheel(), lambda text: text.replace(MODULE, MODULE.replace(DIGEST, f"{DIGEST}="))),
        ["not written as they should be"],
    ),
    "a digest of its own": (
        relist(wheel(), lambda text: text.replace(f"{INFO}/RECORD,,", f"{INFO}/RECORD,{DIGEST},1")),
        ["what is only written after it"],
    ),
    "cut": (wheel(texts={"RECORD": b"," * TEXT_BYTES["RECORD"]}), ["longer than the 16 MiB"]),
}


def test_record_with_backslashes_is_fine() -> None:
    """Tools on Windows write them; Warehouse reads them as slashes, and finds every file."""
    contents = relist(wheel(), lambda text: text.replace("/", "\\"))

    assert "\\" in contents.texts["RECORD"].decode()
    assert codes(judge_record, contents) == []


@pytest.mark.parametrize(("contents", "said"), RECORDS.values(), ids=RECORDS.keys())
def test_record_and_files_agree(contents: Contents, said: list[str]) -> None:
    """Each kind of disagreement is one finding."""
    findings = [each.message for each in judge_record(contents)]

    assert codes(judge_record, contents) == RECORD * len(said)
    assert [words for words, text in zip(said, findings, strict=True) if words not in text] == []


def test_thousands_of_mistakes_are_one_finding() -> None:
    """A wheel that lost its RECORD's lines is told in one line."""
    contents = wheel(*(file(f"acme_utils/{number}.py") for number in range(5000)), texts={"RECORD": record_of([])})

    assert message(judge_record, contents) == (
        "RECORD does not list files of the wheel: 'acme_utils/__init__.py', 'acme_utils-1.0.dist-info/METADATA', "
        "'acme_utils-1.0.dist-info/WHEEL' and 5000 more."
    )


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


LICENSES = "License-File: LICENSE\nLicense-File: legal/NOTICE\nLicense-File: LICENSE\n"


def test_licence_files_are_there() -> None:
    """In a wheel they stand in `licenses`, in an sdist at their own paths."""
    good = [file(f"{INFO}/licenses/LICENSE"), file(f"{INFO}/licenses/legal/NOTICE")]
    assert codes(judge_license_files, wheel(*good, metadata=LICENSES)) == []
    assert (
        codes(judge_license_files, sdist(file(f"{TOP}/LICENSE"), file(f"{TOP}/legal/NOTICE"), metadata=LICENSES)) == []
    )


def test_missing_licence_files_are_told_together() -> None:
    """One finding has all that are not there, at the place where they are looked for."""
    in_wheel = wheel(file(f"{INFO}/LICENSE"), file("LICENSE"), folder(f"{INFO}/licenses/LICENSE"), metadata=LICENSES)
    in_sdist = sdist(file(f"{TOP}/legal/NOTICE"), metadata=LICENSES)

    assert codes(judge_license_files, in_wheel) == ["E_LICENSE_FILE"]
    assert message(judge_license_files, in_wheel).endswith(
        "'acme_utils-1.0.dist-info/licenses/LICENSE', 'acme_utils-1.0.dist-info/licenses/legal/NOTICE'."
    )
    assert message(judge_license_files, in_sdist).endswith("(PEP 639): 'acme_utils-1.0/LICENSE'.")


def test_old_licence_files_are_not_asked_for() -> None:
    """Under Metadata-Version 2.1 setuptools wrote the field with another meaning (14 % of the wheels on PyPI)."""
    old = wheel(metadata="License-File: LICENSE\n").metadata.raw | {"metadata_version": "2.1"}
    old.pop("license_files", None)
    contents = wheel()

    assert codes(judge_license_files, replace(contents, metadata=replace(contents.metadata, raw=old))) == []


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        (sdist(), []),
        (without(sdist(file(f"{TOP}/setup.py")), f"{TOP}/pyproject.toml"), []),
        (without(sdist(file(f"{TOP}/src/setup.py")), f"{TOP}/pyproject.toml"), ["E_SDIST_LAYOUT"]),
        (without(sdist(folder(f"{TOP}/setup.py")), f"{TOP}/pyproject.toml"), ["E_SDIST_LAYOUT"]),
        (wheel(), []),
    ],
)
def test_an_sdist_can_be_built(contents: Contents, found: list[str]) -> None:
    """One of pyproject.toml and setup.py is at the top."""
    assert codes(judge_build_files, contents) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, []),
        ("", []),
        ("[project]\nname = 'x'\n", []),
        ("[build-system]\nrequires = []\n", []),
        ("[build-system]\nrequires = ['hatchling']\n", []),
        ("not = [toml", []),
        ("[build-system]\n", ["E_SDIST_LAYOUT"]),
        ("[build-system]\nrequires = 'hatchling'\n", ["E_SDIST_LAYOUT"]),
        ("[build-system]\nrequires = [1]\n", ["E_SDIST_LAYOUT"]),
        ("build-system = 1\n", ["E_SDIST_LAYOUT"]),
    ],
)
def test_a_build_system_says_what_it_requires(text: str | None, found: list[str]) -> None:
    """A table without `requires` is refused by pip; what is no TOML is judged where the metadata are read."""
    assert codes(judge_build_system, sdist(texts={"pyproject.toml": text})) == found
    assert codes(judge_build_system, wheel(texts={"pyproject.toml": text})) == []


@pytest.mark.parametrize("name", ["WHEEL", "entry_points.txt"])
def test_text_that_is_cut_is_one_finding_that_says_so(name: str) -> None:
    """Of a text that is longer than what is read, its length alone is told, and not what the cut makes of it."""
    whole, cut = b"[a]\nb = c:d\n" + b"#" * (TEXT_BYTES[name] - 13), b"\xff" * TEXT_BYTES[name]

    assert codes(judge_wheel_files, wheel(texts={name: whole})) == []
    assert codes(judge_wheel_files, wheel(texts={name: cut})) == LAYOUT
    assert "longer than" in next(judge_wheel_files(wheel(texts={name: cut}))).message
    assert codes(judge_entry_points, wheel(texts={name: cut})) == []
