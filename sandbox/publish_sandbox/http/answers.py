"""Answers that are not about uploads: JSON, and PyPI's HTML pages for errors."""

import json

from publish_sandbox.http.faults import Answer


def json_answer(value: object, *, status: int = 200) -> Answer:
    """Return a JSON document."""
    return Answer(status=status, content_type="application/json", body=json.dumps(value).encode())


def html_answer(status: int, title: str) -> Answer:
    """Return a page that holds only its status."""
    body = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status=status, content_type="text/html; charset=UTF-8", body=body.encode())
