"""What the tests of the image start from: a local GitHub, a local PyPI and a checkout with one release in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.runner import Folders
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.pypi.server import LocalPyPI


@pytest.fixture(scope="session")
def image() -> str:
    """The image under test: `make image` has built it."""
    return os.environ.get("PUBLISH_ACTION_IMAGE", "publish-action")


@pytest.fixture
def github() -> Iterator[LocalGitHub]:
    """A GitHub without repositories."""
    with LocalGitHub() as server:
        yield server


@pytest.fixture
def pypi(github: LocalGitHub) -> Iterator[LocalPyPI]:
    """A public index that trusts the workflow `release.yml` of octo/demo for the project `demo`."""
    with LocalPyPI(issuer=github.issuer) as server:
        server.trust("demo", "octo", "demo", "release.yml")
        yield server


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A job's folders; the checkout holds a wheel and an sdist of demo 1.0 in `dist`."""
    made = Folders.under(tmp_path)
    (made.workspace / "dist").mkdir()
    build_wheel(made.workspace / "dist", "demo", "1.0")
    build_sdist(made.workspace / "dist", "demo", "1.0")
    return made
