"""The secrets that are known by their form: how each is found, what it is, and where it is revoked."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

REACH = 640
"""Bytes from its first that decide whether a match is one; no expression looks further ahead."""
NEAR = 256
"""Bytes to either side of a match in which its company counts as near by."""

# What people write where a secret belongs, in lower case: disregarding case takes four times as long (measured).
_PLACES_FOR_SECRETS = re.compile(
    rb"example|xxxx|\*\*\*\*|\.\.\.\.|placeholder|dummy|redacted|change.?me|your|fake|sample|test|insert|secret|token"
    rb"|passw|user:|000000|1234567|abcdef"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPattern:
    """One kind of secret. What its expression matches is looked at, and never kept."""

    name: str
    """As a hit carries it."""
    what: str
    """With its article, for a message."""
    revoke: str
    """Where its owner makes it worthless."""
    expression: re.Pattern[bytes]
    """Its group `body` is what differs from secret to secret."""
    literal: bytes = b""
    """Stands in every match: where a file lacks it, the expression is not tried. Empty: the expression begins with
    letters of its own, and is as fast."""
    variety: int = 8
    """A body of fewer different bytes is nobody's secret, but a place for one."""
    company: re.Pattern[bytes] | None = None
    """What must stand near by before it is a secret at all; without it there is a doubt."""
    doubt: str = ""
    """Why no match of it is certain, in words; empty where a match is."""
    anywhere: bool = False
    """Sought in every file, whatever its format and its folder: PyPI's own tokens, the worst to publish there."""
    files: re.Pattern[str] | None = None
    """Fits the path, in lower case, of each file in which it is one; None: any file."""
    placeholder: re.Pattern[bytes] = _PLACES_FOR_SECRETS
    """What people write in the place of its body."""
    is_secret: bool = True
    """False: no secret of its own, and only what other rules weigh a file or a key by."""


CREDENTIAL_LINE = "credential-line"
"""The pattern's name of a hit that says: this file of settings holds a credential."""
LOCALHOST_CERTIFICATE = "localhost-certificate"
"""The pattern's name of a hit that says: this file holds a certificate for the machine's own name."""


