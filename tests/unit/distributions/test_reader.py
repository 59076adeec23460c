"""One distribution read whole: its metadata, what it declares, and whether all of it agrees."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from publish_action.checks.registry import check_contents
from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.open_file import hash_file, open_regular
from publish_action.distributions.reader import make_distribution, read_contents
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Declaration, Distribution, Kind
from publish_action.models.finding import Severity
from publish_sandbox.distributions.builder import build_sdist, build_wheel, metadata

PRIVATE = "Private :: Do Not Upload"


def read(path: Path) -> Contents:
    descriptor = open_regular(path)
    try:
        return read_contents(descriptor, parse_file_name(path.name))
    finally:
        os.close(descriptor)


def described(path: Path) -> Distribution:
    descriptor = open_regular(path)
    try:
        name = parse_file_name(path.name)
        contents = read_contents(descriptor, name)
        return make_distribution(name=name, metadata=contents.metadata, digests=hash_file(descriptor))
    finally:
        os.close(descriptor)


def code_of(path: Path) -> str:
    with pytest.raises(DistributionsInvalid) as caught:
        read(path)
    assert caught.value.remedy
    return caught.value.code


def test_a_wheel_is_described(tmp_path: Path) -> None:
    """The noun that the decision judges holds the metadata's spelling, the normalised name and the file's facts."""
    path = build_wheel(tmp_path, "Acme.Utils", "1.0", metadata_extra="Requires-Python: >=3.9")

    found = described(path)

    assert found.file == "acme_utils-1.0-py3-none-any.whl"
    assert found.size == path.stat().st_size
    assert found.kind is Kind.WHEEL
    assert (found.name, found.project, found.version) == ("Acme.Utils", "acme-utils", "1.0")
    assert found.requires_python == ">=3.9"
    assert found.declared == frozenset()


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
@pytest.mark.parametrize(
    ("version", "classifiers", "declared"),
    [
        ("1.0", [PRIVATE], {Declaration.CLASSIFIER}),
        ("1.0", ["private::x"], {Declaration.CLASSIFIER}),
        ("1.0+acme1", [], {Declaration.LOCAL_VERSION}),
        ("1.0+acme1", [PRIVATE], {Declaration.CLASSIFIER, Declaration.LOCAL_VERSION}),
        ("1.0", ["Topic :: Private"], set()),
    ],
)
def test_distributions_declare_that_they_are_private(
    tmp_path: Path,
    build: Callable[..., Path],
    version: str,
    classifiers: list[str],
    declared: set[Declaration],
) -> None:
    """A `Private ::` classifier and a local version each declare it, in wheels and sdists alike."""
    path = build(tmp_path, "acme", version, classifiers=classifiers)

    assert described(path).declared == declared


def test_metadata_of_another_project_are_a_mismatch(tmp_path: Path) -> None:
    """Where file name and folder say one project and METADATA another, the file is refused."""
    wheel = build_wheel(tmp_path, "acme", "1.0", metadata_text=metadata("other", "1.0"))
    sdist = build_sdist(tmp_path, "acme", "1.0", metadata_text=metadata("acme", "1.1"))

    assert code_of(wheel) == "E_DIST_NAME_MISMATCH"
    assert code_of(sdist) == "E_DIST_NAME_MISMATCH"


def test_problems_of_the_metadata_are_refusals(tmp_path: Path) -> None:
    """What the metadata's parser finds refuses the file, under the same code."""
    text = metadata("acme", "1.0") + "\nClassifier: Private :: X\n"

    assert code_of(build_wheel(tmp_path, "acme", "1.0", metadata_text="\ufeff" + text)) == "E_METADATA_UNREADABLE"
    assert code_of(build_sdist(tmp_path, "acme", "1.0", metadata_text=text)) == "E_METADATA_AMBIGUOUS"


@pytest.mark.parametrize("decoy", ["METADATA", "aaa/METADATA.txt", "aaa_docs/METADATA-notes.md"])
def test_a_decoy_that_twine_prefers_is_refused(tmp_path: Path, decoy: str) -> None:
    """A wheel whose METADATA says "private" and whose decoy does not is refused, and both members are named."""
    wheel = build_wheel(tmp_path, "acme", "1.0", classifiers=[PRIVATE], members={decoy: metadata("acme", "1.0")})

    with pytest.raises(
        DistributionsInvalid, match=f"publish-action reads 'acme-1.0.dist-info/METADATA', but twine reads '{decoy}'"
    ) as caught:
        read(wheel)

    assert caught.value.code == "E_METADATA_AMBIGUOUS"


@pytest.mark.parametrize(
    ("decoy", "text"),
    [
        ("METADATA.txt", "notes"),
        ("zzz/METADATA", metadata("acme", "1.0")),
        ("acme/_vendor/other-1.0.dist-info/METADATA", metadata("other", "1.0")),
    ],
)
def test_a_decoy_that_twine_passes_over_is_fine(tmp_path: Path, decoy: str, text: str) -> None:
    """Members without the word Metadata-Version, sorted later or deeper change nothing: real wheels hold them."""
    wheel = build_wheel(tmp_path, "acme", "1.0", classifiers=[PRIVATE], members={decoy: text})

    assert read(wheel).metadata.classifiers == (PRIVATE,)


def test_a_member_with_the_same_bytes_is_no_decoy(tmp_path: Path) -> None:
    """Where twine reads another member that says the same, nothing differs."""
    wheel = build_wheel(tmp_path, "acme", "1.0", members={"METADATA": metadata("acme", "1.0")})

    assert read(wheel).metadata_member == "acme-1.0.dist-info/METADATA"


def test_an_sdist_in_which_twine_finds_nothing_is_refused(tmp_path: Path) -> None:
    """twine knows one spelling of the top folder; where the members have two, the readers differ."""
    sdist = build_sdist(tmp_path, "acme", "1.0", members={"/x/../acme-1.0/a.py": ""})

    with pytest.raises(DistributionsInvalid, match="twine finds no metadata") as caught:
        read(sdist)

    assert caught.value.code == "E_METADATA_AMBIGUOUS"


def test_a_private_pyproject_contradicts_metadata_that_are_not(tmp_path: Path) -> None:
    """A stale build is an error that names the member."""
    contents = read(build_sdist(tmp_path, "acme", "1.0", pyproject=f'[project]\nclassifiers = ["{PRIVATE}"]\n'))

    (finding,) = check_contents(contents)

    assert (finding.severity, finding.code) == (Severity.ERROR, "E_PRIVATE_CLASSIFIER_INCONSISTENT")
    assert (finding.file, finding.member) == ("acme-1.0.tar.gz", "acme-1.0/pyproject.toml")


def test_a_private_pyproject_agrees_with_private_metadata(tmp_path: Path) -> None:
    """The classifier in both places is how it should be."""
    contents = read(
        build_sdist(
            tmp_path, "acme", "1.0", classifiers=[PRIVATE], pyproject=f'[project]\nclassifiers = ["{PRIVATE}"]\n'
        )
    )

    assert check_contents(contents) == ()
