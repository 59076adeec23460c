"""ID tokens as GitHub makes them: key, claims and signature."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

KEY_ID = "sandbox-1"
_LIFE_SECONDS = 300
_BACKDATED_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The run of a workflow for which GitHub vouches."""

    event: str
    ref: str
    sha: str
    workflow: str
    """File name of the workflow that runs."""
    run_id: str
    run_number: str
    run_attempt: str
    actor: str
    environment: str | None

    @property
    def ref_type(self) -> str:
        """Return the `ref_type` of `ref`."""
        return "tag" if self.ref.startswith("refs/tags/") else "branch"


@cache
def signing_key() -> RSAPrivateKey:
    """Return the key whose public half is published; made once per process, because that is slow."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def foreign_key() -> RSAPrivateKey:
    """Return a key that is not published."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_keys() -> dict[str, object]:
    """Return the JSON Web Key Set that verifies what `sign` signs."""
    key = RSAAlgorithm.to_jwk(signing_key().public_key(), as_dict=True)
    return {"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def sign(claims: Mapping[str, object], key: RSAPrivateKey) -> str:
    """Return a token with `claims`."""
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": KEY_ID})


def times(now: datetime) -> dict[str, object]:
    """Return the claims about time: five minutes of life, back-dated by ten (GitHub docs, OpenID Connect)."""
    issued = int(now.timestamp())
    return {"iat": issued, "nbf": issued - _BACKDATED_SECONDS, "exp": issued + _LIFE_SECONDS, "jti": str(uuid.uuid4())}


def job_claims(job: Job, *, full_name: str, repository_id: int, owner_id: int, visibility: str) -> dict[str, object]:
    """Return GitHub's claims about a job and its repository, in their form since 2026-07 (ids in `sub`)."""
    owner, _, name = full_name.partition("/")
    workflow_ref = f"{full_name}/.github/workflows/{job.workflow}@{job.ref}"
    place = f"environment:{job.environment}" if job.environment else f"ref:{job.ref}"
    claims: dict[str, object] = {
        "sub": f"repo:{owner}@{owner_id}/{name}@{repository_id}:{place}",
        "actor": job.actor,
        "actor_id": "583231",
        "base_ref": "",
        "head_ref": "",
        "ref": job.ref,
        "ref_type": job.ref_type,
        "ref_protected": "false",
        "sha": job.sha,
        "event_name": job.event,
        "job_workflow_ref": workflow_ref,
        "job_workflow_sha": job.sha,
        "workflow": "Release",
        "workflow_ref": workflow_ref,
        "workflow_sha": job.sha,
        "repository": full_name,
        "repository_id": str(repository_id),
        "repository_owner": owner,
        "repository_owner_id": str(owner_id),
        "repository_visibility": visibility,
        "run_id": job.run_id,
        "run_number": job.run_number,
        "run_attempt": job.run_attempt,
        "runner_environment": "github-hosted",
        "check_run_id": f"{job.run_id}1",
    }
    if job.environment:
        claims |= {"environment": job.environment, "environment_node_id": "EN_sandbox"}
    return claims
