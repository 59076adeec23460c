"""The output of a whole run shows no secrets and no foreign workflow commands, whoever echoes them."""

import json
import re

import pytest

from publish_sandbox.http.faults import FOREVER, Answer
from support.program import POLICY_PATH, PROJECT, Program
from support.runner_rules import obeyed


def told(program: Program, password: str, words: str) -> str:
    """Return all that a run prints after a private index refused an upload with these words, but for the masks."""
    program.repository.visibility = "private"
    program.build()
    program.private.faults.add("/legacy/", Answer(status=400, body=words.encode()), method="POST", times=FOREVER)

    result = program.act({"private-index-url": program.private.upload_url, "private-index-password": password})

    assert result.status == 6, result.text
    lines = [line for line in result.text.splitlines() if not line.startswith("::add-mask::")]
    return "\n".join([*lines, result.summary, *result.outputs.values()])


@pytest.mark.parametrize("before", [300, 375])
def test_echoed_password_is_shown_nowhere(program: Program, before: int) -> None:
    """An index that echoes the password right where its words are cut has none of it shown."""
    password = program.private.api_token("ci")

    shown = told(program, password, f"{'x' * before} {password} {'y' * 200}")

    assert "xxx" in shown
    assert [at for at in range(5, len(password) - 5) if password[at : at + 5] in shown] == []


def test_later_step_may_print_the_outputs(program: Program) -> None:
    """A step that prints the outputs `plan` and `files` gives the runner no order, whatever an index has said."""
    orders = "##[add-mask]e ::set-env name=A::b"

    shown = told(program, program.private.api_token("ci"), orders)

    (plan,) = (line for line in shown.splitlines() if line.startswith('{"schema"'))
    assert "##[add-mask]" in json.loads(plan)["remedy"] + json.loads(plan)["message"]
    assert obeyed(plan.encode()) == []
    assert "#" not in plan
    assert "::" not in plan


@pytest.mark.parametrize("place", ["input", "policy"])
def test_token_given_as_user_name_is_starred(program: Program, place: str) -> None:
    """A token that somebody pasted as the user name is masked, and shown in no line, summary or output."""
    token = "AKfycb3xT9vQ2mLr8Zs1Nw7B"
    program.repository.visibility = "private"
    program.build()
    inputs = {"private-index-url": program.private.upload_url, "private-index-password": "wrong"}
    if place == "input":
        inputs["private-index-username"] = token
    else:
        url = inputs.pop("private-index-url")
        program.repository.files[POLICY_PATH] = (
            f'[index.acme]\nurl = "{url}"\naudience = "private"\nusername = "{token}"\n'
            f'[project."{PROJECT}"]\nindexes = ["acme"]\n'
        )

    result = program.act(inputs)

    assert result.status == 5, result.text
    assert token in {command.data for command in result.commands if command.name == "add-mask"}
    lines = [line for line in result.text.splitlines() if not line.startswith("::add-mask::")]
    assert token not in "\n".join([*lines, result.summary, *result.outputs.values()])


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_invalid_policy_of_an_organisation_names_no_project_in_public(program: Program, visibility: str) -> None:
    """What is wrong with the policy of many repositories is shown only to those who may read this one."""
    sha = "7638417db6d59f3c431d3e1f261cc637155684cd"
    shared = program.github.repository("octo/policies")
    shared.commits[sha] = {"policy.toml": '[project."acme-unannounced"]\nindexs = []\n'}
    program.repository.visibility = visibility
    program.build()

    result = program.act({"policy": f"octo/policies/policy.toml@{sha}"})

    assert (result.status, result.outputs["code"]) == (2, "E_POLICY_INVALID"), result.text
    shown = "\n".join([result.text, result.summary, *result.outputs.values()])
    assert ("acme-unannounced" in shown) == (visibility == "private")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=400, body=b"upstream nexus-2.corp.example:8443 said no, see https://wiki.corp.example/nexus?x"),
        Answer(status=307, headers={"Location": "http://nexus-2.corp.example:8081/legacy/"}),
        Answer(status=403, body=b"<title>10.20.30.40 refused nexus-2.corp.example</title>", content_type="text/html"),
    ],
    ids=["words", "redirect", "page"],
)
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_hosts_that_a_private_index_names_are_not_shown_in_public(
    program: Program, answer: Answer, visibility: str
) -> None:
    """A public repository's log and summary name no host that its private index names; a private one's do."""
    program.repository.visibility = visibility
    program.build(classifiers=("Private :: Do Not Upload",))
    program.private.faults.add("/legacy/", answer, method="POST", times=FOREVER)

    result = program.act(program.private_inputs())

    assert result.outputs["code"] == "OK_PRIVATE", result.text
    assert result.status in {5, 6}
    shown = result.text + result.summary
    assert bool(re.search(r"corp|10\.20\.30", shown)) == (visibility == "private")
    assert "acme_core-1.0-py3-none-any.whl" in shown
