"""Find distributions in subfolders that no line of `packages-dir` means, and the line that would mean them."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from publish_action.distributions.filename import Role, detect_role
from publish_action.models.finding import Finding, uncertain
from publish_action.untrusted.text import name_first

_MOST = 1000
_DEPTH = 32


def find_nested(folders: Iterable[Path], *, depth: int = _DEPTH) -> tuple[Path, ...]:
    """Return the distributions in these folders and down to `depth` below them, at most 1000, sorted by path.

    Hidden folders (`.git`, `.venv`) are passed over, as globs pass over them, and links to folders are not followed.
    """
    found = (path for folder in dict.fromkeys(folders) for path in _walk(folder, depth))
    return tuple(sorted(set(islice(found, _MOST))))


def propose_line(files: Iterable[Path], workspace: Path) -> str:
    """Return the line of `packages-dir` that means all these files: their folder, or a glob over their folders."""
    parents = {Path(os.path.normpath(path.parent.absolute())) for path in files}
    top = Path(os.path.commonpath(parents))
    depths = {len(path.parts) - len(top.parts) for path in parents}
    shown = _relative(top, workspace)
    if depths == {0}:
        return str(shown)
    return str(shown / Path(*["*"] * (depths.pop() + 1))) if len(depths) == 1 else str(shown / "**")


def judge_nested(files: tuple[Path, ...], workspace: Path) -> tuple[Finding, ...]:
    """Return an E_DIST_NESTED error that names the folders and the line to write; nothing where there is no file."""
    if not files:
        return ()
    folders = sorted({str(_relative(path.parent, workspace)) for path in files})
    one, rest = f"add the line `!{folders[0]}`", " and one for each other folder" if folders[1:] else ""
    return (
        uncertain(
            "E_DIST_NESTED",
            file="",
            message=f"No line of `packages-dir` covers the distributions in {name_first(folders)}: "
            f"{name_first([path.name for path in files])}.",
            remedy=f"If they belong to the release, {advise_line(files, workspace)} If they do not, {one}{rest}.",
        ),
    )


def advise_line(files: tuple[Path, ...], workspace: Path) -> str:
    """Return what makes these files part of the release, as the rest of a sentence."""
    return (
        f"add the line `{propose_line(files, workspace)}` to `packages-dir`. If several artifacts were downloaded, "
        "`merge-multiple: true` in the step actions/download-artifact puts all files into one folder instead."
    )


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        is_deepest = len(Path(place).parts) - len(folder.parts) >= depth
        folders[:] = [] if is_deepest else sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if detect_role(name) is Role.DISTRIBUTION:
                yield Path(place, name)


def _relative(path: Path, workspace: Path) -> Path:
    for root in (workspace, workspace.resolve()):
        if path.is_relative_to(root):
            return path.relative_to(root)
    return path
