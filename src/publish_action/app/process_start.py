"""Prepare the process before anything else is loaded: steady standard streams, and no core dumps."""

import io
import os
import resource
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def prepare_process() -> None:
    """Make the run independent of its log's reader, and keep its memory, with the secrets in it, off the disk.

    Called once, by the program itself and not by a program that imports it.
    """
    # Lowering a limit is always allowed; children inherit it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _open_missing_descriptors()
    sys.stdout = _make_steady(sys.stdout, 1)
    sys.stderr = _make_steady(sys.stderr, 2)


class SteadyFile(io.FileIO):
    """A file whose write errors do not fail the run: a log reader that went away, a full disk.

    Each write is tried, so whatever can be written is written. github-action-utils writes bytes past the text stream,
    so this cannot be done in the text stream.
    """

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as much as possible; return the full length, as if all had been written."""
        rest = memoryview(data).cast("B")
        length = len(rest)
        while rest:
            try:
                written = super().write(rest)
            except OSError:
                break
            if written is None:
                # The descriptor is non-blocking, and its reader is slow.
                select.select([], [self], [])
            else:
                rest = rest[written:]
        return length


def _open_missing_descriptors() -> None:
    """Open the null device in place of a closed standard stream: the next opened file would take its number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)


def _make_steady(stream: TextIO | None, descriptor: int) -> TextIO:
    # Python sets a stream to None if its descriptor was closed at the start.
    encoding = stream.encoding if stream is not None else "utf-8"
    file = SteadyFile(descriptor, "wb", closefd=False)
    # A character that the encoding lacks is escaped. Nothing is buffered: the log of a killed run is complete.
    return io.TextIOWrapper(file, encoding=encoding, errors="backslashreplace", write_through=True)
