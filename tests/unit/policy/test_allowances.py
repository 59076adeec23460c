"""What a policy allows to be published though a rule of confidentiality refuses it."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from publish_action.models.finding import Allowance
from publish_action.models.policy import Policy, PolicyInvalid
from publish_action.policy.parser import parse_policy
from publish_action.policy.resolve import list_allowances
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from support.program import POLICY_PATH, PROJECT, Program

TEXT = """\
[[allow]]
member = "acme_core/data/server.txt"
reason = "A published key, worth nothing."
"""
KEY = Allowance(member="acme_core/data/server.txt", reason="A published key, worth nothing.")
# The form of a private key, and no key: the armour alone is what is looked for, so it is put together here.
ARMOUR = "-----{} RSA PRIVATE KEY-----\n"
HELD = f"{ARMOUR.format('BEGIN')}{'MIIEpAIBAAKCAQEA' * 20}\n{ARMOUR.format('END')}"


def read(text: str, wider: Policy | None = None) -> Policy:
    policy = parse_policy(text, source="p", wider=wider)
    assert isinstance(policy, Policy), policy
    return policy


def test_allowances_are_read() -> None:
    """Member and reason are needed; code, project and day narrow it."""
    narrow = 'code = "E_SENSITIVE_FILE"\nproject = "Acme_*"\nexpires = 2027-06-30\n'

    assert read(TEXT).allowances == (KEY,)
    assert read(TEXT + narrow).allowances == (
        replace(KEY, code="E_SENSITIVE_FILE", project="acme-*", expires=date(2027, 6, 30)),
    )


@pytest.mark.parametrize(
    ("allowance", "holds"),
    [
        (KEY, True),
        (replace(KEY, project="acme-core"), True),
        (replace(KEY, project="acme-*"), True),
        (replace(KEY, project="acme-tools"), False),
        (replace(KEY, expires=date(2026, 11, 25)), True),
        (replace(KEY, expires=date(2026, 11, 24)), False),
    ],
)
def test_allowance_holds_for_its_project_up_to_its_last_day(allowance: Allowance, holds: bool) -> None:
    """A pattern of projects is one; the last day counts."""
    policy = Policy(source="p", allowances=(allowance,))

    assert list_allowances(policy, "acme-core", date(2026, 11, 25)) == ((allowance,) if holds else ())


def test_narrowing_policy_lets_nothing_out() -> None:
    """Under an organisation's policy the repository's own allows nothing more; what it repeats does no harm."""
    found = parse_policy(TEXT, source="own", wider=Policy(source="organisation"))

    assert isinstance(found, PolicyInvalid)
    assert found.problems == (
        "line 1: allow.1: the organisation's policy organisation allows no such member, and this one cannot add to it.",
    )
    own = read(TEXT, wider=Policy(source="organisation", allowances=(KEY,)))
    layered = Policy(source="organisation", narrowed_by=own)
    assert list_allowances(layered, "acme-core", date(2026, 11, 25)) == ()


def check(folder: Path) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "publish_action", "check", "dist"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_check_obeys_the_policy_of_the_checkout(tmp_path: Path) -> None:
    """`check` refuses the key, and with the entry tells it as a note, with the reason."""
    (tmp_path / "dist").mkdir()
    build_wheel(tmp_path / "dist", PROJECT, "1.0", members={KEY.member: HELD})

    refused = check(tmp_path)
    (tmp_path / ".github").mkdir()
    (tmp_path / POLICY_PATH).write_text(TEXT)
    allowed = check(tmp_path)

    assert refused.returncode == 4
    assert "E_SECRET" in refused.stderr
    assert allowed.returncode == 0, allowed.stderr
    assert f"the policy allows it. Its reason: {KEY.reason}" in allowed.stdout


def test_check_tells_an_entry_that_fits_nothing(tmp_path: Path) -> None:
    """A misspelt path leaves the refusal, and is told beside it; the path of the message is the right one."""
    (tmp_path / "dist").mkdir()
    build_sdist(tmp_path / "dist", PROJECT, "1.0", members={KEY.member: HELD})
    (tmp_path / ".github").mkdir()
    shown = "acme_core-1.0/" + KEY.member

    (tmp_path / POLICY_PATH).write_text(TEXT.replace("server.txt", "sevrer.txt"))
    misspelt = check(tmp_path)
    (tmp_path / POLICY_PATH).write_text(TEXT.replace(KEY.member, shown))
    right = check(tmp_path)

    assert misspelt.returncode == 4
    assert shown in misspelt.stderr
    assert "W_ALLOWANCE_UNUSED" in misspelt.stdout + misspelt.stderr
    assert right.returncode == 0, right.stderr
    assert "W_ALLOWANCE_UNUSED" not in right.stdout + right.stderr


def test_release_obeys_the_policy_of_the_default_branch(program: Program) -> None:
    """The run reads the policy from GitHub: with the entry there the release goes out, without it nothing is sent."""
    build_wheel(program.dist, PROJECT, "1.0", members={KEY.member: HELD})

    refused = program.act()
    assert (refused.status, refused.outputs["code"]) == (4, "E_SECRET")
    assert program.pypi.connections == 0

    program.repository.files[POLICY_PATH] = TEXT
    allowed = program.act()
    assert allowed.status == 0, allowed.text
    assert KEY.reason in allowed.summary
    assert len(program.pypi.uploads) == 1
