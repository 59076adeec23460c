"""Say how the build backend of a distribution is told to leave a file out of it."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from publish_action.contents import Contents

# By the name in WHEEL's `Generator` (PEP 427) and in `build-backend` (PEP 517), as both begin once `_` is `-`.
_WAYS: Mapping[str, str] = MappingProxyType(
    {
        "hatchling": "add it to `exclude` under `[tool.hatch.build]`, or to `.gitignore`, which hatchling obeys",
        "setuptools": "name it in `MANIFEST.in` (`exclude …`, `prune …`) for the sdist and under "
        "`[tool.setuptools.exclude-package-data]` for the wheel",
        "flit": "add it to `exclude` under `[tool.flit.sdist]`; the wheel takes all of the package's folder, so "
        "move the file out of that",
        "pdm": "add it to `excludes` under `[tool.pdm.build]`",
        "poetry": "add it to `exclude` under `[tool.poetry]`",
        "maturin": "add it to `exclude` under `[tool.maturin]`",
        "scikit-build-core": "add it to `sdist.exclude` and `wheel.exclude` under `[tool.scikit-build]`",
        "uv": "add it to `source-exclude` and `wheel-exclude` under `[tool.uv.build-backend]`",
        "meson": "mark it `export-ignore` in `.gitattributes` for the sdist, and do not install it in `meson.build`",
    }
)
_OTHER_NAMES: Mapping[str, str] = MappingProxyType({"bdist-wheel": "setuptools", "skbuild": "setuptools"})
_MADE_BY = {
    "WHEEL": re.compile(rb"^Generator:[ \t]*([A-Za-z_-]{1,40})", re.MULTILINE),
    "pyproject.toml": re.compile(rb"^[ \t]*build-backend[ \t]*=[ \t]*[\"']([A-Za-z_-]{1,40})", re.MULTILINE),
}


def say_how_to_leave_out(contents: Contents) -> str:
    """Give a sentence with the line to change: of the backend that built it, or of each where that is not known."""
    backend = _find_backend(contents.texts)
    if backend:
        return f"To leave it out of the next build, {_WAYS[backend]} ({backend}, which built this)."
    ways = "; ".join(f"{name}: {way}" for name, way in _WAYS.items())
    return f"To leave it out of the next build: {ways}."


def _find_backend(texts: Mapping[str, bytes]) -> str:
    for place, expression in _MADE_BY.items():
        made_by = expression.search(texts.get(place, b""))
        if made_by:
            word = made_by[1].decode("ascii").lower().replace("_", "-")
            return next((name for name in _WAYS if word.startswith(name)), _OTHER_NAMES.get(word, ""))
    return ""
