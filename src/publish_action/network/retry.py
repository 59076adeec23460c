"""Ask again while an index cannot answer now."""

from collections.abc import Callable

from publish_action.network.client import Failure, HttpClient, NoResponse, Request, Response
from publish_action.protocols import Sleep

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the tries."""
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


def ask(client: HttpClient, make_request: Callable[[], Request], *, sleep: Sleep) -> Response | NoResponse:
    """Send the request that `make_request` makes, anew for each of at most four tries; give the last answer.

    Only for what may be asked twice. A certificate that cannot be verified, or an answer that is not HTTP,
    is final.
    """
    answer = client.send(make_request())
    for pause in _PAUSES:
        if not _may_heal(answer):
            return answer
        sleep(pause)
        answer = client.send(make_request())
    return answer


def _may_heal(answer: Response | NoResponse) -> bool:
    if isinstance(answer, NoResponse):
        return answer.failure not in {Failure.TLS, Failure.PROTOCOL}
    return answer.status in _BUSY


def describe_failure(answer: Response | NoResponse) -> str:
    """Say in a few words of ours what came back."""
    if isinstance(answer, Response):
        return f"HTTP {answer.status}"
    return f"{answer.failure} ({answer.detail})"
