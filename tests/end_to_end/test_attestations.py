"""Attestations, end to end: signed with real signatures before the first byte, verified by the index and after it."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from publish_action.attestations.attestation import PUBLISH
from publish_action.untrusted.text import escape_markdown
from publish_sandbox.clock import SettableClock
from publish_sandbox.http.faults import FOREVER, Answer, Rewrite
from publish_sandbox.pypi.attestations import Attested
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.sigstore.server import CERTIFICATES, ENTRIES, LocalSigstore, Misbehaviour
from publish_sandbox.sigstore.verifier import SigstoreVerifier
from support.program import POLICY_PATH, PROJECT, TRUST_CONFIG, Program, Result
from support.sigstore_clients import Signing

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"
REQUESTS_WITHOUT = 8
SIGN = {"sigstore-trust-config": TRUST_CONFIG}


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Program]:
    with ExitStack() as stack:
        yield Program.start_with_sigstore(tmp_path, stack)


def sigstore_of(program: Program) -> LocalSigstore:
    assert program.sigstore is not None
    return program.sigstore


def attested(program: Program) -> dict[str, int]:
    """Give how many attestations the index stores for each file."""
    files = [file for project in program.pypi.projects.values() for file in project.files]
    return {file.file_name: len(json.loads(file.attestations or "[]")) for file in files}


def files_of(result: Result) -> dict[str, dict[str, object]]:
    return {row["file"]: row for row in json.loads(result.outputs["files"])}


def test_public_release_is_signed_and_proved(signing: Program) -> None:
    """Each file goes with an attestation that the index verifies; outputs and summary link each log entry."""
    signing.build()

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert (result.outputs["attestations"], result.outputs["attestations-count"]) == ("signed", "2")
    assert attested(signing) == {WHEEL: 1, SDIST: 1}
    assert len(sigstore_of(signing).log.bodies) == 2
    entries = [row["attestation"] for row in files_of(result).values()]
    for entry in entries:
        assert isinstance(entry, dict)
        assert entry["predicate"] == PUBLISH
        assert entry["log_url"] in result.summary
        assert str(entry["log_index"]) in str(entry["log_url"])
    assert result.summary.count("served and verified") == 2
    assert "signed as octo/demo, workflow release.yml" in result.text


def digest_of(program: Program, file: str) -> str:
    return hashlib.sha256((program.dist / file).read_bytes()).hexdigest()


def lay_beside(program: Program, file: str, *, by: str = "octo/demo", sigstore: LocalSigstore | None = None) -> None:
    """Lay an attestation beside a file, signed with real libraries by a job of the repository `by`."""
    local = sigstore or sigstore_of(program)
    signing = Signing(github=program.github, sigstore=local, clock=local_clock(local))
    text = signing.attest(file, digest_of(program, file), repository=by)
    (program.dist / f"{file}.publish.attestation").write_text(text)


def local_clock(sigstore: LocalSigstore) -> SettableClock:
    assert isinstance(sigstore.clock, SettableClock)
    return sigstore.clock


def assert_nothing_sent(program: Program, result: Result, *, status: int, error: str) -> None:
    assert (result.status, result.outputs["error"]) == (status, error), result.text
    assert "Nothing was sent." in result.text
    assert program.pypi.attempts == []
    assert result.outputs["attestations-count"] == "0"
    assert all(row["attestation"] is None for row in files_of(result).values())


def test_second_run_signs_nothing_and_tells_what_the_index_has(signing: Program) -> None:
    """Files that are there keep their attestations: no log entry is made for them, and the summary tells of each."""
    signing.build()
    signing.act(SIGN)
    asked = len(sigstore_of(signing).requests)

    again = signing.act(SIGN)

    assert again.status == 0, again.text
    assert len(sigstore_of(signing).requests) == asked
    assert (again.outputs["attestations"], again.outputs["attestations-count"]) == ("none", "0")
    assert again.summary.count("on the index, [log entry") == 2
    assert again.summary.count("served and verified") == 2
    assert all(row["attestation"] for row in files_of(again).values())


def test_run_after_half_of_the_files_attests_the_rest(signing: Program) -> None:
    """A run that ended between the files is finished by the next: every file is attested, each signed once there."""
    signing.build()
    signing.pypi.faults.add("/legacy/", Answer(status=403, body=b"not now"), times=FOREVER, file=SDIST)
    first = signing.act(SIGN)
    assert first.status == 6, first.text
    assert attested(signing) == {WHEEL: 1}
    assert (first.outputs["attestations"], first.outputs["attestations-count"]) == ("signed", "1")
    assert [file for file, row in files_of(first).items() if row["attestation"]] == [WHEEL]
    signing.pypi.faults.clear()

    second = signing.act(SIGN)

    assert second.status == 0, second.text
    assert attested(signing) == {WHEEL: 1, SDIST: 1}
    assert len(sigstore_of(signing).log.bodies) == 3
    assert (second.outputs["attestations"], second.outputs["attestations-count"]) == ("signed", "1")
    assert second.summary.count("served and verified") == 2


def test_two_shards_at_once_end_with_every_file_attested(signing: Program) -> None:
    """Two jobs that publish a part of the release each, at the same time, leave no file without an attestation."""
    signing.build()
    shards = {"one": f"dist/{WHEEL}", "two": f"dist/{SDIST}"}

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda lines: signing.act({**SIGN, "packages-dir": lines}), shards.values()))

    assert [result.status for result in results] == [0, 0], [result.text for result in results]
    assert attested(signing) == {WHEEL: 1, SDIST: 1}
    assert len(sigstore_of(signing).log.bodies) == 2


def test_attestations_beside_the_files_are_passed_on(signing: Program) -> None:
    """What this repository's workflow signed before goes with the files; the log gets no second entry."""
    signing.build()
    lay_beside(signing, WHEEL)
    lay_beside(signing, SDIST)

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert (result.outputs["attestations"], result.outputs["attestations-count"]) == ("passed-on", "2")
    assert attested(signing) == {WHEEL: 1, SDIST: 1}
    assert len(sigstore_of(signing).log.bodies) == 2
    assert result.summary.count("served and verified") == 2


