"""One client publishing one release to a new index, measured and checked."""

import tempfile
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.clients import compose_command
from benchmarks.index import Received, run_index
from benchmarks.measurements import Measurement
from benchmarks.process import Ran, own_peak, run_measured
from benchmarks.releases import Release

_PLAN_LINE = "Decision:"
_TAIL = 5


def measure(case: Case, client: str, release: Release) -> Measurement:
    """Publish a case's release with one client. What went wrong is in the measurement's `error`."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temp, run_index(case, release, Path(temp)) as index:
        command = compose_command(client, index, release)
        ran = run_measured(command.arguments, environment=command.environment, folder=release.workspace)
    return Measurement(
        case=case.letter,
        client=client,
        wall=ran.wall,
        cpu=ran.cpu,
        peak=ran.peak,
        first_byte=(index.received.first_byte or ran.began) - ran.began,
        since_plan=_since_plan(ran, index.received),
        index_cpu=index.received.cpu,
        error=find_error(ran, index.received, release),
    )


def find_error(ran: Ran, received: Received, release: Release) -> str:
    """Return why a run does not count: a benchmark must not measure a failure."""
    if ran.status:
        told = " / ".join(line for _, line in ran.lines[-_TAIL:])
        return f"it ended with status {ran.status}: {told}"
    if received.hashes != release.hashes:
        same = len(received.hashes.items() & release.hashes.items())
        return f"the index has {same} of {len(release.hashes)} files with the right bytes"
    if ran.peak <= own_peak():
        return f"its peak of {ran.peak:.0f} MB cannot be told from that of the benchmark itself"
    return ""


def _since_plan(ran: Ran, received: Received) -> float | None:
    plan = ran.find_line(_PLAN_LINE)
    return None if plan is None or received.first_byte is None else received.first_byte - plan
