"""Answers to uploads: statuses decide, words are quoted, hostile text changes nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.network.messages import extract_words
from publish_action.upload.answers import (
    Busy,
    LoginRefused,
    NotFromIndex,
    Objected,
    Redirected,
    Stored,
    UploadAnswer,
    UploadRefused,
    judge_upload,
)
from publish_sandbox.pypi import upload_answers

URL = "https://index.example/legacy/"
WAREHOUSE_OK = (
    b"<html>\n <head>\n  <title>200 OK</title>\n </head>\n <body>\n  <h1>200 OK</h1>\n  <br/><br/>\n </body>\n</html>"
)


def judge(
    status: int, body: bytes | str = b"", *, reason: str = "", content_type: str = "", **headers: str
) -> UploadAnswer:
    """Judge an answer; header names are written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return judge_upload(
        url=URL,
        status=status,
        reason=reason,
        headers={"Content-Type": content_type, **named},
        body=body.encode() if isinstance(body, str) else body,
    )


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, WAREHOUSE_OK, "text/html; charset=UTF-8"),
        (200, b"", ""),
        (200, b'{"message": "", "code": "200 OK"}', "application/json"),
        (200, b"200 OK\n\n", "text/plain"),
        (201, b"", ""),
        (202, b'{"task": "/t/1/"}', "application/json"),
        (204, b"", ""),
    ],
    ids=["Warehouse HTML", "empty", "JSON", "text", "201", "202 Pulp", "204"],
)
def test_success(status: int, body: bytes, content_type: str) -> None:
    """What indexes answer to an upload that they took."""
    assert judge(status, body, content_type=content_type) == Stored()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html><title>Sign in</title></html>", "text/html"),
        (b"<!DOCTYPE html><title>Sign in</title>", ""),
        (b"  <HTML><head></head></HTML>", "text/plain"),
        (b"<html><title>502 Bad Gateway</title></html>", "text/html"),
    ],
    ids=["login page", "no content type", "wrong content type", "an error with status 200"],
)
def test_page_of_others_is_no_success(body: bytes, content_type: str) -> None:
    """A page that is not about the status comes from something before the index."""
    assert isinstance(judge(200, body, content_type=content_type), NotFromIndex)


@pytest.mark.parametrize("status", [203, 205, 206, 404, 405, 410, 411, 413, 418, 451])
def test_other_statuses_are_final(status: int) -> None:
    """Statuses that no index answers to an upload that it took are refusals."""
    assert judge(status) == UploadRefused(status=status, said="")


@pytest.mark.parametrize(
    ("location", "host", "slash_only"),
    [
        ("https://index.example/legacy", "index.example", True),
        ("/legacy", "index.example", True),
        ("https://other.example/legacy", "other.example", False),
        ("https://user:secret@other.example/x", "other.example", False),
        ("https://index.example/login", "index.example", False),
        ("", "", False),
        ("http://[::1", "", False),
    ],
    ids=["slash", "relative", "other host", "with a password", "other path", "no location", "rubbish"],
)
@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
def test_redirect(status: int, location: str, host: str, slash_only: bool) -> None:
    """Any 3xx is a redirect; its host is told without a password, and a missing slash is recognised."""
    assert judge(status, Location=location) == Redirected(host=host, slash_only=slash_only)


@pytest.mark.parametrize("status", [401, 403])
def test_login_refused(status: int) -> None:
    """401 and 403 concern the login."""
    assert judge(status, reason="Forbidden") == LoginRefused(status=status, said="Forbidden")


@pytest.mark.parametrize("status", [400, 409, 422])
def test_objection(status: int) -> None:
    """400, 409 and 422 may all mean that the file is there; the words decide nothing."""
    assert judge(status, reason="whatever exists") == Objected(status=status, said="whatever exists")


def test_objection_that_heals() -> None:
    """Warehouse's 400 for Sigstore being out of its reach is worth another try."""
    words = "Invalid attestations supplied during upload: Unknown error: Failed to refresh TUF metadata"

    assert judge(400, reason=words) == Busy(status=400, said=words, wait=None, once=True)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