def test_only_files_without_one_are_signed(signing: Program) -> None:
    """Beside one file lies an attestation: the other one is signed."""
    signing.build()
    lay_beside(signing, WHEEL)

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert (result.outputs["attestations"], result.outputs["attestations-count"]) == ("signed", "2")
    assert attested(signing) == {WHEEL: 1, SDIST: 1}
    assert len(sigstore_of(signing).log.bodies) == 2


def test_attestation_of_a_stranger_refuses(signing: Program) -> None:
    """An attestation that another repository signed is refused before the index is even asked."""
    signing.build()
    lay_beside(signing, WHEEL, by="mallory/demo")

    result = signing.act(SIGN)

    assert (result.status, result.outputs["error"]) == (4, "E_ATTESTATION_FOREIGN"), result.text
    assert "mallory/demo" in result.errors[0]
    assert "octo/demo" in result.errors[0]
    assert signing.pypi.connections == 0


def test_attestation_of_another_sigstore_refuses(signing: Program) -> None:
    """An attestation that the Sigstore in use does not vouch for is refused before the index is even asked."""
    signing.build()
    with LocalSigstore(issuer=signing.github.issuer) as other:
        lay_beside(signing, WHEEL, sigstore=other)

    result = signing.act(SIGN)

    assert (result.status, result.outputs["error"]) == (4, "E_ATTESTATION_UNVERIFIED"), result.text
    assert signing.pypi.connections == 0


