"""What is in the image, and what is not."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from container.runner import run_inside

pytestmark = pytest.mark.container


def _inspect(image: str, field: str) -> object:
    command = ("docker", "image", "inspect", "--format", f"{{{{json .Config.{field}}}}}", image)
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_entry_point_is_the_contracts(image: str) -> None:
    """The image starts Python isolated and unbuffered, without a shell and without arguments of its own."""
    assert _inspect(image, "Entrypoint") == ["python", "-I", "-u", "-m", "publish_action", "action"]
    assert not _inspect(image, "Cmd")


def test_image_runs_as_root_where_the_runner_says(image: str) -> None:
    """GitHub's documentation asks for root and no working directory: the runner's files belong to another account."""
    assert _inspect(image, "User") == ""
    assert _inspect(image, "WorkingDir") in ("", "/")


def test_text_is_utf8(image: str) -> None:
    """Names of files and answers of indexes survive in the log."""
    assert run_inside(image, "python", "-I", "-c", "import sys; print(sys.stdout.encoding)").strip() == "utf-8"


@pytest.mark.parametrize(
    "module",
    ["pip", "ensurepip", "setuptools", "wheel", "hatchling", "publish_sandbox", "pypiserver", "devpi_server", "pytest"],
)
def test_image_holds_nothing_that_installs_builds_or_tests(image: str, module: str) -> None:
    """An attacker who gets as far as the container finds no installer in it, and no test server."""
    search = f"import importlib.util; print(importlib.util.find_spec({module!r}))"

    assert run_inside(image, "python", "-I", "-c", search).strip() == "None"


def test_everything_is_compiled(image: str) -> None:
    """No module is compiled again at each start: its byte code is in the image."""
    search = (
        "import importlib.util, pathlib, sysconfig\n"
        "for folder in {sysconfig.get_path(name) for name in ('stdlib', 'purelib')}:\n"
        "    for source in pathlib.Path(folder).rglob('*.py'):\n"
        "        if not pathlib.Path(importlib.util.cache_from_source(source)).exists():\n"
        "            print(source)\n"
    )

    assert run_inside(image, "python", "-I", "-c", search) == ""


def test_image_holds_only_what_is_locked(image: str) -> None:
    """Every distribution in the image stands in the lock, at that version."""
    listing = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
    lock = (Path(__file__).parents[2] / "requirements" / "image.txt").read_text()
    locked = set(re.findall(r"^[a-z0-9.-]+==[^ ;]+", lock, re.MULTILINE))

    installed = {_normalised(pin) for pin in run_inside(image, "python", "-I", "-c", listing).split()}

    assert "twine" in {pin.partition("==")[0] for pin in installed}
    assert installed <= locked


def test_demo_is_not_in_the_image(image: str) -> None:
    """The sandbox's commands are unknown there, and say so without a traceback."""
    script = (
        "import subprocess, sys\n"
        "command = [sys.executable, '-I', '-m', 'publish_action', 'demo']\n"
        "done = subprocess.run(command, capture_output=True, text=True)\n"
        "print(done.returncode, 'Traceback' in done.stderr)\n"
    )

    assert run_inside(image, "python", "-I", "-c", script).split() == ["2", "False"]


def _normalised(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{canonicalize_name(name)}=={version}"
