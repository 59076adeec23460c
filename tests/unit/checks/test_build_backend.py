"""Which backend built a distribution, and where its users change a field."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.build_backend import Backend, explain_how_to_exclude, name_place, recognise_backend
from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import parse_file_name
from support.contents import made_sdist, made_wheel, wheel_of_paths

# As the backends of autumn 2026 write it.
GENERATORS = {
    "hatchling 1.33.0": Backend.HATCHLING,
    "setuptools (84.2.1)": Backend.SETUPTOOLS,
    "bdist_wheel (0.43.0)": Backend.SETUPTOOLS,
    "flit 4.2.0": Backend.FLIT,
    "poetry-core 2.5.0": Backend.POETRY,
    "poetry 1.0.0": Backend.POETRY,
    "pdm-backend (2.5.0)": Backend.PDM,
    "maturin (1.16.0)": Backend.MATURIN,
    "scikit-build-core 1.1.2": Backend.SCIKIT_BUILD_CORE,
    "meson": Backend.MESON,
    "uv 0.13.8": Backend.UV,
    "my own script": None,
    "": None,
}


BUILD_SYSTEMS = {
    'build-backend = "hatchling.build"': Backend.HATCHLING,
    'build-backend = "setuptools.build_meta:__legacy__"': Backend.SETUPTOOLS,
    'build-backend = "flit_core.buildapi"': Backend.FLIT,
    'build-backend = "poetry.core.masonry.api"': Backend.POETRY,
    'build-backend = "pdm.backend"': Backend.PDM,
    'build-backend = "maturin"': Backend.MATURIN,
    'build-backend = "scikit_build_core.build"': Backend.SCIKIT_BUILD_CORE,
    'build-backend = "mesonpy"': Backend.MESON,
    'build-backend = "uv_build"': Backend.UV,
    'requires = ["setuptools>=61"]': Backend.SETUPTOOLS,
    'build-backend = "own"\nrequires = ["wheel", "Setuptools >= 61"]': Backend.SETUPTOOLS,
    'build-backend = "own"\nrequires = [1, "?"]': None,
    'build-backend = 1\nrequires = "hatchling"': None,
}


# Sdists: what pyproject.toml says, the field, and the place.
PLACES = {
    "the standard's table": ('[project]\nclassifiers = ["A"]', "classifier", "`classifiers` in `[project]`"),
    "setup.cfg": ("", "classifier", "`classifiers` in setup.cfg"),
    "setup.py": ("[project]\nname = 'a'", "home-page", "`url` in setup.py"),
    "one of two keys": ("[project]\noptional-dependencies = {}", "requires-dist", "`dependencies` or `optional-d"),
    "not of the standard": ("[project]\nname = 'a'", "provides-dist", "`provides` in setup.cfg"),
    "poetry": ("[build-system]\nbuild-backend = 'poetry.core.x'", "requires-dist", "`[tool.poetry.dependencies]`"),
    "flit": ("[build-system]\nbuild-backend = 'flit_core.x'", "classifier", "`[tool.flit.metadata]`"),
    "maturin": ("[build-system]\nbuild-backend = 'maturin'", "summary", "`description` in `[package]` of Cargo.toml"),
    "hatchling": ("[build-system]\nbuild-backend = 'hatchling.x'", "metadata-version", "`core-metadata-version`"),
    "uv": ("[build-system]\nbuild-backend = 'uv_build'", "classifier", "`classifiers` in `[project]`"),
}


@pytest.mark.parametrize(("line", "backend"), GENERATORS.items())
def test_a_wheel_tells_its_backend(line: str, backend: Backend | None) -> None:
    """The line Generator of WHEEL names the backend; any other word names none that we know."""
    contents = made_wheel(texts={"WHEEL": f"Wheel-Version: 1.0\r\nGenerator: {line}\r\nTag: x\r\n".encode()})

    assert recognise_backend(contents) is backend


@pytest.mark.parametrize(("table", "backend"), BUILD_SYSTEMS.items())
def test_an_sdist_tells_its_backend(table: str, backend: Backend | None) -> None:
    """The table `build-system` names the backend, or what an in-tree backend requires; without one it is setuptools."""
    assert recognise_backend(made_sdist(pyproject=f"[build-system]\n{table}\n".encode())) is backend


@pytest.mark.parametrize("pyproject", [b"", b"[project]\nname = 'a'\n", None])
def test_an_sdist_without_a_build_system_is_of_setuptools(pyproject: bytes | None) -> None:
    """PEP 517: where nothing is said, setuptools builds."""
    assert recognise_backend(made_sdist(pyproject=pyproject)) is Backend.SETUPTOOLS


@pytest.mark.parametrize(("pyproject", "field", "place"), PLACES.values(), ids=PLACES.keys())
def test_an_sdist_names_the_place_it_uses(pyproject: str, field: str, place: str) -> None:
    """Where `[project]` sets the key that is the place; where it does not, the backend's own is."""
    assert place in name_place(made_sdist(pyproject=pyproject.encode()), field)


