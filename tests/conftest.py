"""Fixtures that more than one file of tests stands on, and how Hypothesis looks for examples."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from stage import Stage

# No test says how fast something is: on a machine that does other work too, a slow example is no fault.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give local servers and an empty workspace for whole runs of the program."""
    with ExitStack() as stack:
        yield Stage.set(tmp_path, stack)
