"""Compare the tag of a run with the version of its distributions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.utils import canonicalize_name
from packaging.version import Version

from publish_action.model import Distribution, Finding, Severity

_LONGEST_TAG = 255
# Between a project's name and its version in the tags of monorepos.
_SEPARATOR = re.compile(r"==|[@/_-]")
_NEUTRAL_PREFIXES = frozenset({"rel", "release", "version"})


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
class NoVersionInTag:
    """The run is on no tag, or its tag speaks of no version of this project."""


TagComparison = TagMatch | TagMismatch | NoVersionInTag


def compare_tag(*, ref_type: str, ref_name: str, project: str, version: str) -> TagComparison:
    """Compare `GITHUB_REF_NAME` with a version, as `1.2`, `v1.2`, `name-1.2`, `name/v1.2`, `name@1.2`, `name==1.2`.

    Names are compared after PEP 503, versions after PEP 440. A tag that names another project holds no version.
    """
    tagged = _version_in_tag(ref_name, project) if ref_type == "tag" else None
    if tagged is None:
        return NoVersionInTag()
    return TagMatch() if tagged == _parse_version(version) else TagMismatch(found=str(tagged))


def judge_tag(mode: TagCheck, *, ref_type: str, ref_name: str, project: str, version: str) -> Finding | None:
    """Give the finding that the input `tag-check` asks for, or None where there is nothing to say.

    `auto` objects only to a tag with another version; `true` wants a tag that holds the version.
    """
    if mode is TagCheck.FALSE:
        return None
    compared = compare_tag(ref_type=ref_type, ref_name=ref_name, project=project, version=version)
    match compared:
        case TagMismatch(found=found):
            return _finding(f"The tag {ref_name!r} says version {found}, the distributions say {version}.")
        case NoVersionInTag() if mode is TagCheck.TRUE:
            return _finding(
                f"`tag-check: true` wants a tag with version {version}; this run is on the "
                f"{ref_type or 'ref'} {ref_name!r}."
            )
        case _:
            return None


def judge_release_tag(
    mode: str, *, ref_type: str, ref_name: str, distributions: Sequence[Distribution]
) -> tuple[Finding, ...]:
    """Give the finding of the input `tag-check` for a release, where it has one."""
    if not distributions:
        return ()
    first = distributions[0]
    finding = judge_tag(
        TagCheck(mode), ref_type=ref_type, ref_name=ref_name, project=first.project, version=first.version
    )
    return (finding,) if finding else ()


def _version_in_tag(tag: str, project: str) -> Version | None:
    if len(tag) > _LONGEST_TAG:
        return None
    whole = _parse_version(tag)
    if whole is not None:
        return whole
    prefixes = _NEUTRAL_PREFIXES | {canonicalize_name(project)}
    for separator in _SEPARATOR.finditer(tag):
        version = _parse_version(tag[separator.end() :])
        if version is not None and canonicalize_name(tag[: separator.start()]) in prefixes:
            return version
    return None


def _parse_version(text: str) -> Version | None:
    try:
        # ValueError is also what int() says to thousands of digits.
        return Version(text)
    except ValueError:
        return None


def _finding(message: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        code="E_TAG_MISMATCH",
        file="",
        message=message,
        remedy="Tag the commit whose version it is, or build again with the tag's version; "
        "`tag-check: false` switches this comparison off.",
    )
