"""The examples, byte for byte as users copy them, run by act: they publish what they promise to publish.

What the test brings is around the workflow: the machine that has pipx, the two actions for artifacts, the place of the
public index as the action's default. A private index's address is the one text that is put into a file.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from action.act import ROOT, copy_action, use_prebuilt_image
from action.artifacts import Artifacts
from action.conftest import World
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.private.real_servers import PyPIServer

pytestmark = pytest.mark.action

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
PASSWORD = "correct horse battery staple"
_HERE = Path(__file__).parent
_PUBLIC_DEFAULT = "https://upload.pypi.org/legacy/"
_ADDRESSES = ("https://pkgs.example.com/python/upload/", "https://pkgs.example.com/python/simple/")


@pytest.fixture(scope="session")
def machine(base: str) -> str:
    """The image of a machine that has pipx."""
    name = "publish-action-machine"
    command = ("docker", "build", "--quiet", "--build-arg", f"BASE={base}", "--tag", name, str(_HERE / "machine"))
    subprocess.run(command, check=True, capture_output=True)
    return name


@pytest.fixture
def example_world(world: World, tmp_path: Path, base: str, image: str, machine: str) -> Iterator[World]:
    """octo/demo before its distributions are built, and an action whose default is the local index."""
    action = tmp_path / "action"
    copy_action(action, base)
    use_prebuilt_image(action, image)
    inputs = action / "action.yml"
    assert _PUBLIC_DEFAULT in inputs.read_text()
    inputs.write_text(inputs.read_text().replace(_PUBLIC_DEFAULT, world.pypi.upload_url))
    for file in world.checkout.dist.iterdir():
        file.unlink()
    world.checkout.dist.rmdir()
    world.act = replace(world.act, machine=machine, action=action, others=_find_artifact_actions())
    with Artifacts() as artifacts:
        world.settings["ARTIFACTS_URL"] = f"{artifacts.url}/"
        yield world


@pytest.fixture
def private_index(tmp_path: Path) -> Iterator[PyPIServer]:
    """A private index that takes one user's password."""
    (tmp_path / "private").mkdir()
    with PyPIServer(tmp_path / "private", user="ci", password=PASSWORD) as server:
        yield server


def _find_artifact_actions() -> dict[str, Path]:
    """Return the two actions as the examples pin them, each with its stand-in."""
    text = (ROOT / "examples" / "public.yml").read_text()
    pinned = {word: re.findall(rf"actions/{word}-artifact@[0-9a-f]{{40}}", text) for word in ("upload", "download")}
    return {name: _HERE / "artifacts" / word for word, names in pinned.items() for name in names}


def _copy_example(world: World, name: str, index: PyPIServer) -> int:
    """Put an example into the checkout, and give how many addresses of a private index were replaced in it."""
    text, count = (ROOT / "examples" / name).read_text(), 0
    for written, real in zip(_ADDRESSES, (index.upload_url, index.read_url), strict=True):
        count += text.count(written)
        text = text.replace(written, real)
    workflows = world.checkout.folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / name).write_text(text)
    return count


def _build(world: World, folder: str = ".", project: str = "demo") -> None:
    built = world.checkout.folder / folder / "built"
    built.mkdir(parents=True)
    build_wheel(built, project, "1.0")
    build_sdist(built, project, "1.0")


def _files_of(index: PyPIServer) -> set[str]:
    return {path.name for path in index.folder.rglob("demo-*") if path.is_file()}


def _uploaded(world: World) -> list[str]:
    return sorted(upload.file_name for upload in world.pypi.uploads)


@pytest.mark.parametrize(
    ("name", "environment", "replaced"), [("public.yml", "pypi", 0), ("both.yml", "release", len(_ADDRESSES))]
)
def test_public_repository_publishes_to_pypi(
    example_world: World, private_index: PyPIServer, name: str, environment: str, replaced: int
) -> None:
    """A release of a public repository goes to the public index; nothing is sent to the private one."""
    assert _copy_example(example_world, name, private_index) == replaced
    _build(example_world)
    example_world.secrets["PRIVATE_INDEX_PASSWORD"] = PASSWORD
    example_world.pypi.trust("demo", "octo", "demo", name, environment)

    result = example_world.push(name, event="release", environment=environment)

    assert result.exit_status == 0, result.log
    assert _uploaded(example_world) == [WHEEL, SDIST]
    assert _files_of(private_index) == set()


@pytest.mark.parametrize(("name", "environment"), [("private.yml", "private-index"), ("both.yml", "release")])
def test_private_repository_publishes_to_its_own_index(
    example_world: World, private_index: PyPIServer, name: str, environment: str
) -> None:
    """A release of a private repository goes to its own index; nothing is sent to PyPI."""
    assert _copy_example(example_world, name, private_index) == len(_ADDRESSES)
    _build(example_world)
    example_world.repository.visibility = "private"
    example_world.secrets["PRIVATE_INDEX_PASSWORD"] = PASSWORD

    result = example_world.push(name, event="release", environment=environment)

    assert result.exit_status == 0, result.log
    assert _files_of(private_index) == {WHEEL, SDIST}
    assert example_world.pypi.connections == 0
    assert PASSWORD not in result.log


def test_tag_of_a_project_publishes_that_project(example_world: World, private_index: PyPIServer) -> None:
    """In a repository of several projects the tag selects which is built and published."""
    assert _copy_example(example_world, "monorepo.yml", private_index) == 0
    for project in ("acme-core", "acme-client"):
        _build(example_world, f"packages/{project}", project)
    example_world.pypi.trust("acme-core", "octo", "demo", "monorepo.yml", "pypi")

    result = example_world.push("monorepo.yml", ref="refs/tags/acme-core/v1.0", environment="pypi")

    assert result.exit_status == 0, result.log
    assert _uploaded(example_world) == ["acme_core-1.0-py3-none-any.whl", "acme_core-1.0.tar.gz"]
