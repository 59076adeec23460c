"""The decision, case by case: what is recorded, the order of the rows, and what is said."""

from dataclasses import replace
from datetime import date

import pytest

from publish_action.decision.decide import decide, decide_with, exit_status, judge_files, render_decision_table
from publish_action.decision.table import ROWS
from publish_action.errors import ExitStatus
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.finding import Allowance, Finding, Severity, leak, refused_by_pypi
from publish_action.models.index import Audience, Index
from publish_action.models.policy import Policy, ProjectRule
from publish_action.reasons import REASONS
from publish_action.untrusted.url import parse_url
from support.decision_cases import ACME, INLINE, PYPI, TESTPYPI, Record, World, evidence_of, finding, read_corpus
from support.decision_invariants import codes_of, leaks_without_objections

CORPUS = read_corpus()
OPEN = [record for record in CORPUS if record.codes[0].startswith("OK_")]
PRIVATE_REPOSITORY = World(claim="private", api="private", event="private")


def refusal(world: World) -> Refusal:
    decision = decide(evidence_of(world))
    assert isinstance(decision, Refusal)
    return decision


def plan(world: World) -> Plan:
    decision = decide(evidence_of(world))
    assert isinstance(decision, Plan)
    return decision


@pytest.mark.parametrize("record", CORPUS, ids=[record.identifier for record in CORPUS])
def test_recorded_case_is_decided_as_recorded(record: Record) -> None:
    """Each recorded case has its index and its codes: all that refuse, in the order of the table."""
    decision = decide(evidence_of(record.world))

    assert (codes_of(decision), decision.index.name if decision.index else "") == (record.codes, record.index)


@pytest.mark.parametrize("record", OPEN, ids=[record.identifier for record in OPEN])
def test_empty_table_refuses(record: Record) -> None:
    """Only a row can say yes: without rows, what would go anywhere goes nowhere."""
    decision = decide_with((), evidence_of(record.world))

    assert isinstance(decision, Refusal)
    assert decision.codes == ("E_BUG",)


@pytest.mark.parametrize("record", CORPUS, ids=[record.identifier for record in CORPUS])
def test_rows_that_approve_do_not_lean_on_those_that_object(record: Record) -> None:
    """The three rows that say yes, alone, let nothing out that is not public by evidence or by a grant."""
    decision = decide_with(ROWS[-3:], evidence_of(record.world))

    assert not leaks_without_objections(record.world, decision)


def test_rows_stand_in_the_order_of_the_contract() -> None:
    """The first row that objects decides the code, so their order is part of the contract."""
    numbers = [row.number for row in ROWS]

    assert " ".join(numbers) == "1 1a 2 3 4 5 6 7 8 9 9a 10 11 12 13 13a 14 15 16"


def test_first_row_that_objects_decides_and_the_others_are_named() -> None:
    """One run tells everything that stands in the way, in the order of the table."""
    decision = refusal(
        replace(PRIVATE_REPOSITORY, trigger="pull_request", declared="classifier", choice="pypi", projects="one")
    )

    assert decision.code == "E_TRIGGER"
    assert decision.codes == ("E_TRIGGER", "E_PRIVATE_CLASSIFIER", "E_NONPUBLIC_TO_PUBLIC")
    assert "Also E_NONPUBLIC_TO_PUBLIC: The repository is not public" in decision.message
    assert decision.remedy == REASONS["E_TRIGGER"].remedy


def test_incomplete_grant_tells_all_that_is_missing() -> None:
    """Environment, sdist, date and the silent source come in one answer."""
    decision = refusal(
        World(
            claim="private",
            api="missing",
            event="private",
            policy="pypi granted until yesterday",
            environment="staging",
            sdist="yes",
        )
    )

    assert decision.codes == ("E_GRANT_ENVIRONMENT", "E_GRANT_NO_SDIST", "E_GRANT_EXPIRED", "E_VISIBILITY_UNKNOWN")
    assert "'pypi-release'; this job runs in 'staging'" in decision.message
    assert "acme_cli-1.0.tar.gz" in decision.message


def test_several_projects_are_named() -> None:
    """A folder of a monorepo is told which projects are in it."""
    assert "2 projects: acme-cli, other" in refusal(World(projects="many")).message


def test_several_versions_are_named() -> None:
    """A folder with an old build is told which versions are in it."""
    assert "2 versions: 1.0, 1.1" in refusal(World(projects="versions")).message


