"""Compare a release with what the index has, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.version import Version

from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import CredentialRejected, DistributionsInvalid, IndexRefused, IndexUnreachable
from publish_action.index.detect_server import advise_login, explain_status
from publish_action.index.project_status import Marker, ProjectStatus
from publish_action.index.simple_api import Absent, Closed, Listing, ProjectPage, Unreadable
from publish_action.index.simple_page import ListedFile
from publish_action.models.distribution import Kind
from publish_action.models.index import Audience, Index
from publish_action.protocols import Log
from publish_action.untrusted.text import shorten
from publish_action.upload.index_reader import FileMatch, IndexReader

_OPEN_DAYS = 14
"""So long PyPI takes new files of a release, from its first on (since 2026-07-08)."""

_DEPRECATED = "W_PROJECT_DEPRECATED"
_STATUS_REMEDIES = {
    Marker.ARCHIVED: "Unarchive the project in its settings on the index, if it is to have new releases.",
    Marker.QUARANTINED: "The index's administrators have withdrawn the project: write to them (for PyPI, see "
    "https://pypi.org/help/) and run the job again once they have released it.",
}


REMEDY_FOR_SAME_BYTES = (
    "Set `skip-existing: true`, the default, if files that the index has already are fine; otherwise raise the version."
)
"""For `skip-existing: false`, where the index has the very bytes that are to be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One distribution, and the same file on the index where it is there already."""

    file: OpenDistribution
    there: ListedFile | None

    @property
    def is_upload(self) -> bool:
        """True if it is to be sent."""
        return self.there is None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlan:
    """What is to be sent."""

    rows: tuple[PlannedFile, ...]
    """One for each file, in their order."""
    release_exists: bool
    """True if the index is known to have any file of this version."""


class ReleaseInTheWay(IndexRefused):
    """The index has files of the release, and takes no others; `there` are those of ours that it has already."""

    def __init__(self, happened: str, *, remedy: str, code: str, there: tuple[PlannedFile, ...]) -> None:
        super().__init__(happened, remedy=remedy, code=code)
        self.there = there


def plan_uploads(
    files: Sequence[OpenDistribution],
    *,
    index_reader: IndexReader,
    skip_existing: bool,
    now: datetime,
    log: Log,
) -> UploadPlan:
    """Compare every file with what the index has. Sends no distribution.

    Raises `IndexRefused` (E_PROJECT_STATUS), `ReleaseInTheWay` (E_FILE_EXISTS, E_RELEASE_CLOSED), with all that is in
    the way; `CredentialRejected` or `IndexUnreachable` where the index does not let us look: some indexes overwrite, so
    not knowing is a no.
    """
    if not files:
        return UploadPlan(rows=(), release_exists=False)
    index, page = index_reader.index, index_reader.list_files(files[0].distribution.project)
    if page is None:
        log.warn(_describe_blindness(index))
        rows = tuple(PlannedFile(file=file, there=None) for file in files)
        return UploadPlan(rows=rows, release_exists=False)
    listing = _require_listing(page, index_reader, log)
    rows = tuple(PlannedFile(file=file, there=listing.find(file.distribution.file)) for file in files)
    if any(row.is_upload for row in rows):
        _judge_status(listing.status, index_reader.index, files[0].distribution.project, log)
    matches = [index_reader.compare(row.file, row.there) if row.there else None for row in rows]
    obstacles = [
        text for row, match in zip(rows, matches, strict=True) if (text := _name_obstacle(row, match, skip_existing))
    ]
    obstacles += _name_twins_in_the_way(rows, listing, index, log)
    there = tuple(row for row, match in zip(rows, matches, strict=True) if match is FileMatch.SAME)
    _raise_obstacles(rows, obstacles, there, index=index, listing=listing, now=now)
    return UploadPlan(rows=rows, release_exists=_has_release(listing, files[0].distribution.version))


def _name_twins_in_the_way(rows: Sequence[PlannedFile], listing: Listing, index: Index, log: Log) -> list[str]:
    """Return the files that are there under another name; a private index is only warned about."""
    twins = _name_twins(rows, listing)
    if index.audience is Audience.PUBLIC:
        return twins
    for twin in twins:
        log.warn(f"{index.name}: {twin}")
    return []


def _raise_obstacles(
    rows: tuple[PlannedFile, ...],
    obstacles: list[str],
    there: tuple[PlannedFile, ...],
    *,
    index: Index,
    listing: Listing,
    now: datetime,
) -> None:
    sdists, closed = _name_sdists(rows, index, listing), _name_end(rows, index, listing, now)
    if obstacles or sdists:
        refusal = _refuse(index, [*obstacles, *sdists, *closed], there)
        if {*obstacles, *sdists, *closed} <= {_describe_same(row) for row in rows}:
            refusal.remedy = REMEDY_FOR_SAME_BYTES
        raise refusal
    if closed:
        raise _refuse_closed(index, closed, there)


def _judge_status(status: ProjectStatus, index: Index, project: str, log: Log) -> None:
    """Refuse a project that takes no files (PEP 792), and warn of one that is deprecated.

    PyPI answers an upload to an archived project with 403, and takes one to a quarantined project with 200 and never
    serves it (measured).
    """
    said = f" The index says: {shorten(status.reason)}." if status.reason else ""
    if not status.takes_files:
        raise IndexRefused(
            f"{project} is {status.marker} on {index.name}: no new files of it are taken or served; nothing was sent."
            + said,
            remedy=_STATUS_REMEDIES[status.marker],
            code="E_PROJECT_STATUS",
        )
    if status.marker is Marker.DEPRECATED:
        log.warn(f"{_DEPRECATED}: {project} is marked as deprecated on {index.name}, and installers may say so.{said}")


def _describe_blindness(index: Index) -> str:
    blind = "nothing is checked, neither what it has already nor what it serves afterwards."
    if index.is_write_only:
        return f"The read side of {index.name} is switched off: {blind}"
    return (
        f"The read side of {index.name} is not known: {blind} Give the URL that installers read in "
        "private-index-check-url (check-url in a policy)."
    )


def _name_twins(rows: Sequence[PlannedFile], listing: Listing) -> list[str]:
    """Say which files to send are there under other names; PyPI takes the same bytes once (Warehouse, file_upload)."""
    names = {digest: there.name for there in listing.files if (digest := there.digest("sha256"))}
    ours = [row.file.distribution for row in rows if row.is_upload]
    return [
        f"{file.file} has the same bytes as {names[file.sha256]}, which is there under that name."
        for file in ours
        if file.sha256 in names
    ]


def _name_sdists(rows: Sequence[PlannedFile], index: Index, listing: Listing) -> list[str]:
    """Say which sdist is in the way of ours; PyPI takes one of a release, whatever the names."""
    ours = [row.file.distribution for row in rows if row.is_upload and row.file.distribution.kind is Kind.SDIST]
    return [
        f"{sdist.file} would be a second sdist: {there.name} is there, and PyPI takes one of a release."
        for sdist in ours
        for there in _list_release(index, listing, sdist.version)
        if parse_file_name(there.name).kind is Kind.SDIST
    ]


def _name_end(rows: Sequence[PlannedFile], index: Index, listing: Listing, now: datetime) -> list[str]:
    """Say since when the release is closed, if files of ours are still to be sent to it."""
    waiting = [row.file.distribution for row in rows if row.is_upload]
    if not waiting:
        return []
    times = [file.uploaded for file in _list_release(index, listing, waiting[0].version) if file.uploaded]
    # A file that came before it may have been deleted: the release is as old as this one or older.
    if not times or now - min(times) <= timedelta(days=_OPEN_DAYS):
        return []
    names = ", ".join(file.file for file in waiting)
    return [
        f"Release {waiting[0].version} is there since {min(times):%Y-%m-%d}, and PyPI takes new files of a release for "
        f"{_OPEN_DAYS} days alone; not there are {names}."
    ]


def _list_release(index: Index, listing: Listing, version: str) -> list[ListedFile]:
    """List the release's files on a public index of PyPI's kind; other indexes have none of its rules."""
    if index.audience is not Audience.PUBLIC:
        return []
    ours = Version(version)
    return [file for file in listing.files if file.uploaded and _is_of_version(file.name, ours)]


def _has_release(listing: Listing, version: str) -> bool:
    return any(_is_of_version(file.name, Version(version)) for file in listing.files)


def _is_of_version(file: str, version: Version) -> bool:
    try:
        return parse_file_name(file).version == version
    except DistributionsInvalid:
        # Eggs, installers and whatever else an index has kept from former times.
        return False


def _require_listing(page: ProjectPage, index_reader: IndexReader, log: Log) -> Listing:
    index = index_reader.index
    match page:
        case Listing():
            return page
        case Absent(warning=warning):
            if warning:
                log.warn(f"{index.name}: {warning}, which is not followed; the project counts as not there.")
            elif index_reader.is_empty_place():
                log.warn(
                    f"{index.name} has nothing of the project, and its list of projects is not there either: if its "
                    "read URL is wrong, files that it has already are not recognised. Compare private-index-check-url "
                    "(check-url in a policy) with the URL that installers use."
                )
            elif hint := explain_status(index_reader.kind, 404):
                log.say(f"{index.name} has nothing of the project (HTTP 404). {hint}")
            return Listing(files=())
        case Closed(status=status):
            raise CredentialRejected(
                f"{index.name} does not let us read its files (HTTP {status}), "
                "so it cannot be told what it has already.",
                remedy=" ".join([_advise_closed(index), *advise_login(index_reader.kind, index.username, status)]),
            )
        case Unreadable(reason=reason):
            raise IndexUnreachable(
                f"It cannot be told what {index.name} has already: no usable answer came from its read side, "
                f"{index.check_url} ({reason}).",
                remedy="Compare the URL with the index's documentation, and run the job again.",
            )


def _advise_closed(index: Index) -> str:
    if index.audience is Audience.PUBLIC:
        # A public index is read without a login: no other one would change the answer.
        return (
            f"A public index is read without a login, and something refused that: see whether {index.check_url} is the "
            "URL that installers read, and whether a proxy or firewall stands before it. Then run the job again."
        )
    return "Give a login that may read as well as upload (`private-index-username`, `private-index-password`)."


def _name_obstacle(row: PlannedFile, likeness: FileMatch | None, skip_existing: bool) -> str:
    """Say why a file cannot be published, or give the empty text."""
    if row.there is None or likeness is None:
        return ""
    name = row.file.distribution.file
    match likeness:
        case FileMatch.DIFFERENT:
            return describe_difference(row.file, row.there)
        case FileMatch.UNKNOWN:
            return f"{name} is there, and the index gives no hash to compare it by."
        case FileMatch.SAME:
            return "" if skip_existing else _describe_same(row)


def _describe_same(row: PlannedFile) -> str:
    return f"{row.file.distribution.file} is there already, with the same content; skip-existing is false."


def describe_difference(file: OpenDistribution, there: ListedFile) -> str:
    """Say that the index has other bytes under a file's name, with the hashes of both."""
    theirs = ", ".join(f"{algorithm} {digest}" for algorithm, digest in there.hashes) or "no hash, the bytes were read"
    ours = f"sha256 {file.distribution.sha256}"
    return f"{file.distribution.file} is there with other bytes (there: {theirs}; here: {ours})."


def _refuse(index: Index, obstacles: list[str], there: tuple[PlannedFile, ...]) -> ReleaseInTheWay:
    return ReleaseInTheWay(
        "\n".join([f"{index.name} has files of this release already; nothing was sent.", *obstacles]),
        remedy=(
            "Publish changes as a new version. If nothing was changed, the build is not reproducible: publish the "
            "files that were built first, or set SOURCE_DATE_EPOCH when building."
        ),
        code="E_FILE_EXISTS",
        there=there,
    )


def _refuse_closed(index: Index, closed: list[str], there: tuple[PlannedFile, ...]) -> ReleaseInTheWay:
    return ReleaseInTheWay(
        "\n".join([f"{index.name} takes no more files of this release; nothing was sent.", *closed]),
        remedy="Publish a new version with all files (a post-release such as 1.0.post1, if nothing else changed).",
        code="E_RELEASE_CLOSED",
        there=there,
    )
