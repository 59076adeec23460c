"""Which platform tags PyPI takes, and what to do about one that it does not."""

import re

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
    """Tell whether PyPI takes wheels with this platform tag."""
    return _TAKEN.fullmatch(tag.lower()) is not None


def advise(tag: str) -> str:
    """Say how to build for a platform so that PyPI takes the wheel."""
    if (found := _MACOS_MINOR.fullmatch(tag)) and is_taken_by_pypi(better := f"macosx_{found[1]}_0_{found[2]}"):
        return (
            f"Set MACOSX_DEPLOYMENT_TARGET={found[1]}.0 for the build, which gives the tag `{better}`: from macOS 11 "
            "on PyPI takes the minor version 0 alone."
        )
    return next((advice for start, advice in _ADVICE if tag.lower().startswith(start)), _OTHERWISE)
