"""The local Sigstore signs what the real libraries verify, and refuses what the real Sigstore refuses."""

import base64
import json
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pypi_attestations import Attestation, Distribution, GitHubPublisher
from sigstore.errors import VerificationError
from sigstore.verify import Verifier

from publish_sandbox.http.faults import BadToken
from publish_sandbox.sigstore.keys import make_key
from publish_sandbox.sigstore.merkle import hash_tree, prove_inclusion
from publish_sandbox.sigstore.server import CERTIFICATES, ENTRIES, Misbehaviour
from support.sandbox_forms import request
from support.sigstore_clients import REPOSITORY, SDIST, SHA256, WORKFLOW, Signing, set_up_signing

DIST = Distribution(name=SDIST, digest=SHA256)


@pytest.fixture
def signing() -> Iterator[Signing]:
    with set_up_signing() as local:
        yield local


def verify(
    signing: Signing, attestation: Attestation, *, repository: str = REPOSITORY, workflow: str = WORKFLOW
) -> str:
    publisher = GitHubPublisher(repository=repository, workflow=workflow)
    verifier = Verifier(trusted_root=signing.trust().trusted_root)
    return verifier.verify_dsse(attestation.to_bundle(), publisher._as_policy())[1].decode()


def test_real_libraries_sign_and_verify(signing: Signing) -> None:
    """One certificate signs many files; every entry's proof, checkpoint and promise verifies at any size of the log."""
    signer = signing.signer()
    names = [f"demo-1.{number}.tar.gz" for number in range(9)]

    attestations = [Attestation.sign(signer, Distribution(name=name, digest=SHA256)) for name in names]

    statements = [json.loads(verify(signing, attestation)) for attestation in attestations]
    assert [statement["subject"][0]["name"] for statement in statements] == names
    assert len(signing.sigstore.certificates) == 1
    assert len(signing.sigstore.log.bodies) == 9


def test_certificate_tells_the_job(signing: Signing) -> None:
    """The extensions .8 to .22 hold what GitHub says about the job, as if it were github.com's."""
    claims = Attestation.model_validate_json(signing.attest()).certificate_claims

    arc = "1.3.6.1.4.1.57264.1"
    assert sorted(claims) == sorted(f"{arc}.{number}" for number in range(8, 23))
    assert claims[f"{arc}.8"] == "https://token.actions.githubusercontent.com"
    assert claims[f"{arc}.12"] == f"https://github.com/{REPOSITORY}"
    assert claims[f"{arc}.18"] == f"https://github.com/{REPOSITORY}/.github/workflows/{WORKFLOW}@refs/tags/v1.0"
    assert claims[f"{arc}.22"] == "public"


@pytest.mark.parametrize(
    ("repository", "workflow", "told"),
    [("octo/closed", WORKFLOW, "OIDCSourceRepositoryURI does not match"), (REPOSITORY, "ci.yml", "Build Config URI")],
)
def test_identity_is_certified(signing: Signing, repository: str, workflow: str, told: str) -> None:
    """What one workflow signed does not verify as another's."""
    attestation = Attestation.model_validate_json(signing.attest())

    with pytest.raises(VerificationError, match=told):
        verify(signing, attestation, repository=repository, workflow=workflow)


@pytest.mark.parametrize(
    "token",
    [
        lambda signing: signing.id_token(audience="pypi"),
        lambda signing: signing.id_token(bad=BadToken(foreign_key=True)),
        lambda signing: signing.id_token(bad=BadToken(claims={"iss": "https://example.org"})),
        lambda signing: signing.id_token(bad=BadToken.expired()),
        lambda signing: "rubbish",
    ],
    ids=["audience", "key", "issuer", "time", "rubbish"],
)
def test_only_good_id_tokens_are_certified(signing: Signing, token: object) -> None:
    """An ID token for somebody else, by somebody else or of another time gets 401 and no certificate."""
    assert callable(token)

    came = request(
        "POST", signing.sigstore.url + CERTIFICATES, json={}, headers={"Authorization": f"Bearer {token(signing)}"}
    )

    assert (came.status, json.loads(came.text)["code"]) == (401, 16)
    assert signing.sigstore.certificates == []


