"""What PyPI demands of the fields of an upload form, in its order and in its words."""

import re
from email.utils import parseaddr
from urllib.parse import urlsplit

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.requirements import Requirement
from packaging.version import Version

from publish_sandbox.http.multipart import Form
from publish_sandbox.pypi.rules import CORE_METADATA, invalid

_FILE_FIELDS = ("content", "gpg_signature")
_METADATA_VERSIONS = frozenset({"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"})
_NAME = re.compile(r"([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])", re.IGNORECASE | re.ASCII)
_HEX64 = re.compile(r"[A-F0-9]{64}", re.IGNORECASE)
_HELD_FIRST = ("metadata-version", "name", "version")

# Form key to key of packaging's RawMetadata.
_SCALARS = {
    name: name
    for name in (
        "metadata_version",
        "name",
        "version",
        "summary",
        "description",
        "description_content_type",
        "home_page",
        "download_url",
        "author",
        "author_email",
        "maintainer",
        "maintainer_email",
        "license",
        "license_expression",
        "requires_python",
    )
}
_LISTS = {
    "classifiers": "classifiers",
    "platform": "platforms",
    "supported_platform": "supported_platforms",
    "requires_dist": "requires_dist",
    "requires_external": "requires_external",
    "provides_extra": "provides_extra",
    "license_file": "license_files",
    "dynamic": "dynamic",
    "import_name": "import_names",
    "import_namespace": "import_namespaces",
}
# The index knows each classifier; these are the roots under which all of them stand.
_CLASSIFIER_ROOTS = frozenset(
    {
        "Development Status",
        "Environment",
        "Framework",
        "Intended Audience",
        "License",
        "Natural Language",
        "Operating System",
        "Programming Language",
        "Topic",
        "Typing",
    }
)
_DEPRECATED_CLASSIFIERS = {"Natural Language :: Ukranian": ["Natural Language :: Ukrainian"]}


def clean(form: Form) -> None:
    """Drop what stands for nothing and refuse files where text belongs."""
    for part in form.files:
        if part.name not in _FILE_FIELDS:
            raise invalid(f"{part.name}: Should not be a tuple.")
    for name, values in list(form.fields.items()):
        kept = [value for value in values if value.strip() not in ("UNKNOWN", "")]
        form.fields[name] = kept
        if not kept:
            del form.fields[name]


def judge(form: Form) -> None:
    """Judge all fields: first the form's own, then the metadata."""
    if form.first("protocol_version") not in ("", "1"):
        raise invalid("Unknown protocol version.")
    _judge_fields(form)
    _judge_metadata(form)


def _judge_fields(form: Form) -> None:
    """Judge the fields that are not metadata: `name`, then by alphabet, then those that depend on others."""
    name = form.first("name")
    if not _NAME.fullmatch(name):
        error = (
            "Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'."
            if name
            else "This field is required."
        )
        raise invalid(f"'{name}' is an invalid value for Name. Error: {error}{CORE_METADATA}")
    blake2b, filetype, sha256 = (form.first(key) for key in ("blake2_256_digest", "filetype", "sha256_digest"))
    if blake2b and not _HEX64.fullmatch(blake2b):
        raise _bad_value("blake2_256_digest", "Use a valid, hex-encoded, BLAKE2 message digest.")
    if filetype not in ("sdist", "bdist_wheel"):
        raise _bad_value("filetype", "Use a known file type." if filetype else "This field is required.")
    if sha256 and not _HEX64.fullmatch(sha256):
        raise _bad_value("sha256_digest", "Use a valid, hex-encoded, SHA256 message digest.")
    pyversion = form.first("pyversion")
    if filetype == "bdist_wheel" and not pyversion:
        raise _bad_value("pyversion", "Python version is required for binary distribution uploads.")
    if filetype == "sdist" and pyversion not in ("", "source"):
        raise _bad_value("pyversion", "Use 'source' as Python version for an sdist.")
    if not (blake2b or sha256 or form.first("md5_digest")):
        raise invalid("Error: Include at least one message digest.")


