"""Prepare this process before anything is loaded that could fail or leak: its standard streams and core dumps."""

import io
import os
import resource
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def prepare_process() -> None:
    """Make the run independent of who reads its log, and keep its memory, with the secrets in it, off the disk.

    To be called once, by the program itself and not by one that imports it.
    """
    # Lowering a limit is always allowed; children inherit it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _open_missing_descriptors()
    sys.stdout = _make_steady(sys.stdout, 1)
    sys.stderr = _make_steady(sys.stderr, 2)


class SteadyFile(io.FileIO):
    """A file whose failures are no failures of the run: a log reader that went away, a full disk.

    Each write is tried, so what can be written is written. github-action-utils writes bytes past the text stream, so
    this is not the text stream's to do.
    """

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all that can be written; return the length of the whole, as if it had been."""
        rest = memoryview(data).cast("B")
        length = len(rest)
        while rest:
            try:
                written = super().write(rest)
            except OSError:
                break
            if written is None:
                # The descriptor does not block, and its reader is slow.
                select.select([], [self], [])
            else:
                rest = rest[written:]
        return length


def _open_missing_descriptors() -> None:
    """Put the null device where a standard stream is closed: the next file that is opened would take its number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)


def _make_steady(stream: TextIO | None, descriptor: int) -> TextIO:
    # None is what Python makes of a descriptor that was closed when it started.
    encoding = stream.encoding if stream is not None else "utf-8"
    file = SteadyFile(descriptor, "wb", closefd=False)
    # A character that the encoding lacks is escaped. Nothing is kept back: a run that is killed has told what it did.
    return io.TextIOWrapper(file, encoding=encoding, errors="backslashreplace", write_through=True)
