"""Run a command and measure it: wall clock, CPU, memory, and when it said what."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LONGEST_RUN = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended."""

    status: int
    began: float
    """By `time.monotonic`."""
    wall: float
    cpu: float
    """Seconds, user and system, its own and those of the children it waited for."""
    peak: float
    """Megabytes of 10^6 bytes."""
    lines: tuple[tuple[float, str], ...]
    """What it said on both outputs, each line with the moment when it came."""

    def find_line(self, start: str) -> float | None:
        """Return the moment of the first line that starts so."""
        return next((moment for moment, line in self.lines if line.startswith(start)), None)


def run_measured(arguments: tuple[str, ...], *, environment: Mapping[str, str], folder: Path) -> Ran:
    """Run a command to its end and measure it; one that takes a quarter of an hour is killed."""
    began = time.monotonic()
    process = subprocess.Popen(
        arguments,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    killer = threading.Timer(_LONGEST_RUN, process.kill)
    killer.start()
    try:
        lines = _read_lines(process)
        # Not `process.wait`: only this call tells of one child alone.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
    finally:
        killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ran(
        status=process.returncode,
        began=began,
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=_megabytes(usage),
        lines=lines,
    )


def own_peak() -> float:
    """Return the megabytes that this process ever had: Linux counts them into the peak of what it starts."""
    return _megabytes(resource.getrusage(resource.RUSAGE_SELF))


def _read_lines(process: subprocess.Popen[bytes]) -> tuple[tuple[float, str], ...]:
    if process.stdout is None:
        raise RuntimeError("the pipe that was asked for is not there")
    with process.stdout as output:
        return tuple((time.monotonic(), line.decode(errors="replace").rstrip()) for line in output)


def _megabytes(usage: resource.struct_rusage) -> float:
    # Linux gives kibibytes.
    return usage.ru_maxrss * 1024 / 1e6