def test_a_wheel_names_every_place_of_its_backend() -> None:
    """A wheel does not tell which of the places its project uses."""
    wheel = made_wheel(texts={"WHEEL": b"Generator: setuptools (84.2.1)\n"})

    assert name_place(wheel, "classifier") == (
        "`classifiers` in `[project]` of pyproject.toml, or `classifiers` in setup.cfg (`classifiers` in setup.py)"
    )
    assert name_place(made_wheel(), "classifier") == "`classifiers` in `[project]` of pyproject.toml"
    assert name_place(made_wheel(texts={}), "provides-dist") == "provides-dist where the build backend takes it from"


@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), field=st.text(max_size=20))
def test_whatever_stands_there_names_a_place(data: bytes, field: str) -> None:
    """Rubbish in WHEEL and pyproject.toml names the standard's place."""
    assert name_place(made_wheel(texts={"WHEEL": data}), field)
    assert name_place(made_sdist(pyproject=data), field)
    assert name_place(made_sdist(pyproject=b"a" * (300 << 10)), "classifier")


def built(texts: dict[str, bytes]) -> Contents:
    """A wheel with these small files, or an sdist where they are an sdist's."""
    contents = wheel_of_paths(texts=texts)
    is_sdist = "pyproject.toml" in texts
    return replace(contents, name=parse_file_name("demo-1.0.tar.gz")) if is_sdist else contents


@pytest.mark.parametrize(
    ("texts", "setting"),
    [
        ({"WHEEL": b"Generator: hatchling 1.27.0\n"}, "[tool.hatch.build]"),
        ({"WHEEL": b"Generator: setuptools (80.1)\n"}, "MANIFEST.in"),
        ({"WHEEL": b"Generator: bdist_wheel (0.37.1)\n"}, "MANIFEST.in"),
        ({"WHEEL": b"Generator: flit 3.9.0\n"}, "[tool.flit.sdist]"),
        ({"WHEEL": b"Generator: pdm-backend (2.1)\n"}, "[tool.pdm.build]"),
        ({"WHEEL": b"Generator: poetry-core 2.0\n"}, "[tool.poetry]"),
        ({"WHEEL": b"Generator: maturin (1.7)\n"}, "[tool.maturin]"),
        ({"WHEEL": b"Generator: scikit-build-core 0.10\n"}, "[tool.scikit-build]"),
        ({"WHEEL": b"Generator: uv 0.9\n"}, "[tool.uv.build-backend]"),
        ({"WHEEL": b"Generator: meson\n"}, "export-ignore"),
        ({"pyproject.toml": b'[build-system]\nbuild-backend = "scikit_build_core.build"\n'}, "[tool.scikit-build]"),
        ({"pyproject.toml": b"[build-system]\nbuild-backend = 'flit_core.buildapi'\n"}, "[tool.flit.sdist]"),
    ],
)
def test_setting_is_that_of_the_backend(texts: dict[str, bytes], setting: str) -> None:
    """The line to change is told for the backend that built the file, and for no other."""
    sentence = explain_how_to_exclude(built(texts))

    assert setting in sentence
    assert "which built this" in sentence


@pytest.mark.parametrize("texts", [{}, {"WHEEL": b"Generator: acme 1\n"}, {"pyproject.toml": b"\xff\xfe"}])
def test_settings_of_all_backends_are_told_where_none_is_known(texts: dict[str, bytes]) -> None:
    """An unknown backend leaves the reader the list of those we know."""
    sentence = explain_how_to_exclude(built(texts))

    assert "[tool.hatch.build]" in sentence
    assert "[tool.poetry]" in sentence
