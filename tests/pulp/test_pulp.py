"""Whole runs against a real Pulp: answers come before the file is stored, and its read side has two places."""

import hashlib
import json
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_wheel
from pulp.server import Pulp
from support.attestations_made import attest
from support.program import Program, Result

pytestmark = pytest.mark.pulp

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"


@pytest.fixture(scope="session")
def pulp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulp]:
    """Return a Pulp; `make test-pulp` sets the path of its programs."""
    with Pulp(tmp_path_factory.mktemp("pulp"), Path(os.environ["PUBLISH_ACTION_PULP"])) as server:
        yield server


@pytest.fixture
def program(program: Program) -> Program:
    """Give a private repository with a release."""
    program.repository.visibility = "private"
    program.build()
    return program


def inputs(upload_url: str, **changes: str) -> dict[str, str]:
    given = {
        "private-index-url": upload_url,
        "private-index-username": Pulp.username,
        "private-index-password": Pulp.password,
        "wait-timeout": "120",
    }
    return {**given, **{name.replace("_", "-"): value for name, value in changes.items()}}


def outcomes(result: Result) -> dict[str, str]:
    return {row["file"]: row["outcome"] for row in json.loads(result.outputs["files"])}


def page(pulp: Pulp, upload_url: str) -> list[dict[str, object]]:
    """Return the files that Pulp lists."""
    path = urllib.parse.urlsplit(upload_url).path.replace("/legacy/", "/simple/acme-core/")
    status, body = pulp.get(path, "application/vnd.pypi.simple.v1+json")
    files: list[dict[str, object]] = json.loads(body)["files"] if status == 200 else []
    return files


def test_publish_repeat_conflict(program: Program, pulp: Pulp) -> None:
    """A release that Pulp takes with 202 is waited for; again nothing is sent; a conflict is told."""
    url = pulp.add_index("plain")

    first, again = program.act(inputs(url)), program.act(inputs(url))
    program.build(classifiers=("Topic :: Utilities",))
    conflict = program.act(inputs(url))

    assert (first.status, first.outputs["served"]) == (0, "true"), first.text
    assert outcomes(first) == {WHEEL: "uploaded", SDIST: "uploaded"}
    assert (again.status, outcomes(again)) == (0, {WHEEL: "already-there", SDIST: "already-there"}), again.text
    assert (conflict.status, outcomes(conflict)) == (6, {WHEEL: "not-tried", SDIST: "not-tried"}), conflict.text


def test_no_from_pulp_is_settled_by_the_hash(program: Program, pulp: Pulp) -> None:
    """Pulp's 400 for a file that it has is told in its words where its read side cannot be looked at."""
    url = pulp.add_index("elsewhere")
    program.act(inputs(url))

    # Another index's read side: it has nothing, so Pulp is asked to take the file, and refuses.
    other = pulp.add_index("other").replace("/legacy/", "/simple/")
    result = program.act(inputs(url, private_index_check_url=other))

    assert result.status == 6, result.text
    assert "already exists in index" in result.errors[0]


def test_wrong_password_and_pypis_user_name(program: Program, pulp: Pulp) -> None:
    """A refused login ends in exit status 5, and the remedy says which user name Pulp wants."""
    url = pulp.add_index("locked")

    result = program.act(inputs(url, private_index_username="__token__"))

    assert result.status == 5, result.text
    assert "For Pulp the user name is your own" in result.text


def test_upload_url_without_its_slash_is_told(program: Program, pulp: Pulp) -> None:
    """Pulp redirects an upload without the final slash; it is not followed, and the remedy is the slash."""
    url = pulp.add_index("slash")

    result = program.act(inputs(url.rstrip("/")))

    assert result.status == 6, result.text
    assert f"Write {url} in `private-index-url`" in result.text
    assert page(pulp, url) == []


def test_published_pages_on_another_host_are_not_followed(program: Program, pulp: Pulp) -> None:
    """With `autopublish` Pulp sends readers to its content server: a warning says so, and Pulp keeps what it has."""
    url = pulp.add_index("auto", autopublish=True)
    first = program.act(inputs(url, wait_until_served="false"))
    pulp.wait_until_idle()

    again = program.act(inputs(url))

    assert (first.status, again.status) == (0, 6), again.text
    assert "already exists in index" in again.errors[0]
    assert any("which is not followed" in command.data for command in again.commands if command.name == "warning")


def test_attestations_stay_here(program: Program, pulp: Pulp) -> None:
    """Attestations beside the files of a private project are not sent, though Pulp would take them (PEP 740)."""
    url = pulp.add_index("quiet")
    sha256 = hashlib.sha256((program.dist / WHEEL).read_bytes()).hexdigest()
    (program.dist / f"{WHEEL}.publish.attestation").write_text(attest(WHEEL, sha256))

    result = program.act(inputs(url))

    assert result.status == 0, result.text
    assert [entry.get("provenance") for entry in page(pulp, url)] == [None, None]


def test_attestations_are_judged_by_pulp(pulp: Pulp, tmp_path: Path) -> None:
    """Pulp refuses attestations that are none: what it serves as provenance was verified (PEP 740)."""
    url = pulp.add_index("judged")
    wheel = build_wheel(tmp_path, "acme-core", "1.0")

    status, body = pulp.upload(url, wheel, attestations='[{"version": 1}]')

    assert status == 400
    assert b"attestations" in body
