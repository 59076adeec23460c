"""Find the files that `packages-dir` means, and sort out which of them are published."""

import glob
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from publish_action.distributions.exclusions import Exclusion, parse_exclusion
from publish_action.distributions.filename import (
    SIGNATURE_SUFFIX,
    FileName,
    Role,
    detect_role,
    is_companion,
    parse_file_name,
)
from publish_action.distributions.nested import advise_line, find_nested
from publish_action.distributions.refusals import find_refusal
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, doubtful, uncertain
from publish_action.untrusted.text import name_first

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
        excluded=tuple(path for path in sorted(lines.excluded) if detect_role(path.name) is Role.DISTRIBUTION),
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
    if all(detect_role(path.name) is Role.OTHER for path in found):
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
    if detect_role(match.name) is not Role.OTHER or not _is_folder(match):
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
    names = [path for path in covered if detect_role(path.name) is Role.DISTRIBUTION]
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
        yield doubtful(
            "W_EXCLUSION_UNUSED",
            file="",
            message=f"The line `{exclusion.line}` of `packages-dir` excludes nothing."
            + (f" Lines below it add {name_first(later)}, which will be published." if later else ""),
            remedy="Move it below the lines that add these files: it excludes only what the lines above it added."
            if later
            else "Correct the line, or remove it.",
        )


def _refuse_fruitless(lines: _Lines) -> None:
    """Refuse lines that gave nothing, except a folder whose subfolders are meant by lines of their own."""
    below = {path for path in find_nested(lines.folders) if _is_meant(path, lines)}
    empty = [line for line in lines.fruitless if not any(_is_in(path, lines.workspace / line) for path in below)]
    if not lines.given and not empty and not lines.excluded:
        raise no_distributions("`packages-dir` names no files: every line begins with `!`.")
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


_COMPANIONS = {Role.SIGNATURE: "E_DIST_STRAY", Role.ATTESTATION: "E_ATTESTATION_STRAY"}
"""The reason code of each kind of companion that lies beside no distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that is named like a distribution to publish, not opened yet."""

    path: Path
    name: FileName
    signature: Path | None
    attestations: tuple[Path, ...] = ()
    """Every `FILE.*.attestation` beside it, sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What lies among the distributions, sorted; each file stands in one place."""

    candidates: tuple[Candidate, ...]
    """In the order of sending: wheels by name, then the sdist, so that half a release never makes users build."""
    findings: tuple[Finding, ...]
    ignored: tuple[str, ...]
    """Base names of what is neither a distribution nor looks like one."""
    other_projects: tuple[str, ...]
    """Base names of the distributions that are left because they are of other projects."""


def select(paths: Sequence[Path], *, project: str | None) -> Selection:
    """Sort files by their names alone; with a `project`, the distributions of others are left."""
    by_role = defaultdict[Role, list[Path]](list)
    for path in sorted(paths):
        by_role[detect_role(path.name)].append(path)
    names, findings = _parse_names(by_role[Role.DISTRIBUTION])
    wanted = canonicalize_name(project) if project is not None else None
    candidates = _pair(
        {path: name for path, name in names.items() if wanted in {None, name.project}},
        signatures=set(by_role[Role.SIGNATURE]),
        attestations=by_role[Role.ATTESTATION],
    )
    return Selection(
        candidates=candidates,
        findings=(*findings, *_judge_strays(by_role), *_judge_doubles(candidates)),
        ignored=tuple(path.name for path in by_role[Role.OTHER]),
        other_projects=tuple(name.file for name in names.values() if wanted not in {None, name.project}),
    )


def list_of_project(paths: Iterable[Path], *, project: str | None) -> tuple[Path, ...]:
    """Return the distributions of the project; with None those of any, and always those whose name tells no project."""
    wanted = canonicalize_name(project) if project is not None else None
    names, _ = _parse_names(listed := tuple(paths))
    return tuple(path for path in listed if path not in names or wanted in {None, names[path].project})


def _parse_names(paths: Iterable[Path]) -> tuple[dict[Path, FileName], list[Finding]]:
    names, findings = dict[Path, FileName](), list[Finding]()
    for path in paths:
        try:
            names[path] = parse_file_name(path.name)
        except DistributionsInvalid as error:
            findings.append(find_refusal(path.name, error))
    return names, findings


def _pair(names: dict[Path, FileName], *, signatures: set[Path], attestations: list[Path]) -> tuple[Candidate, ...]:
    candidates = [
        Candidate(
            path=path,
            name=name,
            signature=_find_signature(path, signatures),
            attestations=tuple(each for each in attestations if _is_beside(each, path)),
        )
        for path, name in names.items()
    ]
    return tuple(sorted(candidates, key=lambda one: (one.name.kind is Kind.SDIST, one.name.file, one.path)))


def _is_beside(companion: Path, distribution: Path) -> bool:
    return companion.parent == distribution.parent and is_companion(companion.name, of=distribution.name)


def _find_signature(path: Path, there: set[Path]) -> Path | None:
    beside = path.with_name(path.name + SIGNATURE_SUFFIX)
    return beside if beside in there else None


def _judge_strays(by_role: dict[Role, list[Path]]) -> list[Finding]:
    findings = [
        _finding(
            path.name, "E_DIST_STRAY", "The file looks like a distribution, but is neither a wheel nor a .tar.gz sdist."
        )
        for path in by_role[Role.STRAY]
    ]
    distributions = by_role[Role.DISTRIBUTION]
    for role, code in _COMPANIONS.items():
        findings += [
            _finding(path.name, code, f"The distribution that this {role.name.lower()} belongs to is not beside it.")
            for path in by_role[role]
            if not any(_is_beside(path, each) for each in distributions)
        ]
    return findings


def _judge_doubles(candidates: Iterable[Candidate]) -> list[Finding]:
    by_file = defaultdict[str, list[Path]](list)
    for candidate in candidates:
        by_file[candidate.name.file].append(candidate.path)
    return [
        _finding(
            file,
            "E_DIST_DUPLICATE",
            f"The file is in several folders: {', '.join(str(path.parent) for path in paths)}.",
        )
        for file, paths in by_file.items()
        if len(paths) > 1
    ]


def _finding(file: str, code: str, message: str) -> Finding:
    remedy = "Remove it, or make `packages-dir` name only the files to publish."
    return uncertain(code, file=file, message=message, remedy=remedy)
