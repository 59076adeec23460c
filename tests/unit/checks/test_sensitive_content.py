"""Secrets, memory dumps and obfuscated code in the members of a distribution."""

import pytest

from publish_action.checks.findings import MOST_ALLOWABLE
from publish_action.checks.sensitive_content import find_in_contents
from publish_action.distributions.scanning.patterns import LOCALHOST_CERTIFICATE
from publish_action.distributions.scanning.scanner import CORE_DUMP, Hit
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import wheel_of_paths


@pytest.mark.parametrize(
    ("key", "other", "code"),
    [
        ("demo-1.0/dummyserver/certs/server.key", "", "W_SECRET"),
        ("demo-1.0/src/core/test_creds/server.key", "", "W_SECRET"),
        ("demo-1.0/mock/ca.pem", "", "W_SECRET"),
        ("demo-1.0/src/fake_ca.py", "", "W_SECRET"),
        ("demo-1.0/certs/server.key", "demo-1.0/certs/server.pem", "W_SECRET"),
        ("demo-1.0/certs/server.pem", "demo-1.0/certs/server.pem", "W_SECRET"),
        ("demo-1.0/certs/server.key", "demo-1.0/certs/other.pem", "E_SECRET"),
        ("demo-1.0/certs/server.key", "", "E_SECRET"),
        ("demo-1.0/demo_mock/server.key", "", "E_SECRET"),
        ("demo-1.0/contest/latest.key", "", "E_SECRET"),
    ],
)
def test_throw_away_key_is_known_by_what_surrounds_it(key: str, other: str, code: str) -> None:
    """Issue 10, A5: words of its path, or a certificate for localhost; never the project's own name."""
    hits = (hit("private-key", member=key), *((hit(LOCALHOST_CERTIFICATE, member=other),) if other else ()))

    assert [finding.code for finding in found(*hits)] == [code]


@pytest.mark.parametrize("pattern", ["pypi-token", "github-token", "aws-key"])
def test_no_surroundings_doubt_a_token(pattern: str) -> None:
    """Only keys are made to be thrown away: a token in `dummyserver` is one all the same."""
    assert [finding.code for finding in found(hit(pattern, member="demo-1.0/dummyserver/a.py"))] == ["E_SECRET"]


def test_dumps_beyond_the_bound_are_counted() -> None:
    """None passes unseen because a policy allows each of those that have a finding of their own."""
    findings = found(*(hit(CORE_DUMP, 0, f"demo/{number}") for number in range(MOST_ALLOWABLE + 2)))

    assert len(findings) == MOST_ALLOWABLE + 1
    assert (findings[-1].code, findings[-1].member) == ("E_SENSITIVE_FILE", "")
    assert "2 more of its members" in findings[-1].message


def hit(pattern: str, line: int = 3, member: str = "demo/a.py", doubt: str = "") -> Hit:
    """Return one place that a pattern matched."""
    return Hit(member=member, line=line, pattern=pattern, doubt=doubt)


def found(*hits: Hit) -> list[Finding]:
    """Return what is said of a wheel with these hits."""
    return list(find_in_contents(wheel_of_paths("demo/a.py", hits=hits)))


def test_secret_is_refused_with_its_place_and_where_to_revoke_it() -> None:
    """A certain secret is an error of kind leak: member, lines, what it is, and first of all its revocation."""
    (finding,) = found(hit("pypi-token"), hit("pypi-token", line=9))

    assert (finding.code, finding.rule, finding.member) == ("E_SECRET", Rule.LEAK, "demo/a.py")
    assert finding.message == "demo/a.py, lines 3, 9, holds an API token of PyPI."
    assert finding.remedy.startswith("Revoke it first (https://pypi.org/manage/account/token/)")


def test_secret_in_a_binary_has_no_line() -> None:
    """Where there are no lines, none is told."""
    (finding,) = found(hit("pypi-token", line=0))

    assert finding.message == "demo/a.py holds an API token of PyPI."


def test_doubtful_secret_is_a_warning_with_its_doubt() -> None:
    """A hit with a doubt stops nothing, and the message says what speaks against it."""
    (finding,) = found(hit("aws-key", doubt="it looks like a placeholder"))

    assert (finding.code, finding.severity) == ("W_SECRET", Severity.WARNING)
    assert "but it looks like a placeholder" in finding.message


def test_certain_and_doubtful_are_told_apart_in_one_member() -> None:
    """A placeholder in the same file does not soften a secret."""
    assert [finding.code for finding in found(hit("npm-token"), hit("npm-token", doubt="it may"))] == [
        "E_SECRET",
        "W_SECRET",
    ]


def test_core_dump_is_a_sensitive_file() -> None:
    """A memory dump is refused whatever it is named."""
    (finding,) = found(hit(CORE_DUMP, line=0, member="demo/data"))

    assert (finding.code, finding.rule, finding.member) == ("E_SENSITIVE_FILE", Rule.LEAK, "demo/data")


def test_obfuscated_code_is_pypis_refusal() -> None:
    """What PyArmor made is an error for PyPI alone, one for all members."""
    (finding,) = found(*(hit("pyarmor", member=f"demo/{number}.py") for number in range(9)))

    assert (finding.code, finding.rule) == ("E_PYPI_OBFUSCATED", Rule.PYPI)
    assert "demo/2.py and 6 more" in finding.message


def test_secrets_are_bounded() -> None:
    """A file full of secrets gives few errors, and the last one counts the rest."""
    findings = found(*(hit("npm-token", member=f"{number}.py") for number in range(150)))

    assert len(findings) == MOST_ALLOWABLE + 1
    assert findings[-1].message.startswith("50 more")
