"""Every row and every guard of the decision is needed: without it, a recorded case is decided otherwise."""

from functools import partial
from types import ModuleType

import pytest

from publish_action.decision.decide import decide_with
from publish_action.decision.pick_index import PICKS
from publish_action.decision.table import ROWS
from publish_action.models.decision import Plan, Refusal
from support.decision_cases import Record, evidence_of, read_corpus
from support.decision_invariants import Decide, codes_of, leaks_without_objections
from support.mutants import load_mutant

CHAIN = (
    *("untrusted.url", "policy.patterns", "policy.resolve", "decision.visibility", "github.claims"),
    *("decision.facts", "decision.pick_index", "decision.explain", "decision.table", "decision.decide"),
)
CORPUS = read_corpus()
PICK_NAMES = tuple(pick.applies.__name__ for pick in PICKS)

PICK_GUARDS: tuple[tuple[str, str], ...] = (
    # explicit choices
    (
        "return _find_named(facts, facts.evidence.choice)",
        "if found := _find_named(facts, facts.evidence.choice):\n            return found",
    ),
    # conditions
    ("return not facts.is_settled or facts.allowed == ()", "return facts.allowed == ()"),
    ("return not facts.is_settled or facts.allowed == ()", "return not facts.is_settled"),
    ("return facts.verdict is Verdict.PUBLIC and not facts.declared", "return facts.verdict is Verdict.PUBLIC"),
    ("return facts.verdict is Verdict.PUBLIC and not facts.declared", "return not facts.declared"),
    ("return _is_public_code(facts) and facts.is_kept_private", "return facts.is_kept_private"),
    ("return _is_public_code(facts) and facts.is_kept_private", "return _is_public_code(facts)"),
    (
        "return _is_public_code(facts) and bool(facts.default_index) and",
        "return bool(facts.default_index) and",
    ),
    (
        "return _is_public_code(facts) and bool(facts.default_index) and",
        "return _is_public_code(facts) and",
    ),
    ("and bool(facts.default_index) and _find_default(facts) is None", "and bool(facts.default_index)"),
    ("if not _is_public_code(facts) or default is None:", "if default is None:"),
    (
        "if not _is_public_code(facts) or default is None:\n        return False\n",
        "if not _is_public_code(facts):\n        return False\n    if default is None:\n        return True\n",
    ),
    ("default.audience is Audience.PRIVATE or public is None or", "public is None or"),
    ("or public is None or _is_pypi_itself(public)", "or True"),
    ("or public is None or _is_pypi_itself(public)", ""),
    ("return _is_public_code(facts) and (facts.allowed is None or", "return (facts.allowed is None or"),
    ("(facts.allowed is None or (public is not None and public.name in facts.allowed))", "True"),
    (
        "(facts.allowed is None or (public is not None and public.name in facts.allowed))",
        "(public is not None and public.name in (facts.allowed or ()))",
    ),
    ("(public is not None and public.name in facts.allowed))", "False)"),
    ("return facts.verdict is Verdict.NONPUBLIC and bool(facts.grants)", "return bool(facts.grants)"),
    ("and bool(facts.grants) and _find_private", "and _find_private"),
    ("and bool(facts.grants) and _find_private(facts) is None", "and bool(facts.grants)"),
    # indexes
    ("return _find_private(facts) or _find_public(facts)\n", "return _find_private(facts)\n"),
    ("return _find_private(facts) or _find_public(facts)\n", "return _find_public(facts)\n"),
    ("return _find_private(facts) or _find_only_public(facts) or", "return _find_only_public(facts) or"),
    ("or _find_only_public(facts) or _find_public(facts)", "or _find_public(facts)"),
    ("or _find_only_public(facts) or _find_public(facts)", "or _find_only_public(facts)"),
    ("(_INLINE,) if facts.allowed is None else", "(_INLINE, *(facts.allowed or ())) if True else"),
    ("(_INLINE,) if facts.allowed is None else (facts.default_index, *facts.allowed)", "facts.allowed or ()"),
    ("is None else (facts.default_index, *facts.allowed)", "is None else facts.allowed"),
    ("if index and index.audience is Audience.PRIVATE), None)", "if index), None)"),
    ("if not indexes or len(indexes) < len(listed) or public is None:", "if not indexes or public is None:"),
    ("    if _is_pypi_itself(public):", "    if True:"),
    ("return default if default in indexes else indexes[0]", "return indexes[0]"),
    ("return default if default in indexes else indexes[0]", "return default"),
    ("return public if public in indexes else None", "return public"),
    ("return public if public in indexes else None", "return None"),
    ("return index.name == _PYPI and isinstance", "return isinstance"),
    ("and isinstance(url, CanonicalUrl) and is_pypi(url.host)", ""),
)

