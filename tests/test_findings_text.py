"""How findings are told: each once, errors first, with the files they were found in."""

from dataclasses import replace

from publish_action.findings import doubtful, not_standard
from publish_action.findings_text import count_errors, gather_findings
from publish_action.model import Severity

BAD = not_standard("E_X", file="a.whl", message="It is wrong.", remedy="Mend it.")
ODD = doubtful("W_X", file="a.whl", message="It is odd.", remedy="Look at it.")


def test_an_error_comes_before_a_warning() -> None:
    """What refuses is told first, whatever the order in which it was found."""
    told = gather_findings([ODD, BAD])

    assert [(each.severity, each.code, each.text) for each in told] == [
        (Severity.ERROR, "E_X", "a.whl: It is wrong. Mend it."),
        (Severity.WARNING, "W_X", "a.whl: It is odd. Look at it."),
    ]


def test_what_is_wrong_in_many_files_is_told_once() -> None:
    """Three files are named, the others counted; another member or message is another text."""
    many = [replace(BAD, file=f"{letter}.whl") for letter in "abcde"]

    told = gather_findings([*many, replace(BAD, message="It is bad."), replace(BAD, member="m")])

    assert [each.text for each in told] == [
        "a.whl, b.whl, c.whl and 2 more: It is wrong. Mend it.",
        "a.whl: It is bad. Mend it.",
        "a.whl: It is wrong. Mend it.",
    ]


def test_a_finding_of_no_file_names_none() -> None:
    """What is wrong with all of them together has no file in front."""
    (told,) = gather_findings([replace(BAD, file="")])

    assert told.text == "It is wrong. Mend it."


def test_errors_are_counted_by_code() -> None:
    """Warnings are not counted, and one of a kind has no number."""
    assert count_errors([BAD, ODD, BAD, replace(BAD, code="E_Y")]) == "2 x E_X, E_Y"
    assert count_errors([ODD]) == ""
