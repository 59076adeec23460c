"""Distributions as values: good wheels and sdists with one thing changed, for the tests of the checks."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import CoreMetadata, MetadataProblem, parse_metadata
from publish_action.distributions.scanning.scanner import ContentScan, Hit
from publish_action.models.finding import Finding

WHEEL, SDIST = "acme_utils-1.0-py3-none-any.whl", "acme_utils-1.0.tar.gz"
INFO, TOP = "acme_utils-1.0.dist-info", "acme_utils-1.0"
WHEEL_TEXT = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
HATCHLING_WHEEL_TEXT = WHEEL_TEXT.replace("Generator: test", "Generator: hatchling 1.33.0").encode()
PYPROJECT = b'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "acme"\n'
HEAD = "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n"
"""The first three fields of the metadata of `made_wheel` and `made_sdist`."""
DIGEST = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"x").digest()).rstrip(b"=").decode()
OTHER_DIGEST = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"y").digest()).rstrip(b"=").decode()
HOSTILE_PATHS = (
    *("../x", "/etc/x", "C:\\x", "a\\..\\x", "a\nb", "", ".", "//", "con", "a/b/", "\ud800", "a" * 5000, "\x00"),
    *("acme_utils-1.0.dist-info/RECORD", "acme_utils-1.0.data/x", "acme_utils-1.0/PKG-INFO", "é", "İ", "::error::"),
)


def core_metadata(extra: str = "", *, name: str = "acme-utils", version: str = "1.0") -> CoreMetadata:
    """Return metadata of version 2.4 with these lines added."""
    return made_metadata(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{extra}")


def made_metadata(text: str) -> CoreMetadata:
    """Return the metadata parsed from the text of a METADATA file."""
    found = parse_metadata(text.encode("utf-8"))
    assert not isinstance(found, MetadataProblem), found
    return found


def file(path: str, *, size: int = 1, digest: str = DIGEST) -> Member:
    """Return a file of one byte."""
    return Member(path=path, kind=MemberKind.FILE, size=size, digest=digest)


def link(path: str, target: str) -> Member:
    """Return a symbolic link."""
    return Member(path=path, kind=MemberKind.SYMBOLIC_LINK, size=0, target=target)


def hard_link(path: str, target: str) -> Member:
    """Return a hard link."""
    return Member(path=path, kind=MemberKind.HARD_LINK, size=0, target=target)


def folder(path: str) -> Member:
    """Return a folder that is a member of its own."""
    return Member(path=path, kind=MemberKind.FOLDER, size=0)


def record_of(members: Iterable[Member], *, info: str = INFO) -> str:
    """Return the RECORD that lists these files and itself."""
    rows = [f"{each.path},{each.digest},{each.size}" for each in members if each.kind is not MemberKind.FOLDER]
    return "\n".join([*rows, f"{info}/RECORD,,", ""])


def wheel(
    *members: Member,
    name: str = WHEEL,
    metadata: str = "",
    texts: Mapping[str, str | bytes | None] | None = None,
    size: int = 1000,
) -> Contents:
    """Return a good wheel with these members added; a text of None is absent."""
    listed = [file("acme_utils/__init__.py"), file(f"{INFO}/METADATA"), file(f"{INFO}/WHEEL"), *members]
    found = {"WHEEL": WHEEL_TEXT, "RECORD": record_of(listed), **(texts or {})}
    return Contents(
        name=parse_file_name(name),
        size=size,
        metadata=core_metadata(metadata),
        folder=INFO,
        metadata_member=f"{INFO}/METADATA",
        members=(*listed, file(f"{INFO}/RECORD", digest="")),
        texts=_encode(found),
        hits=(),
    )


def sdist(
    *members: Member,
    name: str = SDIST,
    metadata: str = "",
    texts: Mapping[str, str | bytes | None] | None = None,
    size: int = 1000,
) -> Contents:
    """Return a good sdist with these members added, named from the root of the archive."""
    return Contents(
        name=parse_file_name(name),
        size=size,
        metadata=core_metadata(metadata),
        folder=TOP,
        metadata_member=f"{TOP}/PKG-INFO",
        members=(
            file(f"{TOP}/PKG-INFO"),
            file(f"{TOP}/pyproject.toml"),
            file(f"{TOP}/acme_utils/__init__.py"),
            *members,
        ),
        texts=_encode({"pyproject.toml": "", **(texts or {})}),
        hits=(),
    )


def without(contents: Contents, *paths: str) -> Contents:
    """Return the same distribution without these members."""
    return replace(contents, members=tuple(member for member in contents.members if member.path not in paths))


def codes(rule: Callable[[Contents], Iterator[Finding]], contents: Contents) -> list[str]:
    """Return the codes of a rule's findings; each finding names the file and has a remedy in sentences."""
    findings = list(rule(contents))
    assert all(each.file == contents.file for each in findings)
    assert all(is_well_worded(each) for each in findings)
    return [each.code for each in findings]


def message(rule: Callable[[Contents], Iterator[Finding]], contents: Contents) -> str:
    """Return the message of a rule's only finding."""
    (finding,) = rule(contents)
    return finding.message


def is_well_worded(finding: Finding) -> bool:
    """Return whether message and remedy are sentences, each on one printable line of bounded length."""
    texts = (finding.message, finding.remedy)
    return all(text.isprintable() and text.endswith(".") and len(text) < 900 for text in texts)


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
        texts={"WHEEL": HATCHLING_WHEEL_TEXT, "RECORD": b""} if texts is None else texts,
        hits=hits,
    )


def made_sdist(
    fields: str = "", *, head: str = HEAD, pyproject: bytes | None = PYPROJECT, members: tuple[Member, ...] = ()
) -> Contents:
    """Return an sdist of acme 1.0 with these lines below its first three fields; None means no pyproject.toml."""
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


def wheel_of_paths(
    *paths: str, hits: tuple[Hit, ...] = (), texts: Mapping[str, bytes] | None = None, folders: tuple[str, ...] = ()
) -> Contents:
    """Return a wheel of demo 1.0 with empty files at `paths` and nothing else."""
    return Contents(
        name=parse_file_name("demo-1.0-py3-none-any.whl"),
        size=1000,
        metadata=core_metadata(name="demo"),
        folder="demo-1.0.dist-info",
        metadata_member="demo-1.0.dist-info/METADATA",
        members=(
            *(Member(path=path, kind=MemberKind.FOLDER, size=0) for path in folders),
            *(Member(path=path, kind=MemberKind.FILE, size=0) for path in paths),
        ),
        texts={"WHEEL": HATCHLING_WHEEL_TEXT} if texts is None else texts,
        hits=hits,
    )


def scan(data: bytes, path: str = "demo/settings.py", cuts: tuple[int, ...] = ()) -> tuple[Hit, ...]:
    """Return the hits in a member whose bytes arrive in blocks, cut at `cuts`."""
    scanner = ContentScan(path)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in pairwise(edges):
        scanner.feed(data[start:end])
    return scanner.finish()


def _encode(texts: Mapping[str, str | bytes | None]) -> dict[str, bytes]:
    return {
        name: text.encode("utf-8", "replace") if isinstance(text, str) else text
        for name, text in texts.items()
        if text is not None
    }
