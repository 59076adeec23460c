"""Compare `publish-action check` with `twine check`, and with hashing the same files once."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.measurements import Measurement
from benchmarks.process import own_peak, run_measured
from benchmarks.releases import Release

LETTER = "g"
HASHING, TWINE, OURS = "hash once", "twine check", "ours, check"

_FOLDER = Path(sys.executable).parent
_OF_HASHING, _OF_TWINE, _PEAK = 1.2, 0.6, 120.0
# What every uploader must know of a file: the two digests of the upload form. One thread, as twine does it.
_HASH = """
import hashlib, sys
for path in sys.argv[1:]:
    sha256, blake2b = hashlib.sha256(), hashlib.blake2b(digest_size=32)
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            sha256.update(block)
            blake2b.update(block)
    print(path, sha256.hexdigest(), blake2b.hexdigest())
"""


def measure_checks(release: Release, rounds: int) -> Iterator[Measurement]:
    """Run the three commands in turns over one release."""
    commands = {
        HASHING: (sys.executable, "-I", "-S", "-c", _HASH, *release.files),
        TWINE: (str(_FOLDER / "twine"), "check", *release.files),
        OURS: (sys.executable, "-I", "-m", "publish_action", "check"),
    }
    for number in range(rounds):
        names = list(commands)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            yield _measure(name, commands[name], release)


def _measure(name: str, command: tuple[str, ...], release: Release) -> Measurement:
    environment = {"HOME": str(release.workspace), "PATH": str(_FOLDER), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
    ran = run_measured(command, environment=environment, folder=release.workspace)
    error = f"it ended with status {ran.status}: {ran.lines[-1][1] if ran.lines else ''}" if ran.status else ""
    if not error and ran.peak <= own_peak():
        error = f"its peak of {ran.peak:.0f} MB cannot be told from that of the benchmark itself"
    return Measurement(
        case=LETTER,
        client=name,
        wall=ran.wall,
        cpu=ran.cpu,
        peak=ran.peak,
        first_byte=0.0,
        since_plan=None,
        index_cpu=0.0,
        error=error if name != HASHING or ran.status else "",
    )


def render_checks(measurements: Sequence[Measurement]) -> str:
    """Return the table: medians, and of the peaks the worst."""
    rows = [
        f"| {name} | {len(group)} | {median(one.wall for one in group):.2f} | {median(one.cpu for one in group):.2f} "
        f"| {max(one.peak for one in group):.0f} |"
        for name, group in _group(measurements)
    ]
    head = "| command | runs | wall, s | CPU, s | peak RSS, MB |\n| --- | --- | --- | --- | --- |"
    return "\n".join((f"### ({LETTER}) checking the release of (a), 61 files, 760 MB\n", head, *rows, ""))


def list_check_figures(measurements: Sequence[Measurement]) -> Iterator[Figure]:
    """Return the figures that `check` is to keep. A resident set is never smaller than the proportional one."""
    groups = dict(_group(measurements))
    if not groups.keys() >= {HASHING, TWINE, OURS}:
        return
    wall = {name: median(one.wall for one in group) for name, group in groups.items()}
    peak = max(one.peak for one in groups[OURS])
    for what, value, limit in (
        ("wall / hash once", wall[OURS] / wall[HASHING], _OF_HASHING),
        ("wall / twine check", wall[OURS] / wall[TWINE], _OF_TWINE),
        ("peak RSS, MB", peak, _PEAK),
    ):
        yield Figure(case=LETTER, client=OURS, what=what, value=value, limit=limit)


def _group(measurements: Sequence[Measurement]) -> list[tuple[str, list[Measurement]]]:
    good = [one for one in measurements if one.case == LETTER and not one.error]
    return [(name, group) for name in (HASHING, TWINE, OURS) if (group := [one for one in good if one.client == name])]