# Room, the guard as it stands there, and what stands there without it.
GUARDS: tuple[tuple[str, str, str], ...] = (
    # visibility
    ("decision.visibility", "if any(isinstance(answer, Malformed) for answer in answers):", "if False:"),
    ("decision.visibility", "if not (isinstance(claim, Answered) or isinstance(api, Answered)):", "if False:"),
    ("decision.visibility", "isinstance(claim, Answered) or isinstance(api, Answered)", "isinstance(claim, Answered)"),
    ("decision.visibility", "isinstance(claim, Answered) or isinstance(api, Answered)", "isinstance(api, Answered)"),
    ("decision.visibility", "answers = (claim, api, event)", "answers = (claim, api)"),
    ("decision.visibility", "answers = (claim, api, event)", "answers = (claim, event)"),
    ("decision.visibility", "answers = (claim, api, event)", "answers = (api, event)"),
    ("decision.visibility", "is Visibility.PUBLIC for", "is not Visibility.PRIVATE for"),
    ("decision.visibility", "if public == {True}:", "if True in public:"),
    ("decision.visibility", "if public == {False} else", "if False in public else"),
    # facts
    (
        "decision.facts",
        "if project and isinstance(evidence.policy, Policy) else",
        "if isinstance(evidence.policy, Policy) else",
    ),
    ("decision.facts", "is_settled=bool(project) and isinstance", "is_settled=isinstance"),
    ("decision.facts", "self.index.audience is Audience.PUBLIC else None", 'self.index.name == "pypi" else None'),
    ("decision.facts", "return self.verdict is Verdict.NONPUBLIC or (is_switched", "return True or (is_switched"),
    ("decision.facts", "or (is_switched and self.verdict is Verdict.PUBLIC)", ""),
    (
        "decision.facts",
        "audience is PublishAudience.BY_GRANT and not self.grants",
        "audience is PublishAudience.BY_GRANT",
    ),
    ("decision.facts", "return is_ungranted or audience is PublishAudience.PRIVATE_ONLY", "return is_ungranted"),
    ("decision.facts", "return is_ungranted or audience", "return audience"),
    # pick_index
    *(("decision.pick_index", old, new) for old, new in PICK_GUARDS),
    # resolve
    ("policy.resolve", "if rule.project == project", "if True"),
    ("policy.resolve", "return own or max(", "return max("),
    ("policy.resolve", "return own or max(", "return own and max("),
    ("policy.resolve", "lambda rule: specificity(rule.project)", "lambda rule: 0"),
    ("policy.resolve", "and covers(rule.project, project))", ")"),
    ("policy.resolve", "return () if policy.unlisted_refused else None", "return None"),
    ("policy.resolve", "return () if policy.unlisted_refused else None", "return ()"),
    ("policy.resolve", "for name in lists[0] if all(name in names for names in lists))", "for name in lists[0])"),
    ("policy.resolve", "for name in lists[0] if", "for name in lists[-1] if"),
    ("policy.resolve", "(policy, *layers_of(policy.narrowed_by))", "(policy,)"),
    ("policy.resolve", "    if find_rule(policy, project) is None:\n        return ()\n", ""),
    ("policy.resolve", "if grant)) if all(grants) else ()", "if grant))"),
    ("policy.resolve", "if rule.default_index in allowed)", "if rule.default_index)"),
    # table
    ("decision.table", 'name.startswith("pull_request") or name == "merge_group"', 'name == "merge_group"'),
    ("decision.table", 'name.startswith("pull_request") or name == "merge_group"', 'name.startswith("pull_request")'),
    ("decision.table", 'name.startswith("pull_request") or', 'name == "pull_request" or'),
    ("decision.table", "in trigger.event_names if", "in trigger.event_names[:1] if"),
    ("decision.table", "elif trigger.from_fork:", "elif False:"),
    ("decision.table", "and not any(_errors(facts)):", ":"),
    ("decision.table", "if not facts.evidence.distributions and", "if"),
    ("decision.table", "if len(projects) > 1:", "if False:"),
    (
        "decision.table",
        "elif len({_version_key(distribution.version)",
        "elif 0 * len({_version_key(distribution.version)",
    ),
    ("decision.table", "        return Version(version)\n", "        return version\n"),
    ("decision.table", "yield from _object_to_findings(facts, _MISMATCH_CODES)", "yield from ()"),
    ("decision.table", "    if private and others:", "    if False:"),
    ("decision.table", "    if private and others:", "    if private:"),
    ("decision.table", "    if private and others:", "    if others:"),
    ("decision.table", "yield from _object_to_findings(facts, _INCONSISTENT_CODES)", "yield from ()"),
    ("decision.table", "if finding.severity is Severity.ERROR)", "if True)"),
    ("decision.table", "if finding.code not in _CODES_OF_OTHER_ROWS:", "if False:"),
    ("decision.table", "if isinstance(policy, PolicyInvalid):", "if False:"),
    ("decision.table", "elif isinstance(policy, PolicyUnavailable):", "elif False:"),
    ("decision.table", "for problem in evidence.index_problems:", "for problem in ():"),
    ("decision.table", "if is_known and not facts.is_auto and facts.index is None and", "if False and"),
    ("decision.table", "if is_known and not facts.is_auto and", "if not facts.is_auto and"),
    ("decision.table", "and facts.index is None and evidence.choice not in named:", "and facts.index is None:"),
    ("decision.table", "or not facts.is_settled or facts.allowed == () or facts.evidence.index_problems:", ":"),
    ("decision.table", "or facts.allowed == () or facts.evidence.index_problems:", "or facts.evidence.index_problems:"),
    ("decision.table", "or facts.allowed == () or facts.evidence.index_problems:", "or facts.allowed == ():"),
    ("decision.table", "if not facts.is_auto or facts.index or", "if facts.index or"),
    ("decision.table", "if not facts.is_auto or facts.index or", "if not facts.is_auto or"),
    ("decision.table", "elif facts.index and facts.index.name not in facts.allowed:", "elif False:"),
    ("decision.table", "    if not facts.allowed:\n", "    if False:\n"),
    ("decision.table", "if facts.public_index and facts.declared:", "if facts.declared:"),
    ("decision.table", '"E_PRIVATE_CLASSIFIER" if Declaration.CLASSIFIER in facts.declared else', ""),
    ("decision.table", "    if facts.public_index is None:\n", "    if False:\n"),
    ("decision.table", "and facts.is_settled and not facts.grants:", "and not facts.grants:"),
    ("decision.table", "and facts.is_settled and not facts.grants:", "and facts.is_settled:"),
    (
        "decision.table",
        "not isinstance(evidence.claim.answer, Answered) or evidence.environment",
        "evidence.environment",
    ),
    ("decision.table", "or evidence.environment != grant.environment:", ":"),
    ("decision.table", "if sdists and not grant.sdist:", "if False:"),
    ("decision.table", "if sdists and not grant.sdist:", "if sdists:"),
    ("decision.table", "if grant.expires and evidence.today > grant.expires:", "if False:"),
    ("decision.table", "evidence.today > grant.expires:", "evidence.today >= grant.expires:"),
    ("decision.table", "if not isinstance(facts.evidence.api.answer, Answered):", "if False:"),
    ("decision.table", "if facts.public_index and facts.verdict is Verdict.PUBLIC:", "if facts.public_index:"),
    ("decision.table", "is Verdict.NONPUBLIC and facts.grants:", "is Verdict.NONPUBLIC:"),
    ("decision.table", "if facts.index and facts.index.audience is Audience.PRIVATE:", "if facts.index:"),
    ("decision.table", "if switch.audience is PublishAudience.UNKNOWN:", "if False:"),
    ("decision.table", "elif facts.public_index and facts.is_settled and facts.is_kept_private:", "elif False:"),
    ("decision.table", "elif facts.public_index and facts.is_settled and", "elif facts.is_settled and"),
    ("decision.table", "or not facts.wants_grant or", "or"),
    ("decision.table", "for grant in facts.grants:", "for grant in facts.grants[:1]:"),
    # decide
    ("decision.decide", "if objections or not approvals or facts.index is None:", "if not approvals:"),
    (
        "decision.decide",
        "dict.fromkeys(objection.code for objection in objections)",
        "objection.code for objection in objections",
    ),
)


