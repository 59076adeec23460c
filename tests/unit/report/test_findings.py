"""How findings are told: each once, errors first, with the files they were found in."""

from dataclasses import replace

import pytest

from publish_action.checks.findings import state_with_rule
from publish_action.models.finding import Rule, Severity, doubtful, not_standard
from publish_action.report.findings import count_errors, gather_findings

BAD = not_standard("E_X", file="a.whl", message="It is wrong.", remedy="Mend it.")
ODD = doubtful("W_X", file="a.whl", message="It is odd.", remedy="Look at it.")


def test_an_error_comes_before_a_warning() -> None:
    """What refuses is told first, whatever the order in which it was found."""
    told = gather_findings([ODD, BAD])

    assert [(each.severity, each.code, each.text) for each in told] == [
        (Severity.ERROR, "E_X", "a.whl: It is wrong. [rule of a packaging standard] Mend it."),
        (Severity.WARNING, "W_X", "a.whl: It is odd. [advice of publish-action] Look at it."),
    ]


def test_what_is_wrong_in_many_files_is_told_once() -> None:
    """Three files are named, the others counted; another member or message is another text."""
    many = [replace(BAD, file=f"{letter}.whl") for letter in "abcde"]

    told = gather_findings([*many, replace(BAD, message="It is bad."), replace(BAD, member="m")])

    assert [each.text for each in told] == [
        "a.whl, b.whl, c.whl and 2 more: It is wrong. [rule of a packaging standard] Mend it.",
        "a.whl: It is bad. [rule of a packaging standard] Mend it.",
        "a.whl: It is wrong. [rule of a packaging standard] Mend it.",
    ]


def test_a_finding_of_no_file_names_none() -> None:
    """What is wrong with all of them together has no file in front."""
    (told,) = gather_findings([replace(BAD, file="")])

    assert told.text == "It is wrong. [rule of a packaging standard] Mend it."


@pytest.mark.parametrize("rule", list(Rule))
def test_each_message_names_whose_rule_it_is(rule: Rule) -> None:
    """Nobody takes our wish for an index's refusal: each kind of rule has words of its own."""
    told = {state_with_rule(replace(BAD, rule=each)) for each in Rule}

    assert len(told) == len(Rule)
    assert ("PyPI" in state_with_rule(replace(BAD, rule=rule))) == (rule is Rule.PYPI)


def test_errors_are_counted_by_code() -> None:
    """Warnings are not counted, and one of a kind has no number."""
    assert count_errors([BAD, ODD, BAD, replace(BAD, code="E_Y")]) == "2 x E_X, E_Y"
    assert count_errors([ODD]) == ""
