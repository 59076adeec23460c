"""Where the members of archives would be unpacked, and as what."""

import io
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.members import (
    judge_cases,
    judge_compression,
    judge_doubles,
    judge_member_kinds,
    judge_member_paths,
    judge_windows_names,
)
from publish_action.checks.sdist import judge_links
from publish_action.distributions.contents import Member, MemberKind
from publish_action.models.finding import Rule
from support.contents import INFO, TOP, codes, file, folder, hard_link, link, message, sdist, wheel

UNSAFE, INVALID, ODD, LINK = ["E_ARCHIVE_UNSAFE"], ["E_ARCHIVE_INVALID"], ["W_MEMBER_NAME"], ["W_MEMBER_LINK"]


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
        "Of the members of the archive these have `..` on their way and would leave the folder they are unpacked "
        "into: '../0', '../1', '../2' and 4997 more."
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
    """Two members at one place are two readings of the archive; a file that is a folder cannot be unpacked."""
    assert codes(judge_doubles, wheel(*members)) == found
    assert codes(judge_doubles, sdist(*members)) == found


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


LINKS: dict[str, tuple[list[Member], list[str]]] = {
    "to a file beside it": ([link(f"{TOP}/a", "pyproject.toml")], []),
    "to a file by a way around": ([link(f"{TOP}/a/b/c", "../.././a/../pyproject.toml")], []),
    "to a folder that is no member": ([link(f"{TOP}/a", "acme_utils")], []),
    "to the top": ([link(f"{TOP}/a/b", "..")], []),
    "through a link": ([link(f"{TOP}/a", "acme_utils"), link(f"{TOP}/b", "a/__init__.py")], []),
    "hard to a file": ([hard_link(f"{TOP}/a", f"{TOP}/pyproject.toml")], []),
    "absolute": ([link(f"{TOP}/a", "/etc/passwd")], UNSAFE),
    "above the top": ([link(f"{TOP}/a", "../x")], UNSAFE),
    "above and back": ([link(f"{TOP}/a", f"../{TOP}/pyproject.toml")], UNSAFE),
    "far above": ([link(f"{TOP}/a", "../../../../etc/passwd")], UNSAFE),
    "above by a link": ([link(f"{TOP}/d/e", ".."), link(f"{TOP}/b", "d/e/../x")], UNSAFE),
    "through an absolute link": ([link(f"{TOP}/a", "/etc"), link(f"{TOP}/b", "a/passwd")], UNSAFE),
    "through a folder that is a link": ([link(f"{TOP}/a", ".."), link(f"{TOP}/b", "a/x")], UNSAFE),
    "hard outside": ([hard_link(f"{TOP}/a", "../x")], UNSAFE),
    "hard absolute": ([hard_link(f"{TOP}/a", "/etc/passwd")], UNSAFE),
    "hard beside the top": ([hard_link(f"{TOP}/a", "pyproject.toml")], UNSAFE),
    "hard to nothing": ([hard_link(f"{TOP}/a", f"{TOP}/b")], UNSAFE),
    "hard to itself": ([hard_link(f"{TOP}/a", f"{TOP}/a")], UNSAFE),
    "in a circle": ([link(f"{TOP}/a", "b"), link(f"{TOP}/b", "a")], UNSAFE),
    "through more folders than are walked": ([link(f"{TOP}/a", "a/" * 300)], UNSAFE),
    "longer than a path": ([link(f"{TOP}/a", "a" * 5000)], UNSAFE),
    "to nothing": ([link(f"{TOP}/a", "b")], LINK),
    "without a target": ([link(f"{TOP}/a", "")], LINK),
}


@pytest.mark.parametrize(("members", "found"), LINKS.values(), ids=LINKS.keys())
def test_links_stay_in_the_sdist(members: list[Member], found: list[str]) -> None:
    """A link that leaves the sdist's folder is refused; one to nothing is, where it cannot be unpacked."""
    assert codes(judge_links, sdist(*members)) == found


def test_links_of_wheels_are_judged_as_kinds() -> None:
    """No link may be in a wheel, wherever it leads."""
    assert codes(judge_links, wheel(link("a", "/etc/passwd"))) == []


def tar_entry(each: Member) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(each.path)
    kinds = {MemberKind.SYMBOLIC_LINK: tarfile.SYMTYPE, MemberKind.HARD_LINK: tarfile.LNKTYPE}
    entry.type, entry.linkname, entry.size = kinds.get(each.kind, tarfile.REGTYPE), each.target, each.size
    return entry


WORDS = st.lists(st.sampled_from(["..", ".", "a", "b", TOP, "acme_utils"]), min_size=1, max_size=5).map("/".join)
PLACES = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=3).map(lambda parts: f"{TOP}/{'/'.join(parts)}")


@given(pairs=st.dictionaries(PLACES, WORDS, max_size=4))
def test_what_tarfile_refuses_is_refused(pairs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever links are in an sdist: if Python's own filter for data refuses to unpack it, so do we."""
    members = [link(path, target) for path, target in pairs.items()]
    if judge_doubles_finds(members):
        return
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for each in members:
            archive.addfile(tar_entry(each))
    packed.seek(0)

    found = codes(judge_links, sdist(*members))

    try:
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(tmp_path_factory.mktemp("out"), filter="data")
    except tarfile.FilterError:
        assert UNSAFE[0] in found


def judge_doubles_finds(members: list[Member]) -> bool:
    """Tell whether the archive is refused already for a link that is a folder at once."""
    return codes(judge_doubles, sdist(*members)) != []


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
