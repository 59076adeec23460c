"""The table of reason codes, and the texts made from it."""

import re
from pathlib import Path

import pytest

from publish_action import errors
from publish_action.errors import ExitStatus, PublishError
from publish_action.reasons import REASONS, explain, find_nearest_code, render_reasons

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reasons.md"


def test_docs_show_the_table() -> None:
    """docs/reasons.md is made from the table."""
    assert DOCS.read_text() == render_reasons()


@pytest.mark.parametrize("code", list(REASONS))
def test_every_code_has_a_page(code: str) -> None:
    """A code says what it means and what to do, in sentences."""
    reason = REASONS[code]

    assert re.fullmatch(r"(OK|E|W)_[A-Z_]+", code)
    assert reason.meaning.endswith(".")
    assert reason.remedy.endswith(".")
    assert (reason.status is ExitStatus.DONE) == code.startswith(("OK_", "W_"))


def test_no_code_stands_twice() -> None:
    """Each code has one home."""
    assert render_reasons().count("\n## ") == len(REASONS)


def test_page_is_found_in_any_letter_case() -> None:
    """`publish-action explain e_trigger` is understood."""
    page = explain(" e_trigger ")

    assert page is not None
    assert page.startswith("E_TRIGGER (row 1, exit status 3)\n\nA pull request")
    assert "\n\nWhat to do: Publish from a release" in page


def test_code_outside_the_table_has_no_row() -> None:
    """A code that the decision never says names its exit status only."""
    page = explain("E_INPUT")

    assert page is not None
    assert page.startswith("E_INPUT (exit status 2)\n")


@pytest.mark.parametrize("code", ["", "E_NOTHING", "TRIGGER"])
def test_unknown_code_has_no_page(code: str) -> None:
    """What is no code is not guessed."""
    assert explain(code) is None


@pytest.mark.parametrize(
    "error",
    [
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, PublishError) and error.code
    ],
)
def test_every_error_has_a_page_with_its_exit_status(error: type[PublishError]) -> None:
    """What an error class ends a run with is what its page says."""
    assert REASONS[error.code].status is error.status


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("E_VISIBILITY_CHANGED", ExitStatus.REFUSED),
        ("E_TAG_MISMATCH", ExitStatus.DISTRIBUTIONS),
        ("E_DIST_CHANGED", ExitStatus.DISTRIBUTIONS),
        ("E_FILE_EXISTS", ExitStatus.INDEX_REFUSED),
        ("E_REDIRECT", ExitStatus.INDEX_REFUSED),
        ("E_TLS", ExitStatus.UNREACHABLE),
    ],
)
def test_code_of_a_later_step_has_its_exit_status(code: str, status: ExitStatus) -> None:
    """What goes wrong after the decision is classed as the contract's section 4 has it."""
    assert REASONS[code].status is status


@pytest.mark.parametrize(
    ("code", "near"),
    [("E_UPLOAD_ULR", "E_UPLOAD_URL"), ("e_creds_missing", "E_CREDENTIAL_MISSING"), ("xyz", ""), ("A" * 10_000, "")],
)
def test_misspelled_code_is_answered_with_the_nearest_one(code: str, near: str) -> None:
    """`publish-action explain` of a misspelled code names the one that was meant, where one is near."""
    assert find_nearest_code(code) == near


def test_no_remedy_deletes_what_is_published() -> None:
    """A remedy that deletes or yanks harms whoever has pinned it, and PyPI never takes a file name again."""
    for code, reason in REASONS.items():
        assert not {"delete", "yank"} & set(reason.remedy.lower().replace(",", " ").split()), code
