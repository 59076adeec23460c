"""Find the files that the input `packages-dir` means."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from publish_action.errors import DistributionsInvalid
from publish_action.exclusions import Exclusion, parse_exclusion
from publish_action.file_names import Role, is_companion, tell_role
from publish_action.first_few import name_first
from publish_action.model import Finding, Severity
from publish_action.nested_distributions import advise_line, find_nested

# From the top of the checkout: deeper wheels are more often test data than a build's output.
_SEARCH_DEPTH = 2
_MOST_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the lines of `packages-dir` mean together."""

    files: tuple[Path, ...]
    """Each file once, folders among them where a line gave them."""
    excluded: tuple[Path, ...]
    """Distributions that a line with `!` took away."""
    findings: tuple[Finding, ...]
    """Warnings of exclusions without effect (W_EXCLUSION_UNUSED)."""
    nested: tuple[Path, ...]
    """Distributions in subfolders that no line means."""


@dataclass(slots=True)
class _Lines:
    """What the lines gave so far, by the path that is the same for every spelling of a file."""

    workspace: Path
    given: dict[Path, set[Path]] = field(default_factory=dict)
    excluded: dict[Path, set[Path]] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    exclusions: list[tuple[Exclusion, bool]] = field(default_factory=list)
    """Each exclusion, and whether it took anything away."""
    fruitless: list[str] = field(default_factory=list)
    """Lines that gave no distribution and nothing that belongs to one."""


def find_files(*, workspace: Path, packages_dir: str) -> Found:
    """Return what the lines give and keep: files, folders and globs, relative to the workspace unless absolute.

    Lines are read in their order; one that begins with `!` takes away what the lines before it gave. A folder is
    listed one level deep, with its subfolders' names. So is a folder that a glob matches, unless the glob ends with
    `*` or `**`, which every file matches: then files are meant. Links to folders on the way are followed, as the
    shell does; links at the end are given as they are.
    Raises `DistributionsInvalid` (E_DIST_EMPTY) that names every line which gives no distribution.
    """
    lines = _Lines(workspace)
    for line in filter(None, map(str.strip, packages_dir.splitlines())):
        if line.startswith("!"):
            _exclude(parse_exclusion(line, workspace=workspace), lines)
        else:
            _add(line, lines)
    nested = tuple(path for path in find_nested(lines.folders) if not _is_meant(path, lines))
    _refuse_fruitless(lines)
    return Found(
        files=tuple(lines.given),
        excluded=tuple(path for path in sorted(lines.excluded) if tell_role(path.name) is Role.DISTRIBUTION),
        findings=tuple(_judge_exclusions(lines)),
        nested=nested,
    )


def no_distributions(message: str, remedy: str = "") -> DistributionsInvalid:
    """Return the error for finding nothing to publish, by default with the remedy that most often helps."""
    return DistributionsInvalid(
        message,
        remedy=remedy
        or "Does the build job upload its `dist` folder (actions/upload-artifact), and does this job download it "
        "(actions/download-artifact) to the place that `packages-dir` names?",
        code="E_DIST_EMPTY",
    )


def _add(line: str, lines: _Lines) -> None:
    found = _expand(line, lines)
    if all(tell_role(path.name) is Role.OTHER for path in found):
        lines.fruitless.append(line)
    for path in found:
        # Two lines may mean one file; it is one file then, and not a duplicate.
        lines.given.setdefault(_settle(path), set()).add(path)
        lines.excluded.pop(_settle(path), None)


def _expand(line: str, lines: _Lines) -> list[Path]:
    place = lines.workspace / line
    if _is_folder(place):
        return _list_folder(place, lines)
    if os.path.lexists(place):
        return [place]
    if not glob.has_magic(line):
        return []
    matches = [lines.workspace / match for match in sorted(glob.glob(line, root_dir=lines.workspace, recursive=True))]
    # `dist/*` means files, though it matches folders; what lies in those is meant by no line.
    means_files = line.rsplit("/", 1)[-1] in {"*", "**"}
    return [path for match in matches for path in _expand_match(match, lines, means_files=means_files)]


def _expand_match(match: Path, lines: _Lines, *, means_files: bool) -> list[Path]:
    # A folder that is named like a distribution is told as one that is no regular file.
    if tell_role(match.name) is not Role.OTHER or not _is_folder(match):
        return [match]
    if not means_files:
        return _list_folder(match, lines)
    lines.folders.append(match)
    return [match]


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError as error:
        raise _cannot_list(place, error) from error


