"""Sort what lies among the distributions: which files are published, what goes with them, what must not be there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from publish_action.errors import DistributionsInvalid
from publish_action.file_names import (
    SIGNATURE_SUFFIX,
    FileName,
    Role,
    is_companion,
    parse_file_name,
    tell_role,
)
from publish_action.model import Finding, Kind, Severity

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
        by_role[tell_role(path.name)].append(path)
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


def refused(file: str, error: DistributionsInvalid) -> Finding:
    """Give the finding that says of one file what an error says."""
    return Finding(severity=Severity.ERROR, code=error.code, file=file, message=error.happened, remedy=error.remedy)


def _parse_names(paths: Iterable[Path]) -> tuple[dict[Path, FileName], list[Finding]]:
    names, findings = dict[Path, FileName](), list[Finding]()
    for path in paths:
        try:
            names[path] = parse_file_name(path.name)
        except DistributionsInvalid as error:
            findings.append(refused(path.name, error))
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
        _finding(path.name, "E_DIST_STRAY", "It looks like a distribution and is neither a wheel nor a .tar.gz sdist.")
        for path in by_role[Role.STRAY]
    ]
    distributions = by_role[Role.DISTRIBUTION]
    for role, code in _COMPANIONS.items():
        findings += [
            _finding(path.name, code, f"The distribution that this {role.name.lower()} goes with is not beside it.")
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
            file, "E_DIST_DUPLICATE", f"It lies in several folders: {', '.join(str(path.parent) for path in paths)}."
        )
        for file, paths in by_file.items()
        if len(paths) > 1
    ]


def _finding(file: str, code: str, message: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        code=code,
        file=file,
        message=message,
        remedy="Remove it, or let `packages-dir` name only what is to be published.",
    )
