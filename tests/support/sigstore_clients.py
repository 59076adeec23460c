"""Sign with the real libraries against the local Sigstore, as pypa's action does: one signer, one entry a file."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from pypi_attestations import Attestation, Distribution
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import Signer, SigningContext

from publish_action.secret import Secret
from publish_sandbox.clock import SettableClock
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.http.faults import BadToken
from publish_sandbox.sigstore.server import AUDIENCE, LocalSigstore

REPOSITORY, WORKFLOW = "octo/open", "release.yml"
SDIST, SHA256 = "demo-1.0.tar.gz", "5" * 64
JOB = Job(
    event="push",
    ref="refs/tags/v1.0",
    sha="7638417db6d59f3c431d3e1f261cc637155684cd",
    workflow=WORKFLOW,
    run_id="16000000001",
    run_number="7",
    run_attempt="1",
    actor="octocat",
    environment=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A local GitHub and a local Sigstore that takes its ID tokens."""

    github: LocalGitHub
    sigstore: LocalSigstore
    clock: SettableClock

    def id_token(
        self, repository: str = REPOSITORY, job: Job = JOB, *, audience: str = AUDIENCE, bad: BadToken | None = None
    ) -> str:
        """Return an ID token for Sigstore, of a job of the repository."""
        return self.github.id_token(self._find(repository), job, audience=audience, bad=bad)

    def trust(self) -> ClientTrustConfig:
        """Return the trust configuration as the library reads it."""
        trust = ClientTrustConfig.from_json(self.sigstore.trust_config())
        trust.force_tlog_version = 1
        return trust

    def signer(self, token: str | None = None) -> Signer:
        """Return a signer that has its certificate."""
        trust = self.trust()
        context = SigningContext(
            fulcio=trust.signing_config.get_fulcio(),
            rekor=trust.signing_config.get_tlogs()[0],
            trusted_root=trust.trusted_root,
            tsa_clients=[],
        )
        return Signer(IdentityToken(token or self.id_token()), context)

    def attest(self, file: str = SDIST, sha256: str = SHA256, *, repository: str = REPOSITORY, job: Job = JOB) -> str:
        """Return the JSON text of an attestation for a file, signed by a job of the repository."""
        signer = self.signer(self.id_token(repository, job))
        return Attestation.sign(signer, Distribution(name=file, digest=sha256)).model_dump_json()

    def _find(self, full_name: str) -> Repository:
        return self.github.repositories.get(full_name.lower()) or self.github.repository(full_name)


@dataclass(slots=True)
class IdTokens:
    """Where a job of the public repository gets its ID tokens; the audiences it asked for are in `asked`."""

    signing: Signing
    asked: list[str]
    bad: BadToken | None = None

    def fetch(self, audience: str) -> Secret:
        """Return a fresh ID token made for `audience`."""
        self.asked.append(audience)
        return Secret(self.signing.id_token(audience=audience, bad=self.bad))


@contextlib.contextmanager
def set_up_signing() -> Iterator[Signing]:
    """Start a GitHub and a Sigstore that share a clock."""
    clock = SettableClock()
    with LocalGitHub(clock=clock) as github, LocalSigstore(issuer=github.issuer, clock=clock) as sigstore:
        yield Signing(github=github, sigstore=sigstore, clock=clock)
