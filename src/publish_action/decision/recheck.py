"""Compare a decision with the one that is made again before and while files are sent, when days may have passed."""

from publish_action.errors import PublishRefused
from publish_action.models.decision import Plan, Refusal
from publish_action.models.visibility import Verdict


def compare_decisions(plan: Plan, again: Plan | Refusal, *, has_sent: bool) -> str | PublishRefused:
    """Return a sentence that says that the plan still holds, or what refuses the run.

    `has_sent` is true once a byte of a distribution may have left: what became of each file is then reported elsewhere.
    """
    end = "No further file will be uploaded." if has_sent else "Nothing was sent."
    is_allowed = isinstance(again, Plan) and (again.code, again.index) == (plan.code, plan.index)
    if is_allowed and again.verdict is plan.verdict:
        return "The visibility was read again and has not changed."
    if is_allowed and again.verdict is Verdict.UNKNOWN:
        return "The visibility could not be read again; publishing to a private index does not depend on it."
    if again.verdict is Verdict.UNKNOWN:
        return PublishRefused(
            f"The repository's visibility was {plan.verdict}, and when it was read again, no authoritative source "
            f"answered. {end}",
            remedy="Run the job again; if GitHub could not be reached, wait until it can.",
            code="E_VISIBILITY_UNKNOWN",
        )
    if isinstance(again, Refusal) and again.code == "E_ORGANISATION_AUDIENCE":
        return PublishRefused(f"{again.message} {end}", remedy=again.remedy, code=again.code)
    return PublishRefused(
        f"The repository's visibility changed during this run: it was {plan.verdict}, now it is {again.verdict}. {end}",
        remedy="Run the job again once the visibility is what it should be.",
        code="E_VISIBILITY_CHANGED",
    )
