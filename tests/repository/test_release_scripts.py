"""The parts of a release that are scripts, run on scratch repositories: the commit, its tag, and the tag that moves."""

import shutil
from pathlib import Path

import pytest
import yaml

from support.scratch_git import Ended, ScratchRepository, make_repository
from support.workflows import ROOT

IMAGE = "ghcr.io/org/publish-action@sha256:" + "ab" * 32
OTHER_IMAGE = "ghcr.io/org/publish-action@sha256:" + "cd" * 32


@pytest.fixture
def checkout(tmp_path: Path) -> ScratchRepository:
    """A checkout of this project at version 1.2.3, whose remote `origin` has what it has."""
    made = make_repository(tmp_path / "checkout")
    (made.folder / "src" / "publish_action").mkdir(parents=True)
    (made.folder / "src" / "publish_action" / "__init__.py").write_text('"""Doc."""\n\n__version__ = "1.2.3"\n')
    shutil.copy(ROOT / "action.yml", made.folder)
    made.commit()
    made.git("clone", "--quiet", "--bare", ".", str(tmp_path / "remote"))
    made.git("remote", "add", "origin", str(tmp_path / "remote"))
    return made


def _script(checkout: ScratchRepository, name: str, *words: str) -> Ended:
    return checkout.run(str(ROOT / "ci" / name), *words)


def _tag_at_remote(checkout: ScratchRepository, tag: str) -> str:
    return checkout.git("ls-remote", "origin", f"refs/tags/{tag}").partition("\t")[0]


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("publish-action/v1.2.3", 0),
        ("publish-action/v1.2.4", 1),
        ("publish-action/1.2.3", 1),
        ("v1.2.3", 1),
        ("publish-action/v1.2", 1),
        ("publish-action/v1.2.3; true", 1),
    ],
)
def test_release_is_for_the_version_in_the_code(checkout: ScratchRepository, tag: str, status: int) -> None:
    """A release is asked for by one form of tag, and is refused where the code has another version."""
    ended = _script(checkout, "release-version", tag)

    assert (ended.exit_status, ended.out) == (status, "1.2.3\n" if status == 0 else "")


def test_release_commit_names_the_image_by_its_digest(checkout: ScratchRepository) -> None:
    """The release differs from its source in one line: action.yml runs the image with that digest."""
    source = checkout.git("rev-parse", "HEAD")
    before = yaml.safe_load((checkout.folder / "action.yml").read_text())

    ended = _script(checkout, "release-commit", IMAGE, "1.2.3")

    assert ended.exit_status == 0, ended.err
    commit = ended.out.strip()
    after = yaml.safe_load(checkout.git("show", f"{commit}:action.yml"))
    assert after == {**before, "runs": {"using": "docker", "image": f"docker://{IMAGE}"}}
    assert checkout.git("diff", "--numstat", source, commit) == "1\t1\taction.yml"
    assert checkout.git("rev-parse", f"{commit}^") == source
    # A lightweight tag: what users pin is the commit, not an object that points to it.
    assert checkout.git("rev-parse", "refs/tags/v1.2.3") == commit


def test_same_image_gives_the_same_commit(checkout: ScratchRepository) -> None:
    """A job that is run again makes the commit that is there already."""
    first = _script(checkout, "release-commit", IMAGE, "1.2.3").out
    checkout.git("reset", "--quiet", "--hard", "HEAD^")
    checkout.git("tag", "--delete", "v1.2.3")

    again = _script(checkout, "release-commit", IMAGE, "1.2.3").out

    assert first == again != ""


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ghcr.io/org/publish-action:v1.2.3", "1.2.3"),
        ("ghcr.io/org/publish-action@sha256:abc", "1.2.3"),
        ("ghcr.io/org/publish-action@", "1.2.3"),
        (IMAGE + "\n  post-entrypoint: x", "1.2.3"),
        (IMAGE, "1.2"),
        (IMAGE, ""),
    ],
)
def test_release_commit_wants_a_digest_and_a_version(checkout: ScratchRepository, image: str, version: str) -> None:
    """An image by a tag, half a digest or no version makes no commit."""
    before = checkout.git("rev-parse", "HEAD")

    ended = _script(checkout, "release-commit", image, version)

    assert ended.exit_status == 1
    assert checkout.git("rev-parse", "HEAD") == before
    assert checkout.git("status", "--porcelain") == ""


