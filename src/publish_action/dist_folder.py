"""Find the files that the input `packages-dir` means."""

import glob
import os
from pathlib import Path

from publish_action.errors import DistributionsInvalid


def find_files(*, workspace: Path, packages_dir: str) -> tuple[Path, ...]:
    """Give the path of everything in the folders, and of everything that the globs match, each once.

    A line is a folder, a file or a glob, relative to the workspace unless absolute. Folders are listed one level
    deep, with their subfolders' names; globs give no folders, except those that are named like files. Links to
    folders on the way are followed, as the shell does; links at the end are given as they are.
    Raises `DistributionsInvalid` (E_DIST_EMPTY) for a folder that is not there.
    """
    lines = [line.strip() for line in packages_dir.splitlines()]
    found = [path for line in lines if line for path in _expand(line, workspace)]
    # Two globs may match one file; it is one file then, and not a duplicate.
    return tuple({_settle(path): path for path in found}.values())


def no_distributions(message: str) -> DistributionsInvalid:
    """Give the error for finding nothing to publish, with the way out that most often helps."""
    return DistributionsInvalid(
        message,
        remedy="Does the build job upload its `dist` folder (actions/upload-artifact), and does this job download it "
        "(actions/download-artifact) to the place that `packages-dir` names?",
        code="E_DIST_EMPTY",
    )


def _expand(line: str, workspace: Path) -> list[Path]:
    place = workspace / line
    try:
        if place.is_dir():
            return sorted(place.iterdir())
    except OSError as error:
        raise no_distributions(f"The folder {place.absolute()} cannot be listed ({error.strerror}).") from error
    if os.path.lexists(place):
        return [place]
    if glob.has_magic(line):
        return [workspace / match for match in sorted(glob.glob(line, root_dir=workspace, recursive=True))]
    raise _missing(line, place)


def _missing(line: str, place: Path) -> DistributionsInvalid:
    if not Path(line).is_absolute():
        return no_distributions(f"There is no {place.absolute()}.")
    # The runner translates a value that begins with the checkout's path, and no other line of it.
    return DistributionsInvalid(
        f"There is no {place}.",
        remedy="Compare the path with where the files are. In the action write it from the top of the checkout, "
        "without ${{ github.workspace }}: its container has the checkout at another place than the machine.",
        code="E_DIST_EMPTY",
    )


def _settle(path: Path) -> Path:
    return path.parent.resolve() / path.name
