"""An attestation holds for one file, by one workflow, with the trust root in use; all else has words of its own."""

import base64
import json
from collections.abc import Iterator, Mapping

import pytest
from pypi_attestations import Attestation as LibraryAttestation
from sigstore.dsse import Statement

from publish_action.attestations.attestation import (
    PUBLISH,
    SLSA_PROVENANCE,
    Attestation,
    Fault,
    PublisherIdentity,
    Subject,
    Unverified,
)
from publish_action.attestations.trust import Trust, load_public_trust, parse_trust_config
from publish_action.attestations.verify import compare_identities, verify_attestation
from publish_sandbox.sigstore.server import Misbehaviour
from support.sigstore_clients import REPOSITORY, SDIST, SHA256, WORKFLOW, Signing, set_up_signing

SUBJECT = Subject(file=SDIST, sha256=SHA256)
IDENTITY = PublisherIdentity(repository=REPOSITORY, workflow=WORKFLOW)


@pytest.fixture
def signing() -> Iterator[Signing]:
    with set_up_signing() as local:
        yield local


@pytest.fixture
def trust(signing: Signing) -> Trust:
    return parse_trust_config(signing.sigstore.trust_config().encode())


def sign_statement(signing: Signing, statement: Mapping[str, object] | list[object]) -> str:
    """Sign any JSON at all, as somebody could who writes their own client."""
    made = Statement.__new__(Statement)
    made._contents = json.dumps(statement).encode()
    return LibraryAttestation.from_bundle(signing.signer().sign_dsse(made)).model_dump_json()


def statement(**over: object) -> dict[str, object]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": SDIST, "digest": {"sha256": SHA256}}],
        "predicateType": PUBLISH,
        "predicate": None,
        **over,
    }


def fault_of(
    text: str, trust: Trust, *, subject: Subject = SUBJECT, identity: PublisherIdentity = IDENTITY
) -> Unverified:
    answer = verify_attestation(text, subject=subject, identity=identity, trust=trust)
    assert isinstance(answer, Unverified), answer
    return answer


@pytest.mark.parametrize("predicate", [PUBLISH, SLSA_PROVENANCE])
def test_good_attestation_holds(signing: Signing, trust: Trust, predicate: str) -> None:
    """Both predicate types that PyPI takes hold; the log's index is told, and the text is as it came."""
    text = sign_statement(signing, statement(predicateType=predicate))

    verified = verify_attestation(text, subject=SUBJECT, identity=IDENTITY, trust=trust)

    entry = json.loads(text)["verification_material"]["transparency_entries"][0]
    assert verified == Attestation(predicate=predicate, log_index=int(entry["logIndex"]), text=text)


def test_any_workflow_of_a_repository_can_be_accepted(signing: Signing, trust: Trust) -> None:
    """Without a workflow the repository alone is compared."""
    answer = verify_attestation(
        signing.attest(), subject=SUBJECT, identity=PublisherIdentity(repository=REPOSITORY), trust=trust
    )

    assert isinstance(answer, Attestation)


def test_wheel_name_is_compared_by_meaning(signing: Signing, trust: Trust) -> None:
    """PyPI compares what a file name means; so a name in another spelling holds, and another tag does not."""
    text = signing.attest("Demo_x-1.0-py3-none-any.whl")

    answers = [
        verify_attestation(text, subject=Subject(file=name, sha256=SHA256), identity=IDENTITY, trust=trust)
        for name in ("demo_x-1.0-py3-none-any.whl", "demo_x-1.0-py2-none-any.whl", "rubbish.whl")
    ]

    assert isinstance(answers[0], Attestation)
    assert [answer.fault for answer in answers[1:] if isinstance(answer, Unverified)] == [Fault.NAME, Fault.NAME]


