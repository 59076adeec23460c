"""Parse a URL that is dialled: canonical, or with what is wrong and the spelling to write."""

import re
from dataclasses import dataclass

_LONGEST_URL = 2048


_LONGEST_HOST = 253


_HIGHEST_PORT = 65535


_HTTPS_PORT = 443


# Requests, urllib3 and urllib disagree on what `\`, `%2E`, upper case and brackets mean (measured), so we accept
# only what all of them read alike, and dial what we rebuilt. ASCII classes are spelled out: `\d` and `\w` are wider.
_HTTPS = re.compile(r"https://(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>/[A-Za-z0-9._~+/-]*)")


_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost):(?P<port>[1-9][0-9]{0,4})(?P<path>(?:/[A-Za-z0-9._~+/-]*)?)"
)


_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


# `https://127.1/` and `https://0x7f000001/` are addresses to a resolver: a host ends in a label that is no number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


_MEND_SCHEME = re.compile(r"(?i:https?)://|(?=[A-Za-z0-9-]+\.[A-Za-z0-9.-]+(?:/|$))")


_MEND_AUTHORITY = re.compile(r"(?:[^/@]*@)?([^/@]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalUrl:
    """A canonical URL, in parts and as the text that is dialled."""

    scheme: str
    host: str
    """Lower case; `[::1]` keeps its brackets."""
    port: int
    path: str

    @property
    def text(self) -> str:
        """The URL rebuilt from its parts: the only spelling that is dialled."""
        port = "" if self.scheme == "https" and self.port == _HTTPS_PORT else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """True for the rehearsal's exception: plain http that never leaves the machine."""
        return self.scheme == "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlProblem:
    """Why a text is no canonical URL. Neither field repeats what may be a password."""

    reason: str
    suggestion: str | None
    """The canonical spelling, where one exists."""


def parse_url(text: str) -> CanonicalUrl | UrlProblem:
    """Read the URL of an index, or say why it is refused (contract, section 5, "Canonical URL").

    `https://host:443/` is accepted and rebuilt without its port. A loopback URL may leave its path out.
    """
    parsed = _parse_canonical(text)
    if parsed is not None:
        return parsed
    return UrlProblem(reason=_name_problem(text), suggestion=_mend(text))


def _parse_canonical(text: str) -> CanonicalUrl | None:
    if len(text) > _LONGEST_URL:
        return None
    # fullmatch, not `$`: `$` lets a final newline pass.
    https = _HTTPS.fullmatch(text)
    found = https or _LOOPBACK.fullmatch(text)
    if found is None or (https is not None and not _is_host(found["host"])):
        return None
    port, path = int(found["port"] or _HTTPS_PORT), found["path"] or "/"
    if port > _HIGHEST_PORT or not _is_plain_path(path):
        return None
    return CanonicalUrl(scheme="https" if https else "http", host=found["host"], port=port, path=path)


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return (
        len(host) <= _LONGEST_HOST
        and all(_LABEL.fullmatch(label) and not label.startswith("xn--") for label in labels)
        and not _NUMBER.fullmatch(labels[-1])
    )


def _is_plain_path(path: str) -> bool:
    """Tell whether nobody on the way would shorten the path."""
    return "//" not in path and not {".", ".."} & set(path.split("/"))


# The first sign that is there names the problem.
_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s"), "it contains white space"),
    (re.compile(r"\\"), "it contains a backslash, which programs read in different ways"),
    (re.compile(r"[^!-~]"), "it contains characters outside ASCII"),
    (re.compile(r"%"), "it contains a percent sign, which programs decode in different ways"),
    (re.compile(r"^(?!(?i:https?)://)"), "it does not start with `https://`"),
    (
        re.compile(r"://[^/?#]*@"),
        "it contains a user name or password; use `public-index-token`, or `private-index-username` and "
        "`private-index-password`, instead",
    ),
    (re.compile(r"[?#]"), "it contains a query or a fragment"),
    (re.compile(r"^[a-z]*[A-Z]"), "its scheme is not in lower case"),
    (
        re.compile(r"^http://"),
        "it is not https; plain http is allowed only for a rehearsal on 127.0.0.1, [::1] or localhost, with a port",
    ),
    (re.compile(r"^[a-z]+://[^/]*[A-Z]"), "its host is not in lower case"),
    (re.compile(r"://[^/]*\.(?::\d+)?(?:/|$)"), "its host ends in a dot"),
    (re.compile(r"://(?:[^/]*\.)?xn--"), "its host is an internationalised name (IDNA)"),
    (
        re.compile(r"://(?:\[|(?:[^/:]*\.)?(?:\d+|0x[0-9a-f]*)(?::\d+)?(?:/|$))"),
        "its host is an IP address, not a name",
    ),
    (re.compile(r"^https://[^/]+$"), "it has no path; write at least `/`"),
    (re.compile(r"://.*//"), "its path contains `//`"),
    (re.compile(r"/\.{1,2}(?:/|$)"), "its path contains a `.` or `..` segment"),
)


def _name_problem(text: str) -> str:
    if len(text) > _LONGEST_URL:
        return f"it is longer than {_LONGEST_URL} characters"
    for sign, reason in _SIGNS:
        if sign.search(text):
            return reason
    return "it is not of the form `https://host/path`, with letters, digits and `. _ ~ + -` in the path"


def _mend(text: str) -> str | None:
    """Give the canonical spelling of a URL that is only spelled differently, and has one meaning."""
    trimmed = text.strip()
    if len(trimmed) > _LONGEST_URL or re.search(r"[^!-~]|[\\%?#]", trimmed):
        return None
    scheme = _MEND_SCHEME.match(trimmed)
    authority = _MEND_AUTHORITY.match(trimmed, scheme.end()) if scheme else None
    if authority is None:
        return None
    # The part before `@` is left out: it is a credential.
    host = re.sub(r"\.(?=$|:)", "", authority[1].lower())
    mended = _parse_canonical(f"https://{host}{trimmed[authority.end() :] or '/'}")
    return mended.text if mended else None
