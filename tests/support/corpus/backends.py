"""Rows of the corpus with what build backends write: the shapes of their wheels and sdists, all good."""

from publish_sandbox.distributions.builder import Folder
from support.corpus.row import INFO, Row, core, good, sdist, together, wheel

_LICENSED = "License-Expression: MIT\nLicense-File: LICENSE"
_LICENSE = {f"{INFO}/licenses/LICENSE": "MIT License\n"}
_COMMANDS = "[console_scripts]\nacme = acme_utils:main\n"
_SETUPTOOLS_LINES = ("License: MIT", "Dynamic: license-file", "Dynamic: requires-dist", "Requires-Dist: tomli>=2")
_LINUX = "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"
_LINUX_TAGS = "Tag: cp39-abi3-manylinux_2_17_x86_64\nTag: cp39-abi3-manylinux2014_x86_64\n"


def _generated(generator: str, rest: str = "Root-Is-Purelib: true\nTag: py3-none-any\n") -> str:
    return f"Wheel-Version: 1.0\nGenerator: {generator}\n{rest}"


def _system(backend: str, *requires: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in requires)
    return (
        f'[build-system]\nrequires = [{listed}]\nbuild-backend = "{backend}"\n\n'
        f'[project]\nname = "acme-utils"\nversion = "1.0"\n{more}'
    )


BACKENDS: dict[str, Row] = {
    "hatchling": good(
        together(
            wheel(
                _LICENSED,
                members={f"{INFO}/entry_points.txt": _COMMANDS, **_LICENSE},
                wheel_text=_generated("hatchling 1.27.0"),
            ),
            sdist(
                _LICENSED,
                members={"LICENSE": "MIT", ".gitignore": "dist/\n", "README.md": "# acme"},
                pyproject=_system("hatchling.build", "hatchling"),
            ),
        )
    ),
    "setuptools": good(
        together(
            wheel(
                metadata_text=core("License-File: LICENSE", *_SETUPTOOLS_LINES),
                members={f"{INFO}/top_level.txt": "acme_utils\n", **_LICENSE},
                wheel_text=_generated("setuptools (80.9.0)"),
            ),
            sdist(
                metadata_text=core("License-File: LICENSE", *_SETUPTOOLS_LINES),
                members=[
                    ("/acme_utils-1.0", Folder()),
                    ("LICENSE", "MIT"),
                    ("setup.cfg", "[egg_info]\ntag_build = \ntag_date = 0\n"),
                    ("src/acme_utils.egg-info", Folder()),
                    ("src/acme_utils.egg-info/PKG-INFO", core(*_SETUPTOOLS_LINES)),
                    ("src/acme_utils.egg-info/SOURCES.txt", "LICENSE\n"),
                    ("src/acme_utils.egg-info/dependency_links.txt", "\n"),
                ],
                pyproject=_system("setuptools.build_meta", "setuptools>=77"),
            ),
        )
    ),
    "flit": good(
        together(
            wheel(_LICENSED, members=_LICENSE, wheel_text=_generated("flit 3.12.0")),
            sdist(
                _LICENSED, members={"LICENSE": "MIT"}, pyproject=_system("flit_core.buildapi", "flit_core >=3.11,<4")
            ),
        )
    ),
    "pdm": good(
        together(
            wheel(
                _LICENSED,
                members={f"{INFO}/entry_points.txt": "[console_scripts]\n\n[gui_scripts]\n\n", **_LICENSE},
                wheel_text=_generated("pdm-backend (2.4.5)"),
            ),
            sdist(_LICENSED, members={"LICENSE": "MIT"}, pyproject=_system("pdm.backend", "pdm-backend")),
        )
    ),
    "poetry": good(
        together(
            wheel(
                metadata_text=core("License: MIT", "License-File: LICENSE", metadata_version="2.3"),
                members={f"{INFO}/entry_points.txt": "[console_scripts]\nacme=acme_utils:main\n\n", **_LICENSE},
                wheel_text=_generated("poetry-core 2.1.3"),
            ),
            sdist(
                metadata_text=core("License: MIT", "License-File: LICENSE", metadata_version="2.3"),
                members={"LICENSE": "MIT"},
                pyproject=_system(
                    "poetry.core.masonry.api", "poetry-core>=2.0", more='[tool.poetry]\npackages = [{include = "x"}]\n'
                ),
            ),
        )
    ),
    "maturin": good(
        together(
            wheel(
                _LICENSED,
                tag=_LINUX,
                members={
                    "acme_utils/acme_utils.abi3.so": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(99),
                    f"{INFO}/sboms/acme-utils.cyclonedx.json": "{}",
                    **_LICENSE,
                },
                wheel_text=_generated("maturin (1.9.6)", f"Root-Is-Purelib: false\n{_LINUX_TAGS}"),
            ),
            sdist(
                _LICENSED,
                members={"LICENSE": "MIT", "Cargo.toml": "[package]\n", "Cargo.lock": "version = 4\n"},
                pyproject=_system("maturin", "maturin>=1.9,<2.0"),
            ),
        )
    ),
    "scikit-build-core": good(
        together(
            wheel(
                _LICENSED,
                tag="cp312-cp312-macosx_11_0_arm64",
                members={"acme_utils/_core.cpython-312-darwin.so": b"\xcf\xfa\xed\xfe" + bytes(60), **_LICENSE},
                wheel_text=_generated(
                    "scikit-build-core 0.11.6", "Root-Is-Purelib: false\nTag: cp312-cp312-macosx_11_0_arm64\n\n"
                ),
            ),
            sdist(
                _LICENSED,
                members={"LICENSE": "MIT", "CMakeLists.txt": "project(acme)\n"},
                pyproject=_system("scikit_build_core.build", "scikit-build-core"),
            ),
        )
    ),
    "uv": good(
        together(
            wheel(
                _LICENSED,
                members=[("acme_utils", Folder()), (INFO, Folder()), (f"{INFO}/licenses", Folder()), *_LICENSE.items()],
                wheel_text=_generated("uv 0.9.7"),
            ),
            sdist(
                _LICENSED,
                members=[("/acme_utils-1.0", Folder()), ("LICENSE", "MIT"), ("src", Folder())],
                pyproject=_system("uv_build", "uv_build>=0.9.7,<0.10.0"),
            ),
        )
    ),
    "meson-python": good(
        wheel(
            tag="cp313-cp313-win_amd64",
            members={"acme_utils.libs/openblas.dll": b"MZ\0", "acme_utils-1.0.data/data/share/acme.txt": "x"},
            wheel_text=_generated("meson", "Root-Is-Purelib: false\nTag: cp313-cp313-win_amd64\n"),
        )
    ),
}
"""What each backend writes; a test adds its name to the row's."""
