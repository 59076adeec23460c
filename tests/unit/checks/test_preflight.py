"""Reading what `packages-dir` means: all of it, once, with every problem of every file."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.errors import DistributionsInvalid, ExitStatus
from publish_action.models.finding import Severity
from publish_sandbox.distributions.builder import build_sdist, build_wheel, metadata
from support.attestations_made import PROVENANCE, attest

WHEEL, SDIST = "acme_utils-1.0-py3-none-any.whl", "acme_utils-1.0.tar.gz"
PRIVATE = "Private :: Do Not Upload"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout whose `dist` holds a good wheel and a good sdist of `Acme.Utils` 1.0."""
    build_wheel(tmp_path / "dist", "Acme.Utils", "1.0")
    build_sdist(tmp_path / "dist", "Acme.Utils", "1.0")
    return tmp_path


def read(workspace: Path, packages_dir: str = "dist", project: str | None = None) -> OpenRelease:
    with read_distributions(workspace=workspace, packages_dir=packages_dir, project=project) as reading:
        return reading


def files_of(reading: OpenRelease) -> list[str]:
    return [file.distribution.file for file in reading.files]


def codes_of(reading: OpenRelease) -> list[tuple[str, str]]:
    assert all(finding.remedy for finding in reading.findings)
    return [(finding.file, finding.code) for finding in reading.findings if finding.severity is Severity.ERROR]


def refuse(workspace: Path, packages_dir: str = "dist", project: str | None = None) -> str:
    with pytest.raises(DistributionsInvalid) as caught:
        read(workspace, packages_dir, project)
    assert (caught.value.code, caught.value.status) == ("E_DIST_EMPTY", ExitStatus.DISTRIBUTIONS)
    return caught.value.happened


def test_good_distributions_are_read_whole(workspace: Path) -> None:
    """Wheel first and sdist last, with the digests of their bytes and nothing wrong."""
    reading = read(workspace)

    assert files_of(reading) == [WHEEL, SDIST]
    assert [file.python_tag for file in reading.files] == ["py3", "source"]
    assert {file.distribution.project for file in reading.files} == {"acme-utils"}
    assert [file.distribution.sha256 for file in reading.files] == [
        hashlib.sha256((workspace / "dist" / name).read_bytes()).hexdigest() for name in (WHEEL, SDIST)
    ]
    assert (reading.findings, reading.ignored, reading.other_projects) == ((), (), ())


def test_wheels_come_first_by_name_whatever_the_names(workspace: Path) -> None:
    """An sdist that sorts before all wheels is still the last."""
    build_wheel(workspace / "dist", "Acme.Utils", "1.0", tag="cp311-cp311-win_amd64")
    build_sdist(workspace / "dist", "Aaa", "1.0")

    assert files_of(read(workspace)) == ["acme_utils-1.0-cp311-cp311-win_amd64.whl", WHEEL, "aaa-1.0.tar.gz", SDIST]


def break_by_text(dist: Path) -> None:
    build_wheel(dist, "Acme.Utils", "1.0", metadata_text="\ufeff" + metadata("Acme.Utils", "1.0"))


def break_by_decoy(dist: Path) -> None:
    build_wheel(dist, "Acme.Utils", "1.0", classifiers=[PRIVATE], members={"METADATA": metadata("Acme.Utils", "1.0")})


def break_by_second_folder(dist: Path) -> None:
    build_wheel(dist, "Acme.Utils", "1.0", members={"other-1.0.dist-info/METADATA": ""})


def break_by_second_pkg_info(dist: Path) -> None:
    build_sdist(dist, "Acme.Utils", "1.0", members=[("PKG-INFO", metadata("Acme.Utils", "1.0"))])


def break_by_pyproject(dist: Path) -> None:
    build_sdist(dist, "Acme.Utils", "1.0", pyproject=f'[project]\nclassifiers = ["{PRIVATE}"]\n')


def break_by_egg_info(dist: Path) -> None:
    text = metadata("Acme.Utils", "1.0", classifiers=[PRIVATE])
    build_sdist(dist, "Acme.Utils", "1.0", members={"acme_utils.egg-info/PKG-INFO": text})


