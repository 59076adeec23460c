"""Whole runs over a release with bad files: nothing is sent anywhere, and all problems are reported at once."""

import json
import random
import string

from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.private.real_servers import PyPIServer
from support.program import PROJECT, Program, Result

GOOD = "acme_core-1.0-py3-none-any.whl"
TAGGED = "acme_core-1.0-cp312-cp312-pyodide_2024_0_wasm32.whl"
SDIST = "acme_core-1.0.tar.gz"
# Nobody's, and put together from parts, so that no scanner takes this file for a leak.
TOKEN = "pypi-" + "AgEIcHlwaS5vcmc" + "CJ" + "".join(random.Random(5).choices(string.ascii_letters, k=140))
BAD_TAG, SECRET = (TAGGED, "E_PLATFORM_TAG"), (SDIST, "E_SECRET")


def build_three(program: Program, *, tag: bool = True, secret: bool = True) -> None:
    """A good wheel, one with a platform tag that PyPI does not take, and an sdist with a secret; or less of that."""
    build_wheel(program.dist, PROJECT, "1.0")
    build_wheel(program.dist, PROJECT, "1.0", tag="cp312-cp312-pyodide_2024_0_wasm32" if tag else "cp312-cp312-win32")
    build_sdist(program.dist, PROJECT, "1.0", members={"settings.py": f'T = "{TOKEN}"\n'} if secret else {})


def findings(result: Result, severity: str) -> list[tuple[str, str]]:
    found = json.loads(result.outputs["plan"])["findings"]
    return sorted((each["file"], each["code"]) for each in found if each["severity"] == severity)


def annotations(result: Result, name: str) -> list[str]:
    """Return each annotation of a kind, with its title."""
    return [f"{command.properties} {command.data}" for command in result.commands if command.name == name]


def test_two_bad_files_of_three_keep_all_from_the_index(program: Program) -> None:
    """A run refuses with exit status 4 and reports every problem of every file; no index is contacted."""
    build_three(program)

    result = program.act()

    assert result.status == 4, result.text
    assert program.pypi.connections == program.private.connections == 0
    assert (program.pypi.requests, program.pypi.attempts, program.pypi.minted) == ([], [], [])
    assert findings(result, "error") == [BAD_TAG, SECRET]
    for file, code in (BAD_TAG, SECRET):
        assert any(file in error and code in error for error in annotations(result, "error"))
        assert file in result.summary
        assert f"`{code}`" in result.summary
    assert result.outputs["verdict"] == "refuse"
    assert result.outputs["code"] == json.loads(result.outputs["plan"])["code"]
    assert {row["outcome"] for row in json.loads(result.outputs["files"])} == {"not-tried"}
    assert len(json.loads(result.outputs["files"])) == 3
    assert TOKEN not in result.text + result.summary + json.dumps(dict(result.outputs))


def test_a_private_index_takes_them_with_warnings(program: Program) -> None:
    """What only PyPI refuses, and what must not become public, is a warning on the way to a private index."""
    program.repository.visibility = "private"
    build_three(program)

    with PyPIServer(program.folder / "pypiserver", "ci", "s3cret-password") as private:
        result = program.act(
            {
                "private-index-url": private.upload_url,
                "private-index-check-url": private.read_url,
                "private-index-username": "ci",
                "private-index-password": "s3cret-password",
            }
        )

    assert result.status == 0, result.text
    assert {row["outcome"] for row in json.loads(result.outputs["files"])} == {"uploaded"}
    assert result.outputs["uploaded-count"] == "3"
    assert (findings(result, "error"), findings(result, "warning")) == ([], [BAD_TAG, SECRET])
    for file, code in (BAD_TAG, SECRET):
        assert any(file in warning and code in warning for warning in annotations(result, "warning"))
    assert TOKEN not in result.text + result.summary
    assert program.pypi.connections == 0


def test_lax_metadata_still_keep_a_secret(program: Program) -> None:
    """`verify-metadata: false` makes the platform tag a warning, and leaves the secret an error."""
    build_three(program)

    result = program.act({"verify-metadata": "false"})

    assert result.status == 4, result.text
    assert (findings(result, "error"), findings(result, "warning")) == ([SECRET], [BAD_TAG])
    assert program.pypi.connections == 0


def test_lax_metadata_let_a_platform_tag_go(program: Program) -> None:
    """With `verify-metadata: false` the index judges the platform tag: the decision is to publish, with a warning."""
    build_three(program, secret=False)

    strict = program.act({"dry-run": "true"})
    lax = program.act({"dry-run": "true", "verify-metadata": "false"})

    assert (strict.status, strict.outputs["verdict"], strict.outputs["code"]) == (4, "refuse", "E_PLATFORM_TAG")
    assert (lax.status, lax.outputs["verdict"], lax.outputs["code"]) == (0, "publish", "OK_PUBLIC")
    assert (findings(lax, "error"), findings(lax, "warning")) == ([], [BAD_TAG])


def test_three_good_files_are_all_sent(program: Program) -> None:
    """The same release without the tag and the secret goes to the index whole."""
    build_three(program, tag=False, secret=False)

    result = program.act()

    assert result.status == 0, result.text
    assert result.outputs["uploaded-count"] == "3"
    assert findings(result, "error") == findings(result, "warning") == []
