"""The decision over every combination of its facts: no world breaks an invariant."""

from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.decision.decide import decide
from publish_action.models.decision import Refusal
from support.decision_cases import World, evidence_of
from support.decision_invariants import (
    ANSWERS,
    BAD_TRIGGERS,
    CHOICES,
    DECLARED,
    DEFAULTS,
    GRANTING_POLICIES,
    LAYERED_POLICIES,
    PLAIN_POLICIES,
    SWITCHES,
    added_targets,
    faults,
    opened_doors,
    violations,
)

ANY_WORLD = st.builds(
    World,
    claim=st.sampled_from(ANSWERS),
    api=st.sampled_from(ANSWERS),
    event=st.sampled_from(ANSWERS),
    declared=st.sampled_from((*DECLARED, "stray", "stale", "attestation", "warned")),
    policy=st.sampled_from(
        (
            *(*PLAIN_POLICIES, *GRANTING_POLICIES, *LAYERED_POLICIES, *DEFAULTS),
            *("acme+private+testpypi granted", "pypi+testpypi"),
        )
    ),
    switch=st.sampled_from(("unsaid", *SWITCHES)),
    choice=st.sampled_from(CHOICES),
    trigger=st.sampled_from(("release", *BAD_TRIGGERS)),
    environment=st.sampled_from(("", "staging", "pypi-release")),
    sdist=st.sampled_from(("no", "yes")),
    projects=st.sampled_from(("one", "none", "many", "versions", "spellings", "mismatch")),
    inline=st.sampled_from(("no", "yes", "broken")),
)


LAYERS = st.sampled_from(
    (
        *("other", "closed", "nowhere", "acme", "pypi", "acme+pypi", "pypi+acme granted", "pypi granted"),
        *("acme-*: pypi granted", "*: acme+pypi", "acme-cli: acme; acme-*: pypi", "acme+pypi default acme"),
    )
)


@pytest.mark.parametrize("policy", [*PLAIN_POLICIES, *GRANTING_POLICIES, *LAYERED_POLICIES[:3], DEFAULTS[0]])
def test_no_world_breaks_an_invariant(policy: str) -> None:
    """Every answer, declaration, choice and grant: the invariants I1 to I9 hold in all of them."""
    assert list(islice(faults(decide, policy), 5)) == []


@pytest.mark.parametrize(
    ("switch", "policy"), [*((switch, "acme+pypi") for switch in SWITCHES), ("by-grant", "pypi granted")]
)
def test_no_switch_breaks_an_invariant(policy: str, switch: str) -> None:
    """Whatever the organisation's property says, and it opens nothing that is closed without it."""
    assert list(islice(faults(decide, policy, switch), 5)) == []


@given(world=ANY_WORLD, layers=st.tuples(LAYERS, LAYERS))
def test_adding_a_policy_never_adds_a_target(world: World, layers: tuple[str, str]) -> None:
    """What two policies send somewhere, the first alone would let go there too (invariant I12)."""
    assert added_targets(decide, replace(world, policy=" / ".join(layers))) == []


@given(world=ANY_WORLD)
def test_the_switch_never_opens_an_index(world: World) -> None:
    """What goes somewhere with the organisation's property would be let go there without it."""
    decision = decide(evidence_of(world))
    freed = replace(world, switch="unsaid", choice=decision.index.name if decision.index else world.choice)

    assert isinstance(decision, Refusal) or not isinstance(decide(evidence_of(freed)), Refusal)


@pytest.mark.parametrize("trigger", BAD_TRIGGERS)
@pytest.mark.parametrize("policy", ["absent", "acme", "pypi granted"])
def test_wrong_trigger_refuses_every_world(trigger: str, policy: str) -> None:
    """No policy, choice or answer lets unreviewed code out."""
    base = World(trigger=trigger, policy=policy, environment="pypi-release")
    good = [replace(base, claim=one, api=one, event=one, choice=choice) for one in ANSWERS for choice in CHOICES]

    decisions = [decide(evidence_of(world)) for world in good]

    assert {decision.code for decision in decisions} == {"E_TRIGGER"}


@given(world=ANY_WORLD)
def test_every_world_has_one_answer(world: World) -> None:
    """Also worlds outside the enumeration give a plan or a refusal, and break nothing."""
    decision = decide(evidence_of(world))

    assert violations(world, decision) == []
    assert isinstance(decision, Refusal) or world.projects in {"one", "spellings"}


@given(world=ANY_WORLD)
def test_knowing_less_or_worse_never_opens_a_public_index(world: World) -> None:
    """Losing an agreeing answer, turning one private or to rubbish, or adding a mark keeps closed what is closed."""
    assert opened_doors(decide, world) == []


def test_some_worlds_are_open() -> None:
    """The invariants are not kept by refusing everything."""
    open_worlds = [World(), World(api="missing"), World(policy="acme", claim="bad")]

    assert [decide(evidence_of(world)).code for world in open_worlds] == ["OK_PUBLIC", "OK_PUBLIC", "OK_PRIVATE"]
