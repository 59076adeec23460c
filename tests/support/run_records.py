"""A good run's record, to change one fact of."""

from dataclasses import replace
from datetime import UTC, date, datetime

from publish_action.errors import PublishRefused
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.delivery import DeliveryReport, FileReport, Outcome, Served
from publish_action.models.distribution import Distribution, Kind
from publish_action.models.index import Audience, Index
from publish_action.models.policy import PolicyAbsent
from publish_action.models.visibility import Answered, Source, SourceAnswer, Trigger, Verdict, Visibility
from publish_action.report.run_record import RunRecord

AT = datetime(2026, 11, 21, 10, 2, 11, tzinfo=UTC)

WHEEL = Distribution(
    file="acme_core-1.0-py3-none-any.whl",
    size=973,
    sha256="ab" * 32,
    blake2b_256="cd" * 32,
    kind=Kind.WHEEL,
    name="acme-core",
    project="acme-core",
    version="1.0",
)

PYPI = Index(
    name="pypi",
    url="https://upload.pypi.org/legacy/",
    audience=Audience.PUBLIC,
    check_url="https://pypi.org/simple/",
)

PRIVATE = Index(
    name="private",
    url="https://pkgs.acme.example/upload/",
    audience=Audience.PRIVATE,
    check_url="https://pkgs.acme.example/simple/",
)


def hear(source: Source, visibility: Visibility) -> SourceAnswer:
    """Return a source's answer."""
    return SourceAnswer(source=source, answer=Answered(visibility=visibility), at=AT)


def give_evidence(visibility: Visibility = Visibility.PUBLIC) -> Evidence:
    """Return the evidence of a good run."""
    return Evidence(
        trigger=Trigger(event_names=("push",)),
        claim=hear(Source.ID_TOKEN, visibility),
        api=hear(Source.API, visibility),
        event=hear(Source.EVENT, visibility),
        environment=None,
        policy=PolicyAbsent(source="octo/demo/.github/publish-policy.toml"),
        distributions=(WHEEL,),
        findings=(),
        indexes=(PYPI,),
        index_problems=(),
        public_index="pypi",
        choice="auto",
        today=date(2026, 11, 21),
    )


def make_plan(index: Index = PYPI, verdict: Verdict = Verdict.PUBLIC) -> Plan:
    """Return the plan of a good run."""
    code = "OK_PUBLIC" if index.audience is Audience.PUBLIC else "OK_PRIVATE"
    return Plan(code=code, index=index, verdict=verdict, project="acme-core", version="1.0", because=("It is so.",))


def report(outcome: Outcome = Outcome.UPLOADED, *, said: str = "") -> DeliveryReport:
    """Return the report of a delivery of one file."""
    return DeliveryReport(files=(FileReport(distribution=WHEEL, outcome=outcome, said=said),), served=Served.TRUE)


GOOD = RunRecord(distributions=(WHEEL,), evidence=give_evidence(), decision=make_plan(), delivery=report())

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
