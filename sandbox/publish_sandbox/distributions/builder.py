"""Build wheels and sdists, good ones and broken ones, from the standard library alone."""

import base64
import csv
import gzip
import hashlib
import io
import itertools
import random
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publish_sandbox.distributions.build_backend import backend_text, pyproject_text

_BLOCK = 1 << 20
_ZIP_TIME = (2020, 2, 2, 0, 0, 0)
_TAR_TIME = 1_580_601_600  # the same day; a zip made of the files later knows none before 1980
_LINK_MODE = 0o120777 << 16
_FILE_MODE = 0o100644 << 16
_PIPE_MODE = 0o010644 << 16
_FOLDER_MODE = (0o040755 << 16) | 0x10


@dataclass(frozen=True, slots=True)
class Link:
    """A member that is a symbolic link to `target`."""

    target: str


@dataclass(frozen=True, slots=True)
class HardLink:
    """A member of an sdist that is a hard link to the member `target`, from the archive's root on."""

    target: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A member that stands for a folder; its name has no slash at the end."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A member that is a named pipe: what installers do not make."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A member of `size` bytes that do not compress and are the same for the same seed; it needs no memory."""

    seed: str
    size: int

    def blocks(self) -> Iterator[bytes]:
        """Return the bytes, a mebibyte at a time: the same random one each time, which no deflate window spans."""
        block = random.Random(self.seed).randbytes(min(self.size, _BLOCK))
        for at in range(0, self.size, _BLOCK):
            yield block[: self.size - at]


Member = str | bytes | Link | HardLink | Folder | Pipe | Payload
Members = Mapping[str, Member] | Sequence[tuple[str, Member]]
"""Extra members; a sequence of pairs may name one twice."""


def metadata(
    name: str,
    version: str,
    *,
    classifiers: Iterable[str] = (),
    extra: str = "",
    description: str = "",
) -> str:
    """Return the text of core metadata; `extra` is header lines, `description` is Markdown."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {name}",
        f"Version: {version}",
        f"Summary: {name}, built by the sandbox",
        *(f"Classifier: {classifier}" for classifier in classifiers),
        *extra.splitlines(),
        "Description-Content-Type: text/markdown",
    ]
    text = description or f"# {name}\n\nBuilt by the sandbox.\n"
    return "\n".join(lines) + f"\n\n{text}"


def build_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    classifiers: Iterable[str] = (),
    metadata_extra: str = "",
    metadata_text: str | bytes | None = None,
    members: Members = (),
    without: Iterable[str] = (),
    record_text: str | bytes | Callable[[str], str] | None = None,
    wheel_text: str | bytes | None = None,
    info: str | None = None,
    file_name: str | None = None,
    size: int | None = None,
    tag: str = "py3-none-any",
    zip64: bool = False,
) -> Path:
    """Write a wheel into `folder` and give its path: one module that says its version, installable by pip.

    `metadata_text` replaces METADATA whole; `members` are added as they are, doubles and links too, and stand in
    RECORD; `without` leaves members out (`RECORD`, `WHEEL`, `METADATA`, or a whole path); `record_text` replaces
    RECORD, or changes the right one; `wheel_text` replaces WHEEL; `info` is the name of the `.dist-info` folder;
    `zip64` writes the sizes of every member as ZIP64 has them; `size` adds a payload of that many bytes that do not
    compress, the same for the same name.
    """
    stem = f"{spelled(name)}-{version}"
    info = info or f"{stem}.dist-info"
    text = (
        metadata_text
        if metadata_text is not None
        else metadata(name, version, classifiers=classifiers, extra=metadata_extra)
    )
    content: list[tuple[str, Member]] = [(f"{spelled(name)}/__init__.py", f'__version__ = "{version}"\n')]
    if size is not None:
        content.append((f"{spelled(name)}/payload.bin", Payload(f"{stem}-{tag}", size)))
    content += [
        *_pairs(members),
        (f"{info}/METADATA", text),
        (f"{info}/WHEEL", _wheel_file(tag) if wheel_text is None else wheel_text),
    ]
    content.append((f"{info}/RECORD", _choose_record(record_text, _record(content, info))))
    left_out = {*without, *(f"{info}/{short}" for short in without)}
    path = _place(folder, file_name or f"{stem}-{tag}.whl")
    _write_zip(path, [(member, value) for member, value in content if member not in left_out], zip64=zip64)
    return path


