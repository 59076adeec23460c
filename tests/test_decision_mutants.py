"""Every row and every guard of the decision is needed: without it, a recorded case is decided otherwise."""

from functools import partial
from types import ModuleType

import pytest

from decision_cases import Record, evidence_of, read_corpus
from decision_invariants import Decide, codes_of, leaks_without_objections
from mutants import load_mutant
from publish_action.decision.decide import decide_with
from publish_action.decision.table import ROWS
from publish_action.models.decision import Plan, Refusal

CHAIN = (
    *("index_url", "project_patterns", "policy_layers", "visibility", "claims"),
    *("case", "because", "rows", "decision"),
)
CORPUS = read_corpus()

# Room, the guard as it stands there, and what stands there without it.
GUARDS: tuple[tuple[str, str, str], ...] = (
    # visibility
    ("visibility", "if any(isinstance(answer, Malformed) for answer in answers):", "if False:"),
    ("visibility", "if not (isinstance(claim, Answered) or isinstance(api, Answered)):", "if False:"),
    ("visibility", "isinstance(claim, Answered) or isinstance(api, Answered)", "isinstance(claim, Answered)"),
    ("visibility", "isinstance(claim, Answered) or isinstance(api, Answered)", "isinstance(api, Answered)"),
    ("visibility", "answers = (claim, api, event)", "answers = (claim, api)"),
    ("visibility", "answers = (claim, api, event)", "answers = (claim, event)"),
    ("visibility", "answers = (claim, api, event)", "answers = (api, event)"),
    ("visibility", "is Visibility.PUBLIC for", "is not Visibility.PRIVATE for"),
    ("visibility", "if public == {True}:", "if True in public:"),
    ("visibility", "if public == {False} else", "if False in public else"),
    # case
    ("case", "else _named(case, evidence.choice)", "else _named(case, evidence.choice) or _pick(case)"),
    ("case", "if project and isinstance(evidence.policy, Policy) else", "if isinstance(evidence.policy, Policy) else"),
    ("case", "if case.verdict is Verdict.PUBLIC and not case.declared:", "if case.verdict is Verdict.PUBLIC:"),
    ("case", "if case.verdict is Verdict.PUBLIC and not case.declared:", "if not case.declared:"),
    ("case", "if case.allowed is None or case.evidence.public_index in case.allowed:", "if True:"),
    ("case", "return private or _only_public_index(case) or home", "return _only_public_index(case) or home"),
    ("case", "return private or _only_public_index(case) or home", "return private or home"),
    ("case", "return private or _only_public_index(case) or home", "return private or _only_public_index(case)"),
    ("case", "if private is None and case.verdict", "if case.verdict"),
    ("case", "and case.verdict is Verdict.NONPUBLIC and case.grants:", "and case.verdict is Verdict.NONPUBLIC:"),
    ("case", "and case.verdict is Verdict.NONPUBLIC and case.grants:", "and False:"),
    ("case", "(_INLINE,) if case.allowed is None else", "(_INLINE, *(case.allowed or ())) if True else"),
    ("case", "(_INLINE,) if case.allowed is None else (case.default_index, *case.allowed)", "case.allowed or ()"),
    ("case", "if index and index.audience is Audience.PRIVATE), None)", "if index), None)"),
    ("case", "if not public or len(public) < len(listed) or home is None:", "if not public or home is None:"),
    ("case", "if _is_pypi_itself(home):", "if True:"),
    ("case", "return home if home in public else None", "return home"),
    ("case", "return home if home in public else None", "return None"),
    ("case", "return index.name == _PYPI and isinstance", "return isinstance"),
    ("case", "and isinstance(url, IndexUrl) and is_pypi(url.host)", ""),
    ("case", "if not case.is_settled or case.allowed == ():", "if case.allowed == ():"),
    ("case", "is_settled=bool(project) and isinstance", "is_settled=isinstance"),
    ("case", "self.index.audience is Audience.PUBLIC else None", "self.index.name == _PYPI else None"),
    ("case", "(case.default_index, *case.allowed)", "case.allowed"),
    ("case", "return default if default in public else public[0]", "return public[0]"),
    ("case", "return default if default in public else public[0]", "return default"),
    ("case", "if case.is_kept_private:", "if False:"),
    ("case", "return private or home\n    default", "return private\n    default"),
    ("case", "return private or home\n    default", "return home\n    default"),
    ("case", "if default and (default.audience", "if False and (default.audience"),
    ("case", "if case.default_index and default is None:", "if False:"),
    ("rows", "    elif case.default_index:\n", "    elif False:\n"),
    ("case", "default.audience is Audience.PRIVATE or home is None or", "home is None or"),
    ("case", "or home is None or _is_pypi_itself(home)):", "or True):"),
    ("case", "or home is None or _is_pypi_itself(home)):", "):"),
    ("case", "return self.verdict is Verdict.NONPUBLIC or (is_switched", "return True or (is_switched"),
    ("case", "or (is_switched and self.verdict is Verdict.PUBLIC)", ""),
    ("case", "audience is PublishAudience.BY_GRANT and not self.grants", "audience is PublishAudience.BY_GRANT"),
    ("case", "return is_ungranted or audience is PublishAudience.PRIVATE_ONLY", "return is_ungranted"),
    ("case", "return is_ungranted or audience", "return audience"),
    # policy_layers
    ("policy_layers", "if rule.project == project", "if True"),
    ("policy_layers", "return own or max(", "return max("),
    ("policy_layers", "return own or max(", "return own and max("),
    ("policy_layers", "lambda rule: weigh(rule.project)", "lambda rule: 0"),
    ("policy_layers", "and covers(rule.project, project))", ")"),
    ("policy_layers", "return () if policy.unlisted_refused else None", "return None"),
    ("policy_layers", "return () if policy.unlisted_refused else None", "return ()"),
    ("policy_layers", "for name in lists[0] if all(name in names for names in lists))", "for name in lists[0])"),
    ("policy_layers", "for name in lists[0] if", "for name in lists[-1] if"),
    ("policy_layers", "(policy, *layers_of(policy.narrowed_by))", "(policy,)"),
    ("policy_layers", "    if find_rule(policy, project) is None:\n        return ()\n", ""),
    ("policy_layers", "if grant)) if all(grants) else ()", "if grant))"),
    ("policy_layers", "if rule.default_index in allowed)", "if rule.default_index)"),
    # rows
    ("rows", 'name.startswith("pull_request") or name == "merge_group"', 'name == "merge_group"'),
    ("rows", 'name.startswith("pull_request") or name == "merge_group"', 'name.startswith("pull_request")'),
    ("rows", 'name.startswith("pull_request") or', 'name == "pull_request" or'),
    ("rows", "in trigger.event_names if", "in trigger.event_names[:1] if"),
    ("rows", "elif trigger.from_fork:", "elif False:"),
    ("rows", "and not any(_errors(case)):", ":"),
    ("rows", "if not case.evidence.distributions and", "if"),
    ("rows", "if len(projects) > 1:", "if False:"),
    ("rows", "elif len({_version_key(distribution.version)", "elif 0 * len({_version_key(distribution.version)"),
    ("rows", "        return Version(version)\n", "        return version\n"),
    ("rows", "yield from _object_to_findings(case, _MISMATCH_CODES)", "yield from ()"),
    ("rows", "    if private and others:", "    if False:"),
    ("rows", "    if private and others:", "    if private:"),
    ("rows", "    if private and others:", "    if others:"),
    ("rows", "yield from _object_to_findings(case, _INCONSISTENT_CODES)", "yield from ()"),
    ("rows", "if finding.severity is Severity.ERROR)", "if True)"),
    ("rows", "if finding.code not in _CODES_OF_OTHER_ROWS:", "if False:"),
    ("rows", "if isinstance(policy, PolicyInvalid):", "if False:"),
    ("rows", "elif isinstance(policy, PolicyUnavailable):", "elif False:"),
    ("rows", "for problem in evidence.index_problems:", "for problem in ():"),
    ("rows", "if is_known and not case.is_auto and case.index is None and", "if False and"),
    ("rows", "if is_known and not case.is_auto and", "if not case.is_auto and"),
    ("rows", "and case.index is None and evidence.choice not in named:", "and case.index is None:"),
    ("rows", "or not case.is_settled or case.allowed == () or case.evidence.index_problems:", ":"),
    ("rows", "or case.allowed == () or case.evidence.index_problems:", "or case.evidence.index_problems:"),
    ("rows", "or case.allowed == () or case.evidence.index_problems:", "or case.allowed == ():"),
    ("rows", "if not case.is_auto or case.index or", "if case.index or"),
    ("rows", "if not case.is_auto or case.index or", "if not case.is_auto or"),
    ("rows", "elif case.index and case.index.name not in case.allowed:", "elif False:"),
    ("rows", "    if not case.allowed:\n", "    if False:\n"),
    ("rows", "if case.public_index and case.declared:", "if case.declared:"),
    ("rows", '"E_PRIVATE_CLASSIFIER" if Declaration.CLASSIFIER in case.declared else', ""),
    ("rows", "    if case.public_index is None:\n", "    if False:\n"),
    ("rows", "and case.is_settled and not case.grants:", "and not case.grants:"),
    ("rows", "and case.is_settled and not case.grants:", "and case.is_settled:"),
    ("rows", "not isinstance(evidence.claim.answer, Answered) or evidence.environment", "evidence.environment"),
    ("rows", "or evidence.environment != grant.environment:", ":"),
    ("rows", "if sdists and not grant.sdist:", "if False:"),
    ("rows", "if sdists and not grant.sdist:", "if sdists:"),
    ("rows", "if grant.expires and evidence.today > grant.expires:", "if False:"),
    ("rows", "evidence.today > grant.expires:", "evidence.today >= grant.expires:"),
    ("rows", "if not isinstance(case.evidence.api.answer, Answered):", "if False:"),
    ("rows", "if case.public_index and case.verdict is Verdict.PUBLIC:", "if case.public_index:"),
    ("rows", "is Verdict.NONPUBLIC and case.grants:", "is Verdict.NONPUBLIC:"),
    ("rows", "if case.index and case.index.audience is Audience.PRIVATE:", "if case.index:"),
    ("rows", "if switch.audience is PublishAudience.UNKNOWN:", "if False:"),
    ("rows", "elif case.public_index and case.is_settled and case.is_kept_private:", "elif False:"),
    ("rows", "elif case.public_index and case.is_settled and case", "elif case.is_settled and case"),
    ("rows", "or not case.wants_grant or", "or"),
    ("rows", "for grant in case.grants:", "for grant in case.grants[:1]:"),
    # decision
    ("decision", "if objections or not approvals or case.index is None:", "if not approvals:"),
    (
        "decision",
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
    unchanged = load_mutant(CHAIN, "decision", "def exit_status(", "def exit_status(")["decision"]

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
    mutant = load_mutant(CHAIN, room, old, new)["decision"]

    assert is_noticed(mutant.decide) or _leaks(mutant)
