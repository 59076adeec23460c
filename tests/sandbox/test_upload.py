"""The local PyPI judges uploads as PyPI does: same order, same statuses, same words."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.pypi.server import LocalPyPI
from support.sandbox_forms import race, request, send

DAY = timedelta(days=1).total_seconds()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def pypi(clock: SettableClock) -> Iterator[LocalPyPI]:
    with LocalPyPI(clock=clock) as index:
        yield index


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return build_wheel(tmp_path / "dist", "demo", "1.0")


@pytest.fixture
def token(pypi: LocalPyPI) -> str:
    return pypi.api_token("alice")


def test_unmodified_twine_publishes(pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path) -> None:
    """`twine upload` with an API token publishes a wheel and an sdist, and both are served."""
    sdist = build_sdist(tmp_path / "dist", "demo", "1.0")

    done = subprocess.run(
        [sys.executable, "-m", "twine", "upload", "--non-interactive", str(wheel), str(sdist)],
        env={
            "HOME": str(tmp_path),
            "TWINE_REPOSITORY_URL": pypi.upload_url,
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": token,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert [upload.file_name for upload in pypi.uploads] == [wheel.name, sdist.name]
    assert {file.file_name for file in pypi.projects["demo"].files} == {wheel.name, sdist.name}


def test_unmodified_uv_publishes(pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path) -> None:
    """`uv publish` with an API token publishes a wheel, and skips it the second time by the simple page."""
    command = [str(Path(sysconfig.get_path("scripts")) / "uv"), "publish", "--trusted-publishing", "never"]
    command += ["--no-config", "--publish-url", pypi.upload_url, "--check-url", pypi.simple_url, str(wheel)]
    variables = {"HOME": str(tmp_path), "UV_PUBLISH_TOKEN": token, "UV_CACHE_DIR": str(tmp_path / "cache")}

    runs = [
        subprocess.run(command, env=variables, capture_output=True, text=True, check=False),
        subprocess.run(command, env=variables, capture_output=True, text=True, check=False),
    ]

    assert [run.returncode for run in runs] == [0, 0], runs
    assert [attempt.file_name for attempt in pypi.attempts] == [wheel.name]


def test_pip_installs_what_was_uploaded(pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path) -> None:
    """pip finds the file by the simple page, downloads it and compares its hash."""
    send(pypi, wheel, token)

    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path / "target"), "demo"],
        env={
            "HOME": str(tmp_path),
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": pypi.simple_url,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        },
        check=True,
    )

    assert (tmp_path / "target" / "demo" / "__init__.py").read_text() == '__version__ = "1.0"\n'


def test_a_sound_file_is_stored(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """A good form gives 200 and writes project, release and file."""
    came = send(pypi, wheel, token)

    assert (came.status, came.reason) == (200, "OK")
    stored = pypi.projects["demo"].releases["1"].files[wheel.name]
    assert stored.path
    assert stored.path.read_bytes() == wheel.read_bytes()


def test_the_same_file_again_is_no_news(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """An identical file gives 200 again and writes nothing, even when the release is closed."""
    send(pypi, wheel, token)
    pypi.rules.release_open_days = -1

    came = send(pypi, wheel, token)

    assert came.status == 200
    assert [attempt.stored for attempt in pypi.attempts] == [True, False]


def test_other_bytes_under_a_known_name_are_refused(pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path) -> None:
    """A known file name with other bytes is 400 `File already exists`, with the hash of what was sent."""
    send(pypi, wheel, token)
    other = build_wheel(tmp_path / "other", "demo", "1.0", members={"demo/more.py": ""})

    came = send(pypi, other, token)

    assert came.status == 400
    assert came.reason.startswith(f"File already exists ('{wheel.name}', with blake2_256 hash '")


def test_known_bytes_under_another_name_are_refused(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """The same bytes cannot be stored under a second name."""
    send(pypi, wheel, token)

    came = send(pypi, wheel, token, file_name="demo-1.0-py2.py3-none-any.whl")

    assert came.reason.startswith("File already exists ('demo-1.0-py2.py3-none-any.whl'")


def test_a_deleted_name_is_used_up(pypi: LocalPyPI, token: str, wheel: Path) -> None:
    """The name of a deleted file cannot be used again."""
    send(pypi, wheel, token)
    pypi.delete_file(wheel.name)

    came = send(pypi, wheel, token)

    assert came.reason.startswith("This filename was previously used by a file that has since been deleted.")


def test_a_release_closes_after_fourteen_days(
    pypi: LocalPyPI, clock: SettableClock, token: str, wheel: Path, tmp_path: Path
) -> None:
    """A release takes no new files once it is more than 14 days old."""
    send(pypi, wheel, token)
    clock.advance(14 * DAY + 60)

    came = send(pypi, build_sdist(tmp_path / "dist", "demo", "1.0"), token)

    assert came.reason == "Uploading new files to releases older than 14 days is not allowed."


def test_a_second_sdist_is_refused(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """A release has one sdist, whatever the second one is called."""
    send(pypi, build_sdist(tmp_path / "a", "demo", "1.0"), token)

    second = build_sdist(tmp_path / "b", "demo", "1.0", file_name="Demo-1.0.tar.gz", members={"x": ""})

    assert send(pypi, second, token).reason == "Only one sdist may be uploaded per release."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"protocol_version": "2"}, "Unknown protocol version.", id="protocol"),
        pytest.param({"name": "bad name"}, "'bad name' is an invalid value for Name. Error: Start and end", id="name"),
        pytest.param({"name": ""}, "'' is an invalid value for Name. Error: This field is required.", id="no name"),
        pytest.param({"filetype": "egg"}, "Invalid value for filetype. Error: Use a known file type.", id="type"),
        pytest.param({"pyversion": ""}, "Invalid value for pyversion. Error: Python version is required", id="py"),
        pytest.param({"sha256_digest": "x"}, "Invalid value for sha256_digest. Error: Use a valid, hex", id="hex"),
        pytest.param({"sha256_digest": "a" * 64}, "The digest supplied does not match a digest calculated", id="hash"),
        pytest.param({"metadata_version": "9.9"}, "'9.9' is not a valid metadata version.", id="metadata version"),
        pytest.param({"version": ""}, "'version' is a required field.", id="no version"),
        pytest.param({"version": "x y"}, "'x y' is invalid for 'version'.", id="version"),
        pytest.param({"version": "1.0+x"}, "The use of local versions in '1.0+x' is not allowed.", id="local"),
        pytest.param({"summary": ["a", "b"]}, "'summary' has invalid data.", id="twice"),
        pytest.param({"summary": "s" * 513}, "'summary' field must be 512 characters or less.", id="summary"),
        pytest.param({"author_email": "nope"}, "'nope' is not a valid email address: An email address", id="mail"),
        pytest.param(
            {"classifiers": ["Private :: Do Not Upload"]},
            "'Private :: Do Not Upload' is not a valid classifier.",
            id="private",
        ),
        pytest.param(
            {"classifiers": ["Natural Language :: Ukranian"]},
            "The classifier 'Natural Language :: Ukranian' has been deprecated, use one of ['Natural",
            id="deprecated",
        ),
        pytest.param({"license": "MIT", "license_expression": "MIT"}, "License is deprecated when", id="licences"),
        pytest.param({"home_page": "nourl"}, "'nourl' is not a valid url.", id="url"),
        pytest.param({"project_urls": [f"{'H' * 33}, https://x.example"]}, f"'{'H' * 33}' must be 32", id="label"),
        pytest.param(
            {"requires_dist": ["foo @ https://x.example/f.zip"]}, "Can't have direct dependency: foo", id="direct"
        ),
        pytest.param({"requires_dist": ["foo bar"]}, "'foo bar' is invalid for 'requires-dist'.", id="requirement"),
        pytest.param({"name": "asyncio"}, "The name 'asyncio' isn't allowed (conflict with Python Standard", id="std"),
        pytest.param({"attestations": "[]"}, "Invalid attestations supplied during upload: Attestations are", id="att"),
    ],
)
def test_forms_are_refused_in_pypis_words(
    pypi: LocalPyPI, token: str, wheel: Path, fields: dict[str, str | list[str]], reason: str
) -> None:
    """One bad field gives 400 with PyPI's sentence about it, and writes nothing."""
    came = send(pypi, wheel, token, fields=fields)

    assert came.status == 400
    assert came.reason.startswith(reason)
    assert pypi.projects == {}


