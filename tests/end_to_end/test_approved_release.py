"""A release with an approval in the middle, with the real program before and after it."""

from collections.abc import Callable

import pytest

from publish_sandbox.distributions.builder import build_wheel
from support.program import PROJECT, Program, Result
from support.runner_rules import parse_file_command
from support.workflows import WITH_APPROVAL, Ran, run_step

DRY = {"dry-run": "true"}


def _plan(program: Program) -> str:
    """Plan as the first job does, without ID tokens; give what it hands over."""
    planned = program.act({**DRY, **program.private_inputs()}, id_token=False)
    assert planned.status == 0, planned.text
    assert "Rehearsal" in planned.summary
    ran = run_step(WITH_APPROVAL[0], "Write down what is approved", planned.outputs, program.folder)
    return parse_file_command(ran.outputs)["facts"]


def _plan_again(program: Program, approved: str) -> tuple[Result, Ran]:
    again = program.act({**DRY, **program.private_inputs()}, environment="release")
    name = "Refuse what was not approved"
    return again, run_step(WITH_APPROVAL[0], name, again.outputs, program.folder, approved=approved)


def test_approved_release_goes_out(program: Program) -> None:
    """Nothing changed while the reviewers slept: the plan holds, and the release is published."""
    program.build()
    approved = _plan(program)

    again, compared = _plan_again(program, approved)

    assert again.status == 0, again.text
    assert compared.exit_status == 0, compared.log
    assert program.act(program.private_inputs(), environment="release").outputs["published"] == "true"


def _rebuild(program: Program) -> None:
    program.build(classifiers=("Topic :: Utilities",))


def _hide(program: Program) -> None:
    program.repository.visibility = "private"


def _add(program: Program) -> None:
    build_wheel(program.dist, PROJECT, "1.0", tag="py2-none-any")


@pytest.mark.parametrize("change", [_rebuild, _hide, _add])
def test_release_that_changed_after_its_approval_is_refused(
    program: Program, change: Callable[[Program], None]
) -> None:
    """Other bytes, another visibility or one more file: the comparison stops the job, and no index has heard of it."""
    program.build()
    approved = _plan(program)
    change(program)

    _, compared = _plan_again(program, approved)

    assert compared.exit_status == 1
    assert "Not what was approved" in compared.log
    assert program.pypi.uploads == program.private.uploads == []
    assert program.pypi.minted == []


def test_private_index_of_a_public_repository_can_be_approved(program: Program) -> None:
    """Its address is masked in the log, and GitHub would drop an output that holds it: the facts hold none."""
    program.build(classifiers=("Private :: Do Not Upload",))

    approved = _plan(program)

    assert program.private.upload_url not in approved
    assert _plan_again(program, approved)[1].exit_status == 0
