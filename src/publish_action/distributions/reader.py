"""Read one distribution that is held open into what the decision and the upload need."""

import os
from dataclasses import dataclass
from typing import BinaryIO

from packaging.version import Version

from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import CoreMetadata, MetadataProblem, declares_private, parse_metadata
from publish_action.distributions.open_file import Digests, open_hashed, open_stream
from publish_action.distributions.sdist import read_sdist
from publish_action.distributions.wheel import read_wheel
from publish_action.errors import DistributionsInvalid
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
        """Give the descriptor back. To be called once."""
        os.close(self.descriptor)


def read_contents(descriptor: int, name: FileName) -> Contents:
    """Read a distribution once, certain that its metadata are its own and the only ones.

    Raises `DistributionsInvalid` with the code of the first thing that makes them uncertain.
    """
    with open_stream(descriptor) as stream:
        return _read(stream, name, os.fstat(descriptor).st_size)


def read_hashed_contents(descriptor: int, name: FileName, digests: Digests) -> Contents:
    """Read a distribution as `read_contents` does, from the bytes that have these digests and from no others.

    Raises `DistributionsInvalid`, with E_DIST_CHANGED where the file has other bytes now.
    """
    with open_hashed(descriptor, digests) as stream:
        return _read(stream, name, digests.size)


def _read(stream: BinaryIO, name: FileName, size: int) -> Contents:
    return _read_wheel(stream, name, size) if name.kind is Kind.WHEEL else _read_sdist(stream, name, size)


def _read_wheel(stream: BinaryIO, name: FileName, size: int) -> Contents:
    wheel = read_wheel(stream, name)
    metadata = _understand(wheel.metadata, name)
    _refuse_decoy(wheel.member, wheel.decoy)
    return Contents(
        name=name,
        size=size,
        metadata=metadata,
        folder=wheel.folder,
        metadata_member=wheel.member,
        members=wheel.members,
        texts=wheel.texts,
        hits=wheel.hits,
        private_elsewhere=wheel.private_elsewhere,
    )


def _read_sdist(stream: BinaryIO, name: FileName, size: int) -> Contents:
    sdist = read_sdist(stream, name)
    metadata = _understand(sdist.metadata, name)
    _refuse_decoy(sdist.member, sdist.decoy)
    return Contents(
        name=name,
        size=size,
        metadata=metadata,
        folder=sdist.folder,
        metadata_member=sdist.member,
        members=sdist.members,
        texts=sdist.texts,
        hits=sdist.hits,
        private_elsewhere=sdist.private_elsewhere,
    )


def _refuse_decoy(member: str, decoy: str) -> None:
    """Refuse a distribution in which twine would read other metadata than ours, or none.

    What is sent is built from ours. Two readers that differ are a sign of members which are there to differ, and
    the next reader, an index or an installer, may side with the other one.
    """
    if decoy:
        raise DistributionsInvalid(
            f"We read {member!a}; twine {decoy}.",
            remedy="Remove the member that could be taken for the metadata, or build the distribution again.",
            code="E_METADATA_AMBIGUOUS",
        )


def make_distribution(*, name: FileName, metadata: CoreMetadata, digests: Digests) -> Distribution:
    """Put what is known of a distribution into the noun that the decision judges."""
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


def _understand(data: bytes, name: FileName) -> CoreMetadata:
    metadata = parse_metadata(data)
    if isinstance(metadata, MetadataProblem):
        raise DistributionsInvalid(metadata.message, remedy=metadata.remedy, code=metadata.code)
    if not name.agrees_with(name=metadata.name, version=metadata.version):
        raise DistributionsInvalid(
            f"The file is named for {name.project} {name.version}; "
            f"its metadata are those of {metadata.name!a} {metadata.version!a}.",
            remedy="Publish the file under the name it was built with.",
            code="E_DIST_NAME_MISMATCH",
        )
    return metadata


def _declarations(metadata: CoreMetadata) -> frozenset[Declaration]:
    declared = set()
    if any(map(declares_private, metadata.classifiers)):
        declared.add(Declaration.CLASSIFIER)
    if Version(metadata.version).local is not None:
        declared.add(Declaration.LOCAL_VERSION)
    return frozenset(declared)
