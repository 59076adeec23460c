"""The form of attestations: what each must say of the file that it lies beside, and the code of each fault."""

import json
from collections.abc import Mapping

import pytest

from publish_action.checks.attestations import judge_attestations
from publish_action.errors import ExitStatus
from support.attestations_made import PROVENANCE, PUBLISH, attest, attestation, encode, statement

FILE, SHA256 = "acme_utils-1.0-py2.py3-none-any.whl", "a" * 64
GOOD = statement(FILE, SHA256)


def judge(texts: Mapping[str, str], *, file: str = FILE, sha256: str = SHA256) -> list[tuple[str, str]]:
    problems = list(judge_attestations(texts, file=file, sha256=sha256))
    assert all(error.status is ExitStatus.DISTRIBUTIONS and error.remedy for _, error in problems)
    return [(name, error.code) for name, error in problems]


def test_two_attestations_of_different_predicate_types_are_good() -> None:
    """An index takes the publisher's attestation and the build's provenance."""
    assert judge({"a": attest(FILE, SHA256), "b": attest(FILE, SHA256, predicate=PROVENANCE)}) == []


@pytest.mark.parametrize("name", ["acme.utils-1.0-py3.py2-none-any.whl", "Acme_Utils-1.0.0-py2.py3-none-any.whl"])
def test_another_spelling_of_the_name_is_the_same_file(name: str) -> None:
    """PyPI compares project, version and the set of tags, and not their spelling."""
    assert judge({"a": attest(name, SHA256)}) == []


BROKEN = {
    "no JSON": ("{", "E_ATTESTATION_UNREADABLE"),
    "a list": ("[]", "E_ATTESTATION_UNREADABLE"),
    "very deep": ("[" * 99_999, "E_ATTESTATION_UNREADABLE"),
    "nothing in it": ("{}", "E_ATTESTATION_VERSION"),
    "version 2": (json.dumps(attestation(GOOD, version=2)), "E_ATTESTATION_VERSION"),
    "version true": (json.dumps(attestation(GOOD, version=True)), "E_ATTESTATION_VERSION"),
    "no material": (json.dumps(attestation(GOOD, verification_material=None)), "E_ATTESTATION_UNREADABLE"),
    "no certificate": (
        json.dumps(attestation(GOOD, verification_material={"transparency_entries": [{}]})),
        "E_ATTESTATION_UNREADABLE",
    ),
    "no log entries": (
        json.dumps(attestation(GOOD, verification_material={"certificate": encode(b"c"), "transparency_entries": []})),
        "E_ATTESTATION_LOG",
    ),
    "no envelope": (json.dumps(attestation(GOOD, envelope=[])), "E_ATTESTATION_UNREADABLE"),
    "no signature": (
        json.dumps(attestation(GOOD, envelope={"statement": encode(json.dumps(GOOD).encode())})),
        "E_ATTESTATION_UNREADABLE",
    ),
    "statement not in base64": (
        json.dumps(attestation(GOOD, envelope={"statement": json.dumps(GOOD), "signature": encode(b"s")})),
        "E_ATTESTATION_UNREADABLE",
    ),
    "no in-toto statement": (json.dumps(attestation({**GOOD, "_type": "other"})), "E_ATTESTATION_UNREADABLE"),
    "no subject": (json.dumps(attestation({**GOOD, "subject": []})), "E_ATTESTATION_UNREADABLE"),
    "two subjects": (json.dumps(attestation({**GOOD, "subject": [{}, {}]})), "E_ATTESTATION_UNREADABLE"),
    "no digest": (json.dumps(attestation({**GOOD, "subject": [{"name": FILE}]})), "E_ATTESTATION_UNREADABLE"),
    "another file": (attest("acme_utils-1.0.tar.gz", SHA256), "E_ATTESTATION_NAME"),
    "another version": (attest("acme_utils-1.1-py2.py3-none-any.whl", SHA256), "E_ATTESTATION_NAME"),
    "other tags": (attest("acme_utils-1.0-py3-none-any.whl", SHA256), "E_ATTESTATION_NAME"),
    "no file name": (attest("../x", SHA256), "E_ATTESTATION_NAME"),
    "other bytes": (attest(FILE, "b" * 64), "E_ATTESTATION_MISMATCH"),
    "another predicate": (attest(FILE, SHA256, predicate="https://example.org/x"), "E_ATTESTATION_PREDICATE"),
}


@pytest.mark.parametrize(("text", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_each_fault_has_its_code(text: str, code: str) -> None:
    """What is wrong with an attestation is one error, about the file that it is in."""
    assert judge({"x.publish.attestation": text}) == [("x.publish.attestation", code)]


def test_two_of_one_predicate_type_are_refused() -> None:
    """PyPI accepts one attestation of each predicate type."""
    assert judge({"a": attest(FILE, SHA256), "b": attest(FILE, SHA256, predicate=PUBLISH)}) == [
        ("b", "E_ATTESTATION_TWICE")
    ]


def test_three_are_too_many() -> None:
    """PyPI accepts two attestations a file, whatever they are."""
    texts = {name: attest(FILE, SHA256, predicate=kind) for name, kind in (("a", PUBLISH), ("b", PROVENANCE))}

    assert ("c", "E_ATTESTATION_TOO_MANY") in judge({**texts, "c": attest(FILE, SHA256)})
