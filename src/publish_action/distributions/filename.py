"""Parse file names: what a file in `packages-dir` is, and the project, version and tags of a distribution."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind

SIGNATURE_SUFFIX = ".asc"
ATTESTATION_SUFFIX = ".attestation"
# twine takes `FILE.*.attestation`: an index accepts two a file, the publisher's and the build's (PEP 740).
_ATTESTATION = re.compile(r".+\.publish\.attestation|.+\.(?:whl|tar\.gz)\..+\.attestation", re.DOTALL)

_KINDS = {".whl": Kind.WHEEL, ".tar.gz": Kind.SDIST}
# What older or other packaging tools make. Compared without regard to case: `.WHL` is a stray as well.
_STRAY_SUFFIXES = (
    *(".whl", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.z", ".tar.zst"),
    *(".zip", ".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg", ".pkg", ".conda"),
)
# Of a name, a version (`!` and `+` are PEP 440's) and the marks between them.
_CHARACTERS = re.compile(r"[A-Za-z0-9._+!-]+")
# Name, version, at most one build number, three tags and a label (PEP 825). A build number begins with a digit.
_VARIANT = re.compile(r"[^-]+-[0-9][^-]*(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+-[a-z0-9_.]+\.whl")
_REMEDY = "Leave the file's name as the build backend wrote it; project names are ASCII (PEP 508)."


class Role(Enum):
    """What a file is among the distributions (contract, section 5)."""

    DISTRIBUTION = auto()
    SIGNATURE = auto()
    ATTESTATION = auto()
    STRAY = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A distribution's file name, taken apart."""

    file: str
    kind: Kind
    project: str
    """Normalised (PEP 503)."""
    version: Version
    python_tag: str
    """Of a wheel; `source` for an sdist, the word of the upload form."""

    def agrees_with(self, *, name: str, version: str) -> bool:
        """Return whether this is the same project (PEP 503) and the same version (PEP 440)."""
        try:
            return canonicalize_name(name) == self.project and Version(version) == self.version
        except InvalidVersion:
            return False

    def agrees_with_stem(self, stem: str) -> bool:
        """Return whether a folder's `name-version` means this project and version."""
        name, _, version = stem.rpartition("-")
        return self.agrees_with(name=name, version=version)


def detect_role(file: str) -> Role:
    """Return what the file with this base name is."""
    if file.endswith(tuple(_KINDS)):
        return Role.DISTRIBUTION
    if file.endswith(SIGNATURE_SUFFIX):
        return Role.SIGNATURE
    if _ATTESTATION.fullmatch(file):
        return Role.ATTESTATION
    return Role.STRAY if file.lower().endswith(_STRAY_SUFFIXES) else Role.OTHER


def is_companion(file: str, *, of: str) -> bool:
    """Return whether a file, by its base name, is a signature or an attestation of a distribution beside it."""
    rest = file.removeprefix(of)
    if rest == file:
        return False
    return rest == SIGNATURE_SUFFIX or (rest.startswith(".") and rest.endswith(ATTESTATION_SUFFIX))


def parse_file_name(file: str) -> FileName:
    """Take the base name of a distribution apart.

    Raises `DistributionsInvalid` (E_NAME_INVALID) for a name that no index accepts.
    """
    try:
        if not _CHARACTERS.fullmatch(file):
            raise ValueError("it has characters that names and versions cannot have")
        parsed = _parse_wheel(file) if file.endswith(".whl") else _parse_sdist(file)
        if not is_normalized_name(parsed.project):
            raise ValueError("it does not begin with a valid project name")
    except ValueError as error:
        raise DistributionsInvalid(
            f"The file name {file!a} is not that of a distribution: {error}.",
            remedy=_advise(file),
            code="E_NAME_INVALID",
        ) from error
    return parsed


def _advise(file: str) -> str:
    """Return what to do about a name that is not a distribution's, by what it looks like."""
    if not file.isascii():
        return _REMEDY
    if file.endswith(".tar.gz"):
        return (
            "If it is an archive of programs or data and not an sdist, keep it out of `packages-dir`: name the files "
            "to publish, for example `dist/*.whl`. An sdist is named `{name}-{version}.tar.gz` by its build "
            "backend (PEP 625)."
        )
    if _VARIANT.fullmatch(file):
        return (
            "Wheel variants (PEP 817, PEP 825) are a proposal that no index takes yet: keep this wheel out of "
            "`packages-dir`, and publish the ones without a variant label."
        )
    return "Leave the file's name as the build backend wrote it: `{name}-{version}(-{build})-{tags}.whl` (PEP 427)."


def _parse_wheel(file: str) -> FileName:
    try:
        project, version, _, _ = parse_wheel_filename(file)
    except InvalidWheelFilename as error:
        raise ValueError("it is not a valid wheel name") from error
    # PEP 427: the tags are the last three parts, whether there is a build number or not.
    return FileName(file=file, kind=Kind.WHEEL, project=project, version=version, python_tag=file.split("-")[-3])


def _parse_sdist(file: str) -> FileName:
    try:
        project, version = parse_sdist_filename(file)
    except InvalidSdistFilename as error:
        raise ValueError("it is not a valid sdist name") from error
    return FileName(file=file, kind=Kind.SDIST, project=project, version=version, python_tag="source")
