"""The lines of `packages-dir`: what they give, what they take away, and what no line means."""

from pathlib import Path

import pytest

from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.errors import DistributionsInvalid, ExitStatus
from publish_action.models.finding import Severity
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from support.attestations_made import attest

WHEEL, SDIST = "acme_utils-1.0-py3-none-any.whl", "acme_utils-1.0.tar.gz"
MERGE = "`merge-multiple: true` in the step actions/download-artifact"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout whose `dist` holds a wheel and an sdist."""
    build_wheel(tmp_path / "dist", "Acme.Utils", "1.0")
    build_sdist(tmp_path / "dist", "Acme.Utils", "1.0")
    return tmp_path


@pytest.fixture
def unmerged(tmp_path: Path) -> Path:
    """A checkout in which two artifacts were downloaded into `dist` without merging them."""
    build_wheel(tmp_path / "dist" / "wheels", "Acme.Utils", "1.0")
    build_sdist(tmp_path / "dist" / "sdist", "Acme.Utils", "1.0")
    return tmp_path


def read(workspace: Path, *lines: str, project: str | None = None) -> OpenRelease:
    with read_distributions(workspace=workspace, packages_dir="\n".join(lines), project=project) as reading:
        return reading


def files_of(reading: OpenRelease) -> list[str]:
    return [file.distribution.file for file in reading.files]


def codes_of(reading: OpenRelease) -> list[str]:
    return [finding.code for finding in reading.findings]


def refuse(workspace: Path, *lines: str) -> tuple[str, str]:
    with pytest.raises(DistributionsInvalid) as caught:
        read(workspace, *lines)
    assert (caught.value.code, caught.value.status) == ("E_DIST_EMPTY", ExitStatus.DISTRIBUTIONS)
    return caught.value.happened, caught.value.remedy


EXCLUSIONS = {
    "a glob": ("dist/*", "!dist/*.tar.gz"),
    "after a folder": ("dist", "!dist/*.tar.gz"),
    "a file": ("dist", f"!dist/{SDIST}"),
    "another spelling of the folder": ("dist", "!./dist/../dist/*.tar.gz"),
    "white space": ("dist", "  ! dist/*.tar.gz  "),
    "any depth": ("dist", "!**/*.tar.gz"),
    "a base name": ("dist", "!*.tar.gz"),
    "through a linked folder": ("linked", "!linked/*.tar.gz"),
    "the folder behind a link": ("linked", "!dist/*.tar.gz"),
    "the link to a folder": ("dist", "!linked/*.tar.gz"),
    "by two lines": ("dist", "linked/*", "!linked/*.tar.gz"),
    "in between": ("dist/*.tar.gz", "!dist/*.tar.gz", "dist/*.whl"),
    "one line below": ("dist/*.tar.gz", "!dist", "dist/*.whl"),
}


@pytest.mark.parametrize("lines", EXCLUSIONS.values(), ids=EXCLUSIONS.keys())
def test_an_exclusion_takes_away_what_the_lines_above_it_gave(workspace: Path, lines: tuple[str, ...]) -> None:
    """What a line with `!` matches is not read, and its name is known."""
    (workspace / "linked").symlink_to("dist")

    reading = read(workspace, *lines)

    assert (files_of(reading), reading.excluded, reading.findings) == ([WHEEL], (SDIST,), ())


def test_an_absolute_exclusion_matches(workspace: Path) -> None:
    """A line with `!` may be absolute, also where the one above it is not."""
    assert files_of(read(workspace, "dist", f"!{workspace}/dist/*.tar.gz")) == [WHEEL]


def test_a_later_line_may_give_a_file_back(workspace: Path) -> None:
    """The last line that matches a file decides, as in a .gitignore."""
    reading = read(workspace, "dist", "!dist/*.tar.gz", f"dist/{SDIST}")

    assert (files_of(reading), reading.excluded) == ([WHEEL, SDIST], ())


def test_companions_go_where_their_distribution_goes(workspace: Path) -> None:
    """A signature or attestation of an excluded distribution is no stray."""
    (workspace / "dist" / f"{SDIST}.asc").write_bytes(b"signature")
    (workspace / "dist" / f"{SDIST}.publish.attestation").write_text(attest(SDIST, "0" * 64))

    reading = read(workspace, "dist", "!dist/*.tar.gz")

    assert (files_of(reading), reading.findings, reading.excluded) == ([WHEEL], (), (SDIST,))


UNUSED = {
    "nothing like it": (("dist", "!dist/*.zip"), "`!dist/*.zip` of `packages-dir` excludes nothing."),
    "another folder": (("dist", "!other/*.tar.gz"), "excludes nothing."),
    "too early": (("!dist/*.tar.gz", "dist"), f"Lines below it add '{SDIST}', which will be published."),
    "nothing written": (("dist", "!"), "`!` of `packages-dir` excludes nothing."),
    "other case": (("dist", "!dist/*.TAR.GZ"), "excludes nothing."),
}


@pytest.mark.parametrize(("lines", "message"), UNUSED.values(), ids=UNUSED.keys())
def test_an_exclusion_without_effect_is_a_warning(workspace: Path, lines: tuple[str, ...], message: str) -> None:
    """A line with `!` that takes nothing away is told, and the files are published."""
    reading = read(workspace, *lines)

    (finding,) = reading.findings
    assert (finding.severity, finding.code) == (Severity.WARNING, "W_EXCLUSION_UNUSED")
    assert finding.message.endswith(message)
    assert files_of(reading) == [WHEEL, SDIST]


def test_excluding_everything_leaves_nothing_to_publish(workspace: Path) -> None:
    """The message names what was taken away."""
    happened, _ = refuse(workspace, "dist", "!dist/*")

    assert f"took away {WHEEL}, {SDIST}" in happened


def test_exclusions_alone_are_nothing_to_publish(workspace: Path) -> None:
    """Without a line that gives files there is nothing to take any away from."""
    happened, _ = refuse(workspace, "!dist/*.tar.gz")

    assert happened == "`packages-dir` names no files: every line begins with `!`."


def test_many_stars_take_no_exponential_time(workspace: Path) -> None:
    """A line of many `**` is matched in a moment."""
    line = "!" + "**/a/" * 40 + "x"

    assert codes_of(read(workspace, "dist", line)) == ["W_EXCLUSION_UNUSED"]


NESTED = {
    "one folder": (("dist/linux",), "`dist/linux`"),
    "a folder of the same name": (("dist/dist",), "`dist/dist`"),
    "two folders": (("dist/linux", "dist/mac"), "`dist/*/*`"),
    "folders of different depth": (("dist/linux", "dist/a/b"), "`dist/**`"),
}


@pytest.mark.parametrize(("folders", "line"), NESTED.values(), ids=NESTED.keys())
@pytest.mark.parametrize("packages_dir", ["dist", "dist/*", "./dist/"])
def test_distributions_that_no_line_means_are_an_error(
    workspace: Path, packages_dir: str, folders: tuple[str, ...], line: str
) -> None:
    """A folder with distributions beside others would be left out in silence: the line to write is in the remedy."""
    for number, folder in enumerate(folders):
        build_wheel(workspace / folder, "Acme.Utils", "1.0", tag=f"cp31{number}-none-any")

    (finding,) = read(workspace, packages_dir).findings

    assert (finding.severity, finding.code) == (Severity.ERROR, "E_DIST_NESTED")
    assert all(repr(folder) in finding.message for folder in folders)
    assert f"add the line {line} to `packages-dir`" in finding.remedy
    assert MERGE in finding.remedy


def test_the_proposed_line_publishes_them(workspace: Path) -> None:
    """Following the remedy ends the error, whichever of its two lines is written."""
    build_wheel(workspace / "dist" / "linux", "Acme.Utils", "1.0", tag="cp311-none-any")

    given, left = read(workspace, "dist", "dist/linux"), read(workspace, "dist", "!dist/linux")

    assert (len(given.files), given.findings) == (3, ())
    assert (files_of(left), left.findings) == ([WHEEL, SDIST], ())


def test_hidden_folders_hold_nothing_to_publish(workspace: Path) -> None:
    """Wheels in a virtual environment below the folder are no part of a release."""
    build_wheel(workspace / ".venv" / "bundled", "pip", "1.0")

    assert read(workspace, ".", "dist").findings == ()


def test_nested_distributions_of_other_projects_are_left(workspace: Path) -> None:
    """With `project`, only this project's files can be missing from its release."""
    build_wheel(workspace / "dist" / "other", "other", "1.0")

    assert codes_of(read(workspace, "dist", project="acme-utils")) == []
    assert codes_of(read(workspace, "dist")) == ["E_DIST_NESTED"]


