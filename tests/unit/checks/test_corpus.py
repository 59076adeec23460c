"""The corpus of distributions: each row gives the codes that it must give, and no others."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from publish_action.checks.description import DescriptionRule
from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.checks.registry import RULES
from publish_action.checks.release import judge_build_numbers, judge_equal_files, judge_same_metadata, judge_sdists
from publish_action.decision.decide import decide
from publish_action.distributions.contents import Contents
from publish_action.distributions.discovery import find_files, select
from publish_action.distributions.open_file import open_regular
from publish_action.distributions.reader import read_contents
from publish_action.distributions.refusals import find_refusal
from publish_action.errors import DistributionsInvalid
from publish_action.models.decision import Refusal
from publish_action.models.finding import Finding, Rule, Severity
from publish_action.reasons import REASONS
from support.corpus import backends as distribution_cases_backends
from support.corpus import good as distribution_cases_good
from support.corpus import members as distribution_cases_members
from support.corpus import metadata as distribution_cases_metadata
from support.corpus import reading as distribution_cases_reading
from support.corpus import wheels as distribution_cases_wheels
from support.corpus.row import Row
from support.decision_cases import World, evidence_of

_TABLES: tuple[Mapping[str, Row], ...] = (
    distribution_cases_good.ODDITIES,
    {f"backend {name}": row for name, row in distribution_cases_backends.BACKENDS.items()},
    distribution_cases_reading.PLACES,
    distribution_cases_reading.NAMES,
    distribution_cases_reading.ARCHIVES,
    distribution_cases_reading.METADATA,
    distribution_cases_reading.PRIVACY,
    distribution_cases_metadata.FIELDS,
    distribution_cases_metadata.CLASSIFIERS,
    distribution_cases_metadata.URLS,
    distribution_cases_metadata.DESCRIPTIONS,
    distribution_cases_metadata.RELEASES,
    distribution_cases_wheels.FILE_NAMES,
    distribution_cases_wheels.PLATFORMS,
    distribution_cases_wheels.LAYOUT,
    distribution_cases_wheels.RECORDS,
    distribution_cases_wheels.ENTRY_POINTS,
    distribution_cases_members.PATHS,
    distribution_cases_members.LEAKS,
)
ROWS = {name: row for table in _TABLES for name, row in table.items()}

# What the corpus has no row for, each with what it takes beside small files.
_NEEDS_MORE = {
    "E_ATTESTATION_FOREIGN": "a Sigstore",
    "E_ATTESTATION_UNVERIFIED": "a Sigstore",
    "E_DIST_CHANGED": "somebody who writes while the run goes on",
    "E_FILE_TOO_LARGE": "a gibibyte",
    "E_TAG_MISMATCH": "a tag",
    "W_TAG_FOREIGN": "a tag",
    "W_DESCRIPTION_NOT_RENDERED": "a text that takes all the time there is",
}


_PUBLIC, _PRIVATE = World(choice="pypi"), World(choice="private", inline="yes")


def read(workspace: Path) -> OpenRelease:
    try:
        with read_distributions(workspace=workspace, packages_dir="dist", project=None) as reading:
            return reading
    except DistributionsInvalid:
        # As a run does: that there is nothing is the decision's to say.
        return OpenRelease(files=(), findings=())


def decide_in(world: World, reading: OpenRelease) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """Return the codes that refuse these files, in a public repository, and the findings as they weigh there."""
    evidence = replace(
        evidence_of(world),
        distributions=tuple(file.distribution for file in reading.files),
        findings=reading.findings,
    )
    decision = decide(evidence)
    refusal = decision.codes if isinstance(decision, Refusal) else ()
    return codes_of(decision.findings, Severity.ERROR).union(refusal), decision.findings


def codes_of(findings: Iterable[Finding], severity: Severity) -> frozenset[str]:
    return frozenset(finding.code for finding in findings if finding.severity is severity)


@pytest.mark.parametrize("name", ROWS)
def test_row_gives_its_codes_and_no_others(corpus: "Corpus", name: str) -> None:
    """Errors and warnings are those of the row, for a public index and for a private one."""
    row, reading = ROWS[name], corpus.ask(name).reading

    errors, findings = decide_in(_PUBLIC, reading)
    assert (errors, codes_of(findings, Severity.WARNING)) == (row.always | row.public, row.warns), findings
    errors, findings = decide_in(_PRIVATE, reading)
    assert errors == row.always
    softened = codes_of(reading.findings, Severity.ERROR) - row.always
    assert codes_of(findings, Severity.WARNING) - row.always == row.warns | softened


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_row_has_a_good_twin(row: Row) -> None:
    """Every bad row names a row without errors and warnings."""
    is_bad = bool(row.always | row.public)

    assert is_bad == bool(row.twin)
    assert not is_bad or not ROWS[row.twin].codes


def test_corpus_is_large_and_has_no_row_twice() -> None:
    """There are 250 rows at least, 70 of them without an error, and no two tables share an id."""
    assert sum(map(len, _TABLES)) == len(ROWS) >= 250
    assert sum(not row.twin for row in ROWS.values()) >= 70


def test_every_code_that_a_file_can_cause_has_a_row() -> None:
    """What the table of reasons has for distributions is given by a row, or is listed with what it takes."""
    wanted = {code for code, reason in REASONS.items() if reason.row in {"1a", "2", "3", "4", "7", "13a"}}

    given = {code for row in ROWS.values() for code in row.codes}
    assert wanted - given == set(_NEEDS_MORE)


_Said = frozenset[tuple[Severity, str]]
_READING, _COMPANIONS = "reading", "companions"
_Rule = Callable[[Contents], Iterator[Finding]]
_RULES: Mapping[str, _Rule] = {rule.__name__: rule for rule in RULES}
_BY_DISTRIBUTIONS = (judge_equal_files, judge_sdists)
_BY_CONTENTS = (judge_same_metadata, judge_build_numbers)
_ALL_RULES = (*_RULES, DescriptionRule.__name__, *(rule.__name__ for rule in (*_BY_DISTRIBUTIONS, *_BY_CONTENTS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A row's files as a run reads them, and what each rule says of them by itself."""

    reading: OpenRelease
    said: Mapping[str, _Said]
    """By the rule's name."""


