"""The plan of uploads: what the index has already, by hash or by the bytes themselves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publish_action.credentials.credential import basic_header
from publish_action.errors import CredentialRejected, IndexRefused
from publish_action.models.index import Audience
from publish_action.network.client import Network, RequestsClient, Response
from publish_action.secret import Secret
from publish_action.upload.index_reader import IndexReader
from publish_action.upload.plan import UploadPlan, plan_uploads
from publish_action.upload.twine_client import Uploader
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.http.faults import FOREVER, Answer, Rewrite
from publish_sandbox.pypi.server import LocalPyPI
from support.fakes import FakeLog, local_index, read_all

WHEEL = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def pypi() -> Iterator[LocalPyPI]:
    """Give a local PyPI."""
    with LocalPyPI() as server:
        yield server


def index_reader(pypi: LocalPyPI, audience: Audience = Audience.PUBLIC) -> IndexReader:
    return IndexReader(
        index=local_index(pypi, audience),
        authorization=lambda: Secret("Basic unused"),
        client=RequestsClient(Network()),
        sleep=lambda _: None,
    )


def plan(
    folder: Path, side: IndexReader, *, skip_existing: bool = True, days: int = 0, log: FakeLog | None = None
) -> UploadPlan:
    """Plan to send what is in a folder, `days` from now."""
    with read_all(folder) as reading:
        return plan_uploads(
            reading.files,
            index_reader=side,
            skip_existing=skip_existing,
            now=datetime.now(UTC) + timedelta(days=days),
            log=log or FakeLog(),
        )


def store(folder: Path, pypi: LocalPyPI) -> None:
    """Have the index take what is in a folder."""
    login = basic_header("__token__", Secret(pypi.api_token("octocat", "demo")))
    with read_all(folder) as reading, Uploader(local_index(pypi), network=Network(), watch=lambda *_: None) as uploader:
        for file in reading.files:
            stored = uploader.send(file, login)
            assert isinstance(stored, Response)
            assert stored.status == 200


def store_under_another_name(folder: Path, pypi: LocalPyPI) -> None:
    """Have the index take a wheel, and give the same bytes another build number here."""
    build_wheel(folder, "demo", "1.0")
    store(folder, pypi)
    (folder / WHEEL).rename(folder / "demo-1.0-1-py3-none-any.whl")


def test_the_same_bytes_under_another_name_are_told_before_anything_is_sent(tmp_path: Path, pypi: LocalPyPI) -> None:
    """PyPI would answer "File already exists" after the body: the page's hash tells it first."""
    store_under_another_name(tmp_path, pypi)
    sent = len(pypi.attempts)

    with pytest.raises(IndexRefused) as caught:
        plan(tmp_path, index_reader(pypi))

    assert caught.value.code == "E_FILE_EXISTS"
    assert f"demo-1.0-1-py3-none-any.whl has the same bytes as {WHEEL}" in caught.value.happened
    assert len(pypi.attempts) == sent


def test_the_same_bytes_under_another_name_warn_for_a_private_index(tmp_path: Path, pypi: LocalPyPI) -> None:
    """Other servers take them, so the files are planned and the log tells it."""
    store_under_another_name(tmp_path, pypi)
    log = FakeLog()

    (row,) = plan(tmp_path, index_reader(pypi, Audience.PRIVATE), log=log).rows

    assert row.is_upload
    assert any(f"has the same bytes as {WHEEL}" in text for text in log.warnings)


def strip_hashes(page: Answer) -> Answer:
    document = json.loads(page.body)
    for file in document["files"]:
        file["hashes"] = {}
    return replace(page, body=json.dumps(document).encode())


