"""Sign a release with Sigstore: one ID token, one certificate, and for each file one log entry, made in parallel.

A release is attested whole or not at all: the first file that cannot be signed ends it, before anything is sent.
Everything stays in memory. Each attestation is verified before it is returned, as the index will verify it.
"""

import threading
from collections import deque
from collections.abc import Sequence

from pypi_attestations import Attestation as LibraryAttestation
from pypi_attestations import Distribution

from publish_action.attestations.attempts import SigningJob, make_stopped, try_patiently, understand, unreachable
from publish_action.attestations.attestation import Attestation, Fault, Subject, Unverified
from publish_action.attestations.background import SigningOrder
from publish_action.attestations.certificates import Certificates, LogClient
from publish_action.attestations.transport import ServiceFailed
from publish_action.attestations.trust import load_public_trust, parse_trust_config
from publish_action.attestations.verify import verify_attestation
from publish_action.errors import AttestationsImpossible, PublishError, SigstoreUntrusted

_POLL_SECONDS = 0.1
_GRACE_POLLS = 20


def sign_order(order: SigningOrder) -> tuple[Attestation, ...]:
    """Return a verified attestation for each subject, in their order.

    Raises `InputsInvalid` for a trust configuration that cannot be used, and what `sign_release` raises.
    """
    config = order.trust_config
    return sign_release(
        SigningJob(
            subjects=order.subjects,
            identity=order.identity,
            trust=load_public_trust() if config is None else parse_trust_config(config),
            id_tokens=order.id_tokens,
            network=order.network,
            clock=order.clock,
            sleep=order.sleep,
            stop=order.stop,
        )
    )


def sign_release(job: SigningJob) -> tuple[Attestation, ...]:
    """Return a verified attestation for each subject, in their order.

    Raises `SigstoreRefused`, `SigstoreUnreachable`, `SigstoreUntrusted`, `AttestationsImpossible`, `Stopped`, and
    what `IdTokens.fetch` raises.
    """
    if not job.subjects:
        return ()
    log = LogClient(job)
    certificates = Certificates(job, log)
    try:
        certificates.signer()
        return _sign_all(job, certificates)
    finally:
        log.close()
        certificates.close()


def _sign_all(job: SigningJob, certificates: Certificates) -> tuple[Attestation, ...]:
    waiting, errors = deque(enumerate(job.subjects)), list[BaseException]()
    done = dict[int, Attestation]()

    def work() -> None:
        while not errors:
            try:
                place, subject = waiting.popleft()
            except IndexError:
                return
            try:
                done[place] = _sign(subject, job, certificates)
            except BaseException as error:  # noqa: BLE001 -- raised again below, by the thread that waits
                errors.append(error)

    count = min(job.at_once, len(job.subjects))
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    _wait_for(threads, job.stop)
    if errors:
        raise errors[0]
    if len(done) < len(job.subjects):
        raise make_stopped()
    return tuple(done[place] for place in range(len(job.subjects)))


def _sign(subject: Subject, job: SigningJob, certificates: Certificates) -> Attestation:
    """Sign anew for each try: the log refuses the same signature twice, and a lost answer may have left an entry."""
    distribution = _name_distribution(subject)
    service = f"The transparency log ({job.trust.log_url.host})"

    def attempt() -> LibraryAttestation:
        return understand(lambda: LibraryAttestation.sign(certificates.signer(), distribution), service)

    try:
        signed = try_patiently(attempt, job)
    except ServiceFailed as error:
        raise unreachable(service, error, subject.file) from error
    text = signed.model_dump_json()
    verified = verify_attestation(text, subject=subject, identity=job.identity, trust=job.trust)
    if isinstance(verified, Unverified):
        raise _refuse_own(verified, subject)
    return verified


def _name_distribution(subject: Subject) -> Distribution:
    try:
        return Distribution(name=subject.file, digest=subject.sha256)
    except ValueError as error:
        raise AttestationsImpossible(
            f"{subject.file} cannot be attested: its name is not that of a wheel or sdist (PEP 740).",
            remedy="Build the distribution again with a current build backend, or use attestations: false.",
        ) from error


def _refuse_own(verified: Unverified, subject: Subject) -> PublishError:
    told = f"The attestation that was made for {subject.file} does not verify: {verified}. Nothing was sent."
    if verified.fault is Fault.IDENTITY:
        return AttestationsImpossible(
            told,
            remedy="Publish from the workflow that the index has on record as trusted publisher, or use "
            "attestations: false.",
        )
    return SigstoreUntrusted(
        told, remedy="Use the newest release of publish-action; with sigstore-trust-config, fetch that file again."
    )


def _wait_for(threads: Sequence[threading.Thread], stop: threading.Event) -> None:
    """Wait until the threads have ended; after a stop no longer than two seconds: the runner kills after ten."""
    polls_left = _GRACE_POLLS
    for thread in threads:
        while thread.is_alive() and polls_left:
            thread.join(_POLL_SECONDS)
            if stop.is_set():
                polls_left -= 1
