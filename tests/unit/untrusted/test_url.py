"""The URLs we dial: canonical or refused, and dialled exactly as they were judged."""

import csv
import inspect
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url as urllib3_parse_url

from publish_action.index.pypi import is_pypi
from publish_action.untrusted import url as untrusted_url
from publish_action.untrusted.url import CanonicalUrl, UrlProblem, parse_url
from support.mutants import load_mutant

with (Path(__file__).resolve().parents[2] / "data" / "urls.csv").open(newline="") as _file:
    RECORDED = [(row["id"], row["url"], row["expected"]) for row in csv.DictReader(_file)]

CANONICAL = [
    "https://upload.pypi.org/legacy/",
    "https://pypi/",
    "https://localhost/simple/",
    "https://pkgs.acme.example:8443/a.b_c~d+e/-/",
    "https://acme.example/..a/.b./c..",
    "https://1.2.3.x4/",
    f"https://{'a' * 63}.example/",
    "https://acme.example:65535/",
    "http://127.0.0.1:1/",
    "http://[::1]:8080/legacy/",
    "http://localhost:65535/root/dev/",
]

# Text, what is wrong with it, and the canonical spelling where there is one.
REFUSED: list[tuple[str, str, str | None]] = [
    ("", "does not start with", None),
    ("https://", "not of the form", None),
    ("https://acme.example", "no path", "https://acme.example/"),
    ("https://ACME.example/Legacy/", "host is not in lower case", "https://acme.example/Legacy/"),
    ("HTTPS://acme.example/", "scheme is not in lower case", "https://acme.example/"),
    ("http://acme.example/legacy/", "not https", "https://acme.example/legacy/"),
    ("acme.example/legacy/", "does not start with", "https://acme.example/legacy/"),
    ("ftp://acme.example/", "does not start with", None),
    ("https://acme.example./", "ends in a dot", "https://acme.example/"),
    ("https://acme.example.:8443/", "ends in a dot", "https://acme.example:8443/"),
    ("https://user:hunter2@acme.example/", "user name or password", "https://acme.example/"),
    ("https://u:p@x@acme.example/", "user name or password", None),
    (" https://acme.example/\n", "white space", "https://acme.example/"),
    ("https://acme.example/a b/", "white space", None),
    ("https://acme.example/\n", "white space", "https://acme.example/"),
    ("https://acme.example\\@evil.example/", "backslash", None),
    ("https://acme%2Eexample/", "percent sign", None),
    ("https://acme.example/?q=1", "query or a fragment", None),
    ("https://acme.example/#x", "query or a fragment", None),
    ("https://acme.example#@evil.example/", "query or a fragment", None),
    ("https://аcme.example/", "outside ASCII", None),
    ("https://acme。example/", "outside ASCII", None),
    ("https://acme.example/\x00", "outside ASCII", None),
    ("https://xn--bcher-kva.example/", "IDNA", None),
    ("https://shop.xn--bcher-kva.example/", "IDNA", None),
    ("https://127.0.0.1/", "IP address", None),
    ("https://127.1:8443/", "IP address", None),
    ("https://2130706433/", "IP address", None),
    ("https://0x7f000001/", "IP address", None),
    ("https://0x/", "IP address", None),
    ("https://[::1]:8443/", "IP address", None),
    ("https://acme.example//legacy/", "`//`", None),
    ("https://acme.example/a/../legacy/", "segment", None),
    ("https://acme.example/./", "segment", None),
    ("https://acme.example/a/..", "segment", None),
    ("https://acme.example:/", "not of the form", None),
    ("https://acme.example:0/", "not of the form", None),
    ("https://acme.example:0443/", "not of the form", None),
    ("https://acme.example:65536/", "not of the form", None),
    ("https://acme.example:٤٤٣/", "outside ASCII", None),
    ("https://-acme.example/", "not of the form", None),
    ("https://acme-.example/", "not of the form", None),
    ("https://acme..example/", "not of the form", None),
    ("https://.acme.example/", "not of the form", None),
    (f"https://{'a' * 64}.example/", "not of the form", None),
    (f"https://{'a.' * 127}example/", "not of the form", None),
    (f"https://acme.example/{'a' * 2048}", "longer than 2048", None),
    ("http://127.0.0.1/", "not https", None),
    ("http://localhost/", "not https", "https://localhost/"),
    ("http://127.0.0.2:8080/", "not https", None),
    ("http://127.0.0.1:8080//", "not https", None),
    ("http://127.0.0.1:8080/?q=1", "query or a fragment", None),
    ("http://127.0.0.1:8080@evil.example/", "user name or password", "https://evil.example/"),
    ("http://localhost.:8080/", "not https", "https://localhost:8080/"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in RECORDED], ids=[row[0] for row in RECORDED])