def test_bytes_are_compared_where_there_is_no_hash(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A listed file without a hash is fetched: with our bytes it counts as there."""
    build_wheel(tmp_path, "demo", "1.0")
    store(tmp_path, pypi)
    pypi.faults.add("/simple/", Rewrite(strip_hashes), times=FOREVER)

    (row,) = plan(tmp_path, index_reader(pypi)).rows

    assert not row.is_upload
    assert sum(request.path.endswith(WHEEL) for request in pypi.requests) == 1


@pytest.mark.parametrize("members", [{"demo/more.py": "x = 1\n"}, {"demo/more.py": "x = 1\n" * 9999}])
def test_other_bytes_without_a_hash_are_other_bytes(tmp_path: Path, pypi: LocalPyPI, members: dict[str, str]) -> None:
    """A listed file without a hash that holds other bytes, or more of them, stops the run."""
    build_wheel(tmp_path, "demo", "1.0", members=members)
    store(tmp_path, pypi)
    build_wheel(tmp_path, "demo", "1.0")
    pypi.faults.add("/simple/", Rewrite(strip_hashes), times=FOREVER)

    with pytest.raises(IndexRefused, match="other bytes"):
        plan(tmp_path, index_reader(pypi))


def test_bytes_are_fetched_from_the_read_side_alone(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A file without a hash that lies on another host is not fetched; it cannot be compared, and stops the run."""
    build_wheel(tmp_path, "demo", "1.0")

    with LocalPyPI() as stranger:
        page = f'<a href="{stranger.url}/{WHEEL}">{WHEEL}</a>'.encode()
        pypi.faults.add("/simple/", Answer(content_type="text/html", body=page), times=FOREVER)

        with pytest.raises(IndexRefused, match="no hash to compare it by"):
            plan(tmp_path, index_reader(pypi))

        assert stranger.connections == 0


def test_release_that_is_there_is_known_by_any_file_of_it(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A file of the same version, however it is spelled, means that the release exists; one of another does not."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    build_wheel(tmp_path / "old", "demo", "1.0")
    build_sdist(tmp_path / "new", "demo", "1.0.0")
    before = plan(tmp_path / "new", index_reader(pypi)).release_exists

    store(tmp_path / "old", pypi)
    after = plan(tmp_path / "new", index_reader(pypi)).release_exists
    (tmp_path / "next").mkdir()
    build_wheel(tmp_path / "next", "demo", "1.1")
    other = plan(tmp_path / "next", index_reader(pypi)).release_exists

    assert (before, after, other) == (False, True, False)


def test_files_of_former_times_say_nothing_of_a_release(tmp_path: Path, pypi: LocalPyPI) -> None:
    """Eggs and installers among an index's files are passed over."""
    build_wheel(tmp_path, "demo", "1.0")
    page = b'<a href="/demo-1.0-py2.7.egg#sha256=00">demo-1.0-py2.7.egg</a><a href="/demo.exe#md5=00">demo.exe</a>'
    pypi.faults.add("/simple/", Answer(content_type="text/html", body=page), times=FOREVER)

    assert not plan(tmp_path, index_reader(pypi)).release_exists


@pytest.fixture
def half(tmp_path: Path, pypi: LocalPyPI) -> Path:
    """Give a folder with a wheel and an sdist, of which the index has the wheel."""
    build_wheel(tmp_path, "demo", "1.0")
    store(tmp_path, pypi)
    build_sdist(tmp_path, "demo", "1.0")
    return tmp_path


def test_a_release_takes_new_files_for_fourteen_days(half: Path, pypi: LocalPyPI) -> None:
    """After that PyPI refuses the first of them; we say so before anything is sent, with the day and the files."""
    assert [row.is_upload for row in plan(half, index_reader(pypi), days=13).rows] == [False, True]

    with pytest.raises(
        IndexRefused, match=rf"since {datetime.now(UTC):%Y-%m-%d}.*not there are demo-1\.0\.tar"
    ) as caught:
        plan(half, index_reader(pypi), days=15)

    assert caught.value.code == "E_RELEASE_CLOSED"


def test_a_closed_release_may_be_published_again(tmp_path: Path, pypi: LocalPyPI) -> None:
    """Where every file is there with our bytes nothing is to be sent, however old the release is."""
    build_wheel(tmp_path, "demo", "1.0")
    store(tmp_path, pypi)

    assert [row.is_upload for row in plan(tmp_path, index_reader(pypi), days=400).rows] == [False]


def test_another_release_is_open(half: Path, pypi: LocalPyPI) -> None:
    """Each version has its own fourteen days."""
    for path in half.iterdir():
        path.unlink()
    build_wheel(half, "demo", "1.1")

    assert plan(half, index_reader(pypi), days=400).rows[0].is_upload


def without_serial(page: Answer) -> Answer:
    document = json.loads(page.body)
    del document["meta"]["_last-serial"]
    return replace(page, body=json.dumps(document).encode())


def test_only_pypi_closes_releases(half: Path, pypi: LocalPyPI) -> None:
    """Private indexes and public ones of another kind are not judged by PyPI's rules."""
    private = plan(half, index_reader(pypi, Audience.PRIVATE), days=400)
    pypi.faults.add("/simple/", Rewrite(without_serial), times=FOREVER)
    other = plan(half, index_reader(pypi), days=400)

    assert [row.is_upload for row in (*private.rows, *other.rows)] == [False, True] * 2


def test_a_second_sdist_is_refused_before_anything_is_sent(tmp_path: Path, pypi: LocalPyPI) -> None:
    """PyPI takes one sdist of a release, whatever its name; another version's is none of it."""
    build_sdist(tmp_path, "demo", "1.0")
    store(tmp_path, pypi)
    (tmp_path / "demo-1.0.tar.gz").unlink()
    build_sdist(tmp_path, "demo", "1.0.0")

    with pytest.raises(IndexRefused, match=r"demo-1\.0\.0\.tar\.gz would be a second sdist: demo-1\.0\.tar") as caught:
        plan(tmp_path, index_reader(pypi))

    assert caught.value.code == "E_FILE_EXISTS"
    assert plan(tmp_path, index_reader(pypi, Audience.PRIVATE)).rows[0].is_upload


def test_all_that_is_in_the_way_is_told_together(half: Path, pypi: LocalPyPI) -> None:
    """Other bytes, and a release that is closed besides, are one message."""
    build_wheel(half, "demo", "1.0", members={"demo/more.py": "x = 1\n"})

    with pytest.raises(IndexRefused, match=r"(?s)other bytes.*for 14 days alone") as caught:
        plan(half, index_reader(pypi), days=15)

    assert caught.value.code == "E_FILE_EXISTS"


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (Audience.PUBLIC, "A public index is read without a login"),
        (Audience.PRIVATE, "`private-index-username`, `private-index-password`"),
    ],
)
def test_closed_read_side_is_advised_a_login_only_where_one_is_sent(
    tmp_path: Path, pypi: LocalPyPI, audience: Audience, words: str
) -> None:
    """A public index is read without a login, so no login can be the remedy there."""
    build_wheel(tmp_path, "demo", "1.0")
    pypi.faults.add("/simple/", Answer(status=403), times=FOREVER)

    with pytest.raises(CredentialRejected) as caught:
        plan(tmp_path, index_reader(pypi, audience))

    assert words in caught.value.remedy
    assert ("Give a login" in caught.value.remedy) is (audience is Audience.PRIVATE)


