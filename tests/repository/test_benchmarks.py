"""The pure parts of the benchmark: its bounds, medians, figures and tables, and what a measured process reports."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.bounds import count_answers, find_bound, find_promised_bound
from benchmarks.cases import Case, list_cases, list_quick_cases, spread_sizes
from benchmarks.clients import count_connections, list_clients
from benchmarks.figures import list_figures
from benchmarks.index import Received
from benchmarks.measurements import Measurement, find_row, summarise
from benchmarks.process import Ran, own_peak, run_measured
from benchmarks.releases import Release
from benchmarks.runs import find_error
from benchmarks.tables import render_case, render_errors, render_figures

CASE = Case(letter="a", title="five files", wheels=(1000, 4000, 2000, 3000), sdists=(500,), latency=0.4, rounds=1)
GOOD = Measurement(
    case="a", client="ours, 4", wall=3.0, cpu=1.0, peak=50.0, first_byte=0.8, since_plan=0.3, index_cpu=1.0, error=""
)
TWINE = replace(GOOD, client="twine", wall=10.0, cpu=2.0, since_plan=None)
UV = replace(GOOD, client="uv", wall=10.0, since_plan=None)
BOUNDS = {("a", client): 2.8 for client in ("twine", "uv", "ours, 4", "ours, 8")}
FAST = 1e12
"""A hash rate at which hashing takes no time."""


@pytest.mark.parametrize(
    ("wheels", "sdists", "parallel", "answers"),
    [
        (60, 1, 1, 61),
        (60, 1, 4, 1 + 15 + 1),
        (60, 1, 8, 1 + 8 + 1),
        (300, 0, 4, 1 + 75),
        (300, 0, 8, 1 + 38),
        (1, 1, 4, 2),
        (1, 0, 4, 1),
        (0, 1, 4, 1),
    ],
)
def test_answers_one_after_the_other(wheels: int, sdists: int, parallel: int, answers: int) -> None:
    """The first file and the sdists wait for their own answers, the other wheels for those of their turn."""
    case = replace(CASE, wheels=(1,) * wheels, sdists=(1,) * sdists)

    assert count_answers(case, parallel) == answers


def test_bound_of_a_slow_index() -> None:
    """A line without a rate is bound by the answers that are waited for one after the other."""
    assert find_bound(CASE, parallel=4, hash_rate=FAST) == pytest.approx(3 * 0.4)


def test_bound_of_a_slow_line() -> None:
    """On a line with a rate the first wheel goes alone, the others share the connections, and the sdist is last."""
    case = replace(CASE, latency=0.0, rate=1000.0)

    # 1000 alone; of the others no share is less than the largest file; 500 last.
    assert find_bound(case, parallel=4, hash_rate=FAST) == pytest.approx(1.0 + 4.0 + 0.5)
    # Two shares of 4500 at least.
    assert find_bound(case, parallel=2, hash_rate=FAST) == pytest.approx(1.0 + 4.5 + 0.5)


def test_bound_of_hashing() -> None:
    """Many files are hashed on two cores while others are sent; one alone is hashed first."""
    one = replace(CASE, wheels=(4000,), sdists=())

    assert find_bound(CASE, parallel=4, hash_rate=100.0) == pytest.approx(10_500 / 100 / 2)
    assert find_bound(one, parallel=4, hash_rate=100.0) == pytest.approx(40 + 0.4)


def test_promised_bound() -> None:
    """What we promise takes all hashes before the first byte, and an answer before and one after the uploads."""
    assert find_promised_bound(CASE, parallel=4, hash_rate=FAST) == pytest.approx((3 + 2) * 0.4)
    assert find_promised_bound(CASE, parallel=4, hash_rate=100.0) == pytest.approx(10_500 / 100 / 2 + 5 * 0.4)


def test_medians() -> None:
    """A row holds the medians of its runs, and of the peaks the worst."""
    runs = [replace(GOOD, wall=wall, cpu=wall / 10, peak=wall + 40) for wall in (9.0, 1.0, 2.0)]

    (row,) = summarise(runs)

    assert (row.runs, row.wall, row.cpu, row.peak, row.since_plan) == (3, 2.0, 0.2, 49.0, 0.3)


def test_failed_run_makes_no_row() -> None:
    """Where a run of a client failed there is no row of it, and the report names the failure."""
    failed = replace(GOOD, error="it ended with status 1: no")

    rows = summarise([GOOD, failed, TWINE])

    assert find_row(rows, "a", "ours, 4") is None
    assert find_row(rows, "a", "twine") is not None
    assert render_errors([GOOD, failed]) == "- ERROR: case a, ours, 4: it ended with status 1: no"


def test_figures_of_a_parallel_case() -> None:
    """At four uploads a time the limit is 0.30 of each rival's time, 0.7 of twine's CPU, and 1.15 of the bound."""
    figures = list_figures(summarise([TWINE, UV, GOOD]), BOUNDS)

    assert [(figure.what, round(figure.value, 2), figure.limit, figure.is_reached) for figure in figures] == [
        ("wall / twine", 0.3, 0.30, True),
        ("wall / uv", 0.3, 0.30, True),
        ("CPU / twine", 0.5, 0.7, True),
        ("wall / bound", 1.07, 1.15, True),
        ("peak RSS, MB", 50.0, 60.0, True),
        ("first byte after the plan, s", 0.3, 0.5, True),
    ]


@pytest.mark.parametrize(
    ("case", "client", "limits"),
    [
        ("a", "ours, 8", {"wall / twine": 0.20, "wall / uv": 0.20}),
        ("b", "ours, 4", {"wall / twine": 0.30, "wall / uv": 0.30}),
        ("c", "ours, 8", {"wall / twine": 0.20, "wall / uv": 0.20}),
        ("d", "ours, 4", {"wall / twine": 0.9, "wall / uv": 1.0}),
        ("e", "ours, 4", {"wall / twine": 1.2}),
        ("f", "ours, 4", {}),
    ],
)
def test_limits_on_wall_clock(case: str, client: str, limits: dict[str, float]) -> None:
    """Each case has its own limits against the rivals."""
    rows = summarise([replace(each, case=case) for each in (TWINE, UV, replace(GOOD, client=client))])

    figures = list_figures(rows, {(case, client): 2.8})

    assert {each.what: each.limit for each in figures if each.what in {"wall / twine", "wall / uv"}} == limits


def test_missed_figure() -> None:
    """A number over its limit is a MISS in the table."""
    figures = list_figures(summarise([replace(GOOD, peak=60.5)]), BOUNDS)

    assert "| a | ours, 4 | peak RSS, MB | 60.50 | 60.00 | MISS |" in render_figures(figures)
    assert "| a | ours, 4 | first byte after the plan, s | 0.30 | 0.50 | PASS |" in render_figures(figures)


def test_table_of_a_case() -> None:
    """A case's table holds each client's medians and their ratios to both rivals and to the bound."""
    table = render_case(CASE, summarise([TWINE, GOOD]), BOUNDS, {("a", "ours, 4"): 3.0})

    assert table.splitlines()[0] == "### (a) five files"
    assert "| twine | 1 | 10.00 | 1.00 |  | 2.80 | 3.57 |  | 2.00 | 50 | 0.80 |  |" in table
    assert "| ours, 4 | 1 | 3.00 | 0.30 |  | 2.80 | 1.07 | 1.00 | 1.00 | 50 | 0.80 | 0.30 |" in table


def test_spread_sizes_make_their_total() -> None:
    """Sizes are all different, and their sum is the one that was asked for."""
    sizes = spread_sizes(60, total=757_000_000)

    assert sum(sizes) == 757_000_000
    assert len(set(sizes)) == len(sizes) == 60
    assert 3.5 < max(sizes) / min(sizes) < 4.5


@pytest.mark.parametrize("cases", [list_cases(), list_quick_cases()])
def test_every_case_is_there(cases: tuple[Case, ...]) -> None:
    """A full run and a quick one hold the same cases."""
    assert [case.letter for case in cases] == list("abcdef")


def test_clients() -> None:
    """The rivals use one connection each; ours is measured with each number of uploads at a time."""
    clients = list_clients((4, 8))

    assert [(client, count_connections(client)) for client in clients] == [
        ("twine", 1),
        ("uv", 1),
        ("ours, 4", 4),
        ("ours, 8", 8),
    ]


RAN = Ran(status=0, began=0.0, wall=1.0, cpu=1.0, peak=1e6, lines=((0.5, "no such index"),))
RECEIVED = Received(hashes={"a.whl": "aa", "b.whl": "bb"}, first_byte=0.5, cpu=0.1)
RELEASE = Release(workspace=Path("nowhere"), hashes={"a.whl": "aa", "b.whl": "bb"})


@pytest.mark.parametrize(
    ("ran", "received", "error"),
    [
        (RAN, RECEIVED, ""),
        (replace(RAN, status=1), RECEIVED, "it ended with status 1: no such index"),
        (RAN, replace(RECEIVED, hashes={"a.whl": "aa"}), "the index has 1 of 2 files with the right bytes"),
        (
            RAN,
            replace(RECEIVED, hashes={"a.whl": "aa", "b.whl": "cc"}),
            "the index has 1 of 2 files with the right bytes",
        ),
        (replace(RAN, peak=1.0), RECEIVED, "its peak of 1 MB cannot be told from that of the benchmark itself"),
    ],
)
def test_run_that_does_not_count(ran: Ran, received: Received, error: str) -> None:
    """A run counts if it succeeded, the index has all of the release, and its memory can be told from ours."""
    assert find_error(ran, received, RELEASE) == error


def test_measured_process(tmp_path: Path) -> None:
    """A measured process tells its status, its own memory and CPU, and when it said what."""
    program = "import sys; held = b'x' * 150_000_000; print('Decision: yes'); sys.exit(3)"

    ran = run_measured((sys.executable, "-c", program), environment={}, folder=tmp_path)

    said = ran.find_line("Decision:")
    assert ran.status == 3
    assert ran.peak > 150
    assert ran.cpu > 0
    assert said is not None
    assert ran.began < said <= ran.began + ran.wall
    assert ran.find_line("Refused:") is None


def test_own_peak_is_in_megabytes() -> None:
    """This process, an interpreter with a test runner in it, takes between ten megabytes and ten gigabytes."""
    assert 10 < own_peak() < 10_000
