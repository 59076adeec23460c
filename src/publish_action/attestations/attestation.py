"""What an attestation is to the rest of the program: values, without Sigstore's libraries."""

from dataclasses import dataclass, field

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
