"""Rows of the corpus on names, platforms and the layout of wheels and sdists."""

from support.corpus.row import (
    GOOD_RELEASE,
    GOOD_SDIST,
    GOOD_WHEEL,
    INFO,
    Row,
    bad,
    good,
    one_of_three,
    sdist,
    together,
    wheel,
)

_TAGS = "tag set of auditwheel"
_COMMANDS = "entry points with extras and plugins"
_LAYOUT, _RECORD = "E_WHEEL_LAYOUT", "E_WHEEL_RECORD"
_GOOD_TEXT = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def _tagged(tag: str) -> Row:
    return bad(wheel(tag=f"cp311-cp311-{tag}"), public="E_PLATFORM_TAG", twin=_TAGS)


def _with_entry_points(text: str | bytes, *, always: str = "E_ENTRY_POINT") -> Row:
    return bad(wheel(members={f"{INFO}/entry_points.txt": text}), always=always, twin=_COMMANDS)


def _without_line(right: str, start: str) -> str:
    return "".join(line for line in right.splitlines(keepends=True) if not line.startswith(start))


FILE_NAMES: dict[str, Row] = {
    "F03 sdist in upper case": bad(
        together(wheel(), wheel(tag="cp311-cp311-win_amd64"), sdist(file_name="Acme_Utils-1.0.tar.gz")),
        public="E_SDIST_NAME",
        twin=GOOD_RELEASE,
    ),
    "F03 sdist with a dash": bad(sdist(file_name="acme-utils-1.0.tar.gz"), public="E_SDIST_NAME", twin=GOOD_SDIST),
    "sdist with its version not normalised": bad(
        sdist(file_name="acme_utils-1.0.0.tar.gz"), public="E_SDIST_NAME", twin=GOOD_SDIST
    ),
    "wheel in mixed case": bad(
        wheel(file_name="Acme_Utils-1.0-py3-none-any.whl", info="Acme_Utils-1.0.dist-info"),
        public="E_WHEEL_NAME",
        twin=GOOD_WHEEL,
    ),
    "wheel with a dot for the underscore": bad(
        wheel(file_name="acme.utils-1.0-py3-none-any.whl", info="acme.utils-1.0.dist-info"),
        public="E_WHEEL_NAME",
        twin=GOOD_WHEEL,
    ),
    "plus sign in a tag": bad(
        wheel(file_name="acme_utils-1.0-py3-abi+x-any.whl"),
        always="E_WHEEL_NAME",
        warns="W_WHEEL_LAYOUT",
        twin=_TAGS,
    ),
    "F07 file of 101 MiB": good(wheel(size=101 << 20), warns="W_FILE_SIZE"),
}

PLATFORMS: dict[str, Row] = {
    "F01 tag of pyodide": bad(
        one_of_three(wheel(tag="cp312-cp312-pyodide_2024_0_wasm32")), public="E_PLATFORM_TAG", twin=GOOD_RELEASE
    ),
    "tag of Linux alone": _tagged("linux_x86_64"),
    "tag of macOS 11.3": _tagged("macosx_11_3_arm64"),
    "tag of an architecture that PyPI does not know": _tagged("manylinux_2_28_loongarch64"),
    "tag of FreeBSD": _tagged("freebsd_14_amd64"),
    "one bad tag in a set": _tagged("manylinux2014_x86_64.linux_x86_64"),
}

