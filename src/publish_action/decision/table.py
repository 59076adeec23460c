"""The rows of the decision table, in the order of the contract (section 5)."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from publish_action.checks.findings import state_with_rule
from publish_action.decision.facts import Facts
from publish_action.github.claims import SWITCH_PROPERTY, SWITCH_WORDS
from publish_action.models.decision import Evidence
from publish_action.models.distribution import Declaration, Kind
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


# --- rows about the run and its files


def _judge_trigger(case: Facts) -> Iterator[Ruling]:
    trigger = case.evidence.trigger
    name = next((name for name in trigger.event_names if name.startswith("pull_request") or name == "merge_group"), "")
    if name:
        yield Objection(code="E_TRIGGER", message=f"The run was started by {name}: its code is not reviewed yet.")
    elif trigger.from_fork:
        yield Objection(code="E_TRIGGER", message="The run was started by a workflow run of a fork.")


def _judge_stray_files(case: Facts) -> Iterator[Ruling]:
    return _object_to_findings(case, _STRAY_CODES)


def _judge_emptiness(case: Facts) -> Iterator[Ruling]:
    yield from _object_to_findings(case, _EMPTY_CODES)
    # A distribution that could not be read is there all the same: its finding says what is wrong with it.
    if not case.evidence.distributions and not any(_errors(case)):
        yield Objection(code="E_DIST_EMPTY", message="There are no distributions to publish.")


def _judge_mixture(case: Facts) -> Iterator[Ruling]:
    distributions = case.evidence.distributions
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
            message=f"The distributions are of {len(versions)} versions: {', '.join(versions)}.",
        )
    yield from _object_to_findings(case, _MISMATCH_CODES)


def _judge_reading(case: Facts) -> Iterator[Ruling]:
    return _object_to_findings(case, _READING_CODES)


def _judge_inconsistency(case: Facts) -> Iterator[Ruling]:
    distributions = case.evidence.distributions
    private = [distribution.file for distribution in distributions if distribution.declared_private]
    others = [distribution.file for distribution in distributions if not distribution.declared_private]
    if private and others:
        yield Objection(
            code="E_PRIVATE_CLASSIFIER_INCONSISTENT",
            message=f"Declared private: {', '.join(private)}. Not declared private: {', '.join(others)}.",
        )
    yield from _object_to_findings(case, _INCONSISTENT_CODES)


def _judge_findings(case: Facts) -> Iterator[Ruling]:
    for finding in _errors(case):
        if finding.code not in _CODES_OF_OTHER_ROWS:
            yield _object_to(finding)


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


def _errors(case: Facts) -> Iterator[Finding]:
    return (finding for finding in case.findings if finding.severity is Severity.ERROR)


def _object_to_findings(case: Facts, codes: tuple[str, ...]) -> Iterator[Ruling]:
    return (_object_to(finding) for finding in _errors(case) if finding.code in codes)


def _object_to(finding: Finding) -> Objection:
    where = f"{finding.file}: " if finding.file else ""
    return Objection(code=finding.code, message=f"{where}{state_with_rule(finding)}", remedy=finding.remedy)


def _version_key(version: str) -> Version | str:
    """Make 1.0 and 1.0.0 equal (PEP 440), and leave alone what is no version: its finding tells that."""
    try:
        return Version(version)
    except ValueError:
        return version


# --- rows about the policy and the indexes


def _judge_policy(case: Facts) -> Iterator[Ruling]:
    policy = case.evidence.policy
    if isinstance(policy, PolicyInvalid):
        yield Objection(code="E_POLICY_INVALID", message=_describe_invalid(policy, case))
    elif isinstance(policy, PolicyUnavailable):
        message = f"Nobody could tell whether there is a policy at {policy.source}: {policy.reason}"
        yield Objection(code="E_POLICY_UNAVAILABLE", message=message)


def _describe_invalid(policy: PolicyInvalid, case: Facts) -> str:
    """Say what is wrong with a policy; an organisation's names other projects, which no public log may show."""
    if not policy.is_shared or case.verdict is Verdict.NONPUBLIC:
        return f"The policy {policy.source} is not valid: {' '.join(policy.problems)}"
    count = "1 problem" if len(policy.problems) == 1 else f"{len(policy.problems)} problems"
    return (
        f"The policy {policy.source} is not valid ({count}). The problems are not shown: everybody may be able to read "
        "this log, and the policy names other projects. `publish-action policy check` shows them where the policy is."
    )


