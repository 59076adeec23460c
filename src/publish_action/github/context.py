"""What the runner says of this run, with GitHub's own addresses judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from publish_action.untrusted.url import CanonicalUrl, UrlProblem, parse_url

_GITHUB = "https://github.com"
_GITHUB_API = "https://api.github.com"
_GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
_DATA_RESIDENCY = ".ghe.com"

_REPOSITORY = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9._-]{1,100}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_ENTERPRISE_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# GitHub gives the path and the query of this address; only who may be dialled is ours to judge.
_ID_TOKEN_URL = re.compile(
    r"(?:https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|http://(?:127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5})[/?][!-~]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A run as the runner describes it; on a laptop nearly all of it is empty. Names follow `GITHUB_*`."""

    in_actions: bool
    repository: str | None
    """`owner/name`; None outside GitHub Actions, never inside."""
    repository_id: str
    repository_owner_id: str
    run_id: str
    run_attempt: str
    server_url: str
    api_url: str
    event_name: str
    event_path: str
    ref: str
    ref_type: str
    ref_name: str
    sha: str
    id_token_url: str
    """Where the runner says that ID tokens are made, not judged: see `may_ask_for_id_tokens`."""
    has_id_token: bool
    """True if this job may ask for ID tokens: the runner gave both an address and a request token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextProblem:
    """What the runner says cannot be true, or names addresses that we do not dial; a sentence each."""

    problems: tuple[str, ...]


def parse_context(environment: Mapping[str, str]) -> Context | ContextProblem:
    """Read the runner's variables (GitHub docs, "Default environment variables").

    The API's address must belong to the server's: an answer about visibility counts for as much as the host that
    gives it (docs/decisions/0016-github-addresses.md).
    """
    server = environment.get("GITHUB_SERVER_URL") or _GITHUB
    api = environment.get("GITHUB_API_URL") or _expected_api(server)
    problems = [*_address_problems(server, api), *_repository_problems(environment)]
    if problems:
        return ContextProblem(problems=tuple(problems))
    id_token_url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    return Context(
        in_actions=_in_actions(environment),
        repository=environment.get("GITHUB_REPOSITORY") or None,
        repository_id=environment.get("GITHUB_REPOSITORY_ID", ""),
        repository_owner_id=environment.get("GITHUB_REPOSITORY_OWNER_ID", ""),
        run_id=environment.get("GITHUB_RUN_ID", ""),
        run_attempt=environment.get("GITHUB_RUN_ATTEMPT", ""),
        server_url=server,
        api_url=api,
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        event_path=environment.get("GITHUB_EVENT_PATH", ""),
        ref=environment.get("GITHUB_REF", ""),
        ref_type=environment.get("GITHUB_REF_TYPE", ""),
        ref_name=environment.get("GITHUB_REF_NAME", ""),
        sha=environment.get("GITHUB_SHA", ""),
        id_token_url=id_token_url,
        has_id_token=bool(id_token_url and environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")),
    )


def trusts_issuer(context: Context, issuer: str) -> bool:
    """Say whether this server's ID tokens come from `issuer` (GitHub docs, "OpenID Connect reference").

    The issuer follows from the server, so that one on the loopback is trusted by a loopback server only: an earlier
    step may have overwritten `ACTIONS_ID_TOKEN_REQUEST_URL`.
    """
    if context.server_url == _GITHUB:
        # An enterprise may have its slug in the issuer.
        base, slash, slug = issuer.removeprefix(_GITHUB_ISSUER).partition("/")
        is_github = issuer.startswith(_GITHUB_ISSUER) and not base
        return is_github and (not slash or _ENTERPRISE_SLUG.fullmatch(slug) is not None)
    if _is_data_residency(context.server_url):
        return issuer == context.server_url.replace("https://", "https://token.actions.", 1)
    return issuer == f"{context.server_url}/_services/token"


def may_ask_for_id_tokens(url: str) -> bool:
    """Say whether the address for ID tokens is https, or plain http on this machine for a rehearsal."""
    return _ID_TOKEN_URL.fullmatch(url) is not None


def _in_actions(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("GITHUB_ACTIONS"))


def _expected_api(server: str) -> str:
    if server == _GITHUB:
        return _GITHUB_API
    if _is_data_residency(server):
        return server.replace("https://", "https://api.", 1)
    return f"{server}/api/v3"


def _is_data_residency(server: str) -> bool:
    return server.startswith("https://") and server.endswith(_DATA_RESIDENCY)


def _address_problems(server: str, api: str) -> list[str]:
    """One grammar for every address we dial (contract, section 5 "Canonical URL"); these lack the last slash."""
    problems = []
    for name, url in (("GITHUB_SERVER_URL", server), ("GITHUB_API_URL", api)):
        parsed = parse_url(f"{url}/")
        if isinstance(parsed, UrlProblem):
            problems.append(f"{name} is {url!r}, which is not a canonical https address: {parsed.reason}")
        elif name == "GITHUB_SERVER_URL" and parsed.path != "/":
            problems.append(f"{name} is {url!r}; it must be a host, without a path.")
        elif name == "GITHUB_API_URL" and not _belongs(parsed, server):
            problems.append(f"{name} is {url!r}; the API of {server} is at {_expected_api(server)}.")
    return problems


def _belongs(api: CanonicalUrl, server: str) -> bool:
    return api.is_loopback or api.text == f"{_expected_api(server)}/"


def _repository_problems(environment: Mapping[str, str]) -> list[str]:
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not repository and _in_actions(environment):
        # A run without its repository would look like a laptop, where a policy is a local file.
        return ["GITHUB_ACTIONS is set and GITHUB_REPOSITORY is not; the runner always sets both."]
    if repository and not _REPOSITORY.fullmatch(repository):
        return [f"GITHUB_REPOSITORY is {repository!r}, which is not owner/name."]
    return []
