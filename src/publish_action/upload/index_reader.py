"""Read what an index has of a project, and compare it with our files."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from publish_action.distributions.open_file import open_stream
from publish_action.distributions.reader import OpenDistribution
from publish_action.index.detect_server import kind_named
from publish_action.index.server_kind import ServerKind
from publish_action.index.simple_api import ProjectPage, is_same_origin, read_project
from publish_action.index.simple_page import ListedFile
from publish_action.models.index import Audience, Index
from publish_action.network.client import REQUEST_SECONDS, Failure, HttpClient, NoResponse, Request, Response
from publish_action.protocols import Sleep
from publish_action.secret import Secret

# Strongest first; nearly all indexes have sha256, Nexus has md5 alone.
_OTHER_ALGORITHMS = ("sha512", "sha384", "blake2b", "sha1", "md5")


_BLOCK = 256 << 10


class FileMatch(StrEnum):
    """What the hashes say."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """The index gives no hash that we could compare."""


def compare(file: OpenDistribution, listed: ListedFile) -> FileMatch:
    """Compare by the strongest hash that the index gives."""
    theirs = listed.digest("sha256")
    if theirs:
        return _judge(theirs == file.distribution.sha256)
    for algorithm in _OTHER_ALGORITHMS:
        theirs = listed.digest(algorithm)
        if theirs:
            return _judge(theirs == _hash(file, algorithm))
    return FileMatch.UNKNOWN


def _judge(is_same: bool) -> FileMatch:
    return FileMatch.SAME if is_same else FileMatch.DIFFERENT


def _hash(file: OpenDistribution, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open_stream(file.descriptor) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


_SLOWEST_RATE = 50_000
"""Bytes a second: a file that comes more slowly is not read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReader:
    """Reads what an index has; usable from several threads."""

    index: Index
    authorization: Callable[[], Secret | None]
    """Gives the Authorization header; asked only where the header may go."""
    client: HttpClient
    sleep: Sleep

    @property
    def kind(self) -> ServerKind | None:
        """Give the kind of the index's server, where it is known."""
        return kind_named(self.index.server)

    def list_files(self, project: str, *, time_left: Callable[[], float] | None = None) -> ProjectPage | None:
        """Return the page of a project (normalised name), or None where the index's read side is not known.

        Asks again where the index cannot answer; with `time_left` (seconds) once, and no longer than that.
        """
        if self.index.check_url is None:
            return None
        return read_project(
            self.client,
            check_url=self.index.check_url,
            project=project,
            authorization=self._login_for(self.index.check_url),
            sleep=self.sleep,
            kind=self.kind,
            time_left=time_left,
        )

    def is_empty_place(self) -> bool:
        """Tell that not even the list of projects is there: the read URL of a private index may be wrong.

        False where that list is too long to ask for, or where the kind of server has none.
        """
        url = self.index.check_url
        if url is None or self.index.audience is not Audience.PRIVATE or (self.kind and not self.kind.lists_projects):
            return False
        headers = {} if (login := self._login_for(url)) is None else {"Authorization": login}
        answer = self.client.send(Request(method="GET", url=url, headers={"Accept": "text/html", **headers}))
        return isinstance(answer, Response) and answer.status == 404

    def compare(
        self, file: OpenDistribution, listed: ListedFile, *, time_left: Callable[[], float] | None = None
    ) -> FileMatch:
        """Tell whether a listed file has our bytes: by the index's hash, or by its bytes where it gives none.

        The bytes are fetched from the read side's own origin alone.
        """
        likeness = compare(file, listed)
        if likeness is not FileMatch.UNKNOWN or self.index.check_url is None:
            return likeness
        if not is_same_origin(listed.url, self.index.check_url):
            return FileMatch.UNKNOWN
        headers = {} if (login := self._login_for(listed.url)) is None else {"Authorization": login}
        # One byte more than ours is another file, and enough to know it.
        longest = REQUEST_SECONDS + file.distribution.size / _SLOWEST_RATE
        timeout = min(longest, time_left()) if time_left else longest
        request = Request(
            method="GET", url=listed.url, headers=headers, timeout=timeout, max_bytes=file.distribution.size
        )
        found = self.client.digest(request)
        if isinstance(found, NoResponse):
            return FileMatch.DIFFERENT if found.failure is Failure.TOO_LARGE else FileMatch.UNKNOWN
        if found.status != 200:
            return FileMatch.UNKNOWN
        return FileMatch.SAME if found.sha256 == file.distribution.sha256 else FileMatch.DIFFERENT

    def _login_for(self, url: str) -> Secret | None:
        """A login goes to the origins of the two URLs that were given for the index, and to no other.

        A public index is read by everybody, without one.
        """
        ours = [own for own in (self.index.url, self.index.check_url) if own]
        is_ours = self.index.audience is Audience.PRIVATE and any(is_same_origin(url, own) for own in ours)
        return self.authorization() if is_ours else None