def _list_folder(place: Path, lines: _Lines) -> list[Path]:
    lines.folders.append(place)
    try:
        return sorted(place.iterdir())
    except OSError as error:
        raise _cannot_list(place, error) from error


def _cannot_list(place: Path, error: OSError) -> DistributionsInvalid:
    return no_distributions(f"The folder {place.absolute()} cannot be listed ({error.strerror}).")


def _exclude(exclusion: Exclusion, lines: _Lines) -> None:
    covered = {path for path, spellings in lines.given.items() if _covers(exclusion, spellings, lines)}
    # A signature or attestation goes where its distribution goes.
    names = [path for path in covered if tell_role(path.name) is Role.DISTRIBUTION]
    covered |= {path for path in lines.given if any(_is_companion(path, each) for each in names)}
    for path in covered:
        lines.excluded[path] = lines.given.pop(path)
    lines.exclusions.append((exclusion, bool(covered)))


def _is_companion(path: Path, distribution: Path) -> bool:
    return path.parent == distribution.parent and is_companion(path.name, of=distribution.name)


def _covers(exclusion: Exclusion, spellings: Iterable[Path], lines: _Lines) -> bool:
    return any(exclusion.covers(path, workspace=lines.workspace) for path in spellings)


def _is_meant(path: Path, lines: _Lines) -> bool:
    """Return whether any line speaks of this file, be it to take it away."""
    settled = _settle(path)
    is_excluded = any(_covers(exclusion, (path,), lines) for exclusion, _ in lines.exclusions)
    return is_excluded or settled in lines.given or settled in lines.excluded


def _judge_exclusions(lines: _Lines) -> Iterator[Finding]:
    nested = find_nested(lines.folders)
    for exclusion, took in lines.exclusions:
        if took or any(_covers(exclusion, (path,), lines) for path in nested if _settle(path) not in lines.given):
            continue
        later = [path.name for path, spellings in lines.given.items() if _covers(exclusion, spellings, lines)]
        yield Finding(
            severity=Severity.WARNING,
            code="W_EXCLUSION_UNUSED",
            file="",
            message=f"The line `{exclusion.line}` of `packages-dir` takes nothing away."
            + (f" Lines below it gave {name_first(later)}, which will be published." if later else ""),
            remedy="Move it below the lines that give these files: it takes away only what the lines above it gave."
            if later
            else "Correct the line, or remove it.",
        )


def _refuse_fruitless(lines: _Lines) -> None:
    """Refuse lines that gave nothing, except a folder whose subfolders are meant by lines of their own."""
    below = {path for path in find_nested(lines.folders) if _is_meant(path, lines)}
    empty = [line for line in lines.fruitless if not any(_is_in(path, lines.workspace / line) for path in below)]
    if not lines.given and not empty and not lines.excluded:
        raise no_distributions("`packages-dir` gives no files: it has no line without `!`.")
    if empty:
        hints = [advice for line in empty if (advice := _advise(line, lines))]
        raise no_distributions("\n".join(_describe_fruitless(line, lines) for line in empty), " ".join(hints))


def _is_in(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)


def _describe_fruitless(line: str, lines: _Lines) -> str:
    place = lines.workspace / line
    if not os.path.lexists(place) and not glob.has_magic(line):
        return f"There is no {place.absolute() if not Path(line).is_absolute() else place}."
    others = [path.name for path in _expand(line, lines)]
    there = f" Other files are there: {', '.join(others[:_MOST_LISTED])}." if others else ""
    return f"There are no distributions in {place.absolute()}.{there}"


def _advise(line: str, lines: _Lines) -> str:
    place = lines.workspace / line
    if not os.path.lexists(place) and not glob.has_magic(line):
        if Path(line).is_absolute():
            # The runner translates a value that begins with the checkout's path, and no other line of it.
            return (
                "Compare the path with where the files are. In the action write it from the top of the checkout, "
                "without ${{ github.workspace }}: its container has the checkout at another place than the machine."
            )
        elsewhere = find_nested((lines.workspace,), depth=_SEARCH_DEPTH)
        return f"Distributions are elsewhere: {advise_line(elsewhere, lines.workspace)}" if elsewhere else ""
    top = place if _is_folder(place) else lines.workspace / _fixed_part(line)
    nested = tuple(path for path in find_nested((top,), depth=_SEARCH_DEPTH) if not _is_meant(path, lines))
    return f"Distributions are in other folders: {advise_line(nested, lines.workspace)}" if nested else ""


def _fixed_part(line: str) -> Path:
    parts = Path(line).parts
    return Path(*parts[: next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))])


def _settle(path: Path) -> Path:
    return path.parent.resolve() / path.name
