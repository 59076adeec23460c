"""Whole runs against real private servers, known by their upload URL alone: devpi and pypiserver."""

import hashlib
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from publish_sandbox.http.faults import FOREVER, Answer
from publish_sandbox.private.real_servers import Devpi, PyPIServer
from publish_sandbox.pypi.server import LocalPyPI
from support.attestations_made import attest
from support.program import Program, Result

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"
PASSWORD = "s3cret-password"
EDITED = ("Topic :: Utilities",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An empty index on a real server."""

    upload_url: str
    find_sha256: Callable[[str], str]
    """Returns the SHA-256 of a file that the server has, or the empty text."""

    def inputs(self, **changes: str) -> dict[str, str]:
        """Return the inputs of a run that publishes there; no read URL is among them."""
        given = {
            "private-index-url": self.upload_url,
            "private-index-username": "ci",
            "private-index-password": PASSWORD,
        }
        return {**given, **{name.replace("_", "-"): value for name, value in changes.items()}}


Opener = Callable[[bool], Place]
"""Makes an empty index; True makes one that overwrites."""


@pytest.fixture(params=["pypiserver", "devpi"])
def open_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Make indexes on one of the two servers."""
    with ExitStack() as stack:
        yield (
            _PypiserverPlaces(tmp_path, stack)
            if request.param == "pypiserver"
            else _DevpiPlaces(request.getfixturevalue("devpi"), tmp_path)
        )


@dataclass(frozen=True, slots=True)
class _PypiserverPlaces:
    folder: Path
    stack: ExitStack

    def __call__(self, overwrites: bool) -> Place:
        server = self.stack.enter_context(PyPIServer(self.folder / "server", "ci", PASSWORD, overwrite=overwrites))
        return Place(upload_url=server.upload_url, find_sha256=lambda file: _sha256_of(server.packages / file))


@dataclass(frozen=True, slots=True)
class _DevpiPlaces:
    server: Devpi
    folder: Path

    def __call__(self, overwrites: bool) -> Place:
        # The test's own folder has a name that no other test's has.
        url = self.server.add_index(hashlib.sha256(bytes(self.folder)).hexdigest()[:12], volatile=overwrites)
        return Place(upload_url=url, find_sha256=lambda file: _served_sha256(f"{url}+simple/acme-core/", file))


def _sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _served_sha256(page_url: str, file: str) -> str:
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(page_url, headers=accept)) as page:
            files = {entry["filename"]: entry["hashes"]["sha256"] for entry in json.load(page)["files"]}
    except urllib.error.HTTPError as error:
        error.close()
        return ""
    return str(files.get(file, ""))


def outcomes(result: Result) -> dict[str, str]:
    return {row["file"]: row["outcome"] for row in json.loads(result.outputs["files"])}


def test_publish_repeat_conflict(program: Program, open_place: Opener) -> None:
    """A release goes up and is served, again nothing is sent, and other bytes are refused before anything is sent.

    The server is recognised by the upload URL and its own answers; the public index hears nothing.
    """
    program.repository.visibility = "private"
    program.build(classifiers=("Private :: Do Not Upload",))
    place = open_place(False)

    first, again = program.act(place.inputs()), program.act(place.inputs())
    stored = place.find_sha256(WHEEL)
    program.build(classifiers=("Private :: Do Not Upload", *EDITED))
    conflict = program.act(place.inputs())

    assert (first.status, outcomes(first)) == (0, {WHEEL: "uploaded", SDIST: "uploaded"}), first.text
    assert (first.outputs["code"], first.outputs["served"], first.outputs["published"]) == (
        "OK_PRIVATE",
        "true",
        "true",
    )
    assert (again.status, outcomes(again)) == (0, {WHEEL: "already-there", SDIST: "already-there"}), again.text
    assert (conflict.status, outcomes(conflict)) == (6, {WHEEL: "not-tried", SDIST: "not-tried"}), conflict.text
    assert stored in conflict.errors[0]
    assert place.find_sha256(WHEEL) == stored
    assert program.pypi.connections == 0


def test_server_that_overwrites_keeps_what_it_has(program: Program, open_place: Opener) -> None:
    """A server that would take other bytes under a released name is not sent them."""
    program.repository.visibility = "private"
    program.build()
    place = open_place(True)
    program.act(place.inputs())
    stored = place.find_sha256(WHEEL)
    program.build(classifiers=EDITED)

    conflict = program.act(place.inputs())

    assert (conflict.status, outcomes(conflict)) == (6, {WHEEL: "not-tried", SDIST: "not-tried"}), conflict.text
    assert stored
    assert place.find_sha256(WHEEL) == stored


def test_pypis_user_name_is_answered_with_the_servers(program: Program, open_place: Opener) -> None:
    """With the user name that is right for PyPI the login is refused, and the remedy names the one to use."""
    program.repository.visibility = "private"
    program.build()
    place = open_place(False)

    result = program.act(place.inputs(private_index_username=""))

    assert result.status == 5, result.text
    assert "the user name is one" in result.text
    assert place.find_sha256(WHEEL) == ""