def break_by_top(dist: Path) -> None:
    build_sdist(dist, "Acme.Utils", "1.0", top="acme_utils-2.0")


def replace_wheel(dist: Path, replace: Callable[[Path], object]) -> None:
    shutil.move(dist / WHEEL, dist.parent / WHEEL)
    replace(dist / WHEEL)


# What is done to the good folder, and the whole of what is then found.
CASES: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "B06 byte order mark": (break_by_text, [(WHEEL, "E_METADATA_UNREADABLE")]),
    "B08 decoy": (break_by_decoy, [(WHEEL, "E_METADATA_AMBIGUOUS")]),
    "B10 two dist-info": (break_by_second_folder, [(WHEEL, "E_METADATA_AMBIGUOUS")]),
    "B11 two PKG-INFO": (break_by_second_pkg_info, [(SDIST, "E_METADATA_AMBIGUOUS")]),
    "B13 pyproject.toml": (break_by_pyproject, [(SDIST, "E_PRIVATE_CLASSIFIER_INCONSISTENT")]),
    "B13 egg-info": (break_by_egg_info, [(SDIST, "E_PRIVATE_CLASSIFIER_INCONSISTENT")]),
    "B16 another top": (break_by_top, [(SDIST, "E_SDIST_LAYOUT")]),
    "B20 renamed": (
        lambda dist: (dist / WHEEL).rename(dist / "other-1.0-py3-none-any.whl"),
        [("other-1.0-py3-none-any.whl", "E_DIST_NAME_MISMATCH")],
    ),
    "B21 Cyrillic": (
        lambda dist: (dist / WHEEL).rename(dist / "\u0430cme-1.0-py3-none-any.whl"),
        [("\u0430cme-1.0-py3-none-any.whl", "E_NAME_INVALID")],
    ),
    "B22 link outside": (
        lambda dist: replace_wheel(dist, lambda path: path.symlink_to(f"../{WHEEL}")),
        [(WHEEL, "E_DIST_NOT_REGULAR")],
    ),
    "B22 link inside": (
        lambda dist: replace_wheel(dist, lambda path: path.symlink_to(SDIST)),
        [(WHEEL, "E_DIST_NOT_REGULAR")],
    ),
    "B22 folder": (lambda dist: replace_wheel(dist, Path.mkdir), [(WHEEL, "E_DIST_NOT_REGULAR")]),
    "B22 pipe": (lambda dist: replace_wheel(dist, os.mkfifo), [(WHEEL, "E_DIST_NOT_REGULAR")]),
    "B23 no bytes": (lambda dist: (dist / WHEEL).write_bytes(b""), [(WHEEL, "E_ARCHIVE_INVALID")]),
    "B23 cut": (lambda dist: os.truncate(dist / SDIST, 300), [(SDIST, "E_ARCHIVE_INVALID")]),
    "B28 signature alone": (
        lambda dist: (dist / "gone-1.0.tar.gz.asc").write_bytes(b"x"),
        [("gone-1.0.tar.gz.asc", "E_DIST_STRAY")],
    ),
    "attestation alone": (
        lambda dist: (dist / "gone-1.0.tar.gz.publish.attestation").write_bytes(b"{}"),
        [("gone-1.0.tar.gz.publish.attestation", "E_ATTESTATION_STRAY")],
    ),
    "signature that is a link": (
        lambda dist: (dist / f"{SDIST}.asc").symlink_to(SDIST),
        [(f"{SDIST}.asc", "E_DIST_NOT_REGULAR")],
    ),
    "signature without bytes": (
        lambda dist: (dist / f"{SDIST}.asc").write_bytes(b""),
        [(f"{SDIST}.asc", "E_DIST_STRAY")],
    ),
    "signature of a megabyte": (
        lambda dist: (dist / f"{SDIST}.asc").write_bytes(bytes(1 << 20)),
        [(f"{SDIST}.asc", "E_DIST_STRAY")],
    ),
    "attestation that is no JSON": (
        lambda dist: (dist / f"{SDIST}.publish.attestation").write_bytes(b"{"),
        [(f"{SDIST}.publish.attestation", "E_ATTESTATION_UNREADABLE")],
    ),
    "attestation that is no object": (
        lambda dist: (dist / f"{SDIST}.publish.attestation").write_bytes(b"[]"),
        [(f"{SDIST}.publish.attestation", "E_ATTESTATION_UNREADABLE")],
    ),
    "attestation in UTF-16": (
        lambda dist: (dist / f"{SDIST}.publish.attestation").write_bytes('{"a": 1}'.encode("utf-16")),
        [(f"{SDIST}.publish.attestation", "E_ATTESTATION_UNREADABLE")],
    ),
    "attestation of two megabytes": (
        lambda dist: (dist / f"{SDIST}.publish.attestation").write_bytes(b"{}" + b" " * (2 << 20)),
        [(f"{SDIST}.publish.attestation", "E_ATTESTATION_UNREADABLE")],
    ),
    "attestation too deep": (
        lambda dist: (dist / f"{SDIST}.publish.attestation").write_bytes(b"[" * 99_999),
        [(f"{SDIST}.publish.attestation", "E_ATTESTATION_UNREADABLE")],
    ),
    "B30 zip": (lambda dist: (dist / "acme-1.0.zip").touch(), [("acme-1.0.zip", "E_DIST_STRAY")]),
    "B30 egg": (lambda dist: (dist / "acme-1.0.egg").mkdir(), [("acme-1.0.egg", "E_DIST_STRAY")]),
    "B30 tar.bz2": (lambda dist: (dist / "a-1.tar.bz2").touch(), [("a-1.tar.bz2", "E_DIST_STRAY")]),
    "the same bytes twice": (
        lambda dist: shutil.copy(dist / WHEEL, dist / "acme_utils-1.0-py3-none-win32.whl"),
        [("acme_utils-1.0-py3-none-win32.whl", "E_DIST_DUPLICATE")],
    ),
    "two sdists": (
        lambda dist: build_sdist(dist, "Acme.Utils", "1.0.0", members={"more": ""}),
        [(SDIST, "E_DIST_DUPLICATE")],
    ),
}


