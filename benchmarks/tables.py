"""Render what was measured as Markdown."""

from collections.abc import Mapping, Sequence

from benchmarks.cases import Case
from benchmarks.figures import Figure
from benchmarks.measurements import Measurement, Row, find_row

Bounds = Mapping[tuple[str, str], float]
"""Seconds by case and client."""

# A ratio to less than this is one to the noise of a clock.
_LEAST_BOUND = 0.05

_HEAD = (
    "client",
    "runs",
    "wall, s",
    "/ twine",
    "/ uv",
    "bound, s",
    "/ bound",
    "/ promised",
    "CPU, s",
    "peak RSS, MB",
    "first byte, s",
    "after the plan, s",
)


def render_case(case: Case, rows: Sequence[Row], bounds: Bounds, promised: Bounds) -> str:
    """Return one case's table, a row for each client that published all of it each time.

    `promised` holds the bounds with our promises, for our clients.
    """
    cells = [_cells(row, rows, bounds, promised) for row in rows if row.case == case.letter]
    return f"### ({case.letter}) {case.title}\n\n{_table(_HEAD, cells)}"


def render_figures(figures: Sequence[Figure]) -> str:
    """Return the figures beside their limits."""
    cells = [
        (
            figure.case,
            figure.client,
            figure.what,
            f"{figure.value:.2f}",
            f"{figure.limit:.2f}",
            "PASS" if figure.is_reached else "MISS",
        )
        for figure in figures
    ]
    return _table(("case", "client", "figure", "measured", "at most", "verdict"), cells)


def render_errors(measurements: Sequence[Measurement]) -> str:
    """Return a line for each run that does not count, or the empty text."""
    return "\n".join(f"- ERROR: case {one.case}, {one.client}: {one.error}" for one in measurements if one.error)


def _cells(row: Row, rows: Sequence[Row], bounds: Bounds, promised: Bounds) -> tuple[str, ...]:
    key = row.case, row.client
    return (
        row.client,
        str(row.runs),
        f"{row.wall:.2f}",
        _ratio(row, find_row(rows, row.case, "twine")),
        _ratio(row, find_row(rows, row.case, "uv")),
        f"{bounds[key]:.2f}",
        _bound_ratio(row, bounds.get(key)),
        _bound_ratio(row, promised.get(key)),
        f"{row.cpu:.2f}",
        f"{row.peak:.0f}",
        f"{row.first_byte:.2f}",
        "" if row.since_plan is None else f"{row.since_plan:.2f}",
    )


def _bound_ratio(row: Row, bound: float | None) -> str:
    return "" if bound is None or bound < _LEAST_BOUND else f"{row.wall / bound:.2f}"


def _ratio(row: Row, other: Row | None) -> str:
    return f"{row.wall / other.wall:.2f}" if other else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
