"""The steps around an approval, run as the workflows carry them: what changed since the plan is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publish_action.errors import PublishRefused
from publish_action.models.distribution import Distribution
from publish_action.models.index import Audience
from publish_action.models.visibility import Answered, NoAnswer, Visibility
from publish_action.report.outputs import render_outputs
from publish_action.report.plan_document import render_plan
from publish_action.report.run_record import RunRecord
from support.run_records import GOOD, PRIVATE, PYPI, WHEEL, give_evidence, make_plan
from support.runner_rules import obeyed, parse_file_command
from support.scratch_git import make_repository
from support.workflows import WITH_APPROVAL, Ran, find_script, run_script, run_step

_WORKFLOW = WITH_APPROVAL[0]
PLANNED = replace(GOOD, delivery=None, rehearsal=True)


def _write_down(record: RunRecord, folder: Path) -> Ran:
    return run_step(_WORKFLOW, "Write down what is approved", render_outputs(record), folder)


def _compare(before: RunRecord, after: RunRecord, folder: Path) -> Ran:
    approved = parse_file_command(_write_down(before, folder).outputs)["facts"]
    return run_step(_WORKFLOW, "Refuse what was not approved", render_outputs(after), folder, approved=approved)


def _with_wheel(wheel: Distribution) -> RunRecord:
    return replace(PLANNED, distributions=(wheel,))


def test_same_plan_goes_on(tmp_path: Path) -> None:
    """A plan that still holds after the approval is published, and nothing is said of it."""
    ran = _compare(PLANNED, PLANNED, tmp_path)

    assert (ran.exit_status, ran.log) == (0, "")


def test_id_token_may_join_the_sources(tmp_path: Path) -> None:
    """Planning has no ID token and publishing has one: another source with the same answer changes nothing."""
    evidence = give_evidence()
    unsigned = replace(evidence, claim=replace(evidence.claim, answer=NoAnswer(reason="no id-token permission")))

    ran = _compare(replace(PLANNED, evidence=unsigned), PLANNED, tmp_path)

    assert (ran.exit_status, ran.log) == (0, "")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        pytest.param(_with_wheel(replace(WHEEL, sha256="ef" * 32)), "ef" * 32, id="bytes changed"),
        pytest.param(
            replace(PLANNED, distributions=(WHEEL, replace(WHEEL, file="acme_core-1.0-py2-none-any.whl"))),
            "acme_core-1.0-py2-none-any.whl",
            id="a file more",
        ),
        pytest.param(replace(PLANNED, distributions=()), WHEEL.file, id="a file less"),
        pytest.param(replace(PLANNED, evidence=give_evidence(Visibility.PRIVATE)), "private", id="visibility changed"),
        pytest.param(replace(PLANNED, decision=make_plan(PRIVATE)), "OK_PRIVATE", id="another index"),
        pytest.param(
            replace(PLANNED, decision=make_plan(replace(PYPI, url="https://test.pypi.org/legacy/"))),
            "sha256_of_url",
            id="another address",
        ),
        pytest.param(
            replace(PLANNED, decision=replace(make_plan(), code="OK_PUBLIC_BY_GRANT")), "BY_GRANT", id="another reason"
        ),
        pytest.param(replace(PLANNED, decision=replace(make_plan(), version="1.1")), "1.1", id="another version"),
        pytest.param(replace(PLANNED, decision=replace(make_plan(), project="acme")), '"acme"', id="another project"),
    ],
)
def test_changed_plan_is_refused(after: RunRecord, told: str, tmp_path: Path) -> None:
    """What differs from what was approved stops the run, and the log shows the difference."""
    ran = _compare(PLANNED, after, tmp_path)

    assert ran.exit_status == 1
    assert "Not what was approved" in ran.log
    assert told in ran.log


def test_plan_that_turned_into_a_refusal_is_refused(tmp_path: Path) -> None:
    """A refusal after the approval ends the run."""
    error = PublishRefused("It changed.", remedy="Run it again.", code="E_VISIBILITY_CHANGED")

    assert _compare(PLANNED, replace(PLANNED, error=error), tmp_path).exit_status != 0


@pytest.mark.parametrize("name", ["code", "project", "version", "index", "index-url", "audience", "plan"])
def test_output_that_was_dropped_is_no_approval(name: str, tmp_path: Path) -> None:
    """An output that GitHub emptied on the way is not what was approved."""
    approved = parse_file_command(_write_down(PLANNED, tmp_path).outputs)["facts"]
    outputs = {**render_outputs(PLANNED), name: ""}

    ran = run_step(_WORKFLOW, "Refuse what was not approved", outputs, tmp_path, approved=approved)

    assert ran.exit_status != 0


def test_large_release_is_approved(tmp_path: Path) -> None:
    """A release of 600 files, whose plan is larger than any variable may be, is written down and compared."""
    wheels = tuple(
        replace(WHEEL, file=f"acme_core-1.0-cp313-cp313-manylinux_2_28_x86_64.manylinux2014_x86_64_{number:03}.whl")
        for number in range(600)
    )
    large = replace(PLANNED, distributions=wheels)
    changed = replace(large, distributions=(*wheels[:-1], replace(wheels[-1], sha256="ef" * 32)))

    assert len(render_plan(large)) > 128 << 10
    assert (_compare(large, large, tmp_path).exit_status) == 0
    assert "ef" * 32 in _compare(large, changed, tmp_path).log


def test_refusal_is_nothing_to_approve(tmp_path: Path) -> None:
    """A refusal has no facts, so it never equals a later refusal."""
    error = PublishRefused("It changed.", remedy="Run it again.", code="E_VISIBILITY_CHANGED")

    ran = _write_down(replace(PLANNED, error=error), tmp_path)

    assert (ran.exit_status == 0, ran.outputs) == (False, "")


@pytest.mark.parametrize("plan", ["", "{}", "null", '{"verdict":"publish"', "[]"])
def test_plan_that_cannot_be_read_is_refused(plan: str, tmp_path: Path) -> None:
    """An output that GitHub dropped, or that holds no plan, is never equal to anything, not even to itself."""
    outputs = {**render_outputs(PLANNED), "plan": plan}
    writing = run_step(_WORKFLOW, "Write down what is approved", outputs, tmp_path)
    comparing = run_step(_WORKFLOW, "Refuse what was not approved", outputs, tmp_path, approved=plan)

    assert writing.exit_status != 0
    assert comparing.exit_status != 0


def test_approval_that_was_lost_is_none(tmp_path: Path) -> None:
    """Without the facts of the planning job nothing is published, whatever the plan says now."""
    ran = run_step(_WORKFLOW, "Refuse what was not approved", render_outputs(PLANNED), tmp_path, approved="")

    assert ran.exit_status == 1


def test_facts_hold_no_address(tmp_path: Path) -> None:
    """GitHub drops a job's output that holds a masked text, and a private index's address may be masked."""
    ran = _write_down(replace(PLANNED, decision=make_plan(PRIVATE)), tmp_path)

    facts = json.loads(parse_file_command(ran.outputs)["facts"])
    assert facts["index"]["audience"] == Audience.PRIVATE
    assert "acme.example" not in ran.outputs


def test_difference_gives_the_runner_no_orders(tmp_path: Path) -> None:
    """A file's name in the difference is text, even where it is spelt like a command."""
    name = "##[add-mask]e.whl"

    ran = _compare(PLANNED, _with_wheel(replace(WHEEL, file=name)), tmp_path)

    assert "add-mask" in ran.log
    assert {each.name for each in obeyed(ran.log.encode())} == {"error"}


