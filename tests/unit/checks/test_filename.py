"""Names and sizes of distributions: what PyPI takes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.filename import (
    advise,
    is_taken_by_pypi,
    judge_file_size,
    judge_platform_tags,
    judge_sdist_name,
    judge_wheel_name,
)
from publish_action.models.finding import Rule, Severity
from publish_sandbox.pypi.upload_archive import is_platform_taken
from support.contents import codes, core_metadata, message, sdist, wheel

MIB = 1 << 20


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("acme_utils-1.0.tar.gz", "1.0", []),
        ("acme_utils-1.0rc1.tar.gz", "1.0-RC.1", []),
        ("acme_utils-1!1.0.post1.tar.gz", "1!1.0.post1", []),
        ("acme-utils-1.0.tar.gz", "1.0", ["E_SDIST_NAME"]),
        ("acme.utils-1.0.tar.gz", "1.0", ["E_SDIST_NAME"]),
        ("Acme_Utils-1.0.tar.gz", "1.0", ["E_SDIST_NAME"]),
        ("acme_utils-1.0.RC1.tar.gz", "1.0.RC1", ["E_SDIST_NAME"]),
        ("acme_utils-1.0.0.tar.gz", "1.0", ["E_SDIST_NAME"]),
    ],
)
def test_an_sdist_has_one_name(name: str, version: str, found: list[str]) -> None:
    """Name and version are normalised, and nothing else is taken (PEP 625)."""
    contents = replace(sdist(name=name), metadata=core_metadata(version=version))

    assert codes(judge_sdist_name, contents) == found


def test_the_right_name_of_an_sdist_is_told() -> None:
    """The message shows the name that PyPI takes."""
    assert message(judge_sdist_name, sdist(name="Acme.Utils-1.0.tar.gz")) == (
        "PyPI accepts this sdist only as acme_utils-1.0.tar.gz (PEP 625), not as 'Acme.Utils-1.0.tar.gz'."
    )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("acme_utils-1.0-py3-none-any.whl", []),
        ("acme_utils-1.0-1-py3-none-any.whl", []),
        ("acme_utils-1.0.RC1-py2.py3-none-any.whl", []),
        ("acme_utils-1.0-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", []),
        ("Acme_Utils-1.0-py3-none-any.whl", ["E_WHEEL_NAME"]),
        ("acme.utils-1.0-py3-none-any.whl", ["E_WHEEL_NAME"]),
        ("acme_utils-1.0-py3-no+ne-any.whl", ["E_WHEEL_NAME"]),
    ],
)
def test_a_wheel_is_named_for_its_project_with_tags(name: str, found: list[str]) -> None:
    """The name is normalised with underscores; tags are words with single dots between them."""
    assert codes(judge_wheel_name, wheel(name=name)) == found


PLATFORMS = {
    "any": True,
    "win32": True,
    "win_amd64": True,
    "win_arm64": True,
    "win_ia64": True,
    "linux_armv6l": True,
    "linux_armv7l": True,
    "manylinux1_x86_64": True,
    "manylinux2010_i686": True,
    "manylinux2014_ppc64": True,
    "manylinux_2_17_x86_64": True,
    "manylinux_2_39_riscv64": True,
    "manylinux_2_31_armv7l": True,
    "musllinux_1_2_aarch64": True,
    "macosx_10_9_x86_64": True,
    "macosx_11_0_arm64": True,
    "macosx_26_0_universal2": True,
    "ios_13_0_arm64_iphonesimulator": True,
    "android_24_x86_64": True,
    "pyemscripten_2025_0_wasm32": True,
    "linux_x86_64": False,
    "linux_aarch64": False,
    "manylinux1_aarch64": False,
    "manylinux2014_riscv64": False,
    "manylinux_2_17_loongarch64": False,
    "musllinux_1_2_ppc64": False,
    "macosx_12_3_arm64": False,
    "macosx_15_2_x86_64": False,
    "macosx_16_0_arm64": False,
    "macosx_11_0_arm64e": False,
    "win_amd64_more": False,
    "ios_13_arm64_iphoneos": False,
    "android_24_mips": False,
    "pyodide_2024_0_wasm32": False,
    "emscripten_3_1_46_wasm32": False,
    "wasm32_wasi": False,
    "freebsd_13_amd64": False,
}


@pytest.mark.parametrize(("tag", "is_taken"), PLATFORMS.items())
def test_platforms_are_those_that_pypi_takes(tag: str, is_taken: bool) -> None:
    """Each tag outside PyPI's list is refused, with a remedy; the local PyPI says the same."""
    contents = wheel(name=f"acme_utils-1.0-cp311-cp311-{tag}.whl")

    assert codes(judge_platform_tags, contents) == ([] if is_taken else ["E_PLATFORM_TAG"])
    assert is_platform_taken(tag) == is_taken


