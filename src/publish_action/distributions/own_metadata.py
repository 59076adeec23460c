"""Parse the metadata that a distribution holds, and refuse them where the file name or twine contradicts them."""

from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import CoreMetadata, MetadataProblem, parse_metadata
from publish_action.errors import DistributionsInvalid


def parse_own_metadata(data: bytes, name: FileName) -> CoreMetadata:
    """Parse METADATA or PKG-INFO of the distribution with this file name.

    Raises `DistributionsInvalid`, with E_DIST_NAME_MISMATCH for metadata of another project or version.
    """
    metadata = parse_metadata(data)
    if isinstance(metadata, MetadataProblem):
        raise DistributionsInvalid(metadata.message, remedy=metadata.remedy, code=metadata.code)
    if not name.agrees_with(name=metadata.name, version=metadata.version):
        raise DistributionsInvalid(
            f"The file is named for {name.project} {name.version}, but its metadata are those of {metadata.name!a} "
            f"{metadata.version!a}.",
            remedy="Publish the file under the name it was built with.",
            code="E_DIST_NAME_MISMATCH",
        )
    return metadata


def refuse_decoy(member: str, decoy: str) -> None:
    """Refuse a distribution in which twine would read other metadata than ours, or none; `decoy` says what it does.

    The upload form is built from ours. Two readers that differ are a sign of members which are there to deceive one
    of them, and the next reader, an index or an installer, may side with the other.
    """
    if decoy:
        raise DistributionsInvalid(
            f"publish-action reads {member!a}, but twine {decoy}.",
            remedy="Remove the member that could be taken for the metadata, or build the distribution again.",
            code="E_METADATA_AMBIGUOUS",
        )
