"""Read the files beside a distribution that belong to it: a detached signature and attestations."""

from pathlib import Path

from publish_action.distributions.open_file import read_small
from publish_action.errors import DistributionsInvalid

# A detached signature is under 1 kB, an attestation about 4.5 kB (measured).
_SIGNATURE_BYTES = 64 << 10
_ATTESTATION_BYTES = 1 << 20


def read_signature(path: Path) -> bytes:
    """Return the content of an `.asc` file; whether it verifies is for the index's users to say.

    Raises `DistributionsInvalid` for what is no regular file, empty, or too long to be a signature.
    """
    signature = read_small(path, limit=_SIGNATURE_BYTES)
    if not 0 < len(signature) <= _SIGNATURE_BYTES:
        raise DistributionsInvalid(
            f"The file is empty or longer than {_SIGNATURE_BYTES} bytes, so it is not a detached signature.",
            remedy="Sign the distribution again, or remove the file.",
            code="E_DIST_STRAY",
        )
    return signature


def read_attestation(path: Path) -> str:
    """Return the text of an attestation file; `checks.attestations` checks what it says.

    Raises `DistributionsInvalid` for what is no regular file, too long, or not UTF-8.
    """
    data = read_small(path, limit=_ATTESTATION_BYTES)
    try:
        if len(data) > _ATTESTATION_BYTES:
            raise ValueError("too long")
        return data.decode("utf-8")
    except ValueError as error:
        raise DistributionsInvalid(
            f"The file is not UTF-8 text of at most {_ATTESTATION_BYTES} bytes, so it is not an attestation (PEP 740).",
            remedy="Attest the distribution again, or remove the file.",
            code="E_ATTESTATION_UNREADABLE",
        ) from error
