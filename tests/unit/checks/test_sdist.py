"""What an sdist is built from, and where its links lead."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.members import (
    judge_doubles,
)
from publish_action.checks.sdist import judge_build_files, judge_build_system, judge_links
from publish_action.distributions.contents import Contents, Member, MemberKind
from support.contents import (
    TOP,
    codes,
    file,
    folder,
    hard_link,
    link,
    sdist,
    wheel,
    without,
)


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


UNSAFE, INVALID, ODD, LINK = ["E_ARCHIVE_UNSAFE"], ["E_ARCHIVE_INVALID"], ["W_MEMBER_NAME"], ["W_MEMBER_LINK"]


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
    """Return whether the archive is refused already for a link that is a folder at once."""
    return codes(judge_doubles, sdist(*members)) != []
