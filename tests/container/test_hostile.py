"""A checkout, a job environment and an index that mean harm change nothing about what is published where."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from container.runner import Folders, Result, run_action
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import Answer
from publish_sandbox.pypi.server import LocalPyPI

pytestmark = pytest.mark.container

# What a log of ours may order; `debug` and the commands that change later steps are not among them.
OUR_COMMANDS = {"add-mask", "group", "endgroup", "notice", "warning", "error"}

_PLANTED = "print('PLANTED'); open('/github/workspace/planted', 'w').close()\n"
_PYPIRC = (
    "[distutils]\nindex-servers = pypi\n[pypi]\nrepository = {decoy}/legacy/\nusername = mallory\npassword = stolen\n"
)
_PIP_CONF = "[global]\nindex-url = {decoy}/simple/\n"
_NETRC = "machine 127.0.0.1 login mallory password stolen\n"


@pytest.fixture
def decoy() -> Iterator[LocalPyPI]:
    """The server that all hostile settings point to: it must receive nothing."""
    with LocalPyPI() as server:
        yield server


def _publish(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders, variables: Mapping[str, str] | None = None
) -> Result:
    """Publish demo 1.0 of the public repository octo/demo, with `variables` left by earlier steps."""
    environment = github.environment(github.repository("octo/demo"), workspace=folders.workspace, temp=folders.temp)
    inputs = {"github-token": github.token, "public-index-url": pypi.upload_url}
    return run_action(image=image, inputs=inputs, environment={**environment, **(variables or {})}, folders=folders)


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _describe(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return each path below `folder` with its mode, owner and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        entry = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(entry.st_mode) else b""
        found[str(path.relative_to(folder))] = (entry.st_mode, entry.st_uid, content)
    return found


def test_modules_in_the_checkout_are_not_imported(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """A checkout that brings its own requests, twine and sitecustomize is published, and none of them runs."""
    planted = ("requests.py", "twine/__init__.py", "publish_action/__init__.py", "json.py", "_hashlib.py")
    start_up = ("sitecustomize.py", "usercustomize.py", "evil.pth", "pyvenv.cfg")
    _write_all(folders.workspace, dict.fromkeys((*planted, *start_up), _PLANTED))
    _write_all(folders.home / ".local/lib/python3.13/site-packages", dict.fromkeys((*planted, *start_up), _PLANTED))

    result = _publish(image, github, pypi, folders)

    assert result.exit_status == 0, result.log
    assert "PLANTED" not in result.log
    assert len(pypi.uploads) == 2


def test_nothing_is_written_into_the_checkout(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """Files of root in a checkout break later steps: what was there is there, and nothing else."""
    first = _publish(image, github, pypi, folders)
    before = _describe(folders.workspace)

    again = _publish(image, github, pypi, folders)

    assert (first.exit_status, again.exit_status) == (0, 0)
    assert set(before) == {"dist", "dist/demo-1.0-py3-none-any.whl", "dist/demo-1.0.tar.gz"}
    assert _describe(folders.workspace) == before


def test_settings_of_other_tools_are_not_obeyed(
    image: str, github: LocalGitHub, pypi: LocalPyPI, decoy: LocalPyPI, folders: Folders
) -> None:
    """.pypirc, .netrc and pip.conf, in the checkout or at home, name another index and other passwords in vain."""
    for folder in (folders.workspace, folders.home):
        _write_all(
            folder,
            {
                ".pypirc": _PYPIRC.format(decoy=decoy.url),
                ".netrc": _NETRC,
                "pip.conf": _PIP_CONF.format(decoy=decoy.url),
                ".config/pip/pip.conf": _PIP_CONF.format(decoy=decoy.url),
                ".config/python_keyring/keyringrc.cfg": "[backend]\ndefault-keyring=requests.Nowhere\n",
            },
        )

    result = _publish(image, github, pypi, folders)

    assert result.exit_status == 0, result.log
    assert [upload.token for upload in pypi.uploads] == [pypi.minted[0].token] * 2
    assert decoy.requests == []


def test_variables_of_earlier_steps_are_not_obeyed(
    image: str, github: LocalGitHub, pypi: LocalPyPI, decoy: LocalPyPI, folders: Folders
) -> None:
    """Variables that would redirect twine, pip, requests or Python are named in a warning and not used."""
    _write_all(folders.workspace, {"requests.py": _PLANTED, "sitecustomize.py": _PLANTED, "ca.pem": "none"})
    variables = {
        "PYTHONPATH": "/github/workspace",
        "PYTHONHOME": "/github/workspace",
        "PYTHONSTARTUP": "/github/workspace/requests.py",
        "PYTHONWARNINGS": "error",
        "PYTHONUSERBASE": "/github/workspace",
        "TWINE_REPOSITORY_URL": decoy.upload_url,
        "TWINE_REPOSITORY": "testpypi",
        "TWINE_USERNAME": "mallory",
        "TWINE_PASSWORD": "stolen",
        "UV_PUBLISH_URL": decoy.upload_url,
        "PIP_INDEX_URL": decoy.simple_url,
        "REQUESTS_CA_BUNDLE": "/github/workspace/ca.pem",
        "CURL_CA_BUNDLE": "/github/workspace/ca.pem",
        "SSLKEYLOGFILE": "/github/workspace/keys",
        "HTTP_PROXY": decoy.url,
        "http_proxy": decoy.url,
        "ALL_PROXY": decoy.url,
        "NETRC": "/github/workspace/.netrc",
    }

    result = _publish(image, github, pypi, folders, variables)

    assert result.exit_status == 0, result.log
    assert "PLANTED" not in result.log
    assert len(pypi.uploads) == 2
    assert decoy.requests == []
    warnings = "\n".join(command.data for command in result.commands if command.name == "warning")
    assert [name for name in ("TWINE_REPOSITORY_URL", "PYTHONPATH", "REQUESTS_CA_BUNDLE") if name not in warnings] == []
    assert "stolen" not in result.log


@pytest.mark.parametrize(
    "words",
    [
        "::set-env name=PATH::/tmp",
        "\r::add-mask::e\r",
        "x ##[add-mask]e",
        "\n\n  ::stop-commands::never\n",
        "\u00a0::set-output name=published::true",
        "##[add-matcher]/github/workspace/matcher.json",
    ],
    ids=["set-env", "lone CR", "bracket", "stop-commands", "no-break space", "add-matcher"],
)
def test_an_index_gives_the_runner_no_orders(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders, words: str
) -> None:
    """The answer of an index reaches the log as text, whatever it looks like."""
    reason = words.replace("\r", " ").replace("\n", " ").encode("ascii", "replace").decode()
    pypi.faults.add("/legacy/", Answer(status=400, reason=f"Bad {reason}", body=f"<p>{words}</p>\n{words}".encode()))

    result = _publish(image, github, pypi, folders)

    assert result.exit_status == 6, result.log
    assert {command.name for command in result.commands} <= OUR_COMMANDS
    assert "e" not in {command.data for command in result.commands if command.name == "add-mask"}
    assert result.outputs["published"] == "false"


def test_later_steps_get_outputs_and_nothing_else(
    image: str, github: LocalGitHub, pypi: LocalPyPI, folders: Folders
) -> None:
    """A run writes outputs and a summary: no variable, no path and no state for the steps after it."""
    result = _publish(image, github, pypi, folders)

    assert result.orders == {}
    assert result.summary != ""
    assert {command.name for command in result.commands} <= OUR_COMMANDS
