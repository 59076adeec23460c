"""The local PyPI takes and serves attestations as PyPI does: whose they are, of what type, how many, in its words."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from pypi_attestations import Attestation, Provenance
from sigstore.dsse import DigestSet, StatementBuilder, Subject

from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.pypi.attestations import Unparsed
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.sigstore.verifier import SigstoreVerifier
from support.sandbox_forms import Came, request, send
from support.sigstore_clients import JOB, REPOSITORY, WORKFLOW, Signing, set_up_signing

PUBLISH, SLSA = "https://docs.pypi.org/attestations/publish/v1", "https://slsa.dev/provenance/v1"
TOLD = "Invalid attestations supplied during upload: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A wheel, an index that trusts its workflow, and a Sigstore that both know."""

    signing: Signing
    pypi: LocalPyPI
    wheel: Path

    def token(self) -> str:
        """Return an upload token minted for the workflow."""
        came = request(
            "POST", f"{self.pypi.url}/_/oidc/mint-token", json={"token": self.signing.id_token(audience="pypi")}
        )
        return str(json.loads(came.text)["token"])

    def attest(self, predicate: str = PUBLISH, **changed: str) -> str:
        """Return an attestation for the wheel, with any predicate."""
        digest = changed.get("digest", sha256(self.wheel.read_bytes()).hexdigest())
        subject = Subject(name=changed.get("name", self.wheel.name), digest=DigestSet(root={"sha256": digest}))
        statement = StatementBuilder().subjects([subject]).predicate_type(predicate).build()
        job = replace(JOB, workflow=changed.get("workflow", WORKFLOW))
        signer = self.signing.signer(self.signing.id_token(changed.get("repository", REPOSITORY), job))
        return Attestation.from_bundle(signer.sign_dsse(statement)).model_dump_json()

    def upload(self, *attestations: str, token: str = "") -> Came:
        """Upload the wheel with attestations."""
        fields = {"attestations": f"[{','.join(attestations)}]"}
        return send(self.pypi, self.wheel, token or self.token(), fields=fields)


@pytest.fixture
def release(tmp_path: Path) -> Iterator[Release]:
    with ExitStack() as stack:
        signing = stack.enter_context(set_up_signing())
        pypi = LocalPyPI(
            issuer=signing.github.issuer,
            clock=signing.clock,
            attestation_verifier=SigstoreVerifier(signing.sigstore.trust_config()),
        )
        stack.enter_context(pypi)
        owner, _, name = REPOSITORY.partition("/")
        pypi.trust("demo", owner, name, WORKFLOW)
        yield Release(signing=signing, pypi=pypi, wheel=build_wheel(tmp_path / "dist", "demo", "1.0"))


def test_both_predicates_are_taken_and_served(release: Release) -> None:
    """A publish attestation and a SLSA provenance go together, and the integrity API serves them with the publisher."""
    sent = [release.attest(), release.attest(SLSA)]

    assert release.upload(*sent).status == 200

    page = request("GET", f"{release.pypi.url}/simple/demo/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    (file,) = json.loads(page.text)["files"]
    served = Provenance.model_validate_json(request("GET", file["provenance"]).text)
    (bundle,) = served.attestation_bundles
    assert bundle.publisher.model_dump(exclude_none=True) == {
        "kind": "GitHub",
        "repository": REPOSITORY,
        "workflow": WORKFLOW,
    }
    assert bundle.attestations == [Attestation.model_validate_json(text) for text in sent]


@pytest.mark.parametrize("path", ["demo/1.1", "other/1.0"])
def test_provenance_is_served_for_its_release_alone(release: Release, path: str) -> None:
    """Another project or version in the address is not found."""
    release.upload(release.attest())

    came = request("GET", f"{release.pypi.url}/integrity/{path}/{release.wheel.name}/provenance")

    assert came.status == 404


UNVERIFIED = "Could not verify the uploaded artifact using the included attestation: Verification failed: "


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda release: [], "Malformed attestations: an empty attestation set is not permitted"),
        (lambda release: [release.attest()] * 3, "A maximum of 2 attestations per file are supported"),
        (
            lambda release: [release.attest(), release.attest()],
            f"Multiple attestations for the same file with the same predicate type ({PUBLISH}) are not supported",
        ),
        (
            lambda release: [release.attest("https://example.org/v1")],
            "Attestation with unsupported predicate type: https://example.org/v1",
        ),
        (
            lambda release: [release.attest(repository="octo/closed")],
            f"{UNVERIFIED}Certificate's OIDCSourceRepositoryURI does not match",
        ),
        (lambda release: [release.attest(workflow="ci.yml")], f"{UNVERIFIED}Certificate's Build Config URI"),
        (
            lambda release: [release.attest(digest="0" * 64)],
            f"{UNVERIFIED}subject does not match distribution digest",
        ),
        (
            lambda release: [release.attest(name="demo-1.1-py3-none-any.whl")],
            f"{UNVERIFIED}subject does not match distribution name: demo-1.1-py3-none-any.whl != ",
        ),
        (
            lambda release: [release.attest().replace('"integratedTime":"1', '"integratedTime":"2')],
            f"{UNVERIFIED}failed to build timestamp certificate chain",
        ),
    ],
)
def test_attestations_are_judged(release: Release, make: Callable[[Release], list[str]], told: str) -> None:
    """Each refusal is a 400 in PyPI's words, and nothing is stored."""
    came = release.upload(*make(release))

    assert came.status == 400
    assert TOLD + told in came.text.replace("&#x27;", "'")
    assert release.pypi.uploads == []


def test_malformed_attestations_are_told_by_the_parser(release: Release) -> None:
    """The parser's words have several lines, which break the status line of the answer, as on PyPI."""
    verifier = SigstoreVerifier(release.signing.sigstore.trust_config())

    with pytest.raises(Unparsed, match=r"^3 validation errors for list\[Attestation\]\n0.version\n"):
        verifier.parse('[{"version": 2}]')


def test_garbage_certificate_is_an_unknown_error(release: Release) -> None:
    """What the libraries do not expect is told as PyPI tells it."""
    good = json.loads(release.attest())
    good["verification_material"]["certificate"] = "AAAA"

    came = release.upload(json.dumps(good))

    assert f"{TOLD}Unknown error while trying to verify included attestations: invalid X.509 certificate" in came.text


def test_api_tokens_attest_nothing(release: Release) -> None:
    """Attestations need Trusted Publishing, whatever they are."""
    came = release.upload("{}", token=release.pypi.api_token("alice", "demo"))

    assert f"{TOLD}Attestations are only supported when using Trusted Publishing" in came.text
