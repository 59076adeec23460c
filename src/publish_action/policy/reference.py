"""Where a policy is, as the input `policy` says it."""

import re
from dataclasses import dataclass

from publish_action.config.input_table import INPUTS
from publish_action.models.policy import PolicyInvalid

OWN_PATH = next(spec.default for spec in INPUTS if spec.name == "policy")
"""Where a repository's own policy is."""

_PINNED = re.compile(
    r"(?P<repository>(?!\.{1,2}/)[A-Za-z0-9._-]+/(?!\.{1,2}/)[A-Za-z0-9._-]+)/(?P<path>[^@]+)@(?P<sha>[0-9a-f]{40})"
)
# GitHub's names of owners begin with a letter or digit and hold no dot.
_UNPINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+/.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class InRepository:
    """A file on the default branch of this run's repository."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A file of any repository, at one commit."""

    repository: str
    path: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A file on this machine."""

    path: str


def parse_remote_reference(text: str) -> InRepository | Pinned | PolicyInvalid:
    """Read the input `policy` of a run that has a repository; such a run never reads a policy from its disk."""
    pinned = _parse_pinned(text)
    path = pinned.path if pinned else text
    if not pinned and "@" in text:
        return _invalid(text, "A policy of another repository is written owner/repo/path@SHA, with all 40 digits.")
    if not _is_plain_path(path):
        return _invalid(text, "The path of a policy starts at the top of the repository, without `/`, `.` or `..`.")
    return pinned or InRepository(path=path)


def parse_local_reference(text: str) -> Pinned | Local:
    """Read the option `--policy` of a command outside GitHub Actions."""
    pinned = _parse_pinned(text)
    return pinned if pinned and _is_plain_path(pinned.path) else Local(path=text)


def doubt_absence(path: str) -> PolicyInvalid | None:
    """Object to a file that is not there where its path reads like another repository's; None = it may be absent.

    A forgotten commit must not switch an organisation's policy off.
    """
    if not _UNPINNED.fullmatch(path):
        return None
    problem = (
        f"This repository has no file of that name. A policy of another repository needs a commit, with all 40 digits: "
        f"write {path}@SHA. One of this repository must be there, unless it is at {OWN_PATH}."
    )
    return _invalid(path, problem)


def _parse_pinned(text: str) -> Pinned | None:
    found = _PINNED.fullmatch(text)
    return Pinned(repository=found["repository"], path=found["path"], sha=found["sha"]) if found else None


def _is_plain_path(path: str) -> bool:
    """HTTP libraries shorten dot segments, and would then ask for another file."""
    return path.isprintable() and not {"", ".", ".."} & set(path.split("/"))


def _invalid(source: str, problem: str) -> PolicyInvalid:
    return PolicyInvalid(source=source, problems=(problem,))
