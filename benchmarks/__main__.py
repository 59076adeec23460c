"""Run the benchmark: `python -m benchmarks [--cases a,c] [--rounds N] [--parallel 4,8] [--quick]`."""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from benchmarks.bounds import find_bound, find_promised_bound
from benchmarks.cases import Case, list_cases, list_quick_cases
from benchmarks.checks import LETTER as CHECKS
from benchmarks.checks import list_check_figures, measure_checks, render_checks
from benchmarks.clients import count_connections, list_clients
from benchmarks.figures import is_ours, list_figures
from benchmarks.machine import measure_hash_rate
from benchmarks.measurements import Measurement, summarise
from benchmarks.releases import prepare_release
from benchmarks.runs import measure
from benchmarks.tables import Bounds, render_case, render_errors, render_figures

_ROOT = Path(__file__).parent.parent
_CACHE = _ROOT / ".cache" / "benchmarks"
_RESULTS = _ROOT / "benchmarks" / "results"
_QUICK_NOTE = " Quick: the releases are too small to reach the figures, which are for a full run."
# Only where files are many can uploads at the same time differ from four of them.
_PARALLEL_CASES = frozenset({"a", "b", "c"})
_CHECK_ROUNDS = 5


class FindsBound(Protocol):
    """What finds the least seconds of a case."""

    def __call__(self, case: Case, *, parallel: int, hash_rate: float) -> float:
        """Return the seconds."""


def main() -> int:
    """Measure, print the tables, keep the numbers; the status tells whether every run counts."""
    options = _read_options()
    cases = [case for case in (list_quick_cases() if options.quick else list_cases()) if case.letter in options.cases]
    machine, hash_rate = _describe_machine(), measure_hash_rate()
    head = f"{machine}; one core hashes {hash_rate / 1e6:.0f} MB/s.{_QUICK_NOTE if options.quick else ''}\n"
    print(head)
    measurements = [one for case in cases for one in _measure_case(case, options.parallel, options.rounds)]
    if CHECKS in options.cases:
        release = prepare_release((list_quick_cases() if options.quick else list_cases())[0], _CACHE)
        measurements += _tell_each(measure_checks(release, options.rounds or (1 if options.quick else _CHECK_ROUNDS)))
    clients = list_clients(options.parallel)
    bounds = _list_bounds(cases, clients, find_bound, hash_rate)
    promised = _list_bounds(cases, [client for client in clients if is_ours(client)], find_promised_bound, hash_rate)
    report = _render(cases, measurements, bounds, promised)
    print(report)
    _RESULTS.mkdir(exist_ok=True)
    name = "quick" if options.quick else "latest"
    (_RESULTS / f"{name}.md").write_text(f"{head}\n{report}")
    (_RESULTS / f"{name}.json").write_text(_write_json(machine, hash_rate, measurements, bounds))
    return 1 if any(one.error for one in measurements) else 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list("abcdefg"), help="a,b,c,d,e,f,g")
    parser.add_argument("--rounds", type=int, help="runs of each client in each case; the default is each case's own")
    parser.add_argument("--parallel", type=_read_numbers, default=(4, 8), help="values of parallel-uploads")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller files: to see that it works")
    return parser.parse_args()


def _read_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _measure_case(case: Case, parallels: tuple[int, ...], rounds: int | None) -> Iterator[Measurement]:
    """Let the clients take turns, so that what slows the machine for a while slows them all."""
    release = prepare_release(case, _CACHE)
    clients = list_clients(parallels if case.letter in _PARALLEL_CASES else parallels[:1])
    for number in range(rounds or case.rounds):
        for client in clients[number % len(clients) :] + clients[: number % len(clients)]:
            measurement = measure(case, client, release)
            told = measurement.error or f"{measurement.wall:.2f} s"
            print(f"({case.letter}) round {number + 1}, {client}: {told}", file=sys.stderr, flush=True)
            yield measurement


def _tell_each(measurements: Iterator[Measurement]) -> Iterator[Measurement]:
    for one in measurements:
        print(f"({one.case}) {one.client}: {one.error or f'{one.wall:.2f} s'}", file=sys.stderr, flush=True)
        yield one


def _list_bounds(cases: Sequence[Case], clients: Sequence[str], find: FindsBound, hash_rate: float) -> Bounds:
    return {
        (case.letter, client): find(case, parallel=count_connections(client), hash_rate=hash_rate)
        for case in cases
        for client in clients
    }


def _render(cases: Sequence[Case], measurements: Sequence[Measurement], bounds: Bounds, promised: Bounds) -> str:
    rows = summarise([one for one in measurements if one.case != CHECKS])
    tables = [render_case(case, rows, bounds, promised) for case in cases]
    if any(one.case == CHECKS for one in measurements):
        tables.append(render_checks(measurements))
    figures = (*list_figures(rows, bounds), *list_check_figures(measurements))
    parts = [*tables, "### Figures\n", render_figures(figures), render_errors(measurements)]
    return "\n".join(parts)


def _describe_machine() -> str:
    uv = subprocess.run(
        [Path(sys.executable).parent / "uv", "--version"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()[1]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"publish-action {version('publish-action')}, twine {version('twine')}, uv {uv}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def _write_json(
    machine: str,
    hash_rate: float,
    measurements: Sequence[Measurement],
    bounds: Bounds,
) -> str:
    document = {
        "machine": machine,
        "hash_rate": hash_rate,
        "bounds": {f"{case}, {client}": bound for (case, client), bound in bounds.items()},
        "runs": [asdict(one) for one in measurements],
    }
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