def test_recorded_url_is_judged_as_recorded(text: str, expected: str) -> None:
    """Each recorded URL is canonical or not; only PyPI's hosts cannot be marked private."""
    url = parse_url(text)

    assert isinstance(url, UrlProblem) == (expected == "E_URL_NOT_CANONICAL")
    assert (expected == "E_POLICY_PYPI_NOT_PRIVATE") <= (isinstance(url, CanonicalUrl) and is_pypi(url.host))
    assert (expected == "private") <= (isinstance(url, CanonicalUrl) and not is_pypi(url.host))


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_url_is_rebuilt_as_it_was(text: str) -> None:
    """What has one spelling keeps it."""
    url = parse_url(text)

    assert isinstance(url, CanonicalUrl)
    assert url.text == text


@pytest.mark.parametrize(("text", "reason", "suggestion"), REFUSED)
def test_other_url_is_refused_with_its_reason(text: str, reason: str, suggestion: str | None) -> None:
    """What has several meanings or spellings is refused; the canonical spelling is shown where there is one."""
    url = parse_url(text)

    assert isinstance(url, UrlProblem)
    assert reason in url.reason
    assert url.suggestion == suggestion


def test_password_is_never_repeated() -> None:
    """A URL with a password in it is told without the password."""
    problem = parse_url("https://__token__:pypi-AgEIcHl@acme.example/legacy/")

    assert "pypi-AgEIcHl" not in str(problem)


def test_port_of_https_is_judged_and_left_out() -> None:
    """`:443` is the port that https has anyway."""
    url = parse_url("https://acme.example:443/legacy/")

    assert url == CanonicalUrl(scheme="https", host="acme.example", port=443, path="/legacy/")
    assert isinstance(url, CanonicalUrl)
    assert url.text == "https://acme.example/legacy/"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_rehearsal_may_leave_out_its_path(host: str) -> None:
    """The exception of the contract is written without a path; the URL dialled has one."""
    url = parse_url(f"http://{host}:8080")

    assert isinstance(url, CanonicalUrl)
    assert (url.text, url.is_loopback) == (f"http://{host}:8080/", True)


def test_https_is_no_loopback() -> None:
    """Only plain http is the exception."""
    url = parse_url("https://localhost:8443/")

    assert isinstance(url, CanonicalUrl)
    assert not url.is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "pypi.org",
        "upload.pypi.org",
        "test.pypi.org",
        "a.b.pypi.org",
        "pypi.io",
        "www.pypi.io",
        "pypi.python.org",
        "upload.pypi.python.org",
        "testpypi.python.org",
        "pythonhosted.org",
        "files.pythonhosted.org",
    ],
)
def test_pypi_is_known_by_all_its_names(host: str) -> None:
    """PyPI, TestPyPI, their old names and subdomains are PyPI."""
    assert is_pypi(host)


@pytest.mark.parametrize("host", ["notpypi.org", "pypi.org.acme.example", "pypi", "python.org", "pypi-org", "xpypi.io"])
def test_other_hosts_are_not_pypi(host: str) -> None:
    """A name that only looks like PyPI's is anybody's."""
    assert not is_pypi(host)


def dialled(text: str) -> tuple[str, str, int, str]:
    """Give scheme, host, port and path as requests and urllib3 would dial them."""
    prepared = requests.Request("POST", text).prepare().url
    assert prepared is not None
    parts = urllib3_parse_url(prepared)
    assert (parts.auth, parts.query, parts.fragment) == (None, None, None)
    default = {"https": 443, "http": 80}[parts.scheme or ""]
    return parts.scheme or "", parts.host or "", parts.port or default, parts.path or "/"


def judged(url: CanonicalUrl) -> tuple[str, str, int, str]:
    """Give the parts that were judged."""
    return url.scheme, url.host, url.port, url.path


PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http://",
            "HTTPS://",
            "upload.pypi.org",
            "test.pypi.org",
            "pypi.python.org",
            "acme.example",
            "a",
        ),
        *("127.0.0.1", "[::1]", "localhost", "xn--a", ".", "..", "/", "//", "-", ":", ":443", ":80", ":8080", ":65536"),
        *(
            "@",
            "\\",
            "%2E",
            "%",
            "?",
            "#",
            " ",
            "\t",
            "\n",
            "+",
            "~",
            "_",
            "legacy",
            "simple",
            "0x7f",
            "1",
            "A",
            "é",
            "。",
        ),
    ]
)
MADE = st.builds("".join, st.lists(PIECES, max_size=9))
SHAPED = st.builds(
    "{}{}{}/{}".format,
    st.sampled_from(["https://", "http://"]),
    st.sampled_from(["upload.pypi.org", "acme.example", "a-b.c", "127.0.0.1", "[::1]", "localhost", "pypi"]),
    st.sampled_from(["", ":1", ":80", ":443", ":8080", ":65535", ":99999"]),
    st.text("AZaz09._~+/-%\\@? ", max_size=12),
)
MUTATED = st.builds(
    lambda text, place, piece: text[: place % (len(text) + 1)] + piece + text[place % (len(text) + 1) :],
    SHAPED,
    st.integers(0, 60),
    PIECES,
)


