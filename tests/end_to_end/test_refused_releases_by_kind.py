"""Whole runs over three files of which the second has one fault: what is sent and what is reported, for each kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_sdist, build_wheel
from support.program import PROJECT, Program, Result

FIRST, THIRD = "cp311-cp311-win32", "py3-none-any"
SECOND = "acme_core-1.0-cp312-cp312-win32.whl"
SDIST = "Acme_Core-1.0.tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the second of three files, and with no other."""

    make: Callable[[Path], object]
    code: str
    file: str = SECOND


def second(text: str = "", *, classifiers: tuple[str, ...] = (), record: str | None = None) -> Callable[[Path], object]:
    """Return a function that builds the second wheel with this text of metadata, these classifiers or this RECORD."""
    return lambda dist: build_wheel(
        dist,
        PROJECT,
        "1.0",
        tag="cp312-cp312-win32",
        metadata_text=text or None,
        classifiers=classifiers,
        record_text=record,
    )


# What the index alone refuses, or a specification, can be left to the index by `verify-metadata: false`.
FAULTS = {
    "sdist name": Fault(
        make=lambda dist: build_sdist(dist, PROJECT, "1.0", file_name=SDIST), code="E_SDIST_NAME", file=SDIST
    ),
    "description": Fault(
        make=second(
            f"Metadata-Version: 2.4\nName: {PROJECT}\nVersion: 1.0\nSummary: {PROJECT}, built by the sandbox\n"
            "Description-Content-Type: text/x-rst\n\n.. nosuchdirective::\n"
        ),
        code="E_DESCRIPTION",
    ),
    "classifier": Fault(make=second(classifiers=("Programming Language :: Pythn",)), code="E_CLASSIFIER_UNKNOWN"),
    "RECORD": Fault(make=second(record=""), code="E_WHEEL_RECORD"),
}


def build_three(program: Program, make: Callable[[Path], object]) -> None:
    build_wheel(program.dist, PROJECT, "1.0", tag=FIRST)
    make(program.dist)
    build_wheel(program.dist, PROJECT, "1.0", tag=THIRD)


def findings(result: Result, severity: str) -> set[tuple[str, str]]:
    found = json.loads(result.outputs["plan"])["findings"]
    return {(each["file"], each["code"]) for each in found if each["severity"] == severity}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_one_bad_file_keeps_all_three_back(program: Program, fault: Fault) -> None:
    """Nothing is sent and no token is minted; log, summary, plan and outputs name the file and the code."""
    build_three(program, fault.make)

    result = program.act()

    assert result.status == 4, result.text
    assert (program.pypi.requests, program.pypi.attempts, program.pypi.minted) == ([], [], [])
    assert (fault.file, fault.code) in findings(result, "error")
    assert any(fault.file in error for error in result.errors)
    assert any(fault.code in f"{command.properties} {command.data}" for command in result.commands)
    assert fault.file in result.summary
    assert f"`{fault.code}`" in result.summary
    assert result.outputs["verdict"] == "refuse"
    assert {row["outcome"] for row in json.loads(result.outputs["files"])} == {"not-tried"}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_lax_metadata_leave_the_file_to_the_index(program: Program, fault: Fault) -> None:
    """With `verify-metadata: false` the fault is a warning, a token is minted and the upload begins."""
    build_three(program, fault.make)

    result = program.act({"verify-metadata": "false"})

    assert findings(result, "error") == set()
    assert (fault.file, fault.code) in findings(result, "warning")
    assert len(program.pypi.minted) == 1
    assert program.pypi.attempts


def test_a_tag_of_another_version_keeps_all_three_back(program: Program) -> None:
    """A release from a tag of another version is refused, also where the metadata are left to the index."""
    build_three(program, second())

    strict = program.act(ref="refs/tags/v1.1")
    lax = program.act({"verify-metadata": "false"}, ref="refs/tags/v1.1")

    assert (strict.status, lax.status) == (4, 4), strict.text + lax.text
    assert strict.outputs["code"] == lax.outputs["code"] == "E_TAG_MISMATCH"
    assert (program.pypi.requests, program.pypi.attempts, program.pypi.minted) == ([], [], [])
    assert "`E_TAG_MISMATCH`" in strict.summary