def is_noticed(decide: Decide) -> bool:
    """Tell whether a recorded case is decided otherwise, or cannot be decided at all."""
    try:
        return any(_differs(decide(evidence_of(record.world)), record) for record in CORPUS)
    except (AttributeError, IndexError, TypeError):
        return True


def _differs(decision: Plan | Refusal, record: Record) -> bool:
    return (codes_of(decision), decision.index.name if decision.index else "") != (record.codes, record.index)


def _leaks(module: ModuleType) -> bool:
    """Tell whether the rows that approve would let something out without those that object."""
    decisions = ((record.world, module.decide_with(module.ROWS[-3:], evidence_of(record.world))) for record in CORPUS)
    return any(leaks_without_objections(world, decision) for world, decision in decisions)


def test_the_decision_itself_is_not_noticed() -> None:
    """What tells mutants from the decision finds nothing in the decision."""
    unchanged = load_mutant(CHAIN, "decision.decide", "def exit_status(", "def exit_status(")["decision.decide"]

    assert not is_noticed(unchanged.decide)
    assert not _leaks(unchanged)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row.number for row in ROWS])
def test_every_row_is_needed(number: int) -> None:
    """The table without one of its rows decides a recorded case otherwise."""
    rows = (*ROWS[:number], *ROWS[number + 1 :])

    assert is_noticed(partial(decide_with, rows))


@pytest.mark.parametrize(("room", "old", "new"), GUARDS, ids=[f"{room}: {old[:40]}" for room, old, _ in GUARDS])
def test_every_guard_is_needed(room: str, old: str, new: str) -> None:
    """The decision without one of its guards decides a recorded case otherwise, or would let something out."""
    mutant = load_mutant(CHAIN, room, old, new)["decision.decide"]

    assert is_noticed(mutant.decide) or _leaks(mutant)


@pytest.mark.parametrize("number", range(len(PICKS)))
def test_every_pick_is_needed(number: int) -> None:
    """The table of picks without one of its rows picks otherwise in a recorded case."""
    pick = f"    Pick(applies={PICK_NAMES[number]},"
    mutant = load_mutant(CHAIN, "decision.pick_index", pick, pick.replace(PICK_NAMES[number], "lambda _facts: False"))

    assert is_noticed(mutant["decision.decide"].decide)
