"""Check the name, the platform tags and the size of a distribution's file."""

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from publish_action.distributions.contents import Contents
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, maybe_refused_by_pypi, not_standard, refused_by_pypi
from publish_action.untrusted.text import quote_short

# PyPI's own list, as it was in November 2026; a newer one only ever takes more.
_LINUX = "x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"


_MACOS = "ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2"


_TAKEN = re.compile(
    r"any|win32|win_(?:amd64|arm64|ia64)|linux_armv[67]l"
    r"|manylinux(?:1|2010)_(?:x86_64|i686)|manylinux2014_(?:x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
    rf"|manylinux_[0-9]+_[0-9]+_(?:{_LINUX}|ppc64)|musllinux_[0-9]+_[0-9]+_(?:{_LINUX})"
    rf"|macosx_(?:10_[0-9]+|(?:11|12|13|14|15|26)_0)_(?:{_MACOS})"
    r"|ios_[0-9]+_[0-9]+_(?:arm64|x86_64)_(?:iphoneos|iphonesimulator)"
    r"|android_[0-9]+_(?:armeabi_v7a|arm64_v8a|x86|x86_64)"
    r"|pyemscripten_[0-9]+_[0-9]+_wasm32"
)


_MACOS_MINOR = re.compile(r"macosx_([0-9]{2})_[0-9]+_(\w+)")


# By the beginning of the tag; the first that fits is told.
_ADVICE = (
    (
        "linux_",
        "Build it in a manylinux or musllinux container: cibuildwheel does so, `auditwheel repair` gives a wheel that "
        "was built there its tag, and maturin takes `--compatibility manylinux2014`.",
    ),
    (
        "manylinux",
        "Use a tag of PEP 600 with an architecture that PyPI knows, as `auditwheel repair` writes it: "
        "`manylinux_2_28_x86_64`.",
    ),
    ("musllinux", "Use a tag of PEP 656 with an architecture that PyPI knows: `musllinux_1_2_x86_64`."),
    (
        "macosx_",
        "Set MACOSX_DEPLOYMENT_TARGET for the build to 10.N, or to 11.0, 12.0, … with nothing after the zero that "
        "counts; PyPI knows the architectures x86_64, arm64 and universal2.",
    ),
    (
        "pyodide_",
        "Build with a current pyodide-build or cibuildwheel for `pyemscripten_YEAR_N_wasm32` (PEP 783); PyPI does not "
        "take `pyodide_` tags.",
    ),
    ("emscripten_", "Build with a current pyodide-build or cibuildwheel for `pyemscripten_YEAR_N_wasm32` (PEP 783)."),
    ("wasm", "PyPI takes WebAssembly as `pyemscripten_YEAR_N_wasm32` alone (PEP 783)."),
    ("win", "PyPI takes `win32`, `win_amd64` and `win_arm64`."),
    ("ios_", "Use the tags of PEP 730 with both numbers: `ios_13_0_arm64_iphoneos`; cibuildwheel builds them."),
    ("android_", "Use the tags of PEP 738: `android_24_arm64_v8a`; cibuildwheel builds them."),
)


_OTHERWISE = (
    "Leave this wheel out, and let users of that platform build from the sdist; PyPI takes Windows, manylinux, "
    "musllinux, macOS, iOS, Android and pyemscripten."
)


def is_taken_by_pypi(tag: str) -> bool:
    """Return whether PyPI takes wheels with this platform tag."""
    return _TAKEN.fullmatch(tag.lower()) is not None


def advise(tag: str) -> str:
    """Return how to build for a platform so that PyPI takes the wheel."""
    if (found := _MACOS_MINOR.fullmatch(tag)) and is_taken_by_pypi(better := f"macosx_{found[1]}_0_{found[2]}"):
        return (
            f"Set MACOSX_DEPLOYMENT_TARGET={found[1]}.0 for the build, which gives the tag `{better}`: from macOS 11 "
            "on PyPI accepts only the minor version 0."
        )
    return next((advice for start, advice in _ADVICE if tag.lower().startswith(start)), _OTHERWISE)


PYPI_FILE_BYTES = 100 << 20
"""Where PyPI's limit is for a project that asked for no higher one."""


PYPI_MOST_BYTES = 1 << 30
"""The highest limit that PyPI gives to a project."""


# Of the 255 that a file name has, its metadata beside it take nine more (`.metadata`, PEP 658).
_LONGEST_WHEEL_NAME = 246


# A tag, or several of them that are compressed to a set (PEP 425). The order within a set is free: auditwheel wrote
# `manylinux_2_17_x86_64.manylinux2014_x86_64` for years.
_TAG_SET = re.compile(r"\w+(?:\.\w+)*", re.ASCII)


