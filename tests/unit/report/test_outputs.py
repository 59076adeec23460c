"""The action's outputs, in success and in failure."""

import json
from dataclasses import replace

import pytest

from publish_action.errors import DistributionsInvalid
from publish_action.models.delivery import Outcome, Served
from publish_action.report.outputs import OUTPUTS, render_outputs
from publish_action.report.run_record import RunRecord
from support.run_records import GOOD, WHEEL, report

# The contract's outputs, in its order. Kept apart from the code's own table on purpose.
CONTRACT = [
    "verdict", "code", "index", "audience", "index-url", "project", "version", "files", "uploaded-count",
    "skipped-count", "published", "served", "release-url", "plan", "error", "attestations",
    "attestations-count",
]  # fmt: skip


def test_outputs_are_the_contracts() -> None:
    """There are exactly the contract's outputs, in its order, whatever happened."""
    assert list(OUTPUTS) == CONTRACT
    assert list(render_outputs(GOOD)) == CONTRACT
    assert list(render_outputs(RunRecord())) == CONTRACT


def test_outputs_of_a_good_run() -> None:
    """A published release has its page, its counts and its files."""
    outputs = render_outputs(GOOD)

    assert outputs["release-url"] == "https://pypi.org/project/acme-core/1.0/"
    assert (outputs["published"], outputs["served"], outputs["uploaded-count"]) == ("true", "true", "1")
    assert json.loads(outputs["files"]) == [
        {"file": WHEEL.file, "sha256": WHEEL.sha256, "size": 973, "outcome": "uploaded", "url": "", "attestation": None}
    ]


@pytest.mark.parametrize("outcome", [Outcome.ALREADY_THERE, Outcome.REJECTED, Outcome.NOT_TRIED])
def test_published_needs_an_upload_of_this_run(outcome: Outcome) -> None:
    """`published` is true only if this run uploaded something and everything is there."""
    assert render_outputs(replace(GOOD, delivery=report(outcome)))["published"] == "false"


@pytest.mark.parametrize("served", [Served.FALSE, Served.UNKNOWN])
def test_published_needs_the_word_of_the_read_side(served: Served) -> None:
    """An index that was asked what it serves has to confirm it; where nobody was asked, its answers count."""
    asked = replace(report(), served=served, was_asked=True)

    assert render_outputs(replace(GOOD, delivery=asked))["published"] == "false"
    assert render_outputs(replace(GOOD, delivery=replace(report(), served=Served.UNKNOWN)))["published"] == "true"


def test_published_is_false_after_an_error() -> None:
    """A release that was sent and then found wrong is not called published."""
    error = DistributionsInvalid("x", remedy="y", code="E_DIST_CHANGED")

    assert render_outputs(replace(GOOD, error=error))["published"] == "false"