@pytest.mark.parametrize(
    ("file_name", "reason"),
    [
        pytest.param("demo-1.0.exe", "Invalid file extension: Use .tar.gz, .whl or .zip extension.", id="extension"),
        pytest.param("demo-1.0.tar.gz", "Invalid file extension: Extension .tar.gz is invalid for filetype", id="kind"),
        pytest.param("x\\demo-1.0-py3-none-any.whl", "Cannot upload a file with '/' or '\\' in the name.", id="slash"),
        pytest.param("demo-1.0-py3.whl", "Invalid wheel filename (wrong number of parts): 'demo-1.0-py3", id="3 parts"),
        pytest.param("demo-1.0.whl", "Invalid distribution file. Unable to parse name and version", id="2 parts"),
        pytest.param(
            "demo-1.0-py3-none-linux_x86_64.whl",
            "Binary wheel 'demo-1.0-py3-none-linux_x86_64.whl' has an unsupported platform tag 'linux_x86_64'.",
            id="platform",
        ),
    ],
)
def test_wheel_names_are_refused_in_pypis_words(
    pypi: LocalPyPI, token: str, wheel: Path, file_name: str, reason: str
) -> None:
    """One bad file name gives 400 with PyPI's sentence about it."""
    came = send(pypi, wheel, token, file_name=file_name)

    assert (came.status, came.reason[: len(reason)]) == (400, reason)


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        pytest.param("WHEEL", "Invalid distribution file. WHEEL not found at demo-1.0.dist-info/WHEEL", id="WHEEL"),
        pytest.param(
            "RECORD",
            "Wheel 'demo-1.0-py3-none-any.whl' does not contain the required RECORD file: demo-1.0.dist-info/RECORD",
            id="RECORD",
        ),
        pytest.param(
            "METADATA",
            "Wheel 'demo-1.0-py3-none-any.whl' does not contain the required METADATA file: "
            "demo-1.0.dist-info/METADATA",
            id="METADATA",
        ),
    ],
)
def test_incomplete_wheels_are_refused(pypi: LocalPyPI, token: str, tmp_path: Path, without: str, reason: str) -> None:
    """A wheel needs WHEEL, RECORD and METADATA."""
    came = send(pypi, build_wheel(tmp_path, "demo", "1.0", without=[without]), token)

    assert (came.status, came.reason) == (400, reason)