LAYOUT: dict[str, Row] = {
    "F08 no RECORD": bad(one_of_three(wheel(without=("RECORD",))), always=_LAYOUT, twin=GOOD_RELEASE),
    "F08 no WHEEL": bad(
        wheel(without=("WHEEL",), record_text=lambda right: _without_line(right, f"{INFO}/WHEEL")),
        always=_LAYOUT,
        twin=GOOD_WHEEL,
    ),
    "dist-info in another spelling": bad(
        wheel(info="Acme.Utils-1.0.dist-info"), public=_LAYOUT, twin="B17 one project in three spellings"
    ),
    "Wheel-Version 2": bad(wheel(wheel_text=_GOOD_TEXT.replace("1.0", "2.0")), always=_LAYOUT, twin=GOOD_WHEEL),
    "no Wheel-Version": bad(
        wheel(wheel_text=_without_line(_GOOD_TEXT, "Wheel-Version")), always=_LAYOUT, twin=GOOD_WHEEL
    ),
    "no Root-Is-Purelib": good(wheel(wheel_text=_without_line(_GOOD_TEXT, "Root")), warns="W_WHEEL_LAYOUT"),
    "pure wheel for one ABI": good(
        wheel(tag="cp311-cp311-win32", wheel_text=_GOOD_TEXT.replace("py3-none-any", "cp311-cp311-win32")),
        warns="W_WHEEL_LAYOUT",
    ),
    "tags in WHEEL that are not the file's": good(
        wheel(wheel_text=_GOOD_TEXT.replace("py3-none-any", "py2-none-any")), warns="W_WHEEL_LAYOUT"
    ),
    "data folder of another release": bad(
        wheel(members={"acme_utils-0.9.data/scripts/acme": "x"}), always=_LAYOUT, twin="data folders of every scheme"
    ),
    "data folder of no scheme": bad(
        wheel(members={"acme_utils-1.0.data/etc/acme.conf": "x"}), always=_LAYOUT, twin="data folders of every scheme"
    ),
    "sdist with nothing to build by": bad(
        sdist(without=("pyproject.toml",)), always="E_SDIST_LAYOUT", twin="sdist with setup.py alone"
    ),
    "build-system that requires nothing": bad(
        sdist(pyproject='[build-system]\nbuild-backend = "x"\n'),
        always="E_SDIST_LAYOUT",
        twin="pyproject.toml without a build-system",
    ),
    "F06 License-File that is not there": bad(
        one_of_three(wheel("License-File: LICENSE")), always="E_LICENSE_FILE", twin=GOOD_RELEASE
    ),
    "License-File beside the folder of licences": bad(
        wheel("License-File: LICENSE", members={f"{INFO}/LICENSE": "x"}),
        always="E_LICENSE_FILE",
        twin="backend hatchling",
    ),
    "License-File that is not in the sdist": bad(
        sdist("License-File: LICENSE"), always="E_LICENSE_FILE", twin="backend hatchling"
    ),
}

RECORDS: dict[str, Row] = {
    "B26 RECORD lacks a file": bad(
        wheel(record_text=lambda right: _without_line(right, "acme_utils/")), always=_RECORD, twin=GOOD_WHEEL
    ),
    "B26 RECORD lists a missing file": bad(
        wheel(members={"acme_utils/x.py": ""}, without=("acme_utils/x.py",)), always=_RECORD, twin=GOOD_WHEEL
    ),
    "B26 wrong hash": bad(
        wheel(
            members={"acme_utils/x.py": "1", "acme_utils/y.py": "2"},
            record_text=lambda right: right.replace("x.py", "z.py").replace("y.py", "x.py").replace("z.py", "y.py"),
        ),
        always=_RECORD,
        twin=GOOD_WHEEL,
    ),
    "wrong size": bad(
        wheel(members={"acme_utils/py.typed": ""}, record_text=lambda right: right.replace(",0\n", ",1\n")),
        always=_RECORD,
        twin="empty files",
    ),
    "digest by MD5": bad(
        wheel(record_text=lambda right: right.replace("sha256=", "md5=")), always=_RECORD, twin=GOOD_WHEEL
    ),
    "digest with padding": bad(
        wheel(members={"acme_utils/py.typed": ""}, record_text=lambda right: right.replace(",0\n", "=,0\n")),
        always=_RECORD,
        twin="empty files",
    ),
    "no digest": bad(
        wheel(record_text=lambda right: f"acme_utils/__init__.py,,\n{_without_line(right, 'acme_utils/')}"),
        always=_RECORD,
        twin=GOOD_WHEEL,
    ),
    "file listed twice": bad(
        wheel(record_text=lambda right: right.partition("\n")[0] + "\n" + right), always=_RECORD, twin=GOOD_WHEEL
    ),
    "RECORD of two fields": bad(wheel(record_text="acme_utils/__init__.py,\n"), always=_RECORD, twin=GOOD_WHEEL),
    "RECORD in Latin-1": bad(
        wheel(record_text="donn\u00e9es.txt,,\n".encode("latin-1")), always=_RECORD, twin=GOOD_WHEEL
    ),
}

ENTRY_POINTS: dict[str, Row] = {
    "F09 entry point that leads out": _with_entry_points("[console_scripts]\n../x = acme_utils:main\n"),
    "entry point that names no function": _with_entry_points("[console_scripts]\nacme = acme_utils\n"),
    "entry point that is no reference": _with_entry_points("[acme.plugins]\na = acme-utils:main\n"),
    "entry point twice": _with_entry_points("[console_scripts]\na = b:c\na = b:d\n"),
    "group of entry points twice": _with_entry_points("[x]\na = b:c\n[x]\nd = e:f\n"),
    "entry points without a group": _with_entry_points("a = b:c\n"),
    "entry points in Latin-1": _with_entry_points("[x]\na = donn\u00e9es:c\n".encode("latin-1")),
    "group with a dash": good(
        wheel(members={f"{INFO}/entry_points.txt": "[acme-plugins]\na = acme_utils:A\n"}), warns="W_ENTRY_POINT"
    ),
}
