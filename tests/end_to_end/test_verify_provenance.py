"""`verify` and provenance: who published the files that are here, by real signatures that an index serves."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publish_sandbox.clock import SettableClock
from publish_sandbox.http.faults import FOREVER, Answer
from publish_sandbox.sigstore.server import LocalSigstore
from support.program import PROJECT, TRUST_CONFIG, Program, Result
from support.sigstore_clients import Signing

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"
SIGN = {"sigstore-trust-config": TRUST_CONFIG}
TRUST = ("--sigstore-trust-config", TRUST_CONFIG)
OURS = "octo/demo"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Program]:
    """A Sigstore, an index that verifies with it, and two files that are not published."""
    with ExitStack() as stack:
        program = Program.start_with_sigstore(tmp_path, stack)
        program.build()
        yield program


@pytest.fixture
def published(empty: Program) -> Program:
    """The same after a run that signed both files."""
    result = empty.act(SIGN)
    assert result.status == 0, result.text
    empty.github.requests.clear()
    empty.pypi.requests.clear()
    return empty


def verify(program: Program, publisher: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user of the package does: without any variable of GitHub's."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    options = ("--index", "pypi", "--attested-by", publisher, "--public-index-url", program.pypi.upload_url, *TRUST)
    return subprocess.run(
        [sys.executable, "-m", "publish_action", "verify", *options, *arguments],
        cwd=program.folder / "workspace",
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def serve(program: Program, *texts: str) -> None:
    """Let the index serve these attestations as the provenance of the wheel."""
    bundle = {"publisher": None, "attestations": [json.loads(text) for text in texts]}
    body = json.dumps({"version": 1, "attestation_bundles": [bundle]}).encode()
    answer_for_wheel(program, Answer(status=200, body=body))


def answer_for_wheel(program: Program, answer: Answer) -> None:
    program.pypi.faults.add(f"/integrity/{PROJECT}/1.0/{WHEEL}", answer, times=FOREVER)


def attest(program: Program, sha256: str, *, repository: str = OURS) -> str:
    """Return an attestation of the wheel's name and this hash."""
    sigstore = program.sigstore
    assert isinstance(sigstore, LocalSigstore)
    assert isinstance(sigstore.clock, SettableClock)
    signing = Signing(github=program.github, sigstore=sigstore, clock=sigstore.clock)
    return signing.attest(WHEEL, sha256, repository=repository)


def wheel_hash(program: Program) -> str:
    return hashlib.sha256((program.dist / WHEEL).read_bytes()).hexdigest()


@pytest.mark.parametrize("publisher", [OURS, f"{OURS}:release.yml"])
def test_publisher_of_every_file_is_proved_without_github(published: Program, publisher: str) -> None:
    """One page and one provenance a file prove it; GitHub and Sigstore are not asked."""
    assert published.sigstore is not None
    asked = len(published.sigstore.requests)

    done = verify(published, publisher)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("served and verified, signed by octo/demo") == 2
    assert done.stdout.count("/api/v1/log/entries?logIndex=") == 2
    assert [seen.path.split("/")[1] for seen in published.pypi.requests] == ["simple", "integrity", "integrity"]
    assert published.github.requests == []
    assert len(published.sigstore.requests) == asked


def test_files_are_named_as_arguments(published: Program) -> None:
    """Only the files that are named are asked for."""
    done = verify(published, OURS, f"dist/{WHEEL}")

    assert done.returncode == 0, done.stderr
    assert WHEEL in done.stdout
    assert SDIST not in done.stdout


@pytest.mark.parametrize("publisher", ["octo/other", "mallory/demo", f"{OURS}:other.yml"])
def test_another_publisher_is_refused(published: Program, publisher: str) -> None:
    """Neither another repository nor another workflow of the same one will do; both identities are shown."""
    done = verify(published, publisher)

    assert done.returncode == 6, done.stdout
    assert done.stderr.count("another repository or workflow signed it") >= 2
    assert "https://github.com/octo/demo/.github/workflows/release.yml" in done.stderr
    assert "E_INDEX_REFUSED" in done.stderr


def test_attestation_of_other_bytes_is_refused(published: Program) -> None:
    """An attestation by the right publisher, of another build under the same name, proves nothing."""
    serve(published, attest(published, "5" * 64))

    done = verify(published, OURS)

    assert done.returncode == 6, done.stdout
    assert f"{WHEEL}: served, not verified: it is about other bytes" in done.stderr


