"""How fast a case can be at all: what no client can beat on this line and this machine."""

import math
from collections.abc import Sequence

from benchmarks.cases import Case

# Of a machine with two cores; both are for the whole of it, not for one process.
_CORES = 2


def find_bound(case: Case, *, parallel: int, hash_rate: float) -> float:
    """Return the least seconds for a case over `parallel` connections.

    One file goes alone first and sdists last, as PyPI and installers want it; see `order_uploads` in delivery.py.
    `hash_rate` is the bytes a second that one core of this machine hashes with SHA-256 and BLAKE2b: both hashes stand
    in the form before a file, so all bytes pass a core once, and one file alone is hashed before it is sent. Sending
    itself counts as free where the line has no rate.
    """
    hashing, on_the_line = _hashing_seconds(case, hash_rate), _line_seconds(case, parallel)
    return hashing + on_the_line if len(case.sizes) == 1 else max(hashing, on_the_line)


def find_promised_bound(case: Case, *, parallel: int, hash_rate: float) -> float:
    """Return the least seconds in which our promises can be kept as well.

    Everything is hashed and judged before the first byte goes out; the index is asked once before, for what it has,
    and once after, for what it serves.
    """
    return _hashing_seconds(case, hash_rate) + _line_seconds(case, parallel) + 2 * case.latency


def count_answers(case: Case, parallel: int) -> int:
    """Return the number of answers that are waited for one after the other."""
    return sum(math.ceil(len(batch) / parallel) for batch in _batches(case))


def _hashing_seconds(case: Case, hash_rate: float) -> float:
    return sum(case.sizes) / hash_rate / min(_CORES, len(case.sizes))


def _line_seconds(case: Case, parallel: int) -> float:
    return count_answers(case, parallel) * case.latency + sum(
        _sending_seconds(batch, case.rate, parallel) for batch in _batches(case)
    )


def _sending_seconds(batch: Sequence[int], rate: float | None, parallel: int) -> float:
    """The largest share of one connection is never less than an even one, nor than the largest file."""
    return 0.0 if rate is None else max(*batch, sum(batch) / parallel) / rate


def _batches(case: Case) -> list[Sequence[int]]:
    wheels = sorted(case.wheels)
    batches = (wheels[:1], wheels[1:], case.sdists) if wheels else (case.sdists[:1], case.sdists[1:])
    return [batch for batch in batches if batch]