MEANT = ("dist/*/*", "dist/*/", "dist/**", "dist/**/*", "dist/wheels\ndist/sdist", "dist/[ws]*")


@pytest.mark.parametrize("line", MEANT)
def test_folders_that_a_line_means_are_read(unmerged: Path, line: str) -> None:
    """Globs go into folders, and may match folders."""
    reading = read(unmerged, *line.split("\n"))

    assert (files_of(reading), reading.findings) == ([WHEEL, SDIST], ())


@pytest.mark.parametrize("line", ["dist", "dist/*", "dist/*.whl"])
def test_an_empty_line_names_the_folders_below(unmerged: Path, line: str) -> None:
    """Where everything is one folder deeper, the line to write is told, and what merges the artifacts."""
    happened, remedy = refuse(unmerged, line)

    assert happened.startswith(f"There are no distributions in {unmerged}/{line}.")
    assert "add the line `dist/*/*` to `packages-dir`" in remedy
    assert MERGE in remedy


def test_a_missing_folder_names_where_distributions_are(unmerged: Path) -> None:
    """A mistyped folder is told together with the one that holds distributions."""
    happened, remedy = refuse(unmerged, "dits")

    assert happened == f"There is no {unmerged}/dits."
    assert "add the line `dist/*/*`" in remedy


FRUITLESS = {
    "a glob": ("dist/*.whl\ndist/*.tar\ndist/*.zip", ["dist/*.tar", "dist/*.zip"]),
    "a folder of notes": ("dist\nnotes", ["notes"]),
    "an empty folder": ("dist\nempty", ["empty"]),
    "a missing folder": ("dist\nmissing", ["missing"]),
}


@pytest.mark.parametrize(("lines", "named"), FRUITLESS.values(), ids=FRUITLESS.keys())
def test_every_line_that_gives_nothing_is_named(workspace: Path, lines: str, named: list[str]) -> None:
    """One line without distributions is half a release, however many others have some."""
    (workspace / "empty").mkdir()
    (workspace / "notes").mkdir()
    (workspace / "notes" / "README.md").touch()

    happened, _ = refuse(workspace, *lines.split("\n"))

    assert all(f"{workspace}/{name}." in happened for name in named)
    assert f"{workspace}/dist." not in happened
