"""The judge of attestations that stands on Sigstore's libraries."""

from publish_action.attestations.attestation import Attestation, PublisherIdentity, Subject, Unverified
from publish_action.attestations.trust import load_public_trust, parse_trust_config
from publish_action.attestations.verify import verify_attestation


class TrustJudge:
    """The real `AttestationJudge`."""

    def __init__(self, trust_config: bytes | None, identity: PublisherIdentity) -> None:
        self._trust = load_public_trust() if trust_config is None else parse_trust_config(trust_config)
        self._identity = identity

    def verify(self, text: str, subject: Subject) -> Attestation | Unverified:
        """Return the attestation if it holds for this file, else why it does not."""
        return verify_attestation(text, subject=subject, identity=self._identity, trust=self._trust)

    def link_entry(self, log_index: int) -> str:
        """Return where a person can read a log entry."""
        return self._trust.link_entry(log_index)