def _judge_metadata(form: Form) -> None:
    """Judge the metadata in PyPI's three stages; one error is reported."""
    for key in sorted(_SCALARS):
        if len(form.fields.get(key, [])) > 1:
            raise invalid(f"'{key.replace('_', '-')}' has invalid data.{CORE_METADATA}")
    version = form.first("metadata_version")
    if version not in _METADATA_VERSIONS:
        raise invalid(
            f"{version if version is None else repr(version) if version else None} "
            f"is not a valid metadata version.{CORE_METADATA}"
        )
    try:
        metadata = Metadata.from_raw(_raw(form), validate=True)
    except ExceptionGroup as group:
        errors = [error for error in group.exceptions if isinstance(error, InvalidMetadata)]
        first = min(errors, key=lambda error: (_rank(error.field), error.field))
        raise invalid(f"{str(first).rstrip('.')}.{CORE_METADATA}") from None
    _judge_by_own_rules(form, metadata)


def _judge_by_own_rules(form: Form, metadata: Metadata) -> None:
    _refuse_local_version(metadata.version)
    for key in ("author_email", "maintainer_email"):
        _refuse_bad_address(form.first(key))
    for classifier in metadata.classifiers or []:
        _refuse_unknown_classifier(classifier)
    if metadata.license and metadata.license_expression:
        raise invalid(
            "License is deprecated when License-Expression is present. "
            f"Only License-Expression should be present.{CORE_METADATA}"
        )
    for url in (metadata.home_page, metadata.download_url, *(metadata.project_urls or {}).values()):
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise invalid(f"'{url}' is not a valid url.{CORE_METADATA}")
    for label in metadata.project_urls or {}:
        if len(label) > 32:
            raise invalid(f"'{label}' must be 32 characters or less.{CORE_METADATA}")
    for requirement in metadata.requires_dist or []:
        _refuse_direct(requirement)
    if len(metadata.summary or "") > 512:
        raise invalid(f"'summary' field must be 512 characters or less.{CORE_METADATA}")


def _refuse_local_version(version: Version) -> None:
    if version.local:
        raise invalid(
            f"The use of local versions in '{version}' is not allowed. See https://packaging.python.org/en/latest/"
            "specifications/version-specifiers/#local-version-identifiers for more information."
        )


def _refuse_bad_address(field: str) -> None:
    for entry in filter(None, field.split(",")):
        address = parseaddr(entry)[1]
        if "@" not in address:
            raise invalid(
                f"'{entry.strip()}' is not a valid email address: An email address must have an @-sign.{CORE_METADATA}"
            )


def _refuse_unknown_classifier(classifier: str) -> None:
    if instead := _DEPRECATED_CLASSIFIERS.get(classifier):
        raise invalid(
            f"The classifier '{classifier}' has been deprecated, use one of {instead} instead.{CORE_METADATA}"
        )
    if classifier.partition(" :: ")[0] not in _CLASSIFIER_ROOTS:
        raise invalid(f"'{classifier}' is not a valid classifier.{CORE_METADATA}")


def _refuse_direct(requirement: Requirement) -> None:
    if requirement.url:
        raise invalid(f"Can't have direct dependency: {requirement}.{CORE_METADATA}")


def _raw(form: Form) -> RawMetadata:
    raw: dict[str, object] = {key: form.first(key) for key in _SCALARS if form.first(key)}
    raw |= {theirs: form.fields[ours] for ours, theirs in _LISTS.items() if ours in form.fields}
    if keywords := form.first("keywords"):
        raw["keywords"] = [word.strip() for word in keywords.split(",")]
    if urls := form.fields.get("project_urls"):
        raw["project_urls"] = {label.strip(): url.strip() for label, _, url in (pair.partition(",") for pair in urls)}
    return RawMetadata(**raw)  # type: ignore[typeddict-item,no-any-return]  # the keys come from the tables above


def _rank(field: str) -> int:
    return _HELD_FIRST.index(field) if field in _HELD_FIRST else len(_HELD_FIRST)


def _bad_value(field: str, error: str) -> Exception:
    return invalid(f"Invalid value for {field}. Error: {error}")
