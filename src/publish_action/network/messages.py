"""The words of an index's answer, on one bounded line."""

import html
import re

from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.text import shorten

# Read no further into a body: the words stand at the top, and the patterns below are not linear.
_READ = 8192
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_STATUS_LINE = re.compile(r"\d{3}\s+(.+)", re.DOTALL)


def extract_words(*, reason: str, content_type: str, body: bytes) -> str:
    """Give what the index says in an answer: the reason phrase, and the message in the body where it says more.

    HTTP/2 has no reason phrase, and Pulp says everything in it: so both are read (Warehouse and Pulp, measured).
    """
    said = _strip_status(_body_words(content_type.split(";", maxsplit=1)[0].strip().lower(), body))
    if reason.lower() in said.lower():
        return shorten(said)
    if said.lower() in reason.lower():
        return shorten(reason)
    return shorten(f"{reason}: {said}")


def is_page_about(status: int, body: bytes) -> bool:
    """Say whether an HTML body is a server's own page about this status, as Warehouse's `<title>200 OK`."""
    title = _TITLE.search(_decode(body))
    return title is not None and title[1].strip().startswith(f"{status} ")


def _body_words(media_type: str, body: bytes) -> str:
    if media_type.endswith("json"):
        return _json_words(body)
    text = _decode(body)
    if "html" in media_type:
        title = _TITLE.search(text)
        return _collapse(html.unescape(title[1] if title else _TAG.sub(" ", text)))
    return _collapse(text.split("\n\n")[0]) if media_type.startswith("text/") else ""


def _json_words(body: bytes) -> str:
    """Find the message: Warehouse's `code` holds the whole status line; others use RFC 9457's names or their own."""
    answer = parse_json_object(body)
    if answer is None:
        return ""
    status_line = _STATUS_LINE.fullmatch(pick_text(answer, "code"))
    if status_line:
        return status_line[1]
    errors = [
        pick_text(error, "description") or pick_text(error, "message") for error in pick_objects(answer, "errors")
    ]
    named = [pick_text(answer, name) for name in ("detail", "message", "error", "title")]
    return _collapse("; ".join(text for text in errors if text) or next((text for text in named if text), ""))


def _strip_status(text: str) -> str:
    status_line = _STATUS_LINE.fullmatch(text)
    return status_line[1] if status_line else text


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _decode(body: bytes) -> str:
    return body[:_READ].decode("utf-8", "replace")
