"""What is published in each case, and over what kind of line."""

from dataclasses import dataclass

MEGABYTE = 1_000_000
_SMALL = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One release and the index that it goes to."""

    letter: str
    title: str
    wheels: tuple[int, ...]
    """Bytes of payload of each wheel."""
    sdists: tuple[int, ...] = ()
    latency: float = 0.0
    """Seconds between the end of a request and its answer."""
    rate: float | None = None
    """Bytes a second of each connection; None is as fast as the machine goes."""
    rounds: int
    """How often each client runs where nobody says otherwise."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the sizes of all files."""
        return self.wheels + self.sdists


def list_cases() -> tuple[Case, ...]:
    """Return the cases of a full run. Rounds are many where a run is short, and its noise large against it."""
    release = spread_sizes(60, total=757 * MEGABYTE)
    sdist = (3 * MEGABYTE,)
    return (
        Case(letter="a", title="61 files, 760 MB, 400 ms", wheels=release, sdists=sdist, latency=0.4, rounds=3),
        Case(letter="b", title="61 files, 760 MB, 20 MB/s", wheels=release, sdists=sdist, rate=20e6, rounds=2),
        Case(letter="c", title="300 small wheels, 400 ms", wheels=(_SMALL,) * 300, latency=0.4, rounds=1),
        Case(letter="d", title="one wheel of 1 GB", wheels=(1000 * MEGABYTE,), rounds=5),
        Case(letter="e", title="two small files", wheels=(_SMALL,), sdists=(_SMALL,), rounds=9),
        Case(letter="f", title="two small files, 400 ms", wheels=(_SMALL,), sdists=(_SMALL,), latency=0.4, rounds=5),
    )


def list_quick_cases() -> tuple[Case, ...]:
    """Return the same cases with fewer and smaller files: they show that the benchmark works, not how we fare."""
    release = spread_sizes(12, total=72 * MEGABYTE)
    sdist = (1 * MEGABYTE,)
    return (
        Case(letter="a", title="13 files, 73 MB, 400 ms", wheels=release, sdists=sdist, latency=0.4, rounds=1),
        Case(letter="b", title="13 files, 73 MB, 20 MB/s", wheels=release, sdists=sdist, rate=20e6, rounds=1),
        Case(letter="c", title="24 small wheels, 400 ms", wheels=(_SMALL,) * 24, latency=0.4, rounds=1),
        Case(letter="d", title="one wheel of 200 MB", wheels=(200 * MEGABYTE,), rounds=1),
        Case(letter="e", title="two small files", wheels=(_SMALL,), sdists=(_SMALL,), rounds=3),
        Case(letter="f", title="two small files, 400 ms", wheels=(_SMALL,), sdists=(_SMALL,), latency=0.4, rounds=1),
    )


def spread_sizes(count: int, *, total: int) -> tuple[int, ...]:
    """Return `count` different sizes that make `total`, the largest about four times the smallest."""
    mean = total / count
    step = 1.2 * mean / (count - 1)
    sizes = [int(0.4 * mean + number * step) for number in range(count)]
    return (*sizes[:-1], total - sum(sizes[:-1]))
