"""Hold the locks to the project's metadata, without asking an index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).resolve().parents[2]
_PYPROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())
_RUNTIME = _PYPROJECT["project"]["dependencies"]
_DEVELOPMENT = [
    *_RUNTIME,
    *(each for extra in _PYPROJECT["project"]["optional-dependencies"].values() for each in extra),
    *(
        each
        for name, group in _PYPROJECT["dependency-groups"].items()
        if name not in {"fuzz", "installers"}
        for each in group
    ),
]
_FUZZ = _PYPROJECT["dependency-groups"]["fuzz"]
_INSTALLERS = _PYPROJECT["dependency-groups"]["installers"]


def _read_lock(name: str) -> dict[str, tuple[str, int]]:
    """Return the version and the number of hashes of each project in a lock."""
    text = (_ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^([a-z0-9.-]+)(?:\[[a-z0-9,-]+\])?==(\S+)(.*(?:\n .*)*)", text, re.MULTILINE)
    return {project: (version, block.count("--hash=sha256:")) for project, version, block in pins}


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("image.txt", _RUNTIME),
        ("dev.txt", _DEVELOPMENT),
        ("fuzz.txt", _FUZZ),
        ("installers.txt", _INSTALLERS),
    ],
)
def test_lock_meets_what_is_declared(lock: str, declared: list[str]) -> None:
    """Every dependency that pyproject.toml declares is locked, at a version it allows."""
    pins = _read_lock(lock)

    unmet = [
        text
        for text in declared
        if not (wanted := Requirement(text)).specifier.contains(pins.get(canonicalize_name(wanted.name), ("0", 0))[0])
    ]

    assert unmet == []


@pytest.mark.parametrize("lock", ["image.txt", "dev.txt", "pulp.txt", "installers.txt"])
def test_lock_pins_by_hash(lock: str) -> None:
    """No project in a lock is without a hash."""
    pins = _read_lock(lock)

    assert len(pins) > 20
    assert [project for project, (_, hashes) in pins.items() if hashes == 0] == []


@pytest.mark.parametrize("lock", ["image.txt", "dev.txt", "fuzz.txt", "pulp.txt", "installers.txt"])
def test_lock_names_no_index(lock: str) -> None:
    """A lock can be met by any index that serves these bytes: it names none."""
    assert "://" not in (_ROOT / "requirements" / lock).read_text()


def test_no_oracle_is_in_the_image() -> None:
    """The vendors' own clients are for tests alone."""
    oracles = {canonicalize_name(Requirement(text).name) for text in _PYPROJECT["dependency-groups"]["oracles"]}

    assert oracles & set(_read_lock("image.txt")) == set()


def test_what_the_image_runs_is_what_is_tested() -> None:
    """Both locks hold the runtime's dependencies at the same versions, as far as both platforms need them."""
    image, development = _read_lock("image.txt"), _read_lock("dev.txt")

    different = {name: pin for name, (pin, _) in image.items() if development.get(name, (pin, 0))[0] != pin}

    assert different == {}
    assert set(image) <= set(development)
