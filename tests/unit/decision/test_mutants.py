"""Every row and every guard of the decision is needed: without it, a recorded case is decided otherwise."""

from functools import partial
from types import ModuleType

import pytest

from publish_action.decision.decide import decide_with
from publish_action.decision.table import ROWS
from publish_action.models.decision import Plan, Refusal
from support.decision_cases import Record, evidence_of, read_corpus
from support.decision_invariants import Decide, codes_of, leaks_without_objections
from support.mutants import load_mutant

CHAIN = (
    *("untrusted.url", "policy.patterns", "policy.resolve", "decision.visibility", "github.claims"),
    *("decision.facts", "decision.explain", "decision.table", "decision.decide"),
)
CORPUS = read_corpus()

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
    # case
    ("decision.facts", "else _named(case, evidence.choice)", "else _named(case, evidence.choice) or _pick(case)"),
    (
        "decision.facts",
        "if project and isinstance(evidence.policy, Policy) else",
        "if isinstance(evidence.policy, Policy) else",
    ),
    (
        "decision.facts",
        "if case.verdict is Verdict.PUBLIC and not case.declared:",
        "if case.verdict is Verdict.PUBLIC:",
    ),
    ("decision.facts", "if case.verdict is Verdict.PUBLIC and not case.declared:", "if not case.declared:"),
    ("decision.facts", "if case.allowed is None or case.evidence.public_index in case.allowed:", "if True:"),
    ("decision.facts", "return private or _only_public_index(case) or home", "return _only_public_index(case) or home"),
    ("decision.facts", "return private or _only_public_index(case) or home", "return private or home"),
    (
        "decision.facts",
        "return private or _only_public_index(case) or home",
        "return private or _only_public_index(case)",
    ),
    ("decision.facts", "if private is None and case.verdict", "if case.verdict"),
    (
        "decision.facts",
        "and case.verdict is Verdict.NONPUBLIC and case.grants:",
        "and case.verdict is Verdict.NONPUBLIC:",
    ),
    ("decision.facts", "and case.verdict is Verdict.NONPUBLIC and case.grants:", "and False:"),
    ("decision.facts", "(_INLINE,) if case.allowed is None else", "(_INLINE, *(case.allowed or ())) if True else"),
    (
        "decision.facts",
        "(_INLINE,) if case.allowed is None else (case.default_index, *case.allowed)",
        "case.allowed or ()",
    ),
    ("decision.facts", "if index and index.audience is Audience.PRIVATE), None)", "if index), None)"),
    ("decision.facts", "if not public or len(public) < len(listed) or home is None:", "if not public or home is None:"),
    ("decision.facts", "if _is_pypi_itself(home):", "if True:"),
    ("decision.facts", "return home if home in public else None", "return home"),
    ("decision.facts", "return home if home in public else None", "return None"),
    ("decision.facts", "return index.name == _PYPI and isinstance", "return isinstance"),
    ("decision.facts", "and isinstance(url, CanonicalUrl) and is_pypi(url.host)", ""),
    ("decision.facts", "if not case.is_settled or case.allowed == ():", "if case.allowed == ():"),
    ("decision.facts", "is_settled=bool(project) and isinstance", "is_settled=isinstance"),
    ("decision.facts", "self.index.audience is Audience.PUBLIC else None", "self.index.name == _PYPI else None"),
    ("decision.facts", "(case.default_index, *case.allowed)", "case.allowed"),
    ("decision.facts", "return default if default in public else public[0]", "return public[0]"),
    ("decision.facts", "return default if default in public else public[0]", "return default"),
    ("decision.facts", "if case.is_kept_private:", "if False:"),
    ("decision.facts", "return private or home\n    default", "return private\n    default"),
    ("decision.facts", "return private or home\n    default", "return home\n    default"),
    ("decision.facts", "if default and (default.audience", "if False and (default.audience"),
    ("decision.facts", "if case.default_index and default is None:", "if False:"),
    ("decision.table", "    elif case.default_index:\n", "    elif False:\n"),
    ("decision.facts", "default.audience is Audience.PRIVATE or home is None or", "home is None or"),
    ("decision.facts", "or home is None or _is_pypi_itself(home)):", "or True):"),
    ("decision.facts", "or home is None or _is_pypi_itself(home)):", "):"),
    ("decision.facts", "return self.verdict is Verdict.NONPUBLIC or (is_switched", "return True or (is_switched"),
    ("decision.facts", "or (is_switched and self.verdict is Verdict.PUBLIC)", ""),
    (
        "decision.facts",
        "audience is PublishAudience.BY_GRANT and not self.grants",
        "audience is PublishAudience.BY_GRANT",
    ),
    ("decision.facts", "return is_ungranted or audience is PublishAudience.PRIVATE_ONLY", "return is_ungranted"),
    ("decision.facts", "return is_ungranted or audience", "return audience"),
    # policy_layers
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
    # rows
    ("decision.table", 'name.startswith("pull_request") or name == "merge_group"', 'name == "merge_group"'),
    ("decision.table", 'name.startswith("pull_request") or name == "merge_group"', 'name.startswith("pull_request")'),
    ("decision.table", 'name.startswith("pull_request") or', 'name == "pull_request" or'),
    ("decision.table", "in trigger.event_names if", "in trigger.event_names[:1] if"),
    ("decision.table", "elif trigger.from_fork:", "elif False:"),
    ("decision.table", "and not any(_errors(case)):", ":"),
    ("decision.table", "if not case.evidence.distributions and", "if"),
    ("decision.table", "if len(projects) > 1:", "if False:"),
    (
        "decision.table",
        "elif len({_version_key(distribution.version)",
        "elif 0 * len({_version_key(distribution.version)",
    ),
    ("decision.table", "        return Version(version)\n", "        return version\n"),
    ("decision.table", "yield from _object_to_findings(case, _MISMATCH_CODES)", "yield from ()"),
    ("decision.table", "    if private and others:", "    if False:"),
    ("decision.table", "    if private and others:", "    if private:"),
    ("decision.table", "    if private and others:", "    if others:"),
    ("decision.table", "yield from _object_to_findings(case, _INCONSISTENT_CODES)", "yield from ()"),
    ("decision.table", "if finding.severity is Severity.ERROR)", "if True)"),
    ("decision.table", "if finding.code not in _CODES_OF_OTHER_ROWS:", "if False:"),
    ("decision.table", "if isinstance(policy, PolicyInvalid):", "if False:"),
    ("decision.table", "elif isinstance(policy, PolicyUnavailable):", "elif False:"),
    ("decision.table", "for problem in evidence.index_problems:", "for problem in ():"),
    ("decision.table", "if is_known and not case.is_auto and case.index is None and", "if False and"),
    ("decision.table", "if is_known and not case.is_auto and", "if not case.is_auto and"),
    ("decision.table", "and case.index is None and evidence.choice not in named:", "and case.index is None:"),
    ("decision.table", "or not case.is_settled or case.allowed == () or case.evidence.index_problems:", ":"),
    ("decision.table", "or case.allowed == () or case.evidence.index_problems:", "or case.evidence.index_problems:"),
    ("decision.table", "or case.allowed == () or case.evidence.index_problems:", "or case.allowed == ():"),
    ("decision.table", "if not case.is_auto or case.index or", "if case.index or"),
    ("decision.table", "if not case.is_auto or case.index or", "if not case.is_auto or"),
    ("decision.table", "elif case.index and case.index.name not in case.allowed:", "elif False:"),
    ("decision.table", "    if not case.allowed:\n", "    if False:\n"),
    ("decision.table", "if case.public_index and case.declared:", "if case.declared:"),
    ("decision.table", '"E_PRIVATE_CLASSIFIER" if Declaration.CLASSIFIER in case.declared else', ""),
    ("decision.table", "    if case.public_index is None:\n", "    if False:\n"),
    ("decision.table", "and case.is_settled and not case.grants:", "and not case.grants:"),
    ("decision.table", "and case.is_settled and not case.grants:", "and case.is_settled:"),
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
    ("decision.table", "if not isinstance(case.evidence.api.answer, Answered):", "if False:"),
    ("decision.table", "if case.public_index and case.verdict is Verdict.PUBLIC:", "if case.public_index:"),
    ("decision.table", "is Verdict.NONPUBLIC and case.grants:", "is Verdict.NONPUBLIC:"),
    ("decision.table", "if case.index and case.index.audience is Audience.PRIVATE:", "if case.index:"),
    ("decision.table", "if switch.audience is PublishAudience.UNKNOWN:", "if False:"),
    ("decision.table", "elif case.public_index and case.is_settled and case.is_kept_private:", "elif False:"),
    ("decision.table", "elif case.public_index and case.is_settled and case", "elif case.is_settled and case"),
    ("decision.table", "or not case.wants_grant or", "or"),
    ("decision.table", "for grant in case.grants:", "for grant in case.grants[:1]:"),
    # decision
    ("decision.decide", "if objections or not approvals or case.index is None:", "if not approvals:"),
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
