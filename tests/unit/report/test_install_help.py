"""How to install from one index: lines that name no second one, and no credential."""

import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest

from publish_action.models.index import Audience, Index
from publish_action.report.install_help import install_command, list_recipes, render_recipe

ACME = Index(
    name="acme.eu-1",
    url="https://pkgs.acme.example/legacy/",
    audience=Audience.PRIVATE,
    check_url="https://pkgs.acme.example/simple/",
)
PYPI = Index(
    name="pypi",
    url="https://upload.pypi.org/legacy/",
    audience=Audience.PUBLIC,
    check_url="https://pypi.org/simple/",
)


def test_five_installers_have_a_recipe() -> None:
    """pip, uv, Poetry, PDM and Pipenv, each with the project, its version and the read side."""
    recipes = list_recipes(index=ACME, project="acme-core", version="1.0")

    texts = {recipe.tool: render_recipe(recipe) for recipe in recipes}
    assert list(texts) == ["pip", "uv", "Poetry", "PDM", "Pipenv"]
    assert all(
        "acme-core" in text and "==1.0" in text and "pkgs.acme.example/simple/" in text for text in texts.values()
    )
    assert not [text for text in texts.values() if "extra-index-url" in text]


def test_fragments_are_toml_that_pins_the_project_to_the_index() -> None:
    """What goes into a project's file binds the project to the private index, and that index to the project."""
    fragments = {
        recipe.tool: tomllib.loads(recipe.fragment)
        for recipe in list_recipes(index=ACME, project="acme-core", version="1.0")
    }

    assert fragments["uv"]["tool"]["uv"]["sources"] == {"acme-core": {"index": "acme.eu-1"}}
    assert fragments["uv"]["tool"]["uv"]["index"][0]["explicit"] is True
    assert fragments["Poetry"]["tool"]["poetry"]["source"][0]["priority"] == "explicit"
    assert fragments["PDM"]["tool"]["pdm"]["source"][0]["include_packages"] == ["acme-core"]
    assert fragments["Pipenv"]["packages"] == {"acme-core": {"version": "==1.0", "index": "acme.eu-1"}}


def test_logins_are_references() -> None:
    """A login is named by variables that the installer reads, spelt from the index's name."""
    text = "\n".join(map(render_recipe, list_recipes(index=ACME, project="acme-core", version="1.0")))

    for variable in ("UV_INDEX_ACME_EU_1", "POETRY_HTTP_BASIC_ACME_EU_1", "INDEX_ACME_EU_1"):
        assert f"{variable}_USERNAME" in text
    assert "https://${INDEX_ACME_EU_1_USERNAME}:${INDEX_ACME_EU_1_PASSWORD}@pkgs.acme.example/simple/" in text


@pytest.mark.parametrize(
    ("index", "version"),
    [(PYPI, "1.0"), (replace(ACME, check_url=None), "1.0"), (ACME, "1.0\n[evil]"), (ACME, "latest")],
)
def test_no_recipe_where_there_is_none_to_give(index: Index, version: str) -> None:
    """A public index needs none; without a read side, or a version that is one, nothing is guessed."""
    assert list_recipes(index=index, project="acme-core", version=version) == ()


def test_pip_reads_one_index() -> None:
    """PyPI is pip's own default; any other index replaces it, and is not put beside it."""
    assert install_command(index=PYPI, project="acme-core", version="1.0") == "pip install acme-core==1.0"
    command = install_command(index=ACME, project="acme-core", version="1.0")
    assert command == "pip install --isolated --index-url https://pkgs.acme.example/simple/ acme-core==1.0"
    assert install_command(index=replace(ACME, check_url=None), project="acme-core", version="1.0") == ""


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run `install-help` as a person does."""
    words = [sys.executable, "-m", "publish_action", "install-help", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_install_help_prints_the_recipes_of_the_summary() -> None:
    """The command gives the same lines as a summary, for a name in any spelling."""
    done = run("--project", "Acme_Core", "--version", "1.0", "--name", "acme.eu-1", *READ)

    assert done.returncode == 0, done.stderr
    recipes = list_recipes(index=ACME, project="acme-core", version="1.0")
    assert all(recipe.fragment in done.stdout and recipe.command in done.stdout for recipe in recipes)


READ = ("--private-index-check-url", "https://pkgs.acme.example/simple/")


def test_install_help_derives_the_read_side() -> None:
    """Where the kind of server is known, the upload URL is enough."""
    url = "https://eu-python.pkg.dev/acme/python/"

    done = run("--project", "a", "--version", "1", "--private-index-url", url)

    assert f"pip install --isolated --index-url {url}simple/ a==1" in done.stdout


def test_install_help_takes_the_url_that_installers_read() -> None:
    """A read URL that is given for the upload URL is taken for what it is, and for no other server's upload URL."""
    url = "https://acme.jfrog.io/artifactory/api/pypi/py/simple"

    done = run("--project", "a", "--version", "1", "--private-index-url", url)

    assert f"pip install --isolated --index-url {url} a==1" in done.stdout, done.stderr
    assert "devpi" not in done.stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--project", "a", "--version", "x", *READ), "'x' is not a version"),
        (("--project", "-", "--version", "1", *READ), "This is not a project name"),
        (("--project", "a", "--version", "1", "--name", "A B", *READ), "'A B' is not a name of an index"),
        (("--project", "a", "--version", "1", "--private-index-url", "https://x.example/up"), "cannot be derived"),
        (
            ("--project", "a", "--version", "1", "--private-index-url", "https://x.example/root/dev/"),
            "set --private-index-check-url https://x.example/root/dev/+simple/",
        ),
        (
            ("--project", "a", "--version", "1", "--private-index-url", "HTTPS://x.example/up"),
            "Write https://x.example",
        ),
        (
            ("--project", "a", "--version", "1", "--private-index-url", "https://upload.pypi.org/legacy/"),
            "host belongs to PyPI",
        ),
    ],
)
def test_install_help_says_what_is_missing(options: tuple[str, ...], problem: str) -> None:
    """What makes no recipe ends with exit status 2 and a sentence."""
    done = run(*options)

    assert done.returncode == 2
    assert problem in done.stderr
