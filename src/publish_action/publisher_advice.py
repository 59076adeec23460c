"""What to tell a user whose index mints no upload token: the very words its form wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from publish_action.token_answers import MintError

_WEB_HOSTS = {"upload.pypi.org": "https://pypi.org", "test.pypi.org": "https://test.pypi.org"}
_GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who we are, as an index's form for a trusted publisher asks for it. Empty = the ID token does not say."""

    owner: str
    repository: str
    workflow: str
    """The file name of the workflow, without its folder."""
    environment: str
    """Empty = the job runs in no environment."""


def read_publisher(claims: Mapping[str, object]) -> Publisher:
    """Give the publisher that these claims describe; the index matches the same claims (Warehouse)."""
    owner, _, repository = _text(claims, "repository").partition("/")
    return Publisher(
        owner=owner,
        repository=repository,
        workflow=_text(claims, "job_workflow_ref").partition("@")[0].rpartition("/")[2],
        environment=_text(claims, "environment"),
    )


def render_advice(*, host: str, project: str, claims: Mapping[str, object], errors: tuple[MintError, ...]) -> str:
    """Say what to change so that the index at `host` mints a token. The ID token's claims are shown, not trusted."""
    hindrance = _name_hindrance(host, claims)
    if hindrance:
        return hindrance
    codes = {error.code for error in errors}
    for code, advice in _ADVICE.items():
        if code in codes:
            return advice
    return _render_form(host, project, claims)


# What has nothing to do with the publisher on record. Warehouse's codes; other codes and other indexes get the form.
_ADVICE = {
    "not-enabled": (
        "The index has switched Trusted Publishing off. See its status page and run the job again later, "
        "or give an API token."
    ),
    "invalid-reuse-token": "The ID token was used up. Run the job again: each try asks GitHub for a new one.",
    "invalid-token": (
        "The index could not verify GitHub's signature, or its clock and GitHub's differ. Run the job again; "
        "if it fails again, report it to the index."
    ),
    "invalid-pending-publisher": (
        "The project came into being while a pending publisher waited for it. If it is yours, add this workflow "
        "as a publisher in the project's settings; if not, choose another name."
    ),
}


def _name_hindrance(host: str, claims: Mapping[str, object]) -> str:
    """Name what no form can mend, or give the empty text."""
    workflow, repository = _text(claims, "job_workflow_ref"), _text(claims, "repository")
    if workflow and repository and not workflow.lower().startswith(f"{repository.lower()}/"):
        return (
            f"The job runs a reusable workflow of another repository ({workflow.partition('@')[0]}), and PyPI accepts "
            f"none from outside {repository}. Move the publishing job into a workflow of {repository} itself: "
            "it may still call the reusable one for building."
        )
    if _text(claims, "event_name") == "pull_request_target":
        return (
            "The run was started by pull_request_target, from which PyPI accepts nothing. "
            "Publish from a push of a tag, a release or workflow_dispatch."
        )
    if host in _WEB_HOSTS and not _is_github_com(_text(claims, "iss")):
        return (
            f"The ID token comes from {_text(claims, 'iss') or 'nobody'}, and PyPI knows github.com alone "
            f"({_GITHUB_ISSUER}). From this server publish with an API token."
        )
    return ""


def _is_github_com(issuer: str) -> bool:
    return issuer == _GITHUB_ISSUER


def _render_form(host: str, project: str, claims: Mapping[str, object]) -> str:
    publisher = read_publisher(claims)
    rows = (
        ("PyPI Project Name", project),
        ("Owner", publisher.owner or "(missing in the ID token)"),
        ("Repository name", publisher.repository or "(missing in the ID token)"),
        ("Workflow name", publisher.workflow or "(missing in the ID token)"),
        ("Environment name", publisher.environment or "(leave empty: this job runs in no environment)"),
    )
    form = "\n".join(f"  {name}: {value}" for name, value in rows)
    links = _render_links(host, project, publisher)
    return f"Register exactly this as a trusted publisher, letter by letter:\n{form}\n{links}"


def _render_links(host: str, project: str, publisher: Publisher) -> str:
    web = _WEB_HOSTS.get(host)
    if web is None:
        return f"The index is {host}; its own documentation says where."
    filled = {
        "provider": "github",
        "owner": publisher.owner,
        "repository": publisher.repository,
        "workflow_filename": publisher.workflow,
    }
    if publisher.environment:
        filled["environment"] = publisher.environment
    return (
        f"The project exists: {web}/manage/project/{project}/settings/publishing/?{urlencode(filled)}\n"
        f"It is new: {web}/manage/account/publishing/?{urlencode({**filled, 'project_name': project})}"
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    return found[:300] if isinstance(found, str) else ""
