"""A transparency log as Rekor v1 keeps it: entries, Merkle proofs, checkpoints, signed entry timestamps."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from publish_sandbox.clock import Clock
from publish_sandbox.sigstore.keys import LogKey
from publish_sandbox.sigstore.merkle import hash_leaf, hash_tree, prove_inclusion

ORIGIN = "rekor.sandbox"
_TREE = 2605736670972794746
# The public log began again with a new tree more than once: an entry's index in the log is not its index in the tree.
_EARLIER_ENTRIES = 4_163_431


class EntryRefused(Exception):
    """The proposed entry is malformed, or its signature does not verify: status 400."""


class EntryExists(Exception):
    """An entry with the same content is there: status 409; the text is its UUID."""


@dataclass(slots=True, kw_only=True)
class TransparencyLog:
    """Hold the entries of one log."""

    clock: Clock
    key: LogKey = field(default_factory=LogKey)
    bodies: list[bytes] = field(default_factory=list)
    """Canonical bodies, oldest first."""
    _leaves: list[bytes] = field(default_factory=list)
    _times: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, proposed: Mapping[str, object], *, signer: LogKey | None = None) -> dict[str, object]:
        """Append a proposed `dsse` entry and return the log's answer.

        `signer` signs in place of the log's own key, still under that key's identifier. Raises `EntryRefused` and
        `EntryExists`.
        """
        body = make_body(proposed)
        with self._lock:
            if body in self.bodies:
                raise EntryExists(self._name(self.bodies.index(body)))
            self.bodies.append(body)
            self._leaves.append(hash_leaf(body))
            self._times.append(int(self.clock().timestamp()))
            return self._describe(len(self.bodies) - 1, signer or self.key)

    def find(self, log_index: int) -> dict[str, object] | None:
        """Return the entry of that index, proved against the tree of this moment, or None."""
        with self._lock:
            index = log_index - _EARLIER_ENTRIES
            return self._describe(index, self.key) if 0 <= index < len(self.bodies) else None

    def first(self) -> dict[str, object]:
        """Return the oldest entry."""
        with self._lock:
            return self._describe(0, self.key)

    def _describe(self, index: int, signer: LogKey) -> dict[str, object]:
        body = base64.b64encode(self.bodies[index]).decode()
        promised: dict[str, object] = {
            "body": body,
            "integratedTime": self._times[index],
            "logID": self.key.id.hex(),
            "logIndex": _EARLIER_ENTRIES + index,
        }
        root = hash_tree(self._leaves)
        proof = {
            "checkpoint": self._sign_checkpoint(root, signer),
            "hashes": [each.hex() for each in prove_inclusion(self._leaves, index)],
            "logIndex": index,
            "rootHash": root.hex(),
            "treeSize": len(self._leaves),
        }
        promise = base64.b64encode(signer.sign(canonicalise(promised))).decode()
        return {
            self._name(index): {**promised, "verification": {"inclusionProof": proof, "signedEntryTimestamp": promise}}
        }

    def _sign_checkpoint(self, root: bytes, signer: LogKey) -> str:
        """Return the tree's size and root as a signed note (C2SP, tlog-checkpoint and signed-note)."""
        note = f"{ORIGIN} - {_TREE}\n{len(self._leaves)}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self.key.id[:4] + signer.sign(note.encode())).decode()
        return f"{note}\n\u2014 {ORIGIN} {signature}\n"

    def _name(self, index: int) -> str:
        return f"{_TREE:016x}{self._leaves[index].hex()}"


def make_body(proposed: Mapping[str, object]) -> bytes:
    """Return the canonical body that Rekor v1 keeps of a proposed `dsse` entry (rekor, pkg/types/dsse/v0.0.1).

    Raises `EntryRefused` for any other kind, and where the envelope's signature is not the verifier's.
    """
    if (proposed.get("kind"), proposed.get("apiVersion")) != ("dsse", "0.0.1"):
        raise EntryRefused("this log takes entries of the kind dsse 0.0.1")
    try:
        content = proposed["spec"]["proposedContent"]  # type: ignore[index] # anything but an object is refused below
        text, verifier = str(content["envelope"]), str(content["verifiers"][0])
        envelope = json.loads(text)
        payload = base64.b64decode(envelope["payload"])
        signature = envelope["signatures"][0]["sig"]
        _verify(str(envelope["payloadType"]), payload, base64.b64decode(signature), base64.b64decode(verifier))
    except (KeyError, IndexError, TypeError, ValueError, InvalidSignature) as error:
        raise EntryRefused(f"error processing entry: {type(error).__name__}") from error
    spec = {
        "envelopeHash": _hash(text.encode()),
        "payloadHash": _hash(payload),
        "signatures": [{"signature": signature, "verifier": verifier}],
    }
    return canonicalise({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})


def canonicalise(value: object) -> bytes:
    """Return JSON by RFC 8785, for values whose texts are ASCII and whose numbers are whole."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _verify(payload_type: str, payload: bytes, signature: bytes, pem: bytes) -> None:
    """Verify a DSSE envelope (secure-systems-lab/dsse, protocol.md) with the key of a certificate."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a key of this log's kind")
    signed = f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode() + payload
    key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}
