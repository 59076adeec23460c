"""The decision right before sending, beside the one that was approved."""

from dataclasses import replace

import pytest

from publish_action.decision.decide import decide
from publish_action.decision.recheck import compare_decisions
from publish_action.errors import PublishRefused
from publish_action.models.decision import Plan
from support.decision_cases import World, evidence_of

PUBLIC = World()
PRIVATE = World(claim="private", api="private", event="private", inline="yes")


def compare(before: World, after: World) -> str | PublishRefused:
    plan = decide(evidence_of(before))
    assert isinstance(plan, Plan)
    return compare_decisions(plan, decide(evidence_of(after)), has_sent=False)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (PUBLIC, PUBLIC, "has not changed"),
        (PRIVATE, PRIVATE, "has not changed"),
        (PRIVATE, replace(PRIVATE, claim="missing", api="missing"), "does not depend on it"),
    ],
    ids=["public", "private", "private unseen"],
)
def test_plan_holds(before: World, after: World, said: str) -> None:
    """Nothing that the plan rests on has changed."""
    found = compare(before, after)

    assert isinstance(found, str)
    assert said in found


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (PUBLIC, replace(PRIVATE, inline="no"), "E_VISIBILITY_CHANGED"),
        (PUBLIC, replace(PUBLIC, api="private"), "E_VISIBILITY_CHANGED"),
        (PUBLIC, replace(PUBLIC, claim="missing", api="missing"), "E_VISIBILITY_UNKNOWN"),
        (PRIVATE, replace(PUBLIC, inline="yes"), "E_VISIBILITY_CHANGED"),
        (PUBLIC, replace(PUBLIC, switch="private-only"), "E_ORGANISATION_AUDIENCE"),
    ],
    ids=["hidden", "in dispute", "unseen", "opened", "closed by the organisation"],
)
def test_plan_that_holds_no_more_refuses(before: World, after: World, code: str) -> None:
    """Whatever else it would be now, nothing is sent by a plan that was made of other facts."""
    found = compare(before, after)

    assert isinstance(found, PublishRefused)
    assert found.code == code
    assert "Nothing was sent." in found.happened
