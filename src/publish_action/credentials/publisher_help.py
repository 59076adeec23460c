"""What to tell a user whose index mints no upload token: the very words its form wants."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from publish_action.credentials.mint_protocol import MintError
from publish_action.github.context import Context
from publish_action.models.index import Index
from publish_action.untrusted.url import CanonicalUrl, parse_url

REMEDY_FOR_UNKNOWN_SERVER = "From this server, publish with an API token in `public-index-token`."

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
    """Return what to change so that the index at `host` mints a token. The ID token's claims are shown, not trusted."""
    hindrance = _name_hindrance(host, claims)
    if hindrance:
        return hindrance
    if any(_UNKNOWN_ISSUER in error.description for error in errors):
        return (
            f"The ID token comes from {_text(claims, 'iss') or 'no issuer'}, which {host} does not know. Ask the "
            f"operators of the index to accept ID tokens from there, or {_OTHER_LOGIN}."
        )
    for error in errors:
        if advice := _ADVICE.get(error.code) or _advise_by_description(error.description, project):
            return advice
    return _render_form(host, project, claims)


def name_unknown_server(index: Index, context: Context) -> str:
    """Say that PyPI knows no ID tokens of this run's GitHub server, or give the empty text; nobody is asked for it."""
    url = parse_url(index.url)
    if not isinstance(url, CanonicalUrl) or url.host not in _WEB_HOSTS or context.server_url == _GITHUB:
        return ""
    return f"The ID tokens of {context.server_url} are not known to PyPI, which accepts those of {_GITHUB} only."


_OTHER_LOGIN = "log in with an API token or password (`public-index-token`, `private-index-password`)"

# What has nothing to do with the publisher on record. Warehouse's codes; other codes and other indexes get the form.
_ADVICE = {
    "not-enabled": (
        "The index has switched Trusted Publishing off. See its status page and run the job again later, "
        f"or {_OTHER_LOGIN}."
    ),
    "invalid-reuse-token": "The ID token had been used before. Run the job again: each try asks GitHub for a new one.",
    "invalid-token": (
        "The index could not verify GitHub's signature, or its clock and GitHub's differ. Run the job again; "
        "if it fails again, report it to the index."
    ),
    "invalid-pending-publisher": (
        "The project was created while its pending publisher was waiting. If the project is yours, add this workflow "
        "as a trusted publisher in its settings; if not, choose another name."
    ),
}

# Under `invalid-payload` and `invalid-publisher` Warehouse says why in words alone (measured). A pending publisher
# whose project's name is refused can never create it: no form helps there.
_BY_DESCRIPTION: tuple[tuple[str, str], ...] = (
    (
        "conflict with python standard library",
        "The index cannot create {project}: Python's standard library has a module of this name. {rename}",
    ),
    (
        "is too similar to an existing project",
        "The index cannot create {project}: an existing project has a name that looks alike. {rename}",
    ),
    (
        "new project registration temporarily disabled",
        "The index accepts no new projects at the moment, so the pending publisher cannot create {project}. See its "
        "status page and run the job again later.",
    ),
    ("the name '[^']*' isn't allowed", "The index cannot create {project}: it prohibits this name. {rename}"),
    (
        "validation error for tokenpayload",
        "The index could not read the request. Run the job again; if it fails again, report it to publish-action.",
    ),
    (
        "malformed jwt",
        "The index could not read GitHub's ID token. Run the job again; if it fails again, report it to the index.",
    ),
    (
        "missing claim",
        "GitHub left out of the ID token what the index needs. Run the job again; if it fails again, report it to "
        "GitHub.",
    ),
    (
        "the job_workflow_ref claim does not match",
        "The job runs a workflow file of another commit than the run itself. Call a reusable workflow of the own "
        "repository by its path (`uses: ./.github/workflows/NAME.yml`), without a branch or tag.",
    ),
    (
        "the ref and sha claims are empty",
        "GitHub named neither branch, tag nor commit in the ID token. Publish from a push of a tag, a release or "
        "workflow_dispatch.",
    ),
)
_RENAME = "Choose another name in pyproject.toml, and register a pending publisher for that name."


