"""Parse core metadata that every reader understands alike, or explain why readers would differ."""

import email.parser
import email.policy
import re
import unicodedata
from dataclasses import dataclass

import packaging
from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from publish_action.untrusted.text import shorten

MAX_METADATA_BYTES = 8 << 20
"""Longer metadata are refused. The longest that PyPI serves are a tenth of this."""
_MOST_FIELD_LINES = 100_000
"""Above the description. Each is kept as two texts, and there are readers that run through all of them."""

# packaging >= 26.1, the lowest we run with, knows it; what it does not know above this is newer than it.
_SURELY_KNOWN = Version("2.5")
# The core metadata specification: a newer minor version is read with a warning, a newer major one is not read.
_NEWER_MINOR = re.compile(r"2\.(?:[6-9]|[1-9][0-9])")
# PEP 639 gave License-File its meaning; setuptools wrote it under older versions with another one.
_LICENSE_FILE_SINCE = Version("2.4")

# Signs that people and word processors put where a colon belongs; NFKC folds the full-width forms only.
_COLONS = str.maketrans(dict.fromkeys("\u2236\u2237\u02d0\ua789", ":"))
# Lines end where the e-mail parser ends them: a lone CR counts, which `^` does not know.
_MARKER_LINE = re.compile(r"(?:\A|[\r\n])classifier[^\S\r\n]*:([^\r\n]*)", re.IGNORECASE)

