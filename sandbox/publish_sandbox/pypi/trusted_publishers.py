"""Which trusted publisher the claims of an ID token belong to, by PyPI's rules and in PyPI's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_REQUIRED = (
    "repository",
    "repository_owner",
    "repository_owner_id",
    "job_workflow_ref",
    "jti",
    "event_name",
    "ref",
    "sha",
)
_WORKFLOW_FILE = re.compile(r"([^/]+\.ya?ml)@")


class NoPublisher(Exception):
    """No publisher fits; the text is the REASON of PyPI's answer."""


@dataclass(slots=True, kw_only=True)
class Publisher:
    """A trusted publisher; `projects` are those it may upload to, by normalised name."""

    owner: str
    repository: str
    workflow: str
    environment: str | None
    owner_id: str | None
    """None accepts any: the local index has nobody to ask for the id behind a login."""
    projects: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)
    """Names of projects its first mint creates, and the user who registered each."""

    @property
    def id(self) -> str:
        """Return what distinguishes it from others."""
        return f"{self.owner}/{self.repository}/{self.workflow}/{self.environment or ''}"

    def describe(self) -> dict[str, str | None]:
        """Return its form in the integrity API (PEP 740)."""
        return {
            "kind": "GitHub",
            "repository": f"{self.owner}/{self.repository}",
            "workflow": self.workflow,
            "environment": self.environment,
        }


def find_publisher(publishers: list[Publisher], claims: Mapping[str, object], *, pending: bool) -> Publisher:
    """Return the publisher, among those with projects (or with pending ones), that the claims belong to.

    Raises `NoPublisher`. Order: presence, row, then each claim (Warehouse).
    """
    for name in _REQUIRED:
        if claims.get(name) is None:
            raise NoPublisher(f"Missing claim '{name}'")
    file = _WORKFLOW_FILE.search(str(claims["job_workflow_ref"]))
    if not file:
        raise NoPublisher("Could not job extract workflow filename from OIDC claims")
    rows = [row for row in publishers if (row.pending if pending else row.projects)]
    found = _find_row(rows, claims, file[1])
    if found is None:
        raise NoPublisher("Publisher with matching claims was not found")
    _verify(found, claims)
    return found


def _find_row(rows: list[Publisher], claims: Mapping[str, object], workflow: str) -> Publisher | None:
    """Prefer the publisher with the job's environment to the one without any."""
    owner, _, repository = str(claims["repository"]).partition("/")
    fitting = {
        row.environment: row
        for row in rows
        if (row.owner, row.repository, row.workflow) == (owner, repository, workflow)
        and row.owner_id in (None, claims["repository_owner_id"])
    }
    environment = str(claims.get("environment") or "").lower()
    return fitting.get(environment) or fitting.get(None)


def _verify(row: Publisher, claims: Mapping[str, object]) -> None:
    if claims["repository_owner"] != row.owner:
        raise NoPublisher("Check failed for required claim 'repository_owner'")
    if not claims["ref"] and not claims["sha"]:
        raise NoPublisher("The ref and sha claims are empty")
    workflow = f"{row.owner}/{row.repository}/.github/workflows/{row.workflow}"
    expected = [f"{workflow}@{claims[name]}" for name in ("sha", "ref") if claims[name]]
    if claims["job_workflow_ref"] not in expected:
        got = claims["job_workflow_ref"]
        raise NoPublisher(f"The job_workflow_ref claim does not match, expecting one of {expected}, got '{got}'")
    if claims["event_name"] == "pull_request_target":
        raise NoPublisher("Publishing from a workflow invoked via 'pull_request_target' is not supported.")
