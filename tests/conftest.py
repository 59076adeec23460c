"""Fixtures that more than one file of tests stands on."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give local servers and an empty workspace for whole runs of the program."""
    with ExitStack() as stack:
        yield Stage.set(tmp_path, stack)