def test_one_bad_attestation_beside_a_good_one_is_refused(published: Program) -> None:
    """Every attestation that is served has to hold."""
    digest = wheel_hash(published)
    serve(published, attest(published, digest), attest(published, digest, repository="mallory/demo"))

    done = verify(published, OURS)

    assert done.returncode == 6, done.stdout
    assert f"{WHEEL}: served, not verified: another repository" in done.stderr


def test_other_files_than_are_served_are_refused(published: Program) -> None:
    """A file that was built again is not the published one, and its provenance is not asked for."""
    published.build(classifiers=("Topic :: Utilities",))

    done = verify(published, OURS)

    assert done.returncode == 6, done.stdout
    assert done.stderr.count("is there with other bytes") == 2
    assert [seen.path for seen in published.pypi.requests if "integrity" in seen.path] == []


def test_files_without_provenance_are_refused(empty: Program) -> None:
    """A release without attestations proves nobody."""
    assert empty.act({"attestations": "false"}).status == 0

    done = verify(empty, OURS)

    assert done.returncode == 6, done.stdout
    assert f"{WHEEL}: none on the index" in done.stderr
    assert f"{SDIST}: none on the index" in done.stderr


@pytest.mark.parametrize("answer", [Answer(status=503), Answer(status=200, body=b"{}")], ids=["503", "no-provenance"])
def test_index_that_does_not_answer_is_no_proof(published: Program, answer: Answer) -> None:
    """What is not known is not proved, and is told apart from a refusal."""
    answer_for_wheel(published, answer)

    done = verify(published, OURS)

    assert done.returncode == 7, done.stdout
    assert f"{WHEEL}: not known" in done.stderr
    assert "E_INDEX_UNREACHABLE" in done.stderr


def test_file_that_cannot_be_read_is_refused(published: Program) -> None:
    """A file is never left out of the answer."""
    (published.dist / "acme_core-1.0-py3-none-macosx_11_0_arm64.whl").write_bytes(b"no archive")

    done = verify(published, OURS)

    assert done.returncode == 4, done.stdout
    assert "macosx_11_0_arm64" in done.stderr
    assert published.pypi.requests == []


def test_files_of_two_releases_are_refused(published: Program) -> None:
    """One page answers for one release: two versions, as in a folder that was not emptied, are told apart first."""
    published.build(version="2.0")

    done = verify(published, OURS)

    assert done.returncode == 4, done.stdout
    assert "2.0" in done.stderr
    assert published.pypi.requests == []


@pytest.mark.parametrize("publisher", ["", "demo", "octo/demo:", "octo/demo:a/b.yml", "https://github.com/octo/demo"])
def test_malformed_publisher_is_told(empty: Program, publisher: str) -> None:
    """An empty publisher, such as of a variable without a value, demands no less."""
    done = verify(empty, publisher)

    assert done.returncode == 2, done.stdout
    assert "--attested-by is not of the form" in done.stderr
    assert empty.pypi.requests == []


def test_private_index_is_not_asked(empty: Program) -> None:
    """No login goes with the questions, so only a public index can be named."""
    done = verify(empty, OURS, "--index", "private", "--private-index-url", empty.private.upload_url)

    assert done.returncode == 2, done.stdout
    assert empty.private.requests == []


def command(program: Program, *arguments: str) -> Result:
    return program.command("verify", *arguments)


def test_verify_in_a_workflow_tells_the_provenance(published: Program) -> None:
    """With GitHub the publisher is this repository, and each file has its line."""
    result = command(published, *TRUST)

    assert result.status == 0, result.text
    assert result.text.count("served and verified, signed by octo/demo (") == 2


def test_verify_in_a_workflow_warns_of_others_attestations(published: Program) -> None:
    """Provenance is told and decides nothing where nobody demanded it."""
    serve(published, attest(published, wheel_hash(published), repository="mallory/demo"))

    result = command(published, *TRUST)

    assert result.status == 0, result.text
    assert [one.name for one in result.commands if "another repository or workflow" in one.data] == ["warning"]


def test_verify_asks_no_index_that_has_no_provenance(published: Program) -> None:
    """A local index has an integrity API only for those who name its Sigstore."""
    result = command(published)

    assert result.status == 0, result.text
    assert [seen.path for seen in published.pypi.requests if "integrity" in seen.path] == []
