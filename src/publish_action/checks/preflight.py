"""Read, hash and judge every distribution before anything else is asked or sent."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from publish_action.checks.attestations import judge_attestations
from publish_action.checks.description import DescriptionRule
from publish_action.checks.registry import check_contents, judge_release
from publish_action.distributions.contents import Contents
from publish_action.distributions.discovery import (
    Candidate,
    Found,
    Selection,
    find_files,
    list_of_project,
    no_distributions,
    select,
)
from publish_action.distributions.nested import judge_nested
from publish_action.distributions.open_file import Digests, hash_by_blake2b, hash_file, open_regular
from publish_action.distributions.reader import OpenDistribution, make_distribution, read_hashed_contents
from publish_action.distributions.refusals import find_refusal
from publish_action.distributions.sidecars import read_attestation, read_signature
from publish_action.errors import DistributionsInvalid
from publish_action.models.finding import Finding

# More threads than a runner's smallest machine has cores gain nothing.
_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRelease:
    """Every distribution that could be read, held open, and what is wrong with all of them."""

    files: tuple[OpenDistribution, ...]
    """In the order of sending: wheels by name, the sdist last."""
    findings: tuple[Finding, ...]
    ignored: tuple[str, ...] = ()
    """Files among them that are no distributions."""
    other_projects: tuple[str, ...] = ()
    """Distributions of other projects, which the input `project` left."""
    excluded: tuple[str, ...] = ()
    """Distributions that a line of `packages-dir` with `!` took away."""

    def close(self) -> None:
        """Close every descriptor. To be called once, when nothing is left to upload."""
        for file in self.files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_distributions(
    *, workspace: Path, packages_dir: str, project: str | None, with_blake2b: bool = True
) -> OpenRelease:
    """Open, hash and read every distribution that the inputs `packages-dir` and `project` mean.

    Without BLAKE2b nothing can be sent: it is for those who only judge.

    Whatever is wrong with a file is a finding, for all files at once. Raises `DistributionsInvalid`
    (E_DIST_EMPTY) only where there is nothing to read. What is judged is what was hashed, block by block, and what is
    sent has that hash: bytes that change in between are refused.
    """
    found = find_files(workspace=workspace, packages_dir=packages_dir)
    selection = select(found.files, project=project)
    nested = judge_nested(list_of_project(found.nested, project=project), workspace)
    if not selection.candidates and not selection.findings:
        raise _nothing(selection, found, nested, workspace=workspace, packages_dir=packages_dir, project=project)
    held, findings = _hold(selection.candidates)
    files, contents, judge_description = list[OpenDistribution](), list[Contents](), DescriptionRule()
    for look in _look_at_all(held, with_blake2b=with_blake2b):
        file, problems = _conclude(look)
        findings += problems
        if file is None or isinstance(look.contents, DistributionsInvalid):
            os.close(look.descriptor)
        else:
            findings += judge_description(look.contents)
            files.append(file)
            # The members of sixty large wheels would fill the memory; those of one were judged above.
            contents.append(replace(look.contents, members=(), texts=MappingProxyType({}), hits=()))
    return OpenRelease(
        files=tuple(files),
        findings=(
            *found.findings,
            *nested,
            *selection.findings,
            *findings,
            *judge_release(contents, [file.distribution for file in files]),
        ),
        ignored=selection.ignored,
        other_projects=selection.other_projects,
        excluded=tuple(path.name for path in found.excluded),
    )


def _hold(candidates: Iterable[Candidate]) -> tuple[list[tuple[Candidate, int]], list[Finding]]:
    held, findings = list[tuple[Candidate, int]](), list[Finding]()
    for candidate in candidates:
        try:
            descriptor = open_regular(candidate.path)
        except DistributionsInvalid as error:
            findings.append(find_refusal(candidate.name.file, error))
        else:
            held.append((candidate, descriptor))
    return held, findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What came of looking at one file."""

    candidate: Candidate
    descriptor: int
    digests: Digests
    contents: Contents | DistributionsInvalid


