"""What is in the image, and what is not."""

import json
import re
import subprocess
import zlib
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


def test_image_is_small(image: str) -> None:
    """The image takes at most 175 MB on disk, and at most 65 MB on its way to a runner."""
    command = ("docker", "image", "inspect", "--format", "{{.Size}}", image)

    assert int(subprocess.run(command, capture_output=True, check=True).stdout) <= 175_000_000
    assert _compressed_size(image) <= 65_000_000


def test_image_is_one_layer(image: str) -> None:
    """What the base brought and the image does without is not carried along in a layer below."""
    command = ("docker", "image", "inspect", "--format", "{{len .RootFS.Layers}}", image)

    assert subprocess.run(command, capture_output=True, check=True).stdout.strip() == b"1"


def test_every_library_finds_what_it_links_to(image: str) -> None:
    """Nothing was taken out of the image that a compiled library in it needs."""
    search = "find / -xdev -type f -name '*.so*' -exec ldd {} + 2>/dev/null | grep 'not found' | sort -u"

    assert run_inside(image, "sh", "-c", f"{search}; true") == ""


@pytest.mark.parametrize("package", ["apt", "debconf", "libapt-pkg7.0", "perl-base", "sqv"])
def test_list_of_packages_is_true(image: str, package: str) -> None:
    """Scanners, and the SBOM that one of them writes, read dpkg's list: what was taken out does not stand in it."""
    listed = run_inside(image, "dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}${Package}\n").split("\n")

    assert "ii libc6" in listed
    assert [line for line in listed if line.endswith(f" {package}")] == []


@pytest.mark.parametrize("tool", ["apt-get", "perl", "pip", "python -m pip", "python -m ensurepip"])
def test_image_holds_no_installer(image: str, tool: str) -> None:
    """Neither Debian's installer nor Python's is in the image."""
    assert run_inside(image, "sh", "-c", f"{tool} --version >/dev/null 2>&1 || echo missing").strip() == "missing"


@pytest.mark.parametrize("tool", ["sh", "tail", "tar", "find", "stat", "chmod"])
def test_kubernetes_runners_find_their_tools(image: str, tool: str) -> None:
    """Runners in Kubernetes copy the workspace into a container action and start it with these."""
    assert run_inside(image, "sh", "-c", f"command -v {tool}").strip() != ""


def test_image_needs_to_write_nowhere(image: str) -> None:
    """The program starts on a file system that it cannot write to, as an unknown user."""
    limits = ("--read-only", "--user", "12345:12345", "--cap-drop", "ALL")
    command = ("docker", "run", "--rm", *limits, "--network", "none", "--entrypoint", "python", image, "-I", "-m")

    done = subprocess.run(
        (*command, "publish_action", "explain", "E_DIST_EMPTY"), capture_output=True, check=True, text=True
    )

    assert done.stderr == ""
    assert "E_DIST_EMPTY" in done.stdout


def test_image_says_what_it_is(image: str) -> None:
    """Its labels hold title, description and licence; a release adds source, revision and version."""
    labels = _inspect(image, "Labels")

    assert isinstance(labels, dict)
    assert {f"org.opencontainers.image.{name}" for name in ("title", "description", "licenses")} <= set(labels)


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


def _compressed_size(image: str) -> int:
    deflate, size = zlib.compressobj(6), 0
    with subprocess.Popen(("docker", "save", image), stdout=subprocess.PIPE) as saving:
        assert saving.stdout is not None
        while block := saving.stdout.read(1 << 20):
            size += len(deflate.compress(block))
    assert saving.returncode == 0
    return size + len(deflate.flush())


def _normalised(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{canonicalize_name(name)}=={version}"
