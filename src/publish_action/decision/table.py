"""The rows of the decision table, in the order of the contract (section 5).

Rules:
- Every row is asked, in the order of `ROWS`, whatever the rows before it answered.
- A row objects, approves, or says nothing. Only rows 14 to 16 approve, so an empty table refuses.
- One objection outweighs every approval. The first objection decides the reason code; the others are named beside it.
- No row reads "unknown" as "no": what could not be read, or was not confirmed, refuses or leaves the matter to the
  row that refuses it.

Not handled here: which index is meant (`pick_index`), what the sources say together (`visibility`), and how much a
finding counts for an index (`checks.severity`). Rows see the results of these as `Facts`.

Example: a private repository, `index: pypi`, a pull request, and no policy. Row 1 objects (E_TRIGGER) and row 12
objects (E_NONPUBLIC_TO_PUBLIC); rows 14 to 16 approve nothing. The run is refused with E_TRIGGER, and its message
names E_NONPUBLIC_TO_PUBLIC too.
"""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from publish_action.checks.findings import state_with_rule
from publish_action.decision.facts import Facts
from publish_action.github.claims import SWITCH_PROPERTY, SWITCH_WORDS
from publish_action.models.decision import Evidence
from publish_action.models.distribution import Declaration, Distribution, Kind
from publish_action.models.finding import Finding, Severity
from publish_action.models.index import Audience, Index
from publish_action.models.policy import Grant, Policy, PolicyAbsent, PolicyInvalid, PolicyUnavailable
from publish_action.models.visibility import Answered, PublishAudience, Verdict

_LONGEST_COMPARED = 60
"""Characters: comparing texts takes time that grows with both."""
_DISAGREEMENT = "The sources disagree on whether the repository is public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A row refuses."""

    code: str
    message: str
    remedy: str = ""
    """Empty = the one of the reason code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A row lets the distributions go to the chosen index, unless another row objects."""

    code: str
    message: str


Ruling = Objection | Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the decision table."""

    number: str
    condition: str
    """Markdown, for the README."""
    codes: tuple[str, ...]
    """What it can say; empty = the finding's own code."""
    rule: Callable[[Facts], Iterator[Ruling]]


def _row(
    *, number: str, condition: str, codes: tuple[str, ...]
) -> Callable[[Callable[[Facts], Iterator[Ruling]]], Row]:
    """Make a row of the function below it."""
    return lambda rule: Row(number=number, condition=condition, codes=codes, rule=rule)


_STRAY_CODES = ("E_DIST_STRAY", "E_DIST_NOT_REGULAR", "E_DIST_NESTED")
_EMPTY_CODES = ("E_DIST_EMPTY",)
_MISMATCH_CODES = ("E_DIST_NAME_MISMATCH",)
_READING_CODES = (
    "E_METADATA_UNREADABLE",
    "E_METADATA_AMBIGUOUS",
    "E_ARCHIVE_INVALID",
    "E_ARCHIVE_BOMB",
    "E_NAME_INVALID",
    "E_SDIST_LAYOUT",
)
_INCONSISTENT_CODES = ("E_PRIVATE_CLASSIFIER_INCONSISTENT",)
_CODES_OF_OTHER_ROWS = frozenset(
    (*_STRAY_CODES, *_EMPTY_CODES, *_MISMATCH_CODES, *_READING_CODES, *_INCONSISTENT_CODES)
)


def _errors(facts: Facts) -> Iterator[Finding]:
    return (finding for finding in facts.findings if finding.severity is Severity.ERROR)


def _object_to_findings(facts: Facts, codes: tuple[str, ...]) -> Iterator[Ruling]:
    return (_object_to(finding) for finding in _errors(facts) if finding.code in codes)


def _object_to(finding: Finding) -> Objection:
    where = f"{finding.file}: " if finding.file else ""
    return Objection(code=finding.code, message=f"{where}{state_with_rule(finding)}", remedy=finding.remedy)


