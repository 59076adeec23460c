"""Small files on this machine, read whole or not at all."""

from pathlib import Path

from publish_action.ports import NotFound, Unavailable

MAX_BYTES = 32 << 20
"""GitHub cuts webhook payloads at 25 MB."""


class LocalFiles:
    """The real `Files`."""

    def read(self, path: str) -> bytes | NotFound | Unavailable:
        """Give a file's bytes; a folder on the way that is not there is the same as a file that is not there."""
        try:
            with Path(path).open("rb") as file:
                found = file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return NotFound()
        except (OSError, ValueError) as error:
            return Unavailable(reason=f"{path} cannot be read ({type(error).__name__}).")
        if len(found) > MAX_BYTES:
            return Unavailable(reason=f"{path} is larger than {MAX_BYTES} bytes.")
        return found
