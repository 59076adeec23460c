"""Rules about the layout of a wheel: what stands where, and what WHEEL says of it."""

import re
from collections.abc import Iterator

from packaging.tags import Tag, parse_tag

from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.contents import TEXT_BYTES, Contents, MemberKind
from publish_action.distributions.wheel_metadata import WheelFile, parse_wheel_file
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, doubtful, not_standard, refused_by_pypi
from publish_action.untrusted.text import name_first, quote_short

_WHEEL_VERSION = re.compile(r"1\.[0-9]{1,4}")
# Where installers put what stands below `.data` (binary distribution format, PyPA).
_SCHEMES = frozenset({"purelib", "platlib", "headers", "scripts", "data"})
_REBUILD = "Build the wheel again with a build backend (`python -m build --wheel`); do not pack it by hand."
# More tags than this stand in no file name that a file system takes.
_MOST_TAGS = 4096


def judge_wheel_folder(contents: Contents) -> Iterator[Finding]:
    """PyPI looks for a wheel's metadata in the folder that the file name spells, letter by letter."""
    if contents.name.kind is not Kind.WHEEL:
        return
    wanted = f"{_stem(contents.file)}.dist-info"
    if contents.folder != wanted:
        yield refused_by_pypi(
            "E_WHEEL_LAYOUT",
            file=contents.file,
            message=f"The file name says that the wheel's metadata are in {wanted}/, and PyPI looks nowhere else; they "
            f"are in {quote_short(contents.folder)}.",
            remedy=f"{_REBUILD} `wheel pack` and renaming change only one of the two names.",
            member=contents.metadata_member,
        )


def judge_wheel_files(contents: Contents) -> Iterator[Finding]:
    """A wheel has WHEEL and RECORD beside its METADATA; PyPI and installers refuse it without."""
    if contents.name.kind is not Kind.WHEEL:
        return
    for name in ("WHEEL", "entry_points.txt"):
        if len(contents.texts.get(name, b"")) >= TEXT_BYTES[name]:
            yield _wrong(contents, f"{name} is longer than {TEXT_BYTES[name] >> 10} KiB, which is the limit.")
    for name in ("WHEEL", "RECORD"):
        if name not in contents.texts:
            yield not_standard(
                "E_WHEEL_LAYOUT",
                file=contents.file,
                message=f"The wheel has no {name} at {quote_short(f'{contents.folder}/{name}')} (binary distribution "
                "format).",
                remedy=_REBUILD,
            )


def judge_wheel_version(contents: Contents) -> Iterator[Finding]:
    """Installers read wheels of version 1.x, and refuse those that say another version or none."""
    wheel = _read(contents)
    if wheel is None:
        return
    versions = wheel.values("wheel-version")
    if len(versions) != 1 or not _WHEEL_VERSION.fullmatch(versions[0]):
        said = f"it has {name_first(versions)}" if versions else "it has none"
        yield not_standard(
            "E_WHEEL_LAYOUT",
            file=contents.file,
            message=f"WHEEL must have one field `Wheel-Version: 1.0`, but {said}; installers refuse the wheel.",
            remedy=_REBUILD,
            member=f"{contents.folder}/WHEEL",
        )


def judge_purelib(contents: Contents) -> Iterator[Finding]:
    """What is built for one ABI belongs where the platform's libraries are, which some systems keep apart."""
    wheel = _read(contents)
    if wheel is None:
        return
    values = tuple(value.lower() for value in wheel.values("root-is-purelib"))
    if values not in {("true",), ("false",)}:
        said = f"it says {name_first(values)}" if values else "the field is missing, and installers take it for false"
        yield _doubt(contents, f"`Root-Is-Purelib` in WHEEL must be `true` or `false`; {said}.", _REBUILD)
    elif values == ("true",) and contents.file.split("-")[-2] != "none":
        yield _doubt(
            contents,
            f"WHEEL says `Root-Is-Purelib: true`, and the file name has the ABI tag "
            f"{quote_short(contents.file.split('-')[-2])}: compiled modules are installed among the pure ones.",
            "Tell the build backend about the compiled modules (setuptools: `ext_modules`, or `has_ext_modules` of "
            "the Distribution; hatchling: `pure_python = false` in the build hook).",
        )


def judge_wheel_tags(contents: Contents) -> Iterator[Finding]:
    """The tags in the file name and in WHEEL are one set; installers go by the file name, other tools by WHEEL."""
    wheel = _read(contents)
    if wheel is None:
        return
    lines = wheel.values("tag")
    named = _expand(contents.file.removesuffix(".whl").rsplit("-", 3)[-3:])
    listed = {tag for line in lines[:_MOST_TAGS] for tag in _expand(line.split("-"))}
    if named and listed != named:
        extra = sorted(map(str, listed - named))
        missing = sorted(map(str, named - listed))
        parts = [f"only WHEEL has {name_first(extra)}"] * bool(extra)
        parts += [f"only the file name has {name_first(missing)}"] * bool(missing)
        yield _doubt(
            contents,
            f"The tags in WHEEL and in the file name differ: {', and '.join(parts)}. Installers go by the file name.",
            "Change tags with `wheel tags` or `auditwheel repair`, which write both; do not rename wheels.",
        )


def judge_data_folders(contents: Contents) -> Iterator[Finding]:
    """What stands in the wheel's `.data` folder belongs to a scheme that installers know."""
    if contents.name.kind is not Kind.WHEEL:
        return
    wanted = f"{_stem(contents.file)}.data"
    strange, unknown = dict[str, None](), list[str]()
    for member in contents.members:
        top, _, below = normalise_member_path(member.path).partition("/")
        if not top.endswith(".data") or (not below and member.kind is not MemberKind.FOLDER):
            continue
        if top != wanted:
            strange[top] = None
        scheme, slash, _ = below.partition("/")
        is_folder = member.kind is MemberKind.FOLDER
        if below and (scheme not in _SCHEMES or not (slash or is_folder)):
            unknown.append(member.path)
    if strange:
        yield _wrong(
            contents,
            f"Top-level folders are named for another release's data: {name_first(list(strange))}; this wheel's is "
            f"{wanted}. pip and uv install them differently.",
        )
    if unknown:
        yield _wrong(
            contents,
            f"`.data` may contain only purelib, platlib, headers, scripts and data; pip refuses {name_first(unknown)}.",
        )


def _read(contents: Contents) -> WheelFile | None:
    data = contents.texts.get("WHEEL") if contents.name.kind is Kind.WHEEL else None
    return None if data is None else parse_wheel_file(data)


def _stem(file: str) -> str:
    """Return the `name-version` of a wheel's file name, as it is spelled there."""
    return "-".join(file.split("-")[:2])


def _expand(parts: list[str]) -> frozenset[Tag]:
    """Return every tag of a compressed set (PEP 425), or none where it is no set or one without measure."""
    sizes = [part.count(".") + 1 for part in parts]
    if len(parts) != len(("python", "abi", "platform")) or sizes[0] * sizes[1] * sizes[2] > _MOST_TAGS:
        return frozenset()
    return parse_tag("-".join(parts))


def _wrong(contents: Contents, message: str) -> Finding:
    return not_standard("E_WHEEL_LAYOUT", file=contents.file, message=message, remedy=_REBUILD)


def _doubt(contents: Contents, message: str, remedy: str) -> Finding:
    return doubtful(
        "W_WHEEL_LAYOUT", file=contents.file, message=message, remedy=remedy, member=f"{contents.folder}/WHEEL"
    )
