"""What the payload of the event that started the run says."""

from collections.abc import Mapping

from publish_action.github.repository import parse_visibility
from publish_action.models.visibility import Answer, Malformed, NoAnswer, Trigger
from publish_action.untrusted.json import parse_json_object

_WORKFLOW_RUN = "workflow_run"


def parse_payload(payload: bytes) -> Mapping[str, object] | Malformed:
    """Read the event file. Earlier steps can write to it, so everything in it is hearsay."""
    event = parse_json_object(payload)
    return Malformed(reason="The event file is not a JSON object.") if event is None else event


def parse_event_visibility(payload: bytes) -> Answer:
    """Read what the repository's visibility was when the event happened."""
    event = parse_payload(payload)
    if isinstance(event, Malformed):
        return event
    repository = event.get("repository")
    if repository is None:
        # Events of the kind `schedule` have none on some servers.
        return NoAnswer(reason="The event names no repository.")
    if not isinstance(repository, dict):
        return Malformed(reason="The event's repository is not an object.")
    return parse_visibility(repository)


def parse_trigger(payload: bytes | None, *, event_names: tuple[str, ...]) -> Trigger:
    """Say what started the run; None = there is no payload that could be read."""
    is_workflow_run = _WORKFLOW_RUN in event_names
    return Trigger(event_names=event_names, from_fork=is_workflow_run and not _is_own_run(payload or b""))


def _is_own_run(payload: bytes) -> bool:
    """True only if the workflow run that started this one is of this repository's own code.

    `workflow_run` has the rights of the default branch, also when a fork's pull request set it off.
    """
    event = parse_payload(payload)
    if isinstance(event, Malformed):
        return False
    run = event.get(_WORKFLOW_RUN)
    head = _id_of(run.get("head_repository")) if isinstance(run, dict) else None
    return head is not None and head == _id_of(event.get("repository"))


def _id_of(repository: object) -> int | None:
    number = repository.get("id") if isinstance(repository, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
