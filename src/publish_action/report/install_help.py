"""The lines that install from one index, for each installer, so that no other index can slip in."""

import re
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from publish_action.models.index import Audience, Index

_PYPI = "https://pypi.org/simple/"
_NOT_IN_VARIABLES = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRecipe:
    """What one installer needs; no value of a credential stands in it."""

    tool: str
    file: str = ""
    """The project's file that `fragment` belongs into; empty = none is needed."""
    fragment: str = ""
    """TOML."""
    command: str
    note: str
    """What else to know, a sentence or two."""


def install_command(*, index: Index, project: str, version: str) -> str:
    """Return the pip command that reads this index and no other, or empty where its read side is not known.

    A private index is never combined with a second one: pip takes the highest version from all of them, so
    whoever owns the name elsewhere would win.
    """
    if index.check_url is None or not _is_version(version):
        return ""
    wanted = f"{project}=={version}"
    if index.check_url == _PYPI:
        return f"pip install {wanted}"
    # What the environment or the user's pip.conf adds, an extra index above all, counts beside --index-url.
    isolated = "--isolated " if index.audience is Audience.PRIVATE else ""
    return f"pip install {isolated}--index-url {index.check_url} {wanted}"


def list_recipes(*, index: Index, project: str, version: str) -> tuple[InstallRecipe, ...]:
    """Return the recipes for a private index whose read side is known; none for any other index.

    Each is proved against an attacker's higher version on the public index (tests/installs).
    """
    if index.audience is not Audience.PRIVATE or index.check_url is None or not _is_version(version):
        return ()
    variable = f"INDEX_{_NOT_IN_VARIABLES.sub('_', index.name.upper())}"
    return (
        _pip(install_command(index=index, project=project, version=version)),
        _uv(index.name, index.check_url, project, version, f"UV_{variable}"),
        _poetry(index.name, index.check_url, project, version, variable.removeprefix("INDEX_")),
        _pdm(index.name, _with_login(index.check_url, variable), project, version, variable),
        _pipenv(index.name, _with_login(index.check_url, variable), project, version, variable),
    )


def render_recipe(recipe: InstallRecipe) -> str:
    """Return a recipe as the lines of a terminal."""
    fragment = f"In {recipe.file}:\n\n{recipe.fragment}\n\n" if recipe.fragment else ""
    return f"{fragment}{recipe.command}\n\n{recipe.note}"


def _is_version(version: str) -> bool:
    try:
        Version(version)
    except InvalidVersion:
        return False
    return True


def _with_login(url: str, variable: str) -> str:
    """Put references to two environment variables into a URL."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://${{{variable}_USERNAME}}:${{{variable}_PASSWORD}}@{rest}"


def _pip(command: str) -> InstallRecipe:
    return InstallRecipe(
        tool="pip",
        command=command,
        note="One index and no extra one, as --isolated ignores pip's variables and the user's pip.conf; where "
        "`pip config list` shows another index of the machine or the environment, put PIP_CONFIG_FILE=/dev/null "
        "(Windows: nul) before it. The index must hold the dependencies too, or pass them on from PyPI. If it does "
        "not, add --no-deps and install the dependencies by themselves. The login comes from ~/.netrc or a keyring.",
    )


def _uv(name: str, url: str, project: str, version: str, variable: str) -> InstallRecipe:
    fragment = f"""\
[tool.uv.sources]
{project} = {{ index = "{name}" }}

[[tool.uv.index]]
name = "{name}"
url = "{url}"
explicit = true
authenticate = "always\""""
    return InstallRecipe(
        tool="uv",
        file="pyproject.toml",
        fragment=fragment,
        command=f'uv add "{project}=={version}"',
        note=f"The login comes from the variables {variable}_USERNAME and {variable}_PASSWORD, or from a keyring. "
        "An index without a login needs no `authenticate` line.",
    )


def _poetry(name: str, url: str, project: str, version: str, variable: str) -> InstallRecipe:
    fragment = f"""\
[[tool.poetry.source]]
name = "{name}"
url = "{url}"
priority = "explicit\""""
    variable = f"POETRY_HTTP_BASIC_{variable}"
    return InstallRecipe(
        tool="Poetry",
        file="pyproject.toml",
        fragment=fragment,
        command=f'poetry add --source {name} "{project}=={version}"',
        note=f"The login comes from the variables {variable}_USERNAME and {variable}_PASSWORD, or from a keyring.",
    )


def _pdm(name: str, url: str, project: str, version: str, variable: str) -> InstallRecipe:
    fragment = f"""\
[[tool.pdm.source]]
name = "{name}"
url = "{url}"
include_packages = ["{project}"]"""
    return InstallRecipe(
        tool="PDM",
        file="pyproject.toml",
        fragment=fragment,
        command=f'pdm add "{project}=={version}"',
        note=_explain_login(variable),
    )


def _pipenv(name: str, url: str, project: str, version: str, variable: str) -> InstallRecipe:
    fragment = f"""\
[[source]]
name = "{name}"
url = "{url}"
verify_ssl = true

[packages]
{project} = {{ version = "=={version}", index = "{name}" }}"""
    return InstallRecipe(
        tool="Pipenv",
        file="Pipfile",
        fragment=fragment,
        command="pipenv install",
        note=_explain_login(variable),
    )


def _explain_login(variable: str) -> str:
    return (
        f"The login comes from the variables {variable}_USERNAME and {variable}_PASSWORD. An index without a login "
        "needs no part before the `@`."
    )
