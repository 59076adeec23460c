"""The switches, limits and rarer refusals of the local PyPI."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.issuer_keys import IssuerKeys
from publish_sandbox.pypi.server import LocalPyPI
from support.sandbox_forms import request, send


@pytest.fixture
def pypi() -> Iterator[LocalPyPI]:
    with LocalPyPI() as index:
        yield index


@pytest.fixture
def token(pypi: LocalPyPI) -> str:
    return pypi.api_token("alice")


@pytest.fixture
def minted(pypi: LocalPyPI) -> str:
    """Return a token as Trusted Publishing mints it for the project `demo`."""
    publisher = pypi.trust("demo", "octo", "demo", "release.yml")
    return pypi.tokens.issue((4, publisher.id, None), (2, ("id-demo",)), publisher=publisher.id)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return build_wheel(tmp_path, "demo", "1.0")


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        pytest.param(("uploads_disabled", True), (403, "New uploads are temporarily disabled."), id="uploads"),
        pytest.param(
            ("registration_disabled", True), (403, "New project registration temporarily disabled."), id="new"
        ),
        pytest.param(("frozen_users", {"alice"}), (403, "Invalid or non-existent authentication"), id="frozen"),
        pytest.param(("users_without_second_factor", {"alice"}), (403, "User 'alice', associated with"), id="2FA"),
        pytest.param(("prohibited_names", {"demo"}), (400, "The name 'demo' isn't allowed."), id="prohibited"),
        pytest.param(("file_limit", 100), (400, "File too large. Limit for project 'demo' is 0 MB."), id="file"),
        pytest.param(("project_limit", 100), (400, "Project size too large. Limit for project"), id="project"),
    ],
)
def test_rules_can_be_turned(
    pypi: LocalPyPI, token: str, wheel: Path, rule: tuple[str, object], answer: tuple[int, str]
) -> None:
    """Each switch and each limit refuses in PyPI's words."""
    setattr(pypi.rules, *rule)

    came = send(pypi, wheel, token)

    assert (came.status, came.reason[: len(answer[1])]) == answer


