"""Worlds for the decision: small words for every fact, and the evidence that they make."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from publish_action.models.decision import Evidence
from publish_action.models.distribution import Declaration, Distribution, Kind
from publish_action.models.finding import Finding, Severity
from publish_action.models.index import Audience, Index, IndexProblem
from publish_action.models.policy import (
    Grant,
    Policy,
    PolicyAbsent,
    PolicyFact,
    PolicyInvalid,
    PolicyUnavailable,
    ProjectRule,
)
from publish_action.models.visibility import (
    Answer,
    Answered,
    Malformed,
    NoAnswer,
    OrganisationAudience,
    PublishAudience,
    Source,
    SourceAnswer,
    Trigger,
    Visibility,
)

TODAY = date(2026, 11, 21)
YESTERDAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC)
ENVIRONMENT = "pypi-release"

PYPI = Index(name="pypi", url="https://upload.pypi.org/legacy/", audience=Audience.PUBLIC)
TESTPYPI = Index(name="testpypi", url="https://test.pypi.org/legacy/", audience=Audience.PUBLIC)
STAND_IN = Index(name="pypi", url="http://127.0.0.1:4000/legacy/", audience=Audience.PUBLIC)
ACME = Index(name="acme", url="https://pkgs.acme.example/legacy/", audience=Audience.PRIVATE)
INLINE = Index(name="private", url="https://inline.example/legacy/", audience=Audience.PRIVATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Every fact of a decision as a word; the defaults are a public repository's first release."""

    claim: str = "public"
    api: str = "public"
    event: str = "public"
    declared: str = "none"
    """none, classifier, local, some, or the kind of a finding."""
    policy: str = "absent"
    """absent, invalid, unavailable; or layers joined by ` / `, the organisation's first. A layer is other, closed, or
    entries joined by `; `: names of indexes joined by `+`, what is granted, and `default` with the name of an index. A
    pattern and `: ` before these is the entry's project, else it is acme-cli."""
    choice: str = "auto"
    trigger: str = "release"
    environment: str = ""
    sdist: str = "no"
    projects: str = "one"
    inline: str = "no"
    public: str = "pypi"
    """What `public-index-url` stands for: pypi, testpypi, or rehearsal (another index under PyPI's name)."""
    switch: str = "unsaid"
    """What the organisation's signed property says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A recorded case: what is decided in a world."""

    identifier: str
    world: World
    index: str
    """The index that was chosen or picked, also where it is refused; empty = none."""
    codes: tuple[str, ...]


def read_corpus() -> list[Record]:
    """Return the recorded cases."""
    with (Path(__file__).resolve().parents[1] / "data" / "decisions.csv").open(newline="") as file:
        return [_record_of(row) for row in csv.DictReader(file)]


def _record_of(row: Mapping[str, str]) -> Record:
    return Record(
        identifier=row["id"],
        world=World(**{field.name: row[field.name] for field in fields(World)}),
        index=row["index"],
        codes=tuple(row["codes"].split()),
    )


def evidence_of(world: World) -> Evidence:
    """Return the evidence that a world makes."""
    return Evidence(
        trigger=_trigger(world.trigger),
        claim=_testimony(Source.ID_TOKEN, world.claim),
        api=_testimony(Source.API, world.api),
        event=_testimony(Source.EVENT, world.event),
        environment=world.environment or None,
        switch=OrganisationAudience(audience=PublishAudience(world.switch), written=world.switch),
        policy=_policy(world.policy),
        distributions=_distributions(world.projects, world.declared, world.sdist),
        findings=_findings(world.projects, world.declared),
        indexes=_indexes(world.policy, world.inline, world.public),
        index_problems=_PROBLEMS if world.inline == "broken" else (),
        public_index="testpypi" if world.public == "testpypi" else "pypi",
        choice=world.choice,
        today=TODAY,
    )


_PROBLEMS = (
    IndexProblem(
        name="private", code="E_URL_NOT_CANONICAL", message="The URL is not canonical.", remedy="Write it so."
    ),
)


@cache
def _trigger(word: str) -> Trigger:
    if word == "fork":
        return Trigger(event_names=("workflow_run",), from_fork=True)
    if word.startswith("claimed "):
        return Trigger(event_names=("push", word.removeprefix("claimed ")))
    return Trigger(event_names=(word,))


@cache
def _testimony(source: Source, word: str) -> SourceAnswer:
    return SourceAnswer(source=source, answer=answer_of(word), at=NOON)


def answer_of(word: str) -> Answer:
    """Return the answer that a word stands for."""
    if word == "bad":
        return Malformed(reason="The signature is not GitHub's.")
    return NoAnswer(reason="It was not there.") if word == "missing" else Answered(visibility=Visibility(word))


