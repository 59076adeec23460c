"""Make contents for tests of the leak rules: one wheel or sdist that holds what a test puts into it."""

from collections.abc import Mapping
from itertools import pairwise

from packaging.version import Version

from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.filename import FileName
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.distributions.scanning.scanner import ContentScan, Hit
from publish_action.models.distribution import Kind

WHEEL_TEXT = b"Wheel-Version: 1.0\nGenerator: hatchling 1.27.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def parsed_metadata() -> CoreMetadata:
    """Return the least that metadata can be."""
    metadata = parse_metadata(b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n\n")
    assert isinstance(metadata, CoreMetadata)
    return metadata


def wheel(
    *paths: str, hits: tuple[Hit, ...] = (), texts: Mapping[str, bytes] | None = None, folders: tuple[str, ...] = ()
) -> Contents:
    """Return a wheel with empty files at `paths`."""
    return Contents(
        name=FileName(
            file="demo-1.0-py3-none-any.whl",
            kind=Kind.WHEEL,
            project="demo",
            version=Version("1.0"),
            python_tag="py3",
        ),
        size=1000,
        metadata=parsed_metadata(),
        folder="demo-1.0.dist-info",
        metadata_member="demo-1.0.dist-info/METADATA",
        members=(
            *(Member(path=path, kind=MemberKind.FOLDER, size=0) for path in folders),
            *(Member(path=path, kind=MemberKind.FILE, size=0) for path in paths),
        ),
        texts={"WHEEL": WHEEL_TEXT} if texts is None else texts,
        hits=hits,
    )


def scan(data: bytes, path: str = "demo/settings.py", cuts: tuple[int, ...] = ()) -> tuple[Hit, ...]:
    """Scan a member whose bytes come in blocks, cut where `cuts` say."""
    scanner = ContentScan(path)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in pairwise(edges):
        scanner.feed(data[start:end])
    return scanner.finish()
