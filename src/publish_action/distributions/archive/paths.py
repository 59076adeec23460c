"""Where unpackers put the members of an archive, however their paths are spelt."""

import posixpath

LONGEST_PATH = 4096
"""Characters; Linux has no longer path (`PATH_MAX`), and Windows a much shorter one."""


def normalise_member_path(path: str) -> str:
    """Return a member's place below the folder that it is unpacked into: no `.`, `..`, `//`, `\\` or leading `/`."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")
