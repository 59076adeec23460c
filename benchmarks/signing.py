"""Compare signing a release with a loop over its files, as pypa's action does: `python -m benchmarks.signing`."""

import argparse
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pypi_attestations import Attestation, Distribution
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext

from benchmarks.figures import Figure
from publish_action.attestations.attempts import SigningJob
from publish_action.attestations.attestation import PublisherIdentity, Subject
from publish_action.attestations.sign import sign_release
from publish_action.attestations.trust import parse_trust_config
from publish_action.network.client import Network
from publish_action.secret import Secret
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.sigstore.server import AUDIENCE, LocalSigstore

LETTER = "h"
_FILES, _CERTIFICATE_SECONDS = 60, 0.3
_LIMITS = {0.5: 0.12, 3.0: 0.10}
"""Seconds of a log entry, and what part of the sequential loop's time signing may take."""
_WORKFLOW = "release.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The seconds that signing the same files took in both ways."""

    log_seconds: float
    sequential: float
    ours: float

    @property
    def figure(self) -> Figure:
        """Our part of the sequential loop's time, beside its limit."""
        what = f"log {self.log_seconds} s: signing / sequential loop"
        return Figure(
            case=LETTER, client="ours", what=what, value=self.ours / self.sequential, limit=_LIMITS[self.log_seconds]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _IdTokens:
    github: LocalGitHub
    repository: Repository
    job: Job

    def fetch(self, audience: str) -> Secret:
        return Secret(self.github.id_token(self.repository, self.job, audience=audience))


def measure_signing(log_seconds: float, *, files: int = _FILES) -> Signed:
    """Sign `files` files in both ways with a Sigstore that takes so long for a log entry."""
    with (
        LocalGitHub() as github,
        LocalSigstore(
            issuer=github.issuer, certificate_seconds=_CERTIFICATE_SECONDS, log_seconds=log_seconds
        ) as sigstore,
    ):
        tokens = _IdTokens(github=github, repository=github.repository("octo/open"), job=_make_job())
        subjects = tuple(Subject(file=f"demo-1.{number}.tar.gz", sha256="5" * 64) for number in range(files))
        config = sigstore.trust_config()
        # Either way would pay for the issuer's keys once.
        tokens.fetch(AUDIENCE)
        return Signed(
            log_seconds=log_seconds,
            sequential=_time_sequential(subjects, config, tokens),
            ours=_time_ours(subjects, config, tokens),
        )


def _time_sequential(subjects: tuple[Subject, ...], config: str, tokens: _IdTokens) -> float:
    trust = ClientTrustConfig.from_json(config)
    trust.force_tlog_version = 1
    began = time.monotonic()
    context = SigningContext.from_trust_config(trust)
    with context.signer(IdentityToken(tokens.fetch(AUDIENCE).reveal())) as signer:
        for subject in subjects:
            Attestation.sign(signer, Distribution(name=subject.file, digest=subject.sha256))
    return time.monotonic() - began


def _time_ours(subjects: tuple[Subject, ...], config: str, tokens: _IdTokens) -> float:
    job = SigningJob(
        subjects=subjects,
        identity=PublisherIdentity(repository="octo/open", workflow=_WORKFLOW),
        trust=parse_trust_config(config.encode()),
        id_tokens=tokens,
        network=Network(),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        stop=threading.Event(),
    )
    began = time.monotonic()
    if len(sign_release(job)) != len(subjects):
        raise RuntimeError("not every file was signed")
    return time.monotonic() - began


def _make_job() -> Job:
    return Job(
        event="push",
        ref="refs/tags/v1.0",
        sha="7638417db6d59f3c431d3e1f261cc637155684cd",
        workflow=_WORKFLOW,
        run_id="1",
        run_number="1",
        run_attempt="1",
        actor="octocat",
        environment=None,
    )


def list_signing_figures(*, files: int = _FILES) -> Iterator[tuple[Signed, Figure]]:
    """Measure case (h) for a quick and for a slow log."""
    for log_seconds in _LIMITS:
        signed = measure_signing(log_seconds, files=files)
        yield signed, signed.figure


def main() -> int:
    """Measure and print; the status tells whether every figure is reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signing", description=__doc__)
    parser.add_argument("--files", type=int, default=_FILES)
    reached = True
    for signed, figure in list_signing_figures(files=parser.parse_args().files):
        reached = reached and figure.is_reached
        print(
            f"({LETTER}) log {signed.log_seconds} s: sequential {signed.sequential:.1f} s, ours {signed.ours:.1f} s, "
            f"{figure.value:.3f} of it (limit {figure.limit:.2f})",
            flush=True,
        )
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
