"""Match found files with a line of `packages-dir` that takes files away."""

import glob
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

_ANY_DEPTH = "**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A line that begins with `!`, as patterns of path segments from the root on."""

    line: str
    """As it was written, with its `!`."""
    patterns: tuple[tuple[str, ...], ...]
    name: str = ""
    """Not empty where the line has no slash: it then matches base names and folder names at any depth (gitignore)."""

    def covers(self, path: Path, *, workspace: Path) -> bool:
        """Return whether the line takes this file away: by its own path, or by that of a folder above it."""
        spellings = {Path(os.path.normpath(path)), path.parent.resolve() / path.name}
        if any(_matches(each.parts, pattern) for each in spellings for pattern in self.patterns):
            return True
        below = _parts_below(spellings, workspace)
        return bool(self.name) and any(fnmatchcase(part, self.name) for part in below)


def parse_exclusion(line: str, *, workspace: Path) -> Exclusion:
    """Read a line that begins with `!`; the rest of it is relative to the workspace unless absolute."""
    written = line.removeprefix("!").strip()
    place = workspace / written
    # A file that is there under exactly this name is meant, whatever its name looks like.
    parts = _escape(place) if os.path.lexists(place) else Path(os.path.normpath(place)).parts
    fixed = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    # Found files may be known by the path behind a link, or by the one through it.
    resolved = (*Path(*parts[:fixed]).resolve().parts, *parts[fixed:])
    return Exclusion(
        line=line,
        patterns=tuple(dict.fromkeys((parts, resolved))) if written else (),
        name=written if "/" not in written else "",
    )


def _escape(place: Path) -> tuple[str, ...]:
    return tuple(glob.escape(part) for part in Path(os.path.normpath(place)).parts)


def _parts_below(spellings: set[Path], workspace: Path) -> set[str]:
    """Return the names on the way to the file; those above the workspace are nobody's to match."""
    roots = (workspace, workspace.resolve())
    below = {part for path in spellings for root in roots if path.is_relative_to(root) for part in _below(path, root)}
    return below | {path.name for path in spellings}


def _below(path: Path, root: Path) -> tuple[str, ...]:
    return path.relative_to(root).parts


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Return whether the pattern matches these segments, or the first of them: a folder takes along what is in it.

    A table instead of recursion: many `**` would otherwise take exponential time.
    """
    reached = {0}
    for segment in pattern:
        if segment == _ANY_DEPTH:
            reached = set(range(min(reached), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], segment)}
        if not reached:
            return False
    return True