def test_version_that_is_no_version_is_compared_as_text() -> None:
    """Hostile metadata do not stop the decision from being one."""
    evidence = evidence_of(World())
    odd = tuple(replace(one, version="9" * 5000) for one in evidence.distributions)

    assert decide(replace(evidence, distributions=odd)).code == "OK_PUBLIC"


def test_choosing_a_broken_index_tells_what_is_broken() -> None:
    """An index with a problem is known by name."""
    decision = refusal(replace(PRIVATE_REPOSITORY, inline="broken", choice="private"))

    assert decision.codes == ("E_URL_NOT_CANONICAL",)
    assert decision.remedy == "Write it so."


def test_first_private_index_of_the_policy_is_picked() -> None:
    """Of several private indexes, the policy's order decides."""
    world = replace(PRIVATE_REPOSITORY, inline="yes")

    assert plan(replace(world, policy="private+acme")).index == INLINE
    assert plan(replace(world, policy="acme+private")).index == ACME


def test_public_index_of_the_policy_is_used_where_it_is_the_only_one() -> None:
    """A public index that only the policy knows serves public code without any input."""
    evidence = evidence_of(World())
    mirror = Index(name="mirror", url="https://mirror.example/legacy/", audience=Audience.PUBLIC)
    rule = ProjectRule(project="acme-cli", indexes=("mirror",))

    decision = decide(
        replace(evidence, indexes=(*evidence.indexes, mirror), policy=Policy(source="p", projects=(rule,)))
    )

    assert decision.code == "OK_PUBLIC"
    assert decision.index == mirror


def decide_with_twin(world: World, twin: Index, *names: str, default: str = "") -> Plan | Refusal:
    """Decide where the policy lists these names, and another name means the place of `public-index-url`."""
    evidence = evidence_of(world)
    rule = ProjectRule(project="acme-cli", indexes=names, default_index=default)
    return decide(replace(evidence, indexes=(*evidence.indexes, twin), policy=Policy(source="p", projects=(rule,))))


@pytest.mark.parametrize("default", ["", "rehearsal"])
@pytest.mark.parametrize("names", [("rehearsal",), ("acme", "rehearsal")])
def test_an_index_of_the_policy_at_the_public_url_is_the_same_index(names: tuple[str, ...], default: str) -> None:
    """Public code goes to the index at `public-index-url` under the name that the policy lists it by."""
    home = next(index for index in evidence_of(World(public="rehearsal")).indexes if index.name == "pypi")
    twin = replace(home, name="rehearsal")

    decision = decide_with_twin(World(public="rehearsal"), twin, *names, default=default)

    assert isinstance(decision, Plan)
    assert (decision.code, decision.index) == ("OK_PUBLIC", twin)


def test_another_index_of_the_policy_is_not_the_one_at_the_public_url() -> None:
    """An index that is elsewhere does not stand in for the one that `public-index-url` asks for (decision 12)."""
    mirror = Index(name="rehearsal", url="https://mirror.example/legacy/", audience=Audience.PUBLIC)

    assert decide_with_twin(World(public="rehearsal"), mirror, "rehearsal").code == "E_TARGET_NOT_ALLOWED"


def test_inline_name_on_a_public_index_is_never_taken_for_private() -> None:
    """The audience counts, not the name: a public index called `private` takes nothing private."""
    evidence = evidence_of(PRIVATE_REPOSITORY)
    disguised = replace(PYPI, name="private")

    decision = decide(replace(evidence, indexes=(*evidence.indexes, disguised)))

    assert decision.code == "E_NO_PRIVATE_INDEX"


def test_remedy_of_a_finding_is_its_own() -> None:
    """The check that found something knows best what to do."""
    decision = refusal(World(declared="attestation"))

    assert decision.remedy == "Mend it."
    assert decision.message.startswith("acme_cli-1.0.zip: It is wrong.")


def test_finding_about_no_file_has_no_file_in_front() -> None:
    """A tag has no file name to be told by."""
    evidence = evidence_of(World())
    tag = Finding(severity=finding("E").severity, code="E_TAG_MISMATCH", file="", message="The tag differs.", remedy="")

    decision = decide(replace(evidence, findings=(tag,)))

    assert isinstance(decision, Refusal)
    assert decision.message == "The tag differs. [rule of publish-action: certainty]"
    assert decision.remedy == REASONS["E_TAG_MISMATCH"].remedy


