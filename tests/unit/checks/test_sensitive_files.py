"""Members that must not be published, by their names, their places and the credentials in them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.checks.findings import MOST_ALLOWABLE
from publish_action.checks.sensitive_content import find_in_contents
from publish_action.checks.sensitive_files import find_sensitive_members
from publish_action.distributions.contents import Contents
from publish_action.distributions.scanning.patterns import CREDENTIAL_LINE
from publish_action.distributions.scanning.scanner import Hit
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import wheel_of_paths

HOLDERS = (
    *(".env", "demo/.env", ".env.production", "demo/.ENV", "src\\.env", ".pypirc", ".netrc", "_netrc", ".npmrc"),
    *(".github/.env", "node_modules/a/.npmrc"),
)

REFUSED = (
    *(".git/config", "demo-1.0/.git/HEAD", ".hg/store", ".svn/wc.db", ".git-credentials", ".ssh/config", "id_rsa"),
    *("keys/id_ed25519", ".aws/credentials", ".azure/a.json", ".config/gcloud/a.db", ".kube/config"),
    *(".docker/config.json", ".vault-token", "prod.tfstate", "a.tfstate.backup", ".terraform/a", ".htpasswd"),
    *("a.kdbx", "a.ppk", ".bash_history", ".python_history", ".claude/settings.local.json", ".cursor/mcp.json"),
    *(".aider.chat.history.md", ".codex/auth.json", ".mcpregistry_github_token", "run-maturin-action.sh"),
    *("_temp/_github_workflow/event.json", "gha-creds-0a1b2c.json", ".vscode/sftp.json"),
)

PRIVATE_IN_TESTS = (
    *("tests/repository/.git/config", "docs/.claude/settings.local.json", "tests/.bash_history"),
    *("tests/.specstory/history/a.md", ".claude/projects/a/b.jsonl", ".codex/auth.json", ".cursor/mcp.json"),
    *(".claude/commands/mine.local.md", ".claude/settings.local.json", ".gemini/oauth_creds.json"),
)

SHARED = (
    *(".claude/commands/review.md", ".claude/skills/a/SKILL.md", ".claude/settings.json", ".claude/CLAUDE.md"),
    *("docs/.cursor/rules", "docs/.cursor/rules/a.mdc", ".kiro/steering/a.md", ".roo/rules-code/a.md"),
    *(".gemini/commands/a.toml", ".aider.conf.yml", ".junie/guidelines.md", ".opencode/agent/a.md"),
)

FIXTURES = (
    *("tests/test_apps/.env", "tests/fixtures/.netrc", "tests/examplefiles/id_ecdsa", "tests/data/a.kdbx"),
    *("tests/.aws/credentials", "examples/terraform.tfstate", "docs/.pypirc"),
)

WARNED = (
    *("a.pem", "server.key", "Windows_TemporaryKey.pfx", "a.jks", ".yarnrc.yml", "a.js.map", "a.cpython-311.pyc"),
    *(".github/workflows/a.yml", ".gitlab-ci.yml", ".vscode/settings.json", ".idea/misc.xml", "node_modules/a.js"),
    *(".coverage", ".envrc", "prod.env", ".DS_Store", "core.4711"),
)

FINE = (
    *(".env.example", ".env.sample", ".env.local.template", "env.py", "demo/environment.py", ".envs/a.py"),
    *("certifi/cacert.pem", "id_rsa.pub", "demo/git/a.py", ".gitignore", ".gitattributes", ".coveragerc"),
    *(
        "demo/core/__init__.py",
        "demo/core",
        "demo/core.py",
        "core.1.txt",
        "man/core.1",
        "aws/credentials.py",
        "demo/claude/a.py",
    ),
    *("build/kernel.map", "levels/e1.map", ".aiderignore"),
    *("config.json", "example.env", "demo/.environment", "netrc.py", "event.json"),
)


def judged(*paths: str) -> list[Finding]:
    """Return what is said of a wheel with these members."""
    return list(find_sensitive_members(wheel_of_paths(*paths)))


@pytest.mark.parametrize("path", REFUSED)
def test_sensitive_member_is_refused(path: str) -> None:
    """A member that nobody means to publish is an error of kind leak that names it."""
    (finding,) = judged("demo/a.py", path)

    assert (finding.code, finding.severity, finding.rule) == ("E_SENSITIVE_FILE", Severity.ERROR, Rule.LEAK)
    assert path in finding.message
    assert path.replace("\\", "/").startswith(finding.member.replace("\\", "/"))
    assert "[tool.hatch.build]" in finding.remedy


@pytest.mark.parametrize("path", HOLDERS)
def test_file_for_credentials_is_weighed_by_what_it_holds(path: str) -> None:
    """Issue 10, A4: an `.npmrc` with a login refuses, one with a setting warns, and one among tests warns."""
    held = hit(CREDENTIAL_LINE, member=path)

    (refused,) = find_sensitive_members(wheel_of_paths(path, hits=(held,)))
    (without,) = judged(path)
    (doubted,) = find_sensitive_members(
        wheel_of_paths(path, hits=(replace(held, doubt="it looks like a placeholder"),))
    )
    among_tests = replace(held, member=f"tests/{path}")
    (fixture,) = find_sensitive_members(wheel_of_paths(f"tests/{path}", hits=(among_tests,)))

    assert (refused.code, refused.rule, refused.member) == ("E_SENSITIVE_FILE", Rule.LEAK, path)
    assert {each.code for each in (without, doubted, fixture)} == {"W_SENSITIVE_FILE"}


@pytest.mark.parametrize("path", PRIVATE_IN_TESTS)
def test_private_history_or_settings_refuse_wherever_they_lie(path: str) -> None:
    """What somebody typed, said or set for one machine is no fixture."""
    assert [finding.code for finding in judged(path)] == ["E_SENSITIVE_FILE"]


@pytest.mark.parametrize("path", [*SHARED, *FIXTURES])
def test_what_a_team_shares_and_fixtures_are_warned_of(path: str) -> None:
    """Issue 10, A4: instructions under version control and files of tests stop no release."""
    assert [finding.code for finding in judged(path)] == ["W_SENSITIVE_FILE"]


def test_private_file_beside_shared_ones_refuses() -> None:
    """The folder is one finding, which shows the private file and the path that an allowance takes."""
    refused, doubted = judged("demo/.claude/commands/a.md", "demo/.claude/settings.local.json")

    assert (refused.code, doubted.code) == ("E_SENSITIVE_FILE", "W_SENSITIVE_FILE")
    assert refused.message.startswith("demo/.claude (demo/.claude/settings.local.json) is in it")
    assert "can allow `demo/.claude` with a reason" in refused.remedy


@pytest.mark.parametrize("path", WARNED)
def test_doubtful_member_is_warned_of(path: str) -> None:
    """A member that may be right is a warning."""
    (finding,) = judged("demo/a.py", path)

    assert (finding.code, finding.severity) == ("W_SENSITIVE_FILE", Severity.WARNING)
    assert path in finding.message


@pytest.mark.parametrize("path", FINE)
def test_harmless_member_is_passed_over(path: str) -> None:
    """Templates, public certificates and look-alikes are nothing to tell."""
    assert judged("demo/a.py", path) == []


def test_folder_is_one_finding() -> None:
    """A repository of a thousand files is one finding: three are shown, the rest counted, one allowance lifts it."""
    (finding,) = judged(*(f"demo-1.0/.git/objects/{number}" for number in range(1000)))

    assert finding.member == "demo-1.0/.git"
    assert "objects/2 and 997 more" in finding.message


def test_empty_folder_is_told_as_well() -> None:
    """A folder without a member in it is named like one with members."""
    (finding,) = find_sensitive_members(wheel_of_paths(folders=("demo/.ssh",)))

    assert finding.member == "demo/.ssh"


def test_folder_named_as_a_sensitive_file_is_not_one() -> None:
    """`.env` can be a folder, of a virtual environment."""
    assert list(find_sensitive_members(wheel_of_paths(folders=("demo/.env",)))) == []


def test_refusals_are_bounded() -> None:
    """However many sensitive files there are, the errors are few, and the last one counts the rest."""
    findings = judged(*(f"p{number}/.pgpass" for number in range(500)))

    assert len(findings) == MOST_ALLOWABLE + 1
    assert "400 more places" in findings[-1].message


def hit(pattern: str, line: int = 3, member: str = "demo/a.py", doubt: str = "") -> Hit:
    """Return one place that a pattern matched."""
    return Hit(member=member, line=line, pattern=pattern, doubt=doubt)


@settings(max_examples=200, deadline=None)
@given(paths=st.lists(st.text(alphabet=st.sampled_from("./\\aé\0\n.envgitsh"), max_size=30), max_size=6))
def test_no_path_makes_a_rule_fail(paths: list[str]) -> None:
    """Hostile paths give findings on one line, or none."""
    contents: Contents = wheel_of_paths(*paths, hits=tuple(hit("pypi-token", member=path) for path in paths))

    for finding in (*find_sensitive_members(contents), *find_in_contents(contents)):
        assert "\n" not in finding.message