def test_what_is_no_archive_is_refused(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """Bytes that are no zip are no wheel, and bytes that are no tar are no sdist."""
    for_wheel, for_sdist = tmp_path / "demo-1.0-py3-none-any.whl", tmp_path / "demo-1.0.tar.gz"
    for_wheel.write_bytes(b"junk")
    for_sdist.write_bytes(b"rubbish")

    reasons = [send(pypi, path, token).reason for path in (for_wheel, for_sdist)]

    assert reasons == [
        "Invalid distribution file. File is not a zipfile",
        "Invalid distribution file. File is not a tarfile",
    ]


def test_an_sdist_is_named_exactly(pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
    """Any spelling of an sdist's name but the normalised one is refused with the right one."""
    sdist = build_sdist(tmp_path, "De.Mo", "1.0", file_name="de.mo-1.0.tar.gz")

    came = send(pypi, sdist, token, fields={"name": "De.Mo"})

    assert came.reason == "Filename 'de.mo-1.0.tar.gz' is invalid, should be 'de_mo-1.0.tar.gz'."


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"description_content_type": "text/x-rst"}, "for 'text/x-rst'."),
        ({}, "in the default format of reStructuredText."),
    ],
)
def test_descriptions_must_render(
    pypi: LocalPyPI, token: str, wheel: Path, fields: dict[str, str | list[str]], told: str
) -> None:
    """reStructuredText that does not render is refused; the same text as Markdown is taken."""
    rst = send(pypi, wheel, token, fields={"description": "never `closed", **fields})
    markdown = send(
        pypi, wheel, token, fields={"description": "never `closed", "description_content_type": "text/markdown"}
    )

    assert rst.reason.startswith(f"The description failed to render {told}")
    assert markdown.status == 200


