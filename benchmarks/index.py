"""The index that is published to, and the GitHub that our client asks, in a process of their own.

    python -m benchmarks.index WORKSPACE TEMP LATENCY RATE    (a rate of 0 is none)

Says on one line of standard output where it is and how to log in; when its standard input ends, says on a second line
what it was sent, and ends. Each run of a client gets a new one, so each run uploads.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.releases import Release

_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What an index was sent by one client."""

    hashes: dict[str, str]
    """The SHA-256 of each file that was stored, by name."""
    first_byte: float | None
    """When the headers of the first upload had come, by `time.monotonic`: one clock for the whole machine."""
    cpu: float
    """CPU seconds that the index took beside the client, on the same cores."""


@dataclass(slots=True, kw_only=True)
class RunningIndex:
    """An index that waits for uploads. Not frozen: what it received is known when it has ended."""

    upload_url: str
    token: str
    github_token: str
    job: dict[str, str]
    """The variables that a runner sets for a step."""
    received: Received = field(default_factory=lambda: Received(hashes={}, first_byte=None, cpu=0.0))


@contextmanager
def run_index(case: Case, release: Release, temp: Path) -> Iterator[RunningIndex]:
    """Run an index for one client; `received` is set at the end of the block."""
    arguments = [str(release.workspace), str(temp), str(case.latency), str(case.rate or 0)]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.index", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the pipe that was asked for is not there")
        index = RunningIndex(**json.loads(process.stdout.readline()))
        yield index
        told, _ = process.communicate(timeout=_STOP_SECONDS)
        index.received = Received(**json.loads(told))


def _serve(workspace: Path, temp: Path, latency: float, rate: float) -> None:
    # Not at the top: the process that measures must stay smaller than what it measures.
    from publish_sandbox.github.server import LocalGitHub  # noqa: PLC0415
    from publish_sandbox.pypi.server import LocalPyPI  # noqa: PLC0415

    with (
        LocalGitHub() as github,
        LocalPyPI(latency=latency, rate=rate or None, keep_files=False, hashes=("sha256",)) as pypi,
    ):
        pypi.rules.file_limit = 4 << 30
        pypi.rules.commit_seconds = 0.0
        repository = github.repository("octo/demo", visibility="public")
        where = {
            "upload_url": pypi.upload_url,
            "token": pypi.api_token("founder"),
            "github_token": github.token,
            "job": github.environment(repository, workspace=workspace, temp=temp),
        }
        print(json.dumps(where), flush=True)
        sys.stdin.read()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        received = {
            "hashes": {upload.file_name: upload.sha256 for upload in pypi.uploads},
            "first_byte": min((attempt.began for attempt in pypi.attempts), default=None),
            "cpu": usage.ru_utime + usage.ru_stime,
        }
        print(json.dumps(received), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
