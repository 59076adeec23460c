"""A fake of the hosted private indexes: one server, with a profile for how a kind of server answers."""

import hashlib
import html
import json
from dataclasses import dataclass, field
from pathlib import Path

from publish_sandbox.http.faults import Answer
from publish_sandbox.http.multipart import Form, Spool, read_form
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer

JSON = "application/vnd.pypi.simple.v1+json"
_STORED = Answer()
_NOT_FOUND = Answer(status=404, content_type="text/html", body=b"<title>404 Not Found</title>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one kind of server answers, as far as publishing meets it."""

    upload_path: str
    read_path: str
    """The address of its simple pages, with a final slash."""
    created: Answer = _STORED
    same: Answer
    """To a file that is there with the same bytes."""
    other: Answer | None = None
    """To a file that is there with other bytes; None = the same."""
    overwrites: bool = False
    """Other bytes take the place of those that are there, whatever is answered."""
    page_type: str = "text/html"
    page_title: str = "Links for {project}"
    """Of its HTML pages."""
    hash_name: str = "sha256"
    """The hash that its pages give; empty = none."""
    missing: Answer = _NOT_FOUND
    """To a reader who asks for a project that it has not."""
    accepts: frozenset[str] | None = None
    """If given, an `Accept` that names another type is answered with 406."""
    looks_until_listed: int = 0
    """How many readers miss a file after it was taken: it works at it still."""
    loses_uploads: bool = False
    """A file that was taken is never listed: what came later failed."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A file that the server has."""

    project: str
    content: bytes
    looks_left: int = 0


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What a server has, by file name."""

    files: dict[str, Held] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    """The files that reached it whole, in order, each time that they did."""
    forms: list[Form] = field(default_factory=list)


class HostedIndex(LocalServer):
    """Serve one index as `profile` says."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        super().__init__()
        self.profile = profile
        self.shelf = Shelf()
        self._folder = folder

    @property
    def upload_url(self) -> str:
        """Return the URL that takes uploads."""
        return f"{self.url}{self.profile.upload_path}"

    @property
    def read_url(self) -> str:
        """Return the URL that installers read."""
        return f"{self.url}{self.profile.read_path}"

    def hold(self, file: str, project: str, content: bytes, *, looks_left: int = 0) -> None:
        """Have a file already; the first so many readers miss it."""
        self.shelf.files[file] = Held(project=project, content=content, looks_left=looks_left)

    def answer(self, request: Incoming) -> Answer:
        """Take an upload, or show a project's page or a file."""
        if request.method == "POST" and request.path == self.profile.upload_path:
            return self._take(read_form(request.body, request.headers["Content-Type"], Spool(folder=self._folder)))
        if request.method == "GET" and request.path.startswith("/files/"):
            held = self.shelf.files.get(request.path.removeprefix("/files/"))
            return Answer(content_type="application/octet-stream", body=held.content) if held else _NOT_FOUND
        if request.method == "GET" and request.path.startswith(self.profile.read_path):
            return self._show(request)
        return _NOT_FOUND

    def _take(self, form: Form) -> Answer:
        (part,) = (each for each in form.files if each.name == "content")
        content = part.path.read_bytes() if part.path else b""
        self.shelf.attempts.append(part.file_name)
        self.shelf.forms.append(form)
        there = self.shelf.files.get(part.file_name)
        if there is None or (self.profile.overwrites and there.content != content):
            if not self.profile.loses_uploads:
                self.hold(part.file_name, form.first("name"), content, looks_left=self.profile.looks_until_listed)
            return self.profile.created if there is None else self._refusal
        return self.profile.same if there.content == content else self._refusal

    @property
    def _refusal(self) -> Answer:
        return self.profile.other or self.profile.same

    def _show(self, request: Incoming) -> Answer:
        kinds = {part.split(";")[0].strip() for part in request.headers.get("Accept", "").split(",")}
        if self.profile.accepts is not None and not kinds <= self.profile.accepts:
            return Answer(status=406)
        project = request.path.removeprefix(self.profile.read_path).strip("/")
        listed: dict[str, Held] = {}
        for name, held in self.shelf.files.items():
            if held.looks_left > 0:
                held.looks_left -= 1
            elif held.project == project:
                listed[name] = held
        if not listed:
            return self.profile.missing
        return self._json_page(project, listed) if self.profile.page_type == JSON else self._html_page(project, listed)

    def _html_page(self, project: str, listed: dict[str, Held]) -> Answer:
        links = "\n".join(
            f'<a href="{self.url}/files/{html.escape(name)}{self._fragment(held)}">{html.escape(name)}</a><br/>'
            for name, held in listed.items()
        )
        title = html.escape(self.profile.page_title.format(project=project))
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{links}</body></html>"
        return Answer(content_type="text/html", body=page.encode())

    def _fragment(self, held: Held) -> str:
        name = self.profile.hash_name
        return f"#{name}={hashlib.new(name, held.content).hexdigest()}" if name else ""

    def _json_page(self, project: str, listed: dict[str, Held]) -> Answer:
        name = self.profile.hash_name
        files = [
            {
                "filename": file,
                "url": f"{self.url}/files/{file}",
                "hashes": {name: hashlib.new(name, held.content).hexdigest()} if name else {},
            }
            for file, held in listed.items()
        ]
        page = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        return Answer(content_type=JSON, body=json.dumps(page).encode())
