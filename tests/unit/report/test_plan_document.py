"""The plan document, and the verdict and code that it shares with the outputs."""

import json
from dataclasses import replace

import pytest

from publish_action.errors import CredentialMissing, DistributionsInvalid, PublishRefused
from publish_action.report.outputs import render_outputs
from publish_action.report.run_record import RunRecord
from support.run_records import GOOD, REFUSAL, REFUSED


def test_refusal_is_told() -> None:
    """A refusal has verdict, code, message and remedy, and every file as not tried."""
    outputs = render_outputs(REFUSED)

    plan = json.loads(outputs["plan"])
    assert (outputs["verdict"], outputs["code"]) == ("refuse", "E_NONPUBLIC_TO_PUBLIC")
    assert (plan["message"], plan["remedy"]) == (REFUSAL.message, REFUSAL.remedy)
    assert json.loads(outputs["files"])[0]["outcome"] == "not-tried"
    assert outputs["release-url"] == ""


@pytest.mark.parametrize("code", ["E_VISIBILITY_CHANGED", "E_DIST_CHANGED"])
def test_late_refusal_overrules_the_decision(code: str) -> None:
    """A change of visibility or of bytes after a yes is a refusal with its own code."""
    error = PublishRefused("It changed.", remedy="Run again.", code=code)
    outputs = render_outputs(replace(GOOD, delivery=None, error=error))

    assert (outputs["verdict"], outputs["code"]) == ("refuse", code)


def test_other_errors_leave_the_decision_as_it_was() -> None:
    """A run that was told to go and had no credential keeps the decision's code."""
    outputs = render_outputs(replace(GOOD, delivery=None, error=CredentialMissing("x", remedy="y")))

    assert (outputs["verdict"], outputs["code"], outputs["published"]) == ("publish", "OK_PUBLIC", "false")


def test_error_before_the_decision_gives_its_own_code() -> None:
    """Without a decision the output `code` is the error's."""
    outputs = render_outputs(RunRecord(error=DistributionsInvalid("x", remedy="y", code="E_DIST_EMPTY")))

    assert (outputs["verdict"], outputs["code"]) == ("refuse", "E_DIST_EMPTY")
