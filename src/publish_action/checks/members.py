"""Rules about where the members of an archive would be unpacked, and as what."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from publish_action.distributions.archive.paths import LONGEST_PATH, normalise_member_path
from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.declarations import may_declare_in_sdist
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, doubtful, refused_by_pypi, uncertain
from publish_action.untrusted.text import name_first

# Names that Windows keeps for devices, with any extension, and signs that it has in no name (Microsoft's naming
# conventions).
_WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.IGNORECASE | re.DOTALL)
_WINDOWS_SIGN = re.compile(r'[<>:"|?*\\]')
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 50

_REBUILD = "Build the file again with a build backend (`python -m build`) from a clean checkout, not by hand."
_RENAME = "Rename them in the source, or leave them out of the build."


def judge_member_paths(contents: Contents) -> Iterator[Finding]:
    """A member is unpacked below the folder that an installer chose, whatever the system.

    A backslash is a separator for a wheel's readers on Windows; in an sdist it is a name that Windows cannot have.
    """
    judges = _UNSAFE_PATHS if contents.name.kind is Kind.SDIST else (*_UNSAFE_PATHS, _BACKSLASH)
    for finds, says in judges:
        if found := [member.path for member in contents.members if finds(member.path)]:
            yield _unsafe(contents, found, f"Members of the archive {says}: {name_first(found)}.")


def judge_compression(contents: Contents) -> Iterator[Finding]:
    """A wheel does not unpack to more than 64 MiB that are more than fifty times the file (Warehouse, `legacy.py`).

    There is no such rule for sdists.
    """
    unpacked = sum(member.size for member in contents.members)
    if contents.name.kind is Kind.WHEEL and unpacked > max(_BOMB_BYTES, _BOMB_RATIO * contents.size):
        yield refused_by_pypi(
            "E_ARCHIVE_BOMB",
            file=contents.file,
            message=f"{contents.size} bytes unpack to {unpacked}, more than {_BOMB_RATIO} times the file. PyPI takes "
            "that for a zip bomb.",
            remedy="Leave out the data that compress so well, or compress them before the build.",
        )


def judge_member_kinds(contents: Contents) -> Iterator[Finding]:
    """A distribution holds files and folders; an sdist also links."""
    forbidden = _NOT_IN_WHEELS if contents.name.kind is Kind.WHEEL else _NOT_IN_SDISTS
    by_kind = defaultdict[MemberKind, list[str]](list)
    for member in contents.members:
        by_kind[member.kind].append(member.path)
    for kind, why in forbidden.items():
        if found := by_kind[kind]:
            yield _unsafe(
                contents, found, f"The archive holds {kind}, which is not allowed: {name_first(found)}. {why}"
            )


def judge_doubles(contents: Contents) -> Iterator[Finding]:
    """No two members are unpacked to one place, and nothing is a file and a folder at once.

    A plain file that stands in an sdist twice is a warning: every tar reader keeps the last copy, and the scan reads
    them all. Where a copy may declare the project private, where the spellings differ, or where a link is involved,
    readers need not agree.
    """
    by_place = defaultdict[str, list[Member]](list)
    for member in contents.members:
        if member.kind is not MemberKind.FOLDER:
            by_place[normalise_member_path(member.path)].append(member)
    doubles = {place: members for place, members in by_place.items() if len(members) > 1}
    replaced = _find_replaced(contents, doubles)
    ambiguous = [doubles[place][1].path for place in doubles if place not in replaced]
    if ambiguous:
        yield uncertain(
            "E_ARCHIVE_INVALID",
            file=contents.file,
            message=f"Several members would be unpacked to the same path: {name_first(ambiguous)}. Which one "
            "counts depends on the reader.",
            remedy=_REBUILD,
            member=ambiguous[0],
        )
    if replaced:
        yield doubtful(
            "W_MEMBER_TWICE",
            file=contents.file,
            message=f"The archive holds files more than once: {name_first(replaced)}. Unpacking keeps the last copy "
            "of each.",
            remedy="Add each file to the sdist once: two rules of the build may include it.",
            member=replaced[0],
        )
    if both := _files_that_are_folders(contents, _as_it_is):
        yield _unsafe(contents, both, f"Paths are both a file and a folder: {name_first(both)}.")


def _find_replaced(contents: Contents, doubles: Mapping[str, Sequence[Member]]) -> list[str]:
    """Return the places whose members every reader of tar archives unpacks alike: the last one replaces the others."""
    if contents.name.kind is not Kind.SDIST:
        return []
    # The copy that a hard link names depends on the reader: Python writes into the first file, GNU tar beside it.
    linked = {normalise_member_path(each.target) for each in contents.members if each.kind is MemberKind.HARD_LINK}
    return [
        place
        for place, members in doubles.items()
        if {(member.path, member.kind) for member in members} == {(place, MemberKind.FILE)}
        and place not in linked
        and place != contents.metadata_member
        # Some file systems fold case.
        and not may_declare_in_sdist(place.removeprefix(f"{contents.folder}/").lower())
    ]


def judge_cases(contents: Contents) -> Iterator[Finding]:
    """On Windows and macOS one of two names that differ in case alone overwrites the other.

    No index asks, and such files are fine on Linux: our advice. The files by which installers know a wheel are not
    advice: they have to be the same ones everywhere.
    """
    alike = _alike_but_for_case(contents)
    if not alike:
        return
    message = (
        f"Names differ only in case: {name_first(alike)}. On Windows and macOS one of them overwrites the "
        "other, or stands in its way."
    )
    place = f"{contents.folder}/".lower()
    if contents.name.kind is Kind.WHEEL and any(
        normalise_member_path(path).lower().startswith(place) for path in alike
    ):
        yield _unsafe(contents, alike, message, remedy=_RENAME)
    else:
        yield _odd_name(contents, alike, message)


def _alike_but_for_case(contents: Contents) -> list[str]:
    spellings = defaultdict[str, dict[str, None]](dict)
    for member in contents.members:
        if member.kind is not MemberKind.FOLDER:
            place = normalise_member_path(member.path)
            # Not `casefold`: no file system takes `ss` for the German sharp s.
            spellings[place.lower()].setdefault(place)
    alike = [name for names in spellings.values() if len(names) > 1 for name in names]
    # `CHANGES` beside `changes/`, as some projects have on purpose.
    exact = set(_files_that_are_folders(contents, _as_it_is))
    return alike + [path for path in _files_that_are_folders(contents, str.lower) if path not in exact]


def judge_windows_names(contents: Contents) -> Iterator[Finding]:
    """What has a name that Windows cannot have is not installed or not built there."""
    found = [member.path for member in contents.members if _is_no_windows_name(member.path)]
    if found:
        message = f"Windows does not allow these file names: {name_first(found)}. Unpacking fails there."
        yield _odd_name(contents, found, message)


def _unsafe(contents: Contents, found: list[str], message: str, *, remedy: str = _REBUILD) -> Finding:
    return uncertain("E_ARCHIVE_UNSAFE", file=contents.file, message=message, remedy=remedy, member=found[0])


def _odd_name(contents: Contents, found: list[str], message: str) -> Finding:
    return doubtful("W_MEMBER_NAME", file=contents.file, message=message, remedy=_RENAME, member=found[0])


def _climbs(path: str) -> bool:
    return ".." in path.replace("\\", "/").split("/")


_Judge = tuple[Callable[[str], bool], str]
_UNSAFE_PATHS: tuple[_Judge, ...] = (
    (_climbs, "have `..` in their paths and would be unpacked outside the target folder"),
    (lambda path: path.startswith("/"), "have absolute paths"),
    (lambda path: _DRIVE.match(path) is not None, "begin with a drive letter"),
    (lambda path: _CONTROL.search(path) is not None, "have control characters in their names"),
    (lambda path: len(path) > LONGEST_PATH, f"have paths of more than {LONGEST_PATH} characters"),
    (lambda path: path.strip("/.") == "" and not _climbs(path), "have no name"),
)
_BACKSLASH: _Judge = (lambda path: "\\" in path, "have a backslash, which is a separator only on Windows")

_NO_DEVICE = "Installers refuse to make one."
_NOT_IN_WHEELS: Mapping[MemberKind, str] = {
    MemberKind.SYMBOLIC_LINK: "Installers write the target's path into a plain file; copy the file it points to.",
    MemberKind.HARD_LINK: "Wheels hold only files and folders.",
    MemberKind.DEVICE: _NO_DEVICE,
    MemberKind.SPARSE: "Wheels hold only files and folders.",
}
_NOT_IN_SDISTS: Mapping[MemberKind, str] = {
    MemberKind.DEVICE: _NO_DEVICE,
    MemberKind.SPARSE: "PyPI refuses such archives; pack without `tar --sparse`.",
}


def _as_it_is(path: str) -> str:
    return path


def _files_that_are_folders(contents: Contents, fold: Callable[[str], str]) -> list[str]:
    """Files below whose path other members stand, where paths that fold alike are one."""
    # With the lowest sign as separator, what stands below a path follows it at once. Listing every member's parents
    # instead would take the square of a long path.
    files, folders = dict[str, str](), set[str]()
    for member in contents.members:
        key = fold(normalise_member_path(member.path)).replace("/", "\0")
        if member.kind is MemberKind.FOLDER:
            folders.add(key)
        else:
            files[key] = member.path
    keys = sorted({*files, *folders})
    above = {key for key, following in pairwise(keys) if following.startswith(f"{key}\0")}
    return [path for key, path in files.items() if key in above or key in folders]


def _is_no_windows_name(path: str) -> bool:
    # Longer paths are refused as that.
    return len(path) <= LONGEST_PATH and any(
        _WINDOWS_DEVICE.fullmatch(part) or _WINDOWS_SIGN.search(part) or (part.endswith((" ", ".")) and part.strip("."))
        for part in path.split("/")
    )