def test_busy(status: int) -> None:
    """What an index cannot do now it may do later."""
    assert judge(status) == Busy(status=status, said="", wait=None)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0.0),
        ("30", 30.0),
        ("7200", 120.0),
        ("999999999", 120.0),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_retry_after(header: str, wait: float | None) -> None:
    """An index's wish to wait is granted for at most two minutes; what is no number of seconds is no wish."""
    assert judge(429, Retry_After=header) == Busy(status=429, said="", wait=wait)


def test_creation_limit_is_hopeless() -> None:
    """PyPI's limit on new projects lasts for hours: no further try, and the time is told."""
    answer = judge(429, reason="Too many new projects created", RateLimit='"project.create.user";r=0;t=3599')

    assert isinstance(answer, UploadRefused)
    assert "3599 seconds" in answer.said


def test_creation_limit_of_somebody_else_is_no_matter() -> None:
    """A 429 while the limit on new projects is not used up is an ordinary one."""
    answer = judge(429, RateLimit='"project.create.ip";r=38;t=3599, "project.create.user";r=3;t=3599')

    assert isinstance(answer, Busy)


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/plain"])
def test_warehouse_message_is_found_in_every_form(accept: str) -> None:
    """PyPI's message is read whole from each of the forms in which it answers."""
    message = "'NotALicense' is invalid for 'license-expression'. See <b>/help/#x for more information."
    answer = upload_answers.refused(400, message, accept)

    said = extract_words(reason="", content_type=answer.content_type, body=answer.body)

    assert said == message


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("application/json", '{"message": "file name has already been taken"}', "file name has already been taken"),
        ("application/problem+json", '{"title": "Bad", "detail": "No such feed"}', "No such feed"),
        ("application/json", '{"errors": [{"status": 403, "message": "not permitted"}]}', "not permitted"),
        ("application/json", '{"message": {"a": 1}}', ""),
        ("application/json", "[" * 100_000, ""),
        ("application/json", "not json", ""),
        ("text/html", "<html><body><h1>Gone</h1></body></html>", "Gone"),
        ("text/plain", "first line\nsecond\n\nmore", "first line second"),
        ("application/octet-stream", "binary", ""),
    ],
)
def test_words_of_other_indexes(content_type: str, body: str, said: str) -> None:
    """Messages are found in JSON, problems of RFC 9457, HTML and text; in anything else there are none."""
    assert extract_words(reason="", content_type=content_type, body=body.encode()) == said


@pytest.mark.parametrize(
    ("reason", "body", "said"),
    [
        ("Package demo already exists in index", "", "Package demo already exists in index"),
        ("Bad Request", "description is missing", "Bad Request: description is missing"),
        ("Conflict", "409 Conflict: it is there", "Conflict: it is there"),
        ("", "it is there", "it is there"),
    ],
    ids=["reason alone", "both", "reason repeated", "body alone"],
)
def test_reason_and_body_are_joined(reason: str, body: str, said: str) -> None:
    """Pulp says everything in the reason phrase, HTTP/2 has none: both are read, and nothing is said twice."""
    assert extract_words(reason=reason, content_type="text/plain", body=body.encode()) == said


def test_words_are_one_bounded_line() -> None:
    """A long message, and one of many lines, becomes one line of bounded length."""
    body = json.dumps({"message": "\n::error::x\n" + "long " * 10_000})

    said = extract_words(reason="", content_type="application/json", body=body.encode())

    assert "\n" not in said
    assert len(said) <= 400


@given(
    st.integers(min_value=100, max_value=999),
    st.binary(),
    st.sampled_from(["", "text/html", "application/json", "text/plain", "x;y"]),
    st.fixed_dictionaries({"reason": st.text(), "Location": st.text(), "Retry_After": st.text()}),
)
def test_every_answer_is_judged(status: int, body: bytes, content_type: str, words: dict[str, str]) -> None:
    """Whatever an index sends, the judgement is a value, and only the known statuses are a success."""
    found = judge(status, body, content_type=content_type, **words)

    assert status in {200, 201, 202, 204} or not isinstance(found, Stored)
