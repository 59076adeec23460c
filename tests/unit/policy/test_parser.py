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

SOURCE = ".github/publish-policy.toml"

WHOLE = """\
unlisted-projects = "refuse"

[index.acme]
url = "https://pkgs.acme.example/legacy/"
audience = "private"
check-url = "https://pkgs.acme.example/simple/"
auth = "aws-codeartifact"
username = "aws"
auth-options = { role-to-assume = "arn:aws:iam::1:role/x", region = "eu-west-1" }

[index.mirror]
url = "https://mirror.example/legacy/"

[project."Acme.Utils"]
indexes = ["acme", "private"]

[project."Acme_In*"]
indexes = ["acme", "private"]
default-index = "private"
public-name = "ours"

[project."*"]
indexes = ["private"]

[project.nowhere]
indexes = []

[project.acme-cli]
indexes = ["pypi"]
allow-public-from-nonpublic = true
environment = "pypi-release"
sdist = true
expires = 2027-01-31
reason = "closed-source wheels for customers"
"""


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


def test_rule_is_found_by_the_normalised_name() -> None:
    """A project is listed under any spelling of its name (PEP 503)."""
    policy = read(WHOLE)

    found = find_rule(policy, "acme-utils")
    assert found is not None
    assert found.indexes == ("acme", "private")
    assert find_rule(read("[project.a]\nindexes = []"), "elsewhere") is None


def test_day_may_be_a_text() -> None:
    """A quoted day means the same day."""
    text = WHOLE.replace("2027-01-31", '"2027-01-31"')

    assert read(text) == read(WHOLE)


def test_switch_that_is_off_is_no_grant() -> None:
    """`allow-public-from-nonpublic = false` says what is the default."""
    rule = find_rule(read('[project.a]\nindexes = ["pypi"]\nallow-public-from-nonpublic = false'), "a")

    assert rule == ProjectRule(project="a", indexes=("pypi",))


GRANT = "[project.a]\nindexes = []\nallow-public-from-nonpublic = true\n"
INDEX = '[index.a]\nurl = "https://a.example/"\n'

