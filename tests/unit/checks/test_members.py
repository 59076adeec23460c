"""Where the members of archives would be unpacked, and as what."""

from dataclasses import replace

import pytest

from publish_action.checks.members import (
    judge_cases,
    judge_compression,
    judge_doubles,
    judge_member_kinds,
    judge_member_paths,
    judge_windows_names,
)
from publish_action.distributions.contents import Member, MemberKind
from publish_action.models.finding import Rule
from support.contents import INFO, TOP, codes, file, folder, hard_link, link, message, sdist, wheel

UNSAFE, INVALID, ODD, LINK = ["E_ARCHIVE_UNSAFE"], ["E_ARCHIVE_INVALID"], ["W_MEMBER_NAME"], ["W_MEMBER_LINK"]

TWICE = ["W_MEMBER_TWICE"]


@pytest.mark.parametrize(
    ("path", "in_wheel", "in_sdist"),
    [
        ("acme/a.py", [], []),
        ("acme/..a", [], []),
        ("acme/a b/é.py", [], []),
        ("./acme/a.py", [], []),
        ("acme/c:x", [], []),
        ("../a.py", UNSAFE, UNSAFE),
        ("acme/../a.py", UNSAFE, UNSAFE),
        ("acme/..", UNSAFE, UNSAFE),
        ("/etc/x", UNSAFE, UNSAFE),
        ("C:x", UNSAFE, UNSAFE),
        ("c:/x", UNSAFE, UNSAFE),
        ("acme/a\nb", UNSAFE, UNSAFE),
        ("acme/a\x7f", UNSAFE, UNSAFE),
        ("acme/a\x00b", UNSAFE, UNSAFE),
        ("a" * 4097, UNSAFE, UNSAFE),
        ("", UNSAFE, UNSAFE),
        (".", UNSAFE, UNSAFE),
        ("acme\\a.py", UNSAFE, []),
        ("acme\\..\\a.py", UNSAFE * 2, UNSAFE),
        ("/../a\\b", UNSAFE * 3, UNSAFE * 2),
    ],
)
def test_paths_stay_below_the_folder(path: str, in_wheel: list[str], in_sdist: list[str]) -> None:
    """Each way out of the folder is one finding for wheels and sdists alike; a backslash separates in wheels alone."""
    assert codes(judge_member_paths, wheel(file(path))) == in_wheel
    assert codes(judge_member_paths, sdist(file(path))) == in_sdist


def test_the_first_three_are_named() -> None:
    """However many members climb, one finding names three of them and says how many more there are."""
    contents = wheel(*(file(f"../{number}") for number in range(5000)))

    assert message(judge_member_paths, contents) == (
        "Members of the archive have `..` in their paths and would be unpacked outside the target "
        "folder: '../0', '../1', '../2' and 4997 more."
    )


def test_unsafe_members_are_beyond_every_switch() -> None:
    """What a file does where it is unpacked must be beyond doubt, for private indexes too."""
    (finding,) = judge_member_paths(wheel(file("../x")))

    assert (finding.rule, finding.member) == (Rule.CERTAINTY, "../x")


def member(kind: MemberKind) -> Member:
    return Member(path=f"{TOP}/odd", kind=kind, size=0, target="acme_utils/__init__.py")


@pytest.mark.parametrize(
    ("kind", "in_wheel", "in_sdist"),
    [
        (MemberKind.FILE, [], []),
        (MemberKind.FOLDER, [], []),
        (MemberKind.SYMBOLIC_LINK, UNSAFE, []),
        (MemberKind.HARD_LINK, UNSAFE, []),
        (MemberKind.DEVICE, UNSAFE, UNSAFE),
        (MemberKind.SPARSE, UNSAFE, UNSAFE),
    ],
)
def test_wheels_hold_files_and_sdists_links_too(kind: MemberKind, in_wheel: list[str], in_sdist: list[str]) -> None:
    """Links are for sdists; what no installer makes is for neither."""
    assert codes(judge_member_kinds, wheel(member(kind))) == in_wheel
    assert codes(judge_member_kinds, sdist(member(kind))) == in_sdist


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([file("a.py"), file("b.py")], []),
        ([folder("a"), file("a/b")], []),
        ([folder("a"), folder("a")], []),
        ([file("ab"), file("a/b"), file("a.b")], []),
        ([file("a.py"), file("a.py")], INVALID),
        ([file("a.py"), file("./a.py")], INVALID),
        ([file("a/b.py"), file("a//b.py")], INVALID),
        ([file("a"), file("a/b")], UNSAFE),
        ([file("a/b/c"), file("a")], UNSAFE),
        ([file("a"), file("a!b"), file("a/b")], UNSAFE),
        ([file("A"), file("a/b")], []),
        ([file("a"), folder("a")], UNSAFE),
        ([file("a"), file("a"), file("a/b")], [*INVALID, *UNSAFE]),
    ],
)
def test_one_place_is_for_one_member(members: list[Member], found: list[str]) -> None:
    """Two members at one place are two readings of a wheel; a file that is a folder cannot be unpacked."""
    assert codes(judge_doubles, wheel(*members)) == found


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([file("a.py"), file("b.py")], []),
        ([folder("a"), folder("a")], []),
        ([file(f"{TOP}/LICENSE.txt"), file(f"{TOP}/LICENSE.txt")], TWICE),
        ([file(f"{TOP}/a/setup.py"), file(f"{TOP}/a/setup.py"), file(f"{TOP}/a/setup.py")], TWICE),
        ([file(f"{TOP}/a.py"), file(f"{TOP}/./a.py")], INVALID),
        ([file(f"{TOP}/a/b.py"), file(f"{TOP}/a\\b.py")], INVALID),
        ([file(f"{TOP}/a.py"), link(f"{TOP}/a.py", "b.py")], INVALID),
        ([link(f"{TOP}/a.py", "b.py"), file(f"{TOP}/a.py")], INVALID),
        ([file(f"{TOP}/a"), hard_link(f"{TOP}/b", f"{TOP}/a"), file(f"{TOP}/a")], INVALID),
        ([file(f"{TOP}/a"), folder(f"{TOP}/a")], UNSAFE),
        ([file(f"{TOP}/a"), file(f"{TOP}/a"), file(f"{TOP}/a/b")], [*TWICE, *UNSAFE]),
        ([file(f"{TOP}/a"), file(f"{TOP}/a"), file(f"{TOP}/setup.py"), file(f"{TOP}/setup.py")], [*INVALID, *TWICE]),
    ],
)
def test_a_plain_file_may_stand_in_an_sdist_twice(members: list[Member], found: list[str]) -> None:
    """Every tar reader keeps the last of two plain files of one name; of links and other spellings they do not.

    Issue 10: pyarrow 26.0.1 on PyPI has LICENSE.txt and NOTICE.txt twice.
    """
    assert codes(judge_doubles, sdist(*members)) == found


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "PyProject.toml", "setup.py", "setup.cfg", "PKG-INFO", "acme.egg-info/PKG-INFO"]
)
def test_what_an_sdist_is_judged_by_stands_in_it_once(name: str) -> None:
    """Of two files that may declare the project private, both are read, and the archive is refused."""
    assert codes(judge_doubles, sdist(file(f"{TOP}/{name}"), file(f"{TOP}/{name}"))) == INVALID


