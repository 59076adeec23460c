"""Policies: what is understood, and everything that is wrong with one at once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.models.index import Audience
from publish_action.models.policy import Grant, Policy, PolicyIndex, PolicyInvalid, ProjectRule, PublicName
from publish_action.policy.parser import parse_policy
from publish_action.policy.resolve import find_rule
from support.mutants import load_mutant
from support.policies import SOURCE, WHOLE, WRONG


def read(text: str) -> Policy:
    policy = parse_policy(text, source=SOURCE)
    assert isinstance(policy, Policy)
    return policy


def problems(text: str) -> tuple[str, ...]:
    policy = parse_policy(text, source=SOURCE)
    assert isinstance(policy, PolicyInvalid)
    return policy.problems


def test_whole_policy_is_understood() -> None:
    """Indexes, projects and grants are read as the contract's section 5 writes them."""
    assert read(WHOLE) == Policy(
        source=SOURCE,
        indexes=(
            PolicyIndex(
                name="acme",
                url="https://pkgs.acme.example/legacy/",
                audience=Audience.PRIVATE,
                check_url="https://pkgs.acme.example/simple/",
                auth="aws-codeartifact",
                username="aws",
                auth_options=(("role-to-assume", "arn:aws:iam::1:role/x"), ("region", "eu-west-1")),
            ),
            # Not marked means public.
            PolicyIndex(name="mirror", url="https://mirror.example/legacy/", audience=Audience.PUBLIC),
        ),
        projects=(
            ProjectRule(project="acme-utils", indexes=("acme", "private")),
            ProjectRule(
                project="acme-in*",
                indexes=("acme", "private"),
                default_index="private",
                public_name=PublicName.OURS,
            ),
            ProjectRule(project="*", indexes=("private",)),
            ProjectRule(project="nowhere", indexes=()),
            ProjectRule(
                project="acme-cli",
                indexes=("pypi",),
                grant=Grant(
                    environment="pypi-release",
                    sdist=True,
                    expires=date(2027, 1, 31),
                    reason="closed-source wheels for customers",
                ),
            ),
        ),
        unlisted_refused=True,
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", 'unlisted-projects = "allow"'])
def test_empty_policy_restricts_nothing(text: str) -> None:
    """A policy without entries is a policy, and no restriction."""
    assert read(text) == Policy(source=SOURCE)


def test_day_may_be_a_text() -> None:
    """A quoted day means the same day."""
    text = WHOLE.replace("2027-01-31", '"2027-01-31"')

    assert read(text) == read(WHOLE)


def test_switch_that_is_off_is_no_grant() -> None:
    """`allow-public-from-nonpublic = false` says what is the default."""
    rule = find_rule(read('[project.a]\nindexes = ["pypi"]\nallow-public-from-nonpublic = false'), "a")

    assert rule == ProjectRule(project="a", indexes=("pypi",))


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_not_understood_is_a_problem(text: str, problem: str) -> None:
    """A policy that says anything unknown is no policy; the problem names the line and the key."""
    assert any(problem in found for found in problems(text)), problems(text)


def test_all_problems_come_at_once() -> None:
    """One run tells everything that is to be repaired."""
    found = problems("colour = 1\n[index.acme]\naudiance = 'private'\n[project.a]\nindexes = ['acmee']\nsdist = true")

    assert [problem.split(":")[0] for problem in found] == ["line 1", "line 3", "line 2", "line 5", "line 6"]


def test_endless_problems_are_counted() -> None:
    """A hostile policy does not fill the log."""
    found = problems("\n".join(f"key{number} = 1" for number in range(2000)))

    assert len(found) == 51
    assert found[-1] == "… and 1950 more problems."


def test_long_names_are_shortened() -> None:
    """Nor does a key of many thousand letters."""
    assert all(len(problem) < 300 for problem in problems(f"{'k' * 60000} = 1"))


NARROWING = [
    ('[index.acme]\nurl = "https://pkgs.acme.example/other/"', "line 1: index.acme: the organisation's policy"),
    ('[index.own]\nurl = "https://own.example/"', "has no such index, and this one cannot add to it."),
    ("[project.a]\nindexes = ['mirrror']", "there is no index mirrror. Did you mean mirror?"),
]


@pytest.mark.parametrize(("text", "problem"), NARROWING)
def test_narrowing_policy_adds_no_index(text: str, problem: str) -> None:
    """A repository's policy under an organisation's can neither add an index nor move one (invariant I12)."""
    found = parse_policy(text, source=SOURCE, wider=read(WHOLE))

    assert isinstance(found, PolicyInvalid)
    assert problem in " ".join(found.problems)


def test_narrowing_policy_may_repeat_and_name_what_the_wider_one_defines() -> None:
    """An index may be defined alike in both, so that the repository's policy can be read alone; it need not be."""
    text = '[index.mirror]\nurl = "https://mirror.example/legacy/"\n[project.a]\nindexes = ["acme", "mirror", "pypi"]'

    found = parse_policy(text, source=SOURCE, wider=read(WHOLE))

    assert isinstance(found, Policy)
    assert found.projects[0].indexes == ("acme", "mirror", "pypi")


LINES = st.sampled_from(
    [
        *(
            "[index.acme]",
            "[index]",
            "[project.a]",
            '[project."A.b"]',
            "[project]",
            "[[project]]",
            "[index.acme.auth-options]",
        ),
        *('url = "https://a.example/"', "audience = 'private'", "audience = 1", "indexes = ['acme']", "indexes = 1"),
        *(
            "allow-public-from-nonpublic = true",
            "environment = 'e'",
            "expires = 2027-01-31",
            "sdist = true",
            "x.y = {}",
        ),
        *("unlisted-projects = 'refuse'", "reason = '''", "'''", "]", "# index", "a = nan", 'b = "\\ud800"'),
    ]
)


@given(text=st.one_of(st.text(), st.builds("\n".join, st.lists(LINES, max_size=12))))
def test_every_text_is_a_policy_or_a_problem(text: str) -> None:
    """No text raises; what is not a policy says why."""
    policy = parse_policy(text, source=SOURCE)

    assert isinstance(policy, Policy) or policy.problems


GUARDS = (
    ("policy.parser", "if len(text) > _LONGEST_POLICY:", "if False:"),
    ("policy.parser", "if reader.problems else policy", "if False else policy"),
    ("policy.parser", "reader.refuse_unknown((), document, _TOP_NAMES)", "pass"),
    ("policy.parser", "reader.refuse_unknown(path, table, _INDEX_NAMES)", "pass"),
    ("policy.parser", "reader.refuse_unknown(path, table, _PROJECT_NAMES)", "pass"),
    ("policy.parser", '== "refuse",', '== "allow",'),
    ("policy.parser", "if name in RESERVED:", "if False:"),
    ("policy.parser", "elif not is_index_name(name):", "elif False:"),
    ("policy.parser", 'if "url" not in table:', "if False:"),
    ("policy.parser", "if project in rules:", "if False:"),
    ("policy.parser", "if not _PROJECT_NAME.fullmatch(name):", "if False:"),
    ("policy.parser", "return normalise_pattern(name)", "return name"),
    ("policy.parser", "elif is_pattern(project):", "elif False:"),
    ("policy.parser", "and specificity(other) == specificity(pattern)", ""),
    ("policy.parser", "if default and default not in indexes:", "if False:"),
    ("policy.parser", "or len(names) != len(value):", ":"),
    ("policy.parser", "        if name not in known:\n", "        if False:\n"),
    ("policy.parser", "            if key in table:\n", "            if False:\n"),
    ("policy.parser", 'if "environment" not in table:', "if False:"),
    ("policy.parser", "if key.is_required and key.name not in table:", "if False:"),
    (
        "policy.parser",
        '    if not isinstance(value, list):\n        reader.object_to(("allow",)',
        '    if False:\n        reader.object_to(("allow",)',
    ),
    ("policy.parser", "reader.refuse_unknown(path, table, _ALLOW_NAMES)", "pass"),
    ("policy.reader", "table.get(key.name, key.default)", "table.get(key.name, '')"),
    ("policy.reader", "and not isinstance(value, datetime)", ""),
    ("policy.reader", "and _DAY.fullmatch(value)", ""),
    ("policy.reader", "        if isinstance(value, bool):\n", "        if value in (True, False):\n"),
    ("policy.reader", "(value.strip() or path[-1] not in table)", "True"),
    ("policy.reader", "if rest > 0 else []", "if False else []"),
    ("policy.reader", "problems[:_MOST_PROBLEMS]", "problems"),
    ("policy.reader", "table = (*table, str(entries[table]))", "pass"),
)


@pytest.mark.parametrize(("room", "old", "new"), GUARDS)
def test_every_guard_is_needed(room: str, old: str, new: str) -> None:
    """Without one of its guards, the parser reads a policy of these tests otherwise, or breaks."""
    mutant = load_mutant(("policy.reader", "policy.parser"), room, old, new)["policy.parser"]
    texts = [WHOLE, "", *(text for text, _ in WRONG), "\n".join(f"key{number} = 1" for number in range(60))]

    try:
        changed = [mutant.parse_policy(text, source=SOURCE) for text in texts] != [
            parse_policy(text, source=SOURCE) for text in texts
        ]
    except (RecursionError, TypeError):
        changed = True
    assert changed