class Corpus:
    """Builds and judges each row once, when a test first asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = dict[str, Asked]()

    def ask(self, name: str) -> Asked:
        """Return what is said of a row."""
        if name not in self._asked:
            with TemporaryDirectory(dir=self._folder) as workspace:
                ROWS[name].make(Path(workspace) / "dist")
                reading = read(Path(workspace))
                self._asked[name] = Asked(reading=reading, said=ask_each(Path(workspace), reading))
        return self._asked[name]

    def all_said(self) -> Mapping[str, Mapping[str, _Said]]:
        """Return what each rule says of each row."""
        return {name: self.ask(name).said for name in ROWS}


def ask_each(workspace: Path, reading: OpenRelease) -> Mapping[str, _Said]:
    """Ask every rule by itself; give what each says of the files, by its name."""
    contents, read_alone = read_all(workspace)
    distributions = [file.distribution for file in reading.files]
    rules: Mapping[str, _Rule] = {**_RULES, DescriptionRule.__name__: DescriptionRule()}
    said = {
        _READING: said_by(read_alone),
        **{name: said_by(finding for each in contents for finding in rule(each)) for name, rule in rules.items()},
        **{rule.__name__: said_by(rule(distributions)) for rule in _BY_DISTRIBUTIONS},
        **{rule.__name__: said_by(rule(contents)) for rule in _BY_CONTENTS},
    }
    return {**said, _COMPANIONS: said_by(reading.findings) - frozenset[tuple[Severity, str]]().union(*said.values())}


def read_all(workspace: Path) -> tuple[list[Contents], list[Finding]]:
    """Return what stands in the files that can be read, and why the others cannot."""
    try:
        selection = select(find_files(workspace=workspace, packages_dir="dist").files, project=None)
    except DistributionsInvalid as error:
        return [], [find_refusal("", error)]
    contents, findings = list[Contents](), [*selection.findings]
    for candidate in selection.candidates:
        try:
            descriptor = open_regular(candidate.path)
            try:
                contents.append(read_contents(descriptor, candidate.name))
            finally:
                os.close(descriptor)
        except DistributionsInvalid as error:
            findings.append(find_refusal(candidate.name.file, error))
    return contents, findings


def said_by(findings: Iterable[Finding]) -> _Said:
    return frozenset((finding.severity, finding.code) for finding in findings)


def said_without(left: str, said: Mapping[str, _Said]) -> _Said:
    """Return what is said of a row where one rule is not asked."""
    return frozenset[tuple[Severity, str]]().union(*(each for rule, each in said.items() if rule != left))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The rows, built when they are asked for."""
    return Corpus(tmp_path_factory.mktemp("corpus"))


def test_rules_are_all_there_is(corpus: Corpus) -> None:
    """Findings of a row come from the reading, a rule, attestations beside a file, or nested folders."""
    others = {code for said in corpus.all_said().values() for _, code in said[_COMPANIONS]}

    forms = ("UNREADABLE", "VERSION", "LOG", "NAME", "MISMATCH", "PREDICATE", "TWICE", "TOO_MANY")
    assert others == {"E_DIST_NESTED", *(f"E_ATTESTATION_{form}" for form in forms)}
    assert len(_ALL_RULES) == len(set(_ALL_RULES)) == len(RULES) + 5


def read_agreement() -> Mapping[str, frozenset[Rule]]:
    """Return whose rule each finding is by docs/preflight-agreement.md, by its code."""
    words = {"PyPI": Rule.PYPI, "confidentiality": Rule.LEAK}
    text = (Path(__file__).resolve().parents[3] / "docs" / "preflight-agreement.md").read_text()
    rows = re.findall(r"^\| `([EW]_[A-Z_]+)` \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return {code: frozenset(words.get(word) or Rule(word) for word in owners.split(", ")) for code, owners in rows}


def test_agreement_names_every_finding() -> None:
    """docs/preflight-agreement.md tells of each code what PyPI does with such a file, and of no other."""
    rows = {"1a", "2", "3", "4", "7", "13a"}
    wanted = {code for code, reason in REASONS.items() if reason.row in rows and not code.startswith("E_PRIVATE_")}

    assert set(read_agreement()) == wanted | {"E_PRIVATE_CLASSIFIER_INCONSISTENT", "W_ALLOWANCE_UNUSED"}


def test_agreement_names_whose_rule_each_finding_is(corpus: Corpus) -> None:
    """The rule that a message shows is one of those that the table has for its code, and each of those occurs."""
    shown = defaultdict[str, set[Rule]](set)
    for name in ROWS:
        for finding in corpus.ask(name).reading.findings:
            shown[finding.code].add(finding.rule)

    table = read_agreement()
    assert {code: rules for code, rules in shown.items() if rules != table[code]} == {}


@pytest.mark.parametrize("rule", _ALL_RULES)
def test_no_rule_can_be_left_out(corpus: Corpus, rule: str) -> None:
    """Judging without one rule changes what is said of a row."""
    changed = [name for name, said in corpus.all_said().items() if said_without(rule, said) != said_without("", said)]

    assert changed
