"""What the files of one release have in common, and what may be there once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from publish_action.checks.release import judge_build_numbers, judge_equal_files, judge_same_metadata, judge_sdists
from publish_action.distributions.contents import Contents
from publish_action.models.distribution import Distribution, Kind
from publish_action.models.finding import Rule, Severity
from support.contents import SDIST, WHEEL, core_metadata, is_well_worded, sdist, wheel

OTHER = "acme_utils-1.0-cp311-cp311-win32.whl"


def found(files: Sequence[Contents]) -> list[tuple[str, str]]:
    findings = list(judge_same_metadata(files))
    assert all(map(is_well_worded, findings))
    return [(each.code, each.file) for each in findings]


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("Requires-Python: >=3.9", "Requires-Python: >=3.10", "E_METADATA_DIFFERS"),
        ("Requires-Python: >=3.9", "", "E_METADATA_DIFFERS"),
        ("Requires-Python: >=3.9, <4", "Requires-Python: <4,>=3.9", None),
        ("Requires-Python: three", "Requires-Python: >=3", "E_METADATA_DIFFERS"),
        ("Classifier: A :: B\nClassifier: C :: D", "Classifier: C :: D\nClassifier: A :: B", None),
        ("Classifier: A :: B", "Classifier: A :: C", "W_METADATA_DIFFERS"),
        ("License: MIT", "License: BSD", "W_METADATA_DIFFERS"),
        ("License-Expression: MIT", "License-Expression: Apache-2.0", "W_METADATA_DIFFERS"),
        ("License-File: LICENSE", "License-File: licenses/zlib.txt", None),
        ("Summary: one", "Summary: other", "W_METADATA_DIFFERS"),
        ("Requires-Dist: a>=1", "Requires-Dist: a >= 1", None),
        ("Requires-Dist: a>=1", "Requires-Dist: a>=2", "W_METADATA_DIFFERS"),
        ("Requires-Dist: a b c", "Requires-Dist: a", "W_METADATA_DIFFERS"),
        ("Provides-Extra: one", "", "W_METADATA_DIFFERS"),
        ("Keywords: one", "Keywords: other", None),
    ],
)
def test_metadata_are_those_of_all_files(one: str, other: str, code: str | None) -> None:
    """What PyPI serves of the first file for all must be in all; what may differ for a reason is advice."""
    files = [wheel(metadata=f"{one}\n"), sdist(metadata=f"{other}\n")]

    assert found(files) == ([(code, SDIST)] if code else [])


def test_spellings_of_name_and_version_are_told() -> None:
    """They are the same project and version, and shown in one spelling."""
    files = [wheel(), replace(sdist(), metadata=core_metadata(name="Acme.Utils", version="1.0.0"))]

    assert found(files) == [("W_METADATA_DIFFERS", SDIST), ("W_METADATA_DIFFERS", SDIST)]


def test_an_sdist_may_leave_fields_to_the_build() -> None:
    """What it calls Dynamic (PEP 643) its wheels may say differently, and no other field; nor may two wheels."""
    dynamic = sdist(
        metadata="Metadata-Version: 2.4\nDynamic: Requires-Python\nDynamic: classifier\n".partition("\n")[2]
    )
    one, other = wheel(metadata="Requires-Python: >=3\n"), wheel(name=OTHER, metadata="License-Expression: MIT\n")

    assert found([one, dynamic]) == []
    assert found([one, other, dynamic]) == [("E_METADATA_DIFFERS", OTHER), ("W_METADATA_DIFFERS", OTHER)]


def test_other_releases_are_not_compared() -> None:
    """Files of two versions or projects are refused for that, and not for each field."""
    other = replace(
        wheel(name="acme_utils-2.0-py3-none-any.whl"),
        metadata=core_metadata("Requires-Python: >=3.10\n", version="2.0"),
    )

    assert found([wheel(), other]) == []


def test_both_values_and_both_files_are_named() -> None:
    """The message shows what each file alone says, and how many more files differ."""
    files = [
        wheel(metadata="Requires-Python: >=3.9,<4\n"),
        wheel(name=OTHER, metadata="Requires-Python: >=3.10,<4\n"),
        sdist(metadata=""),
    ]

    (finding,) = judge_same_metadata(files)

    assert finding.message == (
        "Requires-Python differs: '>=3.10' here, '>=3.9' in acme_utils-1.0-py3-none-any.whl. 1 more file differs from "
        "the first. PyPI takes both, and serves the value of the first file for all of them, which is what installers "
        "use."
    )
    assert finding.rule is Rule.PYPI


def test_a_difference_that_no_index_refuses_is_told_as_our_advice() -> None:
    """Issue 10, A3: a repair step adds the licences that it bundles; the remedy does not ask to make that wrong."""
    files = [wheel(metadata="License-Expression: MIT AND Zlib\n"), sdist(metadata="License-Expression: MIT\n")]

    (finding,) = judge_same_metadata(files)

    assert (finding.severity, finding.rule) == (Severity.WARNING, Rule.ADVICE)
    assert "PyPI takes both" in finding.message
    assert finding.remedy.startswith("Nothing, if it is intended")


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ([WHEEL, OTHER], 0),
        ([WHEEL, "acme_utils-1.0-1-py3-none-any.whl"], 1),
        (["acme_utils-1.0-1-py3-none-any.whl", "acme_utils-1.0-2-py3-none-any.whl", OTHER], 1),
    ],
)
def test_build_numbers_alone_make_no_two_wheels(names: list[str], count: int) -> None:
    """Installers take one of them only."""
    findings = list(judge_build_numbers([*(wheel(name=name) for name in names), sdist()]))

    assert [each.code for each in findings] == ["W_BUILD_NUMBERS"] * count
    assert all(map(is_well_worded, findings))


def distribution(file: str, *, sha256: str = "", version: str = "1.0") -> Distribution:
    return Distribution(
        file=file,
        size=1,
        sha256=sha256 or file,
        blake2b_256="",
        kind=Kind.WHEEL if file.endswith(".whl") else Kind.SDIST,
        name="acme-utils",
        project="acme-utils",
        version=version,
    )


def test_a_release_has_one_sdist() -> None:
    """A second one is told, however the version is spelled; another version's is none."""
    one, other = distribution(SDIST), distribution("acme_utils-1.0.0.tar.gz", version="1.0.0")

    assert [each.file for each in judge_sdists([one, other, distribution(WHEEL)])] == [SDIST]
    assert list(judge_sdists([one, distribution("acme_utils-2.0.tar.gz", version="2.0")])) == []


def test_equal_files_are_one() -> None:
    """Two names for the same bytes are told once, for the later name."""
    files = [distribution(OTHER, sha256="1"), distribution(WHEEL, sha256="1"), distribution(SDIST, sha256="2")]

    assert [(each.code, each.file) for each in judge_equal_files(files)] == [("E_DIST_DUPLICATE", WHEEL)]
