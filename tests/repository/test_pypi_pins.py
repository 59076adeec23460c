"""The libraries that PyPI's server judges uploads with: what our rules were written for, and ours beside them."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = _ROOT / "ci" / "compare-pypi-pins"
# With what the rules make up for, where ours is newer.
_WRITTEN_FOR = {
    "packaging": "26.2",  # metadata_rules: the letters of a charset, Metadata-Version 2.6
    "readme-renderer": "45.0",  # rst_rendering: headings alone
}
_LOCK = """\
packaging==26.2 \\
    --hash=sha256:00
packaging-extra==1.0 \\
    --hash=sha256:00
readme-renderer[md]==45.0 \\
    --hash=sha256:00
"""


def compare(tmp_path: Path, lock: str) -> "subprocess.CompletedProcess[str]":
    (tmp_path / "main.txt").write_text(lock)
    return subprocess.run([_SCRIPT, tmp_path / "main.txt"], capture_output=True, text=True, check=False, timeout=60)


def test_pins_are_those_that_the_rules_were_written_for() -> None:
    """Whoever changes a pin looks at the rule that makes up for it."""
    lines = (_ROOT / "ci" / "pypi-pins.txt").read_text().splitlines()

    assert dict(line.split("==") for line in lines if not line.startswith("#")) == _WRITTEN_FOR


@pytest.mark.parametrize(("name", "pinned"), _WRITTEN_FOR.items())
def test_ours_are_not_older(name: str, pinned: str) -> None:
    """An older library of ours would pass or refuse what nobody compared."""
    assert Version(version(name)) >= Version(pinned)


def test_equal_pins_are_no_difference(tmp_path: Path) -> None:
    """Extras in brackets and names that begin alike change nothing."""
    result = compare(tmp_path, _LOCK)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("lock", "says"),
    [
        (_LOCK.replace("26.2", "26.3"), "PyPI has packaging==26.3, and the rules were written for packaging==26.2."),
        (_LOCK.replace("readme-renderer[md]==45.0", "x==1"), "PyPI has no readme-renderer"),
        ("", "PyPI has no packaging"),
    ],
)
def test_other_pins_are_told(tmp_path: Path, lock: str, says: str) -> None:
    """The scheduled job fails, and names both versions."""
    result = compare(tmp_path, lock)

    assert result.returncode == 1
    assert says in result.stderr
