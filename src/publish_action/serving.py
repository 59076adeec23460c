"""Wait until an index serves what was sent to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from publish_action.archives import OpenDistribution
from publish_action.errors import IndexRefused
from publish_action.likeness import Likeness
from publish_action.model import Served
from publish_action.ports import Clock, Log, Sleep
from publish_action.read_side import ReadSide
from publish_action.simple_api import Absent, Listing, ProjectPage, Unreadable
from publish_action.upload_plan import describe_difference

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen of a release on the index's read side."""

    served: Served
    urls: Mapping[str, str]
    """Where each served file can be read, by file name."""


def wait_until_served(
    files: Sequence[OpenDistribution],
    *,
    read_side: ReadSide,
    timeout: float,
    clock: Clock,
    sleep: Sleep,
    log: Log,
) -> Sight:
    """Look until every file is listed with our hash, at most `timeout` seconds long; that running out is a warning.

    Raises `IndexRefused` if the index serves other bytes under a name than we sent.
    """
    begin, pause = clock(), _FIRST_PAUSE
    while True:
        page = read_side.look(files[0].distribution.project)
        sight = _compare_all(files, page, read_side)
        is_final = sight.served is Served.TRUE or not isinstance(page, Listing | Absent | Unreadable)
        if is_final or clock() - begin + timedelta(seconds=pause) > timedelta(seconds=timeout):
            break
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    late = read_side.kind.late if read_side.kind else ""
    _tell(sight, files, (clock() - begin).total_seconds(), late=late, log=log)
    return sight


def _compare_all(files: Sequence[OpenDistribution], page: ProjectPage | None, read_side: ReadSide) -> Sight:
    if not isinstance(page, Listing | Absent):
        return Sight(served=Served.UNKNOWN, urls={})
    listing = page if isinstance(page, Listing) else Listing(files=())
    urls: dict[str, str] = {}
    different: list[str] = []
    for file in files:
        there = listing.find(file.distribution.file)
        likeness = read_side.compare(file, there) if there else Likeness.UNKNOWN
        if there and likeness is Likeness.DIFFERENT:
            different.append(describe_difference(file, there))
        if there and likeness is Likeness.SAME:
            urls[file.distribution.file] = there.url
    if different:
        raise IndexRefused(
            "\n".join(["The index serves different content under these names.", *different]),
            remedy="If they were built again after they were published, compare the published ones instead: there is "
            "nothing to repair. Otherwise somebody replaced them: tell the index's operators, and publish a new "
            "version.",
        )
    return Sight(served=Served.TRUE if len(urls) == len(files) else Served.FALSE, urls=urls)


def _tell(sight: Sight, files: Sequence[OpenDistribution], seconds: float, *, late: str, log: Log) -> None:
    match sight.served:
        case Served.TRUE:
            log.say(f"The index serves all {len(files)} files with the right hashes, after {seconds:.0f} s.")
        case Served.FALSE:
            log.warn(
                f"After {seconds:.0f} s the index serves {len(sight.urls)} of {len(files)} files. They were taken; "
                f"installers will see the others later. {late}".rstrip()
            )
        case Served.UNKNOWN:
            log.warn("It cannot be told whether the index serves the files: its read side gave no usable answer.")
