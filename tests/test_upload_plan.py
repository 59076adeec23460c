"""The plan of uploads: what the index has already, by hash or by the bytes themselves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes_delivery import KeepingLog, local_index, read_all
from publish_action.credential import basic_header
from publish_action.errors import IndexRefused
from publish_action.http import Http, Network, Response
from publish_action.read_side import ReadSide
from publish_action.secret import Secret
from publish_action.upload_plan import UploadPlan, plan_uploads
from publish_action.uploader import Uploader
from publish_sandbox.builder import build_sdist, build_wheel
from publish_sandbox.faults import FOREVER, Answer, Rewrite
from publish_sandbox.pypi import LocalPyPI

WHEEL = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def pypi() -> Iterator[LocalPyPI]:
    """Give a local PyPI."""
    with LocalPyPI() as server:
        yield server


def read_side(pypi: LocalPyPI) -> ReadSide:
    return ReadSide(
        index=local_index(pypi),
        authorization=lambda: Secret("Basic unused"),
        exchange=Http(Network()),
        sleep=lambda _: None,
    )


def plan(folder: Path, side: ReadSide, *, skip_existing: bool = True) -> UploadPlan:
    with read_all(folder) as reading:
        return plan_uploads(reading.files, read_side=side, skip_existing=skip_existing, log=KeepingLog())


def store(folder: Path, pypi: LocalPyPI) -> None:
    """Have the index take what is in a folder."""
    login = basic_header("__token__", Secret(pypi.api_token("octocat", "demo")))
    with read_all(folder) as reading, Uploader(local_index(pypi), network=Network(), watch=lambda *_: None) as uploader:
        for file in reading.files:
            stored = uploader.send(file, login)
            assert isinstance(stored, Response)
            assert stored.status == 200


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

    (row,) = plan(tmp_path, read_side(pypi)).rows

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
        plan(tmp_path, read_side(pypi))


def test_bytes_are_fetched_from_the_read_side_alone(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A file without a hash that lies on another host is not fetched; it cannot be compared, and stops the run."""
    build_wheel(tmp_path, "demo", "1.0")

    with LocalPyPI() as stranger:
        page = f'<a href="{stranger.url}/{WHEEL}">{WHEEL}</a>'.encode()
        pypi.faults.add("/simple/", Answer(content_type="text/html", body=page), times=FOREVER)

        with pytest.raises(IndexRefused, match="no hash to compare it by"):
            plan(tmp_path, read_side(pypi))

        assert stranger.connections == 0


def test_release_that_is_there_is_known_by_any_file_of_it(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A file of the same version, however it is spelled, means that the release exists; one of another does not."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    build_wheel(tmp_path / "old", "demo", "1.0")
    build_sdist(tmp_path / "new", "demo", "1.0.0")
    before = plan(tmp_path / "new", read_side(pypi)).release_exists

    store(tmp_path / "old", pypi)
    after = plan(tmp_path / "new", read_side(pypi)).release_exists
    (tmp_path / "next").mkdir()
    build_wheel(tmp_path / "next", "demo", "1.1")
    other = plan(tmp_path / "next", read_side(pypi)).release_exists

    assert (before, after, other) == (False, True, False)


def test_files_of_former_times_say_nothing_of_a_release(tmp_path: Path, pypi: LocalPyPI) -> None:
    """Eggs and installers among an index's files are passed over."""
    build_wheel(tmp_path, "demo", "1.0")
    page = b'<a href="/demo-1.0-py2.7.egg#sha256=00">demo-1.0-py2.7.egg</a><a href="/demo.exe#md5=00">demo.exe</a>'
    pypi.faults.add("/simple/", Answer(content_type="text/html", body=page), times=FOREVER)

    assert not plan(tmp_path, read_side(pypi)).release_exists
