"""What the local PyPI allows today, and how it words a refusal."""

import threading
from dataclasses import dataclass, field

CORE_METADATA = " See https://packaging.python.org/specifications/core-metadata for more information."
DOCS = "https://docs.pypi.org"


class Rejected(Exception):
    """An upload ends with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> Rejected:
    """Return the 400 with this message."""
    return Rejected(400, message)


def forbidden(message: str) -> Rejected:
    """Return the 403 with this message."""
    return Rejected(403, message)


@dataclass(slots=True, kw_only=True)
class Rulebook:
    """Switches and limits; tests turn them."""

    base_url: str
    read_only: bool = False
    uploads_disabled: bool = False
    registration_disabled: bool = False
    trusted_publishing: bool = True
    token_seconds: int = 900
    """Life of a minted token."""
    single_use_tokens: bool = False
    """A token is forgotten with the upload that it let in (PEP 807, feature `single-use-token`)."""
    commit_seconds: float = 0.01
    """How long an upload waits between its last check of the database and its commit: the window of the races."""
    commit_gate: threading.Barrier | None = None
    """Where uploads wait for one another right before that entry: it makes a race of so many certain."""
    file_limit: int = 100 << 20
    project_limit: int = 10 << 30
    release_open_days: int = 14
    new_projects_per_user: int = 20
    prohibited_names: set[str] = field(default_factory=set)
    frozen_users: set[str] = field(default_factory=set)
    unverified_users: set[str] = field(default_factory=set)
    users_without_second_factor: set[str] = field(default_factory=set)

    def help(self, topic: str) -> str:
        """Return the sentence that points to a help page."""
        return f" See {self.base_url}/help/#{topic} for more information."
