"""Distributions as values for the rules about files: a good wheel and a good sdist, with one thing changed."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import CoreMetadata, MetadataProblem, parse_metadata
from publish_action.models.finding import Finding

WHEEL, SDIST = "acme_utils-1.0-py3-none-any.whl", "acme_utils-1.0.tar.gz"
INFO, TOP = "acme_utils-1.0.dist-info", "acme_utils-1.0"
WHEEL_TEXT = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
DIGEST = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"x").digest()).rstrip(b"=").decode()
OTHER_DIGEST = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"y").digest()).rstrip(b"=").decode()
HOSTILE_PATHS = (
    *("../x", "/etc/x", "C:\\x", "a\\..\\x", "a\nb", "", ".", "//", "con", "a/b/", "\ud800", "a" * 5000, "\x00"),
    *("acme_utils-1.0.dist-info/RECORD", "acme_utils-1.0.data/x", "acme_utils-1.0/PKG-INFO", "é", "İ", "::error::"),
)


def core_metadata(extra: str = "", *, name: str = "acme-utils", version: str = "1.0") -> CoreMetadata:
    """Metadata of version 2.4 with these lines more."""
    found = parse_metadata(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{extra}".encode())
    assert not isinstance(found, MetadataProblem), found
    return found


def file(path: str, *, size: int = 1, digest: str = DIGEST) -> Member:
    """A file of one byte."""
    return Member(path=path, kind=MemberKind.FILE, size=size, digest=digest)


def link(path: str, target: str) -> Member:
    """A symbolic link."""
    return Member(path=path, kind=MemberKind.SYMBOLIC_LINK, size=0, target=target)


def hard_link(path: str, target: str) -> Member:
    """A hard link."""
    return Member(path=path, kind=MemberKind.HARD_LINK, size=0, target=target)


def folder(path: str) -> Member:
    """A folder that is a member of its own."""
    return Member(path=path, kind=MemberKind.FOLDER, size=0)


def record_of(members: Iterable[Member], *, info: str = INFO) -> str:
    """The RECORD that lists these files, and itself."""
    rows = [f"{each.path},{each.digest},{each.size}" for each in members if each.kind is not MemberKind.FOLDER]
    return "\n".join([*rows, f"{info}/RECORD,,", ""])


def wheel(
    *members: Member,
    name: str = WHEEL,
    metadata: str = "",
    texts: Mapping[str, str | bytes | None] | None = None,
    size: int = 1000,
) -> Contents:
    """A good wheel with these members more; a text of None is one that is not there."""
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
    """A good sdist with these members more, named from the root of the archive on."""
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
    """The same distribution without these members."""
    return replace(contents, members=tuple(member for member in contents.members if member.path not in paths))


def codes(rule: Callable[[Contents], Iterator[Finding]], contents: Contents) -> list[str]:
    """The codes of what a rule finds; each finding names the file and a remedy in sentences."""
    findings = list(rule(contents))
    assert all(each.file == contents.file for each in findings)
    assert all(is_well_told(each) for each in findings)
    return [each.code for each in findings]


def message(rule: Callable[[Contents], Iterator[Finding]], contents: Contents) -> str:
    """The one message that a rule has."""
    (finding,) = rule(contents)
    return finding.message


def is_well_told(finding: Finding) -> bool:
    """Return whether message and remedy are sentences on one visible and bounded line."""
    texts = (finding.message, finding.remedy)
    return all(text.isprintable() and text.endswith(".") and len(text) < 900 for text in texts)


def _encode(texts: Mapping[str, str | bytes | None]) -> dict[str, bytes]:
    return {
        name: text.encode("utf-8", "replace") if isinstance(text, str) else text
        for name, text in texts.items()
        if text is not None
    }
