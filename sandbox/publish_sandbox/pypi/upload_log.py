"""What the local PyPI remembers of each upload form it has read."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A form that was read whole, and what became of it."""

    file_name: str
    project: str
    """As the form spells it."""
    version: str
    sha256: str
    size: int
    fields: dict[str, tuple[str, ...]]
    """All fields of the form but the file."""
    status: int
    """What was answered, had the connection held."""
    stored: bool
    """Whether this very request wrote the file."""
    began: float
    """When the headers had come, by `time.monotonic`."""
    ended: float
    """When the upload was recorded, by `time.monotonic`."""
    at: datetime
    """The same, by the clock of the index."""
    token: str
    """The upload token it came with."""
