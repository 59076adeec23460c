"""Rules across the files of a release: what must be the same in all, and what may be there once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import CoreMetadata
from publish_action.models.distribution import Distribution, Kind
from publish_action.models.finding import Finding, doubtful, refused_by_pypi, uncertain
from publish_action.untrusted.text import name_first

_EMPTY_FOLDER = "Remove one of them; build into an empty folder."
_ONE_BUILD = "Build all files again from one commit, in an empty folder."
_ADVICE = (
    "Otherwise build all files again from one commit, in an empty folder; requirements for some platforms only need "
    "a marker (PEP 508) in all files."
)


def judge_equal_files(files: Sequence[Distribution]) -> Iterator[Finding]:
    """Two names for the same bytes: an index refuses the second after it has taken the first."""
    by_hash = defaultdict[str, set[str]](set)
    for file in files:
        by_hash[file.sha256].add(file.file)
    for names in by_hash.values():
        if len(names) > 1:
            yield _duplicate(max(names), f"The file has the same bytes as {min(names)}.")


def judge_sdists(files: Sequence[Distribution]) -> Iterator[Finding]:
    """PyPI takes one sdist of a release, and refuses the second after it has taken the first."""
    by_release = defaultdict[tuple[str, Version], set[str]](set)
    for file in files:
        if file.kind is Kind.SDIST:
            by_release[file.project, Version(file.version)].add(file.file)
    for names in by_release.values():
        if len(names) > 1:
            yield _duplicate(max(names), f"The file is a second sdist of the same release as {min(names)}.")


def judge_same_metadata(files: Sequence[Contents]) -> Iterator[Finding]:
    """PyPI compares no metadata between files; it serves the first file's Requires-Python for all of a release.

    So a difference in that field misleads every installer, and is an error; all others are advice, since platform
    wheels may differ for a reason: a repair step adds the licences of the libraries that it bundles. The files are in
    the order of sending. What an sdist calls `Dynamic` (PEP 643) its wheels may state differently.
    """
    releases = defaultdict[tuple[str, Version], list[Contents]](list)
    for file in files:
        releases[file.metadata.project, file.name.version].append(file)
    for release in releases.values():
        for field, read in _SAME:
            if found := _find_difference(release, field, read):
                yield refused_by_pypi(
                    "E_METADATA_DIFFERS",
                    file=found[0],
                    message=f"{found[1]} PyPI takes both, and serves the value of the first file for all of them, "
                    "which is what installers use.",
                    remedy=f"{_ONE_BUILD} Where the build computes {field}, make it the same for all files.",
                )
        for field, read in _ALIKE:
            if found := _find_difference(release, field, read):
                yield doubtful(
                    "W_METADATA_DIFFERS",
                    file=found[0],
                    message=f"{found[1]} PyPI takes both, and shows what the first file has for all of them.",
                    remedy="Nothing, if it is intended, such as licences that a wheel adds for its bundled libraries. "
                    f"{_ADVICE}",
                )


def judge_build_numbers(files: Sequence[Contents]) -> Iterator[Finding]:
    """Of two wheels that differ in their build number alone, installers only ever take the one with the higher."""
    builds = defaultdict[str, dict[str, None]](dict)
    for file in files:
        parts = file.file.split("-")
        if file.name.kind is Kind.WHEEL:
            builds["-".join((*parts[:2], *parts[-3:]))][file.file] = None
    for names in map(list, builds.values()):
        if len(names) > 1:
            yield doubtful(
                "W_BUILD_NUMBERS",
                file=names[-1],
                message=f"Wheels differ only in their build number: {name_first(names)}. Installers only ever take "
                "the one with the highest number.",
                remedy="Publish only the last build; build into an empty folder.",
            )


def _duplicate(file: str, message: str) -> Finding:
    return uncertain("E_DIST_DUPLICATE", file=file, message=message, remedy=_EMPTY_FOLDER)


_Values = Callable[[CoreMetadata], frozenset[str]]


def _find_difference(release: Sequence[Contents], field: str, read: _Values) -> tuple[str, str] | None:
    """Return the first file that says something else than the first of all, and a sentence with what differs."""
    bound = [file for file in release if field.lower() not in _dynamic(file)]
    if not bound:
        return None
    first, said = bound[0], read(bound[0].metadata)
    others = [(file.file, values) for file in bound if (values := read(file.metadata)) != said]
    if not others:
        return None
    file, values = others[0]
    count = len(others) - 1
    more = f" {count} more {'files differ' if count > 1 else 'file differs'} from the first." if count else ""
    return file, f"{field} differs: {_show(values - said)} here, {_show(said - values)} in {first.file}.{more}"


def _dynamic(file: Contents) -> set[str]:
    # In a wheel the word says nothing: there every field is what it is.
    is_sdist = file.name.kind is Kind.SDIST
    return {name.lower() for name in file.metadata.dynamic} if is_sdist else set()


def _show(values: frozenset[str]) -> str:
    return name_first(sorted(values)) if values else "nothing"


def _line(key: str) -> _Values:
    def read(metadata: CoreMetadata) -> frozenset[str]:
        value = metadata.raw.get(key)
        return frozenset({" ".join(value.split())} if isinstance(value, str) else ())

    return read


def _requires_python(metadata: CoreMetadata) -> frozenset[str]:
    try:
        return frozenset(map(str, SpecifierSet(metadata.requires_python)))
    except InvalidSpecifier:
        return frozenset({metadata.requires_python})


def _requirement(text: str) -> str:
    try:
        return str(Requirement(text))
    except InvalidRequirement:
        return text


# What installers read of a release as PyPI serves it, and no longer in the file itself.
_SAME: tuple[tuple[str, _Values], ...] = (("Requires-Python", _requires_python),)
# What may differ for a reason, and mostly does for none. `1.0` and `1.0.0` are one version (PEP 440).
_ALIKE: tuple[tuple[str, _Values], ...] = (
    ("Name", lambda metadata: frozenset({metadata.name})),
    ("Version", lambda metadata: frozenset({str(Version(metadata.version))})),
    ("Summary", _line("summary")),
    ("Classifier", lambda metadata: frozenset(metadata.classifiers)),
    ("License-Expression", _line("license_expression")),
    # Free text, to which wheels add the licences of the libraries that they bundle for their platform (numpy, scipy).
    ("License", _line("license")),
    ("Requires-Dist", lambda metadata: frozenset(map(_requirement, metadata.raw.get("requires_dist", [])))),
    ("Provides-Extra", lambda metadata: frozenset(metadata.raw.get("provides_extra", []))),
)
