"""Find the metadata that twine would read from a distribution."""

import posixpath
from collections.abc import Callable, Sequence

from twine.wheel import Wheel

# twine takes no file for metadata that lacks these bytes.
_FIELD = b"Metadata-Version"


def choose_in_wheel(paths: Sequence[str], read: Callable[[str], bytes]) -> str | None:
    """Return the member that twine takes for a wheel's METADATA, or None where it finds none.

    The order in which twine looks is twine's own function; `read` gives a member's bytes.
    """
    candidates = ("/".join(parts) for parts in Wheel.find_candidate_metadata_files(list(paths)))
    return next((path for path in candidates if _FIELD in read(path)), None)


def choose_in_sdist(paths: Sequence[str]) -> str | None:
    """Return the path that twine looks for PKG-INFO at, or None where it would stop before it looks.

    twine offers no function for this and would unpack the whole archive once more. It takes the last member of that
    path (`twine.sdist`); a test compares this with twine itself.
    """
    try:
        root = posixpath.commonpath(paths)
    except ValueError:
        return None
    return None if root in {".", "/", ""} else f"{root.rstrip('/')}/PKG-INFO"


def is_metadata(data: bytes) -> bool:
    """Return whether twine takes these bytes for metadata."""
    return _FIELD in data
