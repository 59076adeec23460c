"""What the payload of the event says, and whether a fork stands behind it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.github.event import parse_event_visibility, parse_payload, parse_trigger
from publish_action.models.visibility import Answered, Malformed, NoAnswer, Trigger, Visibility

REPOSITORY = {"id": 4711, "full_name": "octo/demo", "private": False, "visibility": "public"}


def payload(**fields: object) -> bytes:
    """Give an event file."""
    return json.dumps({"repository": REPOSITORY, **fields}).encode()


def workflow_run(head: object) -> bytes:
    """Give the event file of a run that another run set off."""
    return payload(workflow_run={"head_repository": head})


def test_an_event_says_what_the_repository_was() -> None:
    """The repository's visibility at the time of the event is an answer."""
    assert parse_event_visibility(payload()) == Answered(visibility=Visibility.PUBLIC)


@pytest.mark.parametrize("text", ['{"schedule": "30 5 * * 1"}', "{}", '{"repository": null}'])
def test_an_event_without_a_repository_says_nothing(text: str) -> None:
    """A scheduled run's payload may lack the repository; that is silence, not rubbish."""
    assert isinstance(parse_event_visibility(text.encode()), NoAnswer)


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"[]", b'"public"', b"\xff\xfe", b"[" * 100_000, b'{"repository": "octo/demo"}', b"9" * 5000],
)
def test_rubbish_is_not_silence(text: bytes) -> None:
    """An event file that is there and not GitHub's is malformed: somebody wrote to it."""
    assert isinstance(parse_event_visibility(text), Malformed)


@given(st.binary() | st.text().map(str.encode))
def test_every_payload_is_read(text: bytes) -> None:
    """No bytes make the parser raise."""
    parse_payload(text)
    parse_event_visibility(text)
    parse_trigger(text, event_names=("workflow_run",))


def test_a_push_comes_from_no_fork() -> None:
    """Only `workflow_run` can hide a fork behind a name that is not refused by itself."""
    assert parse_trigger(None, event_names=("push", "push")) == Trigger(event_names=("push", "push"), from_fork=False)


def test_a_workflow_run_of_our_own_code_comes_from_no_fork() -> None:
    """A run that our own repository's run set off is ours."""
    trigger = parse_trigger(workflow_run({"id": 4711}), event_names=("workflow_run",))

    assert not trigger.from_fork


@pytest.mark.parametrize(
    "text",
    [
        workflow_run({"id": 4712}),
        workflow_run({}),
        workflow_run(None),
        workflow_run({"id": "4711"}),
        workflow_run("octo/demo"),
        workflow_run([]),
        payload(),
        payload(workflow_run=[]),
        json.dumps({"workflow_run": {"head_repository": {"id": 4711}}}).encode(),
        json.dumps({"workflow_run": {"head_repository": {}}, "repository": {}}).encode(),
        json.dumps({"workflow_run": {"head_repository": {"id": "1"}}, "repository": {"id": "1"}}).encode(),
        json.dumps({"workflow_run": {"head_repository": {"id": True}}, "repository": {"id": True}}).encode(),
        b"<html>",
        None,
    ],
)
def test_a_workflow_run_that_cannot_be_told_from_a_forks_is_a_forks(text: bytes | None) -> None:
    """`workflow_run` has the rights of the default branch: unknown never reads as our own."""
    assert parse_trigger(text, event_names=("workflow_run",)).from_fork


def test_either_name_of_the_event_tells_of_a_workflow_run() -> None:
    """The signed event name counts as much as the runner's."""
    assert parse_trigger(workflow_run({"id": 4712}), event_names=("push", "workflow_run")).from_fork