@pytest.mark.parametrize(
    ("over", "fault", "code"),
    [
        (
            {"subject": [{"name": "demo-1.1.tar.gz", "digest": {"sha256": SHA256}}]},
            Fault.NAME,
            "E_ATTESTATION_MISMATCH",
        ),
        ({"subject": [{"name": SDIST, "digest": {"sha256": "6" * 64}}]}, Fault.DIGEST, "E_ATTESTATION_MISMATCH"),
        ({"subject": [{"name": SDIST, "digest": {"sha512": SHA256}}]}, Fault.DIGEST, "E_ATTESTATION_MISMATCH"),
        ({"subject": [{"name": SDIST, "digest": SHA256}]}, Fault.DIGEST, "E_ATTESTATION_MISMATCH"),
        ({"subject": [{"digest": {"sha256": SHA256}}]}, Fault.NAME, "E_ATTESTATION_MISMATCH"),
        ({"subject": []}, Fault.MALFORMED, "E_ATTESTATION_MISMATCH"),
        ({"subject": [{"name": SDIST, "digest": {"sha256": SHA256}}] * 2}, Fault.MALFORMED, "E_ATTESTATION_MISMATCH"),
        ({"_type": "https://in-toto.io/Statement/v0.1"}, Fault.MALFORMED, "E_ATTESTATION_MISMATCH"),
        ({"predicateType": "https://example.org/v1"}, Fault.PREDICATE, "E_ATTESTATION_MISMATCH"),
        ({"predicateType": None}, Fault.PREDICATE, "E_ATTESTATION_MISMATCH"),
    ],
)
def test_statement_is_compared(
    signing: Signing, trust: Trust, over: Mapping[str, object], fault: Fault, code: str
) -> None:
    """What was signed must be about this file, these bytes, alone, and of a type that the index takes."""
    answer = fault_of(sign_statement(signing, statement(**over)), trust)

    assert (answer.fault, answer.fault.code) == (fault, code)


def test_statement_that_is_no_object(signing: Signing, trust: Trust) -> None:
    """A signature over something else is no attestation."""
    assert fault_of(sign_statement(signing, [1]), trust).fault is Fault.MALFORMED


@pytest.mark.parametrize(
    "identity",
    [
        PublisherIdentity(repository="octo/closed", workflow=WORKFLOW),
        PublisherIdentity(repository="octo/closed"),
        PublisherIdentity(repository=REPOSITORY, workflow="ci.yml"),
    ],
)
def test_other_publisher_is_refused(signing: Signing, trust: Trust, identity: PublisherIdentity) -> None:
    """Who signed stands beside who was expected."""
    answer = fault_of(signing.attest(), trust, identity=identity)

    assert (answer.fault, answer.fault.code) == (Fault.IDENTITY, "E_ATTESTATION_FOREIGN")
    assert f"signed by https://github.com/{REPOSITORY}/.github/workflows/{WORKFLOW}@" in answer.detail
    assert f"expected https://github.com/{identity.repository}" in answer.detail


def change(text: str, where: str, name: str, value: object) -> str:
    """Return an attestation with one value changed: of the log entry, or of one of the objects in it."""
    changed = json.loads(text)
    entry = changed["verification_material"]["transparency_entries"][0]
    (entry[where] if where else entry)[name] = value
    return json.dumps(changed)


def test_replayed_entry_is_refused(signing: Signing, trust: Trust) -> None:
    """The log entry of another attestation by the same signer does not vouch for this one."""
    first, second = json.loads(signing.attest()), json.loads(signing.attest("demo-1.1.tar.gz"))
    second["verification_material"]["transparency_entries"] = first["verification_material"]["transparency_entries"]

    answer = fault_of(json.dumps(second), trust, subject=Subject(file="demo-1.1.tar.gz", sha256=SHA256))

    assert (answer.fault, answer.fault.code) == (Fault.ENTRY, "E_ATTESTATION_UNVERIFIED")


