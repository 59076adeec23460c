"""The verdict on the repository's visibility, from every combination of answers."""

from itertools import product

import pytest

from publish_action.decision.visibility import judge_visibility
from publish_action.models.visibility import Verdict
from support.decision_cases import answer_of

WORDS = ("public", "private", "internal", "bad", "missing")


@pytest.mark.parametrize(
    ("claim", "api", "event", "verdict"),
    [
        ("public", "public", "public", Verdict.PUBLIC),
        ("public", "missing", "missing", Verdict.PUBLIC),
        ("missing", "public", "missing", Verdict.PUBLIC),
        ("internal", "private", "internal", Verdict.NONPUBLIC),
        ("missing", "private", "missing", Verdict.NONPUBLIC),
        ("missing", "missing", "public", Verdict.UNKNOWN),
        ("missing", "missing", "private", Verdict.UNKNOWN),
        ("missing", "missing", "missing", Verdict.UNKNOWN),
        ("bad", "public", "public", Verdict.UNKNOWN),
        ("bad", "private", "private", Verdict.UNKNOWN),
        ("public", "public", "bad", Verdict.UNKNOWN),
        ("public", "private", "public", Verdict.DISAGREE),
        ("public", "public", "internal", Verdict.DISAGREE),
        ("private", "missing", "public", Verdict.DISAGREE),
    ],
)
def test_answers_make_a_verdict(claim: str, api: str, event: str, verdict: Verdict) -> None:
    """Rubbish and silence are unknown, dissent is dissent, and only agreement is a verdict."""
    assert judge_visibility(claim=answer_of(claim), api=answer_of(api), event=answer_of(event)) is verdict


def test_public_needs_a_witness_and_no_other_word() -> None:
    """Of all 125 combinations, PUBLIC are those in which an authoritative source and every answer say public."""
    public = {
        words
        for words in product(WORDS, repeat=3)
        if judge_visibility(claim=answer_of(words[0]), api=answer_of(words[1]), event=answer_of(words[2]))
        is Verdict.PUBLIC
    }

    silent_or_public = set(product(("public", "missing"), repeat=3))
    assert public == {words for words in silent_or_public if "public" in words[:2]}