class TestOrder:
    """Of two faults, the one that PyPI looks for first is told."""

    def test_switch_before_token(self, pypi: LocalPyPI, wheel: Path) -> None:
        """Read-only mode is told to whoever has no token."""
        pypi.rules.read_only = True

        assert send(pypi, wheel, "none").reason == "Read-only mode: Uploads are temporarily disabled."

    def test_unknown_token_before_form(self, pypi: LocalPyPI, wheel: Path) -> None:
        """An unknown token is told before a bad form."""
        came = send(pypi, wheel, "pypi-unknown", fields={"name": ""})

        assert (came.status, came.reason[:50]) == (403, "Invalid or non-existent authentication information")

    def test_form_before_expired_token(self, pypi: LocalPyPI, clock: SettableClock, wheel: Path, token: str) -> None:
        """A bad form is told before the expiry of a known token."""
        expired = pypi.tokens.issue((3, "alice"), (0, 0, 0), user="alice")
        send(pypi, wheel, token)

        bad_form = send(pypi, wheel, expired, fields={"summary": "s" * 513})
        good_form = send(pypi, wheel, expired)

        assert (bad_form.status, good_form.status) == (400, 403)
        assert good_form.reason == "Invalid API Token: token is expired, token is expired"

    def test_identical_before_late(self, pypi: LocalPyPI, clock: SettableClock, wheel: Path, token: str) -> None:
        """An identical file is 200 before its release's age is looked at."""
        send(pypi, wheel, token)
        clock.advance(30 * DAY)

        assert send(pypi, wheel, token).status == 200

    def test_duplicate_before_archive(self, pypi: LocalPyPI, wheel: Path, token: str, tmp_path: Path) -> None:
        """A known name is told before a broken archive."""
        send(pypi, wheel, token)
        (tmp_path / "x").mkdir()
        broken = tmp_path / "x" / wheel.name
        broken.write_bytes(b"junk")

        assert send(pypi, broken, token).reason.startswith("File already exists")

    def test_the_body_is_read_before_any_refusal(self, pypi: LocalPyPI, wheel: Path) -> None:
        """A bad token costs the whole upload."""
        send(pypi, wheel, "none")

        seen = pypi.requests[0]
        assert seen.received == int(seen.headers["content-length"])


