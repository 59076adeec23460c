"""Read one distribution that is held open into what the decision and the upload need."""

import os
from dataclasses import dataclass

from packaging.version import Version

from publish_action.descriptors import Digests, open_stream
from publish_action.errors import DistributionsInvalid
from publish_action.file_names import FileName
from publish_action.metadata import CoreMetadata, MetadataProblem, declares_private, find_invalid_fields, parse_metadata
from publish_action.model import Declaration, Distribution, Finding, Kind, Severity
from publish_action.safe_text import shorten
from publish_action.sdists import read_sdist
from publish_action.twine_reader import compare_with_twine
from publish_action.wheels import read_wheel


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
    signature: bytes | None = None
    """The content of the `.asc` file that lies beside it."""

    def close(self) -> None:
        """Give the descriptor back. To be called once."""
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What stands in a distribution: its metadata, and which members contradict them in being private."""

    metadata: CoreMetadata
    private_elsewhere: tuple[str, ...]


def read_contents(descriptor: int, name: FileName) -> Contents:
    """Read a distribution's metadata, certain that they are its own and the only ones.

    Raises `DistributionsInvalid` with the code of the first thing that makes them uncertain.
    """
    with open_stream(descriptor) as stream:
        if name.kind is Kind.WHEEL:
            wheel = read_wheel(stream, name)
            member, data, private_elsewhere = wheel.member, wheel.metadata, tuple[str, ...]()
        else:
            sdist = read_sdist(stream, name)
            member, data, private_elsewhere = sdist.member, sdist.metadata, sdist.private_elsewhere
    metadata = _understand(data, name)
    compare_with_twine(file=name.file, kind=name.kind, descriptor=descriptor, member=member, metadata=data)
    return Contents(metadata=metadata, private_elsewhere=private_elsewhere)


def describe(*, name: FileName, metadata: CoreMetadata, digests: Digests) -> Distribution:
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


def judge_contents(contents: Contents, file: str) -> tuple[Finding, ...]:
    """Give what an index would reject in the metadata, and each member that says "private" while they do not."""
    return (*_judge_fields(contents.metadata, file), *_judge_members(contents, file))


def _judge_fields(metadata: CoreMetadata, file: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            severity=Severity.ERROR,
            code="E_METADATA",
            file=file,
            message=f"The metadata are not valid: {shorten(problem)}.",
            remedy="Correct the field in pyproject.toml, or where the build backend takes it from, and build again.",
        )
        for problem in find_invalid_fields(metadata)
    )


def _judge_members(contents: Contents, file: str) -> tuple[Finding, ...]:
    if any(map(declares_private, contents.metadata.classifiers)):
        return ()
    return tuple(
        Finding(
            severity=Severity.ERROR,
            code="E_PRIVATE_CLASSIFIER_INCONSISTENT",
            file=file,
            message=f"{member!a} has a `Private ::` classifier, and PKG-INFO has none.",
            remedy="Build again from a clean checkout; the classifier stands in the metadata then.",
            member=member,
        )
        for member in contents.private_elsewhere
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
