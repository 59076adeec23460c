"""Compare a decision with the one that is made right before sending, when days may have passed."""

from publish_action.errors import Refused
from publish_action.model import Plan, Refusal, Verdict


def compare_decisions(plan: Plan, again: Plan | Refusal) -> str | Refused:
    """Say that the plan still holds, or give what refuses the run."""
    is_allowed = isinstance(again, Plan) and (again.code, again.index) == (plan.code, plan.index)
    if is_allowed and again.verdict is plan.verdict:
        return "The visibility was read once more, and is the same."
    if is_allowed and again.verdict is Verdict.UNKNOWN:
        return "The visibility could not be read once more; a private index needs nobody to vouch for it."
    if again.verdict is Verdict.UNKNOWN:
        return Refused(
            f"The repository's visibility was {plan.verdict}, and right before sending nobody vouched for it any "
            "more. Nothing was sent.",
            remedy="Run the job again; if GitHub was out of reach, later.",
            code="E_VISIBILITY_UNKNOWN",
        )
    if isinstance(again, Refusal) and again.code == "E_ORGANISATION_AUDIENCE":
        return Refused(f"{again.message} Nothing was sent.", remedy=again.remedy, code=again.code)
    return Refused(
        f"The repository's visibility changed while this run was deciding: it was {plan.verdict}, now it is "
        f"{again.verdict}. Nothing was sent.",
        remedy="Run the job again once the visibility is what it should be.",
        code="E_VISIBILITY_CHANGED",
    )
