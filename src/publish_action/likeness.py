"""Say whether a file that an index lists has our bytes."""

import hashlib
from enum import StrEnum

from publish_action.archives import OpenDistribution
from publish_action.descriptors import open_stream
from publish_action.simple_page import ListedFile

# Strongest first; nearly all indexes have sha256, Nexus has md5 alone.
_OTHER_ALGORITHMS = ("sha512", "sha384", "blake2b", "sha1", "md5")
_BLOCK = 256 << 10


class Likeness(StrEnum):
    """What the hashes say."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """The index gives no hash that we could compare."""


def compare(file: OpenDistribution, listed: ListedFile) -> Likeness:
    """Compare by the strongest hash that the index gives."""
    theirs = listed.digest("sha256")
    if theirs:
        return _judge(theirs == file.distribution.sha256)
    for algorithm in _OTHER_ALGORITHMS:
        theirs = listed.digest(algorithm)
        if theirs:
            return _judge(theirs == _hash(file, algorithm))
    return Likeness.UNKNOWN


def _judge(is_same: bool) -> Likeness:
    return Likeness.SAME if is_same else Likeness.DIFFERENT


def _hash(file: OpenDistribution, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with open_stream(file.descriptor) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
