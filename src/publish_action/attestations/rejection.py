"""Explain an index's refusal of a file for its attestations."""

from collections.abc import Sequence

from publish_action.attestations.attestation import PublisherIdentity
from publish_action.attestations.verify import compare_identities
from publish_action.errors import IndexRefused
from publish_action.untrusted.text import shorten

_OBJECTION = "Invalid attestations supplied during upload"


def explain_rejection(
    file: str, *, said: str, attestations: Sequence[str], publisher: PublisherIdentity
) -> IndexRefused | None:
    """Return the error for an upload that the index refused with the words `said`; None where they are about others.

    `attestations` are the JSON texts that were sent with the file, `publisher` is who the index takes this run for.
    """
    if _OBJECTION not in said:
        return None
    compared = dict.fromkeys(compare_identities(text, publisher) for text in attestations)
    return IndexRefused(
        f"The index refused {file} for its attestations: {shorten(said)}\n" + "\n".join(compared),
        remedy="Compare the trusted publisher that the index has on record with the workflow that signed, letter by "
        "letter. Without attestations (attestations: false) the file may be accepted.",
        code="E_ATTESTATION_REJECTED",
    )
