"""What GitHub's JSON form of a repository says of its visibility."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.github.repository import parse_visibility, parse_word
from publish_action.models.visibility import Answered, Malformed, NoAnswer, Visibility

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("fields", "visibility"),
    [
        ({"visibility": "public", "private": False}, Visibility.PUBLIC),
        ({"visibility": "private", "private": True}, Visibility.PRIVATE),
        ({"visibility": "internal", "private": True}, Visibility.INTERNAL),
        ({"visibility": "public"}, Visibility.PUBLIC),
        ({"visibility": "private"}, Visibility.PRIVATE),
        ({"private": True}, Visibility.PRIVATE),
    ],
)
def test_consistent_fields_are_an_answer(fields: dict[str, object], visibility: Visibility) -> None:
    """GitHub's three words are read exactly, and `private: true` alone is non-public."""
    assert parse_visibility(fields) == Answered(visibility=visibility)


@pytest.mark.parametrize("fields", [{}, {"private": False}, {"visibility": None, "private": False}])
def test_only_the_word_public_says_public(fields: dict[str, object]) -> None:
    """`private: false` without `visibility` is no answer: unknown never reads as public."""
    assert isinstance(parse_visibility(fields), NoAnswer)


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "public", "private": True},
        {"visibility": "private", "private": False},
        {"visibility": "internal", "private": False},
        {"visibility": "Public", "private": False},
        {"visibility": "public ", "private": False},
        {"visibility": True, "private": False},
        {"visibility": ["public"], "private": False},
        {"visibility": "", "private": False},
        {"visibility": "public", "private": "false"},
        {"visibility": "public", "private": 0},
        {"private": "true"},
    ],
)
def test_fields_that_contradict_each_other_are_malformed(fields: dict[str, object]) -> None:
    """A repository that is public and private at once, or neither, is no evidence."""
    assert isinstance(parse_visibility(fields), Malformed)


@given(visibility=JSON, private=JSON)
def test_public_needs_the_exact_word_and_no_dissent(visibility: object, private: object) -> None:
    """Whatever the fields hold, they are read, and say public only if they say exactly that."""
    answer = parse_visibility({"visibility": visibility, "private": private})

    exact = visibility == "public" and (private is None or private is False)
    assert (answer == Answered(visibility=Visibility.PUBLIC)) is exact


@given(JSON)
def test_a_word_is_one_of_three(value: object) -> None:
    """Nothing but GitHub's own spelling is read as a visibility."""
    word = parse_word(value)

    assert word is None or word == value