@given(
    tag=st.from_regex(
        r"(any|win32|win|linux|manylinux|musllinux|macosx|ios|android|pyemscripten)(1|2010|2014)?(_\d{1,2}){0,2}_?(x86_64|i686|arm64|aarch64|wasm32|universal2|ppc64)?",
        fullmatch=True,
        alphabet=st.characters(codec="ascii"),
    )
)
def test_platforms_are_judged_as_the_local_pypi_judges_them(tag: str) -> None:
    """Two tables, written apart from each other, agree."""
    assert is_taken_by_pypi(tag) == is_platform_taken(tag)


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        ("linux_x86_64", "auditwheel repair"),
        ("manylinux_2_17_sparc", "manylinux_2_28_x86_64"),
        ("musllinux_1_2_ppc64", "musllinux_1_2_x86_64"),
        ("macosx_12_3_arm64", "MACOSX_DEPLOYMENT_TARGET=12.0"),
        ("macosx_11_0_arm64e", "universal2"),
        ("pyodide_2024_0_wasm32", "pyemscripten"),
        ("win_mips", "win_amd64"),
        ("ios_13_arm64_iphoneos", "PEP 730"),
        ("android_24_mips", "PEP 738"),
        ("freebsd_13_amd64", "sdist"),
    ],
)
def test_advice_is_for_the_platform(tag: str, word: str) -> None:
    """The remedy names the tool or the setting of that platform."""
    assert word in advise(tag)


def test_each_platform_tag_of_a_set_is_judged_once() -> None:
    """A set of tags is refused for each of them that PyPI does not take."""
    name = "acme_utils-1.0-cp311-cp311-linux_x86_64.manylinux2014_x86_64.linux_x86_64.macosx_12_3_arm64.whl"

    assert codes(judge_platform_tags, wheel(name=name)) == ["E_PLATFORM_TAG", "E_PLATFORM_TAG"]


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (100 * MIB, []),
        (100 * MIB + 1, [("W_FILE_SIZE", Severity.WARNING)]),
        (1024 * MIB, [("W_FILE_SIZE", Severity.WARNING)]),
        (1024 * MIB + 1, [("E_FILE_TOO_LARGE", Severity.ERROR)]),
    ],
)
def test_large_files_are_told(size: int, found: list[tuple[str, Severity]]) -> None:
    """Over 100 MiB a project must have asked PyPI; over 1 GiB nothing helps."""
    for contents in (wheel(size=size), sdist(size=size)):
        assert [(each.code, each.severity) for each in judge_file_size(contents)] == found


@pytest.mark.parametrize(("length", "found"), [(246, []), (247, ["E_WHEEL_NAME"])])
def test_name_of_a_wheel_leaves_room_for_its_metadata(length: int, found: list[str]) -> None:
    """Issue 10, B5: PyPI keeps `.metadata` beside it, and answers longer names with "Filename is too long"."""
    stem, rest = "acme_utils-1.0-py3-none-", "any.whl"
    name = stem + "any." * ((length - len(stem) - len(rest)) // 4)
    name += "a" * (length - len(name) - len(rest) - 1) + "." + rest if len(name) + len(rest) < length else rest

    assert len(name) == length
    assert codes(judge_wheel_name, wheel(name=name)) == found


def test_names_and_sizes_are_pypis_rules() -> None:
    """A private index need not have them: they are warnings there."""
    findings = [
        *judge_sdist_name(sdist(name="Acme-Utils-1.0.tar.gz")),
        *judge_wheel_name(wheel(name="Acme_Utils-1.0-py3-none-any.whl")),
        *judge_platform_tags(wheel(name="acme_utils-1.0-cp311-cp311-linux_x86_64.whl")),
        *judge_file_size(wheel(size=1025 * MIB)),
    ]

    assert [each.rule for each in findings] == [Rule.PYPI] * 4


def test_rules_of_one_kind_pass_over_the_other() -> None:
    """An sdist has no tags, and a wheel is no sdist."""
    assert [*judge_sdist_name(wheel(name="Acme-1.0-py3-none-any.whl"))] == []
    assert [*judge_wheel_name(sdist(name="Acme-1.0.tar.gz")), *judge_platform_tags(sdist())] == []