ALLOW = "[[allow]]\nmember = 'a/key.pem'\nreason = 'r'\n"
WRONG = [
    ("x", "The policy is not TOML"),
    ("a = 1\na = 2", "The policy is not TOML"),
    ("[" * 9000, "The policy is not TOML"),
    (f"a = {'[' * 9000}", "The policy is not TOML"),
    (f"a = {'9' * 9000}", "The policy is not TOML"),
    ("#" * 70000, "longer than 65536"),
    ("unlisted-project = 'refuse'", "line 1: unlisted-project: there is no such key. Did you mean unlisted-projects?"),
    ("\n\nunlisted-projects = true", "line 3: unlisted-projects: this must be one of refuse, allow."),
    ("index = 1", "line 1: index: this must be a table."),
    ("project = []", "line 1: project: this must be a table."),
    ("[index]\na = 1", "line 2: index.a: this must be a table."),
    ("[project]\na = 1", "line 2: project.a: this must be a table."),
    ("[index.a]\naudience = 'private'", "line 1: index.a: an index needs a url."),
    ("[index.a]\nurl = ''", "line 2: index.a.url: this must be a text that is not empty."),
    ("[index.a]\nurl = 1", "line 2: index.a.url: this must be a text that is not empty."),
    (f"{INDEX}audience = 'internal'", "line 3: index.a.audience: this must be one of public, private."),
    (f"{INDEX}audience = true", "line 3: index.a.audience: this must be one of public, private."),
    (f"{INDEX}auth = 'oidc'", "line 3: index.a.auth: this must be one of auto, basic,"),
    (f"{INDEX}check-url = ''", "line 3: index.a.check-url: this must be a text that is not empty."),
    (f"{INDEX}username = 1", "line 3: index.a.username: this must be a text that is not empty."),
    (f"{INDEX}password = 'x'", "line 3: index.a.password: there is no such key."),
    (f"{INDEX}audiance = 'private'", "Did you mean audience?"),
    (f"{INDEX}auth-options = 'a=b'", "line 3: index.a.auth-options: this must be a table."),
    (f"{INDEX}[index.a.auth-options]\nn = 1", "line 4: index.a.auth-options.n: this must be a text."),
    *((f"[index.{name}]\nurl = 'u'", f"index.{name}: this name is reserved") for name in ("auto", "pypi", "testpypi")),
    ("[index.private]\nurl = 'u'", "line 1: index.private: this name is reserved"),
    ("[index.PyPI]\nurl = 'u'", "line 1: index.PyPI: the name of an index is of lower case letters"),
    ("[index.'']\nurl = 'u'", "the name of an index is of lower case letters"),
    (f"[index.{'a' * 65}]\nurl = 'u'", "the name of an index is of lower case letters"),
    ("[project.a]", "line 1: project.a.indexes: a project needs `indexes`"),
    ("[project.a]\nindexes = 'pypi'", "line 2: project.a.indexes: a project needs `indexes`"),
    ("[project.a]\nindexes = ['pypi', 1]", "line 2: project.a.indexes: a project needs `indexes`"),
    ("[project.a]\nindexes = ['pipy']", "line 2: project.a.indexes: there is no index pipy. Did you mean pypi?"),
    ("[project.a]\nindexes = ['auto']", "line 2: project.a.indexes: there is no index auto."),
    ("[project.a]\ntargets = []\nindexes = []", "line 2: project.a.targets: there is no such key."),
    ('[project."acme-?"]\nindexes = []', "line 1: project.acme-?: this is neither a valid project name (PEP 508) nor"),
    ('[project."-acme*"]\nindexes = []', "line 1: project.-acme*: this is neither a valid project name"),
    ('[project."acme*."]\nindexes = []', "line 1: project.acme*.: this is neither a valid project name"),
    (
        '[project."acme-*"]\nindexes = []\n[project."*-core"]\nindexes = []',
        "line 3: project.*-core: the pattern acme-* is as close for acme-x-core; write an entry that is closer.",
    ),
    (
        '[project."acme-*"]\nindexes = []\n[project."Acme_**"]\nindexes = []',
        "line 3: project.Acme_**: the project acme-* has an entry already, under another spelling.",
    ),
    (
        "[project.a]\nindexes = ['pypi']\ndefault-index = 'private'",
        "line 3: project.a.default-index: private is none of",
    ),
    ("[project.a]\nindexes = ['pypi']\ndefault-index = ''", "line 3: project.a.default-index: this must be a text"),
    (
        "[project.a]\nindexes = ['pypi']\npublic-name = 'mine'",
        "line 3: project.a.public-name: this must be one of",
    ),
    ('[project."аcme"]\nindexes = []', "line 1: project.аcme: this is neither a valid project name"),
    ('[project."-a"]\nindexes = []', "line 1: project.-a: this is neither a valid project name"),
    (
        '[project.a-b]\nindexes = []\n[project."A_B"]\nindexes = []',
        "line 3: project.A_B: the project a-b has an entry already, under another spelling.",
    ),
    (GRANT, "line 1: project.a: a grant needs `environment`"),
    (f"{GRANT}environment = ' '", "line 4: project.a.environment: this must be a text that is not empty."),
    (f"{GRANT}environment = 'e'\nsdist = 'true'", "line 5: project.a.sdist: this must be true or false"),
    (f"{GRANT}environment = 'e'\nsdist = 1", "line 5: project.a.sdist: this must be true or false"),
    (f"{GRANT}environment = 'e'\nexpires = 2027", "line 5: project.a.expires: this must be a day"),
    (f"{GRANT}environment = 'e'\nexpires = '2027-13-01'", "line 5: project.a.expires: this must be a day"),
    (f"{GRANT}environment = 'e'\nexpires = '20270131'", "line 5: project.a.expires: this must be a day"),
    (f"{GRANT}environment = 'e'\nexpires = 2027-01-31T00:00:00Z", "line 5: project.a.expires: this must be a day"),
    (f"{GRANT}environment = 'e'\nreason = 1", "line 5: project.a.reason: this must be a text"),
    (GRANT.replace("true", "'yes'"), "line 3: project.a.allow-public-from-nonpublic: this must be true or false"),
    (GRANT.replace("true", "1"), "line 3: project.a.allow-public-from-nonpublic: this must be true or false"),
    *(
        (f"[project.a]\nindexes = []\n{line}", "this belongs to a grant, which needs")
        for line in ("environment = 'e'", "sdist = true", "expires = 2027-01-31", "reason = 'r'")
    ),
    ("allow = 'a'", "line 1: allow: this must be tables, each under a line [[allow]]."),
    ("allow = ['a']", "line 1: allow.1: this must be a table."),
    ("[allow]\nmember = 'a'\nreason = 'r'", "line 1: allow: this must be tables"),
    ("[[allow]]\nreason = 'r'", "line 1: allow.1: an allowance needs a member."),
    ("[[allow]]\nmember = 'a'", "line 1: allow.1: an allowance needs a reason."),
    ("[[allow]]\nmember = ''\nreason = 'r'", "line 2: allow.1.member: this must be a text that is not empty."),
    (f"{ALLOW}{ALLOW}files = 'x'", "line 7: allow.2.files: there is no such key."),
    (f"{ALLOW}code = 'E_TRIGGER'", "line 4: allow.1.code: this must be one of E_SECRET, E_SENSITIVE_FILE."),
    (f"{ALLOW}project = 'a b'", "line 4: allow.1.project: this is neither a valid project name"),
    (f"{ALLOW}{ALLOW}expires = 'soon'", "line 7: allow.2.expires: this must be a day"),
]


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
    ("policy.parser", "if is_pattern(other) and specificity(other) == specificity(pattern)", "if is_pattern(other)"),
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
