"""Judge the URLs in the metadata: their form, dependencies on them, and what logs in by them."""

import re
from collections.abc import Callable, Iterator

from packaging.requirements import InvalidRequirement, Requirement

from publish_action.checks.build_backend import name_place, refuse_field
from publish_action.checks.findings import bounded
from publish_action.distributions.contents import Contents
from publish_action.models.finding import Finding, refused_by_pypi, uncertain
from publish_action.untrusted.url_credentials import holds_credentials, show_value

_LONGEST_LABEL = 32
# PyPI's library (rfc3986) drops a host that it cannot read before it judges: what is left to judge is the scheme.
_WEB_ADDRESS = re.compile(r"https?:", re.IGNORECASE)
# As rfc3986 takes a URL apart.
_PARTS = re.compile(
    r"https?:(?://(?P<authority>[^\\/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
# Of five digits behind a host that it can read: a longer one it drops, with the host.
_PORT = re.compile(r"(?:[A-Za-z0-9._~:-]*@)?(?:(?:[A-Za-z0-9-]+\.)*[A-Za-z][A-Za-z0-9-]*|\[::1\]):([0-9]{5})")
_LAST_PORT = 65535
_REQUIRED_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def judge_urls(contents: Contents) -> Iterator[Finding]:
    """PyPI takes Home-Page, Download-URL and Project-URL of http and https, and labels of 1 to 32 characters."""
    raw = contents.metadata.raw
    for field, title, value in (
        ("home-page", "Home-Page", raw.get("home_page", "")),
        ("download-url", "Download-URL", raw.get("download_url", "")),
    ):
        if value.strip() not in {"", "UNKNOWN"} and (problem := find_problem(value)):
            yield refuse_field(contents, field, f"{title} is {show_value(value)}, and {problem}.")
    yield from bounded(
        refuse_field(contents, "project-url", message)
        for label, url in raw.get("project_urls", {}).items()
        if (message := _judge_project_url(label, url))
    )


def judge_direct_references(contents: Contents) -> Iterator[Finding]:
    """PyPI takes no dependency on a URL (PEP 440); a private index may."""
    place = name_place(contents, "requires-dist")
    yield from bounded(
        refused_by_pypi(
            "E_METADATA_DIRECT_REFERENCE",
            file=contents.file,
            message=f"Requires-Dist {show_value(value)} is a direct reference to a URL, which PyPI does not "
            "accept (PEP 440).",
            remedy=f"Name a released version in {place}, publish the dependency too, or leave it to a lock file.",
            member=contents.metadata_member,
        )
        for value in contents.metadata.raw.get("requires_dist", [])
        if "@" in value and _is_direct(value)
    )


def judge_credentials(contents: Contents) -> Iterator[Finding]:
    """Nothing that logs in may stand in a URL: everybody who reads the index reads the metadata."""
    yield from bounded(
        uncertain(
            "E_SECRET",
            file=contents.file,
            message=f"{where} has a password or token in its URL. Everyone who can read the index can read it.",
            remedy=f"Revoke that credential now: whoever has the file has it. Remove it from "
            f"{name_place(contents, field)}: pip and uv read credentials from the environment, netrc or keyring.",
            member=contents.metadata_member,
        )
        for field, where, value in _addresses(contents)
        if holds_credentials(value)
    )


URL_RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (
    judge_urls,
    judge_direct_references,
    judge_credentials,
)
"""In PyPI's order, and then ours."""


def find_problem(value: str) -> str:
    """Return why PyPI does not take the value as a URL of the web, in words behind "and"; empty where it does."""
    if not _WEB_ADDRESS.match(value):
        return "PyPI accepts only http and https URLs"
    parts = _PARTS.fullmatch(value)
    if parts is None:
        return ""
    if any(mark in (parts["path"] + (parts["query"] or "")) for mark in "[]"):
        return "PyPI accepts no `[` or `]` in a path or query: write `%5B` and `%5D`"
    port = _PORT.fullmatch(parts["authority"] or "")
    return f"port {port[1]} is out of range (at most 65535)" if port and int(port[1]) > _LAST_PORT else ""


def _judge_project_url(label: str, url: str) -> str:
    if not label:
        return f"A Project-URL has no label before {show_value(url)}."
    if len(label) > _LONGEST_LABEL:
        return (
            f"The label {show_value(label)} of a Project-URL has {len(label)} characters; PyPI accepts "
            f"{_LONGEST_LABEL}."
        )
    if problem := find_problem(url):
        return f"The Project-URL {show_value(label)} is {show_value(url)}, and {problem}."
    return ""


def _is_direct(value: str) -> bool:
    try:
        return Requirement(value).url is not None
    except (InvalidRequirement, ValueError, RecursionError):
        return False


def _addresses(contents: Contents) -> Iterator[tuple[str, str, str]]:
    """Yield every value that may hold a URL: the field, what to call it in a message, the value."""
    raw = contents.metadata.raw
    for value in raw.get("requires_dist", []):
        name = _REQUIRED_NAME.match(value)
        yield "requires-dist", f"Requires-Dist {name.group()!a}" if name else "A Requires-Dist", value
    for label, url in raw.get("project_urls", {}).items():
        yield "project-url", f"The Project-URL {show_value(label[:_LONGEST_LABEL])}", f"{label} {url}"
    yield "home-page", "Home-Page", raw.get("home_page", "")
    yield "download-url", "Download-URL", raw.get("download_url", "")
