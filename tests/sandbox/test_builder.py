"""The builder makes distributions that installers take, and broken ones on demand."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import Link, build_sdist, build_wheel, metadata


@pytest.mark.parametrize("build", [build_wheel, build_sdist], ids=["wheel", "sdist"])
def test_pip_installs_without_an_index(tmp_path: Path, build: Callable[..., Path]) -> None:
    """pip installs what was built, sdists by their own backend, without a network."""
    distribution = build(tmp_path, "Demo.Pkg", "1.0")

    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tmp_path / "target", distribution],
        env={"PIP_CONFIG_FILE": "/dev/null", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"},
        check=True,
    )

    assert (tmp_path / "target" / "demo_pkg" / "__init__.py").is_file()


def test_twine_accepts_both(tmp_path: Path) -> None:
    """`twine check --strict` passes."""
    paths = [build_wheel(tmp_path, "demo", "1.0"), build_sdist(tmp_path, "demo", "1.0")]

    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *paths], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("build", [build_wheel, build_sdist], ids=["wheel", "sdist"])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, build: Callable[..., Path]) -> None:
    """Builds are reproducible, payload included."""
    first, second = (build(tmp_path / name, "demo", "1.0", size=3_000_000).read_bytes() for name in ("a", "b"))

    assert first == second
    assert len(first) > 2_900_000


def test_a_wheel_can_be_broken_in_many_ways(tmp_path: Path) -> None:
    """Extra, double and linked members, raw metadata, missing members, another file name."""
    path = build_wheel(
        tmp_path,
        "demo",
        "1.0",
        metadata_text=b"Name: \xff\n",
        members=[("x", "1"), ("x", "2"), ("other-1.0.dist-info/METADATA", "y"), ("link", Link("/etc/passwd"))],
        without=["WHEEL"],
        file_name="else-2.0-py3-none-any.whl",
    )

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        link = archive.getinfo("link")
        assert archive.read("demo-1.0.dist-info/METADATA") == b"Name: \xff\n"
    assert path.name == "else-2.0-py3-none-any.whl"
    assert (names.count("x"), "demo-1.0.dist-info/WHEEL" in names) == (2, False)
    assert link.external_attr >> 16 == 0o120777


def test_an_sdist_can_be_broken_in_many_ways(tmp_path: Path) -> None:
    """Other top folders, members outside of it, double and linked members."""
    path = build_sdist(
        tmp_path,
        "demo",
        "1.0",
        top="wrong",
        members=[("PKG-INFO", Link("../x")), ("/second/PKG-INFO", "y")],
    )

    with tarfile.open(path) as archive:
        names = archive.getnames()
        linked = [member for member in archive.getmembers() if member.issym()]
    assert names.count("wrong/PKG-INFO") == 2
    assert "second/PKG-INFO" in names
    assert linked[0].linkname == "../x"


def test_classifiers_and_extra_headers_reach_the_metadata() -> None:
    """Classifiers and extra header lines stand above the description."""
    text = metadata("demo", "1.0", classifiers=["Private :: Do Not Upload"], extra="Requires-Python: >=3.9")

    head = text.partition("\n\n")[0].splitlines()
    assert "Classifier: Private :: Do Not Upload" in head
    assert "Requires-Python: >=3.9" in head
