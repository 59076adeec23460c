"""A local index that answers as PyPI does: uploads, Trusted Publishing, simple pages."""

import json
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from packaging.utils import canonicalize_version

from publish_sandbox.clock import Clock, SettableClock
from publish_sandbox.http.answers import html_answer, json_answer
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.issuer_keys import IssuerKeys, IssuerUnreachable
from publish_sandbox.http.multipart import FilePart, Form, Malformed, Spool, read_form
from publish_sandbox.http.request import Dropped, Incoming
from publish_sandbox.http.server import LocalServer
from publish_sandbox.pypi import upload_answers
from publish_sandbox.pypi.attestations import AttestationVerifier
from publish_sandbox.pypi.database import Database, Project, StoredFile, UniqueViolation
from publish_sandbox.pypi.permissions import Permissions, read_authorization
from publish_sandbox.pypi.project_creation import NewProjects
from publish_sandbox.pypi.read_side import ReadSide
from publish_sandbox.pypi.rules import Rejected, Rulebook
from publish_sandbox.pypi.token_minting import Minted, MintRefused, TokenMinter
from publish_sandbox.pypi.trusted_publishers import Publisher
from publish_sandbox.pypi.upload import UploadHandler
from publish_sandbox.pypi.upload_log import Upload
from publish_sandbox.pypi.upload_tokens import UploadTokens

_UPLOAD = "/legacy/"
_AUDIENCE = "/_/oidc/audience"
_MINT = ("/_/oidc/mint-token", "/_/oidc/github/mint-token")
_BURN = "/_/oidc/burn-token"
_DISCOVERY = "/.well-known/pytp"
_PYTP = "application/vnd.pypi.pytp.v1+json"
_GONE = {
    "submit": "Project pre-registration is no longer required or supported, upload your files instead.",
    "submit_pkg_info": "Project pre-registration is no longer required or supported, upload your files instead.",
    "doc_upload": "Uploading documentation is no longer supported, we recommend using https://readthedocs.org/.",
}


