"""Merkle trees over log entries: root hashes and inclusion proofs (RFC 6962, 2.1)."""

import hashlib
from collections.abc import Sequence


def hash_leaf(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_tree(leaves: Sequence[bytes]) -> bytes:
    """Return the root hash of at least one leaf hash."""
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _hash_node(hash_tree(leaves[:middle]), hash_tree(leaves[middle:]))


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path from the leaf at `index` to the root, lowest first (RFC 6962, 2.1.1)."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*prove_inclusion(leaves[:middle], index), hash_tree(leaves[middle:])]
    return [*prove_inclusion(leaves[middle:], index - middle), hash_tree(leaves[:middle])]


def _hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