_BACKEND = (
    "Build again with a current build backend (setuptools 69.3 or later, or any of hatchling, flit, pdm-backend, "
    "poetry-core), and do not rename the file."
)


def judge_sdist_name(contents: Contents) -> Iterator[Finding]:
    """PyPI takes an sdist under one name alone: the normalised one (PEP 625), letter by letter."""
    if contents.name.kind is not Kind.SDIST:
        return
    wanted = f"{_spelled(contents)}-{_normalise(contents.metadata.version)}.tar.gz"
    if contents.file != wanted:
        yield refused_by_pypi(
            "E_SDIST_NAME",
            file=contents.file,
            message=f"PyPI accepts this sdist only as {wanted} (PEP 625), not as {quote_short(contents.file)}.",
            remedy=_BACKEND,
        )


def judge_wheel_name(contents: Contents) -> Iterator[Finding]:
    """PyPI wants the project's normalised name in a wheel's file name, and every reader well-formed tags.

    The version may be spelled in any way that PEP 440 reads alike: PyPI takes `5.4.RC1` for 5.4rc1.
    """
    if contents.name.kind is not Kind.WHEEL:
        return
    written, wanted = contents.file.partition("-")[0], _spelled(contents)
    if written != wanted:
        yield refused_by_pypi(
            "E_WHEEL_NAME",
            file=contents.file,
            message=f"PyPI requires the name in a wheel's file name to be {wanted}, normalised with underscores, not "
            f"{quote_short(written)} (binary distribution format).",
            remedy=_BACKEND,
        )
    if len(contents.file) > _LONGEST_WHEEL_NAME:
        yield refused_by_pypi(
            "E_WHEEL_NAME",
            file=contents.file,
            message=f"The file name has {len(contents.file)} characters; PyPI accepts at most {_LONGEST_WHEEL_NAME} "
            "for a wheel.",
            remedy="Shorten the project's name or the version, or use fewer platform tags (`wheel tags` sets them).",
        )
    for kind, tags in zip(("python", "abi", "platform"), _tags(contents.file), strict=True):
        if not _TAG_SET.fullmatch(tags):
            yield not_standard(
                "E_WHEEL_NAME",
                file=contents.file,
                message=f"The {kind} tag {quote_short(tags)} in the file name may only have letters, digits and "
                "underscores, with one dot between the tags of a set (PEP 425).",
                remedy="Leave the file's name as the build backend wrote it.",
            )


def judge_platform_tags(contents: Contents) -> Iterator[Finding]:
    """PyPI takes wheels for the platforms of its list alone."""
    if contents.name.kind is not Kind.WHEEL:
        return
    for tag in dict.fromkeys(_tags(contents.file)[2].split(".")):
        if tag and not is_taken_by_pypi(tag):
            yield refused_by_pypi(
                "E_PLATFORM_TAG",
                file=contents.file,
                message=f"PyPI does not accept wheels with the platform tag {quote_short(tag)}.",
                remedy=advise(tag),
            )


def judge_file_size(contents: Contents) -> Iterator[Finding]:
    """PyPI takes 100 MiB a file, more where a project asked for it, and never more than 1 GiB."""
    shown = f"{contents.size / (1 << 20):.1f} MiB"
    if contents.size > PYPI_MOST_BYTES:
        yield refused_by_pypi(
            "E_FILE_TOO_LARGE",
            file=contents.file,
            message=f"The file has {shown}; PyPI allows no project more than 1 GiB per file.",
            remedy="Take data, models or debug symbols out of the build and download them when they are needed, or "
            "split the project; PyPI does not raise the limit for one file any further.",
        )
    elif contents.size > PYPI_FILE_BYTES:
        yield maybe_refused_by_pypi(
            "W_FILE_SIZE",
            file=contents.file,
            message=f"The file has {shown}; PyPI accepts 100 MiB, unless it has raised the limit for this project.",
            remedy="See the limit in the project's settings on PyPI; ask for a higher one at "
            "https://docs.pypi.org/project-management/storage-limits/ before the release.",
        )


def _tags(file: str) -> tuple[str, str, str]:
    # PEP 427: the tags are the last three parts, whether there is a build number or not.
    python, abi, platform = file.removesuffix(".whl").rsplit("-", 3)[-3:]
    return python, abi, platform


def _spelled(contents: Contents) -> str:
    return contents.metadata.project.replace("-", "_")


def _normalise(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        # The reader of the metadata judges it.
        return version
