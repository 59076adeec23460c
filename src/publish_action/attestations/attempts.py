"""What signing takes, and how Sigstore is asked: several times where it may help, with errors that have words."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import requests
from sigstore._internal.fulcio.client import FulcioClientError
from sigstore.errors import Error as SigstoreError
from sigstore.errors import VerificationError
from sigstore.oidc import ExpiredIdentity, IdentityError

from publish_action.attestations.attestation import PublisherIdentity, Subject
from publish_action.attestations.transport import ANSWER_SECONDS, ServiceFailed, open_sigstore_session
from publish_action.attestations.trust import Trust
from publish_action.errors import PublishError, SigstoreUnreachable, SigstoreUntrusted, Stopped
from publish_action.network.client import Network
from publish_action.protocols import Clock, IdTokens, Sleep
from publish_action.untrusted.text import shorten

MOST_AT_ONCE = 16
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries, give or take a half: sixteen threads must not come back at the same moment."""
_PATIENCE = timedelta(minutes=2)
"""No new try starts later."""
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


def understand(work: Callable[[], T], service: str) -> T:
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


def try_patiently(work: Callable[[], T], job: SigningJob) -> T:
    """Return what `work` returns, after several tries where its failure may pass."""
    deadline = job.clock() + _PATIENCE
    for pause in _PAUSES:
        raise_if_stopped(job.stop)
        try:
            return work()
        except ServiceFailed as error:
            if not error.may_pass or job.clock() > deadline:
                raise
        job.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 -- not a secret
    raise_if_stopped(job.stop)
    return work()


def unreachable(service: str, error: ServiceFailed, file: str = "") -> SigstoreUnreachable:
    what = f"an entry for {file}" if file else "a certificate"
    return SigstoreUnreachable(
        f"{service} gave no usable answer to the request for {what}: {error}. Nothing was sent.",
        remedy="Run the job again when Sigstore is up (https://status.sigstore.dev), or publish without attestations "
        "now: attestations: false.",
    )


def raise_if_stopped(stop: threading.Event) -> None:
    if stop.is_set():
        raise make_stopped()


def make_stopped() -> Stopped:
    return Stopped(
        "The run was stopped while the release was being signed. Nothing was sent.", remedy="Run the job again."
    )
