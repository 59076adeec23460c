"""Whether this run signs attestations, or why not. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from publish_action.attestations.attestation import PublisherIdentity
from publish_action.errors import AttestationsImpossible
from publish_action.index.pypi import is_pypi
from publish_action.untrusted.json import parse_json_object, pick_text
from publish_action.untrusted.url import CanonicalUrl

# The IDs of the public Sigstore's logs (its trust root, version 15): a mirror under another name has them too.
_PUBLIC_LOG_KEYS = frozenset(
    {"wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=", "zxGZFVvd0FEmjR8WrFwMdcAJ9vtaY/QXf44Y1wUeP6A="}
)
_ISSUER = "https://token.actions.githubusercontent.com"
_WORKFLOW_REF = re.compile(r"(?P<repository>[^/]+/[^/]+)/\.github/workflows/(?P<file>[^/@]+)@.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFacts:
    """What the choice rests on."""

    wish: str
    """The input `attestations`: `auto`, `true` or `false`."""
    code: str
    """The positive decision's reason code."""
    index_url: CanonicalUrl
    """Where the release goes."""
    takes_attestations: bool
    """Whether the server is of a kind that is known to take them, besides PyPI (Pulp)."""
    uses_trusted_publishing: bool
    has_trust_config: bool
    claims: Mapping[str, object]
    """The verified claims of this run's ID token; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningChoice:
    """The publisher that attestations are signed as, or the reason why there are none."""

    identity: PublisherIdentity | None
    reason: str
    """A clause for log and summary, such as "the index is private"; empty where attestations are signed."""


def choose_signing(facts: SigningFacts) -> SigningChoice:
    """Return whether to sign (contract, section 2, `attestations`).

    Raises `AttestationsImpossible` where `attestations: true` cannot be had.
    """
    if facts.wish == "false":
        return SigningChoice(identity=None, reason="the input attestations is false")
    obstacle = _find_obstacle(facts)
    if not obstacle:
        return SigningChoice(identity=_read_identity(facts.claims), reason="")
    if facts.wish == "true":
        raise AttestationsImpossible(
            f"attestations: true was asked for, and the release cannot be attested: {obstacle}.",
            remedy="Remove what is in the way, or use attestations: auto, which publishes without them.",
        )
    return SigningChoice(identity=None, reason=obstacle)


def refuse_public_sigstore(code: str, config: bytes | None) -> None:
    """Refuse to sign what is not public with a trust configuration that names the public Sigstore.

    Its log shows repository and workflow to everyone, for ever. `code` is the positive decision's reason code; `config`
    is the content of `sigstore-trust-config`. Raises `AttestationsImpossible`.
    """
    if code == "OK_PUBLIC" or config is None or not _names_public_sigstore(parse_json_object(config)):
        return
    raise AttestationsImpossible(
        "attestations: true was requested for a private release, and the trust configuration names the public "
        "Sigstore, whose log would show the repository and the workflow to everyone.",
        remedy="Give the trust configuration of a private Sigstore, or use `attestations: false`.",
    )


def _names_public_sigstore(value: object) -> bool:
    """Return whether a host below sigstore.dev, or the key of the public log, is anywhere in a JSON value."""
    match value:
        case str():
            host = value.partition("://")[2].partition("/")[0].partition(":")[0].rstrip(".").lower()
            return value in _PUBLIC_LOG_KEYS or f".{host}".endswith(".sigstore.dev")
        case Mapping():
            return any(map(_names_public_sigstore, value.values()))
        case list():
            return any(map(_names_public_sigstore, value))
        case _:
            return False


def _find_obstacle(facts: SigningFacts) -> str:
    return _find_index_obstacle(facts) or _find_publisher_obstacle(facts)


def _find_index_obstacle(facts: SigningFacts) -> str:
    url = facts.index_url
    if facts.code == "OK_PUBLIC_BY_GRANT":
        return "the repository is not public, and attestations name repository and workflow in a public log"
    if is_pypi(url.host):
        return "PyPI verifies with the public Sigstore alone" if facts.has_trust_config else ""
    if facts.wish == "true" and facts.takes_attestations and facts.has_trust_config:
        return ""
    if facts.code == "OK_PRIVATE":
        return "the index is private, and the public log would name the repository and the workflow"
    if not url.is_loopback:
        return "this index is not known to take attestations"
    return "" if facts.has_trust_config else "a local index takes attestations by sigstore-trust-config alone"


def _find_publisher_obstacle(facts: SigningFacts) -> str:
    if not facts.uses_trusted_publishing and not facts.takes_attestations:
        return "the index takes attestations with Trusted Publishing alone, and this run uses a token or a password"
    claims = facts.claims
    if not claims:
        return "there is no verified ID token to sign with"
    if pick_text(claims, "iss") != _ISSUER and not facts.has_trust_config:
        return "the public Sigstore knows no GitHub but github.com"
    return _find_workflow_obstacle(claims)


def _find_workflow_obstacle(claims: Mapping[str, object]) -> str:
    caller, called = pick_text(claims, "workflow_ref"), pick_text(claims, "job_workflow_ref")
    if _WORKFLOW_REF.fullmatch(caller) is None:
        return "the ID token names no workflow file"
    if caller == called:
        return ""
    # The publisher is matched by the called workflow, its attestation by the calling one (pypi-attestations).
    where = _WORKFLOW_REF.fullmatch(called)
    if where and where["repository"] != pick_text(claims, "repository"):
        return f"a reusable workflow of another repository publishes ({where['repository']})"
    return "a reusable workflow publishes, and the index compares the workflow that called it"


def _read_identity(claims: Mapping[str, object]) -> PublisherIdentity:
    named = _WORKFLOW_REF.fullmatch(pick_text(claims, "workflow_ref"))
    workflow = named["file"] if named else None
    return PublisherIdentity(repository=pick_text(claims, "repository"), workflow=workflow)
