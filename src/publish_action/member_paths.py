"""Where unpackers put the members of an archive, however their paths are spelt."""

import posixpath


def settle(path: str) -> str:
    """Give a member's place below the folder that it is unpacked into: no `.`, `..`, `//`, `\\` or leading `/`."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")
