"""Fetch wheels and sdists of the most downloaded projects, bounded in number, time and size."""

import hashlib
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

NAMES = Path("tests/data/most_downloaded.txt")
"""Projects, the most downloaded first; more than are wanted, since not every one has a wheel for this machine."""
WANTED_WHEELS = 300
WANTED_SDISTS = 220
MAX_BYTES = 100_000_000
SECONDS_FOR_ONE = 120
SECONDS_FOR_ALL = 1500
AT_A_TIME = 3
"""Enough for a line, and polite."""

_Fetch = Callable[[str, Path, float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Locked:
    """What uv locked for one requirement."""

    version: str
    url: str = ""
    """Of the sdist; empty where there is none."""
    sha256: str = ""
    size: int = 0


def fetch_wheels(folder: Path) -> Iterator[str]:
    """Fill `folder` up to `WANTED_WHEELS` wheels of as many projects with pip; yield what was left out and why."""
    there = {_project_of(file) for file in folder.glob("*.whl")}
    yield from _fetch_all(_fetch_wheel, folder, there, WANTED_WHEELS)


def fetch_sdists(folder: Path) -> Iterator[str]:
    """Fill `folder` up to `WANTED_SDISTS` sdists of as many projects; yield what was left out and why.

    Nothing of theirs is run. `pip download` asks an sdist's build backend for its metadata, so the URL and the hash
    come from uv, which takes the metadata from the wheel of the same version.
    """
    there = {_project_of(file) for file in folder.glob("*.tar.gz")}
    yield from _fetch_all(_fetch_sdist, folder, there, WANTED_SDISTS)


def _fetch_all(fetch: _Fetch, folder: Path, there: set[str], number: int) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = NAMES.read_text().split()
    missing = [name for name in names if name not in there]
    wanted = number - sum(name in there for name in names)
    end = time.monotonic() + SECONDS_FOR_ALL
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        while wanted > 0 and missing and time.monotonic() < end:
            batch, missing = missing[:wanted], missing[wanted:]
            for name, problem in zip(batch, pool.map(lambda name: fetch(name, folder, end), batch), strict=True):
                if problem:
                    yield f"{name}: {problem}"
                else:
                    wanted -= 1
    if wanted > 0:
        yield f"{wanted} fewer than {number}: time or names ran out"


def _fetch_wheel(name: str, folder: Path, end: float) -> str:
    """Fetch one project's newest wheel, or return why there is none."""
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:")
    ran = _run((*command, "--dest", str(folder), "--", name), "", end)
    if isinstance(ran, str):
        return ran
    large = [file for file in folder.glob("*.whl") if _project_of(file) == name and file.stat().st_size > MAX_BYTES]
    for file in large:
        file.unlink()
    return f"larger than {MAX_BYTES // 10**6} MB" if large else ""


def _fetch_sdist(name: str, folder: Path, end: float) -> str:
    """Fetch the sdist of one project's newest release that has a wheel too, or return why there is none."""
    # The first question finds a version that has a wheel; the second lists all files of it, and so builds none.
    found = _ask_uv(name, end, "--no-build")
    if isinstance(found, str):
        return found
    locked = _ask_uv(f"{name}=={found.version}", end)
    if isinstance(locked, str):
        return locked
    if not locked.url.endswith(".tar.gz"):
        return "its release has no .tar.gz"
    if locked.size > MAX_BYTES:
        return f"larger than {MAX_BYTES // 10**6} MB"
    return _fetch_file(locked, folder)


def _ask_uv(requirement: str, end: float, *options: str) -> _Locked | str:
    """Return what uv locks for one requirement (PEP 751), or why it does not."""
    command = (sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-deps", "--format", "pylock.toml")
    ran = _run((*command, *options, "-"), requirement, end)
    if isinstance(ran, str):
        return ran
    (package,) = tomllib.loads(ran.decode())["packages"]
    sdist = package.get("sdist", {})
    return _Locked(
        version=package["version"],
        url=sdist.get("url", ""),
        sha256=sdist.get("hashes", {}).get("sha256", ""),
        size=sdist.get("size", 0),
    )


def _run(command: tuple[str, ...], given: str, end: float) -> bytes | str:
    """Return what the command prints, or why it failed."""
    seconds = min(SECONDS_FOR_ONE, end - time.monotonic())
    if seconds <= 0:
        return "no time left"
    try:
        ran = subprocess.run(command, input=given.encode(), capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer in {seconds:.0f} seconds"
    if ran.returncode:
        return (ran.stderr.decode().strip().splitlines() or ["no reason was printed"])[-1].strip()
    return ran.stdout


def _fetch_file(locked: _Locked, folder: Path) -> str:
    try:
        with urllib.request.urlopen(locked.url, timeout=SECONDS_FOR_ONE) as answer:
            data = answer.read(MAX_BYTES + 1)
    except OSError as error:
        return str(error)
    if hashlib.sha256(data).hexdigest() != locked.sha256:
        return "its bytes do not have the SHA-256 that was locked"
    (folder / locked.url.rpartition("/")[2]).write_bytes(data)
    return ""


def _project_of(file: Path) -> str:
    if file.name.endswith(".tar.gz"):
        return canonicalize_name(file.name.removesuffix(".tar.gz").rpartition("-")[0])
    return canonicalize_name(file.name.split("-")[0])