def _judge_indexes(case: Facts) -> Iterator[Ruling]:
    evidence = case.evidence
    for problem in evidence.index_problems:
        yield Objection(code=problem.code, message=problem.message, remedy=problem.remedy)
    named = {problem.name for problem in evidence.index_problems}
    # Without a policy that could be read, nobody knows which names there are.
    is_known = isinstance(evidence.policy, Policy | PolicyAbsent)
    if is_known and not case.is_auto and case.index is None and evidence.choice not in named:
        yield Objection(code="E_INDEX_UNKNOWN", message=_describe_unknown(evidence.choice, evidence.indexes))


def _describe_unknown(choice: str, indexes: tuple[Index, ...]) -> str:
    names = [index.name for index in indexes]
    near = difflib.get_close_matches(choice.lower()[:_LONGEST_COMPARED], names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"`index` names {choice!r}, which is not an index of this run.{hint} Known are {', '.join(names)}."


def _judge_pick(case: Facts) -> Iterator[Ruling]:
    """Object where `auto` has nothing to pick; a project that may go nowhere is row 9's."""
    if not case.is_auto or case.index or not case.is_settled or case.allowed == () or case.evidence.index_problems:
        return
    nowhere = "and there is no private index for it in this run"
    if case.verdict is Verdict.UNKNOWN:
        yield Objection(
            code="E_VISIBILITY_UNKNOWN", message=f"Nobody vouches that the repository is public, {nowhere}."
        )
    elif case.verdict is Verdict.DISAGREE:
        yield Objection(code="E_VISIBILITY_DISAGREE", message=f"{_DISAGREEMENT}, {nowhere}.")
    elif case.verdict is Verdict.NONPUBLIC:
        yield Objection(
            code="E_NO_PRIVATE_INDEX", message=f"The repository of {case.project} is not public, {nowhere}."
        )
    elif case.declared:
        message = f"{case.project} declares itself private ({case.declared_by}), {nowhere}."
        yield Objection(code="E_PRIVATE_CLASSIFIER_NO_TARGET", message=message)
    elif case.default_index:
        message = f"The policy's default index of {case.project} is {case.default_index}, which this run does not have."
        yield Objection(code="E_INDEX_UNKNOWN", message=message)


def _judge_allowance(case: Facts) -> Iterator[Ruling]:
    if case.allowed is None or not case.is_settled:
        return
    if not case.allowed:
        listed = "lists no index for" if case.is_listed else "does not list"
        message = f"The policy {case.policy_source} {listed} {case.project}, so it may go nowhere."
        yield Objection(code="E_TARGET_NOT_ALLOWED", message=message)
    elif case.index and case.index.name not in case.allowed:
        message = (
            f"The policy {case.policy_source} allows {case.project} to go to {', '.join(case.allowed)}, "
            f"not to {case.index.name}."
        )
        yield Objection(code="E_TARGET_NOT_ALLOWED", message=message)


def _judge_switch(case: Facts) -> Iterator[Ruling]:
    switch = case.evidence.switch
    said = f"The organisation's property {SWITCH_PROPERTY} says {switch.written!r}"
    if switch.audience is PublishAudience.UNKNOWN:
        yield Objection(
            code="E_ORGANISATION_AUDIENCE",
            message=f"{said}, which is none of its words: every index is refused, whatever the policy says.",
            remedy=f"Ask an administrator of the organisation to set {SWITCH_PROPERTY} to one of "
            f"{', '.join(SWITCH_WORDS)}, in lower case, or to take it away.",
        )
    elif case.public_index and case.is_settled and case.is_kept_private:
        no_grant = ", and no policy grants it" if switch.audience is PublishAudience.BY_GRANT else ""
        message = f"{said}, and everybody can read {case.public_index.name}{no_grant}."
        yield Objection(code="E_ORGANISATION_AUDIENCE", message=message)


# --- rows about who may read the index


def _judge_declaration(case: Facts) -> Iterator[Ruling]:
    if case.public_index and case.declared:
        code = "E_PRIVATE_CLASSIFIER" if Declaration.CLASSIFIER in case.declared else "E_LOCAL_VERSION"
        message = f"Everybody can read {case.public_index.name}, and a distribution is private by {case.declared_by}."
        yield Objection(code=code, message=message)


def _judge_visibility(case: Facts) -> Iterator[Ruling]:
    if case.public_index is None:
        return
    readable = f"Everybody can read {case.public_index.name}"
    if case.verdict is Verdict.UNKNOWN:
        message = f"{readable}, and nobody vouches that the repository is public."
        yield Objection(code="E_VISIBILITY_UNKNOWN", message=message)
    elif case.verdict is Verdict.DISAGREE:
        yield Objection(code="E_VISIBILITY_DISAGREE", message=f"{readable}. {_DISAGREEMENT}.")


def _judge_grant_presence(case: Facts) -> Iterator[Ruling]:
    # Without one project and a policy that was read, nobody knows whether there is a grant: rows 3 and 5 refuse.
    if case.public_index and case.verdict is Verdict.NONPUBLIC and case.is_settled and not case.grants:
        message = (
            f"The repository is not public, everybody can read {case.public_index.name}, "
            f"and no policy grants that {case.project} goes there."
        )
        yield Objection(code="E_NONPUBLIC_TO_PUBLIC", message=message)


def _judge_grant(case: Facts) -> Iterator[Ruling]:
    if case.public_index is None or not case.wants_grant or not case.grants:
        return
    for grant in case.grants:
        yield from _judge_one_grant(case.evidence, grant)
    # Invariant I2: a grant stands on both authoritative sources.
    if not isinstance(case.evidence.api.answer, Answered):
        message = "A grant needs the answer of the REST API beside the ID token's, and there is none."
        yield Objection(code="E_VISIBILITY_UNKNOWN", message=message)


def _judge_one_grant(evidence: Evidence, grant: Grant) -> Iterator[Ruling]:
    # The environment is worth what the ID token that names it is worth.
    if not isinstance(evidence.claim.answer, Answered) or evidence.environment != grant.environment:
        runs_in = f"in {evidence.environment!r}" if evidence.environment else "in none that an ID token vouches for"
        message = f"The grant is for the environment {grant.environment!r}; this job runs {runs_in}."
        yield Objection(code="E_GRANT_ENVIRONMENT", message=message)
    sdists = [distribution.file for distribution in evidence.distributions if distribution.kind is Kind.SDIST]
    if sdists and not grant.sdist:
        message = f"The grant covers wheels only, and there is {', '.join(sdists)}."
        yield Objection(code="E_GRANT_NO_SDIST", message=message)
    if grant.expires and evidence.today > grant.expires:
        message = f"The grant expired: {grant.expires} was its last day, today is {evidence.today} (UTC)."
        yield Objection(code="E_GRANT_EXPIRED", message=message)


def _approve_public(case: Facts) -> Iterator[Ruling]:
    if case.public_index and case.verdict is Verdict.PUBLIC:
        message = f"The repository is public, and so is {case.public_index.name}."
        yield Approval(code="OK_PUBLIC", message=message)


def _approve_grant(case: Facts) -> Iterator[Ruling]:
    if case.public_index and case.verdict is Verdict.NONPUBLIC and case.grants:
        message = (
            f"The repository is not public, and the policy {case.policy_source} grants {case.project} "
            f"to go to {case.public_index.name} from the environment {case.grants[0].environment!r}."
        )
        yield Approval(code="OK_PUBLIC_BY_GRANT", message=message)


def _approve_private(case: Facts) -> Iterator[Ruling]:
    if case.index and case.index.audience is Audience.PRIVATE:
        yield Approval(code="OK_PRIVATE", message=f"{case.index.name} is a private index.")


ROWS: tuple[Row, ...] = (
    Row(
        number="1",
        condition="the event is `pull_request*` or `merge_group`, or a `workflow_run` from a fork",
        codes=("E_TRIGGER",),
        rule=_judge_trigger,
    ),
    Row(
        number="1a",
        condition="a file looks like a distribution and is no wheel or `.tar.gz` / is a link, a pipe or a device / a "
        "folder holds distributions that no line of `packages-dir` means",
        codes=_STRAY_CODES,
        rule=_judge_stray_files,
    ),
    Row(number="2", condition="no distributions", codes=_EMPTY_CODES, rule=_judge_emptiness),
    Row(
        number="3",
        condition="several projects / several versions / file name and metadata differ",
        codes=("E_DIST_MIXED_PROJECTS", "E_DIST_MIXED_VERSIONS", *_MISMATCH_CODES),
        rule=_judge_mixture,
    ),
    Row(
        number="4",
        condition="metadata unreadable, or readable in two ways / the archive or a name cannot be trusted",
        codes=_READING_CODES,
        rule=_judge_reading,
    ),
    Row(
        number="5",
        condition='the policy is invalid / could not be read (anything but "not found")',
        codes=("E_POLICY_INVALID", "E_POLICY_UNAVAILABLE"),
        rule=_judge_policy,
    ),
    Row(
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
        rule=_judge_indexes,
    ),
    Row(
        number="7",
        condition="some files declare private and others do not",
        codes=_INCONSISTENT_CODES,
        rule=_judge_inconsistency,
    ),
    Row(
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
        rule=_judge_pick,
    ),
    Row(
        number="9",
        condition="the policy lists the project and not this index, or lists none",
        codes=("E_TARGET_NOT_ALLOWED",),
        rule=_judge_allowance,
    ),
    Row(
        number="9a",
        condition="the organisation's signed property `publish_audience`: an unknown word, whatever the index / "
        "`private-only` and a public index / `by-grant`, a public index and no grant",
        codes=("E_ORGANISATION_AUDIENCE",),
        rule=_judge_switch,
    ),
    Row(
        number="10",
        condition="public index, declared private by a classifier / by a local version alone; no override exists",
        codes=("E_PRIVATE_CLASSIFIER", "E_LOCAL_VERSION"),
        rule=_judge_declaration,
    ),
    Row(
        number="11",
        condition="public index, visibility UNKNOWN / DISAGREE; no grant helps",
        codes=("E_VISIBILITY_UNKNOWN", "E_VISIBILITY_DISAGREE"),
        rule=_judge_visibility,
    ),
    Row(
        number="12",
        condition="public index, NONPUBLIC, no grant for this project",
        codes=("E_NONPUBLIC_TO_PUBLIC",),
        rule=_judge_grant_presence,
    ),
    Row(
        number="13",
        condition="NONPUBLIC, or `by-grant` by the organisation's property: a grant, but the verified `environment` "
        "claim differs / an sdist is there and not granted / it expired / the REST API gave no answer",
        codes=("E_GRANT_ENVIRONMENT", "E_GRANT_NO_SDIST", "E_GRANT_EXPIRED", "E_VISIBILITY_UNKNOWN"),
        rule=_judge_grant,
    ),
    Row(
        number="13a",
        condition="a check of the distributions found an error that no row above names",
        codes=(),
        rule=_judge_findings,
    ),
    Row(number="14", condition="public index, PUBLIC", codes=("OK_PUBLIC",), rule=_approve_public),
    Row(
        number="15",
        condition="public index, the grant is complete (attestations off)",
        codes=("OK_PUBLIC_BY_GRANT",),
        rule=_approve_grant,
    ),
    Row(number="16", condition="private index", codes=("OK_PRIVATE",), rule=_approve_private),
)
"""The table, in the order of the contract. The first row that objects decides the code; the others are named too."""