def build_sdist(
    folder: Path,
    name: str,
    version: str,
    *,
    classifiers: Iterable[str] = (),
    metadata_extra: str = "",
    metadata_text: str | bytes | None = None,
    members: Members = (),
    without: Iterable[str] = (),
    file_name: str | None = None,
    size: int | None = None,
    top: str | None = None,
    pyproject: str | None = None,
    global_headers: Mapping[str, str] | None = None,
) -> Path:
    """Write an sdist into `folder` and give its path; the words mean what they mean for `build_wheel`.

    `top` is its folder inside; `members` are named inside `top`, or from the root where they start with `/`.
    `global_headers` stand in a pax header for the whole archive, as `git archive` writes one.
    It builds with its own backend in a file, so that pip can install it without a network.
    """
    top = f"{spelled(name)}-{version}" if top is None else top
    text = (
        metadata_text
        if metadata_text is not None
        else metadata(name, version, classifiers=classifiers, extra=metadata_extra)
    )
    content: list[tuple[str, Member]] = [
        ("PKG-INFO", text),
        ("pyproject.toml", pyproject or pyproject_text(name, version)),
        ("build_backend.py", backend_text(name, spelled(name), version)),
        (f"{spelled(name)}/__init__.py", f'__version__ = "{version}"\n'),
    ]
    if size is not None:
        content.append((f"{spelled(name)}/payload.bin", Payload(f"{top}.tar.gz", size)))
    content += _pairs(members)
    kept = [(member, value) for member, value in content if member not in set(without)]
    path = _place(folder, file_name or f"{spelled(name)}-{version}.tar.gz")
    named = [(m[1:] if m.startswith("/") else f"{top}/{m}", value) for m, value in kept]
    _write_tar(path, named, global_headers=global_headers or {})
    return path


def _wheel_file(tag: str) -> str:
    """WHEEL, with a line for each tag of the set (PEP 425)."""
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    tags = [f"Tag: {'-'.join(each)}" for each in itertools.product(pythons, abis, platforms)]
    purelib = str(abis == ["none"]).lower()
    return "\n".join(["Wheel-Version: 1.0", "Generator: sandbox", f"Root-Is-Purelib: {purelib}", *tags, ""])


def spelled(name: str) -> str:
    """Return a project's name as file names spell it (binary distribution format, PyPA)."""
    return re.sub(r"[-_.]+", "_", name).lower()


def _place(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _pairs(members: Members) -> list[tuple[str, Member]]:
    return list(members.items()) if isinstance(members, Mapping) else list(members)


def _blocks(value: Member) -> Iterator[bytes]:
    match value:
        case Payload():
            yield from value.blocks()
        case Link() | HardLink():
            yield value.target.encode()
        case Folder() | Pipe():
            return
        case str():
            yield value.encode()
        case bytes():
            yield value


def _choose_record(given: str | bytes | Callable[[str], str] | None, right: str) -> str | bytes:
    if given is None:
        return right
    return given if isinstance(given, str | bytes) else given(right)


def _record(content: Iterable[tuple[str, Member]], info: str) -> str:
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    for member, value in content:
        if isinstance(value, Folder):
            continue
        digest, size = hashlib.sha256(), 0
        for block in _blocks(value):
            digest.update(block)
            size += len(block)
        encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
        table.writerow([member, f"sha256={encoded}", size])
    table.writerow([f"{info}/RECORD", "", ""])
    return rows.getvalue()


def _write_zip(path: Path, content: Iterable[tuple[str, Member]], *, zip64: bool) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member, value in content:
            entry = zipfile.ZipInfo(f"{member}/" if isinstance(value, Folder) else member, _ZIP_TIME)
            entry.external_attr = _mode_of(value)
            # A payload is stored: deflating random bytes only costs time.
            entry.compress_type = zipfile.ZIP_STORED if isinstance(value, Payload) else zipfile.ZIP_DEFLATED
            # zipfile warns of a double by its table of names; a double is what the caller wants.
            archive.NameToInfo.pop(member, None)
            with archive.open(entry, "w", force_zip64=zip64) as target:
                for block in _blocks(value):
                    target.write(block)


def _mode_of(value: Member) -> int:
    match value:
        case Link():
            return _LINK_MODE
        case Folder():
            return _FOLDER_MODE
        case Pipe():
            return _PIPE_MODE
        case _:
            return _FILE_MODE


def _write_tar(path: Path, content: Iterable[tuple[str, Member]], *, global_headers: Mapping[str, str]) -> None:
    # mtime=0 and no name in the gzip header: the same arguments give the same bytes.
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, pax_headers=global_headers) as archive,
    ):
        for member, value in content:
            archive.addfile(*_tar_entry(member, value))


def _tar_entry(member: str, value: Member) -> tuple[tarfile.TarInfo, io.BytesIO | None]:
    entry = tarfile.TarInfo(member)
    entry.mode = 0o644
    entry.mtime = _TAR_TIME
    match value:
        case Link():
            entry.type, entry.linkname = tarfile.SYMTYPE, value.target
            return entry, None
        case HardLink():
            entry.type, entry.linkname = tarfile.LNKTYPE, value.target
            return entry, None
        case Folder():
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            return entry, None
        case Pipe():
            entry.type = tarfile.FIFOTYPE
            return entry, None
    data = b"".join(_blocks(value))
    entry.size = len(data)
    return entry, io.BytesIO(data)
