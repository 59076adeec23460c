"""Inputs: what is typed becomes typed values, or a list of all that is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from publish_action.config.input_table import INPUTS, PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL, InputKind
from publish_action.config.inputs import InputProblems, Inputs, parse_inputs, read_environment, secrets_of
from publish_action.secret import Secret

# The contract's table of inputs: name and default. Kept apart from the code's own table on purpose.
CONTRACT = {
    "packages-dir": "dist",
    "project": "",
    "index": "auto",
    "public-index-url": "https://upload.pypi.org/legacy/",
    "public-index-token": "",
    "private-index-url": "",
    "private-index-check-url": "",
    "private-index-auth": "auto",
    "private-index-username": "__token__",
    "private-index-password": "",
    "private-index-auth-options": "",
    "policy": ".github/publish-policy.toml",
    "github-token": "",
    "attestations": "auto",
    "sigstore-trust-config": "",
    "skip-existing": "true",
    "verify-metadata": "true",
    "tag-check": "auto",
    "parallel-uploads": "4",
    "wait-until-served": "true",
    "wait-timeout": "300",
    "name-check": "false",
    "ca-bundle": "",
    "client-cert": "",
    "dry-run": "false",
    "print-hash": "true",
    "verbose": "false",
}
BOOLEANS = [spec.name for spec in INPUTS if spec.kind is InputKind.BOOLEAN]


def read(**typed: str) -> Inputs:
    inputs = parse_inputs({name.replace("_", "-"): value for name, value in typed.items()})
    assert isinstance(inputs, Inputs), inputs
    return inputs


def problems(**typed: str) -> tuple[str, ...]:
    found = parse_inputs({name.replace("_", "-"): value for name, value in typed.items()})
    assert isinstance(found, InputProblems), found
    return found.problems


def test_table_is_the_contract() -> None:
    """The inputs and their defaults are exactly the contract's, in its order."""
    assert {spec.name: spec.default for spec in INPUTS} == CONTRACT
    assert [spec.name for spec in INPUTS] == list(CONTRACT)


def test_upload_addresses_are_twines() -> None:
    """PyPI's and TestPyPI's upload addresses are the ones twine has."""
    assert (PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL) == (DEFAULT_REPOSITORY, TEST_REPOSITORY)


def test_nothing_given_gives_the_defaults() -> None:
    """A workflow that sets no input gets every default."""
    inputs = read()

    assert inputs.packages_dir == ("dist",)
    assert inputs.index == "auto"
    assert inputs.skip_existing is True
    assert inputs.dry_run is False
    assert inputs.parallel_uploads == 4
    assert not inputs.private_index_password


def test_explicit_empty_text_is_not_given() -> None:
    """An input set to the empty text has its default: the runner cannot tell the two apart either."""
    assert parse_inputs(dict.fromkeys(CONTRACT, "")) == parse_inputs({})


def test_runner_variables_keep_their_hyphens() -> None:
    """Input names arrive upper-cased with their hyphens; other variables are no inputs."""
    given_variables = {"INPUT_PACKAGES-DIR": "out", "INPUT_DRY-RUN": "true", "HOME": "/root"}

    assert read_environment(given_variables) == {"packages-dir": "out", "dry-run": "true"}


@pytest.mark.parametrize("name", BOOLEANS)
@pytest.mark.parametrize(("word", "value"), [("true", True), ("True", True), ("TRUE", True), ("false", False)])
def test_booleans_are_yaml_core(name: str, word: str, value: bool) -> None:
    """A boolean input takes the words of the YAML core schema."""
    assert getattr(read(**{name: word}), name.replace("-", "_")) is value


@pytest.mark.parametrize("name", BOOLEANS)
@pytest.mark.parametrize("word", ["yes", "1", "on", "tRUE", "y"])
def test_other_booleans_are_named(name: str, word: str) -> None:
    """Any other word for a boolean is refused with the input's name."""
    (problem,) = problems(**{name: word})

    assert problem.startswith(f"{name}: ")


@pytest.mark.parametrize("name", ["attestations", "tag-check"])
def test_three_way_inputs_take_boolean_words(name: str) -> None:
    """`attestations: True` means the same as `true`."""
    assert getattr(read(**{name: "TRUE"}), name.replace("-", "_")) == "true"


@pytest.mark.parametrize("value", ["0", "17", "-1", "4.0", "four", "٤", "1" * 400])
def test_parallel_uploads_has_bounds(value: str) -> None:
    """`parallel-uploads` is a whole number from 1 to 16."""
    assert problems(parallel_uploads=value) == (f"parallel-uploads: {value!r} is not a whole number from 1 to 16.",)


def test_unknown_input_names_the_nearest() -> None:
    """A misspelt input is refused, with the name that was probably meant."""
    assert problems(packages_di="x") == ("There is no input 'packages-di'. Did you mean 'packages-dir'?",)


def test_rival_spelling_with_underscores_is_understood_as_a_mistake() -> None:
    """`skip_existing`, another action's spelling, is answered with ours."""
    found = parse_inputs({"skip_existing": "true"})

    assert found == InputProblems(problems=("There is no input 'skip_existing'. Did you mean 'skip-existing'?",))


def test_all_problems_come_at_once() -> None:
    """Every problem of the inputs is in one report, the empty secret among them."""
    found = problems(
        nonsense="1", dry_run="yes", parallel_uploads="0", private_index_auth="basic", wait_timeout="x", project="-"
    )

    assert len(found) == 6
    assert "private-index-password is empty" in found[-1]


def test_empty_secret_alone_is_no_problem_of_the_inputs() -> None:
    """A public repository may share a template whose private secret it cannot read: the credential step judges."""
    assert not read(private_index_auth="basic").private_index_password


def test_options_are_pairs() -> None:
    """`private-index-auth-options` are key=value lines; a value may hold `=`."""
    inputs = read(private_index_auth_options="role-to-assume = arn:x\n\nkey=a=b\n")

    assert inputs.private_index_auth_options == (("role-to-assume", "arn:x"), ("key", "a=b"))


def test_line_that_is_no_pair_is_shown() -> None:
    """A line of the options without `=` is refused and shown."""
    assert problems(private_index_auth_options="tenant") == (
        "private-index-auth-options: the line 'tenant' is not key=value.",
    )


def test_project_is_normalised() -> None:
    """`project` is compared as PEP 503 says."""
    assert read(project="Acme.Utils").project == "acme-utils"


def test_secrets_are_trimmed_and_hidden() -> None:
    """A secret pasted with a line end works, and shows in no text."""
    inputs = read(private_index_password="s3cret-value\n")

    assert inputs.private_index_password == Secret("s3cret-value")
    assert "s3cret" not in repr(inputs)


def test_every_secret_can_be_masked_before_the_inputs_are_judged() -> None:
    """Secrets are found among inputs that are otherwise wrong."""
    typed = {"github-token": "ghs_x", "private-index-password": " p ", "public-index-token": "", "dry-run": "nope"}

    assert set(secrets_of(typed)) == {Secret("ghs_x"), Secret("p")}


@settings(max_examples=300)
@given(st.dictionaries(st.one_of(st.sampled_from(sorted(CONTRACT)), st.text(max_size=12)), st.text(max_size=40)))
def test_parsing_is_total(typed: dict[str, str]) -> None:
    """Whatever is typed, the inputs are values or a list of problems."""
    assert isinstance(parse_inputs(typed), Inputs | InputProblems)
