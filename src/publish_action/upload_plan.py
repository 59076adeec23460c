"""Compare a release with what the index has, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.version import Version

from publish_action.archives import OpenDistribution
from publish_action.errors import CredentialRejected, DistributionsInvalid, IndexRefused, IndexUnreachable
from publish_action.file_names import parse_file_name
from publish_action.likeness import Likeness
from publish_action.model import Audience, Index, Kind
from publish_action.ports import Log
from publish_action.read_side import ReadSide
from publish_action.server_rules import advise_login, explain_status
from publish_action.simple_api import Absent, Closed, Listing, ProjectPage, Unreadable
from publish_action.simple_page import ListedFile

_OPEN_DAYS = 14
"""So long PyPI takes new files of a release, from its first on (since 2026-07-08)."""


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


def plan_uploads(
    files: Sequence[OpenDistribution],
    *,
    read_side: ReadSide,
    skip_existing: bool,
    now: datetime,
    log: Log,
) -> UploadPlan:
    """Compare every file with what the index has. Sends no distribution.

    Raises `IndexRefused` (E_FILE_EXISTS, E_RELEASE_CLOSED), with all that is in the way; `CredentialRejected` or
    `IndexUnreachable` where the index does not let us look: some indexes overwrite, so not knowing is a no.
    """
    if not files:
        return UploadPlan(rows=(), release_exists=False)
    index, page = read_side.index, read_side.look(files[0].distribution.project)
    if page is None:
        log.warn(_describe_blindness(index))
        rows = tuple(PlannedFile(file=file, there=None) for file in files)
        return UploadPlan(rows=rows, release_exists=False)
    listing = _require_listing(page, read_side, log)
    rows = tuple(PlannedFile(file=file, there=listing.find(file.distribution.file)) for file in files)
    obstacles = [text for row in rows if (text := _name_obstacle(row, read_side, skip_existing))]
    twins = _name_twins(rows, listing)
    if index.audience is Audience.PUBLIC:
        obstacles += twins
    else:
        for twin in twins:
            log.warn(f"{index.name}: {twin}")
    sdists, closed = _name_sdists(rows, index, listing), _name_end(rows, index, listing, now)
    if obstacles or sdists:
        raise _refuse(index, [*obstacles, *sdists, *closed])
    if closed:
        raise _refuse_closed(index, closed)
    return UploadPlan(rows=rows, release_exists=_has_release(listing, files[0].distribution.version))


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


def _require_listing(page: ProjectPage, read_side: ReadSide, log: Log) -> Listing:
    index = read_side.index
    match page:
        case Listing():
            return page
        case Absent(warning=warning):
            if warning:
                log.warn(f"{index.name}: {warning}, which is not followed; the project counts as not there.")
            elif read_side.is_empty_place():
                log.warn(
                    f"{index.name} has nothing of the project, and its list of projects is not there either: if its "
                    "read URL is wrong, files that it has already are not recognised. Compare private-index-check-url "
                    "(check-url in a policy) with the URL that installers use."
                )
            elif hint := explain_status(read_side.kind, 404):
                log.say(f"{index.name} has nothing of the project (HTTP 404). {hint}")
            return Listing(files=())
        case Closed(status=status):
            raise CredentialRejected(
                f"{index.name} does not let us read its files (HTTP {status}), "
                "so it cannot be told what it has already.",
                remedy=" ".join(
                    [
                        "Give a login that may read as well as upload.",
                        *advise_login(read_side.kind, index.username, status),
                    ]
                ),
            )
        case Unreadable(reason=reason):
            raise IndexUnreachable(
                f"It cannot be told what {index.name} has already: no usable answer came from its read side "
                f"({reason}).",
                remedy="Compare the URL with the index's documentation, and run the job again.",
            )


def _name_obstacle(row: PlannedFile, read_side: ReadSide, skip_existing: bool) -> str:
    """Say why a file cannot be published, or give the empty text."""
    if row.there is None:
        return ""
    name = row.file.distribution.file
    match read_side.compare(row.file, row.there):
        case Likeness.DIFFERENT:
            return describe_difference(row.file, row.there)
        case Likeness.UNKNOWN:
            return f"{name} is there, and the index gives no hash to compare it by."
        case Likeness.SAME:
            return "" if skip_existing else f"{name} is there already, with the same bytes; skip-existing is false."


def describe_difference(file: OpenDistribution, there: ListedFile) -> str:
    """Say that the index has other bytes under a file's name, with the hashes of both."""
    theirs = ", ".join(f"{algorithm} {digest}" for algorithm, digest in there.hashes) or "no hash, the bytes were read"
    ours = f"sha256 {file.distribution.sha256}"
    return f"{file.distribution.file} is there with other bytes (there: {theirs}; here: {ours})."


def _refuse(index: Index, obstacles: list[str]) -> IndexRefused:
    return IndexRefused(
        "\n".join([f"{index.name} has files of this release already; nothing was sent.", *obstacles]),
        remedy=(
            "Publish changes as a new version. If nothing was changed, the build is not reproducible: publish the "
            "files that were built first, or set SOURCE_DATE_EPOCH when building."
        ),
        code="E_FILE_EXISTS",
    )


def _refuse_closed(index: Index, closed: list[str]) -> IndexRefused:
    return IndexRefused(
        "\n".join([f"{index.name} takes no more files of this release; nothing was sent.", *closed]),
        remedy="Publish a new version with all files (a post-release such as 1.0.post1, if nothing else changed).",
        code="E_RELEASE_CLOSED",
    )
