"""The invariants of the decision, written from the words of a world: they know nothing of rows, verdicts or picks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from decision_cases import ENVIRONMENT, World, evidence_of, has_policy
from publish_action.model import Evidence, Plan, Refusal

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
BAD_TRIGGERS = ("pull_request", "pull_request_target", "merge_group", "fork", "claimed pull_request")
NONPUBLIC = frozenset({"private", "internal"})
PUBLIC_INDEXES = frozenset({"pypi", "testpypi"})


def worlds(policy: str) -> Iterator[World]:
    """Give every world with this policy that a release can start; facts that no grant asks for stay at one value."""
    environments = ("", ENVIRONMENT) if policy in GRANTING_POLICIES else ("",)
    sdists = ("no", "yes") if policy in GRANTING_POLICIES else ("no",)
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
        )


def goes_public(decision: Plan | Refusal) -> bool:
    """Tell whether everybody could read what this decision sends."""
    return isinstance(decision, Plan) and decision.index.name in PUBLIC_INDEXES


def violations(world: World, decision: Plan | Refusal) -> list[str]:
    """Give the invariants that a decision breaks."""
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
    if not _is_public(world) and world.sdist == "yes" and "with sdist" not in world.policy:
        yield "I6: no grant carries an sdist that it does not name"


def _is_public(world: World) -> bool:
    heard = {world.claim, world.api, world.event} - {"missing"}
    return heard == {"public"} and "public" in {world.claim, world.api}


def _is_granted(world: World) -> bool:
    return (
        world.claim in NONPUBLIC
        and world.api in NONPUBLIC
        and world.event not in {"public", "bad"}
        and "granted" in world.policy
        and "yesterday" not in world.policy
        and world.environment == ENVIRONMENT
    )


def _allowed(policy: str) -> set[str] | None:
    if policy == "closed":
        return set()
    if not has_policy(policy) or policy == "other":
        return None
    names = policy.split(" ", maxsplit=1)[0]
    return set() if names == "nowhere" else set(names.split("+"))


def codes_of(decision: Plan | Refusal) -> tuple[str, ...]:
    """Give every code of a decision; a plan has one."""
    return decision.codes if isinstance(decision, Refusal) else (decision.code,)


def leaks_without_objections(world: World, decision: Plan | Refusal) -> bool:
    """Tell whether a yes by the approving rows alone sends what is neither public nor granted to a public index.

    What a grant asks for beyond its being there is for the rows that object; so is what the files declare.
    """
    sends = isinstance(decision, Plan) and decision.index.name in PUBLIC_INDEXES
    is_nonpublic = {world.claim, world.api, world.event} <= {*NONPUBLIC, "missing"}
    return sends and not (_is_public(world) or (is_nonpublic and "granted" in world.policy))


def opened_doors(decide: Decide, world: World) -> list[str]:
    """Give the ways in which a worse world opens a public index that this one keeps closed (invariant I9)."""
    if goes_public(decide(evidence_of(world))):
        return []
    return [why for why, worse in worsened(world) if goes_public(decide(evidence_of(worse)))]


def worsened(world: World) -> Iterator[tuple[str, World]]:
    """Give every world that knows less, or worse, than this one."""
    for source in ("claim", "api", "event"):
        answer = getattr(world, source)
        yield f"I9a: {source} turned to rubbish", replace(world, **{source: "bad"})
        if "granted" not in world.policy:
            yield f"I9b: {source} turned private", replace(world, **{source: "private"})
            yield f"I9b: {source} turned internal", replace(world, **{source: "internal"})
        others = {getattr(world, other) for other in ("claim", "api", "event") if other != source}
        # Silencing a dissenter or rubbish is the exception that the invariant names.
        if others <= {answer, "missing"}:
            yield f"I9c: {source} fell silent", replace(world, **{source: "missing"})
    for mark in ("classifier", "local", "some", "unreadable"):
        yield f"I9d: marked {mark}", replace(world, declared=mark)


def faults(decide: Decide, policy: str) -> Iterator[str]:
    """Give every invariant that breaks anywhere in the worlds with this policy, with the world."""
    opened: dict[World, bool] = {}
    for world in worlds(policy):
        decision = decide(evidence_of(world))
        opened[world] = goes_public(decision)
        yield from (f"{name} ({world}, {decision.code})" for name in violations(world, decision))
    for world, is_open in opened.items():
        if not is_open:
            yield from (f"{why} ({world})" for why, worse in worsened(world) if opened.get(worse))
