"""Load the publish policy from the repository's default branch, an organisation's repository or this disk."""

from dataclasses import replace

from publish_action.github.context import Context
from publish_action.models.policy import Policy, PolicyAbsent, PolicyFact, PolicyInvalid, PolicyUnavailable
from publish_action.policy.parser import parse_policy
from publish_action.policy.reference import (
    OWN_PATH,
    InRepository,
    Local,
    Pinned,
    doubt_absence,
    parse_local_reference,
    parse_remote_reference,
)
from publish_action.protocols import Files, GitHubApi, NotFound, NotText, Unavailable


def read_policy(reference: str, context: Context, *, api: GitHubApi, files: Files) -> PolicyFact:
    """Read the policy that the input `policy` names: absent, invalid and unavailable are three answers.

    A run that has a repository reads it through the API, from the default branch or a pinned commit, never from
    the checked-out ref, which whoever pushed the tag could have changed. A pinned policy is an organisation's; the
    repository's own is then read too, and narrows it.
    """
    local = context.repository is None
    place = parse_local_reference(reference) if local else parse_remote_reference(reference)
    match place:
        case InRepository() | Local():
            found = _understand(_read_own(place.path, context, api, files), source=_name_own(place.path, context))
            return (doubt_absence(place.path) or found) if isinstance(found, PolicyAbsent) else found
        case Pinned():
            text = api.read_file(place.path, repository=place.repository, ref=place.sha)
            policy = _require(_understand(text, source=reference))
            if isinstance(policy, PolicyInvalid):
                return replace(policy, is_shared=True)
            return _narrow(policy, context, api, files) if isinstance(policy, Policy) else policy
        case PolicyInvalid():
            return place


def _read_own(path: str, context: Context, api: GitHubApi, files: Files) -> str | NotText | NotFound | Unavailable:
    return _decode(files.read(path)) if context.repository is None else api.read_file(path)


def _name_own(path: str, context: Context) -> str:
    return path if context.repository is None else f"{context.repository}/{path}"


def _narrow(policy: Policy, context: Context, api: GitHubApi, files: Files) -> PolicyFact:
    """Put the repository's own policy under the organisation's; one that cannot be read or understood refuses."""
    text = _read_own(OWN_PATH, context, api, files)
    own = _understand(text, source=_name_own(OWN_PATH, context), wider=policy)
    if isinstance(own, PolicyAbsent):
        return policy
    return replace(policy, narrowed_by=own) if isinstance(own, Policy) else own


def _understand(
    text: str | NotText | NotFound | Unavailable, *, source: str, wider: Policy | None = None
) -> PolicyFact:
    match text:
        case NotFound():
            return PolicyAbsent(source=source)
        case Unavailable():
            return PolicyUnavailable(source=source, reason=text.reason)
        case NotText():
            return PolicyInvalid(source=source, problems=("It is not UTF-8 text.",))
        case str():
            return parse_policy(text, source=source, wider=wider)


def _require(policy: PolicyFact) -> PolicyFact:
    """Refuse to go on without a policy that somebody pinned: a misspelt path must not switch it off."""
    if isinstance(policy, PolicyAbsent):
        return PolicyUnavailable(source=policy.source, reason="There is no such file at that commit.")
    return policy


def _decode(found: bytes | NotFound | Unavailable) -> str | NotText | NotFound | Unavailable:
    if not isinstance(found, bytes):
        return found
    try:
        return found.decode()
    except UnicodeDecodeError:
        return NotText()
