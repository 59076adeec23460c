"""Judge the fields of the core metadata by their specification and by what PyPI adds to it."""

import re
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from email.utils import getaddresses

import packaging
from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from publish_action.checks.build_backend import name_place, refuse_field
from publish_action.checks.findings import bounded
from publish_action.checks.standard_library import STANDARD_MODULES
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import knows_version
from publish_action.models.finding import Finding, doubtful, maybe_refused_by_pypi, not_standard, refused_by_pypi
from publish_action.untrusted.url_credentials import hide_userinfo, show_value

# The newest that PyPI took when this was written (forklift/metadata.py of Warehouse).
_NEWEST_OF_PYPI = Version("2.5")
_LONGEST_SUMMARY = 512
_CHARSET = "UTF-8"
_MOST_NAMED = 5
# Beyond this the standard library's parser of content types takes minutes (its time grows with the square).
_LONGEST_CONTENT_TYPE = 200
# Its parser of addresses is as slow; PyPI's limit for an address is 254.
_LONGEST_ADDRESSES = 4000

_SINCE = re.compile(r"introduced in metadata version ([0-9.]+)")

# Explaining a wrong value takes a tenth of a millisecond, and metadata have room for half a million.
_MOST_SINGLE = 2000

# packaging lets these through where values nest too deeply or `email` stumbles; PyPI answers them with "500".
_STUMBLES = (ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError)


def judge_metadata_version(contents: Contents) -> Iterator[Finding]:
    """PyPI takes the versions that it knows; another index judges a newer minor one for itself."""
    found, unread = contents.metadata.raw["metadata_version"], contents.metadata.unread
    if Version(found) <= _NEWEST_OF_PYPI:
        return
    knows = "" if knows_version(found) else f", and packaging {packaging.__version__} does not know it"
    names = f"{', '.join(map(show_value, unread[:_MOST_NAMED]))}{' and more' if len(unread) > _MOST_NAMED else ''}"
    lost = f" Its fields {names} are not sent, because twine does not know them." if unread else ""
    yield refused_by_pypi(
        "E_METADATA_VERSION",
        file=contents.file,
        message=f"Metadata-Version {found} is newer than {_NEWEST_OF_PYPI}, the newest that PyPI accepted when "
        f"this version was released{knows}.{lost}",
        remedy=f"Set {name_place(contents, 'metadata-version')} to {_NEWEST_OF_PYPI}. If PyPI accepts it by now, use a "
        "newer release of publish-action, or `verify-metadata: false`.",
        member=contents.metadata_member,
    )


def judge_fields(contents: Contents) -> Iterator[Finding]:
    """Yield what packaging finds wrong with each field's values: what twine and PyPI would say first.

    In metadata of a version that packaging does not know these are warnings.
    """
    raw = contents.metadata.raw
    if len(raw.get("description_content_type", "")) <= _LONGEST_CONTENT_TYPE and not _problems_of(raw):
        return
    # By name, as PyPI looks; packaging gives them in another order each time.
    for field, problems in sorted(_judge_each(raw).items()):
        yield from bounded(_report(contents, field, problem) for problem in problems)


def judge_charset(contents: Contents) -> Iterator[Finding]:
    """PyPI takes `charset=UTF-8` in capitals alone: its packaging 26.2 compares letters, 26.3 does not."""
    given = contents.metadata.raw.get("description_content_type", "")
    if not given or len(given) > _LONGEST_CONTENT_TYPE or _problems_of(contents.metadata.raw):
        return
    message = EmailMessage()
    message["content-type"] = given
    charset = message["content-type"].params.get("charset", _CHARSET)
    if charset != _CHARSET:
        yield refused_by_pypi(
            "E_DESCRIPTION",
            file=contents.file,
            message=f"Description-Content-Type has the charset {show_value(charset)}; PyPI accepts only `{_CHARSET}` "
            "in exactly this spelling.",
            remedy=f"Write `charset={_CHARSET}`, or leave it out: {name_place(contents, 'description-content-type')}.",
            member=contents.metadata_member,
        )


