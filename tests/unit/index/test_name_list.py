"""How a name stands by a public index's whole list, compared on this machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.index.name_list import (
    ListUnreadable,
    NameStanding,
    NameVerdict,
    compare_name,
    find_likeness,
    parse_names,
)
from support.name_lists import JSON, NAMES, html_page, json_page

MODULES = frozenset({"json", "xml"})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(JSON, json_page()), ("application/json", json_page()), ("text/html; charset=utf-8", html_page())],
)
def test_names_are_read_from_json_and_html(content_type: str, body: bytes) -> None:
    """Every name of the page, as it is spelt there, and nothing else."""
    assert parse_names(content_type=content_type, body=body) == "".join(f"{name}\n" for name in NAMES).encode()


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        (JSON, json_page()[:-20], "ends before its end"),
        (JSON, b"", "ends before its end"),
        (JSON, json_page(()), "lists no project"),
        ("text/html", html_page()[:-30], "ends before its end"),
        ("text/html", b"<html><body>Log in.</body></html>", "lists no project"),
        ("text/plain", json_page(), "content type"),
        ("", json_page(), "content type"),
    ],
)
def test_what_is_no_whole_list_is_unreadable(content_type: str, body: bytes, reason: str) -> None:
    """A cut page, an empty one and a login page say nothing of a name: it would look free."""
    found = parse_names(content_type=content_type, body=body)

    assert isinstance(found, ListUnreadable)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("project", "verdict"),
    [
        ("acme-core", NameVerdict(standing=NameStanding.TAKEN, names=("Acme.Core",))),
        ("ACME_core", NameVerdict(standing=NameStanding.TAKEN, names=("Acme.Core",))),
        ("acmecore", NameVerdict(standing=NameStanding.LOOK_ALIKE, names=("Acme.Core",))),
        ("acme-tools", NameVerdict(standing=NameStanding.LOOK_ALIKE, names=("acme-t00ls",))),
        ("acme-toois", NameVerdict(standing=NameStanding.LOOK_ALIKE, names=("acme-t00ls",))),
        ("o", NameVerdict(standing=NameStanding.LOOK_ALIKE, names=("0",))),
        ("json", NameVerdict(standing=NameStanding.RESERVED)),
        ("acme-cor", NameVerdict(standing=NameStanding.CLAIMABLE)),
        ("acme-core-x", NameVerdict(standing=NameStanding.CLAIMABLE)),
    ],
)
def test_name_stands(project: str, verdict: NameVerdict) -> None:
    """Taken in any spelling (PEP 503), too much alike by PyPI's rule, a module of Python's, or free for anybody."""
    names = "".join(f"{name}\n" for name in NAMES).encode()

    assert compare_name(project, names, modules=MODULES) == verdict


WORDS = st.from_regex(r"\A[a-cLlIi1oO0]([a-cLlIi1oO0._-]{0,4}[a-cLlIi1oO0])?\Z")


@given(project=WORDS, names=st.lists(WORDS, max_size=30))
def test_alike_are_those_of_equal_likeness(project: str, names: list[str]) -> None:
    """The pattern that looks through the list finds the names whose likeness is the project's, and no others."""
    found = compare_name(project, "".join(f"{name}\n" for name in names).encode(), modules=frozenset())

    alike = [name for name in names if find_likeness(name) == find_likeness(project)]
    assert (found.standing is NameStanding.CLAIMABLE) == (not alike)
    assert set(found.names) <= set(alike)


@given(name=WORDS)
def test_likeness_does_not_see_spelling(name: str) -> None:
    """Letter case, separators, and letters that look like digits make no difference."""
    assert find_likeness(name.upper()) == find_likeness(name)
    assert find_likeness(name.replace("-", "__").replace("o", "0")) == find_likeness(name)
    assert find_likeness(find_likeness(name)) == find_likeness(name)
