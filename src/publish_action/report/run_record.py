"""All that a run knows of itself so far: what reports, outputs and the plan document are made from."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from publish_action.checks.preflight import OpenRelease
from publish_action.errors import PublishError
from publish_action.models.attested import AttestationRecord
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.delivery import DeliveryReport
from publish_action.models.distribution import Distribution
from publish_action.models.finding import Finding


class Action(StrEnum):
    """What is to be done with one distribution (contract, section 6)."""

    UPLOAD = "upload"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUpload:
    """One row of the plan of uploads."""

    file: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run up to some moment; what is not known yet is None or empty."""

    distributions: tuple[Distribution, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()
    other_projects: tuple[str, ...] = ()
    evidence: Evidence | None = None
    decision: Plan | Refusal | None = None
    uploads: tuple[PlannedUpload, ...] = ()
    delivery: DeliveryReport | None = None
    error: PublishError | None = None
    print_hash: bool = True
    rehearsal: bool = False
    """The run was told to stop after the plan."""
    attestations: str = ""
    """Whether attestations are made, and why not."""
    attested: AttestationRecord = field(default_factory=AttestationRecord)


def add_release(record: RunRecord, reading: OpenRelease) -> RunRecord:
    """Return the record with what was read of the release."""
    return replace(
        record,
        distributions=tuple(file.distribution for file in reading.files),
        findings=reading.findings,
        ignored=reading.ignored,
        other_projects=reading.other_projects,
    )