def test_changed_signature_is_refused(signing: Signing, trust: Trust) -> None:
    """A statement that was changed after it was signed does not verify."""
    changed = json.loads(signing.attest())
    told = base64.b64decode(changed["envelope"]["statement"]).replace(b"demo-1.0", b"demo-1.1")
    changed["envelope"]["statement"] = base64.b64encode(told).decode()

    answer = fault_of(json.dumps(changed), trust)

    assert (answer.fault, answer.fault.code) == (Fault.SIGNATURE, "E_ATTESTATION_UNVERIFIED")


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("", "logIndex", "7"),
        ("", "integratedTime", "1700000000"),
        ("", "integratedTime", "100000000000000000"),
        ("inclusionProof", "rootHash", base64.b64encode(b"x" * 32).decode()),
        ("inclusionProof", "treeSize", "2"),
        ("inclusionPromise", "signedEntryTimestamp", base64.b64encode(b"x" * 70).decode()),
    ],
)
def test_changed_log_entry_is_refused(signing: Signing, trust: Trust, where: str, name: str, value: str) -> None:
    """Index, time, proof and promise of the entry are the log's alone; a time may be one that no clock can show."""
    answer = fault_of(change(signing.attest(), where, name, value), trust)

    expected = Fault.EXPIRED if value == "1700000000" else Fault.LOG
    assert (answer.fault, answer.fault.code) == (expected, "E_ATTESTATION_UNVERIFIED")


def test_certificate_outside_its_time_is_refused(signing: Signing, trust: Trust) -> None:
    """An entry that the log took after the certificate had ended proves nothing; the times are told."""
    signer = signing.signer()
    signing.clock.advance(3600)
    made = Statement.__new__(Statement)
    made._contents = json.dumps(statement()).encode()

    answer = fault_of(LibraryAttestation.from_bundle(signer.sign_dsse(made)).model_dump_json(), trust)

    assert (answer.fault, answer.fault.code) == (Fault.EXPIRED, "E_ATTESTATION_UNVERIFIED")
    assert "logged 2" in answer.detail
    assert ", valid from 2" in answer.detail


def test_other_roots_are_refused(signing: Signing, trust: Trust) -> None:
    """Neither another Sigstore's root nor the public one takes this Sigstore's certificate for its own."""
    with set_up_signing() as other:
        foreign = parse_trust_config(other.sigstore.trust_config().encode())
    text = signing.attest()

    answers = [fault_of(text, foreign), fault_of(text, load_public_trust())]

    assert [answer.fault for answer in answers] == [Fault.AUTHORITY, Fault.AUTHORITY]
    assert isinstance(verify_attestation(text, subject=SUBJECT, identity=IDENTITY, trust=trust), Attestation)


def test_other_log_is_refused(signing: Signing, trust: Trust) -> None:
    """An entry that another key than the log's signed is not the log's."""
    signing.sigstore.misbehaviours.add(Misbehaviour.FOREIGN_LOG_KEY)

    assert fault_of(signing.attest(), trust).fault is Fault.LOG


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[" * 100_000,
        '{"version": 2}',
        '{"version": 1, "verification_material": {"certificate": "AAAA", "transparency_entries": [{}]}, '
        '"envelope": {"statement": "AAAA", "signature": "AAAA"}}',
        '{"version": 1, "verification_material": {"certificate": "AAAA", "transparency_entries": []}, '
        '"envelope": {"statement": "AAAA", "signature": "AAAA"}}',
    ],
)
def test_rubbish_is_no_attestation(trust: Trust, text: str) -> None:
    """Whatever the bytes, nothing is raised."""
    assert fault_of(text, trust).fault is Fault.MALFORMED
    assert compare_identities(text, IDENTITY).startswith("signed by nobody")


def test_megabytes_are_not_parsed(signing: Signing, trust: Trust) -> None:
    """A good attestation that is blown up is refused by its length alone."""
    answer = fault_of(signing.attest() + " " * (1 << 20), trust)

    assert (answer.fault, answer.detail) == (Fault.MALFORMED, "over 1048576 bytes")


def test_nobody_is_asked(signing: Signing, trust: Trust) -> None:
    """Verifying dials no server."""
    text = signing.attest()
    signing.sigstore.requests.clear()

    verify_attestation(text, subject=SUBJECT, identity=IDENTITY, trust=trust)

    assert signing.sigstore.requests == []
