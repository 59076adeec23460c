"""Decide where distributions go: evidence in, plan or refusal out."""

from publish_action.decision.explain import explain_facts
from publish_action.decision.facts import Facts, add_index, derive_facts
from publish_action.decision.pick_index import choose_index
from publish_action.decision.table import ROWS, Approval, Objection, Row, judge_inconsistency, judge_mixture
from publish_action.errors import DistributionsInvalid, ExitStatus
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.distribution import Distribution
from publish_action.reasons import REASONS

# The message is one annotation; the findings are told one by one beside it.
_MOST_NAMED = 10


def decide(evidence: Evidence) -> Plan | Refusal:
    """Decide where the distributions go (contract, section 5). Total: every evidence gives one of the two."""
    return decide_with(ROWS, evidence)


def decide_with(rows: tuple[Row, ...], evidence: Evidence) -> Plan | Refusal:
    """Decide by these rows, in their order. Only a row can approve, so an empty table refuses.

    One objection outweighs every approval; the first decides the code.
    """
    facts = derive_facts(evidence)
    facts = add_index(facts, choose_index(facts))
    rulings = [ruling for row in rows for ruling in row.rule(facts)]
    objections = [ruling for ruling in rulings if isinstance(ruling, Objection)]
    approvals = [ruling for ruling in rulings if isinstance(ruling, Approval)]
    if objections or not approvals or facts.index is None:
        return _refuse(facts, objections or [Objection(code="E_BUG", message="No rule speaks of this case.")])
    return Plan(
        code=approvals[0].code,
        index=facts.index,
        verdict=facts.verdict,
        project=facts.project,
        version=facts.version,
        because=(*explain_facts(facts), approvals[0].message),
        findings=facts.findings,
    )


def judge_files(distributions: tuple[Distribution, ...]) -> DistributionsInvalid | None:
    """Return what the rows that speak of the distributions alone (3 and 7) object to; None = nothing."""
    objections = [*judge_mixture(distributions), *judge_inconsistency(distributions)]
    if not objections:
        return None
    return DistributionsInvalid(_join_messages(objections), remedy=_find_remedy(objections[0]), code=objections[0].code)


def exit_status(decision: Plan | Refusal) -> ExitStatus:
    """Return the exit status of a decision's code; a code that has no page is a finding's."""
    reason = REASONS.get(decision.code)
    return reason.status if reason else ExitStatus.DISTRIBUTIONS


def render_decision_table() -> str:
    """Return the rows as a Markdown table, for the README."""
    rows = (f"| {row.number} | {row.condition} | {_render_codes(row.codes)} |" for row in ROWS)
    return "\n".join(("| # | Condition | Result |", "| --- | --- | --- |", *rows, ""))


def _render_codes(codes: tuple[str, ...]) -> str:
    return " / ".join(f"`{code}`" for code in codes) or "the finding's own code"


def _refuse(facts: Facts, objections: list[Objection]) -> Refusal:
    return Refusal(
        # A dict keeps the order and drops what comes twice.
        codes=tuple(dict.fromkeys(objection.code for objection in objections)),
        verdict=facts.verdict,
        message=_join_messages(objections),
        remedy=_find_remedy(objections[0]),
        because=explain_facts(facts),
        index=facts.index,
        project=facts.project,
        version=facts.version,
        findings=facts.findings,
    )


def _find_remedy(objection: Objection) -> str:
    reason = REASONS.get(objection.code)
    return objection.remedy or (reason.remedy if reason else "")


def _join_messages(objections: list[Objection]) -> str:
    first, *others = objections
    return " ".join((first.message, *_name_others(others)))


def _name_others(others: list[Objection]) -> list[str]:
    named = [f"Also {other.code}: {other.message}" for other in others[:_MOST_NAMED]]
    rest = len(others) - len(named)
    return [*named, *([f"And {rest} more."] if rest else [])]
