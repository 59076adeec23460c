"""Read small local files, whole or not at all."""

import os
import stat

from publish_action.protocols import NotFound, Unavailable

MAX_BYTES = 32 << 20
"""GitHub cuts webhook payloads at 25 MB."""


class LocalFiles:
    """The real `Files`."""

    def read(self, path: str) -> bytes | NotFound | Unavailable:
        """Return the bytes of a file; a missing parent folder counts as a missing file."""
        try:
            # Opening a pipe blocks until another process writes to it.
            with open(path, "rb", opener=_open_without_waiting) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return Unavailable(reason=f"{path} is not a regular file.")
                found = file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return NotFound()
        except (OSError, ValueError) as error:
            return Unavailable(reason=f"{path} cannot be read ({type(error).__name__}).")
        if len(found) > MAX_BYTES:
            return Unavailable(reason=f"{path} is larger than {MAX_BYTES} bytes.")
        return found


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