def make_request(*, spoilt: bool) -> str:
    """Return a signing request, its own signature spoilt or not."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    der = bytearray(builder.sign(make_key(), hashes.SHA256()).public_bytes(Encoding.DER))
    der[-1] ^= spoilt
    pem = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    return base64.b64encode(pem).decode()


@pytest.mark.parametrize(
    ("text", "status"), [(make_request(spoilt=False), 200), (make_request(spoilt=True), 400), ("", 400)]
)
def test_key_without_proof_is_not_certified(signing: Signing, text: str, status: int) -> None:
    """A request that is none, or that does not prove that its sender has the key, gets 400."""
    headers = {"Authorization": f"Bearer {signing.id_token()}"}

    came = request(
        "POST", signing.sigstore.url + CERTIFICATES, json={"certificateSigningRequest": text}, headers=headers
    )

    assert came.status == status
    assert len(signing.sigstore.certificates) == (status == 200)


def entry_of(attestation: Attestation) -> dict[str, object]:
    """Return the entry that a client proposes for an attestation."""
    envelope = {
        "payload": base64.b64encode(attestation.envelope.statement).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": base64.b64encode(attestation.envelope.signature).decode()}],
    }
    body = json.loads(
        base64.b64decode(str(attestation.verification_material.transparency_entries[0]["canonicalizedBody"]))
    )
    verifier = body["spec"]["signatures"][0]["verifier"]
    content = {"envelope": json.dumps(envelope), "verifiers": [verifier]}
    return {"kind": "dsse", "apiVersion": "0.0.1", "spec": {"proposedContent": content}}


def test_log_takes_what_is_signed(signing: Signing) -> None:
    """A signature that does not verify, another kind of entry and no JSON get 400; the same entry twice gets 409."""
    attestation = Attestation.model_validate_json(signing.attest())
    good = entry_of(attestation)
    spoilt = json.loads(json.dumps(good).replace("cGF5", "cGF6").replace("1.0.tar", "1.1.tar"))
    spoilt["spec"]["proposedContent"]["envelope"] = spoilt["spec"]["proposedContent"]["envelope"].replace("eyJ", "eyK")

    entries: list[object] = [good, good, spoilt, {**good, "kind": "intoto"}, []]

    statuses = [request("POST", signing.sigstore.url + ENTRIES, json=entry).status for entry in entries]

    assert statuses == [201, 409, 400, 400, 400]


def test_entry_is_found_by_its_index(signing: Signing) -> None:
    """The log serves an entry again under the index that it gave it, and no other."""
    (material,) = Attestation.model_validate_json(signing.attest()).verification_material.transparency_entries
    index = int(str(material["logIndex"]))

    found = [request("GET", f"{signing.sigstore.url}{ENTRIES}?logIndex={each}") for each in (index, index + 1, "x")]

    assert [came.status for came in found] == [200, 404, 404]
    answer: dict[str, dict[str, object]] = json.loads(found[0].text)
    assert next(iter(answer.values()))["body"] == material["canonicalizedBody"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Misbehaviour.FOREIGN_LOG_KEY, "invalid log entry: checkpoint: invalid signature"),
        (Misbehaviour.REPLAYED_ENTRY, "log entry payload hash does not match bundle"),
    ],
)
def test_false_entries_do_not_verify(signing: Signing, wrong: Misbehaviour, told: str) -> None:
    """The library signs with what the log answers, and verifies nothing of it until it is asked to."""
    signing.attest("demo-0.9.tar.gz")
    signing.sigstore.misbehaviours.add(wrong)
    attestation = Attestation.sign(signing.signer(), DIST)

    with pytest.raises(VerificationError, match=told):
        verify(signing, attestation)


@pytest.mark.parametrize("wrong", [Misbehaviour.FOREIGN_CT_KEY, Misbehaviour.FOREIGN_AUTHORITY])
def test_false_certificates_are_refused_at_once(signing: Signing, wrong: Misbehaviour) -> None:
    """A certificate whose timestamp is not the CT log's is not signed with; one of another authority is, at first."""
    signing.sigstore.misbehaviours.add(wrong)

    with pytest.raises(VerificationError, match=r"SCT verify failed|certificate chain"):
        verify(signing, Attestation.sign(signing.signer(), DIST))


def test_expired_certificate_signs_nothing(signing: Signing) -> None:
    """The library does not sign with a certificate that has run out, and says nothing about it."""
    signing.sigstore.misbehaviours.add(Misbehaviour.EXPIRED_CERTIFICATE)
    signer = signing.signer()

    with pytest.raises(ValueError, match=r"^$") as caught:
        Attestation.sign(signer, DIST)

    assert type(caught.value.__context__).__name__ == "ExpiredCertificate"


def test_proof_of_a_lone_leaf_is_empty() -> None:
    """A tree of one leaf is its own root."""
    assert (hash_tree([b"leaf"]), prove_inclusion([b"leaf"], 0)) == (b"leaf", [])