@settings(max_examples=1500)
@given(text=st.one_of(MADE, SHAPED, MUTATED))
def test_accepted_url_is_dialled_exactly_as_it_was_judged(text: str) -> None:
    """Requests goes to the very scheme, host, port and path that were judged; rebuilt, the URL is judged the same."""
    url = parse_url(text)

    accepted = [url] if isinstance(url, CanonicalUrl) else []
    assert all(judged(one) == dialled(one.text) == dialled(text) for one in accepted)
    assert all(parse_url(one.text) == one for one in accepted)


@settings(max_examples=1500)
@given(text=st.one_of(st.text(), MADE, MUTATED))
def test_every_text_is_a_url_or_a_problem(text: str) -> None:
    """No text raises, and every canonical spelling that is shown is one."""
    url = parse_url(text)

    suggestion = url.suggestion if isinstance(url, UrlProblem) else url.text
    assert suggestion is None or isinstance(parse_url(suggestion), CanonicalUrl)


@settings(max_examples=500)
@given(text=MUTATED)
def test_host_that_is_dialled_at_pypi_is_known_as_pypi(text: str) -> None:
    """No spelling reaches PyPI and is not known as PyPI."""
    url = parse_url(text)

    host = dialled(text)[1] if isinstance(url, CanonicalUrl) else ""
    assert not f".{host}".endswith(".pypi.org") or is_pypi(host)


GUARDS = (
    ("if len(text) > _LONGEST_URL:\n        return None", "if False:\n        return None"),
    ("_HTTPS.fullmatch(text)", "_HTTPS.match(text)"),
    ("_LOOPBACK.fullmatch(text)", "_LOOPBACK.match(text)"),
    ('or (https is not None and not _is_host(found["host"]))', ""),
    ("port > _HIGHEST_PORT or", ""),
    ("or not _is_plain_path(path)", ""),
    ("len(host) <= _LONGEST_HOST\n", "True\n"),
    ('and not label.startswith("xn--")', ""),
    ("and not _NUMBER.fullmatch(labels[-1])", ""),
    ('|0x[0-9a-f]*")\n', '")\n'),
    ('"//" not in path and', ""),
    ('and not {".", ".."} & set(path.split("/"))', ""),
    ('{".", ".."}', '{".."}'),
    ('{".", ".."}', '{"."}'),
    ("(?:[a-z0-9-]{0,61}[a-z0-9])?", "[a-z0-9-]*"),
    ('or host.endswith(f".{name}")', ""),
    ('host.endswith(f".{name}")', "host.endswith(name)"),
    ('"pypi.io", ', ""),
    ('"testpypi.python.org", "pythonhosted.org"', '"testpypi.python.org"'),
    ('"pypi.python.org", "testpypi.python.org", ', '"pypi.python.org", '),
    ('r"[^!-~]|[\\\\%?#]"', 'r"\\\\"'),
)


@pytest.mark.parametrize(("old", "new"), GUARDS)
def test_every_guard_is_needed(old: str, new: str) -> None:
    """Without one of its guards, the grammar judges a URL or a host of these tests otherwise."""
    changed = "untrusted.url" if old in inspect.getsource(untrusted_url) else "index.pypi"
    made = load_mutant(("untrusted.url", "index.pypi"), changed, old, new)
    mutant, pypi = made["untrusted.url"], made["index.pypi"]

    texts = [*CANONICAL, *(text for text, *_ in REFUSED), *(url for _, url, _ in RECORDED)]
    hosts = ["pypi.io", "pythonhosted.org", "upload.pypi.org", "notpypi.org", "testpypi.python.org"]
    was = [*map(shown, map(parse_url, texts)), *map(is_pypi, hosts)]
    now = [*map(shown, map(mutant.parse_url, texts)), *map(pypi.is_pypi, hosts)]
    assert now != was


def shown(url: object) -> tuple[object, object]:
    """Give what a parsed URL says, whichever module made it."""
    return getattr(url, "text", None), getattr(url, "suggestion", None)