@_row(
    number="1",
    condition="the event is `pull_request*` or `merge_group`, or a `workflow_run` from a fork",
    codes=("E_TRIGGER",),
)
def _judge_trigger(facts: Facts) -> Iterator[Ruling]:
    trigger = facts.evidence.trigger
    name = next((name for name in trigger.event_names if name.startswith("pull_request") or name == "merge_group"), "")
    if name:
        yield Objection(code="E_TRIGGER", message=f"The run was started by {name}: its code is not reviewed yet.")
    elif trigger.from_fork:
        yield Objection(code="E_TRIGGER", message="The run was started by a workflow run of a fork.")


@_row(
    number="1a",
    condition="a file looks like a distribution and is no wheel or `.tar.gz` / is a link, a pipe or a device / a "
    "folder holds distributions that no line of `packages-dir` means",
    codes=_STRAY_CODES,
)
def _judge_stray_files(facts: Facts) -> Iterator[Ruling]:
    return _object_to_findings(facts, _STRAY_CODES)


@_row(number="2", condition="no distributions", codes=_EMPTY_CODES)
def _judge_emptiness(facts: Facts) -> Iterator[Ruling]:
    yield from _object_to_findings(facts, _EMPTY_CODES)
    # A distribution that could not be read is there all the same: its finding says what is wrong with it.
    if not facts.evidence.distributions and not any(_errors(facts)):
        yield Objection(code="E_DIST_EMPTY", message="There are no distributions to publish.")


@_row(
    number="3",
    condition="several projects / several versions / file name and metadata differ",
    codes=("E_DIST_MIXED_PROJECTS", "E_DIST_MIXED_VERSIONS", *_MISMATCH_CODES),
)
def _judge_mixture(facts: Facts) -> Iterator[Ruling]:
    yield from judge_mixture(facts.evidence.distributions)
    yield from _object_to_findings(facts, _MISMATCH_CODES)


def judge_mixture(distributions: tuple[Distribution, ...]) -> Iterator[Objection]:
    """Object to distributions that are not one project in one version (row 3)."""
    projects = sorted({distribution.project for distribution in distributions})
    if len(projects) > 1:
        yield Objection(
            code="E_DIST_MIXED_PROJECTS",
            message=f"The distributions belong to {len(projects)} projects: {', '.join(projects)}.",
        )
    elif len({_version_key(distribution.version) for distribution in distributions}) > 1:
        versions = sorted({distribution.version for distribution in distributions})
        yield Objection(
            code="E_DIST_MIXED_VERSIONS",
            message=f"The distributions have {len(versions)} versions: {', '.join(versions)}.",
        )


def _version_key(version: str) -> Version | str:
    """Return a value by which 1.0 and 1.0.0 are equal (PEP 440); an invalid version, which is a finding, stays text."""
    try:
        return Version(version)
    except ValueError:
        return version


@_row(
    number="4",
    condition="metadata unreadable, or readable in two ways / the archive or a name cannot be trusted",
    codes=_READING_CODES,
)
def _judge_reading(facts: Facts) -> Iterator[Ruling]:
    return _object_to_findings(facts, _READING_CODES)


@_row(
    number="5",
    condition='the policy is invalid / could not be read (anything but "not found")',
    codes=("E_POLICY_INVALID", "E_POLICY_UNAVAILABLE"),
)
def _judge_policy(facts: Facts) -> Iterator[Ruling]:
    policy = facts.evidence.policy
    if isinstance(policy, PolicyInvalid):
        yield Objection(code="E_POLICY_INVALID", message=_describe_invalid(policy, facts))
    elif isinstance(policy, PolicyUnavailable):
        message = f"Could not determine whether there is a policy at {policy.source}: {policy.reason}"
        yield Objection(code="E_POLICY_UNAVAILABLE", message=message)


def _describe_invalid(policy: PolicyInvalid, facts: Facts) -> str:
    """Describe what is wrong with a policy; an organisation's names other projects, which no public log may show."""
    if not policy.is_shared or facts.verdict is Verdict.NONPUBLIC:
        return f"The policy {policy.source} is not valid: {' '.join(policy.problems)}"
    count = "1 problem" if len(policy.problems) == 1 else f"{len(policy.problems)} problems"
    return (
        f"The policy {policy.source} is not valid ({count}). The problems are not shown: everybody may be able to read "
        "this log, and the policy names other projects. `publish-action policy check` shows them where the policy is."
    )


