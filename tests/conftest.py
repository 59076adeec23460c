"""Fixtures that more than one file of tests stands on, and how Hypothesis looks for examples."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from publish_sandbox.private.real_servers import Devpi
from support.program import Stage

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


@pytest.fixture(scope="session")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devpi]:
    """Give a real devpi; it starts slowly, so tests share it, and each has projects or an index of its own."""
    with Devpi(tmp_path_factory.mktemp("devpi"), "ci", "s3cret-password") as server:
        yield server