def _look_at_all(held: Sequence[tuple[Candidate, int]], *, with_blake2b: bool) -> Iterator[_Look]:
    """Hash and read all files, in two threads, and give what came of it in the order of the files.

    Hashing, unpacking and checksums let the interpreter go, so two threads use two cores.
    """
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="read") as threads:
        yield from threads.map(lambda pair: _look(*pair, with_blake2b=with_blake2b), held)


def _look(candidate: Candidate, descriptor: int, *, with_blake2b: bool) -> _Look:
    # The hash that pins the bytes comes first: those that change before they are judged or sent are refused. The other
    # hash decides nothing, and one large file has a core to spare for it.
    digests = hash_file(descriptor)
    if not with_blake2b:
        contents = _read(candidate, descriptor, digests)
    else:
        with ThreadPoolExecutor(1, thread_name_prefix="hash") as beside:
            blake2b = beside.submit(hash_by_blake2b, descriptor)
            contents = _read(candidate, descriptor, digests)
        digests = replace(digests, blake2b_256=blake2b.result())
    return _Look(candidate=candidate, descriptor=descriptor, digests=digests, contents=contents)


def _read(candidate: Candidate, descriptor: int, digests: Digests) -> Contents | DistributionsInvalid:
    try:
        return read_hashed_contents(descriptor, candidate.name, digests)
    except DistributionsInvalid as error:
        return error


def _conclude(look: _Look) -> tuple[OpenDistribution | None, tuple[Finding, ...]]:
    name, contents = look.candidate.name, look.contents
    signature, attestations, findings = _read_companions(look.candidate, look.digests)
    if isinstance(contents, DistributionsInvalid):
        return None, (find_refusal(name.file, contents), *findings)
    file = OpenDistribution(
        distribution=make_distribution(name=name, metadata=contents.metadata, digests=look.digests),
        descriptor=look.descriptor,
        metadata=contents.metadata,
        python_tag=name.python_tag,
        attestations=attestations,
        signature=signature,
    )
    return file, (*check_contents(contents), *findings)


def _read_companions(candidate: Candidate, digests: Digests) -> tuple[bytes | None, tuple[str, ...], list[Finding]]:
    signature, texts, findings = None, dict[str, str](), list[Finding]()
    if candidate.signature is not None:
        try:
            signature = read_signature(candidate.signature)
        except DistributionsInvalid as error:
            findings.append(find_refusal(candidate.signature.name, error))
    for path in candidate.attestations:
        try:
            texts[path.name] = read_attestation(path)
        except DistributionsInvalid as error:
            findings.append(find_refusal(path.name, error))
    problems = judge_attestations(texts, file=candidate.name.file, sha256=digests.sha256)
    findings += [find_refusal(name, error) for name, error in problems]
    return signature, tuple(texts.values()), findings


def _nothing(
    selection: Selection,
    found: Found,
    nested: tuple[Finding, ...],
    *,
    workspace: Path,
    packages_dir: str,
    project: str | None,
) -> DistributionsInvalid:
    """Return the error for lines that give distributions, none of which is left to publish."""
    lines = (line.strip() for line in packages_dir.splitlines())
    places = ", ".join(str((workspace / line).absolute()) for line in lines if line and not line.startswith("!"))
    remedy = nested[0].remedy if nested else ""
    if selection.other_projects:
        there = ", ".join(selection.other_projects)
        return no_distributions(f"There are no distributions of {project} in {places}; there are {there}.", remedy)
    if found.excluded:
        names = ", ".join(path.name for path in found.excluded)
        return no_distributions(
            f"There are no distributions left in {places}: lines with `!` in `packages-dir` took away {names}.",
            remedy or "Narrow these lines, or build what is to be published.",
        )
    others = f" Other files are there: {', '.join(selection.ignored[:10])}." if selection.ignored else ""
    return no_distributions(f"There are no distributions in {places}.{others}", remedy)
