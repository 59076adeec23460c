"""Tell which signatures and attestations go with their distributions, and which stay here."""

from collections.abc import Sequence

from publish_action.archives import OpenDistribution
from publish_action.model import Audience, Index
from publish_action.ports import Log
from publish_action.server_rules import kind_named

PRIVATE_ATTESTATIONS = (
    "off: the index is private. Signing them would write the names of the repository and of the workflow into a log "
    "that everybody can read."
)


def tell_companions(files: Sequence[OpenDistribution], index: Index, log: Log) -> None:
    """Log what happens to the `.asc` and `.attestation` files that lie beside distributions."""
    signed = sum(file.signature is not None for file in files)
    attested = sum(bool(file.attestations) for file in files)
    is_private = index.audience is Audience.PRIVATE
    if signed and not is_private:
        log.say(
            f"GPG signatures (.asc) of {signed} files stay here: PyPI has taken none since 2023, and the release is "
            "the same without them."
        )
    if signed and is_private:
        kind = kind_named(index.server)
        ignored = f"; {kind.title} ignores them" if kind and kind.signatures == "ignored" else ""
        log.say(f"GPG signatures (.asc) of {signed} files go with them{ignored}.")
    if attested and is_private:
        log.say(f"Attestations of {attested} files stay here: a private index is sent none.")
    if attested and not is_private:
        log.warn(
            f"The attestations beside {attested} {'file' if attested == 1 else 'files'} are not sent: attestations are "
            "off. Remove the files, or publish without attestations."
        )
