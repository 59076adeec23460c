"""Patterns of project names: what they cover, which is the closer one, and when two cannot be told apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name, is_normalized_name

from publish_action.policy.patterns import covers, find_shared_name, normalise_pattern, specificity

PATTERNS = st.from_regex(r"\A([ab](-?[ab]|-(?=\*))?)?\*(-?[ab]{1,2}-?\*)?(-?[ab])?\Z").map(normalise_pattern)
NAMES = st.from_regex(r"\A[ab]{1,4}(-[ab]{1,3}){0,2}\Z")


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("acme-*", ["acme-core", "acme-a-b"], ["acme", "acmes", "my-acme-core", "acmecore"]),
        ("acme*", ["acme", "acme-core", "acmes"], ["my-acme"]),
        ("*-internal", ["acme-internal", "a-b-internal"], ["internal", "acme-internals"]),
        ("*", ["a", "acme-core"], []),
        ("a*a", ["aa", "aba", "a-a"], ["a", "ab"]),
        ("a*b*c", ["abc", "axxbxxc", "abbc"], ["ac", "acb", "abcd"]),
        ("*ab*ab*", ["abab", "xabxabx"], ["ab", "aab", "abba"]),
    ],
)
def test_pattern_covers_names(pattern: str, covered: list[str], others: list[str]) -> None:
    """`*` stands for any letters or none; all else stands for itself, from the first letter to the last."""
    assert [name for name in (*covered, *others) if covers(pattern, name)] == covered


@pytest.mark.parametrize(
    ("written", "pattern"),
    [("Acme_*", "acme-*"), ("acme.-_x*", "acme-x*"), ("a**b", "a*b"), ("***", "*"), ("acme*", "acme*"), ("*A", "*a")],
)
def test_pattern_has_one_spelling(written: str, pattern: str) -> None:
    """A pattern is compared as names are (PEP 503)."""
    assert normalise_pattern(written) == pattern


@given(pattern=PATTERNS, name=NAMES)
def test_cover_is_that_of_the_regular_expression(pattern: str, name: str) -> None:
    """What is matched by hand is what `.*` for each `*` would match."""
    assert covers(pattern, name) == bool(re.fullmatch(pattern.replace("*", ".*"), name))


@given(one=PATTERNS, other=PATTERNS, names=st.lists(NAMES, max_size=20))
def test_shared_name_is_found_where_there_is_one(one: str, other: str, names: list[str]) -> None:
    """A shared name is covered by both and is a name; where there is none, no name is covered by both."""
    shared = find_shared_name(one, other)

    if shared is None:
        assert not [name for name in names if covers(one, name) and covers(other, name)]
    else:
        assert covers(one, shared)
        assert covers(other, shared)
        assert is_normalized_name(canonicalize_name(shared, validate=True))
        assert canonicalize_name(shared) == shared


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("acme-*", "*-core", "acme-x-core"),
        ("acme-*", "beta-*", None),
        ("*-core", "*-cli", None),
        ("acme-*", "acme-in*", "acme-inx"),
        ("*", "*", "x"),
        ("a*b*", "*c*d", "axbxcxd"),
    ],
)
def test_shared_names(one: str, other: str, shared: str | None) -> None:
    """Beginnings and ends decide; what stands between always finds room."""
    assert find_shared_name(one, other) == shared
    assert (find_shared_name(other, one) is None) == (shared is None)


def test_more_fixed_letters_weigh_more() -> None:
    """The closer description of a project is the one that fixes more of its name."""
    assert specificity("acme-internal-*") > specificity("acme-*") > specificity("*")
