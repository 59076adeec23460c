"""The invariants of the decision, written from the words of a world: they know nothing of rows, verdicts or picks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from publish_action.models.decision import Evidence, Plan, Refusal
from support.decision_cases import ENVIRONMENT, World, evidence_of, has_policy

Decide = Callable[[Evidence], Plan | Refusal]

ANSWERS = ("public", "private", "internal", "bad", "missing")
# Of the event payload, `private` stands for `internal` too; test_visibility.py has all 125 combinations.
EVENT_ANSWERS = ("public", "private", "bad", "missing")
DECLARED = ("none", "classifier", "local", "some", "unreadable")
CHOICES = ("auto", "pypi", "testpypi", "private", "acme", "nonsense")
PLAIN_POLICIES = (
    "absent",
    "invalid",
    "unavailable",
    "other",
    "closed",
    "nowhere",
    "acme",
    "pypi",
    "private",
    "testpypi",
    "acme+pypi",
    "private+pypi",
)
GRANTING_POLICIES = (
    "pypi granted",
    "acme+pypi granted",
    "private+pypi granted",
    "pypi granted with sdist",
    "pypi granted until yesterday",
)
LAYERED_POLICIES = (
    "acme+pypi granted / pypi granted",
    "acme+pypi granted / pypi",
    "acme+pypi / acme",
    "acme / pypi",
    "acme+pypi / closed",
    "closed / pypi",
    "other / pypi granted",
    "pypi / pypi granted",
    "acme+pypi granted / other",
    "pypi granted with sdist / pypi granted",
    "pypi granted / pypi granted elsewhere",
    "pypi granted / pypi granted until yesterday",
    "acme+pypi default acme / pypi+acme default pypi",
)
DEFAULTS = ("acme+pypi default acme", "pypi+testpypi default testpypi", "acme+private default private")
SWITCHES = ("private-only", "by-grant", "public-ok", "unknown")
BAD_TRIGGERS = ("pull_request", "pull_request_target", "merge_group", "fork", "claimed pull_request")
NONPUBLIC = frozenset({"private", "internal"})
PUBLIC_INDEXES = frozenset({"pypi", "testpypi"})


def worlds(policy: str, switch: str = "unsaid") -> Iterator[World]:
    """Return every world with this policy that a release can start; facts that no grant asks for stay at one value."""
    environments = ("", ENVIRONMENT) if "granted" in policy else ("",)
    sdists = ("no", "yes") if "granted" in policy else ("no",)
    facts = product(ANSWERS, ANSWERS, EVENT_ANSWERS, DECLARED, CHOICES, ("no", "yes"), environments, sdists)
    for claim, api, event, declared, choice, inline, environment, sdist in facts:
        yield World(
            claim=claim,
            api=api,
            event=event,
            declared=declared,
            policy=policy,
            choice=choice,
            environment=environment,
            sdist=sdist,
            inline=inline,
            switch=switch,
        )


def goes_public(decision: Plan | Refusal) -> bool:
    """Return whether anyone could read what this decision sends."""
    return isinstance(decision, Plan) and decision.index.name in PUBLIC_INDEXES


def violations(world: World, decision: Plan | Refusal) -> list[str]:
    """Return the invariants that a decision breaks."""
    rules = (_broken_by_anything, _broken_by_publishing, _broken_by_going_public)
    return [name for rule in rules for name in rule(world, decision)]


def _broken_by_anything(world: World, decision: Plan | Refusal) -> Iterator[str]:
    codes = codes_of(decision)
    if {code[:2] for code in codes} != {"E_" if isinstance(decision, Refusal) else "OK"} or "E_BUG" in codes:
        yield "I7: a reason code, E_ if and only if nothing is sent"
    if len(set(codes)) != len(codes):
        yield "I7: a code is told once"


def _broken_by_publishing(world: World, decision: Plan | Refusal) -> Iterator[str]:
    if not isinstance(decision, Plan):
        return
    allowed = _allowed(world.policy)
    if allowed is not None and decision.index.name not in allowed:
        yield "I3: with a policy, the index is in its list"
    stopped = (
        world.policy in {"invalid", "unavailable"}
        or world.declared in {"unreadable", "stray", "stale", "attestation"}
        or world.trigger != "release"
        or world.choice == "nonsense"
        or world.switch == "unknown"
    )
    if stopped:
        yield "I4: what cannot be judged is refused"
    if world.choice not in {"auto", decision.index.name}:
        yield "I5: an explicit choice is honoured or refused"
    if world.declared == "some":
        yield "I8: files that disagree are refused"


def _broken_by_going_public(world: World, decision: Plan | Refusal) -> Iterator[str]:
    if not goes_public(decision):
        return
    if world.declared in {"classifier", "local", "some"}:
        yield "I1: what declares itself private never goes public"
    if not (_is_public(world) or _is_granted(world)):
        yield "I2: a public index needs PUBLIC, or a complete grant"
    if not _is_public(world) and world.sdist == "yes" and not _grants_sdist(world.policy):
        yield "I6: no grant carries an sdist that it does not name"
    if world.switch == "private-only" or (world.switch == "by-grant" and not _has_complete_grant(world)):
        yield "the organisation's signed property keeps closed what it closes"


def _is_public(world: World) -> bool:
    heard = {world.claim, world.api, world.event} - {"missing"}
    return heard == {"public"} and "public" in {world.claim, world.api}


def _is_granted(world: World) -> bool:
    is_nonpublic = world.claim in NONPUBLIC and world.api in NONPUBLIC and world.event not in {"public", "bad"}
    return is_nonpublic and _has_complete_grant(world)


def _has_complete_grant(world: World) -> bool:
    is_current = "yesterday" not in world.policy and "elsewhere" not in world.policy
    has_both = not {world.claim, world.api} & {"missing", "bad"}
    return _has_grant(world.policy) and is_current and has_both and world.environment == ENVIRONMENT


def _has_grant(policy: str) -> bool:
    """The first layer grants, and the second where it speaks of the project."""
    first, *others = policy.split(" / ")
    return "granted" in first and all("granted" in other for other in others if other not in {"other", "closed"})


def _grants_sdist(policy: str) -> bool:
    return all("with sdist" in layer for layer in policy.split(" / ") if "granted" in layer)


def _allowed(policy: str) -> set[str] | None:
    if not has_policy(policy):
        return None
    lists = [names for layer in policy.split(" / ") if (names := _allowed_by_layer(layer)) is not None]
    return set.intersection(*lists) if lists else None


def _allowed_by_layer(layer: str) -> set[str] | None:
    if layer in {"other", "closed"}:
        return set() if layer == "closed" else None
    names = layer.split(" ", maxsplit=1)[0]
    return set() if names == "nowhere" else set(names.split("+"))


def added_targets(decide: Decide, world: World) -> list[str]:
    """Return the target that a second policy adds to the first one's, if it does (invariant I12)."""
    decision = decide(evidence_of(world))
    if not isinstance(decision, Plan):
        return []
    alone = replace(world, policy=world.policy.split(" / ")[0], choice=decision.index.name)
    return [] if isinstance(decide(evidence_of(alone)), Plan) else [f"I12: {decision.index.name} was added ({world})"]


