"""Gather what GitHub says of this run: visibility and trigger, each fact with its source."""

from dataclasses import dataclass
from types import MappingProxyType

from publish_action.errors import CredentialMissing, GitHubUnreachable, IdTokenMalformed
from publish_action.github.claims import BoundClaims, ThisRun, bind_claims
from publish_action.github.context import Context, trusts_issuer
from publish_action.github.event import parse_event_visibility, parse_trigger
from publish_action.models.visibility import (
    Answer,
    Answered,
    Malformed,
    NoAnswer,
    OrganisationAudience,
    Source,
    SourceAnswer,
    Trigger,
)
from publish_action.protocols import (
    Claims,
    Clock,
    Files,
    GitHubApi,
    IdTokens,
    IdTokenVerifier,
    NotFound,
)

# `.invalid` belongs to nobody, for ever (RFC 2606): no index can ask for this audience, so a stolen token is worth
# nothing anywhere.
EVIDENCE_AUDIENCE = "https://evidence.publish-action.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom we ask. Which of them are asked is fixed here in code: no input, variable or policy can skip one."""

    id_tokens: IdTokens
    verifier: IdTokenVerifier
    api: GitHubApi
    files: Files
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubEvidence:
    """What all sources said, once."""

    claim: SourceAnswer
    api: SourceAnswer
    event: SourceAnswer
    trigger: Trigger
    environment: str | None
    """The verified `environment` claim; None = the job runs in none, or no ID token was verified."""
    switch: OrganisationAudience
    """The organisation's, as the verified ID token has it: never from anything unsigned."""
    claims: Claims
    """All claims of the verified ID token, for diagnosis; empty where there is none."""


def gather_evidence(context: Context, sources: Sources) -> GitHubEvidence:
    """Ask every source for the repository's visibility, and say what started the run.

    Always asks both authoritative sources, whatever the other said: silencing a dissenter is the one way in which
    losing evidence could open a public index (docs/decisions/0018-sources-of-visibility.md).
    """
    heard = _hear_claims(context, sources)
    claim = SourceAnswer(source=Source.ID_TOKEN, answer=_answer_of(heard), at=sources.clock())
    api = SourceAnswer(source=Source.API, answer=sources.api.visibility(), at=sources.clock())
    payload = _read_payload(context, sources.files)
    event = SourceAnswer(source=Source.EVENT, answer=_event_answer(payload), at=sources.clock())
    bound = heard if isinstance(heard, BoundClaims) else None
    return GitHubEvidence(
        claim=claim,
        api=api,
        event=event,
        trigger=_find_trigger(context, bound, payload),
        environment=bound.environment if bound else None,
        switch=bound.switch if bound else OrganisationAudience(),
        claims=bound.claims if bound else MappingProxyType({}),
    )


def _hear_claims(context: Context, sources: Sources) -> BoundClaims | Malformed | NoAnswer:
    try:
        token = sources.id_tokens.fetch(EVIDENCE_AUDIENCE)
    except IdTokenMalformed as error:
        return Malformed(reason=str(error))
    except (CredentialMissing, GitHubUnreachable) as error:
        return NoAnswer(reason=str(error))
    claims = sources.verifier.verify(
        token, trusts=lambda issuer: trusts_issuer(context, issuer), audience=EVIDENCE_AUDIENCE
    )
    if isinstance(claims, Malformed | NoAnswer):
        return claims
    run = ThisRun(
        repository=context.repository or "",
        repository_id=context.repository_id,
        run_id=context.run_id,
        repository_owner_id=context.repository_owner_id,
        run_attempt=context.run_attempt,
        sha=context.sha,
        ref=context.ref,
    )
    return bind_claims(claims, run)


def _answer_of(heard: BoundClaims | Malformed | NoAnswer) -> Answer:
    return Answered(visibility=heard.visibility) if isinstance(heard, BoundClaims) else heard


def _read_payload(context: Context, files: Files) -> bytes | NoAnswer:
    if not context.event_path:
        return NoAnswer(reason="There is no event file.")
    payload = files.read(context.event_path)
    if isinstance(payload, bytes):
        return payload
    return NoAnswer(reason="The event file is not there." if isinstance(payload, NotFound) else payload.reason)


def _event_answer(payload: bytes | NoAnswer) -> Answer:
    return parse_event_visibility(payload) if isinstance(payload, bytes) else payload


def _find_trigger(context: Context, bound: BoundClaims | None, payload: bytes | NoAnswer) -> Trigger:
    """Name the event twice, as the runner does and as GitHub signed it: either alone can refuse."""
    names = (context.event_name, bound.event_name if bound else "")
    return parse_trigger(
        payload if isinstance(payload, bytes) else None, event_names=tuple(name for name in names if name)
    )