_REBUILD = "Build the distribution again with a current build backend."
_BARE_IMPORT_NAME = re.compile(rb"^Import-Name(?:space)?[ \t]*\r?$", re.MULTILINE)
_IMPORT_NAMES = (
    "hatchling (1.33.0 is one) writes a line `Import-Name` without a colon for `import-names = []`. Leave the key out "
    'of `[project]` in pyproject.toml, or list there what can be imported (`import-names = ["acme"]`), and build '
    "again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """A METADATA or PKG-INFO that every reader understands alike (PEP 566)."""

    name: str
    """As it is spelt there."""
    project: str
    """The same name, normalised (PEP 503)."""
    version: str
    """As it is spelt there; valid under PEP 440."""
    classifiers: tuple[str, ...]
    requires_python: str
    """Empty where there is none."""
    dynamic: tuple[str, ...]
    raw: RawMetadata
    """Every field, as packaging reads it and as twine sends it. To be read only."""
    unread: tuple[str, ...] = ()
    """Names, in lower case, of the fields that only a newer metadata version can define. twine does not send them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataProblem:
    """Why metadata have no certain meaning, with the reason code."""

    code: str
    message: str
    remedy: str


def parse_metadata(data: bytes) -> CoreMetadata | MetadataProblem:
    """Read a METADATA or PKG-INFO file, or say what makes its meaning uncertain.

    The fields are read as twine reads them (`packaging.metadata.parse_email`), and what twine would refuse or
    lose is a problem here. Values are not validated beyond name and version.
    """
    if problem := _judge_bytes(data) or _judge_shape(data):
        return problem
    fields = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    defects = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(data).defects
    raw, unknown = _read_fields(data)
    if defects:
        return _ambiguous(
            f"A header line in the metadata is malformed ({type(defects[0]).__name__}): "
            "readers stop there and lose the fields below it.",
            remedy=_IMPORT_NAMES if _BARE_IMPORT_NAME.search(fields) else _REBUILD,
        )
    if _is_older_than_license_file(raw):
        # As twine does: 14 % of the wheels on PyPI carry it (measured), and refusing them helps nobody.
        raw.pop("license_files", None)
    return _judge_unknown(unknown, raw) or _judge_hidden_marker(data, raw) or _understand(raw, tuple(sorted(unknown)))


def _read_fields(data: bytes) -> tuple[RawMetadata, dict[str, list[str]]]:
    """Return the fields, and what is left over; a field that repeats its value has that one for every reader."""
    raw, unknown = parse_email(data)
    for name, values in tuple(unknown.items()):
        once, rest = parse_email(f"{name}: {values[0]}\n")
        if len(set(values)) == 1 < len(values) and not rest and "\n" not in values[0]:
            raw.update(once)
            del unknown[name]
    return raw, unknown


def _judge_shape(data: bytes) -> MetadataProblem | None:
    """Metadata are fields and a text. What makes e-mail of them, with messages inside, means something else to some."""
    fields = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    if fields.count(b"\n") > _MOST_FIELD_LINES:
        return _unreadable(f"The metadata have more than {_MOST_FIELD_LINES} header lines.")
    kind = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(fields).get_content_maintype()
    if kind in {"multipart", "message"}:
        return _ambiguous(
            f"A Content-Type field declares the metadata to be a {kind} e-mail: e-mail parsers split the description."
        )
    return None


def knows_version(metadata_version: str) -> bool:
    """Return whether the installed packaging has the rules of this Metadata-Version."""
    try:
        Metadata.from_raw({"metadata_version": metadata_version, "name": "any", "version": "1"})
    except ExceptionGroup:
        return False
    return True


def declares_private(classifier: str) -> bool:
    """Return whether a classifier is `Private ::`, in any spelling that PyPI's rule is meant to catch.

    Case, spaces, quotes, invisible characters and look-alike colons make no difference. Letters of another
    script do: such a classifier is an unknown one, and PyPI refuses it as that.
    """
    folded = unicodedata.normalize("NFKC", classifier.translate(_COLONS)).casefold()
    spelling = "".join(letter for letter in folded if letter.isalnum() or letter == ":")
    return spelling == "private" or spelling.startswith("private:")


def shows_private_line(text: str) -> bool:
    """Return whether a line of the text is a `Classifier:` header with a private value, wherever it stands."""
    return any(declares_private(value) for value in _MARKER_LINE.findall(text))


def _judge_bytes(data: bytes) -> MetadataProblem | None:
    if len(data) > MAX_METADATA_BYTES:
        return _unreadable(f"The metadata are {len(data)} bytes long; at most {MAX_METADATA_BYTES} are read.")
    if data.startswith(b"\xef\xbb\xbf"):
        return _unreadable("The metadata start with a byte order mark, which hides the first field.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _unreadable(f"The metadata are not UTF-8 (byte {error.start}).")
    return None


def _is_older_than_license_file(raw: RawMetadata) -> bool:
    try:
        return Version(raw.get("metadata_version", "0")) < _LICENSE_FILE_SINCE
    except ValueError:  # InvalidVersion, and what `int` raises for thousands of digits
        return False


def _judge_unknown(unknown: dict[str, list[str]], raw: RawMetadata) -> MetadataProblem | None:
    wrong = unknown
    if _is_newer_minor(raw.get("metadata_version", "")):
        wrong = {name: values for name, values in unknown.items() if _is_known(name) or _may_hide(name, values)}
    if not wrong:
        return None
    fields = ", ".join(ascii(name) for name in sorted(wrong))
    return _unreadable(f"The metadata have fields that are unknown, malformed or repeated: {fields}.")


def _is_known(field: str) -> bool:
    """Return whether packaging knows a field of this name, so that it was one of its values that it could not read."""
    return not parse_email(f"{field}: a, b\n")[1]


def _may_hide(field: str, values: list[str]) -> bool:
    """Return whether a field that we cannot read looks as if it declared the project private."""
    return "private" in field or "classifier" in field or any(map(declares_private, values))


def _judge_hidden_marker(data: bytes, raw: RawMetadata) -> MetadataProblem | None:
    # After a blank line every field is description, and no parser calls that a defect.
    if any(map(declares_private, raw.get("classifiers", ()))) or not shows_private_line(data.decode("utf-8")):
        return None
    return _ambiguous(
        "A line `Classifier: Private ...` stands in the metadata where readers take it for description.",
        remedy="If the project is private, repair its metadata; if the description shows such a line, indent it.",
    )


def _understand(raw: RawMetadata, unread: tuple[str, ...]) -> CoreMetadata | MetadataProblem:
    missing = [field for field in ("Metadata-Version", "Name", "Version") if not raw.get(_key(field))]
    if missing:
        return _unreadable(f"The metadata lack {' and '.join(missing)}.")
    name, version = raw["name"], raw["version"]
    if problem := _judge_metadata_version(raw["metadata_version"]) or _judge_name(name) or _judge_version(version):
        return problem
    return CoreMetadata(
        name=name,
        project=canonicalize_name(name),
        version=version,
        classifiers=tuple(raw.get("classifiers", ())),
        requires_python=raw.get("requires_python", ""),
        dynamic=tuple(raw.get("dynamic", ())),
        raw=raw,
        unread=unread,
    )


def _key(field: str) -> str:
    return field.lower().replace("-", "_")


def _judge_metadata_version(found: str) -> MetadataProblem | None:
    if knows_version(found) or _is_newer_minor(found):
        return None
    knows = f"packaging {packaging.__version__}"
    if _is_newer(found):
        return _unreadable(
            f"Metadata-Version {shorten(found)!a} is newer than those that {knows} knows, and is not a minor version "
            "of 2.",
            remedy="Use a newer release of publish-action, or a build backend that writes an older version.",
        )
    return _unreadable(f"Metadata-Version {shorten(found)!a} is not one that {knows} knows.")


def _is_newer_minor(found: str) -> bool:
    return _NEWER_MINOR.fullmatch(found) is not None


def _is_newer(found: str) -> bool:
    try:
        return Version(found) > _SURELY_KNOWN
    except ValueError:
        return False


def _judge_name(name: str) -> MetadataProblem | None:
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        return MetadataProblem(
            code="E_NAME_INVALID",
            message=f"The project's name {name!a} is not valid.",
            remedy="Use ASCII letters, digits, '.', '_' and '-'; a letter or digit first and last (PEP 508).",
        )
    return None


def _judge_version(version: str) -> MetadataProblem | None:
    try:
        Version(version)
    except ValueError:  # InvalidVersion, and what `int` raises for thousands of digits
        return MetadataProblem(
            code="E_METADATA",
            message=f"The version {shorten(version)!a} is not valid.",
            remedy="Use a version of the form that PEP 440 describes, for example 1.4.0 or 1.4.0rc1.",
        )
    return None


def _unreadable(message: str, *, remedy: str = _REBUILD) -> MetadataProblem:
    return MetadataProblem(code="E_METADATA_UNREADABLE", message=message, remedy=remedy)


def _ambiguous(message: str, *, remedy: str = _REBUILD) -> MetadataProblem:
    return MetadataProblem(code="E_METADATA_AMBIGUOUS", message=message, remedy=remedy)
