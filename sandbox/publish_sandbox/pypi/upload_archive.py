"""What PyPI demands of a distribution's file name and of what is in the archive."""

import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from publish_sandbox.pypi.rules import DOCS, Rejected, invalid

_PEP_527 = "See https://www.python.org/dev/peps/pep-0527"
_PLATFORM = re.compile(
    r"any|win32|win_(amd64|arm64|ia64)|linux_armv[67]l|manylinux(1|2010)_(x86_64|i686)"
    r"|manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
    r"|manylinux_\d+_\d+_(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64|ppc64)"
    r"|musllinux_\d+_\d+_(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)"
    r"|macosx_(10_\d+|(11|12|13|14|15|26)_0)_(ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)"
    r"|ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)|android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)"
    r"|pyemscripten_\d+_\d+_wasm32"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that wants to become one of a project's files."""

    file_name: str
    filetype: str
    project: str
    """As the form spells it."""
    version: str
    license_files: tuple[str, ...]


def is_platform_taken(tag: str) -> bool:
    """Return whether a wheel for this platform is accepted."""
    return _PLATFORM.fullmatch(tag) is not None


def judge_file_name(file_name: str, filetype: str) -> None:
    """Judge what can be seen before the content is read."""
    if re.search(r"[\x00-\x1f\x7f]", file_name):
        raise invalid(
            "Cannot upload a file with non-printable characters (ordinals 0-31) or the DEL character (ordinal 127) "
            "in the name."
        )
    if "/" in file_name or "\\" in file_name:
        raise invalid("Cannot upload a file with '/' or '\\' in the name.")
    if not file_name.endswith((".tar.gz", ".whl", ".zip")):
        raise invalid(
            f"Invalid file extension: Use .tar.gz, .whl or .zip extension. {_PEP_527} and "
            "https://peps.python.org/pep-0715/ for more information"
        )
    fitting = (".whl",) if filetype == "bdist_wheel" else (".tar.gz", ".zip")
    if not file_name.endswith(fitting):
        extension = next(end for end in (".tar.gz", ".whl", ".zip") if file_name.endswith(end))
        raise invalid(
            f"Invalid file extension: Extension {extension} is invalid for filetype {filetype}. "
            f"{_PEP_527} for more information."
        )


def judge_archive(path: Path, candidate: Candidate) -> bytes | None:
    """Judge the archive, then whether it is this project's and this version's; give a wheel's METADATA."""
    if candidate.filetype == "sdist":
        members = _judge_tar(path) if candidate.file_name.endswith(".tar.gz") else _open_zip(path)
        _judge_sdist(candidate, members)
        return None
    members = _open_zip(path)
    info = _dist_info(candidate.file_name)
    if f"{info}/WHEEL" not in members:
        raise _bad_file(f"WHEEL not found at {info}/WHEEL")
    _judge_wheel_name(candidate)
    _require_license_files(candidate, members, f"{info}/licenses")
    for required in ("RECORD", "METADATA"):
        if f"{info}/{required}" not in members:
            raise invalid(
                f"Wheel '{candidate.file_name}' does not contain the required {required} file: {info}/{required}"
            )
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{info}/METADATA")


def judge_names(candidate: Candidate) -> None:
    """Judge the file name alone, for an index that keeps no bytes."""
    if candidate.filetype == "sdist":
        _judge_sdist(candidate, None)
    else:
        _dist_info(candidate.file_name)
        _judge_wheel_name(candidate)


def _open_zip(path: Path) -> set[str]:
    if not zipfile.is_zipfile(path):
        raise _bad_file("File is not a zipfile")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise _bad_file("File is not a zipfile") from None
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _bad_file("File does not use a supported compression type")
    if any(entry.flag_bits & 0x08 for entry in entries):
        raise _bad_zip("ZIP contains a data descriptor")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise _bad_zip("ZIP contains duplicate entries")
    return set(names)


def _judge_tar(path: Path) -> set[str]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            names = archive.getnames()
    except (tarfile.TarError, OSError, EOFError):
        raise _bad_file("File is not a tarfile") from None
    tops = {name.split("/")[0] for name in names}
    if len(tops) != 1:
        raise _bad_file("Incorrect number of top-level directories in sdist")
    pkg_info = f"{tops.pop()}/PKG-INFO"
    if pkg_info not in names:
        raise _bad_file(f"PKG-INFO not found at {pkg_info}")
    return set(names)


def _judge_sdist(candidate: Candidate, members: set[str] | None) -> None:
    spelled = canonicalize_name(candidate.project).replace("-", "_")
    stem, _, version = candidate.file_name.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")
    if canonicalize_name(stem) != canonicalize_name(candidate.project):
        raise invalid(f"Start filename for '{candidate.project}' with '{spelled}'.")
    wanted = f"{spelled}-{candidate.version}.tar.gz"
    if stem != spelled or not _same_version(version, candidate.version) or not candidate.file_name.endswith(".tar.gz"):
        raise invalid(f"Filename '{candidate.file_name}' is invalid, should be '{wanted}'.")
    if members is not None:
        _require_license_files(candidate, members, f"{stem}-{version}")


def _judge_wheel_name(candidate: Candidate) -> None:
    try:
        name, version, _, tags = parse_wheel_filename(candidate.file_name)
    except InvalidWheelFilename as error:
        raise invalid(str(error)) from None
    for tag in tags:
        if not is_platform_taken(tag.platform):
            raise invalid(f"Binary wheel '{candidate.file_name}' has an unsupported platform tag '{tag.platform}'.")
    spelled = canonicalize_name(candidate.project).replace("-", "_")
    if name != canonicalize_name(candidate.project):
        raise invalid(f"Start filename for '{candidate.project}' with '{spelled}'.")
    if (written := candidate.file_name.split("-")[0]) != spelled:
        raise invalid(
            f"Filename '{candidate.file_name}' should contain the normalized project name '{spelled}', not '{written}'."
        )
    if version != Version(candidate.version):
        raise invalid(f"Version in filename should be '{candidate.version}' not '{version}'.")


def _dist_info(file_name: str) -> str:
    parts = file_name.removesuffix(".whl").split("-")
    if len(parts) < 3:
        raise _bad_file("Unable to parse name and version from wheel filename")
    return f"{parts[0]}-{parts[1]}.dist-info"


def _require_license_files(candidate: Candidate, members: set[str], folder: str) -> None:
    for license_file in candidate.license_files:
        place = f"{folder}/{license_file}"
        if place not in members:
            raise invalid(
                f"License-File {license_file} does not exist in distribution file {candidate.file_name} at {place}"
            )


def _same_version(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False


def _bad_file(text: str) -> Rejected:
    return invalid(f"Invalid distribution file. {text}")


def _bad_zip(text: str) -> Rejected:
    return _bad_file(f"ZIP archive not accepted: {text}. See {DOCS}/archives for more information")