def test_release_commit_wants_a_clean_checkout(checkout: ScratchRepository) -> None:
    """What is not committed is not released."""
    (checkout.folder / "src" / "publish_action" / "__init__.py").write_text("changed\n")

    ended = _script(checkout, "release-commit", IMAGE, "1.2.3")

    assert ended.exit_status == 1
    assert "not committed" in ended.err


def test_release_is_not_made_of_a_release(checkout: ScratchRepository) -> None:
    """A checkout whose action.yml names an image already is refused."""
    _script(checkout, "release-commit", IMAGE, "1.2.3")

    assert _script(checkout, "release-commit", OTHER_IMAGE, "1.2.4").exit_status == 1


def test_release_tag_is_pushed_once(checkout: ScratchRepository) -> None:
    """The tag reaches the remote; a job that is run again finds it there, and is content."""
    commit = _script(checkout, "release-commit", IMAGE, "1.2.3").out.strip()

    pushed = _script(checkout, "push-release-tag", "origin", "v1.2.3")
    again = _script(checkout, "push-release-tag", "origin", "v1.2.3")

    assert (pushed.exit_status, again.exit_status) == (0, 0)
    assert _tag_at_remote(checkout, "v1.2.3") == commit


def test_release_tag_never_moves(checkout: ScratchRepository) -> None:
    """A tag that is at another commit stays there, and the release stops."""
    first = _script(checkout, "release-commit", IMAGE, "1.2.3").out.strip()
    _script(checkout, "push-release-tag", "origin", "v1.2.3")
    checkout.git("reset", "--quiet", "--hard", "HEAD^")
    checkout.git("tag", "--delete", "v1.2.3")
    _script(checkout, "release-commit", OTHER_IMAGE, "1.2.3")

    ended = _script(checkout, "push-release-tag", "origin", "v1.2.3")

    assert ended.exit_status == 1
    assert "stays there" in ended.err
    assert _tag_at_remote(checkout, "v1.2.3") == first


def test_release_tag_must_exist(checkout: ScratchRepository) -> None:
    """A tag that was not made is not pushed."""
    assert _script(checkout, "push-release-tag", "origin", "v9.9.9").exit_status != 0


def _release(checkout: ScratchRepository, *tags: str) -> None:
    for tag in tags:
        checkout.commit()
        checkout.git("tag", tag)
        checkout.git("push", "--quiet", "origin", tag)


def test_major_tag_is_made_and_moves_forward(checkout: ScratchRepository) -> None:
    """`v1` follows the newest release of its major version."""
    _release(checkout, "v1.2.3")
    first = _script(checkout, "move-major-tag", "origin", "v1.2.3")
    _release(checkout, "v1.10.0")
    second = _script(checkout, "move-major-tag", "origin", "v1.10.0")

    assert (first.exit_status, second.exit_status) == (0, 0), first.err + second.err
    assert _tag_at_remote(checkout, "v1") == _tag_at_remote(checkout, "v1.10.0")


@pytest.mark.parametrize(
    "later",
    [
        pytest.param("v1.2.10", id="an older line's patch"),
        pytest.param("v1.11.0rc1", id="a pre-release"),
    ],
)
def test_major_tag_stays_at_the_newest_release(checkout: ScratchRepository, later: str) -> None:
    """Neither a patch of an older line nor a pre-release takes users of `v1` elsewhere."""
    _release(checkout, "v1.10.0")
    _script(checkout, "move-major-tag", "origin", "v1.10.0")
    _release(checkout, later)

    ended = _script(checkout, "move-major-tag", "origin", later)

    assert ended.exit_status == 0
    assert "stays" in ended.out
    assert _tag_at_remote(checkout, "v1") == _tag_at_remote(checkout, "v1.10.0")


def test_major_tag_of_another_version_stays(checkout: ScratchRepository) -> None:
    """A release of version 2 moves `v2` alone."""
    _release(checkout, "v1.2.3", "v2.0.0")
    _script(checkout, "move-major-tag", "origin", "v1.2.3")

    _script(checkout, "move-major-tag", "origin", "v2.0.0")

    assert _tag_at_remote(checkout, "v1") == _tag_at_remote(checkout, "v1.2.3")
    assert _tag_at_remote(checkout, "v2") == _tag_at_remote(checkout, "v2.0.0")


def test_major_tag_wants_a_release_that_is_there(checkout: ScratchRepository) -> None:
    """Nothing moves to a release that the remote does not have."""
    checkout.git("tag", "v1.2.3")

    ended = _script(checkout, "move-major-tag", "origin", "v1.2.3")

    assert ended.exit_status == 1
    assert _tag_at_remote(checkout, "v1") == ""