def judge_name(contents: Contents) -> Iterator[Finding]:
    """PyPI registers no project that is named as a module of Python's standard library; older ones may go on."""
    project = contents.metadata.project
    if project in STANDARD_MODULES:
        yield maybe_refused_by_pypi(
            "W_NAME_STDLIB",
            file=contents.file,
            message=f"{project!a} is the name of a module of Python's standard library; PyPI accepts no new project of "
            "that name.",
            remedy="Nothing, if the project is on PyPI already. Otherwise choose another name.",
            member=contents.metadata_member,
        )


def judge_summary(contents: Contents) -> Iterator[Finding]:
    """PyPI takes 512 characters; that it is one line is packaging's rule."""
    length = len(contents.metadata.raw.get("summary", ""))
    if length > _LONGEST_SUMMARY:
        yield refuse_field(contents, "summary", f"Summary has {length} characters; PyPI accepts {_LONGEST_SUMMARY}.")


def judge_addresses(contents: Contents) -> Iterator[Finding]:
    """PyPI takes no e-mail address that email-validator refuses; of several in a field it judges none."""
    raw = contents.metadata.raw
    for field, value in (("author-email", raw.get("author_email")), ("maintainer-email", raw.get("maintainer_email"))):
        if value is not None and value.strip() != "UNKNOWN" and (problem := _judge_addresses(value)):
            yield refuse_field(
                contents, field, f"{_title(field)} is {show_value(value)}, and PyPI refuses it: {problem}."
            )


def judge_licenses(contents: Contents) -> Iterator[Finding]:
    """PyPI takes License or License-Expression and not both (PEP 639)."""
    raw = contents.metadata.raw
    if raw.get("license", "").strip() not in {"", "UNKNOWN"} and raw.get("license_expression"):
        yield refused_by_pypi(
            "E_METADATA",
            file=contents.file,
            message="There is a License as well as a License-Expression; PyPI accepts only one of them (PEP 639).",
            remedy=f"Keep the expression in {name_place(contents, 'license-expression')}, and remove the text.",
            member=contents.metadata_member,
        )


def judge_old_dists(contents: Contents) -> Iterator[Finding]:
    """PyPI takes Provides-Dist and Obsoletes-Dist that are requirements (PEP 508) and have no URL."""
    raw = contents.metadata.raw
    for field, values in (
        ("provides-dist", raw.get("provides_dist", [])),
        ("obsoletes-dist", raw.get("obsoletes_dist", [])),
    ):
        yield from bounded(
            refuse_field(contents, field, f"{_title(field)}: {show_value(value)} {problem}.")
            for value in values
            if (problem := _judge_requirement(value))
        )


def judge_dynamic(contents: Contents) -> Iterator[Finding]:
    """PyPI takes no Dynamic that names itself; the other names are packaging's to judge (PEP 643)."""
    if any(field.lower() == "dynamic" for field in contents.metadata.dynamic):
        yield refuse_field(
            contents, "dynamic", "Dynamic lists itself, but it is not a field that can be dynamic (PEP 643)."
        )


METADATA_RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (
    judge_metadata_version,
    judge_name,
    judge_fields,
    judge_charset,
    judge_summary,
    judge_addresses,
    judge_old_dists,
    judge_dynamic,
    judge_licenses,
)
"""In PyPI's order."""


def _judge_each(raw: RawMetadata) -> Mapping[str, list[str]]:
    """Return each problem of each field, by the field's name; packaging alone would stop at a field's first."""
    found = dict[str, list[str]]()
    for key, value in _values(raw):
        if key == "description_content_type" and isinstance(value, str) and len(value) > _LONGEST_CONTENT_TYPE:
            found["description-content-type"] = [
                f"it is {len(value)} characters long, which is too long for a content type"
            ]
            continue
        one = RawMetadata(metadata_version=raw["metadata_version"], name="any", version="1")
        one.update({key: value})  # type: ignore[misc] # the key comes from a RawMetadata
        for field, problem in _problems_of(one):
            problems = found.setdefault(field or key.replace("_", "-"), [])
            if problem not in problems[-1:]:
                problems.append(problem)
    return found


