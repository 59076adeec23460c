"""Compare the tag of a run with the version of its distributions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.utils import canonicalize_name
from packaging.version import Version

from publish_action.models.distribution import Distribution
from publish_action.models.finding import Finding, doubtful, uncertain

_LONGEST_TAG = 255
# What may stand between a name and its version: a sign, or the step from the first letters to a digit.
_SEPARATOR = re.compile(r"==|[@/_.-]|(?<=[A-Za-z])(?=[0-9])")
# Words before a version that name no project (docs/decisions/0024-tags.md).
_NEUTRAL = frozenset(
    {
        "dist", "final", "lib", "libs", "package", "packages", "pkg", "prod", "production", "project", "projects",
        "publish", "py", "pypi", "python", "python3", "refs", "rel", "release", "releases", "stable", "tag", "tags",
        "v", "ver", "version", "versions",
    }
)  # fmt: skip
_DATE = re.compile(r"[vV]?((?:19|20)[0-9]{2})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
# Behind a word that we do not know a number alone is no version (`sprint-42`), nor is the end of one that PEP 440
# does not know (`v1.0-next.1.2`).
_DOTTED = re.compile(r"[vV]?(?:[0-9]+!)?[0-9]+\.[0-9]")
_WORD = re.compile(r"(?![vV]?[0-9])[^A-Za-z]*[A-Za-z]")


class TagCheck(StrEnum):
    """The words of the input `tag-check`."""

    AUTO = "auto"
    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMatch:
    """The tag holds the version of the distributions (PEP 440 equality)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMismatch:
    """The tag holds another version."""

    found: str
    """That version, normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignVersion:
    """The tag holds another version behind a word that is not this project's: it may be another project's tag."""

    found: str
    """That version, normalised."""
    prefix: str
    """The word, as the tag spells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoVersionInTag:
    """The run is on no tag, or its tag holds no version."""


TagComparison = TagMatch | TagMismatch | ForeignVersion | NoVersionInTag


def compare_tag(*, ref_type: str, ref_name: str, project: str, version: str) -> TagComparison:
    """Compare `GITHUB_REF_NAME` with a version, as `1.2`, `v1.2`, `name-1.2`, `name/v1.2`, `name@1.2`, `name==1.2`.

    Names are compared after PEP 503, versions after PEP 440. A name may be preceded by folders and words such as
    `release`, and stand without the first of its own words (`core-1.2` for acme-core).
    """
    if ref_type != "tag" or len(ref_name) > _LONGEST_TAG:
        return NoVersionInTag()
    ours = _parse_version(version)
    foreign: ForeignVersion | None = None
    for prefix, text in _split(ref_name):
        tagged = _read_version(text, ours)
        if tagged is None:
            continue
        if not prefix or _is_ours(prefix, project):
            return TagMatch() if tagged == ours else TagMismatch(found=str(tagged))
        if foreign is None and _DOTTED.match(text) and _WORD.match(prefix):
            foreign = ForeignVersion(found=str(tagged), prefix=prefix)
    if foreign is None:
        return NoVersionInTag()
    return TagMatch() if _parse_version(foreign.found) == ours else foreign


def judge_tag(mode: TagCheck, *, ref_type: str, ref_name: str, project: str, version: str) -> Finding | None:
    """Return the finding that the input `tag-check` asks for, or None where there is nothing to say.

    `auto` objects only to a tag with another version; `true` wants a tag that holds the version.
    """
    if mode is TagCheck.FALSE:
        return None
    compared = compare_tag(ref_type=ref_type, ref_name=ref_name, project=project, version=version)
    says = f"The tag {ref_name!a} names version"
    match compared:
        case TagMismatch(found=found):
            return _finding(f"{says} {found}, the distributions say {version}.")
        case ForeignVersion(found=found) if mode is TagCheck.TRUE:
            return _finding(f"{says} {found}, the distributions of {project} say {version}.")
        case ForeignVersion(found=found, prefix=prefix):
            return _warning(f"{says} {found} of {prefix!a}, the distributions are those of {project} {version}.")
        case NoVersionInTag() if mode is TagCheck.TRUE:
            return _finding(
                f"`tag-check: true` wants a tag with version {version}; this run is on the "
                f"{ref_type or 'ref'} {ref_name!a}."
            )
        case _:
            return None


def judge_release_tag(
    mode: str, *, ref_type: str, ref_name: str, distributions: Sequence[Distribution]
) -> tuple[Finding, ...]:
    """Return the finding of the input `tag-check` for a release, where it has one."""
    if not distributions:
        return ()
    first = distributions[0]
    finding = judge_tag(
        TagCheck(mode), ref_type=ref_type, ref_name=ref_name, project=first.project, version=first.version
    )
    return (finding,) if finding else ()


def _split(tag: str) -> Iterator[tuple[str, str]]:
    """Yield every way to read the tag as words and a version, the longest version first."""
    yield "", tag
    for separator in _SEPARATOR.finditer(tag):
        if separator.start() > 0:
            yield tag[: separator.start()], tag[separator.end() :]


def _read_version(text: str, ours: Version | None) -> Version | None:
    if date := _DATE.fullmatch(text):
        # PEP 440 would read `2026-11` as a post-release of 2026. Nobody means that: it is a date, or our version.
        tagged = _parse_version(".".join(part for part in date.groups() if part))
        return tagged if tagged == ours else None
    return _parse_version(text)


def _is_ours(prefix: str, project: str) -> bool:
    """Return whether what stands before a version is this project's name, its end, or words that name no project."""
    words, name = _words(prefix), _words(project)
    if words == name:
        return True
    rest = _strip_neutral(words)
    # The folders before a name: `packages/acme-utils/v1.2`.
    last = _strip_neutral(_words(prefix.rstrip("/").rpartition("/")[2]))
    return not rest or _ends(name, rest) or (bool(last) and _ends(name, last))


def _ends(name: Sequence[str], words: Sequence[str]) -> bool:
    return list(name[-len(words) :]) == list(words)


def _strip_neutral(words: Sequence[str]) -> Sequence[str]:
    kept = list(words)
    while kept and kept[0] in _NEUTRAL:
        kept = kept[1:]
    while kept and kept[-1] in _NEUTRAL:
        kept.pop()
    return kept


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[-/@=]+", canonicalize_name(text)) if word]


def _parse_version(text: str) -> Version | None:
    try:
        # ValueError is also what int() says to thousands of digits.
        return Version(text)
    except ValueError:
        return None


def _finding(message: str) -> Finding:
    return uncertain(
        "E_TAG_MISMATCH",
        file="",
        message=message,
        remedy="Tag the commit whose version it is, or build again with the tag's version; "
        "`tag-check: false` switches this comparison off.",
    )


def _warning(message: str) -> Finding:
    return doubtful(
        "W_TAG_FOREIGN",
        file="",
        message=message,
        remedy="If it is another project's tag, let the workflow publish that project alone on it; if it is this "
        "project's, set `tag-check: true`, which refuses another version behind any word.",
    )
