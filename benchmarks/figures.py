"""The figures to reach, each a limit on one number of a run's table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measurements import Row, find_row

_SENDING = ("a", "b", "c")
_OF_RIVAL = {4: 0.30, 8: 0.20}
_OF_BOUND = 1.15
_PEAK = 60.0
_SINCE_PLAN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of a run beside its limit."""

    case: str
    client: str
    what: str
    value: float
    limit: float

    @property
    def is_reached(self) -> bool:
        """True if the number keeps the limit."""
        return self.value <= self.limit


def list_figures(rows: Sequence[Row], bounds: Mapping[tuple[str, str], float]) -> tuple[Figure, ...]:
    """Return every figure that the rows allow to tell; `bounds` is by case and client."""
    return tuple(figure for row in rows if is_ours(row.client) for figure in _judge(row, rows, bounds))


def name_ours(parallel: int) -> str:
    """Return the name of publish-action with so many uploads at a time."""
    return f"ours, {parallel}"


def is_ours(client: str) -> bool:
    """True if a name is one that `name_ours` gives."""
    return client.startswith("ours, ")


def _judge(row: Row, rows: Sequence[Row], bounds: Mapping[tuple[str, str], float]) -> Iterator[Figure]:
    for what, value, limit in (*_ratios(row, rows), *_absolutes(row, bounds)):
        yield Figure(case=row.case, client=row.client, what=what, value=value, limit=limit)


def _ratios(row: Row, rows: Sequence[Row]) -> Iterator[tuple[str, float, float]]:
    for rival, limit in _wall_limits(row):
        if other := find_row(rows, row.case, rival):
            yield f"wall / {rival}", row.wall / other.wall, limit
    twine = find_row(rows, row.case, "twine")
    if row.case == "a" and twine:
        yield "CPU / twine", row.cpu / twine.cpu, 0.7


def _wall_limits(row: Row) -> tuple[tuple[str, float], ...]:
    parallel = next((number for number in _OF_RIVAL if name_ours(number) == row.client), None)
    if row.case in _SENDING and parallel:
        return (("twine", _OF_RIVAL[parallel]), ("uv", _OF_RIVAL[parallel]))
    return {"d": (("twine", 0.9), ("uv", 1.0)), "e": (("twine", 1.2),)}.get(row.case, ())


def _absolutes(row: Row, bounds: Mapping[tuple[str, str], float]) -> Iterator[tuple[str, float, float]]:
    if row.case in _SENDING:
        yield "wall / bound", row.wall / bounds[row.case, row.client], _OF_BOUND
    yield "peak RSS, MB", row.peak, _PEAK
    if row.since_plan is not None:
        yield "first byte after the plan, s", row.since_plan, _SINCE_PLAN