def _values(raw: RawMetadata) -> Iterator[tuple[str, object]]:
    """Yield every field, those of several values once for each of the first; the others stand together."""
    for key, value in raw.items():
        if key == "metadata_version":
            continue
        if isinstance(value, list) and value:
            yield from ((key, [item]) for item in value[:_MOST_SINGLE])
            if len(value) > _MOST_SINGLE:
                yield key, value[_MOST_SINGLE:]
        else:
            yield key, value


def _problems_of(raw: RawMetadata) -> list[tuple[str, str]]:
    """Return what packaging says against the fields, each with the field's name, which is empty where it fell over."""
    try:
        Metadata.from_raw(raw)
    except ExceptionGroup as group:
        return [
            _explain(error)
            for error in group.exceptions
            if not (isinstance(error, InvalidMetadata) and error.field == "metadata-version")
        ]
    except _STUMBLES as error:
        return [("", f"it cannot be read ({type(error).__name__})")]
    return []


def _explain(error: Exception) -> tuple[str, str]:
    """Return packaging's sentence with the cause that it keeps for itself."""
    field = error.field if isinstance(error, InvalidMetadata) else ""
    cause = str(error.__cause__ or "").partition("\n")[0].strip().rstrip(".")
    sentence = hide_userinfo(str(error))
    return field, f"{sentence} ({hide_userinfo(cause)})" if cause and cause not in sentence else sentence


def _report(contents: Contents, field: str, problem: str) -> Finding:
    code = "E_DESCRIPTION" if field == "description-content-type" else "E_METADATA"
    message = f"{_title(field)} is not valid: {problem}."
    remedy = f"Correct {name_place(contents, field)}, and build again."
    if since := _SINCE.search(problem):
        place = name_place(contents, "metadata-version")
        remedy = f"Raise {place} to {since.group(1)} with a current release of the backend, or remove the field."
    if not knows_version(contents.metadata.raw["metadata_version"]):
        return doubtful(
            "W_METADATA_VERSION",
            file=contents.file,
            message=f"By the rules of older metadata versions, {message}",
            remedy=remedy,
            member=contents.metadata_member,
        )
    return not_standard(code, file=contents.file, message=message, remedy=remedy, member=contents.metadata_member)


def _title(field: str) -> str:
    """The field as METADATA spells it."""
    return "Project-URL" if field == "project-url" else field.title()


def _judge_requirement(value: str) -> str:
    try:
        return "is a URL reference, which PyPI does not accept" if Requirement(value).url is not None else ""
    except (InvalidRequirement, *_STUMBLES):
        return "is not a valid requirement (PEP 508)"


# RFC 5321 and 5322, as far as everybody agrees. Non-ASCII addresses are left to PyPI.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z]")
_RESERVED = re.compile(r"(?:.*\.)?(?:arpa|invalid|local|localhost|onion|test)", re.IGNORECASE)


def _judge_addresses(value: str) -> str:
    """Return what is wrong with the one address of a field, only where email-validator would say so too."""
    if len(value) > _LONGEST_ADDRESSES:
        return ""
    try:
        found = getaddresses([value])
    except _STUMBLES:
        return ""
    address = found[0][1] if len(found) == 1 else ""
    return _judge_address(address) if address.isascii() and address else ""


def _judge_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at:
        return "it has no @"
    if not _LOCAL_PART.fullmatch(local) or len(local) > 64:
        return "the part before the @ is not valid"
    if "." not in domain or not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        return "the part after the @ is not a valid domain name"
    return "the domain is reserved for other uses" if _RESERVED.fullmatch(domain) else ""
