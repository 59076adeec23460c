"""What to tell a user whose index mints no upload token: the very words its form wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from publish_action.context import Context
from publish_action.index_url import IndexUrl, parse_index_url
from publish_action.model import Index
from publish_action.token_answers import MintError

REMEDY_FOR_UNKNOWN_SERVER = "From this server publish with an API token in public-index-token."

_WEB_HOSTS = {"upload.pypi.org": "https://pypi.org", "test.pypi.org": "https://test.pypi.org"}
# Warehouse's words, under a code that has other meanings too.
_UNKNOWN_ISSUER = "unknown trusted publishing issuer"
_GITHUB = "https://github.com"
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
        workflow=_file_name(_text(claims, "job_workflow_ref")),
        environment=_text(claims, "environment"),
    )


def render_advice(*, host: str, project: str, claims: Mapping[str, object], errors: tuple[MintError, ...]) -> str:
    """Say what to change so that the index at `host` mints a token. The ID token's claims are shown, not trusted."""
    hindrance = _name_hindrance(host, claims)
    if hindrance:
        return hindrance
    if any(_UNKNOWN_ISSUER in error.description for error in errors):
        return (
            f"The ID token comes from {_text(claims, 'iss') or 'nobody'}, which {host} does not know. Ask the "
            "operators of the index to accept ID tokens from there, or give a password or an API token."
        )
    codes = {error.code for error in errors}
    for code, advice in _ADVICE.items():
        if code in codes:
            return advice
    return _render_form(host, project, claims)


def name_unknown_server(index: Index, context: Context) -> str:
    """Say that PyPI knows no ID tokens of this run's GitHub server, or give the empty text; nobody is asked for it."""
    url = parse_index_url(index.url)
    if not isinstance(url, IndexUrl) or url.host not in _WEB_HOSTS or context.server_url == _GITHUB:
        return ""
    return f"The ID tokens of {context.server_url} are not known to PyPI, which takes those of {_GITHUB} alone."


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
            f"none from outside {repository}. Move the publishing job into a workflow of {repository} itself, and "
            "register that as the trusted publisher; its other jobs may still call the reusable one."
        )
    if _text(claims, "event_name") == "pull_request_target":
        return (
            "The run was started by pull_request_target, from which PyPI accepts nothing. "
            "Publish from a push of a tag, a release or workflow_dispatch."
        )
    if host in _WEB_HOSTS and _text(claims, "iss") != _GITHUB_ISSUER:
        return (
            f"The ID token comes from {_text(claims, 'iss') or 'nobody'}, and PyPI knows github.com alone "
            f"({_GITHUB_ISSUER}). {REMEDY_FOR_UNKNOWN_SERVER}"
        )
    return ""


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
    return "\n".join(
        (
            f"Register exactly this as a trusted publisher, letter by letter:\n{form}",
            _render_links(host, project, publisher),
            "If one is registered already, one of these fields differs from it:",
            *(f"- {line}" for line in _list_differences(host, publisher, claims)),
        )
    )


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
        f"If the project exists, open {web}/manage/project/{project}/settings/publishing/?{urlencode(filled)}\n"
        f"If it is new, open {web}/manage/account/publishing/?{urlencode({**filled, 'project_name': project})}"
    )


def _list_differences(host: str, publisher: Publisher, claims: Mapping[str, object]) -> tuple[str, ...]:
    """Say of each field how it comes to differ. No index tells what is registered."""
    names = (
        "Owner, repository, workflow: an index keeps the old names when these are renamed or moved on GitHub. "
        "Add this publisher, then remove the old one."
    )
    caller = _file_name(_text(claims, "workflow_ref"))
    called = (
        f"Workflow: the job stands in {publisher.workflow}, which {caller} calls; the index looks at the former alone."
    )
    is_called = bool(caller and publisher.workflow and caller != publisher.workflow)
    return (names, *((called,) if is_called else ()), _describe_environment(host, publisher.environment))


def _describe_environment(host: str, environment: str) -> str:
    if not environment:
        return (
            "Environment: this job runs in none. If the publisher names one, give the job `environment: NAME`, "
            "with that name."
        )
    # Warehouse: a publisher without an environment fits a job in any.
    empty = " A publisher without an environment fits, too." if host in _WEB_HOSTS else ""
    return f"Environment: this job runs in {environment}. If the publisher names another, change one of the two.{empty}"


def _file_name(workflow_ref: str) -> str:
    return workflow_ref.partition("@")[0].rpartition("/")[2]


def _text(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    return found[:300] if isinstance(found, str) else ""
