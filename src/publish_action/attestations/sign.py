"""Sign a release with Sigstore: one ID token, one certificate, and for each file one log entry, made in parallel.

A release is attested whole or not at all: the first file that cannot be signed ends it, before anything is sent.
Everything stays in memory. Each attestation is verified before it is returned, as the index will verify it.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import requests
from cryptography import x509
from pypi_attestations import Attestation as LibraryAttestation
from pypi_attestations import Distribution
from sigstore._internal.fulcio.client import FulcioClientError
from sigstore._internal.rekor.client import RekorClient
from sigstore.errors import Error as SigstoreError
from sigstore.errors import VerificationError
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken
from sigstore.sign import Signer, SigningContext

from publish_action.attestations.attestation import Attestation, PublisherIdentity, Subject
from publish_action.attestations.background import SigningOrder
from publish_action.attestations.transport import ANSWER_SECONDS, ServiceFailed, open_sigstore_session
from publish_action.attestations.trust import Trust, load_public_trust, parse_trust_config
from publish_action.attestations.verify import Fault, Unverified, verify_attestation
from publish_action.errors import (
    AttestationsImpossible,
    PublishError,
    SigstoreRefused,
    SigstoreUnreachable,
    SigstoreUntrusted,
    Stopped,
)
from publish_action.http import Network
from publish_action.ports import Clock, IdTokens, Sleep
from publish_action.safe_text import shorten

AUDIENCE = "sigstore"
MOST_AT_ONCE = 16
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries, give or take a half: sixteen threads must not come back at the same moment."""
_PATIENCE = timedelta(minutes=2)
"""No new try starts later."""
_MARGIN = timedelta(minutes=1)
"""A certificate that ends sooner is renewed: the log must take the entry while it is valid."""
_REFUSALS = frozenset({400, 401, 403})
_POLL_SECONDS = 0.1
_GRACE_POLLS = 20
# What the libraries raise on an answer that is 2xx and not what was asked for.
_RUBBISH = (ValueError, KeyError, TypeError, AttributeError, IndexError, FulcioClientError, SigstoreError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningJob:
    """All that signing a release takes."""

    subjects: tuple[Subject, ...]
    identity: PublisherIdentity
    """Whom the index expects to sign."""
    trust: Trust
    id_tokens: IdTokens
    network: Network
    clock: Clock
    sleep: Sleep
    """May return early once `stop` is set."""
    stop: threading.Event
    at_once: int = MOST_AT_ONCE
    answer_seconds: float = ANSWER_SECONDS

    def open_session(self, url: str) -> requests.Session:
        """Return a session for one of Sigstore's services."""
        return open_sigstore_session(self.network, url, answer_seconds=self.answer_seconds)


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
    log = _Log(job)
    certificates = _Certificates(job, log)
    try:
        certificates.signer()
        return _sign_all(job, certificates)
    finally:
        log.close()
        certificates.close()


def _sign_all(job: SigningJob, certificates: "_Certificates") -> tuple[Attestation, ...]:
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
        raise _stopped()
    return tuple(done[place] for place in range(len(job.subjects)))


def _sign(subject: Subject, job: SigningJob, certificates: "_Certificates") -> Attestation:
    """Sign anew for each try: the log refuses the same signature twice, and a lost answer may have left an entry."""
    distribution = _name_distribution(subject)
    service = f"The transparency log ({job.trust.log_url.host})"

    def attempt() -> LibraryAttestation:
        return _understand(lambda: LibraryAttestation.sign(certificates.signer(), distribution), service)

    try:
        signed = _try_patiently(attempt, job)
    except ServiceFailed as error:
        raise _unreachable(service, error, subject.file) from error
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


class _Log(RekorClient):
    """The log's client, on sessions with bounds: one a thread, as the library has them."""

    def __init__(self, job: SigningJob) -> None:
        super().__init__(job.trust.log_url.text.rstrip("/"))
        self._job = job
        self._own = threading.local()
        self._opened: list[requests.Session] = []

    @property
    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = self._job.open_session(self.url)
            self._opened.append(session)
        return session

    def close(self) -> None:
        """Close every session."""
        for session in self._opened:
            session.close()


@dataclass(slots=True)
class _Certificates:
    """Hold the certificate in use, and get the next one before it ends. One thread at a time asks for it."""

    job: SigningJob
    log: _Log
    _signer: Signer | None = None
    _renew_at: datetime | None = None
    _failure: PublishError | None = None
    _sessions: list[requests.Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def signer(self) -> Signer:
        """Return a signer whose certificate is good for a while. Raises what the first failure raised, ever after."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._signer is None or self._renew_at is None or self.job.clock() >= self._renew_at:
                try:
                    self._signer = self._renew()
                except PublishError as error:
                    self._failure = error
                    raise
            return self._signer

    def close(self) -> None:
        """Close every session."""
        for session in self._sessions:
            session.close()

    def _renew(self) -> Signer:
        """Ask for an ID token and a certificate; a token may be used up by one try, a certificate is for many files."""
        service = f"Sigstore's certificate authority ({self.job.trust.certificate_url.host})"
        token = self.job.id_tokens.fetch(AUDIENCE)
        try:
            identity = IdentityToken(token.reveal())
            signer = _try_patiently(lambda: _understand(lambda: self._certify(identity), service), self.job)
        except (IdentityError, ExpiredIdentity) as error:
            raise SigstoreRefused(
                f"The ID token is not valid now: {shorten(str(error)) or 'it has expired'}.",
                remedy="See that the clock of the runner is right.",
            ) from error
        except ServiceFailed as error:
            if error.status in _REFUSALS:
                raise SigstoreRefused(
                    f"{service} did not accept the ID token of this job: {error}.",
                    remedy="Run the job again. With attestations: false the release is published without them.",
                ) from error
            raise _unreachable(service, error) from error
        self._renew_at = self._find_renewal(signer, service)
        return signer

    def _certify(self, identity: IdentityToken) -> Signer:
        trust = self.job.trust
        fulcio = trust.config.signing_config.get_fulcio()
        fulcio.session.close()
        fulcio.session = self.job.open_session(trust.certificate_url.text)
        self._sessions.append(fulcio.session)
        # The timestamp authority of the trust configuration is left out: PEP 740 has no place for its answer.
        context = SigningContext(fulcio=fulcio, rekor=self.log, trusted_root=trust.config.trusted_root, tsa_clients=[])
        return Signer(identity, context)

    def _find_renewal(self, signer: Signer, service: str) -> datetime:
        certificate: x509.Certificate = _read_certificate(signer, service)
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        renew_at = ends - min(_MARGIN, (ends - begins) / 3)
        if self.job.clock() >= renew_at:
            raise _expired(service, ends)
        return renew_at


def _read_certificate(signer: Signer, service: str) -> x509.Certificate:
    try:
        return signer._signing_cert()  # noqa: SLF001 -- the library shows it nowhere else
    except Exception as error:
        raise SigstoreUntrusted(
            f"{service} gave a certificate that has expired already.",
            remedy="See that the clock of the runner is right, then run the job again.",
        ) from error


def _expired(service: str, ends: datetime) -> SigstoreUntrusted:
    return SigstoreUntrusted(
        f"{service} gave a certificate that ended at {ends:%Y-%m-%d %H:%M:%S} UTC, before it could be used.",
        remedy="See that the clock of the runner is right, then run the job again.",
    )


def _understand(work: Callable[[], T], service: str) -> T:
    """Do `work` of the libraries, and say what its exceptions mean."""
    try:
        return work()
    except (PublishError, ServiceFailed, IdentityError, ExpiredIdentity):
        raise
    except VerificationError as error:
        raise SigstoreUntrusted(
            f"{service} gave an answer that does not verify with the trust root in use: {shorten(str(error))}.",
            remedy="Use the newest release of publish-action; with sigstore-trust-config, fetch that file again.",
        ) from error
    except _RUBBISH as error:
        raise SigstoreUnreachable(
            f"{service} gave an answer that cannot be understood ({type(error).__name__}).",
            remedy="Run the job again; see whether a proxy answers in its place.",
        ) from error


def _try_patiently(work: Callable[[], T], job: SigningJob) -> T:
    """Return what `work` returns, after several tries where its failure may pass."""
    deadline = job.clock() + _PATIENCE
    for pause in _PAUSES:
        _raise_if_stopped(job.stop)
        try:
            return work()
        except ServiceFailed as error:
            if not error.may_pass or job.clock() > deadline:
                raise
        job.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 -- not a secret
    _raise_if_stopped(job.stop)
    return work()


def _unreachable(service: str, error: ServiceFailed, file: str = "") -> SigstoreUnreachable:
    what = f"an entry for {file}" if file else "a certificate"
    return SigstoreUnreachable(
        f"{service} gave no usable answer to the request for {what}: {error}. Nothing was sent.",
        remedy="Run the job again when Sigstore is up (https://status.sigstore.dev), or publish without attestations "
        "now: attestations: false.",
    )


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


def _raise_if_stopped(stop: threading.Event) -> None:
    if stop.is_set():
        raise _stopped()


def _stopped() -> Stopped:
    return Stopped(
        "The run was stopped while the release was being signed. Nothing was sent.", remedy="Run the job again."
    )