@pytest.mark.parametrize(("change", "found"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_found(
    workspace: Path, change: Callable[[Path], object], found: list[tuple[str, str]]
) -> None:
    """One thing changed in a good folder is one finding, about that file."""
    change(workspace / "dist")

    assert codes_of(read(workspace)) == found


def test_everything_wrong_is_found_at_once(workspace: Path) -> None:
    """One bad file does not keep the others from being read."""
    dist = workspace / "dist"
    break_by_text(dist)
    os.truncate(dist / SDIST, 300)
    (dist / "a-1.zip").touch()
    (dist / "b-1.0.tar.gz").symlink_to(SDIST)
    (dist / "c.whl").touch()
    build_wheel(dist, "d", "1.0")

    reading = read(workspace)

    assert files_of(reading) == ["d-1.0-py3-none-any.whl"]
    assert sorted(codes_of(reading)) == [
        ("a-1.zip", "E_DIST_STRAY"),
        (WHEEL, "E_METADATA_UNREADABLE"),
        (SDIST, "E_ARCHIVE_INVALID"),
        ("b-1.0.tar.gz", "E_DIST_NOT_REGULAR"),
        ("c.whl", "E_NAME_INVALID"),
    ]


def test_other_files_are_ignored_and_listed(workspace: Path) -> None:
    """What does not look like a distribution is left, folders too."""
    (workspace / "dist" / ".DS_Store").touch()
    (workspace / "dist" / "SHA256SUMS").touch()
    (workspace / "dist" / "old").mkdir()
    (workspace / "dist" / "old" / "notes.txt").touch()

    reading = read(workspace)

    assert files_of(reading) == [WHEEL, SDIST]
    assert reading.ignored == (".DS_Store", "SHA256SUMS", "old")
    assert reading.findings == ()


def test_signature_and_attestation_go_with_theirs(workspace: Path) -> None:
    """What lies beside a distribution is read with it, and with it alone."""
    (workspace / "dist" / f"{WHEEL}.asc").write_bytes(b"signature")
    sha256 = hashlib.sha256((workspace / "dist" / SDIST).read_bytes()).hexdigest()
    publish, build = attest(SDIST, sha256), attest(SDIST, sha256, predicate=PROVENANCE)
    (workspace / "dist" / f"{SDIST}.publish.attestation").write_text(publish)
    (workspace / "dist" / f"{SDIST}.build.attestation").write_text(build)

    reading = read(workspace)
    wheel, sdist = reading.files
    assert (reading.findings, reading.ignored) == ((), ())

    assert (wheel.signature, wheel.attestations) == (b"signature", ())
    assert (sdist.signature, sdist.attestations) == (None, (build, publish))


def test_a_folder_that_is_not_there_is_named_whole(tmp_path: Path) -> None:
    """The message holds the absolute path, and the way out that most often helps."""
    assert refuse(tmp_path) == f"There is no {tmp_path}/dist."


def test_an_empty_folder_is_nothing_to_publish(tmp_path: Path) -> None:
    """An empty folder, and one with other files alone, refuse with the place and what is there."""
    (tmp_path / "dist").mkdir()
    assert refuse(tmp_path) == f"There are no distributions in {tmp_path}/dist."

    (tmp_path / "dist" / "SHA256SUMS").touch()
    assert refuse(tmp_path).endswith("Other files are there: SHA256SUMS.")


def test_globs_that_match_nothing_are_nothing_to_publish(workspace: Path) -> None:
    """A glob is named as it would be looked for."""
    assert refuse(workspace, "dist/other-*") == f"There are no distributions in {workspace}/dist/other-*."


GLOBS = {
    "a folder": ("dist", [WHEEL, SDIST]),
    "a folder with a slash": ("./dist/", [WHEEL, SDIST]),
    "one kind": ("dist/*.whl", [WHEEL]),
    "a file": (f"dist/{SDIST}", [SDIST]),
    "two lines": ("dist/*.whl\n  dist/*.tar.gz  \n\n", [WHEEL, SDIST]),
    "one file by two globs": ("dist/*\ndist/*.whl\n./dist", [WHEEL, SDIST]),
    "one file by a linked folder": ("dist\nlinked", [WHEEL, SDIST]),
}


@pytest.mark.parametrize(("packages_dir", "files"), GLOBS.values(), ids=GLOBS.keys())
def test_folders_files_and_globs_mean_files(workspace: Path, packages_dir: str, files: list[str]) -> None:
    """Lines of `packages-dir` are folders, files or globs; a file that two of them mean is one file."""
    (workspace / "linked").symlink_to("dist")

    reading = read(workspace, packages_dir)

    assert files_of(reading) == files
    assert reading.findings == ()


def test_two_stars_match_any_depth(workspace: Path) -> None:
    """`**` goes down through every folder."""
    build_wheel(workspace / "a" / "b" / "c", "deep", "1.0")

    assert files_of(read(workspace, "a/**/*.whl")) == ["deep-1.0-py3-none-any.whl"]


def test_strays_alone_are_findings(workspace: Path) -> None:
    """Where there is something wrong to tell, it is told instead of there being nothing."""
    (workspace / "old").mkdir()
    (workspace / "old" / "acme-1.0.zip").touch()

    assert codes_of(read(workspace, "old")) == [("acme-1.0.zip", "E_DIST_STRAY")]


def test_an_absolute_folder_may_lie_outside_the_workspace(workspace: Path, tmp_path: Path) -> None:
    """An absolute path is used as it is."""
    (tmp_path / "elsewhere").mkdir()

    assert files_of(read(tmp_path / "elsewhere", str(workspace / "dist"))) == [WHEEL, SDIST]


def test_a_folder_whose_name_looks_like_a_glob_is_a_folder(workspace: Path) -> None:
    """What is there is meant before what could be matched."""
    (workspace / "dist").rename(workspace / "dist[1]")

    assert files_of(read(workspace, "dist[1]")) == [WHEEL, SDIST]


def test_a_folder_that_the_system_refuses_is_named_with_its_word(tmp_path: Path) -> None:
    """What the system says of a folder that cannot be listed is passed on."""
    assert refuse(tmp_path, "x" * 300).endswith("cannot be listed (File name too long).")


def test_a_link_to_itself_is_no_folder(tmp_path: Path) -> None:
    """A loop of links is listed as what is there instead of distributions."""
    (tmp_path / "dist").symlink_to("dist")

    assert refuse(tmp_path).endswith("Other files are there: dist.")


def test_one_name_in_two_folders_is_a_duplicate(workspace: Path) -> None:
    """Which of the two would be published nobody said."""
    shutil.copytree(workspace / "dist", workspace / "more")
    (workspace / "more" / SDIST).unlink()

    (finding,) = read(workspace, "dist\nmore").findings

    assert (finding.file, finding.code) == (WHEEL, "E_DIST_DUPLICATE")
    assert str(workspace / "dist") in finding.message
    assert str(workspace / "more") in finding.message


def test_other_projects_are_left_where_one_is_asked_for(workspace: Path) -> None:
    """`project` leaves the distributions of others unopened and lists them, with what goes with them."""
    (workspace / "dist" / "other-1.0-py3-none-any.whl").write_bytes(b"not even a zip")
    (workspace / "dist" / "other-1.0-py3-none-any.whl.asc").write_bytes(b"")

    reading = read(workspace, project="acme_Utils")

    assert files_of(reading) == [WHEEL, SDIST]
    assert reading.other_projects == ("other-1.0-py3-none-any.whl",)
    assert reading.findings == ()


def test_a_project_that_is_not_there_is_nothing_to_publish(workspace: Path) -> None:
    """The message says which distributions are there instead."""
    assert refuse(workspace, project="other") == (
        f"There are no distributions of other in {workspace}/dist; there are {WHEEL}, {SDIST}."
    )


def test_several_projects_are_all_read(workspace: Path) -> None:
    """Without `project` every distribution is read; that they do not belong together is the decision's to say."""
    build_wheel(workspace / "dist", "acme-utils2", "1.0")

    assert {file.distribution.project for file in read(workspace).files} == {"acme-utils", "acme-utils2"}


def test_no_descriptor_is_left(workspace: Path) -> None:
    """After the reading is closed every descriptor is given back, those of refused files too."""
    os.truncate(workspace / "dist" / SDIST, 300)
    (workspace / "dist" / f"{WHEEL}.asc").write_bytes(b"x")
    before = set(os.listdir("/dev/fd"))

    reading = read(workspace)

    assert codes_of(reading) == [(SDIST, "E_ARCHIVE_INVALID")]
    assert set(os.listdir("/dev/fd")) == before


def test_files_are_held_until_the_reading_is_closed(workspace: Path) -> None:
    """The descriptors are open inside the `with` and closed behind it."""
    with read_distributions(workspace=workspace, packages_dir="dist", project=None) as reading:
        sizes = [os.fstat(file.descriptor).st_size for file in reading.files]

    assert sizes == [file.distribution.size for file in reading.files]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reading.files[0].descriptor)


def test_what_is_judged_is_what_was_hashed(workspace: Path) -> None:
    """A file that somebody writes into all the time is judged by the bytes that have its hash, or not at all."""
    wheel = workspace / "dist" / WHEEL
    (workspace / "dist" / SDIST).unlink()
    public = wheel.read_bytes()
    build_wheel(workspace / "dist", "Acme.Utils", "1.0", classifiers=[PRIVATE])
    private = wheel.read_bytes()
    by_hash = {hashlib.sha256(data).hexdigest(): data is private for data in (public, private)}
    stop = threading.Event()

    def write() -> None:
        with wheel.open("r+b", buffering=0) as stream:
            while not stop.is_set():
                for data in (public, private):
                    os.pwrite(stream.fileno(), data, 0)
                    os.ftruncate(stream.fileno(), len(data))

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        judged = [read(workspace) for _ in range(300)]
        stop.set()
        writing.result()

    files = [file for reading in judged for file in reading.files]
    assert [
        file.distribution.file
        for file in files
        if bool(file.distribution.declared) != by_hash.get(file.distribution.sha256, bool(file.distribution.declared))
    ] == []
