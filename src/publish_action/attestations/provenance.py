"""Read what an index serves about a file's attestations (PEP 740, the integrity API). Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publish_action.attestations.attestation import PublisherIdentity
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text

MEDIA_TYPE = "application/vnd.pypi.integrity.v1+json"
LONGEST_BYTES = 4 << 20
"""For the request's `max_bytes`: an attestation has 6 to 9 kB, and PyPI takes two a file."""
_MOST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAttestation:
    """An attestation as an index serves it, unverified."""

    publisher: PublisherIdentity | None
    """Who published it, as the index says; None for what is no GitHub workflow."""
    text: str
    """JSON of the attestation alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceProblem:
    """Why an answer is no provenance."""

    reason: str


def parse_provenance(body: bytes) -> tuple[ServedAttestation, ...] | ProvenanceProblem:
    """Return the attestations in the answer of `/integrity/PROJECT/VERSION/FILE/provenance`."""
    answer = parse_json_object(body) if len(body) <= LONGEST_BYTES else None
    if answer is None:
        return ProvenanceProblem(reason="it is not a JSON object of at most 4 MB")
    if answer.get("version") != 1:
        return ProvenanceProblem(reason="its version is not 1")
    served = tuple(_list_attestations(answer))
    if not 0 < len(served) <= _MOST:
        return ProvenanceProblem(reason=f"it holds {len(served)} attestations")
    return served


def is_same(text: str, other: str) -> bool:
    """Tell whether two texts are the same attestation; an index may write the same JSON in another way."""
    parsed = parse_json_object(text.encode("utf-8", "replace"))
    return parsed is not None and parsed == parse_json_object(other.encode("utf-8", "replace"))


def _list_attestations(answer: Mapping[str, object]) -> Iterator[ServedAttestation]:
    for bundle in pick_objects(answer, "attestation_bundles"):
        publisher = bundle.get("publisher")
        identity = _read_publisher(publisher) if isinstance(publisher, dict) else None
        for attestation in pick_objects(bundle, "attestations"):
            yield ServedAttestation(publisher=identity, text=json.dumps(attestation))


def _read_publisher(publisher: Mapping[str, object]) -> PublisherIdentity | None:
    repository, workflow = pick_text(publisher, "repository"), pick_text(publisher, "workflow")
    if pick_text(publisher, "kind") != "GitHub" or not repository or not workflow:
        return None
    return PublisherIdentity(repository=repository, workflow=workflow)
