"""A local GitHub: ID tokens, the REST API for repositories and files, and a runner's environment."""

import base64
import hashlib
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from publish_sandbox.clock import Clock, SettableClock
from publish_sandbox.github import id_tokens, runner_environment
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.http.faults import Answer, BadToken
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer

_ISSUER = "/_services/token"
_REQUEST = "/_services/request-id-token"
_API = "/api/v3"
_DOCS = "https://docs.github.com/rest"


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository on the local GitHub; tests change its fields as its owner would."""

    full_name: str
    visibility: str = "public"
    id: int
    owner_id: int
    default_branch: str = "main"
    files: dict[str, str] = field(default_factory=dict)
    """Path to text, on the default branch."""
    commits: dict[str, dict[str, str]] = field(default_factory=dict)
    """Commit, tag or other branch to its files."""
    claims: dict[str, object] = field(default_factory=dict)
    """Claims of its ID tokens that differ from the true ones; None leaves a claim out."""

    @property
    def owner(self) -> str:
        """Return the owner's login."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the name without its owner."""
        return self.full_name.partition("/")[2]


class LocalGitHub(LocalServer):
    """Play a GitHub Enterprise Server: everything under one address, over plain http on loopback.

        with LocalGitHub() as github:
            repository = github.repository("octo/demo", visibility="private")
            environment = github.environment(repository, workspace=..., temp=...)

    `tokens` are the values of `github-token` that work; those in `limited_tokens` cannot read contents.
    A faulty ID token is armed with `github.faults.add("/_services/request-id-token", BadToken(...))`.
    """

    def __init__(self, *, clock: Clock | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host=host, port=port)
        self.clock = clock or SettableClock()
        self.repositories: dict[str, Repository] = {}
        """By full name in lower case."""
        self.token = f"ghs_{secrets.token_hex(18)}"
        """A `github-token` that may read all."""
        self.tokens = {self.token}
        self.limited_tokens: set[str] = set()
        self._jobs: dict[str, tuple[Repository, Job]] = {}

    @property
    def issuer(self) -> str:
        """Return the `iss` of its ID tokens."""
        return self.url + _ISSUER

    @property
    def api_url(self) -> str:
        """Return the address of the REST API."""
        return self.url + _API

    @property
    def id_token_request_url(self) -> str:
        """Return what a runner puts into ACTIONS_ID_TOKEN_REQUEST_URL."""
        return f"{self.url}{_REQUEST}?api-version=2.0"

    def repository(
        self, full_name: str, *, visibility: str = "public", claims: Mapping[str, object] | None = None
    ) -> Repository:
        """Create the repository `owner/name`; its ids follow from its name."""
        owner = full_name.partition("/")[0]
        made = Repository(
            full_name=full_name,
            visibility=visibility,
            id=zlib.crc32(full_name.encode()),
            owner_id=zlib.crc32(owner.encode()),
            claims=dict(claims or {}),
        )
        self.repositories[full_name.lower()] = made
        return made

    def environment(
        self,
        repository: Repository,
        *,
        workspace: Path,
        temp: Path,
        event: str = "push",
        payload: Mapping[str, object] | None = None,
        id_token: bool = True,
        ref: str = "refs/heads/main",
        sha: str = "7638417db6d59f3c431d3e1f261cc637155684cd",
        workflow: str = "release.yml",
        run_id: str = "16000000001",
        run_attempt: str = "1",
        actor: str = "octocat",
        environment: str | None = None,
        **over: str,
    ) -> dict[str, str]:
        """Return the variables a runner sets for one step of a job, and write its files under `temp`.

        `environment` is the job's deployment environment; `id_token=False` is a job without `id-token: write`.
        `over` replaces variables, as an earlier step could; what GitHub signs stays true.
        """
        job = Job(
            event=event,
            ref=ref,
            sha=sha,
            workflow=workflow,
            run_id=run_id,
            run_number="7",
            run_attempt=run_attempt,
            actor=actor,
            environment=environment,
        )
        variables = runner_environment.variables(
            job, server_url=self.url, api_url=self.api_url, repository=self.describe(repository), workspace=workspace
        )
        variables |= runner_environment.write_files(
            temp, payload if payload is not None else runner_environment.payload(job, self.describe(repository))
        )
        if id_token:
            variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = self.id_token_request_url
            variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = self.request_token(repository, job)
        return {**variables, **over}

    def request_token(self, repository: Repository, job: Job) -> str:
        """Return a token with which a job asks for its ID tokens."""
        token = f"request-{secrets.token_hex(16)}"
        self._jobs[token] = (repository, job)
        return token

    def id_token(self, repository: Repository, job: Job, *, audience: str, bad: BadToken | None = None) -> str:
        """Return the ID token that GitHub would issue to `job` for `audience`."""
        claims = {
            "iss": self.issuer,
            "aud": audience,
            **id_tokens.times(self.clock()),
            **id_tokens.job_claims(
                job,
                full_name=repository.full_name,
                repository_id=repository.id,
                owner_id=repository.owner_id,
                visibility=repository.visibility,
            ),
            **repository.claims,
            **(bad.claims if bad else {}),
        }
        key = id_tokens.foreign_key() if bad and bad.foreign_key else id_tokens.signing_key()
        return id_tokens.sign({name: value for name, value in claims.items() if value is not None}, key)

    def describe(self, repository: Repository) -> dict[str, object]:
        """Return the JSON object that stands for a repository in the REST API and in event payloads."""
        owner: dict[str, object] = {"login": repository.owner, "id": repository.owner_id, "type": "Organization"}
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.visibility != "public",
            "visibility": repository.visibility,
            "owner": owner,
            "default_branch": repository.default_branch,
            "fork": False,
            "archived": False,
            "html_url": f"{self.url}/{repository.full_name}",
            "url": f"{self.api_url}/repos/{repository.full_name}",
        }

    def answer(self, request: Incoming) -> Answer:
        """Answer as GitHub does."""
        if request.path == _REQUEST:
            return self._issue_id_token(request)
        if request.path.startswith(_ISSUER):
            return self._publish_keys(request.path.removeprefix(_ISSUER))
        if request.path.startswith(_API):
            return self._serve_api(request)
        return _not_found()

    def _issue_id_token(self, request: Incoming) -> Answer:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self._jobs:
            return _json({"message": "The request token is not valid."}, status=401)
        repository, job = self._jobs[token]
        audience = request.query.get("audience") or f"{self.url}/{repository.owner}"
        bad = request.fault if isinstance(request.fault, BadToken) else None
        return _json({"count": 1, "value": self.id_token(repository, job, audience=audience, bad=bad)})

    def _publish_keys(self, path: str) -> Answer:
        if path == "/.well-known/openid-configuration":
            return _json(
                {
                    "issuer": self.issuer,
                    "jwks_uri": f"{self.issuer}/.well-known/jwks",
                    "subject_types_supported": ["public", "pairwise"],
                    "response_types_supported": ["id_token"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "scopes_supported": ["openid"],
                }
            )
        return _json(id_tokens.public_keys()) if path == "/.well-known/jwks" else _not_found()

    def _serve_api(self, request: Incoming) -> Answer:
        token = request.headers.get("Authorization", "").partition(" ")[2]
        if token and token not in self.tokens | self.limited_tokens:
            return _json({"message": "Bad credentials", "documentation_url": _DOCS, "status": "401"}, status=401)
        parts = request.path.removeprefix(f"{_API}/").split("/", 4)
        repository = self.repositories.get("/".join(parts[1:3]).lower()) if parts[0] == "repos" else None
        if repository is None or (repository.visibility != "public" and not token):
            return _not_found()
        match parts[3:]:
            case []:
                return _json(self.describe(repository))
            case ["contents", path]:
                if token in self.limited_tokens:
                    return _json({"message": "Resource not accessible by integration", "status": "403"}, status=403)
                return self._serve_contents(repository, path, request.query.get("ref"))
            case _:
                return _not_found()

    def _serve_contents(self, repository: Repository, path: str, ref: str | None) -> Answer:
        on_default = ref in (None, repository.default_branch, f"refs/heads/{repository.default_branch}")
        text = (repository.files if on_default else repository.commits.get(ref or "", {})).get(path)
        if text is None:
            return _not_found()
        content = text.encode()
        url = f"{self.api_url}/repos/{repository.full_name}/contents/{path}"
        return _json(
            {
                "type": "file",
                "encoding": "base64",
                "size": len(content),
                "name": path.rpartition("/")[2],
                "path": path,
                "content": base64.encodebytes(content).decode(),
                "sha": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(),
                "url": f"{url}?ref={ref or repository.default_branch}",
                "html_url": f"{self.url}/{repository.full_name}/blob/{ref or repository.default_branch}/{path}",
            }
        )


def _json(value: object, *, status: int = 200) -> Answer:
    return Answer(status=status, content_type="application/json; charset=utf-8", body=json.dumps(value).encode())


def _not_found() -> Answer:
    return _json({"message": "Not Found", "documentation_url": _DOCS, "status": "404"}, status=404)
