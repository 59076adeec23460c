"""What an index's answer to an upload means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from publish_action.network.messages import extract_words, is_page_about

_STORED = frozenset({200, 201, 202, 204})
_OBJECTIONS = frozenset({400, 409, 422})
_BUSY = frozenset({408, 425, 429})
_LONGEST_WAIT = 120.0
"""Seconds: an index that asks for more is asked again anyway."""

# Warehouse cannot reach Sigstore, or something in its verification broke: a 400 that heals by itself (measured).
_TRANSIENT_OBJECTIONS = ("Failed to refresh TUF metadata", "Unknown error while trying to verify included attestations")
# Warehouse limits only the creation of projects, sends no Retry-After, and more tries may lengthen the wait
# (pypi/support#11827).
_CREATION_LIMIT = re.compile(r'"project\.create\.[a-z]+"\s*;\s*r=0\s*;\s*t=(\d{1,9})')


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The index took the distribution; with 202 it may still judge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFromIndex:
    """A page that is no index's answer came with a status of success: a captive portal or a login page."""

    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """The index wants the upload elsewhere; a body with a credential follows no redirect."""

    host: str
    """Where to; empty where the answer does not say."""
    slash_only: bool
    """The place differs from ours by a final slash alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefused:
    """401 or 403: who we are, or what we may do, is not accepted."""

    status: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """400, 409 or 422: something is wrong with the file, or it is there already; only its hash on the index tells."""

    status: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The index could not do it now."""

    said: str
    wait: float | None
    """Seconds that the index asks for, at most two minutes; None = it names no time."""
    status: int | None = None
    """None = no answer came."""
    advice: str = ""
    """What else to do if it stays so."""
    timed_out: bool = False
    """The upload took all the time that it had."""
    once: bool = False
    """It is worth one more try, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRefused:
    """Any other no. Asking again would not help."""

    status: int
    said: str


UploadAnswer = Stored | NotFromIndex | Redirected | LoginRefused | Objected | Busy | UploadRefused


def judge_upload(*, url: str, status: int, reason: str, headers: Mapping[str, str], body: bytes) -> UploadAnswer:
    """Say what the answer to an upload to `url` means. Statuses decide; words are only quoted.

    `headers` are looked up in any letter case.
    """
    content_type = headers.get("Content-Type", "")
    said = extract_words(reason=reason, content_type=content_type, body=body)
    if status in _STORED:
        return Stored() if _is_from_index(status, content_type, body) else NotFromIndex(said=said)
    if 300 <= status < 400:
        return _judge_redirect(url, headers.get("Location", ""))
    return _judge_no(status, headers, said)


def _judge_no(status: int, headers: Mapping[str, str], said: str) -> UploadAnswer:
    if status in {401, 403}:
        return LoginRefused(status=status, said=said)
    if status in _OBJECTIONS:
        return (
            Busy(status=status, said=said, wait=None, once=True)
            if any(words in said for words in _TRANSIENT_OBJECTIONS)
            else Objected(status=status, said=said)
        )
    if status == 429 and _creation_limit(headers):
        return UploadRefused(status=status, said=f"{said} (the limit is lifted in {_creation_limit(headers)} seconds)")
    if status in _BUSY or 500 <= status < 600:
        return Busy(status=status, said=said, wait=_parse_wait(headers.get("Retry-After", "")))
    return UploadRefused(status=status, said=said)


def _is_from_index(status: int, content_type: str, body: bytes) -> bool:
    """Indexes answer success with no body, with text, with JSON, or (Warehouse) with a page about the status."""
    start = body.lstrip()[:16].lower()
    # pypiserver calls its empty answer HTML (measured).
    is_page = bool(start) and ("html" in content_type.lower() or start.startswith((b"<!doctype html", b"<html")))
    return not is_page or is_page_about(status, body)


def _judge_redirect(url: str, location: str) -> Redirected:
    try:
        ours, theirs = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:
        return Redirected(host="", slash_only=False)
    same_place = ours[:2] == theirs[:2] and ours.path.rstrip("/") == theirs.path.rstrip("/")
    return Redirected(
        host=theirs.netloc.rpartition("@")[2] if location else "", slash_only=same_place and ours.path != theirs.path
    )


def _creation_limit(headers: Mapping[str, str]) -> str:
    found = _CREATION_LIMIT.search(headers.get("RateLimit", "")[:1024])
    return found[1] if found else ""


def _parse_wait(retry_after: str) -> float | None:
    """Read Retry-After where it is a number of seconds; a date would need a clock that agrees with theirs."""
    return min(float(retry_after), _LONGEST_WAIT) if re.fullmatch(r"[0-9]{1,9}", retry_after) else None
