"""Outputs, plan document and summary: what is told of a run, in success and in failure."""

import json
import re
from dataclasses import replace

import pytest

from publish_action.errors import CredentialMissing, DistributionsInvalid, IndexRefused, PublishRefused
from publish_action.models.decision import Refusal
from publish_action.models.delivery import Outcome, Served
from publish_action.models.finding import Finding, Severity
from publish_action.models.visibility import Verdict, Visibility
from publish_action.report.outputs import OUTPUTS, render_outputs
from publish_action.report.run_record import RunRecord
from publish_action.report.summary import render_summary
from support.run_records import GOOD, PRIVATE, PYPI, WHEEL, give_evidence, make_plan, report

# The contract's outputs, in its order. Kept apart from the code's own table on purpose.
CONTRACT = [
    "verdict", "code", "index", "audience", "index-url", "project", "version", "files", "uploaded-count",
    "skipped-count", "published", "served", "release-url", "plan", "error", "attestations",
    "attestations-count",
]  # fmt: skip

REFUSAL = Refusal(
    codes=("E_NONPUBLIC_TO_PUBLIC",),
    verdict=Verdict.NONPUBLIC,
    message="The repository is not public.",
    remedy="Choose a private index.",
    because=(),
    index=PYPI,
    project="acme-core",
    version="1.0",
)
REFUSED = replace(
    GOOD,
    decision=REFUSAL,
    delivery=None,
    evidence=give_evidence(Visibility.PRIVATE),
    error=PublishRefused(REFUSAL.message, remedy=REFUSAL.remedy, code=REFUSAL.code),
)


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


def test_summary_of_success_shows_the_install_line() -> None:
    """After a public release the summary says how to install it and where its page is."""
    summary = render_summary(GOOD)

    assert summary.startswith("## ✅ Published")
    assert "pip install acme-core==1.0" in summary
    assert "<https://pypi.org/project/acme-core/1.0/>" in summary
    assert WHEEL.sha256 in summary


def test_summary_without_hashes() -> None:
    """`print-hash: false` leaves the hashes out of the summary."""
    assert WHEEL.sha256 not in render_summary(replace(GOOD, print_hash=False))


def test_private_address_is_shown_to_private_repositories_only() -> None:
    """The install line of a private index stands in the summary of a repository that is not public, only there."""
    private = replace(GOOD, decision=make_plan(PRIVATE, Verdict.NONPUBLIC), evidence=give_evidence(Visibility.PRIVATE))
    public = replace(GOOD, decision=make_plan(PRIVATE, Verdict.PUBLIC))

    assert "pip install --isolated --index-url https://pkgs.acme.example/simple/ acme-core==1.0" in render_summary(
        private
    )
    assert "acme.example" not in render_summary(public)


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.DISAGREE])
def test_private_address_is_not_shown_in_doubt(verdict: Verdict) -> None:
    """A repository that may be public gets no private address either."""
    assert "acme.example" not in render_summary(replace(GOOD, decision=make_plan(PRIVATE, verdict)))


def test_summary_of_a_private_release_shows_five_installers() -> None:
    """A private repository's summary has the lines for pip, uv, Poetry, PDM and Pipenv, and no extra index."""
    private = replace(GOOD, decision=make_plan(PRIVATE, Verdict.NONPUBLIC), evidence=give_evidence(Visibility.PRIVATE))

    summary = render_summary(private)

    tools = ("pip", "uv", "Poetry", "PDM", "Pipenv")
    assert all(f"<summary>{tool}</summary>" in summary for tool in tools)
    assert "extra-index-url" not in summary


def test_summary_of_a_failure_says_what_to_do() -> None:
    """A failure's summary has the code, what happened, what to do, and the evidence."""
    summary = render_summary(REFUSED)

    assert summary.startswith("## ❌")
    assert "E_NONPUBLIC_TO_PUBLIC" in summary
    assert "**What to do:** Choose a private index." in summary
    assert "| ID token | private | 2026-11-21 10:02:11Z |" in summary


def test_error_that_ended_a_run_is_named() -> None:
    """A run that was told to go and failed has the failure's code as an output and in its summary."""
    record = replace(GOOD, error=IndexRefused("It said no.", remedy="Ask.", code="E_FILE_EXISTS"))

    outputs, summary = render_outputs(record), render_summary(record)

    assert (outputs["code"], outputs["error"]) == ("OK_PUBLIC", "E_FILE_EXISTS")
    assert "Ended by **`E_FILE_EXISTS`**" in summary


def test_run_that_ends_well_has_no_error() -> None:
    """The output `error` is empty where nothing failed."""
    assert render_outputs(GOOD)["error"] == ""
    assert "Ended by" not in render_summary(GOOD)


def test_refusal_is_named_once() -> None:
    """A refusal's code is the decision's and the error's, and the summary shows it once."""
    assert render_outputs(REFUSED)["error"] == render_outputs(REFUSED)["code"] == "E_NONPUBLIC_TO_PUBLIC"
    assert "Ended by" not in render_summary(REFUSED)


def test_summary_shows_hostile_text_literally() -> None:
    """An index's words neither break the table nor make a link in the summary."""
    said = "| bad | [click](http://evil.example) <img src=x>\n## heading"
    summary = render_summary(replace(GOOD, delivery=report(Outcome.REJECTED, said=said)))

    assert not re.search(r"(?<!\\)\[click|<img|&lt;img(?!.)", summary)
    assert "\n## heading" not in summary


def test_words_of_others_make_no_links_in_the_summary() -> None:
    """Bare addresses in an index's words, in findings and in file names stay text."""
    strange = "www.evil.example me@evil.example"
    finding = Finding(severity=Severity.ERROR, code="E_DIST_STRAY", file=strange, message=strange, remedy=strange)
    error = IndexRefused(f"It said {strange}.", remedy=strange)
    record = replace(
        GOOD,
        delivery=report(Outcome.REJECTED, said=strange),
        findings=(finding,),
        error=error,
        ignored=(strange,),
        other_projects=(strange,),
    )

    summary = render_summary(record)

    assert summary.count("evil") >= 14
    assert not re.search(r"www\.|@(?!<!-- -->)", summary)


def test_summary_lists_findings_up_to_a_bound() -> None:
    """Fifty findings are shown; how many more there are is said."""
    finding = Finding(severity=Severity.ERROR, code="E_DIST_STRAY", file="x.zip", message="m", remedy="r")
    summary = render_summary(replace(REFUSED, findings=(finding,) * 53))

    assert summary.count("`E_DIST_STRAY`") == 50
    assert "… and 3 more." in summary


def test_rehearsal_is_called_one() -> None:
    """A dry run's summary does not say that anything was published."""
    summary = render_summary(replace(GOOD, delivery=None, rehearsal=True))

    assert summary.startswith("## 📋 Rehearsal")
    assert "Published" not in summary
