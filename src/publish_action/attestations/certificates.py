"""Hold the certificate that signs a release, and get the next one before it ends."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests
from cryptography import x509
from sigstore._internal.rekor.client import RekorClient
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken
from sigstore.sign import Signer, SigningContext

from publish_action.attestations.attempts import SigningJob, try_patiently, understand, unreachable
from publish_action.attestations.transport import ServiceFailed
from publish_action.errors import PublishError, SigstoreRefused, SigstoreUntrusted
from publish_action.untrusted.text import shorten

AUDIENCE = "sigstore"
_MARGIN = timedelta(minutes=1)
"""A certificate that ends sooner is renewed: the log must take the entry while it is valid."""
_REFUSALS = frozenset({400, 401, 403})


class LogClient(RekorClient):
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
class Certificates:
    """Hold the certificate in use, and get the next one before it ends. One thread at a time asks for it."""

    job: SigningJob
    log: LogClient
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
            signer = try_patiently(lambda: understand(lambda: self._certify(identity), service), self.job)
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
            raise unreachable(service, error) from error
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