@pytest.mark.parametrize("accept", ["JSON", "HTML"])
@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_project_that_takes_no_files_is_refused(tmp_path: Path, pypi: LocalPyPI, status: str, accept: str) -> None:
    """An archived or quarantined project (PEP 792) is refused before anything is sent, by either form of its page."""
    build_wheel(tmp_path, "demo", "1.0")
    pypi.create_project("demo").status = status
    if accept == "HTML":
        page = f'<title>Links for demo</title><meta name="pypi:project-status" content="{status}">'
        pypi.faults.add("/simple/", Answer(content_type="text/html", body=page.encode()), times=FOREVER)

    with pytest.raises(IndexRefused, match=f"demo is {status} on ") as caught:
        plan(tmp_path, index_reader(pypi))

    assert caught.value.code == "E_PROJECT_STATUS"
    assert not pypi.attempts


def test_archived_release_that_is_there_is_no_error(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A run that has nothing to send asks an archived project for nothing."""
    build_wheel(tmp_path, "demo", "1.0")
    store(tmp_path, pypi)
    pypi.projects["demo"].status = "archived"

    (row,) = plan(tmp_path, index_reader(pypi)).rows

    assert not row.is_upload


def test_deprecated_project_is_a_warning(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A deprecated project takes files, and a warning says what it is."""
    build_wheel(tmp_path, "demo", "1.0")
    pypi.create_project("demo").status = "deprecated"
    log = FakeLog()

    (row,) = plan(tmp_path, index_reader(pypi), log=log).rows

    assert row.is_upload
    assert [text.partition(":")[0] for text in log.warnings] == ["W_PROJECT_DEPRECATED"]