def test_attestation_of_an_earlier_build_refuses(signing: Program) -> None:
    """An attestation for other bytes under the file's name is refused before the index is even asked."""
    signing.build()
    lay_beside(signing, WHEEL)
    signing.build(classifiers=("Topic :: Utilities",))

    result = signing.act(SIGN)

    assert (result.status, result.outputs["error"]) == (4, "E_ATTESTATION_MISMATCH"), result.text
    assert signing.pypi.connections == 0


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"attestations": "false"}, "off: the input attestations is false"),
        ({}, "off: a local index takes attestations by sigstore-trust-config alone"),
    ],
)
def test_reason_for_no_attestations_is_told(program: Program, inputs: dict[str, str], says: str) -> None:
    """Log and summary say why attestations are off; the output says that they are."""
    program.build()

    result = program.act(inputs)

    assert result.status == 0, result.text
    assert says in result.text
    assert f"Attestations: {escape_markdown(says)}" in result.summary
    assert (result.outputs["attestations"], result.outputs["attestations-count"]) == ("off", "0")


def test_token_and_private_index_and_grant_have_their_own_reasons(signing: Program) -> None:
    """An API token, a private index, and a grant each turn attestations off, and nothing reaches Sigstore."""
    signing.build()
    by_token = signing.act({**SIGN, "public-index-token": signing.pypi.api_token("ci", PROJECT)})
    private = signing.act({**SIGN, **signing.private_inputs(), "index": "private"})
    signing.repository.visibility = "private"
    signing.repository.files[POLICY_PATH] = (
        f'[project."{PROJECT}"]\nindexes = ["pypi"]\nallow-public-from-nonpublic = true\n'
        'environment = "pypi-release"\nsdist = true\nreason = "customers"\n'
    )
    granted = signing.act(SIGN, environment="pypi-release")

    assert "this run uses a token or a password" in by_token.summary
    assert "the index is private" in private.summary
    assert granted.outputs["code"] == "OK_PUBLIC_BY_GRANT", granted.text
    assert "the repository is not public" in granted.summary
    assert {result.outputs["attestations"] for result in (by_token, private, granted)} == {"off"}
    assert sigstore_of(signing).requests == []


def test_demanded_attestations_that_are_impossible_refuse(signing: Program) -> None:
    """`attestations: true` with a token is refused with status 2, before the index is even asked."""
    signing.build()

    result = signing.act({**SIGN, "attestations": "true", "public-index-token": "pypi-x"})

    assert (result.status, result.outputs["error"]) == (2, "E_ATTESTATIONS_IMPOSSIBLE"), result.text
    assert signing.pypi.connections == 0


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (Answer(status=401, body=b"no"), 5, "E_SIGSTORE_REFUSED"),
        (Answer(status=200, body=b"<html>"), 7, "E_SIGSTORE_UNREACHABLE"),
    ],
)
def test_sigstore_that_does_not_sign_ends_the_run_before_the_first_byte(
    signing: Program, fault: Answer, status: int, error: str
) -> None:
    """Attestations cannot be added to a file that is up: nothing is sent, and the remedy names the way on."""
    signing.build()
    sigstore_of(signing).faults.add(CERTIFICATES, fault, times=FOREVER)

    result = signing.act(SIGN)

    assert_nothing_sent(signing, result, status=status, error=error)
    assert "attestations: false" in result.text or "proxy" in result.text
    assert set(signing.pypi.burnt) == {token.token for token in signing.pypi.minted}


def test_log_that_fails_for_one_file_ends_the_run_before_the_first_byte(signing: Program) -> None:
    """A release is attested whole or not begun."""
    signing.build()
    sigstore_of(signing).faults.add(ENTRIES, Answer(status=400, body=b"no"), times=FOREVER, after=1)

    assert_nothing_sent(signing, signing.act(SIGN), status=7, error="E_SIGSTORE_UNREACHABLE")