class LocalPyPI(LocalServer):
    """Play PyPI on loopback.

        with LocalGitHub() as github, LocalPyPI(issuer=github.issuer) as pypi:
            pypi.trust("demo", "octo", "demo", "release.yml")
            ...  # upload to pypi.upload_url, read from pypi.simple_url

    What came is in `attempts` (every form), `uploads` (those that wrote a file), `minted`, `burnt`, `requests`;
    what is there is in `projects`. `rules` holds its switches and limits, `faults` what goes wrong.
    The order of its checks, its statuses and its words are Warehouse's.
    """

    def __init__(
        self,
        *,
        issuer: str | None = None,
        keys: IssuerKeys | None = None,
        clock: Clock | None = None,
        name: str = "pypi",
        latency: float = 0.0,
        connect_latency: float = 0.0,
        rate: float | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        discovery: str | None = None,
        keep_files: bool = True,
        hashes: tuple[str, ...] = ("sha256", "blake2b", "md5"),
        attestation_verifier: AttestationVerifier | None = None,
    ) -> None:
        """Set up the index.

        `issuer` is whose ID tokens it takes (None: Trusted Publishing is off), `keys` what verifies them, where they
        are not to be read from the issuer's own address; `name` is the audience it asks for;
        `discovery="pep807"` answers that PEP's question too. For benchmarks: `keep_files=False` forgets the bytes
        once they are hashed, and `hashes=("sha256",)` leaves more of the machine to the client; hashes it does not
        make are believed. `attestation_verifier` verifies attestations (`sigstore.verifier.SigstoreVerifier`); without
        one their form and number are judged alone.
        """
        super().__init__(host=host, port=port, latency=latency, connect_latency=connect_latency, rate=rate)
        self.clock = clock or SettableClock()
        self.audience = name
        self.discovery = discovery
        self.rules = Rulebook(base_url=self.url)
        self.stale_seconds = 0.0
        """Simple pages show the files that were there so long ago."""
        self.false_hashes: dict[str, str] = {}
        """File name to the SHA-256 that simple pages claim for it."""
        self.attempts: list[Upload] = []
        self.burnt: list[str] = []
        self.database = Database()
        # A macaroon's location is the host it was asked from.
        self.tokens = UploadTokens(self.url.removeprefix("http://").partition(":")[0])
        self.publishers: list[Publisher] = []
        self._keep_files = keep_files
        self._hashes = hashes
        self._folder = tempfile.TemporaryDirectory(prefix="local-pypi-")
        self._attempts_lock = threading.Lock()
        permissions = Permissions(rules=self.rules, tokens=self.tokens, publishers=self.publishers, clock=self.clock)
        self._uploads = UploadHandler(
            database=self.database,
            rules=self.rules,
            permissions=permissions,
            new_projects=NewProjects(database=self.database, rules=self.rules, permissions=permissions),
            clock=self.clock,
            pause=self.pause,
            attestation_verifier=attestation_verifier,
        )
        self._read_side = ReadSide(database=self.database, base_url=self.url)
        self._mints = TokenMinter(
            database=self.database,
            rules=self.rules,
            tokens=self.tokens,
            publishers=self.publishers,
            clock=self.clock,
            issuer=issuer,
            audience=name,
            keys=keys or (IssuerKeys(issuer, self.clock) if issuer else None),
        )

    def stop(self) -> None:
        """Stop serving and delete all files; `with` does it."""
        super().stop()
        self._folder.cleanup()

    @property
    def upload_url(self) -> str:
        """Return the upload URL."""
        return self.url + _UPLOAD

    @property
    def simple_url(self) -> str:
        """Return the URL that installers read."""
        return f"{self.url}/simple/"

    @property
    def projects(self) -> dict[str, Project]:
        """Return all projects by normalised name."""
        return self.database.projects

    @property
    def uploads(self) -> list[Upload]:
        """Return the uploads that wrote a file, in the order in which they did."""
        return [attempt for attempt in self.attempts if attempt.stored]

    @property
    def minted(self) -> list[Minted]:
        """Return all upload tokens minted by Trusted Publishing, oldest first."""
        return self._mints.minted

    def create_project(self, name: str, *users: str) -> Project:
        """Create a project without releases, owned by `users`."""
        return self.database.create_project(name, *users)

    def api_token(self, user: str, project: str | None = None) -> str:
        """Make an API token of `user`, for all their projects or for one (which is created for them)."""
        scope = ((2, (self.create_project(project, user).id,)),) if project else ()
        return self.tokens.issue((3, user), *scope, user=user)

    def trust(
        self,
        project: str,
        owner: str,
        repository: str,
        workflow: str,
        environment: str | None = None,
        *,
        owner_id: int | None = None,
    ) -> Publisher:
        """Register a trusted publisher for a project, which is created where it is missing."""
        publisher = self._publisher(owner, repository, workflow, environment, owner_id)
        publisher.projects.add(self.create_project(project).key)
        return publisher

    def trust_pending(
        self,
        project: str,
        owner: str,
        repository: str,
        workflow: str,
        environment: str | None = None,
        *,
        owner_id: int | None = None,
        user: str = "registrant",
    ) -> Publisher:
        """Register a pending publisher: the first mint creates the project, owned by `user`."""
        publisher = self._publisher(owner, repository, workflow, environment, owner_id)
        publisher.pending[project] = user
        return publisher

    def delete_file(self, file_name: str) -> None:
        """Delete a file as its owner can; its name is then used up."""
        file = self.database.file(file_name)
        assert file, file_name
        del self.projects[file.project].releases[canonicalize_version(file.version)].files[file_name]
        self.database.deleted_files.add(file_name)

    def answer(self, request: Incoming) -> Answer:
        """Answer as PyPI does."""
        routes: dict[tuple[str, str], Callable[[Incoming], Answer]] = {
            ("POST", _UPLOAD): self._receive_upload,
            ("POST", "/legacy"): self._point_to_upload,
            ("GET", _AUDIENCE): self._tell_audience,
            ("POST", _BURN): self._burn,
            ("GET", _DISCOVERY): self._discover,
            **{("POST", path): self._mint for path in _MINT},
        }
        if route := routes.get((request.method, request.path)):
            return route(request)
        if request.path in ("/", _AUDIENCE, _BURN, *_MINT):
            return html_answer(405, "Method Not Allowed")
        if request.method not in ("GET", "HEAD"):
            return html_answer(404, "Not Found")
        return self._read_side.answer(
            request.path,
            accept=request.headers.get("Accept", ""),
            at=self.clock() - timedelta(seconds=self.stale_seconds),
            false_hashes=self.false_hashes,
        )

    def _publisher(
        self, owner: str, repository: str, workflow: str, environment: str | None, owner_id: int | None
    ) -> Publisher:
        """Return the row with these values: one publisher may serve several projects."""
        made = Publisher(
            owner=owner,
            repository=repository,
            workflow=workflow,
            environment=environment.lower() if environment else None,
            owner_id=None if owner_id is None else str(owner_id),
        )
        for known in self.publishers:
            if (known.id, known.owner_id) == (made.id, made.owner_id):
                return known
        self.publishers.append(made)
        return made

    def _point_to_upload(self, request: Incoming) -> Answer:
        request.body.drain()
        reason = "An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)"
        return Answer(status=308, reason=reason, headers={"Location": self.upload_url})

    def _tell_audience(self, request: Incoming) -> Answer:
        if self._mints.issuer is None or not self.rules.trusted_publishing:
            return json_answer({"message": "Trusted publishing functionality not enabled"}, status=403)
        return json_answer({"audience": self.audience})

    def _mint(self, request: Incoming) -> Answer:
        try:
            minted = self._mints.mint(request.body.read_text())
        except IssuerUnreachable:
            raise Dropped from None
        except MintRefused as error:
            errors = [{"code": error.code, "description": error.description}]
            return json_answer({"message": "Token request failed", "errors": errors}, status=422)
        return json_answer({"success": True, "token": minted.token, "expires": minted.expires})

    def _burn(self, request: Incoming) -> Answer:
        try:
            token = json.loads(request.body.read_text())["token"]
        except (ValueError, KeyError, TypeError):
            return json_answer({"message": "Token request failed"}, status=422)
        self.tokens.purge(str(token))
        self.burnt.append(str(token))
        return Answer(status=202)

    def _discover(self, request: Incoming) -> Answer:
        if self.discovery != "pep807" or request.query.get("discover") != _UPLOAD:
            return html_answer(404, "Not Found")
        found = {"audience-endpoint": self.url + _AUDIENCE, "token-mint-endpoint": self.url + _MINT[0]}
        return replace(json_answer(found), content_type=_PYTP)

    def _receive_upload(self, request: Incoming) -> Answer:
        began = time.monotonic()
        accept = request.headers.get("Accept", "")
        spool = Spool(folder=Path(self._folder.name) if self._keep_files else None, algorithms=self._hashes)
        try:
            form = read_form(request.body, request.headers.get("Content-Type", ""), spool)
        except Malformed:
            return upload_answers.refused(400, "Bad Request", accept)
        action = form.first(":action") or request.query.get(":action", "")
        if action in _GONE:
            return upload_answers.refused(410, _GONE[action], accept)
        if action != "file_upload":
            return html_answer(404, "Not Found")
        content = next((part for part in form.files if part.name == "content"), None)
        fault = self.faults.take(request.method, request.path, file=content.file_name if content else None)
        return self.perform(fault, request, lambda: self._settle(request, form, content, began))

    def _settle(self, request: Incoming, form: Form, content: FilePart | None, began: float) -> Answer:
        """Process the form, record the attempt, and return the response."""
        accept = request.headers.get("Accept", "")
        fields = {name: tuple(values) for name, values in form.fields.items()}
        credential = read_authorization(request.headers.get("Authorization", ""))
        headers: dict[str, str] = {}
        stored: StoredFile | None = None
        try:
            stored = self._uploads.receive(form, credential, headers)
            answer = upload_answers.accepted(accept)
            if self.rules.single_use_tokens:
                self.tokens.purge(credential.token)
        except Rejected as error:
            answer = upload_answers.refused(error.status, error.message, accept)
        except UniqueViolation:
            answer = upload_answers.CRASHED
        attempt = Upload(
            file_name=content.file_name if content else "",
            project=form.first("name"),
            version=form.first("version"),
            sha256=content.digests["sha256"] if content else "",
            size=content.size if content else 0,
            fields=fields,
            status=answer.status,
            stored=stored is not None,
            began=began,
            ended=time.monotonic(),
            at=self.clock(),
            token=credential.token,
        )
        with self._attempts_lock:
            self.attempts.append(attempt)
        self._clear_spool(form, stored)
        return replace(answer, headers={**answer.headers, **headers})

    def _clear_spool(self, form: Form, stored: StoredFile | None) -> None:
        for part in form.files:
            if part.path and (stored is None or part.path != stored.path):
                part.path.unlink()