@_row(
    number="6",
    condition="an index URL is not canonical / a PyPI host is marked private / one place is marked public and "
    "private / an index's URL is one that takes no uploads / `index` names none we know",
    codes=(
        "E_URL_NOT_CANONICAL",
        "E_POLICY_PYPI_NOT_PRIVATE",
        "E_INDEX_AUDIENCE",
        "E_UPLOAD_URL",
        "E_INDEX_UNKNOWN",
    ),
)
def _judge_indexes(facts: Facts) -> Iterator[Ruling]:
    evidence = facts.evidence
    for problem in evidence.index_problems:
        yield Objection(code=problem.code, message=problem.message, remedy=problem.remedy)
    named = {problem.name for problem in evidence.index_problems}
    # Without a policy that could be read, nobody knows which names there are.
    is_known = isinstance(evidence.policy, Policy | PolicyAbsent)
    if is_known and not facts.is_auto and facts.index is None and evidence.choice not in named:
        yield Objection(code="E_INDEX_UNKNOWN", message=_describe_unknown(evidence.choice, evidence.indexes))


def _describe_unknown(choice: str, indexes: tuple[Index, ...]) -> str:
    names = [index.name for index in indexes]
    near = difflib.get_close_matches(choice.lower()[:_LONGEST_COMPARED], names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"`index` names {choice!r}, which is not an index of this run.{hint} The indexes are {', '.join(names)}."


@_row(number="7", condition="some files declare private and others do not", codes=_INCONSISTENT_CODES)
def _judge_inconsistency(facts: Facts) -> Iterator[Ruling]:
    yield from judge_inconsistency(facts.evidence.distributions)
    yield from _object_to_findings(facts, _INCONSISTENT_CODES)


def judge_inconsistency(distributions: tuple[Distribution, ...]) -> Iterator[Objection]:
    """Object to distributions of which some declare themselves private and others do not (row 7)."""
    private = [distribution.file for distribution in distributions if distribution.declared_private]
    others = [distribution.file for distribution in distributions if not distribution.declared_private]
    if private and others:
        yield Objection(
            code="E_PRIVATE_CLASSIFIER_INCONSISTENT",
            message=f"Declared private: {', '.join(private)}. Not declared private: {', '.join(others)}.",
        )


@_row(
    number="8",
    condition="`index: auto` picks, among the indexes the policy lists for the project if it lists any: declared "
    "private or not PUBLIC → the private index (the policy's for the project, else the inline one); PUBLIC and "
    "undeclared → the public index if allowed, else the private one; NONPUBLIC with a grant and only public "
    "indexes listed → that one. Where several would do, the policy's `default-index` comes first. Nothing to pick: "
    "UNKNOWN / DISAGREE / NONPUBLIC / PUBLIC but declared private / the policy's default index is not in this run",
    codes=(
        "E_VISIBILITY_UNKNOWN",
        "E_VISIBILITY_DISAGREE",
        "E_NO_PRIVATE_INDEX",
        "E_PRIVATE_CLASSIFIER_NO_TARGET",
        "E_INDEX_UNKNOWN",
    ),
)
def _judge_pick(facts: Facts) -> Iterator[Ruling]:
    """Object where `auto` has nothing to pick; a project that may not be published anywhere is row 9's."""
    if not facts.is_auto or facts.index or not facts.is_settled or facts.allowed == () or facts.evidence.index_problems:
        return
    nowhere = "and there is no private index for it in this run"
    if facts.verdict is Verdict.UNKNOWN:
        yield Objection(
            code="E_VISIBILITY_UNKNOWN", message=f"No source confirmed that the repository is public, {nowhere}."
        )
    elif facts.verdict is Verdict.DISAGREE:
        yield Objection(code="E_VISIBILITY_DISAGREE", message=f"{_DISAGREEMENT}, {nowhere}.")
    elif facts.verdict is Verdict.NONPUBLIC:
        yield Objection(
            code="E_NO_PRIVATE_INDEX", message=f"The repository of {facts.project} is not public, {nowhere}."
        )
    elif facts.declared:
        message = f"{facts.project} declares itself private ({facts.declared_by}), {nowhere}."
        yield Objection(code="E_PRIVATE_CLASSIFIER_NO_TARGET", message=message)
    elif facts.default_index:
        message = (
            f"The policy's default index of {facts.project} is {facts.default_index}, which this run does not have."
        )
        yield Objection(code="E_INDEX_UNKNOWN", message=message)


@_row(
    number="9",
    condition="the policy lists the project and not this index, or lists none",
    codes=("E_TARGET_NOT_ALLOWED",),
)
def _judge_allowance(facts: Facts) -> Iterator[Ruling]:
    if facts.allowed is None or not facts.is_settled:
        return
    if not facts.allowed:
        listed = "lists no index for" if facts.is_listed else "does not list"
        message = f"The policy {facts.policy_source} {listed} {facts.project}, so it may not be published anywhere."
        yield Objection(code="E_TARGET_NOT_ALLOWED", message=message)
    elif facts.index and facts.index.name not in facts.allowed:
        message = (
            f"The policy {facts.policy_source} allows {facts.project} to go to {', '.join(facts.allowed)}, "
            f"not to {facts.index.name}."
        )
        yield Objection(code="E_TARGET_NOT_ALLOWED", message=message)


@_row(
    number="9a",
    condition="the organisation's signed property `publish_audience`: an unknown word, whatever the index / "
    "`private-only` and a public index / `by-grant`, a public index and no grant",
    codes=("E_ORGANISATION_AUDIENCE",),
)
def _judge_switch(facts: Facts) -> Iterator[Ruling]:
    switch = facts.evidence.switch
    said = f"The organisation's property {SWITCH_PROPERTY} says {switch.written!r}"
    if switch.audience is PublishAudience.UNKNOWN:
        yield Objection(
            code="E_ORGANISATION_AUDIENCE",
            message=f"{said}, which is not one of its allowed values: every index is refused, whatever the "
            "policy says.",
            remedy=f"Ask an administrator of the organisation to set {SWITCH_PROPERTY} to one of "
            f"{', '.join(SWITCH_WORDS)}, in lower case, or to remove it.",
        )
    elif facts.public_index and facts.is_settled and facts.is_kept_private:
        no_grant = ", and no policy grants it" if switch.audience is PublishAudience.BY_GRANT else ""
        message = f"{said}, and everybody can read {facts.public_index.name}{no_grant}."
        yield Objection(code="E_ORGANISATION_AUDIENCE", message=message)


@_row(
    number="10",
    condition="public index, declared private by a classifier / by a local version alone; no override exists",
    codes=("E_PRIVATE_CLASSIFIER", "E_LOCAL_VERSION"),
)
def _judge_declaration(facts: Facts) -> Iterator[Ruling]:
    if facts.public_index and facts.declared:
        code = "E_PRIVATE_CLASSIFIER" if Declaration.CLASSIFIER in facts.declared else "E_LOCAL_VERSION"
        message = f"Everybody can read {facts.public_index.name}, and a distribution is private by {facts.declared_by}."
        yield Objection(code=code, message=message)


@_row(
    number="11",
    condition="public index, visibility UNKNOWN / DISAGREE; no grant helps",
    codes=("E_VISIBILITY_UNKNOWN", "E_VISIBILITY_DISAGREE"),
)
def _judge_visibility(facts: Facts) -> Iterator[Ruling]:
    if facts.public_index is None:
        return
    readable = f"Everybody can read {facts.public_index.name}"
    if facts.verdict is Verdict.UNKNOWN:
        message = f"{readable}, and no source confirmed that the repository is public."
        yield Objection(code="E_VISIBILITY_UNKNOWN", message=message)
    elif facts.verdict is Verdict.DISAGREE:
        yield Objection(code="E_VISIBILITY_DISAGREE", message=f"{readable}. {_DISAGREEMENT}.")


@_row(number="12", condition="public index, NONPUBLIC, no grant for this project", codes=("E_NONPUBLIC_TO_PUBLIC",))
def _judge_grant_presence(facts: Facts) -> Iterator[Ruling]:
    # Without one project and a policy that was read, nobody knows whether there is a grant: rows 3 and 5 refuse.
    if facts.public_index and facts.verdict is Verdict.NONPUBLIC and facts.is_settled and not facts.grants:
        message = (
            f"The repository is not public, everybody can read {facts.public_index.name}, "
            f"and no policy grants {facts.project} permission to go there."
        )
        yield Objection(code="E_NONPUBLIC_TO_PUBLIC", message=message)


@_row(
    number="13",
    condition="NONPUBLIC, or `by-grant` by the organisation's property: a grant, but the verified `environment` "
    "claim differs / an sdist is there and not granted / it expired / the REST API gave no answer",
    codes=("E_GRANT_ENVIRONMENT", "E_GRANT_NO_SDIST", "E_GRANT_EXPIRED", "E_VISIBILITY_UNKNOWN"),
)
def _judge_grant(facts: Facts) -> Iterator[Ruling]:
    if facts.public_index is None or not facts.wants_grant or not facts.grants:
        return
    for grant in facts.grants:
        yield from _judge_one_grant(facts.evidence, grant)
    # Invariant I2: a grant stands on both authoritative sources.
    if not isinstance(facts.evidence.api.answer, Answered):
        message = "A grant needs an answer from the REST API as well as the ID token, and the REST API gave none."
        yield Objection(code="E_VISIBILITY_UNKNOWN", message=message)


def _judge_one_grant(evidence: Evidence, grant: Grant) -> Iterator[Ruling]:
    # The environment is worth what the ID token that names it is worth.
    if not isinstance(evidence.claim.answer, Answered) or evidence.environment != grant.environment:
        runs_in = f"in {evidence.environment!r}" if evidence.environment else "in none that an ID token confirms"
        message = f"The grant is for the environment {grant.environment!r}; this job runs {runs_in}."
        yield Objection(code="E_GRANT_ENVIRONMENT", message=message)
    sdists = [distribution.file for distribution in evidence.distributions if distribution.kind is Kind.SDIST]
    if sdists and not grant.sdist:
        message = f"The grant covers wheels only, and there is {', '.join(sdists)}."
        yield Objection(code="E_GRANT_NO_SDIST", message=message)
    if grant.expires and evidence.today > grant.expires:
        message = f"The grant expired: {grant.expires} was its last day, today is {evidence.today} (UTC)."
        yield Objection(code="E_GRANT_EXPIRED", message=message)


@_row(number="13a", condition="a check of the distributions found an error that no row above names", codes=())
def _judge_findings(facts: Facts) -> Iterator[Ruling]:
    for finding in _errors(facts):
        if finding.code not in _CODES_OF_OTHER_ROWS:
            yield _object_to(finding)


@_row(number="14", condition="public index, PUBLIC", codes=("OK_PUBLIC",))
def _approve_public(facts: Facts) -> Iterator[Ruling]:
    if facts.public_index and facts.verdict is Verdict.PUBLIC:
        message = f"The repository is public, and so is {facts.public_index.name}."
        yield Approval(code="OK_PUBLIC", message=message)


@_row(number="15", condition="public index, the grant is complete (attestations off)", codes=("OK_PUBLIC_BY_GRANT",))
def _approve_grant(facts: Facts) -> Iterator[Ruling]:
    if facts.public_index and facts.verdict is Verdict.NONPUBLIC and facts.grants:
        message = (
            f"The repository is not public, and the policy {facts.policy_source} grants {facts.project} "
            f"to go to {facts.public_index.name} from the environment {facts.grants[0].environment!r}."
        )
        yield Approval(code="OK_PUBLIC_BY_GRANT", message=message)


@_row(number="16", condition="private index", codes=("OK_PRIVATE",))
def _approve_private(facts: Facts) -> Iterator[Ruling]:
    if facts.index and facts.index.audience is Audience.PRIVATE:
        yield Approval(code="OK_PRIVATE", message=f"{facts.index.name} is a private index.")


ROWS: tuple[Row, ...] = (
    _judge_trigger,
    _judge_stray_files,
    _judge_emptiness,
    _judge_mixture,
    _judge_reading,
    _judge_policy,
    _judge_indexes,
    _judge_inconsistency,
    _judge_pick,
    _judge_allowance,
    _judge_switch,
    _judge_declaration,
    _judge_visibility,
    _judge_grant_presence,
    _judge_grant,
    _judge_findings,
    _approve_public,
    _approve_grant,
    _approve_private,
)
"""The table, in the order of the contract. The first row that objects decides the code; the others are named too."""
