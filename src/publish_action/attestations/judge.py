"""Judge attestations with one Sigstore's trust root; the libraries are loaded by the first run that needs them."""

from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Protocol

from publish_action.attestations.attestation import Attestation, PublisherIdentity, Subject, Unverified
from publish_action.errors import IndexRefused

_TRUST = "publish_action.attestations.trust_judge:TrustJudge"
_EXPLAIN = "publish_action.attestations.rejection:explain_rejection"


class AttestationJudge(Protocol):
    """Verifies attestations offline, for one publisher."""

    def verify(self, text: str, subject: Subject) -> Attestation | Unverified:
        """Return the attestation if it holds for this file, else why it does not."""

    def link_entry(self, log_index: int) -> str:
        """Return where a person can read a log entry."""


def load_judge(trust_config: bytes | None, identity: PublisherIdentity) -> AttestationJudge:
    """Return a judge for a client trust configuration; None is the public Sigstore.

    Raises `InputsInvalid` (E_TRUST_CONFIG) for a file that cannot be used.
    """
    load: Callable[[bytes | None, PublisherIdentity], AttestationJudge] = resolve_name(_TRUST)
    return load(trust_config, identity)


def explain_upload(
    file: str, *, said: str, attestations: Sequence[str], publisher: PublisherIdentity
) -> IndexRefused | None:
    """Return the error for an upload that was refused for its attestations; None where there were none."""
    if not attestations:
        return None
    explain: Callable[..., IndexRefused | None] = resolve_name(_EXPLAIN)
    return explain(file, said=said, attestations=attestations, publisher=publisher)
