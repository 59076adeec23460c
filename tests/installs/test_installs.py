"""The lines that a summary shows install the private project, whatever an attacker has put on the public index."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from installs.indexes import LOGIN, StaticIndex
from publish_action.models.index import Audience, Index
from publish_action.report.install_help import InstallRecipe, list_recipes
from publish_sandbox.distributions.builder import build_wheel

pytestmark = pytest.mark.installs

PROJECT = "acme-secret"
HELPER = "public-helper"
TOOLS = Path(os.environ.get("PUBLISH_ACTION_INSTALLERS", ".venv-installers/bin")).absolute()
PYPROJECT = """\
[project]
name = "application"
version = "0"
requires-python = ">=3.11"
dependencies = []
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A folder to install in, the private index, and the public one, where the attacker is."""

    folder: Path
    private: StaticIndex
    public: StaticIndex

    def recipes(self, version: str) -> dict[str, InstallRecipe]:
        """Return the recipes of the product for the private index, by tool."""
        index = Index(name="acme", url=self.private.url, audience=Audience.PRIVATE, check_url=self.private.url)
        return {recipe.tool: recipe for recipe in list_recipes(index=index, project=PROJECT, version=version)}

    def run(self, command: str, **variables: str) -> str:
        """Run a command as somebody does who has a login for the private index, and PyPI's stand-in for PyPI."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (home / ".netrc").write_text(f"machine 127.0.0.1 login {LOGIN[0]} password {LOGIN[1]}\n")
        (home / ".netrc").chmod(0o600)
        login = {
            f"{prefix}ACME_{part}": value
            for prefix in ("INDEX_", "UV_INDEX_", "POETRY_HTTP_BASIC_")
            for part, value in zip(("USERNAME", "PASSWORD"), LOGIN, strict=True)
        }
        environment = {
            "PATH": f"{TOOLS}:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **login,
            **_SETTINGS,
            **variables,
        }
        done = subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def installed(self) -> list[str]:
        """Return the installed distributions of the project, and whose they are."""
        found = self.folder.glob(".venv/lib/python*/site-packages/acme_secret-*.dist-info")
        owners = self.folder.glob(".venv/lib/python*/site-packages/acme_secret_owner.txt")
        versions = [re.sub(r".*acme_secret-(.*)\.dist-info", r"\1", str(path)) for path in found]
        return [*versions, *(path.read_text() for path in owners)]

    def public_was_asked(self) -> bool:
        """Return whether any request gave the private project's name to the public index."""
        return any("acme" in path for path in self.public.asked)


# No tool looks for news of itself, and each makes its environment where we look for it.
_SETTINGS = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_PYTHON": sys.executable,
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_NO_PROGRESS": "1",
    "POETRY_VIRTUALENVS_IN_PROJECT": "true",
    "POETRY_NO_INTERACTION": "1",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "PDM_CHECK_UPDATE": "0",
    "PDM_IGNORE_SAVED_PYTHON": "1",
    "PDM_NON_INTERACTIVE": "1",
    "PIPENV_VENV_IN_PROJECT": "1",
    "PIPENV_NOSPIN": "1",
    "PIPENV_YES": "1",
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The private index has 1.0, which needs a public project; the public one the attacker's 99.0 and 1.0 (build 9)."""
    folders = {name: tmp_path / name for name in ("private", "public")}
    for folder in folders.values():
        folder.mkdir()
    _build(folders["private"], PROJECT, "1.0", owner="us", requires=HELPER)
    for version, build in (("1.0", "-9"), ("99.0", "")):
        _build(folders["public"], PROJECT, version, owner="attacker", requires=HELPER, build=build)
    _build(folders["public"], HELPER, "2.0", owner="everybody")
    with ExitStack() as stack:
        private = stack.enter_context(StaticIndex(folders["private"], login=LOGIN))
        public = stack.enter_context(StaticIndex(folders["public"]))
        (tmp_path / "application").mkdir()
        yield Bench(folder=tmp_path / "application", private=private, public=public)


