"""Judge what the sources say of the repository's visibility, taken together."""

from publish_action.models.visibility import Answer, Answered, Malformed, Verdict, Visibility


def judge_visibility(*, claim: Answer, api: Answer, event: Answer) -> Verdict:
    """Return the verdict of the ID token's claim, the REST API and the event payload (contract, section 5).

    The first two are authoritative; the event payload can only dissent: it is stale on re-runs, and earlier
    steps can write it. Losing an answer never allows what the answer had ruled out, unless it was the only
    dissent, which is why both authoritative sources are always asked.
    """
    answers = (claim, api, event)
    if any(isinstance(answer, Malformed) for answer in answers):
        return Verdict.UNKNOWN
    if not (isinstance(claim, Answered) or isinstance(api, Answered)):
        return Verdict.UNKNOWN
    # `internal` and `private` are one class: either closes every public index.
    public = {answer.visibility is Visibility.PUBLIC for answer in answers if isinstance(answer, Answered)}
    if public == {True}:
        return Verdict.PUBLIC
    return Verdict.NONPUBLIC if public == {False} else Verdict.DISAGREE
