"""Recognise the build backend of a distribution, and say how its users change a field or leave out a file."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from packaging.utils import canonicalize_name

from publish_action.distributions.contents import Contents
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, refused_by_pypi
from publish_action.untrusted.toml import parse_toml


class Backend(Enum):
    """A build backend that we know, by the name its users call it."""

    HATCHLING = "hatchling"
    SETUPTOOLS = "setuptools"
    FLIT = "flit"
    POETRY = "poetry"
    PDM = "pdm"
    MATURIN = "maturin"
    SCIKIT_BUILD_CORE = "scikit-build-core"
    MESON = "meson-python"
    UV = "uv"


def recognise_backend(contents: Contents) -> Backend | None:
    """Return which backend built the distribution; None = one that we do not know.

    A wheel says so in WHEEL (`Generator`), an sdist in its pyproject.toml (`build-backend`, PEP 517).
    """
    if contents.name.kind is Kind.WHEEL:
        found = _GENERATOR.search(contents.texts.get("WHEEL", b"")[:_MOST_WHEEL])
        return _BY_GENERATOR.get(found.group(1).decode().lower()) if found else None
    return _read_pyproject(contents.texts.get("pyproject.toml", b""))[0]


def name_place(contents: Contents, field: str) -> str:
    """Return where the value of a field is set, to follow a verb: "`classifiers` in `[project]` of pyproject.toml".

    `field` is the field's name in lower case ("requires-dist"), or "entry-points". Where the backend reads it from
    more than one place and we cannot see which, all are named.
    """
    backend = recognise_backend(contents)
    if field == "metadata-version":
        return _METADATA_VERSION.get(backend, "the Metadata-Version that the build backend writes")
    keys = _PROJECT.get(field, ())
    older = _OLDER.get(backend, {}).get(field) if backend else None
    if not keys:
        return older or f"{field} where the build backend takes it from"
    standard = f"{' or '.join(f'`{key}`' for key in keys)} in `[project]` of pyproject.toml"
    if older is None:
        return standard
    if contents.name.kind is Kind.SDIST:
        used = _read_pyproject(contents.texts.get("pyproject.toml", b""))[1]
        return older if used.isdisjoint(keys) else standard
    return f"{standard}, or {older}"


def refuse_field(contents: Contents, field: str, message: str) -> Finding:
    """Return the error of a field that PyPI refuses, with the place to correct; `field` is as `name_place` takes it."""
    return refused_by_pypi(
        "E_METADATA",
        file=contents.file,
        message=message,
        remedy=f"Correct {name_place(contents, field)}, and build again.",
        member=contents.metadata_member,
    )


_GENERATOR = re.compile(rb"^Generator:[ \t]*([A-Za-z_-]+)", re.MULTILINE)


_MOST_WHEEL = 64 << 10


_MOST_PYPROJECT = 256 << 10


_BY_GENERATOR: Mapping[str, Backend] = {
    "hatchling": Backend.HATCHLING,
    "setuptools": Backend.SETUPTOOLS,
    "bdist_wheel": Backend.SETUPTOOLS,
    "flit": Backend.FLIT,
    "flit_core": Backend.FLIT,
    "poetry": Backend.POETRY,
    "poetry-core": Backend.POETRY,
    "pdm-backend": Backend.PDM,
    "pdm-pep": Backend.PDM,
    "maturin": Backend.MATURIN,
    "scikit-build-core": Backend.SCIKIT_BUILD_CORE,
    "meson": Backend.MESON,
    "uv": Backend.UV,
}


# By the first part of the dotted `build-backend`; else by the name of what the build requires (an in-tree backend).
_BY_MODULE: Mapping[str, Backend] = {
    "hatchling": Backend.HATCHLING,
    "setuptools": Backend.SETUPTOOLS,
    "flit_core": Backend.FLIT,
    "flit": Backend.FLIT,
    "flit-core": Backend.FLIT,
    "poetry": Backend.POETRY,
    "poetry-core": Backend.POETRY,
    "pdm": Backend.PDM,
    "pdm-backend": Backend.PDM,
    "maturin": Backend.MATURIN,
    "scikit_build_core": Backend.SCIKIT_BUILD_CORE,
    "scikit-build-core": Backend.SCIKIT_BUILD_CORE,
    "mesonpy": Backend.MESON,
    "meson-python": Backend.MESON,
    "uv_build": Backend.UV,
    "uv-build": Backend.UV,
}


# The standard's names (PEP 621, PEP 639, PEP 794). An older field of the metadata has the key that replaced it.
_PROJECT: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "version": ("version",),
    "summary": ("description",),
    "description": ("readme",),
    "description-content-type": ("readme",),
    "keywords": ("keywords",),
    "classifier": ("classifiers",),
    "author": ("authors",),
    "author-email": ("authors",),
    "maintainer": ("maintainers",),
    "maintainer-email": ("maintainers",),
    "license": ("license",),
    "license-expression": ("license",),
    "license-file": ("license-files",),
    "home-page": ("urls",),
    "download-url": ("urls",),
    "project-url": ("urls",),
    "requires-dist": ("dependencies", "optional-dependencies"),
    "provides-extra": ("optional-dependencies",),
    "requires-python": ("requires-python",),
    "dynamic": ("dynamic",),
    "import-name": ("import-names",),
    "import-namespace": ("import-namespaces",),
    "entry-points": ("entry-points", "scripts"),
}


def _setuptools(key: str, keyword: str = "") -> str:
    return f"`{key}` in setup.cfg (`{keyword or key}` in setup.py)"


_OLDER: Mapping[Backend, Mapping[str, str]] = {
    Backend.SETUPTOOLS: {
        "name": _setuptools("name"),
        "version": _setuptools("version"),
        "summary": _setuptools("description"),
        "description": _setuptools("long_description"),
        "description-content-type": _setuptools("long_description_content_type"),
        "keywords": _setuptools("keywords"),
        "classifier": _setuptools("classifiers"),
        "author": _setuptools("author"),
        "author-email": _setuptools("author_email"),
        "maintainer": _setuptools("maintainer"),
        "maintainer-email": _setuptools("maintainer_email"),
        "license": _setuptools("license"),
        "license-expression": _setuptools("license_expression"),
        "license-file": _setuptools("license_files"),
        "home-page": _setuptools("url"),
        "download-url": _setuptools("download_url"),
        "project-url": _setuptools("project_urls"),
        "requires-dist": _setuptools("install_requires` or `extras_require"),
        "provides-extra": _setuptools("options.extras_require", "extras_require"),
        "requires-python": _setuptools("python_requires"),
        "provides-dist": _setuptools("provides"),
        "obsoletes-dist": _setuptools("obsoletes"),
        "entry-points": _setuptools("options.entry_points", "entry_points"),
    },
    Backend.POETRY: {
        "summary": "`description` in `[tool.poetry]`",
        "description": "`readme` in `[tool.poetry]`",
        "description-content-type": "`readme` in `[tool.poetry]`",
        "keywords": "`keywords` in `[tool.poetry]`",
        "classifier": "`classifiers` in `[tool.poetry]`",
        "author-email": "`authors` in `[tool.poetry]`",
        "maintainer-email": "`maintainers` in `[tool.poetry]`",
        "license": "`license` in `[tool.poetry]`",
        "license-expression": "`license` in `[tool.poetry]`",
        "home-page": "`homepage` in `[tool.poetry]`",
        "project-url": "`repository`, `documentation` or `[tool.poetry.urls]`",
        "requires-dist": "`[tool.poetry.dependencies]`",
        "provides-extra": "`[tool.poetry.extras]`",
        "requires-python": "`python` in `[tool.poetry.dependencies]`",
        "entry-points": "`[tool.poetry.plugins]` or `[tool.poetry.scripts]`",
    },
    Backend.FLIT: {
        "summary": "the first line of the module's docstring",
        "description": "`description-file` in `[tool.flit.metadata]`",
        "description-content-type": "`description-file` in `[tool.flit.metadata]`",
        "keywords": "`keywords` in `[tool.flit.metadata]`",
        "classifier": "`classifiers` in `[tool.flit.metadata]`",
        "author-email": "`author-email` in `[tool.flit.metadata]`",
        "maintainer-email": "`maintainer-email` in `[tool.flit.metadata]`",
        "license": "`license` in `[tool.flit.metadata]`",
        "home-page": "`home-page` in `[tool.flit.metadata]`",
        "project-url": "`[tool.flit.metadata.urls]`",
        "requires-dist": "`requires` in `[tool.flit.metadata]`",
        "provides-extra": "`[tool.flit.metadata.requires-extra]`",
        "requires-python": "`requires-python` in `[tool.flit.metadata]`",
        "entry-points": "`[tool.flit.scripts]`",
    },
    Backend.MATURIN: {
        "summary": "`description` in `[package]` of Cargo.toml",
        "description": "`readme` in `[package]` of Cargo.toml",
        "description-content-type": "`readme` in `[package]` of Cargo.toml",
        "keywords": "`keywords` in `[package]` of Cargo.toml",
        "author-email": "`authors` in `[package]` of Cargo.toml",
        "license": "`license` in `[package]` of Cargo.toml",
        "license-expression": "`license` in `[package]` of Cargo.toml",
        "home-page": "`homepage` in `[package]` of Cargo.toml",
        "project-url": "`repository` in `[package]` of Cargo.toml",
    },
    Backend.SCIKIT_BUILD_CORE: {
        "version": "the provider in `[tool.scikit-build.metadata]`",
        "description": "the provider in `[tool.scikit-build.metadata]`",
    },
    Backend.PDM: {"version": "`[tool.pdm.version]`"},
    Backend.HATCHLING: {"version": "`[tool.hatch.version]`"},
}


_METADATA_VERSION: Mapping[Backend | None, str] = {
    Backend.HATCHLING: "`core-metadata-version` in `[tool.hatch.build.targets.wheel]` and in that of the sdist",
}


@lru_cache(maxsize=4)
def _read_pyproject(data: bytes) -> tuple[Backend | None, frozenset[str]]:
    """Return the backend, and the keys that `[project]` sets itself. What cannot be read says nothing."""
    if len(data) > _MOST_PYPROJECT:
        return None, frozenset()
    try:
        document = parse_toml(data.decode("utf-8"))
    except ValueError:
        return None, frozenset()
    project = document.get("project")
    keys = frozenset(project) if isinstance(project, dict) else frozenset[str]()
    return _detect_from_build_system(document.get("build-system")), keys


def _detect_from_build_system(table: object) -> Backend | None:
    if not isinstance(table, dict) or "build-backend" not in table:
        # PEP 517: without a table, or without a backend in it, setuptools builds.
        return Backend.SETUPTOOLS
    named = table["build-backend"]
    if isinstance(named, str) and (backend := _BY_MODULE.get(named.partition(".")[0].partition(":")[0])):
        return backend
    required = table.get("requires")
    names = [_name_of(entry) for entry in required if isinstance(entry, str)] if isinstance(required, list) else []
    return next((backend for name in names if (backend := _BY_MODULE.get(name))), None)


def _name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
    return canonicalize_name(found.group()) if found else ""


_WAYS: Mapping[Backend, str] = MappingProxyType(
    {
        Backend.HATCHLING: "add it to `exclude` under `[tool.hatch.build]`, or to `.gitignore`, which hatchling obeys",
        Backend.SETUPTOOLS: "name it in `MANIFEST.in` (`exclude …`, `prune …`) for the sdist and under "
        "`[tool.setuptools.exclude-package-data]` for the wheel",
        Backend.FLIT: "add it to `exclude` under `[tool.flit.sdist]`; the wheel takes all of the package's folder, so "
        "move the file out of that",
        Backend.PDM: "add it to `excludes` under `[tool.pdm.build]`",
        Backend.POETRY: "add it to `exclude` under `[tool.poetry]`",
        Backend.MATURIN: "add it to `exclude` under `[tool.maturin]`",
        Backend.SCIKIT_BUILD_CORE: "add it to `sdist.exclude` and `wheel.exclude` under `[tool.scikit-build]`",
        Backend.UV: "add it to `source-exclude` and `wheel-exclude` under `[tool.uv.build-backend]`",
        Backend.MESON: "mark it `export-ignore` in `.gitattributes` for the sdist, and do not install it in "
        "`meson.build`",
    }
)


def explain_how_to_exclude(contents: Contents) -> str:
    """Return a sentence with the line to change: of the backend that built it, or of each where that is not known."""
    backend = recognise_backend(contents)
    if backend:
        return f"To leave it out of the next build, {_WAYS[backend]} ({backend.value}, which built this)."
    ways = "; ".join(f"{name.value}: {way}" for name, way in _WAYS.items())
    return f"To leave it out of the next build: {ways}."
