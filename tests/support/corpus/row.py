"""What a row of the corpus of distributions is, and the good files that the rows change in one fact."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict, Unpack

from publish_sandbox.distributions.builder import Members, build_sdist, build_wheel
from support.attestations_made import PUBLISH, attestation, statement

PROJECT, VERSION = "acme-utils", "1.0"
WHEEL, SDIST = "acme_utils-1.0-py3-none-any.whl", "acme_utils-1.0.tar.gz"
INFO, TOP = "acme_utils-1.0.dist-info", "acme_utils-1.0"
GOOD_WHEEL, GOOD_SDIST, GOOD_RELEASE = "good wheel", "good sdist", "good release of three files"

Make = Callable[[Path], object]
"""Writes the files of a row into a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some distributions, and all that is to be found in them."""

    make: Make
    always: frozenset[str] = frozenset()
    """The codes of errors for every index."""
    public: frozenset[str] = frozenset()
    """The codes of errors for a public index alone."""
    warns: frozenset[str] = frozenset()
    """The codes of warnings for every index."""
    twin: str = ""
    """The row of good files that these differ from in one fact; empty for a good row."""

    @property
    def codes(self) -> frozenset[str]:
        """Return every code of the row."""
        return self.always | self.public | self.warns


def good(make: Make, *, warns: str = "") -> Row:
    """Return a row without errors; codes are separated by spaces."""
    return Row(make=make, warns=_split(warns))


def bad(make: Make, *, twin: str, always: str = "", public: str = "", warns: str = "") -> Row:
    """Return a row with errors; codes are separated by spaces."""
    return Row(make=make, twin=twin, always=_split(always), public=_split(public), warns=_split(warns))


class WheelChanges(TypedDict, total=False):
    """What a row changes in the good wheel; the words of `build_wheel`."""

    classifiers: tuple[str, ...]
    metadata_text: str | bytes
    members: Members
    without: tuple[str, ...]
    record_text: str | bytes | Callable[[str], str]
    wheel_text: str | bytes
    info: str
    file_name: str
    size: int
    tag: str
    zip64: bool


class SdistChanges(TypedDict, total=False):
    """What a row changes in the good sdist; the words of `build_sdist`."""

    classifiers: tuple[str, ...]
    metadata_text: str | bytes
    members: Members
    without: tuple[str, ...]
    file_name: str
    size: int
    top: str
    pyproject: str
    global_headers: dict[str, str]


def wheel(fields: str = "", *, name: str = PROJECT, version: str = VERSION, **changes: Unpack[WheelChanges]) -> Make:
    """Return what makes a wheel with these lines of metadata more."""
    return lambda dist: build_wheel(dist, name, version, metadata_extra=fields, **changes)


def sdist(fields: str = "", *, name: str = PROJECT, version: str = VERSION, **changes: Unpack[SdistChanges]) -> Make:
    """Return what makes an sdist with these lines of metadata more."""
    return lambda dist: build_sdist(dist, name, version, metadata_extra=fields, **changes)


def together(*makes: Make) -> Make:
    """Return what makes all of these, in this order."""

    def make(dist: Path) -> None:
        for each in makes:
            each(dist)

    return make


def one_of_three(make: Make) -> Make:
    """Return what makes a release whose other two files are good: a wheel for Windows and an sdist."""
    return together(wheel(tag="cp311-cp311-win_amd64"), make, sdist())


def file(name: str, data: bytes = b"") -> Make:
    """Return what writes a file of these bytes."""

    def make(dist: Path) -> None:
        dist.mkdir(exist_ok=True)
        (dist / name).write_bytes(data)

    return make


def in_folder(name: str, make: Make) -> Make:
    """Return what makes files in a folder of the distributions."""

    def make_in_folder(dist: Path) -> None:
        dist.mkdir(exist_ok=True)
        make(dist / name)

    return make_in_folder


def attested(
    make: Make,
    name: str,
    *,
    role: str = "publish",
    predicate: str = PUBLISH,
    subject: str = "",
    changes: Mapping[str, object] = MappingProxyType({}),
) -> Make:
    """Return what makes files, and the attestation of one of them beside it.

    `subject` is the file that it names, `name` if empty; `changes` replace its parts at the top.
    """

    def make_attested(dist: Path) -> None:
        make(dist)
        sha256 = hashlib.sha256((dist / name).read_bytes()).hexdigest()
        said = statement(subject or name, sha256, predicate=predicate)
        (dist / f"{name}.{role}.attestation").write_text(json.dumps(attestation(said, **changes)))

    return make_attested


def changed(make: Make, name: str, change: Callable[[bytes], bytes]) -> Make:
    """Return what makes files and then changes the bytes of one of them."""

    def make_changed(dist: Path) -> None:
        make(dist)
        (dist / name).write_bytes(change((dist / name).read_bytes()))

    return make_changed


def replaced(make: Make, name: str, put: Callable[[Path], object]) -> Make:
    """Return what makes files and then puts something else in the place of one; it lies in `kept` beside them."""

    def make_replaced(dist: Path) -> None:
        make(dist)
        kept = dist.parent / "kept"
        kept.mkdir(exist_ok=True)
        (dist / name).rename(kept / name)
        put(dist / name)

    return make_replaced


def core(*lines: str, body: str = "", metadata_version: str = "2.4", name: str = PROJECT) -> str:
    """Return the text of metadata with only these fields beside the three that must be."""
    return "\n".join((f"Metadata-Version: {metadata_version}", f"Name: {name}", "Version: 1.0", *lines, "", body))


def _split(codes: str) -> frozenset[str]:
    return frozenset(codes.split())