def _advise_by_description(description: str, project: str) -> str:
    words = description.lower()
    advice = next((advice for pattern, advice in _BY_DESCRIPTION if re.search(pattern, words)), "")
    return advice.format(project=project, rename=_RENAME)


def _name_hindrance(host: str, claims: Mapping[str, object]) -> str:
    """Name what no form can mend, or give the empty text."""
    workflow, repository = _text(claims, "job_workflow_ref"), _text(claims, "repository")
    if workflow and repository and not workflow.lower().startswith(f"{repository.lower()}/"):
        return (
            f"The job runs a reusable workflow of another repository ({workflow.partition('@')[0]}), and PyPI "
            f"accepts no workflow from outside {repository}. Move the publishing job into a workflow of {repository} "
            "itself, and register that as the trusted publisher; its other jobs may still call the reusable one."
        )
    if _text(claims, "event_name") == "pull_request_target":
        return (
            "The run was started by pull_request_target, and PyPI accepts no uploads from such runs. "
            "Publish from a push of a tag, a release or workflow_dispatch."
        )
    if host in _WEB_HOSTS and _text(claims, "iss") != _GITHUB_ISSUER:
        return (
            f"The ID token comes from {_text(claims, 'iss') or 'no issuer'}, and PyPI accepts GitHub's ID tokens from "
            f"github.com only ({_GITHUB_ISSUER}). {REMEDY_FOR_UNKNOWN_SERVER}"
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
            "If a publisher is registered already, compare it with these fields:",
            *(f"- {line}" for line in _list_differences(host, publisher, claims)),
        )
    )


def _render_links(host: str, project: str, publisher: Publisher) -> str:
    """PyPI's page of an existing project fills its form from the query; that of new projects ignores it (measured)."""
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
        f"If {project} exists, open {web}/manage/project/{project}/settings/publishing/?{urlencode(filled)} "
        "(the form is filled in)\n"
        f"If it is new, open {web}/manage/account/publishing/ and type the fields in"
    )


def _list_differences(host: str, publisher: Publisher, claims: Mapping[str, object]) -> tuple[str, ...]:
    """Return what may differ from a registered publisher, field by field. No index tells what is registered."""
    names = (
        "Owner, repository, workflow: an index keeps the old names, and their letter case, when these are renamed or "
        "moved on GitHub. Add this publisher, then remove the old one."
    )
    caller = _file_name(_text(claims, "workflow_ref"))
    called = (
        f"Workflow: the job is defined in {publisher.workflow}, which {caller} calls; the index compares the former."
    )
    is_called = bool(caller and publisher.workflow and caller != publisher.workflow)
    return (
        names,
        *((called,) if is_called else ()),
        _describe_environment(host, publisher.environment),
        _describe_owner_id(publisher.owner, _text(claims, "repository_owner_id")),
    )


def _describe_environment(host: str, environment: str) -> str:
    if not environment:
        return (
            "Environment: this job runs in none. If the publisher names one, give the job `environment: NAME`, "
            "with that name."
        )
    # Warehouse: a publisher without an environment fits a job in any.
    empty = " A publisher without an environment fits, too." if host in _WEB_HOSTS else ""
    return f"Environment: this job runs in {environment}. If the publisher names another, change one of the two.{empty}"


def _describe_owner_id(owner: str, owner_id: str) -> str:
    """Warehouse stores the id behind the owner's name when a publisher is registered, and shows it nowhere."""
    shown = f" ({owner_id} in this run)" if owner_id else ""
    return (
        f"If every field is the same: the index also compares the number of the account {owner or 'that owns it'}"
        f"{shown}, which it shows nowhere. An account that was deleted and created again has another one: remove the "
        "publisher and register it again."
    )


def _file_name(workflow_ref: str) -> str:
    return workflow_ref.partition("@")[0].rpartition("/")[2]


def _text(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    return found[:300] if isinstance(found, str) else ""
