"""Make the errors of a distribution whose archive or metadata cannot be relied on, and the findings they become."""

from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, uncertain


def archive_invalid(kind: Kind, message: str) -> DistributionsInvalid:
    """Return the error for a file that is not one whole archive of its format (E_ARCHIVE_INVALID)."""
    return DistributionsInvalid(message, remedy=_rebuild(kind), code="E_ARCHIVE_INVALID")


def archive_bomb(message: str) -> DistributionsInvalid:
    """Return the error for an archive that unpacks to more than is read (E_ARCHIVE_BOMB)."""
    return DistributionsInvalid(
        f"{message} Nothing beyond this limit is read, to bound the runner's time and memory.",
        remedy="Leave out the data that compress so well, or compress them before the build.",
        code="E_ARCHIVE_BOMB",
    )


def sdist_layout(message: str) -> DistributionsInvalid:
    """Return the error for an sdist whose members are not in one folder named after it (E_SDIST_LAYOUT)."""
    return DistributionsInvalid(message, remedy=_rebuild(Kind.SDIST), code="E_SDIST_LAYOUT")


def metadata_unreadable(kind: Kind, message: str) -> DistributionsInvalid:
    """Return the error for metadata that are missing or cannot be read (E_METADATA_UNREADABLE)."""
    return DistributionsInvalid(message, remedy=_rebuild(kind), code="E_METADATA_UNREADABLE")


def metadata_ambiguous(kind: Kind, message: str) -> DistributionsInvalid:
    """Return the error for an archive in which two readers may find different metadata (E_METADATA_AMBIGUOUS)."""
    return DistributionsInvalid(message, remedy=_rebuild(kind), code="E_METADATA_AMBIGUOUS")


def find_refusal(file: str, error: DistributionsInvalid) -> Finding:
    """Return what an error says as a finding about one file; empty = about all of them."""
    return uncertain(error.code, file=file, message=error.happened, remedy=error.remedy)


def _rebuild(kind: Kind) -> str:
    return f"Build the {kind} again; `python -m build` writes a good one."
