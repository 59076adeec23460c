"""The wire form of the upload endpoint's answers: by `Accept`, as PyPI words them."""

import html
import json
from http import HTTPStatus

from publish_sandbox.http.faults import Answer

_EXPLANATIONS = {
    400: "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    403: "Access was denied to this resource.",
    429: "The action could not be performed because there were too many requests by the client.",
}
_HEADERS = {
    "Vary": "Authorization, PyPI-Locale, Cookie",
    "Referrer-Policy": "origin-when-cross-origin",
    "Content-Security-Policy": "base-uri 'self'; connect-src 'self'; default-src 'none'; script-src 'self'",
}
CRASHED = Answer(
    status=500,
    content_type="text/html; charset=UTF-8",
    body=b"<html> <head> <title>Internal Server Error</title> </head> <body> <h1><p>Internal Server Error</p></h1>"
    b" </body> </html>",
)
"""What PyPI says when an exception escapes."""


def accepted(accept: str) -> Answer:
    """Return the response to a stored file."""
    return _render(200, "OK", "", accept)


def refused(status: int, message: str, accept: str) -> Answer:
    """Return the response that refuses a file, with the reason in its reason phrase and its body."""
    return _render(status, message, message, accept)


def _render(status: int, reason: str, message: str, accept: str) -> Answer:
    line = f"{status} {reason}"
    explanation = _EXPLANATIONS.get(status, "")
    kind = _liked(accept)
    if kind == "application/json":
        text = f"{explanation}\n\n\n{message}\n\n"
        body = json.dumps({"message": text, "code": line, "title": HTTPStatus(status).phrase})
    elif kind == "text/plain":
        body = f"{line}\n\n{explanation}\n\n\n{message}\n\n"
    else:
        shown, told = html.escape(line), html.escape(message)
        body = (
            f"<html>\n <head>\n  <title>{shown}</title>\n </head>\n <body>\n  <h1>{shown}</h1>\n"
            f"  {explanation}<br/><br/>\n{told}\n\n\n </body>\n</html>"
        )
    charset = "" if kind == "application/json" else "; charset=UTF-8"
    return Answer(status=status, reason=reason, content_type=kind + charset, headers=_HEADERS, body=body.encode())


def _liked(accept: str) -> str:
    for entry in accept.split(","):
        kind = entry.partition(";")[0].strip()
        if kind in ("application/json", "text/plain"):
            return kind
        if kind in ("text/html", "*/*"):
            break
    return "text/html"
