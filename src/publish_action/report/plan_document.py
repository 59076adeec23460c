"""The plan document: one JSON object that says what would happen and why (contract, section 6)."""

import json
from collections.abc import Mapping, Sequence

from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.distribution import Distribution
from publish_action.models.finding import Finding
from publish_action.models.policy import Policy, PolicyAbsent, PolicyFact, PolicyInvalid
from publish_action.models.visibility import Answer, Answered, Malformed, SourceAnswer
from publish_action.reasons import REASONS
from publish_action.report.run_record import RunRecord
from publish_action.untrusted.text import escape_for_runner

SCHEMA = 1

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def render_plan(record: RunRecord) -> str:
    """Return the plan document of a run as JSON on one line. It holds no secret: evidence has none.

    A later step may print it: the runner obeys nothing in it.
    """
    return escape_for_runner(json.dumps(_document(record), ensure_ascii=True, separators=(",", ":")))


def _document(record: RunRecord) -> Json:
    decision = record.decision
    return {
        "schema": SCHEMA,
        "verdict": verdict_of(record),
        "code": code_of(record),
        "message": _message(record),
        "remedy": _remedy(record),
        "index": _index(decision),
        "because": list(decision.because) if decision else [],
        "evidence": _evidence(record.evidence) if record.evidence else {},
        "project": decision.project if decision else "",
        "version": decision.version if decision else "",
        "distributions": [_distribution(distribution) for distribution in record.distributions],
        "findings": [_finding(finding) for finding in record.findings],
        "uploads": [{"file": upload.file, "action": upload.action} for upload in record.uploads],
    }


def verdict_of(record: RunRecord) -> str:
    """Return the output `verdict`: `publish`, or `refuse` for everything else that is known."""
    refused_late = record.error is not None and record.error.code in REFUSED_LATE
    return "publish" if isinstance(record.decision, Plan) and not refused_late else "refuse"


def code_of(record: RunRecord) -> str:
    """Return the output `code`: the decision's, or that of the error which came instead of a decision."""
    if record.error is not None and (record.decision is None or record.error.code in REFUSED_LATE):
        return record.error.code
    return record.decision.code if record.decision else ""


# A run that was told to go and then was stopped for a reason of confidentiality or of changed bytes.
REFUSED_LATE = frozenset(
    {
        "E_VISIBILITY_CHANGED",
        "E_VISIBILITY_UNKNOWN",
        "E_DIST_CHANGED",
        "E_ORGANISATION_AUDIENCE",
        "E_NAME_TAKEN_PUBLIC",
    }
)


def _message(record: RunRecord) -> str:
    if isinstance(record.decision, Refusal):
        return record.decision.message
    if record.error is not None:
        return record.error.happened
    return REASONS[record.decision.code].meaning if record.decision else ""


def _remedy(record: RunRecord) -> str:
    if isinstance(record.decision, Refusal):
        return record.decision.remedy
    return record.error.remedy if record.error is not None else ""


def _index(decision: Plan | Refusal | None) -> Json:
    if decision is None or decision.index is None:
        return None
    return {"name": decision.index.name, "url": decision.index.url, "audience": decision.index.audience}


def _distribution(distribution: Distribution) -> Json:
    return {
        "file": distribution.file,
        "size": distribution.size,
        "sha256": distribution.sha256,
        "blake2b_256": distribution.blake2b_256,
        "kind": distribution.kind,
        "declared_private": distribution.declared_private,
    }


def _finding(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "file": finding.file,
        "member": finding.member,
        "rule": finding.rule,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _evidence(evidence: Evidence) -> Json:
    return {
        "visibility": [_testimony(testimony) for testimony in (evidence.claim, evidence.api, evidence.event)],
        "event_names": list(evidence.trigger.event_names),
        "from_fork": evidence.trigger.from_fork,
        "environment": evidence.environment,
        "publish_audience": evidence.switch.written or None,
        "policy": _policy(evidence.policy),
        "index": evidence.choice,
    }


def _testimony(testimony: SourceAnswer) -> Json:
    return {
        "source": testimony.source,
        "answer": describe_answer(testimony.answer),
        "at": testimony.at.isoformat(timespec="seconds"),
    }


def describe_answer(answer: Answer) -> str:
    """Describe in a few words what a source answered."""
    if isinstance(answer, Answered):
        return answer.visibility.value
    kind = "malformed" if isinstance(answer, Malformed) else "no answer"
    return f"{kind}: {answer.reason}"


def _policy(policy: PolicyFact) -> Json:
    match policy:
        case Policy():
            state = "read"
        case PolicyAbsent():
            state = "absent"
        case PolicyInvalid():
            state = "invalid"
        case _:
            state = "unavailable"
    narrower = policy.narrowed_by if isinstance(policy, Policy) else None
    return {"source": policy.source, "state": state, **({"narrowed_by": narrower.source} if narrower else {})}