class TestTokens:
    """What each kind of token may do."""

    def test_a_password_is_refused(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """Any user name but __token__ is refused, even with a good token."""
        came = send(pypi, wheel, token, authorization="Basic YWxpY2U6cHlwaS14")

        assert came.reason.startswith("Username/Password authentication is no longer supported.")

    def test_bearer_works(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """A token may come as Bearer."""
        assert send(pypi, wheel, token, authorization=f"Bearer {token}").status == 200

    def test_a_changed_caveat_breaks_the_signature(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """A token whose signature was changed is known and wrong."""
        forged = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]

        assert send(pypi, wheel, forged).reason == "Invalid API Token: signatures do not match"

    def test_a_scoped_token_is_for_its_project(self, pypi: LocalPyPI, wheel: Path) -> None:
        """A project-scoped token does not upload to another project; the reason is told twice."""
        scoped = pypi.api_token("alice", "other")

        came = send(pypi, wheel, scoped)

        reason = "project-scoped token is not valid for project: 'demo'"
        assert (came.status, came.reason) == (403, f"Invalid API Token: {reason}, {reason}")
        assert "demo" not in pypi.projects

    def test_a_stranger_may_not_upload(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """A user without a role in the project is refused by name."""
        pypi.create_project("demo", "bob")

        assert send(pypi, wheel, token).reason.startswith("The user 'alice' isn't allowed to upload to project 'demo'.")

    def test_an_archived_project_takes_nothing(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """The owner of an archived project is refused."""
        pypi.create_project("demo", "alice").status = "archived"

        assert send(pypi, wheel, token).status == 403

    def test_unverified_mail_is_refused(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """A user without a verified mail address is told so."""
        pypi.rules.unverified_users.add("alice")

        assert "does not have a verified primary email address" in send(pypi, wheel, token).reason

    def test_new_projects_are_limited(self, pypi: LocalPyPI, wheel: Path, token: str) -> None:
        """Creating too many projects is 429 with RateLimit headers."""
        pypi.rules.new_projects_per_user = 0

        came = send(pypi, wheel, token)

        assert (came.status, came.reason) == (429, "Too many new projects created")
        assert came.headers["RateLimit"] == '"project.create.user";r=0;t=3599'


class TestRaces:
    """Parallel uploads that create the same row: one wins, the others are rolled back whole."""

    def test_a_new_release_is_created_once(self, pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
        """Of several first files of a release, one is stored; the losers get 500, and 200 when they come again."""
        pypi.create_project("demo", "alice")
        wheels = [build_wheel(tmp_path, "demo", "1.0", tag=f"py3{minor}-none-any") for minor in range(4)]

        first = race(pypi, wheels, token)
        there = len(pypi.projects["demo"].files)
        again = [send(pypi, path, token).status for path in wheels]

        assert (sorted(first), there) == ([200, 500, 500, 500], 1)
        assert (again, len(pypi.projects["demo"].files)) == ([200] * 4, 4)

    def test_a_new_project_is_created_once(self, pypi: LocalPyPI, token: str, tmp_path: Path) -> None:
        """The same holds for the first files of a project, even of several releases."""
        wheels = [build_wheel(tmp_path, "demo", f"{major}.0") for major in range(3)]

        statuses = race(pypi, wheels, token)

        assert sorted(statuses) == [200, 500, 500]
        assert len(pypi.projects["demo"].releases) == 1

    def test_the_same_file_is_stored_once(self, pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path) -> None:
        """The same file, sent three times at once into an existing release, is stored once; the others get 500."""
        send(pypi, wheel, token)
        sdist = build_sdist(tmp_path, "demo", "1.0")

        assert sorted(race(pypi, [sdist] * 3, token)) == [200, 500, 500]

    def test_an_existing_release_takes_files_in_parallel(
        self, pypi: LocalPyPI, token: str, wheel: Path, tmp_path: Path
    ) -> None:
        """With the release there, parallel uploads do not disturb each other."""
        send(pypi, wheel, token)
        wheels = [build_wheel(tmp_path, "demo", "1.0", tag=f"py3{minor}-none-any") for minor in range(4)]

        assert race(pypi, wheels, token) == [200] * 4


class TestAnswers:
    """The wire form of answers."""

    def test_json(self, pypi: LocalPyPI, wheel: Path) -> None:
        """With `Accept: application/json` the body is JSON whose code is the whole status line."""
        came = send(pypi, wheel, "none", accept="application/json")

        told = json.loads(came.text)
        assert told["title"] == "Forbidden"
        assert told["code"].startswith("403 Invalid or non-existent")

    @pytest.mark.parametrize("accept", ["*/*", "text/html", ""])
    def test_html(self, pypi: LocalPyPI, wheel: Path, accept: str) -> None:
        """Without a wish the body is HTML with entities."""
        came = send(pypi, wheel, "none", accept=accept, fields={"name": "'"})

        assert came.headers["Content-Type"] == "text/html; charset=UTF-8"
        assert "<title>403 Invalid or non-existent" in came.text

    def test_plain(self, pypi: LocalPyPI, wheel: Path) -> None:
        """With `Accept: text/plain` the body begins with code and message."""
        assert send(pypi, wheel, "none").text.startswith("403 Invalid or non-existent")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/legacy", 308),
            ("GET", "/legacy/", 404),
            ("POST", "/", 405),
            ("GET", "/_/oidc/mint-token", 405),
            ("POST", "/_/oidc/audience", 405),
            ("GET", "/_/oidc/audience/", 404),
            ("GET", "/_/oidc/audience", 403),
        ],
    )
    def test_addresses(self, pypi: LocalPyPI, method: str, path: str, status: int) -> None:
        """Other addresses and methods answer as PyPI's do."""
        assert request(method, pypi.url + path).status == status
