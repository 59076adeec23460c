"""Every current build backend: what it writes passes our check and is published as it is (tests/data/backends)."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publish_action.checks.build_backend import Backend, recognise_backend
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.open_file import open_regular
from publish_action.distributions.reader import read_contents
from support.program import Program

FOLDER = Path(__file__).resolve().parents[1] / "data" / "backends"
FILES = FOLDER / "files"
BACKENDS = {
    "uv_build": Backend.UV,
    "hatchling": Backend.HATCHLING,
    "setuptools": Backend.SETUPTOOLS,
    "poetry-core": Backend.POETRY,
    "flit-core": Backend.FLIT,
    "pdm-backend": Backend.PDM,
    "maturin": Backend.MATURIN,
    "scikit-build-core": Backend.SCIKIT_BUILD_CORE,
    "meson-python": Backend.MESON,
}


def test_an_sdist_and_a_wheel_of_each_backend_are_recorded() -> None:
    """There is a source, an sdist, a wheel and a version of each, and nothing besides."""
    recorded = {path.name: sorted(file.suffix for file in path.iterdir()) for path in FILES.iterdir()}
    versions = re.findall(r"^([a-z_-]+)==", (FOLDER / "versions.txt").read_text(), re.MULTILINE)

    assert recorded == {name: [".gz", ".whl"] for name in BACKENDS}
    assert {path.name for path in (FOLDER / "sources").iterdir()} == set(BACKENDS)
    assert {name.replace("_", "-") for name in BACKENDS} <= {name.replace("_", "-") for name in versions}


@pytest.mark.parametrize("name", BACKENDS)
def test_what_a_backend_writes_passes_the_check(name: str) -> None:
    """`publish-action check` finds no error and no warning."""
    ran = subprocess.run(
        (sys.executable, "-m", "publish_action", "check", str(FILES / name)),
        check=False, capture_output=True, text=True, env={},
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Checked 2 distributions for a public index: no problems." in ran.stdout


@pytest.mark.parametrize(("name", "backend"), BACKENDS.items(), ids=BACKENDS)
def test_a_backend_is_known_by_what_it_writes(name: str, backend: Backend) -> None:
    """Remedies name the settings of the backend that built the file."""
    for file in (FILES / name).iterdir():
        descriptor = open_regular(file)
        try:
            assert recognise_backend(read_contents(descriptor, parse_file_name(file.name))) is backend
        finally:
            os.close(descriptor)


@pytest.mark.parametrize("name", BACKENDS)
def test_what_a_backend_writes_is_published_as_it_is(program: Program, name: str) -> None:
    """The whole program publishes both files, and the index has their bytes."""
    shutil.copytree(FILES / name, program.dist, dirs_exist_ok=True)

    result = program.act()

    assert (result.status, result.outputs["code"]) == (0, "OK_PUBLIC"), result.text
    assert (result.outputs["uploaded-count"], result.outputs["published"]) == ("2", "true")
    assert {upload.file_name: upload.sha256 for upload in program.pypi.uploads} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (FILES / name).iterdir()
    }
