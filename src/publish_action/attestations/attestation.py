"""What an attestation is to the rest of the program: values, without Sigstore's libraries."""

from dataclasses import dataclass, field
from enum import Enum

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
SLSA_PROVENANCE = "https://slsa.dev/provenance/v1"
PREDICATES = frozenset({PUBLISH, SLSA_PROVENANCE})
"""The predicate types that PyPI takes, each once a file."""
MOST_PER_FILE = 2
LONGEST_BYTES = 1 << 20
"""An attestation has 6 to 9 kB (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The distribution that an attestation is about."""

    file: str
    sha256: str
    """Hexadecimal, lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherIdentity:
    """The workflow on github.com that signs, as the index has it on record."""

    repository: str
    """`owner/name`, spelled as GitHub spells it."""
    workflow: str | None = None
    """File name of the workflow; None accepts every workflow of the repository."""

    def __str__(self) -> str:
        return f"{self.repository}, workflow {self.workflow}" if self.workflow else self.repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A verified statement about one distribution."""

    predicate: str
    """The type of its predicate, a URL."""
    log_index: int
    """Index of its entry in the transparency log."""
    text: str = field(repr=False)
    """JSON, as the index takes it."""


class Fault(Enum):
    """Why an attestation does not verify, and the reason code for one that lies beside a file."""

    MALFORMED = ("it is not an attestation", "E_ATTESTATION_MISMATCH")
    PREDICATE = ("the index takes no attestation of this type", "E_ATTESTATION_MISMATCH")
    NAME = ("it is about another file", "E_ATTESTATION_MISMATCH")
    DIGEST = ("it is about other bytes under this file's name", "E_ATTESTATION_MISMATCH")
    IDENTITY = ("another repository or workflow signed it", "E_ATTESTATION_FOREIGN")
    EXPIRED = ("its certificate was not valid when it was signed", "E_ATTESTATION_UNVERIFIED")
    AUTHORITY = ("its certificate is not from the Sigstore in use", "E_ATTESTATION_UNVERIFIED")
    LOG = ("its log entry is not from the Sigstore in use", "E_ATTESTATION_UNVERIFIED")
    ENTRY = ("its log entry belongs to another attestation", "E_ATTESTATION_UNVERIFIED")
    SIGNATURE = ("its signature does not verify", "E_ATTESTATION_UNVERIFIED")

    @property
    def words(self) -> str:
        """What is wrong, as a clause whose subject is the attestation."""
        return self.value[0]

    @property
    def code(self) -> str:
        """The reason code."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """An attestation that must not be relied on."""

    fault: Fault
    detail: str
    """More about it, on one line; may be empty."""

    def __str__(self) -> str:
        return f"{self.fault.words} ({self.detail})" if self.detail else self.fault.words