def codes_of(decision: Plan | Refusal) -> tuple[str, ...]:
    """Return every code of a decision; a plan has one."""
    return decision.codes if isinstance(decision, Refusal) else (decision.code,)


def leaks_without_objections(world: World, decision: Plan | Refusal) -> bool:
    """Return whether a yes by the approving rows alone sends what is neither public nor granted to a public index.

    What a grant asks for beyond its being there is for the rows that object; so is what the files declare.
    """
    sends = isinstance(decision, Plan) and decision.index.name in PUBLIC_INDEXES
    is_nonpublic = {world.claim, world.api, world.event} <= {*NONPUBLIC, "missing"}
    return sends and not (_is_public(world) or (is_nonpublic and _has_grant(world.policy)))


def opened_doors(decide: Decide, world: World) -> list[str]:
    """Return the ways in which a worse world opens a public index that this one keeps closed (invariant I9)."""
    if goes_public(decide(evidence_of(world))):
        return []
    return [why for why, worse in worsened(world) if goes_public(decide(evidence_of(worse)))]


def worsened(world: World) -> Iterator[tuple[str, World]]:
    """Return every world that knows less, or worse, than this one.

    Without an ID token nobody vouches for the organisation's switch either, so there a silent claim is no case of this
    (docs/decisions/0038-two-policies.md).
    """
    for source in ("claim", "api", "event"):
        answer = getattr(world, source)
        yield f"I9a: {source} turned to rubbish", replace(world, **{source: "bad"})
        if "granted" not in world.policy:
            yield f"I9b: {source} turned private", replace(world, **{source: "private"})
            yield f"I9b: {source} turned internal", replace(world, **{source: "internal"})
        others = {getattr(world, other) for other in ("claim", "api", "event") if other != source}
        # Silencing a dissenter or rubbish is the exception that the invariant names.
        if others <= {answer, "missing"} and not (source == "claim" and world.switch != "unsaid"):
            yield f"I9c: {source} fell silent", replace(world, **{source: "missing"})
    for mark in ("classifier", "local", "some", "unreadable"):
        yield f"I9d: marked {mark}", replace(world, declared=mark)


def faults(decide: Decide, policy: str, switch: str = "unsaid") -> Iterator[str]:
    """Return every invariant that breaks anywhere in the worlds with this policy and switch, with the world."""
    opened: dict[World, bool] = {}
    for world in worlds(policy, switch):
        decision = decide(evidence_of(world))
        opened[world] = goes_public(decision)
        yield from (f"{name} ({world}, {decision.code})" for name in violations(world, decision))
    for world, is_open in opened.items():
        if not is_open:
            yield from (f"{why} ({world})" for why, worse in worsened(world) if opened.get(worse))
