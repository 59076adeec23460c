"""Check what an sdist needs so that somebody can build from it, and where its links lead."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from publish_action.distributions.archive.paths import LONGEST_PATH, normalise_member_path
from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, doubtful, not_standard, uncertain
from publish_action.untrusted.text import name_first
from publish_action.untrusted.toml import parse_toml

_REMEDY = (
    "Keep pyproject.toml in the sdist: build it with `python -m build --sdist`, and check that no exclude rule "
    "(MANIFEST.in, or `exclude` of the backend) takes it out."
)


def judge_build_files(contents: Contents) -> Iterator[Finding]:
    """An sdist has pyproject.toml or setup.py at its top. PyPI does not ask, and no installer can build it without."""
    if contents.name.kind is not Kind.SDIST:
        return
    wanted = {f"{contents.folder}/{name}" for name in ("pyproject.toml", "setup.py")}
    if not any(member.path in wanted and member.kind is not MemberKind.FOLDER for member in contents.members):
        yield _wrong(
            contents,
            "The sdist has neither pyproject.toml (PEP 517) nor setup.py in its top-level folder, so no installer can "
            "build it.",
        )


def judge_build_system(contents: Contents) -> Iterator[Finding]:
    """An sdist's pyproject.toml has a build-system that says what it requires (PEP 518); pip refuses others."""
    data = contents.texts.get("pyproject.toml") if contents.name.kind is Kind.SDIST else None
    if data is None:
        return
    try:
        document = parse_toml(data.decode("utf-8"))
    except ValueError:
        # What is not TOML is refused where the metadata are read: it could say "private".
        return
    system = document.get("build-system")
    if system is None:
        return
    requires = system.get("requires") if isinstance(system, dict) else None
    if not isinstance(requires, list) or not all(isinstance(each, str) for each in requires):
        yield _wrong(
            contents,
            "The sdist's pyproject.toml has a [build-system] table whose `requires` is not a list of strings "
            "(PEP 518); pip refuses it.",
            "pyproject.toml",
        )


def _wrong(contents: Contents, message: str, name: str = "") -> Finding:
    remedy = "Correct pyproject.toml in the source, and build again." if name else _REMEDY
    return not_standard(
        "E_SDIST_LAYOUT",
        file=contents.file,
        message=message,
        remedy=remedy,
        member=f"{contents.folder}/{name}" if name else "",
    )


# Folders and links that one link may lead through. It keeps the time linear, and ends circles.
_MOST_STEPS = 200


_LINKS = frozenset({MemberKind.SYMBOLIC_LINK, MemberKind.HARD_LINK})


class _End(Enum):
    INSIDE = auto()
    OUTSIDE = auto()
    NOWHERE = auto()
    ENDLESS = auto()


def judge_links(contents: Contents) -> Iterator[Finding]:
    """Every link of an sdist stays in its folder, as pip and the filter `data` of Python's `tarfile` want it.

    A hard link to nothing cannot be unpacked. A symbolic one can, and stands for a test's broken link now and then.
    """
    links = [member for member in contents.members if member.kind in _LINKS]
    if contents.name.kind is not Kind.SDIST or not links:
        return
    tree = _Tree.of(contents)
    ends = [(link, tree.follow(link)) for link in links]
    outside = [link.path for link, end in ends if end is _End.OUTSIDE]
    endless = [link.path for link, end in ends if end is _End.ENDLESS]
    torn = [link.path for link, end in ends if end is _End.NOWHERE and link.kind is MemberKind.HARD_LINK]
    broken = [link.path for link, end in ends if end is _End.NOWHERE and link.kind is MemberKind.SYMBOLIC_LINK]
    if outside:
        yield _unsafe(contents, outside, "point outside the folder that the sdist is unpacked into")
    if endless:
        yield _unsafe(contents, endless, f"form a loop, or pass through more than {_MOST_STEPS} folders and links")
    if torn:
        yield _unsafe(contents, torn, "are hard links to nothing in the archive, which cannot be unpacked")
    if broken:
        yield doubtful(
            "W_MEMBER_LINK",
            file=contents.file,
            message=f"Symbolic links point to nothing in the archive: {name_first(broken)}.",
            remedy="Add their targets, or leave the links out.",
            member=broken[0],
        )


def _unsafe(contents: Contents, found: list[str], says: str) -> Finding:
    return uncertain(
        "E_ARCHIVE_UNSAFE",
        file=contents.file,
        message=f"Links in the archive {says}: {name_first(found)}. pip refuses to unpack them.",
        remedy="Replace the link with a copy of the file, or leave it out of the sdist.",
        member=found[0],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """What stands where in an archive."""

    top: str
    places: frozenset[str]
    ordered: Sequence[str]
    """The places, sorted with the lowest sign as separator: what stands below a folder stands together."""
    symbolic: Mapping[str, str]
    """Targets by place."""

    @classmethod
    def of(cls, contents: Contents) -> Self:
        """Lay out the members of an sdist."""
        places = [normalise_member_path(member.path) for member in contents.members]
        return cls(
            top=contents.folder,
            places=frozenset(places),
            ordered=sorted(place.replace("/", "\0") for place in places),
            symbolic={
                place: member.target
                for place, member in zip(places, contents.members, strict=True)
                if member.kind is MemberKind.SYMBOLIC_LINK
            },
        )

    def follow(self, link: Member) -> _End:
        """Return where a link ends, through all links on its way."""
        if not link.target:
            return _End.NOWHERE
        if len(link.target) > LONGEST_PATH:
            return _End.ENDLESS
        place = normalise_member_path(link.path)
        if link.kind is MemberKind.HARD_LINK:
            # A hard link names a member from the archive's root on, and is no link to itself.
            return _End.NOWHERE if normalise_member_path(link.target) == place else self._walk("", link.target)
        return self._walk(place.rpartition("/")[0], link.target)

    def _walk(self, folder: str, target: str) -> _End:
        if target.startswith("/"):
            return _End.OUTSIDE
        waiting = [*reversed(_steps(target)), *reversed(_steps(folder))]
        reached = list[str]()
        for _ in range(_MOST_STEPS):
            if not waiting:
                return self._judge("/".join(reached))
            step = waiting.pop()
            if step == "..":
                # Above the sdist's own folder there is nothing of it.
                if len(reached) < 2:
                    return _End.OUTSIDE
                reached.pop()
                continue
            reached.append(step)
            onward = self.symbolic.get("/".join(reached))
            if onward is not None:
                if onward.startswith("/") or len(onward) > LONGEST_PATH:
                    return _End.OUTSIDE
                reached.pop()
                waiting.extend(reversed(_steps(onward)))
        return _End.ENDLESS

    def _judge(self, place: str) -> _End:
        if place != self.top and not place.startswith(f"{self.top}/"):
            return _End.OUTSIDE
        return _End.INSIDE if place in self.places or self._is_folder(place) else _End.NOWHERE

    def _is_folder(self, place: str) -> bool:
        start = place.replace("/", "\0") + "\0"
        at = bisect_left(self.ordered, start)
        return at < len(self.ordered) and self.ordered[at].startswith(start)


def _steps(path: str) -> list[str]:
    # One more than can be walked, so that a longer way is known as one.
    return [step for step in path.split("/") if step not in {"", "."}][: _MOST_STEPS + 1]
