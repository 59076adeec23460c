"""What was measured of a run, and the middle of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One client publishing one release once."""

    case: str
    client: str
    wall: float
    """Seconds from the start of the process to its end."""
    cpu: float
    """CPU seconds of the process and its children, user and system."""
    peak: float
    """Largest resident set, in megabytes of 10^6 bytes."""
    first_byte: float
    """Seconds from the start of the process to the moment when the index had the headers of the first upload."""
    since_plan: float | None
    """Of those, the seconds since the client had told its plan; None for a client that tells none."""
    index_cpu: float
    """CPU seconds that the index took meanwhile, on the same cores."""
    error: str = ""
    """Why nothing of this counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The medians of one client in one case."""

    case: str
    client: str
    runs: int
    wall: float
    cpu: float
    peak: float
    first_byte: float
    since_plan: float | None


def summarise(measurements: Sequence[Measurement]) -> tuple[Row, ...]:
    """Return a row for each case and client, in the order in which they came.

    A client one of whose runs failed gets no row in that case: the rest would be a choice.
    """
    keys = dict.fromkeys((one.case, one.client) for one in measurements)
    groups = [[one for one in measurements if (one.case, one.client) == key] for key in keys]
    return tuple(_take_medians(group) for group in groups if not any(one.error for one in group))


def find_row(rows: Sequence[Row], case: str, client: str) -> Row | None:
    """Return the row of a client in a case."""
    return next((row for row in rows if (row.case, row.client) == (case, client)), None)


def _take_medians(group: Sequence[Measurement]) -> Row:
    since_plan = [one.since_plan for one in group if one.since_plan is not None]
    return Row(
        case=group[0].case,
        client=group[0].client,
        runs=len(group),
        wall=median(one.wall for one in group),
        cpu=median(one.cpu for one in group),
        # Of a limit on memory the worst run counts.
        peak=max(one.peak for one in group),
        first_byte=median(one.first_byte for one in group),
        since_plan=median(since_plan) if since_plan else None,
    )
