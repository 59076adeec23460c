"""Build the releases that are published, once: later runs find them in a cache folder.

    python -m benchmarks.releases FOLDER PROJECT WHEEL_SIZES SDIST_SIZES    (sizes joined by commas)

A process of its own, since building takes memory: a client's peak starts from that of the process that starts it.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case

_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A workspace with distributions in its folder `dist`."""

    workspace: Path
    hashes: dict[str, str]
    """The SHA-256 of each file, by name."""

    @property
    def files(self) -> list[str]:
        """Return the path of every distribution from the workspace."""
        return [f"dist/{name}" for name in sorted(self.hashes)]


def prepare_release(case: Case, cache: Path) -> Release:
    """Return the release of a case, built now if it is not there."""
    wheels, sdists = (",".join(map(str, sizes)) for sizes in (case.wheels, case.sdists))
    key = hashlib.sha256(f"{wheels};{sdists}".encode()).hexdigest()[:12]
    workspace, manifest = cache / key, cache / f"{key}.json"
    if not manifest.exists():
        arguments = [str(workspace), f"bench-{key}", wheels, sdists]
        subprocess.run([sys.executable, "-m", "benchmarks.releases", *arguments], check=True)
        # Last, so that a release that was built by half is built again.
        manifest.write_text(json.dumps(_hash_files(workspace / "dist")))
    return Release(workspace=workspace, hashes=json.loads(manifest.read_text()))


def _hash_files(folder: Path) -> dict[str, str]:
    hashes = {}
    for path in folder.iterdir():
        with path.open("rb") as file:
            hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def _build(folder: Path, project: str, wheels: Sequence[int], sdists: Sequence[int]) -> None:
    # Not at the top: the process that measures must not carry what only building needs.
    from publish_sandbox.distributions.builder import build_sdist, build_wheel  # noqa: PLC0415

    for number, size in enumerate(wheels):
        build_wheel(folder, project, _VERSION, size=size, tag=_name_tag(number))
    for size in sdists:
        build_sdist(folder, project, _VERSION, size=size)
    # What is written later would slow the first run down.
    os.sync()


def _name_tag(number: int) -> str:
    """Return a tag that all clients and PyPI know to be one: uv takes no Python of three digits."""
    return f"cp3{8 + number % 6}-none-manylinux_2_{5 + number // 6}_x86_64"


def _read_sizes(text: str) -> list[int]:
    return [int(word) for word in text.split(",") if word]


if __name__ == "__main__":
    _build(Path(sys.argv[1]) / "dist", sys.argv[2], _read_sizes(sys.argv[3]), _read_sizes(sys.argv[4]))
