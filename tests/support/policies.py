"""Policies as texts: one that says everything, and those that are wrong, with what is wrong with each."""

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
