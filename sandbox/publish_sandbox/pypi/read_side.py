"""What the local PyPI serves to readers: simple pages, JSON pages, files, provenance."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.utils import canonicalize_name, canonicalize_version

from publish_sandbox.http.answers import html_answer, json_answer
from publish_sandbox.http.faults import Answer
from publish_sandbox.pypi import simple_pages
from publish_sandbox.pypi.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSide:
    """Serve what is in the database."""

    database: Database
    base_url: str

    def answer(self, path: str, *, accept: str, at: datetime, false_hashes: dict[str, str]) -> Answer:
        """Answer a GET as of the moment `at`; files that came later are not on simple pages."""
        if path == "/simple/":
            projects = [project for _, project in sorted(self.database.projects.items())]
            return simple_pages.render_list(projects, serial=self.database.serial, accept=accept)
        if match := re.fullmatch(r"/simple/([^/]+)/?", path):
            return self._serve_simple(path, match[1], accept=accept, at=at, false_hashes=false_hashes)
        if match := re.fullmatch(r"/pypi/([^/]+)(?:/([^/]+))?/json", path):
            return self._serve_json(match[1], match[2])
        if match := re.fullmatch(r"/integrity/([^/]+)/([^/]+)/([^/]+)/provenance", path):
            return self._serve_provenance(match[1], match[2], match[3])
        return self._serve_file(path)

    def _serve_simple(self, path: str, name: str, *, accept: str, at: datetime, false_hashes: dict[str, str]) -> Answer:
        key = canonicalize_name(name)
        if path != f"/simple/{key}/":
            return Answer(status=301, headers={"Location": f"{self.base_url}/simple/{key}/"})
        project = self.database.projects.get(key)
        if project is None:
            return Answer(status=404, body=b"404 Not Found")
        return simple_pages.render_project(
            project,
            # A quarantined project's page lists nothing (measured).
            [file for file in project.files if file.uploaded <= at and project.status != "quarantined"],
            base_url=self.base_url,
            serial=self.database.serial,
            accept=accept,
            false_hashes=false_hashes,
        )

    def _serve_json(self, name: str, version: str | None) -> Answer:
        project = self.database.project(name)
        files = project.files if project else []
        if version:
            files = [file for file in files if canonicalize_version(file.version) == canonicalize_version(version)]
        if project is None or not files:
            return json_answer({"message": "Not Found"}, status=404)
        return json_answer(simple_pages.render_release_json(project, files, base_url=self.base_url))

    def _serve_provenance(self, project: str, version: str, file_name: str) -> Answer:
        file = self.database.file(file_name)
        asked = (canonicalize_name(project), canonicalize_version(version))
        if file is None or file.attestations is None or asked != (file.project, canonicalize_version(file.version)):
            return json_answer({"message": f"No provenance available for {file_name}"}, status=404)
        publisher = file.publisher.describe() if file.publisher else None
        bundle = {"publisher": publisher, "attestations": json.loads(file.attestations)}
        answer = json_answer({"version": 1, "attestation_bundles": [bundle]})
        return replace(answer, content_type="application/vnd.pypi.integrity.v1+json")

    def _serve_file(self, path: str) -> Answer:
        for file in self.database.files():
            if path == file.url_path and file.path:
                return Answer(content_type="application/octet-stream", body=file.path.read_bytes())
            if path == f"{file.url_path}.metadata" and file.core_metadata is not None:
                return Answer(content_type="application/octet-stream", body=file.core_metadata)
        return html_answer(404, "Not Found")