def test_answers_that_are_no_visibility_are_left_out(tmp_path: Path) -> None:
    """Facts hold what sources answered, not why one did not."""
    evidence = give_evidence()
    assert isinstance(evidence.api.answer, Answered)
    silent = replace(evidence, api=replace(evidence.api, answer=NoAnswer(reason="HTTP 503")))

    facts = json.loads(parse_file_command(_write_down(replace(PLANNED, evidence=silent), tmp_path).outputs)["facts"])

    assert facts["visibility"] == ["public"]


@pytest.mark.parametrize(
    ("expected", "status"), [("1.0", 0), ("", 0), ("1.1", 1), ("$(touch oops)", 1), ("1.0 || true", 1)]
)
def test_version_is_the_one_that_was_asked_for(expected: str, status: int, tmp_path: Path) -> None:
    """A version that was typed in must be the distributions'; nothing typed asks for none, and no text is run."""
    script = find_script(_WORKFLOW, "Compare with the version that was asked for")

    ran = run_script(script, {"EXPECTED": expected, "FOUND": "1.0"}, tmp_path)

    assert ran.exit_status == status
    assert not (tmp_path / "oops").exists()


class _Hub:
    """A repository `octo/demo` on disk, at whose tag a run was started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = make_repository(folder / "octo" / "demo")
        self.sha = self.repository.commit()

    def look_at_tag(self, ref: str = "refs/tags/v1.0") -> Ran:
        """Run the step for a run of `self.sha` on this ref."""
        variables = {
            "GITHUB_REF": ref,
            "GITHUB_SHA": self.sha,
            "GITHUB_SERVER_URL": self.folder.as_uri(),
            "GITHUB_REPOSITORY": "octo/demo",
            "TOKEN": "a-token",
        }
        return run_script(find_script(_WORKFLOW, "Refuse a tag that moved"), variables, self.folder)


@pytest.fixture
def hub(tmp_path: Path) -> _Hub:
    """A repository without tags."""
    return _Hub(tmp_path)


@pytest.mark.parametrize("kind", [(), ("--annotate", "--message", "1.0")], ids=["lightweight", "annotated"])
def test_tag_that_stayed_goes_on(hub: _Hub, kind: tuple[str, ...]) -> None:
    """A tag is where it was, however it was made, and whatever others are there."""
    hub.repository.git("tag", *kind, "v1.0")
    hub.repository.commit()
    hub.repository.git("tag", "v1.0.1")
    # git takes the name that it is asked for as the end of a name.
    hub.repository.git("tag", "x/refs/tags/v1.0")

    ran = hub.look_at_tag()

    assert (ran.exit_status, ran.log) == (0, "")


@pytest.mark.parametrize("kind", [(), ("--annotate", "--message", "1.0")], ids=["lightweight", "annotated"])
def test_tag_that_moved_is_refused(hub: _Hub, kind: tuple[str, ...]) -> None:
    """A tag that points to another commit now stops the run: it no longer names the commit that was built."""
    hub.repository.commit()
    hub.repository.git("tag", *kind, "v1.0")

    ran = hub.look_at_tag()

    assert ran.exit_status == 1
    assert "The tag moved" in ran.log
    assert "a-token" not in ran.log


def test_tag_that_is_gone_is_refused(hub: _Hub) -> None:
    """A tag that was deleted stops the run."""
    ran = hub.look_at_tag()

    assert ran.exit_status == 1
    assert "no commit" in ran.log


def test_repository_that_does_not_answer_is_refused(hub: _Hub) -> None:
    """Where the tag is must be known."""
    hub.repository.git("tag", "v1.0")
    hub.repository.folder.rename(hub.folder / "gone")

    assert hub.look_at_tag().exit_status != 0


def test_branch_may_go_on(hub: _Hub) -> None:
    """A run that was started on a branch is for the commit it was started for."""
    hub.repository.commit()

    assert hub.look_at_tag("refs/heads/main").exit_status == 0


@pytest.mark.parametrize(
    ("workflow_repository", "index_url", "is_told"),
    [
        pytest.param("octo-org/.github", "https://upload.pypi.org/legacy/", True, id="called, PyPI"),
        pytest.param("octo-org/.github", "https://test.pypi.org/legacy/", True, id="called, TestPyPI"),
        pytest.param("octo-org/.github", "https://pkgs.example.com/upload/", False, id="called, another index"),
        pytest.param("octo/demo", "https://upload.pypi.org/legacy/", False, id="the repository's own"),
        pytest.param("", "https://upload.pypi.org/legacy/", False, id="a server that does not say"),
    ],
)
def test_limits_of_pypi_are_told_before_anybody_approves(
    workflow_repository: str, index_url: str, is_told: bool, tmp_path: Path
) -> None:
    """A workflow of another repository cannot use Trusted Publishing at PyPI; planning says so, and what works."""
    variables = {"CALLED": workflow_repository, "GITHUB_REPOSITORY": "octo/demo", "INDEX_URL": index_url}

    ran = run_script(find_script(_WORKFLOW, "Say what PyPI cannot do for a called workflow"), variables, tmp_path)

    assert ran.exit_status == 0
    assert [each.name for each in obeyed(ran.log.encode())] == ["warning"] * is_told
    assert ("PUBLIC_INDEX_TOKEN" in ran.log) is is_told