def _build(folder: Path, name: str, version: str, *, owner: str, requires: str = "", build: str = "") -> None:
    extra = f"Requires-Dist: {requires}\n" if requires else ""
    stem = name.replace("-", "_")
    build_wheel(
        folder,
        name,
        version,
        metadata_extra=extra,
        members=[(f"{stem}_owner.txt", owner.encode())],
        file_name=f"{stem}-{version}{build}-py3-none-any.whl",
    )


def _set_up(bench: Bench, tool: str, fragment: str) -> Mapping[str, str]:
    """Make the project's file, in which PyPI is the public index, and give the variables that say so."""
    folder, public = bench.folder, bench.public.url
    bench.run(f"{sys.executable} -m venv .venv") if tool in {"pip", "PDM"} else None
    stands_in = {
        "uv": "",
        "Poetry": f'\n[[tool.poetry.source]]\nname = "stand-in"\nurl = "{public}"\npriority = "primary"\n',
        "PDM": f'\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{public}"\n',
    }
    if tool == "Pipenv":
        source = f'[[source]]\nname = "pypi"\nurl = "{public}"\nverify_ssl = true\n'
        (folder / "Pipfile").write_text(f"{source}\n{fragment}\n")
    elif tool != "pip":
        (folder / "pyproject.toml").write_text(f"{PYPROJECT}{stands_in[tool]}\n{fragment}\n")
    return {"uv": {"UV_DEFAULT_INDEX": public}, "pip": {"PIP_INDEX_URL": public}}.get(tool, {})


_CALLS = {
    # PyPI's stand-in is not behind the private index here, so the note's way for dependencies is taken.
    "pip": (".venv/bin/python -m pip --disable-pip-version-check install --quiet --no-deps ", "pip install "),
    "uv": ("uv add --quiet ", "uv add "),
    "Poetry": ("poetry add --quiet ", "poetry add "),
    "PDM": ("pdm add --quiet --no-self ", "pdm add "),
    "Pipenv": (f"pipenv install --quiet --python {sys.executable}", "pipenv install"),
}


@pytest.mark.parametrize("pinned", ["pinned", "any version"])
@pytest.mark.parametrize("tool", list(_CALLS))
def test_attackers_version_is_not_installed(bench: Bench, tool: str, pinned: str) -> None:
    """The private 1.0 is installed, not the attacker's 1.0 or 99.0, and the public index never hears the name."""
    recipe = bench.recipes("1.0")[tool]
    keep = (lambda text: text) if pinned == "pinned" else _unpin
    variables = _set_up(bench, tool, keep(recipe.fragment))
    call, written = _CALLS[tool]

    bench.run(call + keep(recipe.command).removeprefix(written), **variables)

    assert bench.installed() == ["1.0", "us"]
    assert not bench.public_was_asked()
    assert LOGIN[1] not in "".join(path.read_text() for path in bench.folder.glob("*.toml"))


_KEPT = ("pip", "uv", "Poetry", "PDM", "Pipenv")
_FILES = {
    "user": ("home/.config/pip/pip.conf", "[global]\nextra-index-url = {url}\n"),
    "uv": ("home/.config/uv/uv.toml", '[[index]]\nurl = "{url}"\n'),
    "PDM": ("home/.config/pdm/config.toml", '[pypi.extra]\nurl = "{url}"\n'),
}


@pytest.mark.parametrize("tool", _KEPT)
@pytest.mark.parametrize("place", ["variables", "files"])
def test_an_index_that_the_machine_adds_does_not_count(bench: Bench, tool: str, place: str) -> None:
    """The private build is installed also where the user's variables or files name the attacker's index."""
    recipe, url = bench.recipes("1.0")[tool], bench.public.url
    variables = dict(_set_up(bench, tool, recipe.fragment))
    if place == "variables":
        names = ("PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX")
        variables |= dict.fromkeys(names, url)
    else:
        for file, text in _FILES.values():
            path = bench.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(url=url))
    call, written = _CALLS[tool]

    bench.run(call + recipe.command.removeprefix(written), **variables)

    assert bench.installed() == ["1.0", "us"]