def test_entry_that_does_not_verify_ends_the_run_before_the_first_byte(signing: Program) -> None:
    """What the trust root does not vouch for never leaves."""
    signing.build()
    sigstore_of(signing).misbehaviours.add(Misbehaviour.FOREIGN_LOG_KEY)

    assert_nothing_sent(signing, signing.act(SIGN), status=7, error="E_SIGSTORE_UNTRUSTED")


def test_repository_that_turned_private_leaves_no_trace_in_the_log(signing: Program) -> None:
    """Signing begins after the second reading of the visibility: a public log keeps what it gets."""
    signing.build()

    def change(answer: Answer) -> Answer:
        signing.repository.visibility = "private"
        return answer

    signing.pypi.faults.add("/simple/", Rewrite(change))

    result = signing.act(SIGN)

    assert (result.status, result.outputs["error"]) == (3, "E_VISIBILITY_CHANGED"), result.text
    assert sigstore_of(signing).requests == []


def test_unusable_trust_configuration_is_told(signing: Program) -> None:
    """A file that is not there, and one that is no configuration, have status 2 and nothing is sent."""
    signing.build()
    (signing.folder / "workspace" / "bad.json").write_text("{}")
    (signing.folder / "workspace" / "long.json").write_text(sigstore_of(signing).trust_config() + " " * (1 << 20))

    for path in ("missing.json", "bad.json", "long.json"):
        result = signing.act({"sigstore-trust-config": path})
        assert (result.status, result.outputs["error"]) == (2, "E_TRUST_CONFIG"), result.text
    assert signing.pypi.attempts == []


def test_refusal_for_the_attestation_shows_both_identities(tmp_path: Path) -> None:
    """An index that does not accept the attestation is quoted, with who signed and who was expected."""
    with ExitStack() as stack:
        program = Program.start_with_sigstore(tmp_path, stack)
        other = stack.enter_context(LocalSigstore(issuer=program.github.issuer))
        verifier = SigstoreVerifier(other.trust_config())
        program.pypi = stack.enter_context(LocalPyPI(issuer=program.github.issuer, attestation_verifier=verifier))
        program.pypi.trust(PROJECT, "octo", "demo", "release.yml")
        program.build()

        result = program.act(SIGN)

    assert (result.status, result.outputs["error"]) == (6, "E_ATTESTATION_REJECTED"), result.text
    assert "Invalid attestations supplied during upload" in result.errors[0]
    assert "signed by https://github.com/octo/demo/.github/workflows/release.yml@" in result.errors[0]
    assert "expected https://github.com/octo/demo/.github/workflows/release.yml" in result.errors[0]
    assert result.outputs["attestations-count"] == "0"


BROKEN = "Invalid attestations supplied during upload: Unknown error while trying to verify included attestations: x"


@pytest.mark.parametrize(("times", "status", "error"), [(1, 0, ""), (2, 6, "E_ATTESTATION_REJECTED")])
def test_index_that_cannot_verify_now_is_asked_once_more(signing: Program, times: int, status: int, error: str) -> None:
    """PyPI's 400 for a fault of its own verification is retried once, and then told."""
    signing.build()
    signing.pypi.faults.add("/legacy/", Answer(status=400, reason=BROKEN), times=times, file=WHEEL)

    result = signing.act(SIGN)

    assert (result.status, result.outputs["error"]) == (status, error), result.text
    sent = [seen for seen in signing.pypi.requests if seen.path == "/legacy/"]
    assert len(sent) == (3 if status == 0 else 2)


def test_provenance_that_is_not_served_is_told(signing: Program) -> None:
    """An index that took the attestation and serves none is warned of, per file."""
    signing.build()
    signing.pypi.faults.add("/integrity/", Answer(status=404), times=FOREVER)

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert result.text.count("none on the index") == 2
    assert result.summary.count("none on the index") == 2


