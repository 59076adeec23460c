"""The action's outputs, as far as a run came (contract, section 3)."""

import json
from collections.abc import Mapping

from publish_action.models.attested import AttestedFile, Attesting
from publish_action.models.decision import Plan
from publish_action.models.delivery import FileReport, Outcome, Served
from publish_action.models.index import Index
from publish_action.report.plan_document import code_of, render_plan, verdict_of
from publish_action.report.run_record import RunRecord
from publish_action.untrusted.text import escape_for_runner

OUTPUTS: Mapping[str, str] = {
    "verdict": "`publish` or `refuse`.",
    "code": "The reason code of the decision; `publish-action explain CODE` tells more.",
    "index": "Name of the index.",
    "audience": "`public` or `private`: who can read the index.",
    "index-url": "Upload URL of the index, without credentials.",
    "project": "The project's normalised name.",
    "version": "The release's version.",
    "files": "JSON list of `{file, sha256, size, outcome, url}`; outcome is `uploaded`, `already-there`, "
    "`rejected` or `not-tried`.",
    "uploaded-count": "How many files this run uploaded.",
    "skipped-count": "How many files were there already with the same hash.",
    "published": "`true` only if the index now has every file with our hash and this run uploaded at least one.",
    "served": "`true`, `false` or `unknown`: whether the index's read side serves every file.",
    "release-url": "Page of the release, where the index has one.",
    "plan": "The plan document, as JSON.",
    "error": "The code of the error that ended a failed run, else empty.",
    "attestations": "`signed`, `passed-on` (they lay beside the files), `off`, or `none` if no file was sent with one.",
    "attestations-count": "How many attestations the index took from this run.",
}

# The web pages of PyPI and TestPyPI, by the host that takes their uploads.
_PROJECT_PAGES = {
    "https://upload.pypi.org/": "https://pypi.org/project/",
    "https://pypi.org/": "https://pypi.org/project/",
    "https://test.pypi.org/": "https://test.pypi.org/project/",
}


def render_outputs(record: RunRecord) -> dict[str, str]:
    """Return every output, in the contract's order; what is not known is empty, `false` or `unknown`."""
    decision = record.decision
    index = decision.index if decision else None
    reports = reports_of(record)
    return {
        "verdict": verdict_of(record),
        "code": code_of(record),
        "index": index.name if index else "",
        "audience": index.audience if index else "",
        "index-url": index.url if index else "",
        "project": decision.project if decision else "",
        "version": decision.version if decision else "",
        "files": escape_for_runner(json.dumps([_file(report, record) for report in reports], separators=(",", ":"))),
        "uploaded-count": str(count_outcomes(reports, Outcome.UPLOADED)),
        "skipped-count": str(count_outcomes(reports, Outcome.ALREADY_THERE)),
        "published": "true" if is_published(record) else "false",
        "served": record.delivery.served if record.delivery else Served.UNKNOWN,
        "release-url": release_url(record),
        "plan": render_plan(record),
        "error": record.error.code if record.error else "",
        "attestations": attestations_word(record),
        "attestations-count": str(sum(each.count for each in _list_attested(record))),
    }


def reports_of(record: RunRecord) -> tuple[FileReport, ...]:
    """Return a report for every distribution, also where no delivery was begun."""
    if record.delivery is not None:
        return record.delivery.files
    return tuple(FileReport(distribution=each, outcome=Outcome.NOT_TRIED) for each in record.distributions)


def count_outcomes(reports: tuple[FileReport, ...], outcome: Outcome) -> int:
    """Count the distributions that ended so."""
    return sum(report.outcome is outcome for report in reports)


def is_published(record: RunRecord) -> bool:
    """Return whether the index has the whole release with our hashes, some of it by this run.

    An index that was asked what it serves has to confirm it: a 200 to an upload can come from something that is no
    index, and PyPI gives one for files of a quarantined project that it serves to nobody.
    """
    reports = reports_of(record)
    if record.delivery is not None and record.delivery.was_asked and record.delivery.served is not Served.TRUE:
        return False
    there = count_outcomes(reports, Outcome.UPLOADED) + count_outcomes(reports, Outcome.ALREADY_THERE)
    return (
        bool(reports)
        and there == len(reports)
        and count_outcomes(reports, Outcome.UPLOADED) > 0
        and record.error is None
    )


def release_url(record: RunRecord) -> str:
    """Return the page of the release on PyPI or TestPyPI once something of it is there; empty elsewhere."""
    if not isinstance(record.decision, Plan) or not _anything_there(record):
        return ""
    page = project_page(record.decision.index)
    return f"{page}{record.decision.project}/{record.decision.version}/" if page else ""


def project_page(index: Index) -> str:
    """Return the address under which an index has its projects' pages, or empty."""
    return next((page for start, page in _PROJECT_PAGES.items() if index.url.startswith(start)), "")


def _anything_there(record: RunRecord) -> bool:
    return any(report.outcome in {Outcome.UPLOADED, Outcome.ALREADY_THERE} for report in reports_of(record))


def attestations_word(record: RunRecord) -> str:
    """Return the output `attestations`; what was signed for a file that the index did not take does not count."""
    attested = record.attested
    if not attested.is_on:
        return "off" if attested.reason else "none"
    origins = {each.origin for each in _list_attested(record)}
    return next((str(origin) for origin in (Attesting.SIGNED, Attesting.PASSED_ON) if origin in origins), "none")


def _list_attested(record: RunRecord) -> list[AttestedFile]:
    sent = {report.distribution.file for report in reports_of(record) if report.outcome is Outcome.UPLOADED}
    return [each for each in record.attested.files if each.file in sent]


def find_attestation(report: FileReport, record: RunRecord) -> AttestedFile | None:
    """Return the attestation that the index has of a file, as far as is known."""
    is_there = report.outcome in {Outcome.UPLOADED, Outcome.ALREADY_THERE}
    return record.attested.find(report.distribution.file) if is_there else None


def _describe_attestation(attested: AttestedFile | None) -> dict[str, str | int] | None:
    if attested is None:
        return None
    return {"predicate": attested.predicate, "log_index": attested.log_index, "log_url": attested.log_url}


def _file(report: FileReport, record: RunRecord) -> dict[str, str | int | dict[str, str | int] | None]:
    return {
        "file": report.distribution.file,
        "sha256": report.distribution.sha256,
        "size": report.distribution.size,
        "outcome": report.outcome,
        "url": report.url,
        "attestation": _describe_attestation(find_attestation(report, record)),
    }
