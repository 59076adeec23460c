"""The local PyPI's state: projects, releases, files, publishers."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from packaging.utils import canonicalize_name, canonicalize_version

from publish_sandbox.pypi.trusted_publishers import Publisher


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file that the index serves."""

    file_name: str
    project: str
    """Normalised name."""
    version: str
    sha256: str
    blake2b: str
    md5: str
    size: int
    uploaded: datetime
    path: Path | None
    """Where its bytes lie; None when the index keeps none."""
    core_metadata: bytes | None = None
    """METADATA of a wheel."""
    requires_python: str | None = None
    attestations: str | None = None
    """The form field as it came."""
    publisher: Publisher | None = None
    """Who published it; None for a user."""
    yanked: bool = False

    @property
    def url_path(self) -> str:
        """Return the path that serves its bytes."""
        return f"/packages/{self.blake2b[:2]}/{self.blake2b[2:4]}/{self.blake2b[4:]}/{self.file_name}"


@dataclass(slots=True, kw_only=True)
class Release:
    """One version of a project."""

    version: str
    created: datetime
    files: dict[str, StoredFile] = field(default_factory=dict)
    """By file name."""


@dataclass(slots=True, kw_only=True)
class Project:
    """A project; tests change its fields as its owners or the index's admins would."""

    id: str
    name: str
    """Spelled as at the last upload."""
    users: set[str] = field(default_factory=set)
    """Who may upload with an API token of their own."""
    status: str = "active"
    """`active`, `archived` or `quarantined`."""
    releases: dict[str, Release] = field(default_factory=dict)
    """By canonical version."""

    @property
    def key(self) -> str:
        """Return its normalised name (PEP 503)."""
        return canonicalize_name(self.name)

    @property
    def files(self) -> list[StoredFile]:
        """Return all its files, in order of upload."""
        return [file for release in self.releases.values() for file in release.files.values()]


class UniqueViolation(Exception):
    """Somebody else wrote the same row first."""


class Database:
    """Hold the rows; `commit` writes all of one upload or nothing, as the database of an index does."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        """By normalised name."""
        self.deleted_files: set[str] = set()
        self.serial = 0
        self._lock = threading.RLock()

    def project(self, name: str) -> Project | None:
        """Return the project of that name, in any spelling."""
        return self.projects.get(canonicalize_name(name))

    def release(self, project: Project, version: str) -> Release | None:
        """Return the release of that version, in any spelling (1.0 is 1.0.0)."""
        return project.releases.get(canonicalize_version(version))

    def create_project(self, name: str, *users: str) -> Project:
        """Write a project without releases, or add the users to the one that is there."""
        with self._lock:
            key = canonicalize_name(name)
            found = self.projects.setdefault(key, Project(id=f"id-{key}", name=name))
            found.users.update(users)
            return found

    def file(self, file_name: str) -> StoredFile | None:
        """Return the file of that name."""
        return next((file for file in self.files() if file.file_name == file_name), None)

    def file_with(self, blake2b: str) -> StoredFile | None:
        """Return the file with those bytes, of whatever project."""
        return next((file for file in self.files() if file.blake2b == blake2b), None)

    def files(self) -> list[StoredFile]:
        """Return all files of all projects."""
        with self._lock:
            return [file for project in self.projects.values() for file in project.files]

    def commit(self, file: StoredFile, project: Project, release: Release) -> None:
        """Write a file with its project and release.

        `project` and `release` are the rows the upload found, or the new ones it wants to write. Raises
        `UniqueViolation`, with nothing written, when one of them was new to the upload and is there by now.
        """
        with self._lock:
            known = self.projects.get(project.key)
            version = canonicalize_version(release.version)
            if known is not None and known is not project:
                raise UniqueViolation(project.key)
            if project.releases.get(version, release) is not release:
                raise UniqueViolation(version)
            if self.file(file.file_name) or self.file_with(file.blake2b):
                raise UniqueViolation(file.file_name)
            self.projects[project.key] = project
            project.releases[version] = release
            release.files[file.file_name] = file
            self.serial += 1
