"""URLs in the metadata: their form, dependencies on them, and credentials in them."""

import pytest
import rfc3986  # type: ignore[import-untyped] # it ships no types
from hypothesis import given
from hypothesis import strategies as st
from rfc3986.exceptions import RFC3986Exception  # type: ignore[import-untyped] # likewise
from rfc3986.validators import Validator  # type: ignore[import-untyped] # likewise

from publish_action.checks.urls import URL_RULES, find_problem
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import made_sdist, made_wheel


def judge(contents: Contents) -> list[Finding]:
    return [finding for rule in URL_RULES for finding in rule(contents)]


# The field, the code, the kind, and what the message must say.
REFUSED = {
    "no scheme": ("Home-page: acme.example", "E_METADATA", Rule.PYPI, "Home-Page is 'acme.example', and PyPI accepts"),
    "git": ("Download-URL: git://x.example/a", "E_METADATA", Rule.PYPI, "Download-URL is 'git://x.example/a'"),
    "mail": ("Project-URL: Mail, mailto:a@x.example", "E_METADATA", Rule.PYPI, "The Project-URL 'Mail' is 'mailto:"),
    "no URL": ("Project-URL: Home", "E_METADATA", Rule.PYPI, "The Project-URL 'Home' is ''"),
    "no label": ("Project-URL: , https://x.example", "E_METADATA", Rule.PYPI, "no label before 'https://x.example'"),
    "long label": (f"Project-URL: {'H' * 33}, https://x.example", "E_METADATA", Rule.PYPI, "has 33 characters"),
    "brackets in a path": ("Home-page: https://x.example/a[b]", "E_METADATA", Rule.PYPI, "`%5B`"),
    "brackets in a query": ("Project-URL: A, https://x.example/?a[]=1", "E_METADATA", Rule.PYPI, "`%5B`"),
    "no such port": ("Download-URL: https://x.example:65536/", "E_METADATA", Rule.PYPI, "out of range (at most 65535)"),
    "no such port behind a user": ("Home-page: https://u@x.example:99999", "E_METADATA", Rule.PYPI, "out of range"),
    "direct reference": (
        "Requires-Dist: foo @ https://x.example/foo.zip",
        "E_METADATA_DIRECT_REFERENCE",
        Rule.PYPI,
        "'foo @ https://x.example/foo.zip' is a direct reference",
    ),
    "of a file": ("Requires-Dist: foo@file:///tmp/foo", "E_METADATA_DIRECT_REFERENCE", Rule.PYPI, "'foo@file:"),
    "token in a home page": (
        "Home-page: https://u:tok3n@x.example",
        "E_SECRET",
        Rule.CERTAINTY,
        "Home-Page has a pass",
    ),
    "in a download URL": ("Download-URL: https://u:tok3n@x.example", "E_SECRET", Rule.CERTAINTY, "Download-URL has"),
    "in a project URL": (
        "Project-URL: A, https://u:tok3n@x.example",
        "E_SECRET",
        Rule.CERTAINTY,
        "Project-URL 'A' has",
    ),
}

TAKEN = {
    "nothing": "",
    "distutils' word for nothing": "Home-page: UNKNOWN\nDownload-URL: UNKNOWN",
    "empty": "Home-page:\nDownload-URL: ",
    "plain": "Home-page: http://x.example\nDownload-URL: HTTPS://x.example/a?b#c",
    "spaces, and letters of the world, in the path": "Home-page: https://x.example/a b/\u00fc",
    "the last port": "Home-page: https://x.example:65535/",
    "brackets in a fragment": "Home-page: https://x.example/#a[b]",
    "brackets of an address": "Home-page: https://[::1]:80/",
    "a port that PyPI's library drops": "Home-page: https://x.example:999999/",
    "no host": "Home-page: https:/x",
    "a host that is none": "Home-page: https://x y:port/",
    "label of 32": f"Project-URL: {'H' * 32}, https://x.example",
    "label in other letters": "Project-URL: \u6587\u6863, https://x.example",
    "a comma in the URL": "Project-URL: A, https://x.example/a,b",
    "requirements": "Requires-Dist: a>=1\nRequires-Dist: b; extra == 'x@y'\nProvides-Extra: x",
    "an unreadable requirement": "Requires-Dist: a b @ c",
    "a deep one": f"Requires-Dist: a @ x; {'(' * 5000}",
    "a user's name": "Project-URL: A, https://alice@bitbucket.example/x",
}


