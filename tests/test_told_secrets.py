"""What a whole run tells shows neither secrets nor orders of others, whoever echoes them."""

import json

import pytest

from publish_sandbox.faults import FOREVER, Answer
from runner_rules import obeyed
from stage import Stage


def told(stage: Stage, password: str, words: str) -> str:
    """Return all that a run tells after a private index refused an upload with these words, but for the masks."""
    stage.repository.visibility = "private"
    stage.build()
    stage.private.faults.add("/legacy/", Answer(status=400, body=words.encode()), method="POST", times=FOREVER)

    result = stage.act({"private-index-url": stage.private.upload_url, "private-index-password": password})

    assert result.status == 6, result.text
    lines = [line for line in result.text.splitlines() if not line.startswith("::add-mask::")]
    return "\n".join([*lines, result.summary, *result.outputs.values()])


@pytest.mark.parametrize("before", [300, 375])
def test_echoed_password_is_shown_nowhere(stage: Stage, before: int) -> None:
    """An index that echoes the password right where its words are cut has none of it shown."""
    password = stage.private.api_token("ci")

    shown = told(stage, password, f"{'x' * before} {password} {'y' * 200}")

    assert "xxx" in shown
    assert [at for at in range(5, len(password) - 5) if password[at : at + 5] in shown] == []


def test_later_step_may_print_the_outputs(stage: Stage) -> None:
    """A step that prints the outputs `plan` and `files` gives the runner no order, whatever an index has said."""
    orders = "##[add-mask]e ::set-env name=A::b"

    shown = told(stage, stage.private.api_token("ci"), orders)

    (plan,) = (line for line in shown.splitlines() if line.startswith('{"schema"'))
    assert "##[add-mask]" in json.loads(plan)["remedy"] + json.loads(plan)["message"]
    assert obeyed(plan.encode()) == []
    assert "#" not in plan
    assert "::" not in plan
