"""Where people get stuck: whole runs under the public names, and docs/stuck.md quotes the message of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.program import PROJECT, Result
from support.public_names import ENTERPRISE_SERVER, GITHUB_COM, Names
from support.public_program import PublicProgram, start_public_program

_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "stuck.md").read_text()
_MESSAGES = dict(re.findall(r"^## (.+)\n(?:(?!## ).*\n)*?```text\n((?:.*\n)*?)```$", _PAGE, re.MULTILINE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A heading of docs/stuck.md, with the run that gets there."""

    title: str
    run: Callable[[PublicProgram], Result]
    status: int = 5
    names: Names = GITHUB_COM


def _trusting(public: PublicProgram, environment: str | None = None) -> PublicProgram:
    public.pypi.trust(PROJECT, "octo", "demo", "release.yml", environment)
    return public


def _from_another_workflow(public: PublicProgram, workflow: str) -> Result:
    """Run a job that stands in a reusable workflow; GitHub says so in the claim `job_workflow_ref`."""
    public.program.repository.claims["job_workflow_ref"] = workflow
    return public.act()


def _rename(public: PublicProgram) -> Result:
    public.program.repository = public.program.github.repository("octo/new-name")
    return public.act()


def _await_another_project(public: PublicProgram) -> Result:
    public.pypi.trust_pending("acme-kernel", "octo", "demo", "release.yml")
    return public.act()


def _await_a_prohibited_name(public: PublicProgram) -> Result:
    public.pypi.rules.prohibited_names.add(PROJECT)
    public.pypi.rules.base_url = "https://pypi.org"
    public.pypi.trust_pending(PROJECT, "octo", "demo", "release.yml")
    return public.act()


def _register_another_project(public: PublicProgram) -> Result:
    public.pypi.trust("acme-cli", "octo", "demo", "release.yml")
    public.pypi.create_project(PROJECT, "octocat")
    return public.act()


def _recreate_owner(public: PublicProgram) -> Result:
    public.pypi.trust(PROJECT, "octo", "demo", "release.yml", owner_id=1)
    return public.act()


SITUATIONS = (
    Situation(
        title="A pull request",
        run=lambda public: _trusting(public).act(event="pull_request", id_token=False),
        status=3,
    ),
    Situation(
        title="`pull_request_target`", run=lambda public: _trusting(public).act(event="pull_request_target"), status=3
    ),
    Situation(title="No `id-token: write`", run=lambda public: _trusting(public).act(id_token=False)),
    Situation(title="The environment is missing", run=lambda public: _trusting(public, "pypi").act()),
    Situation(
        title="The environment is misspelled",
        run=lambda public: _trusting(public, "pypi").act(environment="pypi-release"),
    ),
    Situation(title="The workflow was renamed", run=lambda public: _trusting(public).act(workflow="publish.yml")),
    Situation(title="The repository was renamed", run=lambda public: _rename(_trusting(public))),
    Situation(
        title="A reusable workflow of another repository",
        run=lambda public: _from_another_workflow(
            _trusting(public), "org/workflows/.github/workflows/release.yml@refs/tags/v1"
        ),
    ),
    Situation(
        title="A reusable workflow of this repository",
        run=lambda public: _from_another_workflow(
            _trusting(public), "octo/demo/.github/workflows/upload.yml@refs/heads/main"
        ),
    ),
    Situation(title="A pending publisher for another name", run=_await_another_project, status=6),
    Situation(title="A trusted publisher of another project", run=_register_another_project, status=6),
    Situation(title="A name that PyPI refuses", run=_await_a_prohibited_name),
    Situation(title="The owner's account was created again", run=_recreate_owner),
    Situation(
        title="The address of PyPI's pages as `public-index-url`",
        run=lambda public: _trusting(public).act({"public-index-url": "https://pypi.org/simple/"}),
        status=2,
    ),
    Situation(
        title="A token of another service",
        run=lambda public: _trusting(public).act({"public-index-token": "s3cret-of-another-service"}),
    ),
    Situation(
        title="A GitHub server that PyPI does not know",
        run=lambda public: _trusting(public).act(),
        names=ENTERPRISE_SERVER,
    ),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.title)
def test_user_is_told_what_the_page_says(situation: Situation, tmp_path: Path) -> None:
    """A whole run in this situation publishes nothing and gives the one error that docs/stuck.md shows."""
    with start_public_program(tmp_path, situation.names) as public:
        result = situation.run(public)

        assert result.status == situation.status, result.text
        assert [f"{error}\n" for error in result.errors] == [_MESSAGES[situation.title]]
        assert public.pypi.uploads == []


def test_page_shows_no_other_message() -> None:
    """Every message of docs/stuck.md is compared with a run."""
    assert set(_MESSAGES) == {situation.title for situation in SITUATIONS}


def test_pending_publisher_creates_the_project(tmp_path: Path) -> None:
    """The first run of a pending publisher publishes; a dry run before it mints nothing and so creates nothing."""
    with start_public_program(tmp_path) as public:
        public.pypi.trust_pending(PROJECT, "octo", "demo", "release.yml")

        rehearsed = public.act({"dry-run": "true"})
        created = set(public.pypi.projects)
        published = public.act()

        assert (rehearsed.status, created) == (0, set())
        assert published.status == 0, published.text
        assert len(public.pypi.uploads) == 2


def test_publisher_without_environment_fits_a_job_in_any(tmp_path: Path) -> None:
    """The messages are right about PyPI: a publisher that names no environment takes a job that runs in one."""
    with start_public_program(tmp_path) as public:
        assert _trusting(public).act(environment="pypi-release").status == 0
