"""Fetch the wheels of the most downloaded projects with pip, bounded in number, time and size."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.utils import canonicalize_name

NAMES = Path("tests/data/most_downloaded.txt")
"""Projects, the most downloaded first; more than are wanted, since not every one has a wheel for this machine."""
WANTED = 300
MAX_BYTES = 100_000_000
SECONDS_FOR_ONE = 120
SECONDS_FOR_ALL = 1500
PIPS = 3
"""At a time: enough for a line, and polite."""


def fetch_wheels(folder: Path) -> Iterator[str]:
    """Fill `folder` up to `WANTED` wheels of as many projects, and say what was left out and why."""
    folder.mkdir(parents=True, exist_ok=True)
    names = NAMES.read_text().split()
    there = {_project_of(file) for file in folder.glob("*.whl")}
    missing = [name for name in names if name not in there]
    wanted = WANTED - sum(name in there for name in names)
    end = time.monotonic() + SECONDS_FOR_ALL
    with ThreadPoolExecutor(PIPS) as pool:
        while wanted > 0 and missing and time.monotonic() < end:
            batch, missing = missing[:wanted], missing[wanted:]
            for name, problem in zip(batch, pool.map(lambda name: _fetch(name, folder, end), batch), strict=True):
                if problem:
                    yield f"{name}: {problem}"
                else:
                    wanted -= 1
    if wanted > 0:
        yield f"{wanted} wheels fewer than {WANTED}: time or names ran out"


def _fetch(name: str, folder: Path, end: float) -> str:
    """Fetch one project's newest wheel, or say why there is none."""
    seconds = min(SECONDS_FOR_ONE, end - time.monotonic())
    if seconds <= 0:
        return "no time left"
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:")
    try:
        ran = subprocess.run(
            (*command, "--dest", folder, "--", name), capture_output=True, timeout=seconds, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {seconds:.0f} seconds"
    if ran.returncode:
        return (ran.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    large = [file for file in folder.glob("*.whl") if _project_of(file) == name and file.stat().st_size > MAX_BYTES]
    for file in large:
        file.unlink()
    return f"larger than {MAX_BYTES // 10**6} MB" if large else ""


def _project_of(file: Path) -> str:
    return canonicalize_name(file.name.split("-")[0])