@cache
def _policy(word: str) -> PolicyFact:
    source = ".github/publish-policy.toml"
    match word:
        case "absent":
            return PolicyAbsent(source=source)
        case "invalid":
            return PolicyInvalid(source=source, problems=("line 3: there is no such key.",))
        case "unavailable":
            return PolicyUnavailable(source=source, reason="GitHub answered with status 503.")
    layers = [_layer(part) for part in word.split(" / ")]
    return replace(layers[0], narrowed_by=layers[1]) if layers[1:] else layers[0]


def _layer(word: str) -> Policy:
    source = ".github/publish-policy.toml"
    if word in {"other", "closed"}:
        rule = ProjectRule(project="elsewhere", indexes=("acme",))
        return Policy(source=source, projects=(rule,), unlisted_refused=word == "closed")
    return Policy(source=source, projects=tuple(_rule(entry) for entry in word.split("; ")))


def _rule(word: str) -> ProjectRule:
    pattern, _, said = word.rpartition(": ")
    said, _, default = said.partition(" default ")
    names, _, granted = said.partition(" ")
    return ProjectRule(
        project=pattern or "acme-cli",
        indexes=() if names == "nowhere" else tuple(names.split("+")),
        default_index=default,
        grant=_grant(granted),
    )


@cache
def _grant(word: str) -> Grant | None:
    ends = {"granted until today": TODAY, "granted until yesterday": YESTERDAY}
    if not word:
        return None
    environment = "elsewhere" if word == "granted elsewhere" else ENVIRONMENT
    return Grant(environment=environment, sdist=word == "granted with sdist", expires=ends.get(word))


def has_policy(word: str) -> bool:
    """Return whether a policy was read."""
    return word not in {"absent", "invalid", "unavailable"}


@cache
def _indexes(policy: str, inline: str, public: str) -> tuple[Index, ...]:
    pypi = STAND_IN if public == "rehearsal" else PYPI
    return (pypi, TESTPYPI, *((ACME,) if has_policy(policy) else ()), *((INLINE,) if inline == "yes" else ()))


_MARKS = {
    "classifier": frozenset({Declaration.CLASSIFIER}),
    "local": frozenset({Declaration.LOCAL_VERSION}),
    "some": frozenset({Declaration.CLASSIFIER}),
}


@cache
def _distributions(projects: str, declared: str, sdist: str) -> tuple[Distribution, ...]:
    if projects == "none":
        return ()
    marks = _MARKS.get(declared, frozenset())
    version = "1.0+acme" if declared == "local" else "1.0"
    wheel = distribution("acme_cli-1.0-py3-none-any.whl", version=version, declared=marks)
    second_version = {"versions": "1.1", "spellings": "1.0.0"}.get(projects, version)
    second = distribution(
        "acme_cli-1.0-cp311-abi3-linux.whl",
        version=second_version,
        declared=frozenset() if declared == "some" else marks,
        project="other" if projects == "many" else "acme-cli",
    )
    source = distribution("acme_cli-1.0.tar.gz", version=version, declared=marks, kind=Kind.SDIST)
    return (wheel, second, *((source,) if sdist == "yes" else ()))


def distribution(
    file: str,
    *,
    version: str = "1.0",
    declared: frozenset[Declaration] = frozenset(),
    project: str = "acme-cli",
    kind: Kind = Kind.WHEEL,
) -> Distribution:
    """Return a distribution; a wheel of acme-cli 1.0 unless told otherwise."""
    return Distribution(
        file=file,
        size=1,
        sha256="0" * 64,
        blake2b_256="0" * 64,
        kind=kind,
        name=project,
        project=project,
        version=version,
        declared=declared,
    )


_FINDINGS = {
    "unreadable": "E_METADATA_UNREADABLE",
    "stray": "E_DIST_STRAY",
    "stale": "E_PRIVATE_CLASSIFIER_INCONSISTENT",
    "attestation": "E_ATTESTATION_STRAY",
    "warned": "E_METADATA",
    "mismatch": "E_DIST_NAME_MISMATCH",
}


@cache
def _findings(projects: str, declared: str) -> tuple[Finding, ...]:
    words = [word for word in (projects, declared) if word in _FINDINGS]
    return tuple(finding(_FINDINGS[word], Severity.WARNING if word == "warned" else Severity.ERROR) for word in words)


def finding(code: str, severity: Severity = Severity.ERROR) -> Finding:
    """Return a check's finding about one file."""
    return Finding(severity=severity, code=code, file="acme_cli-1.0.zip", message="It is wrong.", remedy="Mend it.")
