"""What GitHub's runner gives a step and expects of it, as far as no container is needed; see docs/runner.md."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from publish_action.models.delivery import DeliveryReport, FileReport, Outcome, Served
from publish_action.report.outputs import render_outputs
from publish_action.report.run_record import Action, PlannedUpload
from support.program import PROJECT, Program
from support.public_names import DATA_RESIDENCY, ENTERPRISE_SERVER, GITHUB_COM, Names
from support.public_program import start_public_program
from support.run_records import GOOD, WHEEL
from support.runner_rules import obeyed

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "runner.md").read_text()
_NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _PAGE)
_ROWS = [line for line in _PAGE.splitlines() if line.startswith("| ") and "---" not in line and "| where" not in line]


@pytest.mark.parametrize(("file", "test"), sorted(set(_NAMED)), ids=lambda value: str(value).rpartition("/")[2])
def test_page_names_tests_that_exist(file: str, test: str) -> None:
    """Every test that docs/runner.md names is there."""
    assert re.search(rf"^def {test}\(", (_ROOT / file).read_text(), re.MULTILINE)


def test_every_point_of_the_page_has_its_place() -> None:
    """Each row names a test, or explains why there is none."""
    assert len(_ROWS) > 50
    assert [row for row in _ROWS if "::" not in row and "Not tested:" not in row] == []


def test_ids_are_ones_that_the_runner_takes() -> None:
    """Inputs and outputs have names that expressions can hold, and that become variables without a change but case."""
    action = yaml.safe_load((_ROOT / "action.yml").read_text())

    names = [*action["inputs"], *action["outputs"]]

    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]*", name)] == []


@pytest.mark.parametrize("home", ["", "/nonexistent", "relative", "/dev/null", "x" * 5000, "/proc/1/root"])
def test_any_home_will_do(program: Program, home: str) -> None:
    """HOME may be missing, no folder, closed to us or no path at all: nothing is read or written there."""
    program.build()

    result = program.act(variables={"HOME": home})

    assert result.status == 0, result.text


def test_path_of_the_machine_is_explained(program: Program) -> None:
    """The runner translates a value that begins with the checkout's path, no later line; the error says so."""
    program.build()

    result = program.act({"packages-dir": "dist\n/home/runner/work/demo/demo/dist"})

    assert result.status == 4
    assert "/home/runner/work/demo/demo/dist" in result.errors[0]
    assert "without ${{ github.workspace }}" in result.errors[0]


def test_token_in_the_environment_stands_in_for_an_empty_input(program: Program) -> None:
    """`github-token: ''` falls back on a job's GITHUB_TOKEN, which is masked like the input."""
    program.repository.visibility = "private"
    program.build()

    result = program.act(
        {"github-token": "", **program.private_inputs()}, variables={"GITHUB_TOKEN": program.github.token}
    )

    assert result.status == 0, result.text
    assert "Visibility, by the REST API: private" in result.text
    assert program.github.token in {command.data for command in result.commands if command.name == "add-mask"}


def test_undeclared_input_of_a_job_is_refused(program: Program) -> None:
    """A variable `INPUT_…` that no input of ours explains stops the run: it may be a misspelt guard."""
    program.build()

    result = program.act(variables={"INPUT_DRY_RUN": "true"})

    assert (result.status, result.outputs["code"]) == (2, "E_INPUT")
    assert "dry-run" in result.errors[0]
    assert program.pypi.connections == 0


@pytest.mark.parametrize("subject", ["repo:octo@1/demo@2:ref:refs/heads/main", "custom:anything", "", None])
def test_subject_of_the_id_token_is_never_read(program: Program, subject: str | None) -> None:
    """`sub` has two forms and may be customised by an organisation: nothing depends on it."""
    program.repository.claims["sub"] = subject
    program.build()

    assert program.act().status == 0


@pytest.mark.parametrize("names", [GITHUB_COM, DATA_RESIDENCY, ENTERPRISE_SERVER], ids=lambda names: names.server)
def test_every_kind_of_github_server_vouches(names: Names, tmp_path: Path) -> None:
    """github.com, a ghe.com address and an Enterprise Server each sign the visibility and answer for it."""
    with start_public_program(tmp_path, names) as public:
        public.program.repository.visibility = "internal"

        result = public.act(public.program.private_inputs())

        assert result.status == 0, result.text
        assert "Visibility, by the ID token: internal" in result.text
        assert "Visibility, by the REST API: internal" in result.text
        assert len(public.program.private.uploads) == 2


@pytest.mark.parametrize("names", [DATA_RESIDENCY, ENTERPRISE_SERVER], ids=lambda names: names.server)
def test_servers_that_pypi_does_not_know_publish_there_by_token(names: Names, tmp_path: Path) -> None:
    """A public repository of such a server reaches PyPI with an API token, the one way that is open to it."""
    with start_public_program(tmp_path, names) as public:
        public.pypi.create_project(PROJECT, "octocat")

        result = public.act({"public-index-token": public.pypi.api_token("octocat")})

        assert result.status == 0, result.text
        assert len(public.pypi.uploads) == 2


def test_dry_run_tells_that_pypi_does_not_know_the_server(tmp_path: Path) -> None:
    """What no login can mend is found in the rehearsal, before PyPI is shown an ID token that it does not know."""
    with start_public_program(tmp_path, ENTERPRISE_SERVER) as public:
        result = public.act({"dry-run": "true"})

        assert result.status == 5
        assert "https://git.acme.example are not known to PyPI" in result.errors[0]
        assert public.pypi.connections == 0


def test_large_release_fits_into_a_jobs_outputs() -> None:
    """Two hundred distributions stay under the megabyte that GitHub keeps of a job's outputs, counted as UTF-16."""
    files = tuple(
        replace(WHEEL, file=f"acme_core-1.0-cp313-cp313-manylinux_2_28_x86_64.manylinux2014_x86_64_{number:03}.whl")
        for number in range(200)
    )
    url = f"https://files.pythonhosted.org/packages/{'ab/cd/' + 'e' * 60}/{files[0].file}"
    reports = tuple(FileReport(distribution=each, outcome=Outcome.UPLOADED, url=url) for each in files)
    uploads = tuple(PlannedUpload(file=each.file, action=Action.UPLOAD) for each in files)
    release = replace(
        GOOD,
        distributions=files,
        uploads=uploads,
        delivery=DeliveryReport(files=reports, served=Served.TRUE),
    )

    outputs = render_outputs(release)

    assert files[-1].file in outputs["plan"]
    assert sum(len(f"{name}{value}".encode("utf-16-le")) for name, value in outputs.items()) < 1_000_000


def test_failure_is_one_annotation(program: Program) -> None:
    """A failed run has one error with everything in it; the runner would show ten at most."""
    program.build()

    result = program.act({"parallel-uploads": "many", "verbose": "perhaps", "dry-run": "no"})

    assert len(result.errors) == 1
    assert all(name in result.errors[0] for name in ("parallel-uploads", "verbose", "dry-run"))
    assert len(result.errors[0]) < 4096
    assert [command.name for command in obeyed(result.log) if command.name in {"debug", "stop-commands"}] == []
