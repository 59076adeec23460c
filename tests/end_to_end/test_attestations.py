"""Attestations, end to end: signed with real signatures before the first byte, verified by the index and after it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publish_action.attestations.attestation import PUBLISH
from publish_sandbox.sigstore.server import LocalSigstore
from support.program import TRUST_CONFIG, Result, Stage

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"
SIGN = {"sigstore-trust-config": TRUST_CONFIG}


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage.set_with_sigstore(tmp_path, stack)


def sigstore_of(stage: Stage) -> LocalSigstore:
    assert stage.sigstore is not None
    return stage.sigstore


def attested(stage: Stage) -> dict[str, int]:
    """Give how many attestations the index stores for each file."""
    files = [file for project in stage.pypi.projects.values() for file in project.files]
    return {file.file_name: len(json.loads(file.attestations or "[]")) for file in files}


def files_of(result: Result) -> dict[str, dict[str, object]]:
    return {row["file"]: row for row in json.loads(result.outputs["files"])}


def test_public_release_is_signed_and_proved(signing: Stage) -> None:
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
