"""Say how the build backend of a distribution is told to leave a file out of it."""

from collections.abc import Mapping
from types import MappingProxyType

from publish_action.build_backends import Backend, tell_backend
from publish_action.contents import Contents

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


def say_how_to_leave_out(contents: Contents) -> str:
    """Give a sentence with the line to change: of the backend that built it, or of each where that is not known."""
    backend = tell_backend(contents)
    if backend:
        return f"To leave it out of the next build, {_WAYS[backend]} ({backend.value}, which built this)."
    ways = "; ".join(f"{name.value}: {way}" for name, way in _WAYS.items())
    return f"To leave it out of the next build: {ways}."
