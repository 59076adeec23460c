"""Weighing: what an error of each kind of rule is for each index, and what can change that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.severity import apply_severity, list_unused
from publish_action.models.finding import (
    Allowance,
    Finding,
    Rule,
    Severity,
    doubtful,
    leak,
    not_standard,
    refused_by_pypi,
    uncertain,
)
from publish_action.models.index import Audience

MAKERS = {
    Rule.CERTAINTY: uncertain,
    Rule.STANDARD: not_standard,
    Rule.PYPI: refused_by_pypi,
    Rule.LEAK: leak,
    Rule.ADVICE: doubtful,
}
WHEEL, SDIST = "acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"
ALLOWANCE = Allowance(member="acme/test.key", reason="A test certificate.")


def finding(rule: Rule, *, file: str = WHEEL, member: str = "acme/test.key") -> Finding:
    return MAKERS[rule]("E_X", file=file, member=member, message="It is wrong.", remedy="Mend it.")


def severity(
    rule: Rule, *, audience: Audience = Audience.PUBLIC, strict: bool = True, allowances: tuple[Allowance, ...] = ()
) -> Severity:
    (weighed,) = apply_severity([finding(rule)], audience=audience, verify_metadata=strict, allowances=allowances)
    return weighed.severity


@pytest.mark.parametrize(
    ("rule", "public", "private", "public_lax", "private_lax"),
    [
        (Rule.CERTAINTY, "error", "error", "error", "error"),
        (Rule.STANDARD, "error", "error", "warning", "warning"),
        (Rule.PYPI, "error", "warning", "warning", "warning"),
        (Rule.LEAK, "error", "warning", "error", "warning"),
    ],
)
def test_each_kind_of_rule_weighs_as_the_contract_says(
    rule: Rule, public: str, private: str, public_lax: str, private_lax: str
) -> None:
    """`verify-metadata: false` reaches what an index would reject; confidentiality asks who can read the index."""
    assert severity(rule) == public
    assert severity(rule, audience=Audience.PRIVATE) == private
    assert severity(rule, strict=False) == public_lax
    assert severity(rule, audience=Audience.PRIVATE, strict=False) == private_lax


@pytest.mark.parametrize("rule", [Rule.CERTAINTY, Rule.STANDARD, Rule.PYPI])
def test_an_allowance_answers_no_other_rule(rule: Rule) -> None:
    """What a policy allows is a member that would be a leak, and nothing else."""
    assert severity(rule, allowances=(ALLOWANCE,)) is Severity.ERROR


@pytest.mark.parametrize("audience", list(Audience))
def test_an_allowed_member_is_noted_with_the_reason(audience: Audience) -> None:
    """The finding stays to be seen, and says who answers for it."""
    (noted,) = apply_severity([finding(Rule.LEAK)], audience=audience, verify_metadata=True, allowances=(ALLOWANCE,))

    assert noted.severity is Severity.NOTE
    assert noted.remedy == "Nothing: the policy allows it. Its reason: A test certificate."


@pytest.mark.parametrize(
    ("file", "member", "allowance", "is_allowed"),
    [
        (WHEEL, "acme/test.key", ALLOWANCE, True),
        (SDIST, "acme-1.0/acme/test.key", ALLOWANCE, True),
        (SDIST, "acme-1.0/acme/test.key", replace(ALLOWANCE, member="acme-1.0/acme/test.key"), True),
        (SDIST, "acme-1.0/acme/test.key", replace(ALLOWANCE, member="test.key"), False),
        (WHEEL, "acme/.claude", replace(ALLOWANCE, member="acme/.claude/"), True),
        (WHEEL, "acme/other.key", ALLOWANCE, False),
        (WHEEL, "acme/test.key/x", ALLOWANCE, False),
        (WHEEL, "", replace(ALLOWANCE, member=""), False),
        (WHEEL, "acme/test.key", replace(ALLOWANCE, code="E_X"), True),
        (WHEEL, "acme/test.key", replace(ALLOWANCE, code="E_Y"), False),
    ],
)
def test_an_allowance_is_for_one_named_member(file: str, member: str, allowance: Allowance, is_allowed: bool) -> None:
    """The path is the one that the message shows; an sdist's folder at the top may be left out, as it changes."""
    one = finding(Rule.LEAK, file=file, member=member)

    (weighed,) = apply_severity([one], audience=Audience.PUBLIC, verify_metadata=True, allowances=(allowance,))

    assert (weighed.severity is Severity.NOTE) == is_allowed


@given(
    rules=st.lists(st.sampled_from(list(Rule))),
    audience=st.sampled_from(list(Audience)),
    strict=st.booleans(),
)
def test_nothing_is_lost_and_nothing_grows(rules: list[Rule], audience: Audience, strict: bool) -> None:
    """Every finding is there afterwards, in its place, no graver than it was; warnings stay as they are."""
    warned = doubtful("W_X", file=WHEEL, message="Look.", remedy="There.")
    findings = [*map(finding, rules), warned]

    weighed = apply_severity(findings, audience=audience, verify_metadata=strict)

    assert [replace(each, severity=Severity.ERROR) for each in weighed] == [
        replace(each, severity=Severity.ERROR) for each in findings
    ]
    assert weighed[-1] == warned


def test_an_allowance_that_fits_nothing_is_told() -> None:
    """Issue 10, A4: a misspelt path is a warning of its own; one that is needed, or answers a note, is not."""
    misspelt, other_code = replace(ALLOWANCE, member="acme/tset.key"), replace(ALLOWANCE, code="E_Y")

    found = list_unused(
        [finding(Rule.LEAK), finding(Rule.PYPI, member="acme/tset.key")], [ALLOWANCE, misspelt, other_code]
    )

    assert [(each.code, each.severity) for each in found] == [("W_ALLOWANCE_UNUSED", Severity.WARNING)] * 2
    assert "'acme/tset.key'" in found[0].message
