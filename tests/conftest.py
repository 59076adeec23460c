"""Fixtures that several test files share, and the Hypothesis profile."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from publish_sandbox.private.real_servers import Devpi
from support.program import Program

# No test asserts a speed: on a busy machine a slow example is not a fault.
hypothesis.settings.register_profile(
    "project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("project")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Start local servers with an empty workspace for whole runs of the program."""
    with ExitStack() as stack:
        yield Program.start(tmp_path, stack)


@pytest.fixture(scope="session")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devpi]:
    """Start a real devpi; it starts slowly, so the tests share it, each with its own projects or index."""
    with Devpi(tmp_path_factory.mktemp("devpi"), "ci", "s3cret-password") as server:
        yield server
