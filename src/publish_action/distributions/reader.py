"""Read one distribution that is held open into what the decision and the upload need."""

import os
from dataclasses import dataclass
from typing import BinaryIO

from packaging.version import Version

from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import CoreMetadata, declares_private
from publish_action.distributions.open_file import Digests, open_hashed, open_stream
from publish_action.distributions.sdist import read_sdist
from publish_action.distributions.wheel import read_wheel
from publish_action.models.distribution import Declaration, Distribution, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDistribution:
    """A distribution, and the descriptor through which alone its bytes are read and sent."""

    distribution: Distribution
    descriptor: int
    metadata: CoreMetadata
    python_tag: str
    """twine's `pyversion`: a wheel's python tag, or `source`."""
    attestations: tuple[str, ...] = ()
    """The JSON texts of the PEP 740 attestations that lie beside it."""
    attested: tuple[str, ...] = ()
    """The JSON texts of the attestations that are sent with it: verified, and no others."""
    signature: bytes | None = None
    """The content of the `.asc` file that lies beside it."""

    def close(self) -> None:
        """Close the descriptor. To be called once."""
        os.close(self.descriptor)


def read_contents(descriptor: int, name: FileName) -> Contents:
    """Read a distribution once, certain that its metadata are its own and the only ones.

    Raises `DistributionsInvalid` with the code of the first thing that makes them uncertain.
    """
    with open_stream(descriptor) as stream:
        return _read(stream, name)


def read_hashed_contents(descriptor: int, name: FileName, digests: Digests) -> Contents:
    """Read a distribution as `read_contents` does, from the bytes that have these digests and from no others.

    Raises `DistributionsInvalid`, with E_DIST_CHANGED where the file has other bytes now.
    """
    with open_hashed(descriptor, digests) as stream:
        return _read(stream, name)


def _read(stream: BinaryIO, name: FileName) -> Contents:
    return read_wheel(stream, name) if name.kind is Kind.WHEEL else read_sdist(stream, name)


def make_distribution(*, name: FileName, metadata: CoreMetadata, digests: Digests) -> Distribution:
    """Return the distribution as the decision takes it."""
    return Distribution(
        file=name.file,
        size=digests.size,
        sha256=digests.sha256,
        blake2b_256=digests.blake2b_256,
        kind=name.kind,
        name=metadata.name,
        project=metadata.project,
        version=metadata.version,
        declared=_declarations(metadata),
        requires_python=metadata.requires_python,
    )


def _declarations(metadata: CoreMetadata) -> frozenset[Declaration]:
    declared = set()
    if any(map(declares_private, metadata.classifiers)):
        declared.add(Declaration.CLASSIFIER)
    if Version(metadata.version).local is not None:
        declared.add(Declaration.LOCAL_VERSION)
    return frozenset(declared)
