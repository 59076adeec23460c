"""A repository that turns private during a run publishes nothing more, whichever moment it happens at."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from publish_action.app.visibility_recheck import VisibilityRecheck
from publish_action.decision.decide import decide
from publish_action.errors import PublishRefused
from publish_action.models.decision import Plan, Refusal
from publish_sandbox.http.faults import Answer, Rewrite
from support.decision_cases import World, evidence_of
from support.fakes import FakeLog, FakeTime
from support.program import Program, Result

CHILD = Path(__file__).resolve().parents[1] / "support" / "children" / "clock.py"
PUBLIC = World()
PRIVATE = World(claim="private", api="private", event="private", inline="yes")
READING = "/api/v3/repos/octo/demo"
WHEEL, SDIST = "acme_core-1.0-py3-none-any.whl", "acme_core-1.0.tar.gz"
SAME = "The visibility was read again and has not changed."


class TimedProgram(Program):
    """A program whose action goes by a clock that tests can move while it runs."""

    @property
    def offset(self) -> Path:
        """Return the file that holds by how many seconds the clock is ahead."""
        return self.folder / "offset"

    def act_by_clock(self) -> Result:
        """Run the action."""
        self.offset.write_text("0")
        temp = self._next_folder()
        job = self.github.environment(self.repository, workspace=self.folder / "workspace", temp=temp)
        given = {"INPUT_GITHUB-TOKEN": self.github.token, "INPUT_PUBLIC-INDEX-URL": self.pypi.upload_url}
        return self._run(temp, [str(CHILD), str(self.offset)], {**job, **given}, None)


@pytest.fixture
def timed_program(program: Program) -> TimedProgram:
    """Return the program with a release of two files."""
    program.build()
    return TimedProgram(
        folder=program.folder,
        github=program.github,
        pypi=program.pypi,
        private=program.private,
        repository=program.repository,
    )


def turn_private(program: Program, *, seconds: int = 0) -> Rewrite:
    """Return a fault that does what was asked, and turns the repository private before the answer goes.

    `seconds` is how much later it is then, by the clock of a `TimedProgram`.
    """

    def change(answer: Answer) -> Answer:
        program.repository.visibility = "private"
        (program.folder / "offset").write_text(str(seconds))
        return answer

    return Rewrite(change)


@pytest.mark.parametrize("path", ["/_/oidc/audience", "/simple/"], ids=["discovery", "look"])
def test_repository_that_turns_private_before_the_mint_gets_no_token(program: Program, path: str) -> None:
    """The visibility is read after discovery and after the look at the index, and before anything is minted."""
    program.build()
    program.pypi.faults.add(path, turn_private(program))

    result = program.act()

    assert (result.status, result.outputs["code"]) == (3, "E_VISIBILITY_CHANGED"), result.text
    assert "Nothing was sent." in result.errors[0]
    assert (program.pypi.minted, program.pypi.attempts) == ([], [])


def test_ordinary_run_reads_the_visibility_twice(program: Program) -> None:
    """A release that goes up without delay costs one reading more than the first."""
    program.build()

    result = program.act()

    assert result.status == 0, result.text
    assert result.text.count(SAME) == 1
    assert [seen.path for seen in program.github.requests if seen.path.startswith("/api/")] == [
        READING,
        f"{READING}/contents/.github/publish-policy.toml",
        READING,
    ]


def test_slow_mint_has_the_visibility_read_once_more(timed_program: TimedProgram) -> None:
    """A repository that turns private while the index takes over 30 seconds to mint a token publishes nothing."""
    timed_program.pypi.faults.add("/_/oidc/mint-token", turn_private(timed_program, seconds=31))

    result = timed_program.act_by_clock()

    assert (result.status, result.outputs["code"]) == (3, "E_VISIBILITY_CHANGED"), result.text
    assert "Nothing was sent." in result.errors[0]
    assert (len(timed_program.pypi.minted), timed_program.pypi.attempts) == (1, [])


def test_quick_mint_costs_no_further_reading(timed_program: TimedProgram) -> None:
    """Up to 30 seconds after the second reading the first byte goes without a third one."""
    timed_program.pypi.faults.add("/_/oidc/mint-token", turn_private(timed_program, seconds=20))

    result = timed_program.act_by_clock()

    assert result.status == 0, result.text
    assert result.text.count(SAME) == 1


@pytest.mark.parametrize("refusing", [True, False], ids=["token refused", "token near its end"])
def test_renewal_has_the_visibility_read_again(timed_program: TimedProgram, refusing: bool) -> None:
    """A repository that turned private while files were sent gets no further token, and no further file is begun."""
    pypi = timed_program.pypi
    pypi.faults.add("/legacy/", turn_private(timed_program, seconds=0 if refusing else 700), file=WHEEL)
    if refusing:
        pypi.faults.add("/legacy/", Answer(status=403), file=SDIST)

    result = timed_program.act_by_clock()

    assert (result.status, result.outputs["code"]) == (3, "E_VISIBILITY_CHANGED"), result.text
    assert len(pypi.minted) == 1
    assert pypi.database.file(WHEEL) is not None
    assert pypi.database.file(SDIST) is None
    assert "1 uploaded" in result.errors[0]


def decided(world: World) -> Plan | Refusal:
    return decide(evidence_of(world))


@dataclass
class Recheck:
    """A recheck of a public repository's plan, and what would be decided now."""

    world: World = PUBLIC
    time: FakeTime = field(default_factory=FakeTime)
    readings: int = 0

    def start(self) -> VisibilityRecheck:
        """Return the recheck."""
        plan = decided(PUBLIC)
        assert isinstance(plan, Plan)
        return VisibilityRecheck(plan, decide_again=self.decide_again, clock=self.time.clock, log=FakeLog())

    def decide_again(self) -> Plan | Refusal:
        """Decide, and count it."""
        self.readings += 1
        return decided(self.world)


def test_token_for_the_look_counts_for_the_second_reading() -> None:
    """Where the look itself needs a token, the reading before that one is the second, and the only other one."""
    recheck = Recheck()
    started = recheck.start()

    started.confirm_before_mint()
    started.confirm()
    started.confirm_before_bytes()

    assert recheck.readings == 1


def test_each_further_token_has_the_visibility_read_again() -> None:
    """The first token goes by the reading before it; every other has one of its own."""
    recheck = Recheck()
    started = recheck.start()
    started.confirm()

    for _ in range(3):
        started.confirm_before_mint()

    assert recheck.readings == 3


def test_time_counts_up_to_the_first_byte_alone() -> None:
    """Blocks that follow the first cost no reading, however long the upload takes."""
    recheck = Recheck()
    started = recheck.start()
    started.confirm()

    for _ in range(3):
        recheck.time.now += timedelta(seconds=31)
        started.confirm_before_bytes()

    assert recheck.readings == 2


def test_change_stays_a_change() -> None:
    """Once the visibility was another one, every later question is refused without asking again."""
    recheck = Recheck(world=PRIVATE)
    started = recheck.start()

    for ask in (started.confirm, started.confirm_before_mint, started.confirm_before_sending):
        with pytest.raises(PublishRefused, match="changed"):
            ask()
    with pytest.raises(PublishRefused, match="changed"):
        started.confirm_before_bytes()

    assert recheck.readings == 1
