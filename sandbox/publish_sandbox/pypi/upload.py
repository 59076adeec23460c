"""How PyPI receives a file: its checks in its order, then one entry in the database or none."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from readme_renderer import rst

from publish_sandbox.clock import Clock
from publish_sandbox.http.multipart import FilePart, Form
from publish_sandbox.pypi import upload_archive, upload_form
from publish_sandbox.pypi.attestations import AttestationVerifier, judge_attestations
from publish_sandbox.pypi.database import Database, Project, Release, StoredFile
from publish_sandbox.pypi.permissions import Credential, Permissions
from publish_sandbox.pypi.project_creation import NewProjects
from publish_sandbox.pypi.rules import DOCS, Rulebook, forbidden, invalid
from publish_sandbox.pypi.trusted_publishers import Publisher
from publish_sandbox.pypi.upload_archive import Candidate

_DIGESTS = {"md5_digest": "md5", "sha256_digest": "sha256", "blake2_256_digest": "blake2b"}
_GATE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadHandler:
    """Receive uploads into `database`."""

    database: Database
    rules: Rulebook
    permissions: Permissions
    new_projects: NewProjects
    clock: Clock
    pause: Callable[[float], None]
    attestation_verifier: AttestationVerifier | None = None

    def receive(self, form: Form, credential: Credential, headers: dict[str, str]) -> StoredFile | None:
        """Return the stored file, or None if it was there already.

        Raises `Rejected`, or `UniqueViolation` where another upload made the same new row first; then nothing was
        written. `headers` gets those an answer carries either way. The order is Warehouse's.
        """
        upload_form.clean(form)
        self._obey_switches()
        row = self.permissions.find(credential)
        upload_form.judge(form)
        file = _find_content(form)
        name, version = form.first("name"), form.first("version")
        project = self.database.project(name) or self.new_projects.make(name, row, headers)
        self.permissions.judge(credential, row, project)
        self._judge_description(form)
        release = self.database.release(project, version) or Release(version=version, created=self.clock())
        self._judge_file(form, file, project)
        if self._is_known(file):
            return None
        self._refuse_reuse(file)
        self._refuse_late(form, release)
        core_metadata = _judge_archive(form, file)
        publisher = self.permissions.find_publisher(row)
        sha256 = file.digests["sha256"]
        judge_attestations(form, row, publisher=publisher, sha256=sha256, verifier=self.attestation_verifier)
        return self._write(form, file, project, release, core_metadata, publisher=publisher)

    def _obey_switches(self) -> None:
        if self.rules.read_only:
            raise forbidden("Read-only mode: Uploads are temporarily disabled.")
        if self.rules.uploads_disabled:
            raise forbidden(f"New uploads are temporarily disabled.{self.rules.help('admin-intervention')}")

    def _judge_description(self, form: Form) -> None:
        """Refuse reStructuredText that does not render; Markdown and plain text always do."""
        text, given = form.first("description"), form.first("description_content_type")
        if not text or given.partition(";")[0].strip() not in ("", "text/x-rst"):
            return
        if rst.render(text, stream=io.StringIO()) is None:
            told = f"for '{given}'." if given else "in the default format of reStructuredText."
            raise invalid(f"The description failed to render {told}{self.rules.help('description-content-type')}")

    def _judge_file(self, form: Form, file: FilePart, project: Project) -> None:
        upload_archive.judge_file_name(file.file_name, form.first("filetype"))
        if file.content_type.startswith("image/"):
            raise invalid("Invalid distribution file.")
        storage = f"{DOCS}/project-management/storage-limits"
        if file.size > self.rules.file_limit:
            raise invalid(
                f"File too large. Limit for project '{project.name}' is {self.rules.file_limit >> 20} MB. See "
                f"{storage}#requesting-a-file-size-limit-increase for more information."
            )
        if file.size + sum(stored.size for stored in project.files) > self.rules.project_limit:
            raise invalid(
                f"Project size too large. Limit for project '{project.name}' total size is "
                f"{self.rules.project_limit >> 30} GB. See {storage}#requesting-a-project-size-limit-increase"
            )
        for name, algorithm in _DIGESTS.items():
            said = form.first(name).lower()
            # A digest that this index does not make itself is believed.
            if said and file.digests.setdefault(algorithm, said) != said:
                raise invalid("The digest supplied does not match a digest calculated from the uploaded file.")
        file.digests.setdefault("blake2b", file.digests["sha256"])

    def _is_known(self, file: FilePart) -> bool:
        known = self.database.file(file.file_name)
        hashes = (file.digests["sha256"], file.digests["blake2b"])
        return known is not None and (known.sha256, known.blake2b) == hashes

    def _refuse_reuse(self, file: FilePart) -> None:
        reuse, blake2b = self.rules.help("file-name-reuse"), file.digests["blake2b"]
        if self.database.file(file.file_name) or self.database.file_with(blake2b):
            raise invalid(f"File already exists ('{file.file_name}', with blake2_256 hash '{blake2b}').{reuse}")
        if file.file_name in self.database.deleted_files:
            raise invalid(
                "This filename was previously used by a file that has since been deleted. Use a different version."
                f"{reuse}"
            )

    def _refuse_late(self, form: Form, release: Release) -> None:
        days = self.rules.release_open_days
        if self.clock() - release.created > timedelta(days=days):
            raise invalid(f"Uploading new files to releases older than {days} days is not allowed.")
        is_sdist = form.first("filetype") == "sdist"
        if is_sdist and any(not name.endswith(".whl") for name in release.files):
            raise invalid("Only one sdist may be uploaded per release.")

    def _write(
        self,
        form: Form,
        file: FilePart,
        project: Project,
        release: Release,
        core_metadata: bytes | None,
        *,
        publisher: Publisher | None,
    ) -> StoredFile:
        self.pause(self.rules.commit_seconds)
        if self.rules.commit_gate:
            self.rules.commit_gate.wait(_GATE_SECONDS)
        stored = StoredFile(
            file_name=file.file_name,
            project=project.key,
            version=release.version,
            sha256=file.digests["sha256"],
            blake2b=file.digests["blake2b"],
            md5=file.digests.get("md5", ""),
            size=file.size,
            uploaded=self.clock(),
            path=file.path,
            core_metadata=core_metadata,
            requires_python=form.first("requires_python") or None,
            attestations=form.first("attestations") or None,
            publisher=publisher,
        )
        self.database.commit(stored, project, release)
        # Any spelling is taken, and the last one is shown (Warehouse).
        project.name = form.first("name")
        return stored


def _find_content(form: Form) -> FilePart:
    for part in form.files:
        if part.name == "content":
            return part
    raise invalid("Upload payload does not have a file.")


def _judge_archive(form: Form, file: FilePart) -> bytes | None:
    candidate = Candidate(
        file_name=file.file_name,
        filetype=form.first("filetype"),
        project=form.first("name"),
        version=form.first("version"),
        license_files=tuple(form.fields.get("license_file", ())),
    )
    if file.path is not None:
        return upload_archive.judge_archive(file.path, candidate)
    upload_archive.judge_names(candidate)
    return None
