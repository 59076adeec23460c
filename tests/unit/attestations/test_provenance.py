"""What an index serves or says about attestations is read within bounds, and explained."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from publish_action.attestations.attestation import Attestation, PublisherIdentity, Subject
from publish_action.attestations.provenance import LONGEST_BYTES, ProvenanceProblem, is_same, parse_provenance
from publish_action.attestations.rejection import explain_rejection
from publish_action.attestations.trust import parse_trust_config
from publish_action.attestations.verify import verify_attestation
from publish_action.errors import ExitStatus
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.sigstore.verifier import SigstoreVerifier
from support.sandbox_forms import request, send
from support.sigstore_clients import REPOSITORY, WORKFLOW, Signing, set_up_signing

IDENTITY = PublisherIdentity(repository=REPOSITORY, workflow=WORKFLOW)


@pytest.fixture
def signing() -> Iterator[Signing]:
    with set_up_signing() as local:
        yield local


def test_served_attestation_is_the_one_that_was_sent(signing: Signing, tmp_path: Path) -> None:
    """What the integrity API serves is read, is the same as what was signed, and verifies as the file's."""
    wheel = build_wheel(tmp_path, "demo", "1.0")
    subject = Subject(file=wheel.name, sha256=sha256(wheel.read_bytes()).hexdigest())
    text = signing.attest(subject.file, subject.sha256)
    trust_config = signing.sigstore.trust_config()
    with ExitStack() as stack:
        index = LocalPyPI(issuer=signing.github.issuer, attestation_verifier=SigstoreVerifier(trust_config))
        pypi = stack.enter_context(index)
        owner, _, name = REPOSITORY.partition("/")
        pypi.trust("demo", owner, name, WORKFLOW)
        minted = request("POST", f"{pypi.url}/_/oidc/mint-token", json={"token": signing.id_token(audience="pypi")})
        send(pypi, wheel, json.loads(minted.text)["token"], fields={"attestations": f"[{text}]"})
        came = request("GET", f"{pypi.url}/integrity/demo/1.0/{wheel.name}/provenance")

    served = parse_provenance(came.text.encode())

    assert not isinstance(served, ProvenanceProblem)
    assert [each.publisher for each in served] == [IDENTITY]
    assert is_same(served[0].text, text)
    trust = parse_trust_config(trust_config.encode())
    verified = verify_attestation(served[0].text, subject=subject, identity=IDENTITY, trust=trust)
    assert isinstance(verified, Attestation)


def provenance(*attestations: object, publisher: object = None, version: object = 1) -> bytes:
    bundle = {"publisher": publisher, "attestations": list(attestations)}
    return json.dumps({"version": version, "attestation_bundles": [bundle]}).encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (provenance({}) + b" " * LONGEST_BYTES, "at most 4 MB"),
        (provenance({}, version=2), "version is not 1"),
        (b'{"version": 1}', "holds 0 attestations"),
        (provenance(), "holds 0 attestations"),
        (provenance(1, "x"), "holds 0 attestations"),
        (provenance(*[{}] * 17), "holds 17 attestations"),
    ],
)
def test_no_provenance_is_told(body: bytes, says: str) -> None:
    """What is no provenance, or too much of it, has its reason."""
    answer = parse_provenance(body)

    assert isinstance(answer, ProvenanceProblem)
    assert says in answer.reason


@pytest.mark.parametrize(
    "publisher",
    [
        None,
        "GitHub",
        {"kind": "GitLab", "repository": "octo/open", "workflow": "x"},
        {"kind": "GitHub", "repository": "octo/open"},
        {"kind": "GitHub", "workflow": "release.yml"},
    ],
)
def test_other_publishers_are_not_ours(publisher: object) -> None:
    """A publisher that is no GitHub workflow has no identity here; its attestations are read all the same."""
    served = parse_provenance(provenance({"version": 1}, publisher=publisher))

    assert not isinstance(served, ProvenanceProblem)
    assert [(each.publisher, each.text) for each in served] == [(None, '{"version": 1}')]


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ('{"a": 1}', '{"a": 2}', False),
        ("rubbish", "rubbish", False),
    ],
)
def test_same_attestation_in_another_spelling(text: str, other: str, expected: bool) -> None:
    """Order and white space do not matter; two texts that are no JSON are never the same."""
    assert is_same(text, other) is expected


def test_rejection_shows_both_identities(signing: Signing) -> None:
    """The index's words come with who signed and whom the index takes this run for, side by side."""
    said = "Invalid attestations supplied during upload: Could not verify …: Certificate's Build Config URI"

    error = explain_rejection(
        "demo-1.0.tar.gz",
        said=said,
        attestations=[signing.attest()],
        publisher=PublisherIdentity(repository=REPOSITORY, workflow="ci.yml"),
    )

    assert error is not None
    assert (error.code, error.status) == ("E_ATTESTATION_REJECTED", ExitStatus.INDEX_REFUSED)
    assert said in error.happened
    assert f"signed by https://github.com/{REPOSITORY}/.github/workflows/{WORKFLOW}@refs/tags/v1.0" in error.happened
    assert "expected https://github.com/octo/open/.github/workflows/ci.yml" in error.happened


def test_other_rejections_are_not_ours() -> None:
    """A refusal about something else keeps its own words."""
    assert explain_rejection("x", said="File already exists", attestations=[], publisher=IDENTITY) is None