def test_file_that_stands_twice_is_named_once() -> None:
    """The warning names each place once, however many copies there are."""
    copies = [file(f"{TOP}/NOTICE.txt")] * 3

    assert message(judge_doubles, sdist(*copies)) == (
        "The archive holds files more than once: 'acme_utils-1.0/NOTICE.txt'. Unpacking keeps the last copy of each."
    )


@pytest.mark.parametrize(
    ("members", "in_wheel", "in_sdist"),
    [
        ([file("A.py"), file("b.py")], [], []),
        ([folder("A"), folder("a")], [], []),
        ([file("A.py"), file("A.py")], [], []),
        ([file("straße"), file("strasse")], [], []),
        ([file("A.py"), file("a.py")], ODD, ODD),
        ([file("x/É"), file("X/é")], ODD, ODD),
        ([file("CHANGES"), file("changes/1.md")], ODD, ODD),
        ([file("BUILD"), folder("build")], ODD, ODD),
        ([file("a"), file("a/b")], [], []),
    ],
)
def test_cases_are_told_apart_on_some_systems_alone(
    members: list[Member], in_wheel: list[str], in_sdist: list[str]
) -> None:
    """No index refuses them, and they are fine on Linux: a warning."""
    assert codes(judge_cases, wheel(*members)) == in_wheel
    assert codes(judge_cases, sdist(*members)) == in_sdist


@pytest.mark.parametrize(
    "name", ["con", "a/NUL.txt", "aux.tar.gz", "com1", "LPT9.x", "a ", "a./b", "a<b", "a?", 'a"', "a|b", "a*", "a:b"]
)
def test_names_that_windows_cannot_have_are_told(name: str) -> None:
    """They are a warning: on other systems they are names as any."""
    assert codes(judge_windows_names, wheel(file(f"x/{name}"))) == ODD


@pytest.mark.parametrize("name", ["console", "a.con", "com0", "lpt10", ".a", "a.b", "..", "./a", "nul_"])
def test_names_that_windows_can_have_are_not_told(name: str) -> None:
    """Only the whole name before the first dot is a device's."""
    assert codes(judge_windows_names, sdist(file(f"x/{name}"))) == []


def test_metadata_members_are_members_as_any() -> None:
    """A second METADATA in other letters is refused here too."""
    assert codes(judge_cases, wheel(file(f"{INFO}/metadata"))) == UNSAFE


def large(size: int) -> Member:
    return Member(path="acme/zeros.bin", kind=MemberKind.FILE, size=size)


def test_wheel_that_compresses_well_is_a_bomb_to_pypi_alone() -> None:
    """More than 64 MiB that are more than fifty times the file: PyPI's rule for wheels, which no sdist has."""
    contents, most = replace(wheel(), members=()), 64 << 20
    (finding,) = judge_compression(replace(contents, size=1000, members=(large(most), large(1))))

    assert (finding.code, finding.rule) == ("E_ARCHIVE_BOMB", Rule.PYPI)
    assert codes(judge_compression, replace(contents, size=1000, members=(large(most),))) == []
    assert codes(judge_compression, replace(contents, size=2 << 20, members=(large(100 << 20),))) == []
    assert codes(judge_compression, replace(contents, size=2 << 20, members=(large((100 << 20) + 1),))) != []
    assert codes(judge_compression, replace(sdist(), size=1000, members=(large(most + 1),))) == []