def test_a_file_of_the_environment_is_silenced_as_the_note_says(bench: Bench) -> None:
    """`pip config list` shows the extra index of a pip.conf in the environment, and the note's variable silences it."""
    recipe = bench.recipes("1.0")["pip"]
    _set_up(bench, "pip", "")
    (bench.folder / ".venv/pip.conf").write_text(f"[global]\nextra-index-url = {bench.public.url}\n")
    call, written = _CALLS["pip"]

    shown = bench.run(".venv/bin/python -m pip config list")
    bench.run(f"PIP_CONFIG_FILE=/dev/null {call}{recipe.command.removeprefix(written)}")

    assert "PIP_CONFIG_FILE=/dev/null" in recipe.note
    assert bench.public.url in shown
    assert bench.installed() == ["1.0", "us"]


def test_without_isolation_the_machines_extra_index_installs_the_attackers_build(bench: Bench) -> None:
    """Control: without `--isolated` the attacker's build 9 of 1.0 is installed."""
    recipe = bench.recipes("1.0")["pip"]
    _set_up(bench, "pip", "")
    call, written = _CALLS["pip"]

    bench.run(
        call + recipe.command.removeprefix(written).replace("--isolated ", ""), PIP_EXTRA_INDEX_URL=bench.public.url
    )

    assert bench.installed() == ["1.0", "attacker"]


def _unpin(text: str) -> str:
    """Request any version: the attacker's is the highest."""
    return text.replace('"==1.0"', '"*"').replace("==1.0", "")


@pytest.mark.parametrize("tool", ["uv", "Poetry", "PDM", "Pipenv"])
def test_public_dependencies_come_from_the_public_index(bench: Bench, tool: str) -> None:
    """The lines do not cut a project off from PyPI: what the private project needs comes from there."""
    recipe = bench.recipes("1.0")[tool]
    variables = _set_up(bench, tool, recipe.fragment)
    call, written = _CALLS[tool]

    bench.run(call + recipe.command.removeprefix(written), **variables)

    assert list(bench.folder.glob(".venv/lib/python*/site-packages/public_helper-2.0.dist-info"))


def test_extra_index_installs_the_attackers_version(bench: Bench) -> None:
    """Control: with `--extra-index-url` pip installs the attacker's 99.0, so the proof above can fail."""
    _set_up(bench, "pip", "")

    bench.run(
        ".venv/bin/python -m pip install --quiet --no-deps "
        f"--index-url {bench.private.url} --extra-index-url {bench.public.url} {PROJECT}"
    )

    assert bench.installed() == ["99.0", "attacker"]


def test_plain_second_source_installs_the_attackers_version(bench: Bench) -> None:
    """Control: without `include_packages` PDM installs the attacker's 99.0."""
    recipe = bench.recipes("1.0")["PDM"]
    fragment = "\n".join(line for line in recipe.fragment.split("\n") if "include_packages" not in line)
    _set_up(bench, "PDM", fragment)

    bench.run(f"pdm add --quiet --no-self {PROJECT}")

    assert bench.installed() == ["99.0", "attacker"]


def test_index_that_is_not_explicit_falls_back_to_the_attacker(bench: Bench) -> None:
    """Control: without `explicit` and its source, uv takes a misspelt private index's project from the public one."""
    fragment = f'[[tool.uv.index]]\nname = "acme"\nurl = "{bench.private.url}nowhere/"\n'
    variables = _set_up(bench, "uv", fragment)

    bench.run(f"uv add --quiet {PROJECT}", **variables)

    assert bench.installed() == ["99.0", "attacker"]