def test_finding_with_a_code_of_its_own_refuses_as_a_matter_of_distributions() -> None:
    """A code that has no page yet refuses all the same, with the exit status of what findings are about."""
    decision = decide(replace(evidence_of(World()), findings=(finding("E_NOT_IN_THE_TABLE"),)))

    assert decision.code == "E_NOT_IN_THE_TABLE"
    assert exit_status(decision) is ExitStatus.DISTRIBUTIONS


def test_yes_says_what_it_rests_on() -> None:
    """Each fact is told with its source and its time."""
    decision = plan(replace(PRIVATE_REPOSITORY, policy="acme+pypi", declared="classifier", event="missing"))

    assert decision.because == (
        "The ID token says private (read 12:00:03Z).",
        "The REST API says private (read 12:00:03Z).",
        "The event payload gave no answer: It was not there.",
        "The policy .github/publish-policy.toml lists acme-cli for acme, pypi.",
        "The distributions declare themselves private by its classifier.",
        "The private index acme was picked for `index: auto`.",
        "acme is a private index.",
    )


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("absent", "There is no policy (.github/publish-policy.toml)."),
        ("invalid", "The policy .github/publish-policy.toml is not valid."),
        ("unavailable", "The policy .github/publish-policy.toml could not be read."),
        ("other", "The policy .github/publish-policy.toml has no entry for the project."),
        ("nowhere", "The policy .github/publish-policy.toml lists acme-cli for no index."),
    ],
)
def test_no_says_what_is_known_of_the_policy(policy: str, sentence: str) -> None:
    """A policy that is absent, broken and silent are told apart."""
    assert sentence in refusal(World(policy=policy, claim="bad", choice="pypi")).because


def test_refusal_says_what_source_could_not_be_used() -> None:
    """A forged token is told as such."""
    assert "The ID token gave an unusable answer: The signature is not GitHub's." in refusal(World(claim="bad")).because


@pytest.mark.parametrize(
    ("choice", "hint"),
    [("pipy", " Did you mean 'pypi'?"), ("TestPyPI", " Did you mean 'testpypi'?"), ("nonsense", "")],
)
def test_misspelled_index_is_told_the_nearest_one(choice: str, hint: str) -> None:
    """A name that is not an index of the run comes with the nearest one, where one is near, and with all of them."""
    message = refusal(World(choice=choice)).message

    assert message.startswith(
        f"`index` names {choice!r}, which is not an index of this run.{hint} The indexes are pypi"
    )


def test_plan_names_the_release() -> None:
    """What goes where is one project and one version."""
    decision = plan(World())

    assert (decision.project, decision.version, decision.index) == ("acme-cli", "1.0", PYPI)


def test_refusal_names_the_index_that_was_judged() -> None:
    """An explicit choice that is refused stays the one that is told."""
    assert refusal(replace(PRIVATE_REPOSITORY, choice="testpypi", policy="acme+testpypi")).index == TESTPYPI


# contract, section 5, "Exit status of a refusal"
INPUT_CODES = {"E_URL_NOT_CANONICAL", "E_INDEX_UNKNOWN", "E_POLICY_INVALID", "E_POLICY_PYPI_NOT_PRIVATE"}


@pytest.mark.parametrize("code", sorted({code for row in ROWS for code in row.codes}))
def test_exit_status_of_a_row_is_that_of_the_contract(code: str) -> None:
    """Inputs 2, distributions 4, a policy out of reach 7, a yes 0, and everything else 3."""
    status = REASONS[code].status

    assert status is _status_of_contract(code)


def _status_of_contract(code: str) -> ExitStatus:
    if code.startswith("OK_"):
        return ExitStatus.DONE
    if code in INPUT_CODES | {"E_INDEX_AUDIENCE", "E_UPLOAD_URL"}:
        return ExitStatus.INPUTS
    about_files = ("E_DIST_", "E_METADATA_", "E_ARCHIVE_", "E_NAME_INVALID", "E_SDIST_")
    if code.startswith(about_files) or code == "E_PRIVATE_CLASSIFIER_INCONSISTENT":
        return ExitStatus.DISTRIBUTIONS
    return ExitStatus.UNREACHABLE if code == "E_POLICY_UNAVAILABLE" else ExitStatus.REFUSED


@pytest.mark.parametrize("record", CORPUS, ids=[record.identifier for record in CORPUS])
def test_exit_status_of_a_decision_is_that_of_its_code(record: Record) -> None:
    """The code decides the exit status, whatever else objects."""
    decision = decide(evidence_of(record.world))

    assert exit_status(decision) is REASONS[decision.code].status