def test_closed_read_side_stops_the_run(program: Program, open_place: Opener) -> None:
    """A read side that asks for another login stops the run, also at a server that takes uploads and overwrites."""
    program.repository.visibility = "private"
    program.build()
    place = open_place(True)
    with LocalPyPI() as console:
        console.faults.add("/", Answer(status=401), times=FOREVER)

        result = program.act(place.inputs(private_index_check_url=console.simple_url))

    assert result.status == 5, result.text
    assert "HTTP 401" in result.errors[0]
    assert place.find_sha256(WHEEL) == ""


def test_rehearsal_knows_what_is_there(program: Program, open_place: Opener) -> None:
    """A dry run recognises the server as a run does, and says what would be skipped."""
    program.repository.visibility = "private"
    program.build()
    place = open_place(False)
    program.act(place.inputs())

    result = program.act(place.inputs(dry_run="true"))

    assert result.status == 0, result.text
    plan = json.loads(result.outputs["plan"])
    assert plan["uploads"] == [{"file": WHEEL, "action": "skip"}, {"file": SDIST, "action": "skip"}]


def test_public_repository_does_not_show_the_read_side_that_was_found(program: Program, open_place: Opener) -> None:
    """In a public repository the address of a read side that the server showed is starred as the upload URL is."""
    program.build()
    place = open_place(False)

    result = program.act(place.inputs(index="private"))

    assert result.status == 0, result.text
    path = place.upload_url.partition("://")[2].partition("/")[2]
    assert place.upload_url.split("/")[2] not in result.text + result.summary
    assert "simple" not in result.summary
    assert not path or path not in result.text + result.summary


def test_strangers_project_behind_a_fallback_is_not_ours(program: Program) -> None:
    """pypiserver sends those who ask for a new project to PyPI by default: it is not followed, and logged."""
    program.repository.visibility = "private"
    program.build()

    with (
        LocalPyPI() as stranger,
        PyPIServer(program.folder / "server", "ci", PASSWORD, fallback=stranger.simple_url) as server,
    ):
        result = program.act(
            {
                "private-index-url": server.upload_url,
                "private-index-username": "ci",
                "private-index-password": PASSWORD,
            }
        )

        assert stranger.connections == 0

    assert (result.status, outcomes(result)) == (0, {WHEEL: "uploaded", SDIST: "uploaded"}), result.text
    assert [command.data for command in result.commands if command.name == "warning"]


def test_signatures_go_to_a_private_index_and_not_to_pypi(program: Program) -> None:
    """A private server that keeps signatures gets them with their files; PyPI is sent none, which the log says."""
    program.build()
    signature = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
    (program.dist / f"{WHEEL}.asc").write_text(signature)
    with PyPIServer(program.folder / "server", "ci", PASSWORD) as server:
        login = {"private-index-username": "ci", "private-index-password": PASSWORD}

        private = program.act({"private-index-url": server.upload_url, "index": "private", **login})
        public = program.act()

        assert (server.packages / f"{WHEEL}.asc").read_text() == signature

    assert (private.status, public.status) == (0, 0), private.text + public.text
    assert "The GPG signatures (.asc) of 1 file are sent with them." in private.text
    assert "The GPG signatures (.asc) of 1 file are not sent" in public.text


def test_attestations_stay_away_from_a_private_index(program: Program) -> None:
    """A private index is sent no attestation: the log says that they are not sent, and the summary why they are off."""
    program.repository.visibility = "private"
    program.build()
    sha256 = hashlib.sha256((program.dist / WHEEL).read_bytes()).hexdigest()
    (program.dist / f"{WHEEL}.publish.attestation").write_text(attest(WHEEL, sha256))

    result = program.act(program.private_inputs())

    assert result.status == 0, result.text
    stored = [program.private.database.file(name) for name in (WHEEL, SDIST)]
    assert [file.attestations for file in stored if file] == [None, None]
    assert "The attestations of 1 file are not sent" in result.text
    assert "off: the index is private" in result.summary.replace("\\", "")


def test_server_of_no_known_kind_is_told_loudly(program: Program) -> None:
    """At a URL of unknown form nothing is checked: a warning says so and names the input to set."""
    program.repository.visibility = "private"
    program.build()
    login = program.private.api_token("ci")

    result = program.act({"private-index-url": f"{program.private.url}/upload/", "private-index-password": login})

    warnings = [command.data for command in result.commands if command.name == "warning"]
    assert any("nothing is checked" in text and "private-index-check-url" in text for text in warnings), result.text


def test_read_url_of_pypiserver_gets_neither_login_nor_file(program: Program, tmp_path: Path) -> None:
    """The URL that installers read ends the run before pypiserver gets a login or a file, with the URL to write."""
    program.repository.visibility = "private"
    program.build()
    with PyPIServer(tmp_path / "server", "ci", PASSWORD) as server:
        place = Place(upload_url=server.read_url, find_sha256=lambda file: _sha256_of(server.packages / file))

        result = program.act(place.inputs())

        assert (result.status, result.errors[0].splitlines()[-1]) == (2, f"Write {server.upload_url}"), result.text
        assert list(server.packages.iterdir()) == []
