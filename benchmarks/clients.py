"""The clients that are compared, each as its users start it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import is_ours, name_ours
from benchmarks.index import RunningIndex
from benchmarks.releases import Release

_FOLDER = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line and the whole environment that it runs in."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def list_clients(parallels: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the clients: the rivals, and ours once for each number of uploads at a time."""
    return ("twine", "uv", *map(name_ours, parallels))


def count_connections(client: str) -> int:
    """Return how many uploads a client runs at a time."""
    return int(client.removeprefix("ours, ")) if is_ours(client) else 1


def compose_command(client: str, index: RunningIndex, release: Release) -> Command:
    """Return the command of a client. All log in with the same token; none draws a progress bar."""
    match client:
        case "twine":
            return _compose_twine(index, release)
        case "uv":
            return _compose_uv(index, release)
        case _:
            return _compose_ours(index, count_connections(client))


def _compose_twine(index: RunningIndex, release: Release) -> Command:
    options = ("--non-interactive", "--disable-progress-bar", "--repository-url", index.upload_url)
    login = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": index.token}
    return Command(
        arguments=(str(_FOLDER / "twine"), "upload", *options, *release.files),
        environment={**_surroundings(index), **login},
    )


def _compose_uv(index: RunningIndex, release: Release) -> Command:
    options = ("--no-progress", "--trusted-publishing", "never", "--publish-url", index.upload_url)
    return Command(
        arguments=(str(_FOLDER / "uv"), "publish", *options, "--token", index.token, *release.files),
        environment=_surroundings(index),
    )


def _compose_ours(index: RunningIndex, parallel: int) -> Command:
    """As the runner starts it, with all defaults: it asks GitHub, decides, uploads, and waits until it is served."""
    inputs = {
        "github-token": index.github_token,
        "public-index-url": index.upload_url,
        "public-index-token": index.token,
        "parallel-uploads": str(parallel),
    }
    return Command(
        arguments=(sys.executable, "-I", "-u", "-m", "publish_action", "action"),
        environment={
            **index.job,
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            # As the image sets it.
            "MALLOC_ARENA_MAX": "1",
        },
    )


def _surroundings(index: RunningIndex) -> dict[str, str]:
    """Of the runner's variables those that twine and uv should see: no job to make an ID token of, an empty home."""
    return {name: index.job[name] for name in ("HOME", "LANG", "PATH")}
