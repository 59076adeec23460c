"""Wait until an index serves what was sent to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import IndexRefused, IndexUnreachable
from publish_action.index.simple_api import Absent, Listing, ProjectPage, Unreadable
from publish_action.models.delivery import Served
from publish_action.models.index import Index
from publish_action.protocols import Clock, Log, Sleep
from publish_action.upload.index_reader import FileMatch, IndexReader
from publish_action.upload.plan import describe_difference

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0
_LAST_LOOK = 1.0
_SHORTEST_LOOK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFiles:
    """What was seen of a release on the index's read side."""

    served: Served
    urls: Mapping[str, str]
    """Where each served file can be read, by file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the index serves of a release, beside the files that are here."""

    sight: ServedFiles
    differences: tuple[str, ...] = ()
    """A sentence for each file of which the index serves other bytes."""


def wait_until_served(
    files: Sequence[OpenDistribution],
    *,
    index_reader: IndexReader,
    timeout: float,
    clock: Clock,
    sleep: Sleep,
    log: Log,
) -> ServedFiles:
    """Look until every file is listed with our hash, at most `timeout` seconds long; that running out is a warning.

    Raises `IndexRefused`, with all of them, if the index serves other bytes under a name than we sent.
    """
    begin, pause = clock(), _FIRST_PAUSE
    end = begin + timedelta(seconds=timeout)

    def time_left() -> float:
        # A look that begins at the end still has a moment to come back.
        return max((end - clock()).total_seconds() + _LAST_LOOK, _SHORTEST_LOOK)

    while True:
        page = index_reader.list_files(files[0].distribution.project, time_left=time_left)
        comparison = _compare_all(files, page, index_reader, time_left=time_left)
        if comparison.differences:
            raise _refuse_other_bytes(comparison)
        sight = comparison.sight
        is_final = sight.served is Served.TRUE or not isinstance(page, Listing | Absent | Unreadable)
        left = (end - clock()).total_seconds()
        if is_final or left <= 0:
            break
        sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)
    late = index_reader.kind.late if index_reader.kind else ""
    _tell(sight, files, (clock() - begin).total_seconds(), late=late, log=log)
    return sight


def compare_served(files: Sequence[OpenDistribution], *, index_reader: IndexReader) -> Comparison:
    """Compare every file with what the index serves now."""
    return _compare_all(files, index_reader.list_files(files[0].distribution.project), index_reader, time_left=None)


def refuse_unless_served(files: Sequence[OpenDistribution], *, index_reader: IndexReader) -> str:
    """Return a sentence that says that the index serves every file with our hash.

    Raises `IndexUnreachable` where that is not known, `IndexRefused` where it does not.
    """
    index, comparison = index_reader.index, compare_served(files, index_reader=index_reader)
    if comparison.sight.served is Served.UNKNOWN:
        raise IndexUnreachable(
            f"Could not determine what {index.name} serves: "
            + (f"{index.check_url} gave no usable answer." if index.check_url else "its read URL is unknown."),
            remedy="Run the command again later, or correct the URL."
            if index.check_url
            else "Set `private-index-check-url` to the URL that installers read.",
        )
    if comparison.sight.served is not Served.TRUE:
        raise describe_what_is_served(comparison, index, len(files))
    served = f"all {len(files)} files with the right hashes" if len(files) > 1 else "the file with the right hash"
    return f"{index.name} serves {served}."


def describe_what_is_served(comparison: Comparison, index: Index, count: int) -> IndexRefused:
    """Say how the files here differ from those that the index serves, and what can be done about it."""
    served = f"{index.name} serves {len(comparison.sight.urls)} of {count} files with the right hash."
    if not comparison.differences:
        return IndexRefused(served, remedy="Publish the release, or look at it again when the index has caught up.")
    return IndexRefused(
        "\n".join([served, *comparison.differences]),
        remedy="If these files were built again, verify those that were published instead: a build gives other bytes "
        "unless it is reproducible (SOURCE_DATE_EPOCH). If they are the very files that were published, the index "
        "serves something else: ask its operators what replaced it.",
    )


def _compare_all(
    files: Sequence[OpenDistribution],
    page: ProjectPage | None,
    index_reader: IndexReader,
    *,
    time_left: Callable[[], float] | None,
) -> Comparison:
    if not isinstance(page, Listing | Absent):
        return Comparison(sight=ServedFiles(served=Served.UNKNOWN, urls={}))
    listing = page if isinstance(page, Listing) else Listing(files=())
    urls: dict[str, str] = {}
    differences: list[str] = []
    for file in files:
        there = listing.find(file.distribution.file)
        likeness = index_reader.compare(file, there, time_left=time_left) if there else FileMatch.UNKNOWN
        if there and likeness is FileMatch.DIFFERENT:
            differences.append(describe_difference(file, there))
        if there and likeness is FileMatch.SAME:
            urls[file.distribution.file] = there.url
    served = Served.TRUE if len(urls) == len(files) else Served.FALSE
    return Comparison(sight=ServedFiles(served=served, urls=urls), differences=tuple(differences))


def _refuse_other_bytes(comparison: Comparison) -> IndexRefused:
    return IndexRefused(
        "\n".join(["The index serves other bytes than were sent:", *comparison.differences]),
        remedy="Find out from the index's operators what replaced these files before anybody installs them; then "
        "publish a new version.",
    )


def _tell(sight: ServedFiles, files: Sequence[OpenDistribution], seconds: float, *, late: str, log: Log) -> None:
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