def test_provenance_of_others_is_told(signing: Program) -> None:
    """A served attestation that does not verify is told as such, and never as proved."""
    signing.build()
    foreign = Signing(github=signing.github, sigstore=sigstore_of(signing), clock=local_clock(sigstore_of(signing)))
    text = foreign.attest(WHEEL, digest_of(signing, WHEEL), repository="mallory/demo")
    bundle = {"publisher": None, "attestations": [json.loads(text)]}
    body = json.dumps({"version": 1, "attestation_bundles": [bundle]}).encode()
    signing.pypi.faults.add(f"/integrity/{PROJECT}/1.0/{WHEEL}", Answer(status=200, body=body), times=FOREVER)

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert "served, not verified: another repository or workflow signed it" in result.text
    assert result.summary.count("served and verified") == 1


def test_another_attestation_than_was_sent_is_told(signing: Program) -> None:
    """What is served verifies, and is not what this run sent: that is said, and it does not count as proved."""
    signing.build()
    local = sigstore_of(signing)
    ours = Signing(github=signing.github, sigstore=local, clock=local_clock(local))
    text = ours.attest(WHEEL, digest_of(signing, WHEEL), repository="octo/demo")
    bundle = {"publisher": None, "attestations": [json.loads(text)]}
    body = json.dumps({"version": 1, "attestation_bundles": [bundle]}).encode()
    signing.pypi.faults.add(f"/integrity/{PROJECT}/1.0/{WHEEL}", Answer(status=200, body=body), times=FOREVER)

    result = signing.act(SIGN)

    assert result.status == 0, result.text
    assert "another attestation is served than was sent" in result.text
    assert "verified attestations of 1 of 2 files" in result.text


def test_provenance_that_is_served_late_is_waited_for(signing: Program) -> None:
    """A file that was just sent is asked for again."""
    signing.build()
    signing.pypi.faults.add("/integrity/", Answer(status=404), times=2)

    result = signing.act(SIGN)

    assert "verified attestations of 2 of 2 files" in result.text, result.text


def test_signing_dials_sigstore_and_nobody_else(signing: Program) -> None:
    """After a positive decision: GitHub, the index and the hosts of the trust configuration; before it GitHub alone."""
    signing.build()
    github, pypi = port_of(signing.github.url), port_of(signing.pypi.url)

    result, ports, loaded = signing.act_watched(SIGN)
    assert result.status == 0, result.text
    assert ports == {github, pypi, port_of(sigstore_of(signing).url)}
    assert loaded == ["pypi_attestations", "sigstore"]

    signing.repository.visibility = "private"
    refused, ports, loaded = signing.act_watched({**SIGN, "index": "pypi"})
    assert refused.status == 3, refused.text
    assert ports == {github}
    assert loaded == []


def test_run_without_attestations_pays_nothing(signing: Program) -> None:
    """It loads none of Sigstore's libraries, dials GitHub and the index alone, and asks the index no more."""
    signing.build()

    result, ports, loaded = signing.act_watched({**SIGN, "attestations": "false"})

    assert result.status == 0, result.text
    assert loaded == []
    assert ports == {port_of(signing.github.url), port_of(signing.pypi.url)}
    asked = [seen.path for seen in signing.pypi.requests]
    assert [path for path in asked if path.startswith("/integrity/")] == []
    assert len(asked) == REQUESTS_WITHOUT
    assert sigstore_of(signing).requests == []


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1].rstrip("/"))


def test_independent_library_verifies_what_was_published(signing: Program) -> None:
    """`pypi-attestations` reads the provenance that the index serves, and its policy holds for this workflow."""
    signing.build()
    signing.act(SIGN)

    [publisher] = signing.pypi.publishers
    verifier = SigstoreVerifier(sigstore_of(signing).trust_config())
    files = [file for project in signing.pypi.projects.values() for file in project.files]
    for file in files:
        about = Attested(file_name=file.file_name, sha256=digest_of(signing, file.file_name), publisher=publisher)
        [text] = verifier.parse(file.attestations or "[]")
        assert verifier.verify(text, about) == PUBLISH
    assert len(files) == 2