def test_table_is_rendered_in_its_order() -> None:
    """The README shows the rows as they are asked."""
    lines = render_decision_table().splitlines()

    assert lines[0] == "| # | Condition | Result |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {row.number}" for row in ROWS]
    assert lines[-1] == "| 16 | private index | `OK_PRIVATE` |"
    assert lines[-4].endswith("the finding's own code |")


def test_rows_of_the_reasons_are_those_of_the_table() -> None:
    """A reason's page names the rows that can say it."""
    by_code = {code: [row.number for row in ROWS if code in row.codes] for row in ROWS for code in row.codes}

    assert {code: REASONS[code].row for code in by_code} == {code: ", ".join(rows) for code, rows in by_code.items()}


def test_indexes_of_these_tests_are_canonical() -> None:
    """The worlds hold URLs as the catalogue would give them."""
    urls = [index.url for index in (PYPI, TESTPYPI, ACME, INLINE)]

    assert [getattr(parse_url(url), "text", None) for url in urls] == urls


def pypi_rule(evidence: Evidence) -> Evidence:
    broken = refused_by_pypi("E_CLASSIFIER_UNKNOWN", file="a.whl", message="It is wrong.", remedy="Mend it.")
    return replace(evidence, findings=(broken,))


def test_what_only_pypi_refuses_goes_to_a_private_index() -> None:
    """The same file is refused for a public index and published to a private one, with a warning."""
    world = World(inline="yes")

    public = decide(pypi_rule(evidence_of(world)))
    private = decide(pypi_rule(evidence_of(replace(world, choice="private"))))

    assert (public.code, public.findings[0].severity) == ("E_CLASSIFIER_UNKNOWN", Severity.ERROR)
    assert (private.code, private.findings[0].severity) == ("OK_PRIVATE", Severity.WARNING)


def test_verify_metadata_false_lets_pypi_have_the_last_word() -> None:
    """What an index would reject is a warning then; the decision says yes."""
    decision = decide(replace(pypi_rule(evidence_of(World())), verify_metadata=False))

    assert (decision.code, decision.findings[0].severity) == ("OK_PUBLIC", Severity.WARNING)


def test_an_allowance_of_the_policy_counts() -> None:
    """A policy that allows the member opens what the rule of confidentiality closed, for its project and days."""
    evidence = evidence_of(World())
    held = leak("E_SECRET", file="acme_cli-1.0-py3-none-any.whl", member="a/key", message="A key.", remedy="Out.")
    allowance = Allowance(member="a/key", reason="It is a test key.", project="acme-cli", expires=evidence.today)
    policy = Policy(source="policy", allowances=(allowance,))

    def decided(policy: Policy) -> str:
        return decide(replace(evidence, findings=(held,), policy=policy)).code

    assert decided(Policy(source="policy")) == "E_SECRET"
    assert decided(policy) == "OK_PUBLIC"
    assert decided(replace(policy, allowances=(replace(allowance, project="other"),))) == "E_SECRET"
    assert decided(replace(policy, allowances=(replace(allowance, expires=date(2000, 1, 1)),))) == "E_SECRET"


def test_a_refusal_names_ten_more_objections_and_counts_the_rest() -> None:
    """The message stays one that can be read; every finding is told by itself beside it."""
    many = tuple(replace(finding(f"E_{number}"), file="") for number in range(14))

    decision = decide(replace(evidence_of(World()), findings=many))

    assert isinstance(decision, Refusal)
    assert decision.message.count("Also E_") == 10
    assert decision.message.endswith("And 3 more.")
    assert len(decision.codes) == 14


@pytest.mark.parametrize(
    ("world", "code"),
    [
        (World(projects="many"), "E_DIST_MIXED_PROJECTS"),
        (World(projects="versions"), "E_DIST_MIXED_VERSIONS"),
        (World(declared="some", inline="yes"), "E_PRIVATE_CLASSIFIER_INCONSISTENT"),
    ],
)
def test_files_alone_are_refused_as_in_a_run(world: World, code: str) -> None:
    """What only the distributions decide needs no evidence, and has the message and the remedy of a run."""
    refused, decided = judge_files(evidence_of(world).distributions), refusal(world)

    assert refused is not None
    assert (refused.code, refused.happened, refused.remedy) == (code, decided.message, decided.remedy)


def test_files_that_are_one_release_are_good() -> None:
    """One project in one version, declared alike, is not refused for itself."""
    assert judge_files(evidence_of(World()).distributions) is None