# Where a token ends or begins is told behind its first letters, never before them: an expression that begins with a
# letter is sought at memory speed, one that begins with a look behind is tried at every byte.
_PYPI_BODY = rb"(?P<body>[A-Za-z0-9_-]{70,255})"
# The identifier of a location is part of a macaroon's beginning (PyPI's tokens are macaroons in URL-safe base64), so
# the first letters say which index made the token.
# Line ends, or what stands for them where a key is written into JSON or source code.
_KEY_LINES = rb"(?:\\[rn]|[\s\"'+,\\]){1,60}"
_KEY_BODY = rb"(?P<body>[A-Za-z0-9+/]{40,80})"
_KEY_HEADERS = rb"(?:(?:Version|Comment|Hash|Charset):[^\r\n]{0,80}\s{1,8}){0,3}"
_CIPHER_HEADERS = rb"Proc-Type: 4,ENCRYPTED" + _KEY_LINES + rb"DEK-Info:[^\r\n\\]{1,80}" + _KEY_LINES
_KEY = re.compile(
    rb"-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----" + _KEY_LINES + _KEY_HEADERS + _KEY_BODY
)
_LOCKED_KEY = re.compile(
    rb"-----BEGIN (?:ENCRYPTED PRIVATE KEY-----"
    + _KEY_LINES
    + rb"|(?:RSA |EC |DSA )PRIVATE KEY-----"
    + _KEY_LINES
    + _CIPHER_HEADERS
    + rb")"
    + _KEY_BODY
)
# The body is the password alone: `__token__` and `gitlab+deploy-token-1` are names of real users. Servers that cannot
# be anybody's (RFC 2606, loopback) are those of documentation.
_LOGIN = (
    rb"[^\s/@:\"'<>${}%\\]{1,64}:(?P<body>[^\s/@:\"'<>${}\\]{4,128})@"
    rb"(?!(?:[A-Za-z0-9-]{1,63}\.){0,8}example\b|localhost\b|127\.0\.0\.1\b|\[::1\])[A-Za-z0-9\[]"
)
# Behind the scheme of what no installer reads, before a host of one label: `mysql://scott:tiger@mysql8/test`.
_ONE_LABEL_DATABASE = (
    rb"(?<!http://)(?<!https://)(?<!ssh://)(?<!git://)(?<!ftp://)(?<!svn://)"
    rb"(?=[^\s@]{1,200}@[A-Za-z0-9_-]{1,63}(?![A-Za-z0-9_.-]))"
)
_URL_LOGIN = re.compile(rb"://(?!" + _ONE_LABEL_DATABASE + rb")" + _LOGIN)
_DATABASE_LOGIN = re.compile(rb"://" + _ONE_LABEL_DATABASE + _LOGIN)
_INSTALLER_NAMES = (
    *("pip.conf", "pip.ini", "uv.toml", "pipfile", "pipfile.lock", "poetry.lock", "poetry.toml", "uv.lock"),
    *("pdm.lock", "pdm.toml", "pylock.toml", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", ".condarc"),
    *(".npmrc", ".yarnrc", ".yarnrc.yml", "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"),
    *(".pypirc", "dockerfile"),
)
_INSTALLER_FILES = re.compile(
    rf"(?:.*/)?(?:{'|'.join(map(re.escape, _INSTALLER_NAMES))}|[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in))"
    r"|(?:.*/)?(?:requirements|constraints)/(?:.*/)?[^/]+\.(?:txt|in)"
)
CREDENTIAL_FILES = re.compile(r"(?:.*/)?(?:\.env(?:\.[^/]+)?|\.npmrc|\.pypirc|[._]netrc)")
"""The files, by their paths in lower case, that are weighed by whether they hold a credential."""
# A setting named for a secret, in the forms of `.env`, `.npmrc`, `.pypirc` and `.netrc`; or a URL with a login.
_CREDENTIAL_LINE = re.compile(
    rb"(?:(?i:auth|token|pass|passwd|password|passphrase|pwd|secret|key|credentials?|dsn)[A-Za-z0-9_.-]{0,40}[\"']?"
    rb"(?:[ \t]*[:=][ \t]*|[ \t]+)[\"']?|://[^\s/@:\"'<>${}]{0,64}:)"
    rb"(?!(?i:true|false|none|null|yes|no)\b)(?![$<{@#])(?P<body>[^\s\"']{3,256})"
)
_PLACES_IN_SETTINGS = re.compile(
    rb"^(?:(?:your|example|sample|dummy|fake|test|insert|some|any)[-_]?.*|x+|\*+|\.+|change.?(?:me|it|this).*"
    rb"|placeholder|redacted|todo|secret|password|token|login|machine)$"
)


def _spell_in_base64(text: bytes) -> Iterator[bytes]:
    """Yield an expression for what is certain of `text` in base64, at each of its three places; lines may end in it."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + text + bytes(2))
        certain = encoded[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]
        yield rb"(?:\r?\n)?".join(re.escape(bytes([letter])) for letter in certain)


# What is drawn by lot from sixty letters has all three kinds of them; a word does not.
_DRAWN_BY_LOT = rb"(?=[^A-Z\s]{0,19}[A-Z])(?=[^a-z\s]{0,19}[a-z])(?=[^0-9\s]{0,19}[0-9])"

SECRET_PATTERNS: tuple[SecretPattern, ...] = (
    SecretPattern(
        name="pypi-token",
        what="an API token of PyPI",
        revoke="https://pypi.org/manage/account/token/",
        literal=b"pypi-AgEIcHlwaS5vcmc",
        expression=re.compile(rb"pypi-AgEIcHlwaS5vcmc" + _PYPI_BODY),
        variety=4,
        anywhere=True,
    ),
    SecretPattern(
        name="testpypi-token",
        what="an API token of TestPyPI",
        revoke="https://test.pypi.org/manage/account/token/",
        literal=b"pypi-AgENdGVzdC5weXBpLm9yZw",
        expression=re.compile(rb"pypi-AgENdGVzdC5weXBpLm9yZw" + _PYPI_BODY),
        variety=4,
        anywhere=True,
    ),
    SecretPattern(
        name="github-token",
        what="a GitHub token",
        revoke="https://github.com/settings/tokens (an app's or a job's token: end its session)",
        # The second form is an app's token since 2026: its number and a signed JSON Web Token.
        expression=re.compile(
            rb"gh(?<![A-Za-z0-9_]gh)[pousr]_"
            rb"(?P<body>[A-Za-z0-9]{36,255}(?![A-Za-z0-9_])|[A-Za-z0-9]{1,24}_eyJ[A-Za-z0-9_.-]{100,400})"
        ),
    ),
    SecretPattern(
        name="github-fine-grained-token",
        what="a fine-grained GitHub token",
        revoke="https://github.com/settings/personal-access-tokens",
        literal=b"github_pat_",
        expression=re.compile(rb"github_pat_(?P<body>[A-Za-z0-9]{22}_[A-Za-z0-9]{59})"),
    ),
    SecretPattern(
        name="gitlab-token",
        what="a GitLab access token",
        revoke="the page “Access tokens” of the user, group or project in GitLab",
        literal=b"glpat-",
        expression=re.compile(rb"glpat-(?P<body>[A-Za-z0-9_-]{20,64})"),
    ),
    SecretPattern(
        name="gitlab-deploy-token",
        what="a deploy token of GitLab",
        revoke="Settings, Repository, Deploy tokens of the project or group in GitLab",
        literal=b"gldt-",
        expression=re.compile(rb"gldt-(?<![A-Za-z0-9_]gldt-)" + _DRAWN_BY_LOT + rb"(?P<body>[A-Za-z0-9_-]{20,64})"),
    ),
    SecretPattern(
        name="gitlab-runner-token",
        what="the token of a GitLab runner",
        revoke="Settings, CI/CD, Runners of the project or group in GitLab",
        literal=b"glrt-",
        expression=re.compile(rb"glrt-(?<![A-Za-z0-9_]glrt-)" + _DRAWN_BY_LOT + rb"(?P<body>[A-Za-z0-9_-]{20,64})"),
    ),
    SecretPattern(
        name="aws-key",
        what="an AWS access key",
        revoke="the page “Security credentials” of IAM in the AWS console",
        expression=re.compile(rb"A(?<![A-Za-z0-9+/_-]A)[KS]IA(?P<body>[A-Z0-9]{16})(?![A-Za-z0-9+/=_-])"),
        variety=5,
        # The secret half. One of a single case, or without a digit, is a hash or a path.
        company=re.compile(
            rb"(?<![A-Za-z0-9+/=])(?=[^A-Z]{0,39}[A-Z])(?=[^a-z]{0,39}[a-z])(?=[^0-9]{0,39}[0-9])"
            rb"[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])"
        ),
    ),
    SecretPattern(
        name="private-key",
        what="a private key",
        revoke="wherever its public half or its certificate is trusted",
        literal=b"PRIVATE KEY",
        expression=_KEY,
    ),
    SecretPattern(
        name="locked-private-key",
        what="a private key with a passphrase",
        revoke="wherever its public half or its certificate is trusted",
        literal=b"ENCRYPTED",
        expression=_LOCKED_KEY,
        doubt="a passphrase protects it",
    ),
    SecretPattern(
        name="npm-token",
        what="an access token of npm",
        revoke="https://www.npmjs.com/settings/~/tokens",
        literal=b"npm_",
        expression=re.compile(rb"npm_(?<![A-Za-z0-9_]npm_)(?P<body>[A-Za-z0-9]{36})(?![A-Za-z0-9_])"),
    ),
    SecretPattern(
        name="slack-token",
        what="a Slack token",
        revoke="https://api.slack.com/apps",
        literal=b"xox",
        expression=re.compile(rb"xox[abeoprs]-(?P<body>[0-9]{8,14}-[0-9A-Za-z-]{16,250}|[0-9]-[A-Za-z0-9]{100,250})"),
    ),
    SecretPattern(
        name="slack-app-token",
        what="a token of a Slack app",
        revoke="https://api.slack.com/apps",
        literal=b"xapp-",
        expression=re.compile(rb"xapp-[0-9]-A[A-Z0-9]{8,12}-(?P<body>[0-9]{8,16}-[0-9a-f]{64})(?![0-9a-zA-Z])"),
    ),
    SecretPattern(
        name="slack-webhook",
        what="the address of a Slack webhook",
        revoke="https://api.slack.com/apps",
        literal=b"hooks.slack.com/",
        expression=re.compile(
            rb"hooks\.slack\.com/(?:services|workflows)/"
            rb"(?P<body>T[A-Z0-9]{7,12}/[AB][A-Z0-9]{7,12}/[A-Za-z0-9]{16,40})(?![A-Za-z0-9])"
        ),
    ),
    SecretPattern(
        name="google-api-key",
        what="a Google API key",
        revoke="https://console.cloud.google.com/apis/credentials",
        literal=b"AIza",
        # Seen in the wild: half a dozen in yt-dlp, each read from the page of a site that it plays.
        doubt="Google also issues such keys for web pages, where everyone can read them",
        expression=re.compile(rb"AIza(?<![A-Za-z0-9_-]AIza)(?P<body>[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])"),
    ),
    SecretPattern(
        name="stripe-key",
        what="a live key of Stripe",
        revoke="https://dashboard.stripe.com/apikeys",
        literal=b"k_live_",
        expression=re.compile(rb"[rs]k_live_(?<![A-Za-z0-9_]\wk_live_)(?P<body>[A-Za-z0-9]{16,247})"),
    ),
    SecretPattern(
        name="openai-key",
        what="an OpenAI API key",
        revoke="https://platform.openai.com/api-keys",
        literal=b"T3BlbkFJ",
        expression=re.compile(rb"sk-(?P<body>[A-Za-z0-9_-]{16,120}T3BlbkFJ[A-Za-z0-9_-]{16,120})"),
        variety=16,
    ),
    SecretPattern(
        name="anthropic-key",
        what="an Anthropic API key",
        revoke="https://console.anthropic.com/settings/keys",
        literal=b"sk-ant-",
        expression=re.compile(rb"sk-ant-(?P<body>[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{32,120})"),
        variety=16,
    ),
    SecretPattern(
        name="hugging-face-token",
        what="a Hugging Face token",
        revoke="https://huggingface.co/settings/tokens",
        literal=b"hf_",
        # A name of 34 small letters is a function's; a token has both cases.
        expression=re.compile(
            rb"hf_(?<![A-Za-z0-9_]hf_)(?=[^A-Z]{0,33}[A-Z])(?=[^a-z]{0,33}[a-z])"
            rb"(?P<body>[A-Za-z0-9]{34})(?![A-Za-z0-9_])"
        ),
    ),
    SecretPattern(
        name="url-login",
        what="a URL with a user name and a password",
        revoke="on the server that the URL names",
        literal=b"://",
        expression=_URL_LOGIN,
        variety=5,
        files=_INSTALLER_FILES,
    ),
    SecretPattern(
        name="database-login",
        what="a database's URL with a user name and a password",
        revoke="in the database that the URL names",
        literal=b"://",
        expression=_DATABASE_LOGIN,
        variety=5,
        files=_INSTALLER_FILES,
        # Seen in the wild: the databases that SQLAlchemy and Alembic are tested with, in setup.cfg.
        doubt="its host name is a single word, as in a test setup",
    ),
    SecretPattern(
        name=CREDENTIAL_LINE,
        what="a credential among the settings of a tool or a program",
        revoke="where it is valid",
        expression=_CREDENTIAL_LINE,
        variety=2,
        files=CREDENTIAL_FILES,
        placeholder=_PLACES_IN_SETTINGS,
        is_secret=False,
    ),
    SecretPattern(
        name=LOCALHOST_CERTIFICATE,
        what="a certificate for localhost",
        revoke="nowhere",
        expression=re.compile(b"(?P<body>" + b"|".join(_spell_in_base64(b"localhost")) + b")"),
        variety=1,
        files=re.compile(r".+\.(?:pem|crt|cer|cert|key)"),
        is_secret=False,
    ),
)


def is_placeholder(pattern: SecretPattern, body: bytes) -> bool:
    """Return whether `body` is what people write in the place of a secret."""
    return len(set(body)) < pattern.variety or pattern.placeholder.search(body.lower()) is not None