@pytest.mark.parametrize(("field", "code", "kind", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_pypi_refuses_is_an_error(field: str, code: str, kind: Rule, says: str) -> None:
    """Each URL that PyPI does not take, and each credential, is one error that says where it stands."""
    (finding,) = judge(made_sdist(field + "\n"))

    assert (finding.code, finding.rule, finding.severity) == (code, kind, Severity.ERROR)
    assert says in finding.message
    assert "tok3n" not in finding.message + finding.remedy
    assert "`[project]` of pyproject.toml" in finding.remedy
    assert (finding.file, finding.member) == ("acme-1.0.tar.gz", "acme-1.0/PKG-INFO")


@pytest.mark.parametrize("fields", TAKEN.values(), ids=TAKEN.keys())
def test_what_pypi_takes_is_no_finding(fields: str) -> None:
    """Values that PyPI takes raise nothing here."""
    assert judge(made_wheel(fields + "\n")) == []


def test_a_credential_in_a_dependency_is_an_error_for_every_index() -> None:
    """A private index takes direct references; a token in one is certain to be read by everybody who can read it."""
    found = judge(made_wheel("Requires-Dist: x @ git+https://u:tok3n@x.example/x.git\n"))

    assert [(finding.code, finding.rule) for finding in found] == [
        ("E_METADATA_DIRECT_REFERENCE", Rule.PYPI),
        ("E_SECRET", Rule.CERTAINTY),
    ]
    assert "Requires-Dist 'x' has a password or token in its URL" in found[1].message
    assert not any("tok3n" in finding.message + finding.remedy for finding in found)


def test_every_problem_is_told() -> None:
    """All wrong URLs of a file are told at once."""
    fields = "Home-page: x\nDownload-URL: y\nProject-URL: A, z\nProject-URL: B, ftp://x\nRequires-Dist: a @ https://x\n"

    assert len(judge(made_wheel(fields))) == 5


def is_taken_by_pypi(value: str) -> bool:
    """Ask rfc3986 as Warehouse asks it."""
    judge = Validator().allow_schemes("http", "https").require_presence_of("scheme")
    try:
        reference = rfc3986.uri_reference(value).normalize()
        judge.check_validity_of("scheme", "host", "port", "path", "query").validate(reference)
    except (RFC3986Exception, ValueError):
        return False
    return True


PIECES = st.lists(
    st.sampled_from(
        [
            *("http", "https", "HTTP", ":", "//", "/", "?", "#", "@", "[::1]", "[", "]", "x.example", ":80", ":999999"),
            *(
                "a",
                "%41",
                "%zz",
                " ",
                "\u00fc",
                "..",
                "127.0.0.1",
                "1.2.3.999",
                "u:p",
                "|",
                "\\",
                ":70000",
                "_",
                "+",
                "ftp",
            ),
        ]
    ),
    max_size=8,
).map("".join)


@given(value=st.one_of(PIECES, PIECES.map("https://".__add__), st.text(max_size=30)))
def test_no_url_is_refused_that_pypi_takes(value: str) -> None:
    """Whatever Warehouse's rfc3986 takes, we take."""
    assert not find_problem(value) or not is_taken_by_pypi(value)


@pytest.mark.parametrize(
    "value",
    [
        *("https://x.example/a[b]", "https://x.example/?a[]=1", "https://x.example/#a[b]", "https:a]", "https://a[b]/"),
        *("https://x.example:65535/", "https://x.example:65536/", "http://localhost:99999", "https://[::1]:70000/"),
        *("https://1.2.3.999:70000/", "https://a b:70000/", "https://x.example:070000/", "https://u:p@x.example:70000"),
    ],
)
def test_brackets_and_ports_are_judged_as_pypi_judges_them(value: str) -> None:
    """Issue 10, B5: what Warehouse's rfc3986 refuses of these, we refuse, and no more."""
    assert bool(find_problem(value)) != is_taken_by_pypi(value)


LINES = st.builds(
    "{}: {}\n".format,
    st.sampled_from(["Home-page", "Download-URL", "Requires-Dist", "Project-URL"]),
    st.one_of(PIECES, PIECES.map("a @ ".__add__), PIECES.map("Label, ".__add__), st.text(max_size=20)),
)


@given(fields=st.lists(LINES, max_size=5).map("".join))
def test_any_urls_can_be_judged(fields: str) -> None:
    """The rules are total."""
    head = "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n"
    if isinstance(parse_metadata((head + fields).encode("utf-8", "replace")), CoreMetadata):
        assert all(finding.message and finding.remedy for finding in judge(made_wheel(fields)))
