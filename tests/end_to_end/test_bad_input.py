"""Bad input, end to end: one error of the right class, with outputs and summary, and nothing sent."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.http.faults import FOREVER, Answer
from support.program import POLICY_PATH, PROJECT, Program, Result


def assert_one_error(result: Result, *, status: int, code: str, says: str) -> None:
    assert (result.status, result.outputs["code"]) == (status, code), result.text
    assert len(result.errors) == 1, result.errors
    assert says in result.errors[0]
    assert result.outputs["published"] == "false"
    assert json.loads(result.outputs["plan"])["code"] == code
    assert result.summary.startswith("## ❌")


def build_nothing(program: Program) -> None:
    """Leave the folder empty."""


def remove_folder(program: Program) -> None:
    program.dist.rmdir()


def add_stray(program: Program) -> None:
    program.build()
    (program.dist / "acme-core-1.0.zip").write_bytes(b"PK")


def add_unreadable(program: Program) -> None:
    program.build()
    (program.dist / "acme_core-1.0-cp313-cp313-win32.whl").write_bytes(b"not a zip")


def add_other_project(program: Program) -> None:
    program.build()
    program.build(project="acme-tools")


def rename(program: Program) -> None:
    build_wheel(program.dist, PROJECT, "1.0", file_name="other-1.0-py3-none-any.whl")


def tag_other_metadata(program: Program) -> None:
    build_wheel(
        program.dist, PROJECT, "1.0", members={"acme_core/METADATA": "Metadata-Version: 2.1\nName: x\nVersion: 2\n"}
    )
    build_wheel(
        program.dist,
        PROJECT,
        "1.0",
        tag="cp313-cp313-win32",
        members=[("METADATA", "Metadata-Version: 2.1\nName: acme-core\nVersion: 1.0\n")],
        classifiers=("Private :: Do Not Upload",),
    )


@pytest.mark.parametrize(
    ("prepare", "code", "says"),
    [
        (build_nothing, "E_DIST_EMPTY", "/dist"),
        (remove_folder, "E_DIST_EMPTY", "/dist"),
        (add_stray, "E_DIST_STRAY", "acme-core-1.0.zip"),
        (add_unreadable, "E_ARCHIVE_INVALID", "acme_core-1.0-cp313-cp313-win32.whl"),
        (add_other_project, "E_DIST_MIXED_PROJECTS", "acme-core, acme-tools"),
        (rename, "E_DIST_NAME_MISMATCH", "other-1.0-py3-none-any.whl"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_distributions(program: Program, prepare: Callable[[Program], None], code: str, says: str) -> None:
    """Distributions that cannot be published are named, with exit status 4; nothing is sent to the index."""
    prepare(program)

    result = program.act()

    assert_one_error(result, status=4, code=code, says=says)
    assert program.pypi.connections == 0


def test_readers_that_differ_are_named_for_each_file(program: Program) -> None:
    """What a reader would take for the metadata is an error of its own for each file; the run ends with the first."""
    tag_other_metadata(program)

    result = program.act()

    assert (result.status, result.outputs["code"]) == (4, "E_METADATA_AMBIGUOUS")
    assert program.pypi.connections == 0
    first, second, last = result.errors
    assert "acme_core-1.0-cp313-cp313-win32.whl: publish-action reads" in first
    assert "acme_core-1.0-py3-none-any.whl: publish-action reads" in second
    assert first.split(":")[0] in last


def test_inputs_are_all_reported_at_once(program: Program) -> None:
    """A misspelt input, a bad boolean and an empty secret come in one error; GitHub is not even asked."""
    program.build()

    result = program.act(
        {"packges-dir": "x", "dry-run": "yes", "private-index-auth": "basic", "private-index-password": ""}
    )

    assert_one_error(result, status=2, code="E_INPUT", says="packages-dir")
    assert "dry-run" in result.errors[0]
    assert "private-index-password is empty" in result.errors[0]
    assert program.github.requests == []


def test_attestations_are_made_or_refused(program: Program) -> None:
    """`attestations: true` is refused where the index takes none, before it is even connected to."""
    program.build()

    result = program.act({"attestations": "true"})

    assert (result.status, result.outputs["error"]) == (2, "E_ATTESTATIONS_IMPOSSIBLE"), result.text
    assert "sigstore-trust-config" in result.errors[0]
    assert program.pypi.connections == 0


def test_bad_policy_names_line_and_key(program: Program) -> None:
    """An unknown key of the policy is named with its line, with exit status 2."""
    program.repository.files[POLICY_PATH] = f'[project."{PROJECT}"]\nindexes = ["pypi"]\nindxes = []\n'
    program.build()

    result = program.act()

    assert_one_error(result, status=2, code="E_POLICY_INVALID", says="indxes")
    assert "3" in result.errors[0]
    assert program.pypi.connections == 0


def test_unreachable_api_leaves_the_policy_unknown(program: Program) -> None:
    """An API that answers rubbish is no absent policy: exit status 7, nothing sent."""
    program.build()
    program.github.faults.add("/api/v3", Answer(status=502, body=b"<html>bad gateway"), times=FOREVER)

    result = program.act()

    assert_one_error(result, status=7, code="E_POLICY_UNAVAILABLE", says="502")
    assert program.pypi.connections == 0


def test_token_without_contents_permission_is_told_so(program: Program) -> None:
    """A job token that may not read contents gets the permission to add."""
    program.build()
    program.github.limited_tokens.add(program.github.token)

    assert_one_error(program.act(), status=7, code="E_POLICY_UNAVAILABLE", says="contents: read")


def test_job_without_id_token_permission_is_told_so(program: Program) -> None:
    """Without `id-token: write` the API still confirms the visibility, and the login reports what is missing."""
    program.build()

    result = program.act(id_token=False)

    assert (result.status, result.outputs["code"]) == (5, "OK_PUBLIC")
    assert "id-token: write" in result.errors[0]
    assert program.pypi.attempts == []


def test_unknown_publisher_is_told_what_to_register(program: Program) -> None:
    """A repository that the index does not know gets the claims to register, and nothing is sent."""
    program.build(project="acme-tools")
    program.repository = program.github.repository("octo/other")

    result = program.act()

    assert result.status == 5, result.text
    assert all(word in result.errors[0] for word in ("octo", "other", "release.yml", "invalid-publisher"))
    assert program.pypi.attempts == []


def test_wrong_password_is_named(program: Program) -> None:
    """A private index that does not take the login is exit status 5; the password is in no text."""
    program.repository.visibility = "private"
    program.build()

    result = program.act(
        {"private-index-url": program.private.upload_url, "private-index-password": "pypi-wrong-password"}
    )

    assert result.status == 5, result.text
    assert "private" in result.errors[0]
    assert "pypi-wrong-password" not in result.errors[0] + result.summary


def test_empty_secret_is_named(program: Program) -> None:
    """`${{ secrets.TYPO }}` arrives empty; the error names the input and the likely cause."""
    program.repository.visibility = "private"
    program.build()

    result = program.act(
        {
            "private-index-url": program.private.upload_url,
            "private-index-auth": "basic",
            "private-index-password": "",
        }
    )

    assert result.status == 5, result.text
    assert "`private-index-password` is empty" in result.errors[0]
    assert program.private.attempts == []


@pytest.mark.parametrize("page", [b"<html><title>Sign in</title>", b""], ids=["html", "nothing"])
def test_index_that_is_none(program: Program, page: bytes) -> None:
    """A login page that answers every upload with 200 publishes nothing, and the log says so."""
    program.repository.visibility = "private"
    program.build()
    program.private.faults.add(
        "/legacy/", Answer(status=200 if page else 404, content_type="text/html", body=page), times=FOREVER
    )

    result = program.act(program.private_inputs())

    assert result.status == 6, result.text
    assert program.private.uploads == []
    assert result.outputs["published"] == "false"


def test_index_that_speaks_no_http(program: Program) -> None:
    """A server that answers with something else than HTTP is out of reach: exit status 7."""
    program.repository.visibility = "private"
    program.build()

    with babbling_server() as port:
        result = program.act(
            {"private-index-url": f"http://127.0.0.1:{port}/upload/", "private-index-password": "s3cret-password"}
        )

    assert result.status == 7, result.text
    assert f"127.0.0.1:{port}" in result.errors[0] or "private" in result.errors[0]


@contextmanager
def babbling_server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_pull_requests_publish_nothing(program: Program, event: str) -> None:
    """A run for a pull request is refused whatever it asks for."""
    program.build()

    assert_one_error(program.act(event=event), status=3, code="E_TRIGGER", says=event)
    assert program.pypi.connections == 0


def test_pull_request_without_distributions_is_a_pull_request_first(program: Program) -> None:
    """The first row of the table decides: an empty folder does not hide what started the run."""
    result = program.act(event="pull_request")

    assert (result.status, result.outputs["code"]) == (3, "E_TRIGGER")
    nothing_there, ended = result.errors
    assert "There are no distributions" in nothing_there
    assert "E_DIST_EMPTY" in ended


def test_tag_of_another_version(program: Program) -> None:
    """A tag whose version is not the distributions' is exit status 4."""
    program.build()

    result = program.act(ref="refs/tags/v1.1")

    assert_one_error(result, status=4, code="E_TAG_MISMATCH", says="v1.1")
    assert program.pypi.connections == 0