def test_look_alike_names_are_too_similar(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """A new name that differs from a known one in look-alikes and separators only is refused."""
    pypi.create_project("d-0-l")

    came = send(pypi, build_wheel(tmp_path, "doi", "1.0"), token, fields={"name": "doi"})

    assert came.reason.startswith("The name 'doi' is too similar to an existing project.")


def test_an_image_is_no_distribution(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A part of type image/* is refused."""
    assert send(pypi, wheel, token, content_type="image/png").reason == "Invalid distribution file."


def test_a_form_without_a_file_is_refused(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A good form with the file under another name is told which field is wrong, before any token is looked at."""
    came = request(
        "POST",
        pypi.upload_url,
        data=[(":action", "file_upload")],
        files={"summary": ("x.whl", b"x", "text/plain")},
        headers={"Accept": "text/plain"},
    )

    assert came.reason == "summary: Should not be a tuple."


def test_unknown_values_stand_for_nothing(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A field that says only UNKNOWN is dropped, and so is an empty one: neither is judged."""
    assert send(pypi, wheel, token, fields={"home_page": "UNKNOWN", "author_email": ""}).status == 200


@pytest.mark.parametrize("action", ["submit", "submit_pkg_info", "doc_upload"])
def test_old_actions_are_gone(pypi: LocalPyPI, action: str, wheel: Path) -> None:
    """Actions of long ago are 410, without any credentials."""
    assert send(pypi, wheel, "", fields={":action": action}).status == 410


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_a_minted_token_needs_an_active_project(pypi: LocalPyPI, minted: str, wheel: Path, status: str) -> None:
    """A minted token does not upload to an archived or quarantined project."""
    pypi.projects["demo"].status = status

    assert send(pypi, wheel, minted).reason.startswith("The given token isn't allowed to upload to project 'demo'.")


@pytest.mark.parametrize(
    ("attestations", "told"),
    [
        ("[]", "Malformed attestations: an empty attestation set is not permitted"),
        ("[{}, {}, {}]", "A maximum of 2 attestations per file are supported"),
        ("junk", "Malformed attestations: 1 validation error for list[Attestation]"),
        ("[1]", "Malformed attestations: 1 validation error for list[Attestation]"),
    ],
)
def test_attestations_have_a_form(pypi: LocalPyPI, minted: str, wheel: Path, attestations: str, told: str) -> None:
    """Attestations that are none are refused."""
    came = send(pypi, wheel, minted, fields={"attestations": attestations})

    assert (came.status, came.reason) == (400, f"Invalid attestations supplied during upload: {told}")


def test_attestations_are_served(pypi: LocalPyPI, minted: str, wheel: Path) -> None:
    """What came with a file is its provenance."""
    send(pypi, wheel, minted, fields={"attestations": '[{"version": 1}]'})

    came = request("GET", f"{pypi.url}/integrity/demo/1.0/{wheel.name}/provenance")

    assert json.loads(came.text)["attestation_bundles"][0]["attestations"] == [{"version": 1}]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        pytest.param(
            lambda folder: build_sdist(folder, "demo", "1.0", members={"/second/x": ""}),
            "Incorrect number of top-level directories in sdist",
            id="two folders",
        ),
        pytest.param(
            lambda folder: build_sdist(folder, "demo", "1.0", without=["PKG-INFO"]),
            "PKG-INFO not found at demo-1.0/PKG-INFO",
            id="no PKG-INFO",
        ),
    ],
)
def test_sdists_have_a_layout(
    pypi: LocalPyPI, token: str, tmp_path: Path, build: Callable[[Path], Path], told: str
) -> None:
    """An sdist has one folder at its top, and PKG-INFO in it."""
    assert send(pypi, build(tmp_path), token).reason == f"Invalid distribution file. {told}"


def test_doubled_members_are_refused(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """A wheel that names a member twice is refused."""
    wheel = build_wheel(tmp_path, "demo", "1.0", members=[("x", "1"), ("x", "2")])

    assert "ZIP contains duplicate entries" in send(pypi, wheel, token).reason


def test_data_descriptors_are_refused(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A zip that was written to a stream has data descriptors; PyPI takes none."""
    with _Pipe(wheel, "w") as pipe, zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", "x")

    assert "ZIP contains a data descriptor" in send(pypi, wheel, token).reason


class _Pipe(io.FileIO):
    """A file that cannot go back, as a pipe cannot."""

    def tell(self) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize(
    ("file_name", "told"),
    [
        ("Demo-1.0-py3-none-any.whl", "should contain the normalized project name 'demo', not 'Demo'."),
        ("other-1.0-py3-none-any.whl", "Start filename for 'demo' with 'demo'."),
        ("demo-2.0-py3-none-any.whl", "Version in filename should be '1.0' not '2.0'."),
    ],
)
def test_wheel_and_form_name_the_same(pypi: LocalPyPI, token: str, tmp_path: Path, file_name: str, told: str) -> None:
    """Project and version in a wheel's name are those of the form."""
    stem = "-".join(file_name.split("-")[:2])
    info = [(f"{stem}.dist-info/{name}", "") for name in ("WHEEL", "RECORD", "METADATA")]
    wheel = build_wheel(tmp_path, "else", "9", members=info, file_name=file_name)

    assert told in send(pypi, wheel, token, fields={"version": "1.0"}).reason


def test_license_files_must_be_there(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A License-File that is not in the archive is refused with the place where it should be."""
    came = send(pypi, wheel, token, fields={"license_file": ["LICENSE"]})

    place = "demo-1.0.dist-info/licenses/LICENSE"
    assert came.reason == f"License-File LICENSE does not exist in distribution file {wheel.name} at {place}"


def test_nothing_refused_is_left_on_disk(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """Of a refused and of an identical file no copy is kept."""
    send(pypi, wheel, "none")
    send(pypi, wheel, token)
    send(pypi, wheel, token)

    stored = pypi.projects["demo"].files[0].path
    assert stored
    assert list(stored.parent.iterdir()) == [stored]


def test_an_index_for_benchmarks_keeps_no_bytes(tmp_path: Path) -> None:
    """Without `keep_files` a file is hashed, listed and forgotten; a hash it does not make is believed."""
    wheel = build_wheel(tmp_path, "demo", "1.0")
    with LocalPyPI(keep_files=False, hashes=("sha256",)) as pypi:
        came = send(pypi, wheel, pypi.api_token("alice"), fields={"blake2_256_digest": "b" * 64})

        stored = pypi.projects["demo"].files[0]
        assert came.status == 200
        assert (stored.path, stored.blake2b) == (None, "b" * 64)
        assert stored.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_an_unknown_key_is_asked_for_once_a_minute() -> None:
    """An issuer is not asked again for unknown keys within 60 seconds; after that it is."""
    clock = SettableClock()
    with LocalGitHub(clock=clock) as github:
        keys = IssuerKeys(github.issuer, clock)

        found = [keys.find("unknown"), keys.find("unknown")]
        asked = len(github.requests)
        clock.advance(61)
        found.append(keys.find("unknown"))

        assert found == [None] * 3
        assert (asked, len(github.requests)) == (2, 4)
