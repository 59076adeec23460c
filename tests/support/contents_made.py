"""Distributions as values: one good wheel and one good sdist, from the text of their metadata."""

from collections.abc import Mapping

from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.distributions.scanning.scanner import Hit

HEAD = "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n"
WHEEL = b"Wheel-Version: 1.0\nGenerator: hatchling 1.33.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PYPROJECT = b'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "acme"\n'


def made_metadata(text: str) -> CoreMetadata:
    """Return metadata that can be read, from the text of METADATA."""
    found = parse_metadata(text.encode("utf-8"))
    assert isinstance(found, CoreMetadata), found
    return found


def made_wheel(
    fields: str = "",
    *,
    head: str = HEAD,
    texts: Mapping[str, bytes] | None = None,
    members: tuple[Member, ...] = (),
    hits: tuple[Hit, ...] = (),
) -> Contents:
    """Return a wheel of acme 1.0 with these lines below its first three fields."""
    return Contents(
        name=parse_file_name("acme-1.0-py3-none-any.whl"),
        size=1000,
        metadata=made_metadata(head + fields),
        folder="acme-1.0.dist-info",
        metadata_member="acme-1.0.dist-info/METADATA",
        members=members or tuple(made_member(f"acme-1.0.dist-info/{name}") for name in ("METADATA", "WHEEL", "RECORD")),
        texts={"WHEEL": WHEEL, "RECORD": b""} if texts is None else texts,
        hits=hits,
    )


def made_sdist(
    fields: str = "", *, head: str = HEAD, pyproject: bytes | None = PYPROJECT, members: tuple[Member, ...] = ()
) -> Contents:
    """Return an sdist of acme 1.0 with these lines below its first three fields; None = it has no pyproject.toml."""
    return Contents(
        name=parse_file_name("acme-1.0.tar.gz"),
        size=1000,
        metadata=made_metadata(head + fields),
        folder="acme-1.0",
        metadata_member="acme-1.0/PKG-INFO",
        members=members or (made_member("acme-1.0/PKG-INFO"), made_member("acme-1.0/pyproject.toml")),
        texts={} if pyproject is None else {"pyproject.toml": pyproject},
        hits=(),
    )


def made_member(path: str, *, kind: MemberKind = MemberKind.FILE, size: int = 10) -> Member:
    """Return a member of an archive."""
    return Member(path=path, kind=kind, size=size)
