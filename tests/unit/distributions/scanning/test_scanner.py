"""The scan of contents: true secrets are found at their line, near misses are not, and no bytes make it fail."""

import base64
import random
import string
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.distributions.scanning.patterns import REACH, SECRET_PATTERNS
from publish_action.distributions.scanning.scanner import CORE_DUMP, MAX_HITS, OBFUSCATED
from support.contents import scan

ALNUM = string.ascii_letters + string.digits
URL_SAFE = ALNUM + "_-"


def made_up(length: int, letters: str = ALNUM, seed: int = 7) -> str:
    """Return letters without meaning, the same each time: nobody's secret, and of its variety."""
    return "".join(random.Random(seed).choices(letters, k=length))


# Put together here from parts, so that nobody's scanner takes this file for a leak.
PYPI = "pypi-" + "AgEIcHlwaS5vcmc" + "CJ" + made_up(140, URL_SAFE)
TESTPYPI = "pypi-" + "AgENdGVzdC5weXBpLm9yZw" + "CJ" + made_up(140, URL_SAFE)
AWS_ID = "AKIA" + made_up(16, string.ascii_uppercase + "234567")
AWS_SECRET = made_up(38) + "a9"
LINE = "M" + made_up(63)
RSA = "-----BEGIN RSA " + "PRIVATE KEY-----"
TRUE_FORMS = {
    "pypi-token": [PYPI, f"password = {PYPI}"],
    "testpypi-token": [TESTPYPI],
    "github-token": [
        *(f"gh{kind}_" + made_up(36) for kind in "pousr"),
        "ghs_" + "123456_eyJ" + made_up(300) + "." + made_up(90, URL_SAFE),
    ],
    "github-fine-grained-token": ["github_" + "pat_" + made_up(22) + "_" + made_up(59)],
    "gitlab-token": ["glpat" + "-" + made_up(20)],
    "gitlab-deploy-token": ["gldt" + "-" + made_up(20)],
    "gitlab-runner-token": ["glrt" + "-" + made_up(20), "glrt" + "-t3_" + made_up(22)],
    "aws-key": [f'aws_access_key_id = {AWS_ID}\naws_secret_access_key = "{AWS_SECRET}"'],
    "private-key": [
        f"{RSA}\n{LINE}\n{LINE}\n",
        f'{{"private_key": "{RSA}\\n{LINE}\\n"}}',
        f"key = (\n    '{RSA}\\n'\n    '{LINE}\\n'\n)",
        "-----BEGIN OPENSSH " + f"PRIVATE KEY-----\r\n{LINE}\r\n",
        "-----BEGIN PGP " + f"PRIVATE KEY BLOCK-----\nVersion: 1\n\n{LINE}\n",
    ],
    "npm-token": ["npm" + "_" + made_up(36)],
    "slack-token": ["xox" + "b-704857204857-604857304857-" + made_up(24)],
    "slack-app-token": ["xapp" + "-1-A0ABCDE1234-7048572048571-" + made_up(64, "0123456789abcdef")],
    "slack-webhook": ["https://hooks.slack" + ".com/services/T0ABCDE12/B0ABCDE12/" + made_up(24)],
    "stripe-key": ["sk" + "_live_" + made_up(24), "rk" + "_live_" + made_up(99)],
    "openai-key": [
        "sk-" + made_up(20) + "T3Blbk" + "FJ" + made_up(20, seed=8),
        "sk-proj-" + made_up(74, URL_SAFE) + "T3Blbk" + "FJ" + made_up(74, URL_SAFE, seed=8),
    ],
    "anthropic-key": ["sk-" + "ant-api03-" + made_up(95, URL_SAFE)],
    "hugging-face-token": ["hf" + "_" + made_up(34)],
}
DOUBTED = {
    "a key id alone": (AWS_ID, "aws-key", "is not nearby"),
    "AWS's own example": ("AKIA" + "IOSFODNN7EXAMPLE", "aws-key", "placeholder"),
    "letters of a kind": ("ghp_" + "x" * 36, "github-token", "placeholder"),
    "few letters": ("npm_" + "ab1" * 12, "npm-token", "placeholder"),
    "a place for a token": ("pypi-" + "AgEIcHlwaS5vcmc" + "x" * 100, "pypi-token", "placeholder"),
    "a locked key": (
        "-----BEGIN ENCRYPTED " + f"PRIVATE KEY-----\n{LINE}\n",
        "locked-private-key",
        "passphrase",
    ),
    "an old locked key": (
        f"{RSA}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{LINE}\n",
        "locked-private-key",
        "passphrase",
    ),
    "a key of a web page": ("AIza" + made_up(35), "google-api-key", "web pages"),
}
NEAR_MISSES = {
    "the first letters of a token": "pypi-" + "AgEIcHlwaS5vcmc",
    "a short token": PYPI[:60],
    "a GitHub token with a letter less": "ghp_" + made_up(35),
    "a longer name": "my_ghp_" + made_up(36),
    "an AWS key in a longer word": "X" + AWS_ID,
    "a longer AWS word": AWS_ID + "AB",
    "a header alone": f'if line == "{RSA}":\n    return load(line)',
    "a public key": f"-----BEGIN PUBLIC KEY-----\n{LINE}\n",
    "a key with dots": f"{RSA}\nMIIEpAIBAAKCAQEA...\n",
    "a function's name": "hf_" + "transformers_models_of_all_kinds_x",
    "a function's long name": "hf_" + "a" * 34,
    "a test key of Stripe": "sk_test_" + made_up(24),
    "a name that ends as a key begins": "task_live_" + made_up(24),
    "a Slack word": "xoxb-your-token-goes-here-and-there",
    "a detector's name": "glrt-" + "based-detector-of-signals",
    "a short npm word": "npm_config_registry",
    "a URL in source code": "https://user:s3cr3tpassw0rt@host.example/",
}


@pytest.mark.parametrize(
    ("name", "secret"), [(name, secret) for name, secrets in TRUE_FORMS.items() for secret in secrets]
)
def test_true_form_is_found_without_doubt(name: str, secret: str) -> None:
    """Each form that a provider gives out is found, certain, at its line."""
    (hit,) = scan(f"a = 1\n\nb = '{secret}'\n".encode())

    assert (hit.pattern, hit.doubt) == (name, "")
    assert hit.line >= 3


def test_every_pattern_has_a_true_form() -> None:
    """No row of the table is without a test."""
    tested = {*TRUE_FORMS, *(pattern for _, pattern, _ in DOUBTED.values()), "url-login", "database-login"}

    assert {pattern.name for pattern in SECRET_PATTERNS if pattern.is_secret} == tested


@pytest.mark.parametrize(("text", "name", "doubt"), DOUBTED.values(), ids=DOUBTED)
def test_doubtful_form_is_found_with_its_doubt(text: str, name: str, doubt: str) -> None:
    """A placeholder, or half of a secret, is found, and the hit says why it may be none."""
    (hit,) = scan(text.encode())

    assert hit.pattern == name
    assert doubt in hit.doubt


@pytest.mark.parametrize("text", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_miss_is_no_hit(text: str) -> None:
    """What only looks like a secret is not reported."""
    assert scan(f"x = {text}\n".encode()) == ()


@pytest.mark.parametrize(
    "path",
    ["demo-1.0/tests/test_login.py", "demo/testing/keys.py", "docs/login.rst", "examples/a.py", "demo/test_login.py"],
)
def test_secret_among_tests_is_doubtful(path: str) -> None:
    """Tests and documentation are full of made-up secrets: one there is doubtful, except a token of PyPI."""
    (github,) = scan(TRUE_FORMS["github-token"][0].encode(), path)
    (pypi,) = scan(PYPI.encode(), path)

    assert "among tests" in github.doubt
    assert pypi.doubt == ""


@pytest.mark.parametrize("path", ["demo/a.py", "example/b.py", "latest/c.py", "contest/d.py", "demo-1.0/PKG-INFO"])
def test_secret_elsewhere_is_certain(path: str) -> None:
    """A folder whose name only resembles one of tests casts no doubt."""
    (hit,) = scan(TRUE_FORMS["github-token"][0].encode(), path)

    assert hit.doubt == ""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        *((path, 1) for path in ("pip.conf", "a/.npmrc", "Dockerfile", "pyproject.toml", "a-1.0/setup.py")),
        *((path, 1) for path in ("requirements.txt", "requirements-prod.txt", "a/dev_Requirements.in")),
        *((path, 1) for path in ("a-1.0/requirements/prod.txt", "requirements/a/b.txt", "constraints.txt")),
        *((path, 0) for path in ("a.py", "notes.txt", "requirements/a.py", "my-setup.py", "a/requirements")),
    ],
)
def test_login_in_a_url_counts_in_installers_files(path: str, found: int) -> None:
    """pip's and npm's settings name real servers; source code names made-up ones."""
    login = "https://ada:" + made_up(12) + "@index.acme.dev/simple/"

    hits = scan(f"index-url = {login}\n".encode(), path)

    assert [hit.pattern for hit in hits if hit.pattern != "credential-line"] == ["url-login"] * found


@pytest.mark.parametrize("user", ["__token__", "token", "user", "gitlab+deploy-token-42", "your-name"])
def test_password_is_one_whoever_it_belongs_to(user: str) -> None:
    """The names of real users read like placeholders; only the password tells."""
    (hit,) = scan(f"url = 'https://{user}:{made_up(18)}@pkgs.acme.dev/simple/'\n".encode(), "pyproject.toml")

    assert (hit.pattern, hit.doubt) == ("url-login", "")


@pytest.mark.parametrize("host", ["example.com", "pkgs.example.org", "index.example", "localhost:3141", "127.0.0.1"])
def test_login_of_a_server_that_is_nobodys_is_none(host: str) -> None:
    """Documentation's servers and one's own machine leak nothing."""
    assert scan(f"index-url = https://ada:{made_up(18)}@{host}/simple/\n".encode(), "pip.conf") == ()


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("mssql+pyodbc://scott:tiger^5HHH@mssql2022:1433/test", "database-login"),
        ("oracle://scott:tiger@oracle23c/x", "database-login"),
        ("postgresql://scott:h8Kq2vRm@db.acme.dev/x", "url-login"),
        ("https://scott:h8Kq2vRm@pypiserver/simple", "url-login"),
        ("git+ssh://scott:h8Kq2vRm@gitserver/x", "url-login"),
    ],
)
def test_database_of_one_word_is_doubtful_and_no_other_server(url: str, pattern: str) -> None:
    """Issue 10, A4: databases for tests in setup.cfg stop no release; what installers log in to does."""
    (hit,) = scan(f"x = {url}\n".encode(), "setup.cfg")

    assert hit.pattern == pattern
    assert bool(hit.doubt) == (pattern == "database-login")


@pytest.mark.parametrize(
    ("path", "text", "is_credential"),
    [
        (".npmrc", "//registry.npmjs.org/:_authToken=8c1b2d", True),
        (".npmrc", "//x/:_password=aGVsbG8=", True),
        (".npmrc", "package-lock=true", False),
        (".npmrc", "always-auth=true\nregistry=https://x.acme.dev/", False),
        (".npmrc", "//x/:_authToken=${NPM_TOKEN}", False),
        (".pypirc", "[pypi]\nusername = a\npassword = MySecretPassw0rd", True),
        (".pypirc", "[pypi]\nrepository = https://upload.pypi.org/legacy/", False),
        (".netrc", "machine x.acme.dev login ann password hunter2", True),
        (".netrc", "machine x.acme.dev\nlogin ann\npassword\thunter2", True),
        (".netrc", "machine x login example-username password example-password", False),
        (".env", "DB_PASSWORD='s3cr3t!'", True),
        (".env.production", "AWS_SECRET_ACCESS_KEY=abc/def", True),
        (".env", "export API_KEY=12345", True),
        (".env", "DB_PASSWORD=p$x#1", True),
        (".env", "DB_PASSWORD=${SECRET}\nTOKEN=$OTHER", False),
        (".env", "DATABASE_URL=postgres://ann:hunter2@db/x", True),
        (".env", "DEBUG=1\nFOO=env\nHAM=eggs", False),
        (".env", "DB_PASSWORD=\nSECRET_KEY=changeme\nTOKEN=<token>", False),
    ],
)
def test_credential_among_settings_is_found(path: str, text: str, is_credential: bool) -> None:
    """Each form of a credential in a file that is made for them counts; a variable or a placeholder does not."""
    certain = [hit for hit in scan(f"{text}\n".encode(), f"demo-1.0/{path}") if not hit.doubt]

    assert bool(certain) == is_credential


def test_credential_lines_count_in_their_files_alone() -> None:
    """Source code is full of words like these."""
    assert scan(b"password = 'hunter2'\n", "demo/a.py") == ()


@pytest.mark.parametrize("before", ["", "a", "ab"])
@pytest.mark.parametrize("width", [64, 7])
def test_certificate_for_localhost_is_known(before: str, width: int) -> None:
    """Wherever the name stands in the base64, and wherever its lines end; another name is none."""
    for name, count in (("localhost", 1), ("acme-host", 0)):
        encoded = base64.b64encode(f"{before}xxx{name}\0\0".encode()).decode()
        lines = "\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
        assert len(scan(f"-----BEGIN CERTIFICATE-----\n{lines}\n".encode(), "certs/server.pem")) == count


@pytest.mark.parametrize("login", ["${USER}:${PASSWORD}", "user:password", "__token__:<secret>", "ada"])
def test_url_without_a_real_login_is_never_certain(login: str) -> None:
    """A variable, a placeholder or a user name alone is no secret."""
    assert [hit for hit in scan(f"index-url = https://{login}@host/\n".encode(), "pip.conf") if not hit.doubt] == []


@settings(max_examples=150, deadline=None)
@given(
    secret=st.sampled_from([(name, secret) for name, secrets in TRUE_FORMS.items() for secret in secrets]),
    before=st.text(alphabet="ab =\n", max_size=3000),
    after=st.text(alphabet="ab =\n", max_size=1500),
    cuts=st.lists(st.integers(1, 5000), max_size=8),
)
def test_secret_is_found_wherever_blocks_are_cut(
    secret: tuple[str, str], before: str, after: str, cuts: list[int]
) -> None:
    """However the bytes are cut into blocks, a secret at any offset is found once, at its line."""
    data = f"{before}\n{secret[1]}\n{after}".encode()

    hits = scan(data, cuts=tuple(cuts))

    assert hits == scan(data)
    assert [hit.pattern for hit in hits] == [secret[0]]
    start = max(0, secret[1].find("-----BEGIN"))
    assert hits[0].line == 2 + before.count("\n") + secret[1][:start].count("\n")


@pytest.mark.parametrize("shift", range(-300, 20, 7))
def test_secret_across_a_block_edge(shift: int) -> None:
    """A token that straddles two large blocks is one hit, in a text and in a binary."""
    edge = 1 << 17
    data = b"a\n" * (edge // 2) + b"b\n" * 2000
    at = edge + shift
    text = data[:at] + b"\n" + PYPI.encode() + b"\n" + data[at:]
    binary = text.replace(b"a\n", b"\0\n")

    (in_text,) = scan(text, cuts=(edge,))
    (in_binary,) = scan(binary, "demo/lib.so", cuts=(edge,))

    assert in_text.line == text[: text.index(b"pypi-")].count(b"\n") + 1
    assert (in_binary.pattern, in_binary.line) == ("pypi-token", 0)


@settings(max_examples=300, deadline=None)
@given(
    data=st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([b"AKIA", b"hf_", b"PRIVATE KEY", b"\0", b"\n"]))
    ).map(b"".join),
    path=st.text(max_size=20),
    cuts=st.lists(st.integers(1, 400), max_size=5),
)
def test_no_bytes_and_no_path_make_it_fail(data: bytes, path: str, cuts: list[int]) -> None:
    """Hostile bytes below a hostile path give no error, and no secret where there is none."""
    assert [hit for hit in scan(data, path, tuple(cuts)) if not hit.doubt] == []


def test_clean_text_has_no_hit() -> None:
    """Ten thousand lines of words, hashes and base64 are no leak."""
    words = random.Random(1)
    lines = (made_up(words.randint(0, 90), ALNUM + " /+=_-.", seed) for seed in range(10_000))

    assert scan("\n".join(lines).encode()) == ()


def test_hits_are_bounded_and_certain_ones_are_not_crowded_out() -> None:
    """A thousand placeholders give a few hits, and the true secret behind them is still one."""
    data = ("ghp_" + "x" * 36 + "\n") * 1000 + TRUE_FORMS["github-token"][0] + "\n"

    hits = scan(data.encode())

    assert len(hits) == MAX_HITS + 1
    assert [(hit.line, hit.doubt) for hit in hits if not hit.doubt] == [(1001, "")]


def test_hit_never_shows_what_matched() -> None:
    """No text form of a hit holds a part of the secret."""
    assert PYPI[5:30] not in repr(scan(PYPI.encode()))


def test_binary_is_searched_for_tokens_of_pypi_alone() -> None:
    """A large file that is not text may hold any bytes by chance; only PyPI's token is sought in it."""
    filler = b"\0" * (1 << 17)
    other = TRUE_FORMS["github-token"][0].encode()

    assert scan(filler + other, "demo/lib.so") == ()
    assert [hit.pattern for hit in scan(filler + PYPI.encode(), "demo/lib.so")] == ["pypi-token"]
    assert [hit.pattern for hit in scan(filler + other + b"\0", "demo/a.pyc")] == ["github-token"]
    assert [hit.pattern for hit in scan(b"\0" * 100 + other, "demo/small.bin")] == ["github-token"]


def test_text_of_powershell_is_text() -> None:
    """PowerShell writes UTF-16, each letter with a zero byte; a secret in it is found at its line."""
    (hit,) = scan(f"a\r\nb = {PYPI}\r\n".encode("utf-16"), "deploy.ps1")

    assert (hit.pattern, hit.line) == ("pypi-token", 2)


ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 9


@pytest.mark.parametrize(
    ("start", "is_dump"),
    [
        (ELF + b"\4\0\x3e\0", True),
        (b"\x7fELF\x02\x02\x01" + b"\0" * 9 + b"\0\4", True),
        (ELF + b"\3\0\x3e\0", False),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 8 + b"\4\0\0\0", True),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 8 + b"\6\0\0\0", False),
        (b"MDMP\x93\xa7\0\0", True),
        (b"MDMPs are Windows's dumps", False),
    ],
)
def test_core_dump_is_known_by_its_header(start: bytes, is_dump: bool) -> None:
    """A program's memory is told from a program by its header, whatever the file is named."""
    assert [hit.pattern for hit in scan(start + b"\0" * 200, "demo/data")] == [CORE_DUMP] * is_dump


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("demo/a.py", "__py" + "armor__(__name__, __file__, b'')", ["pyarmor"]),
        ("demo/a.PY", "x = 1\n__py" + "armor_enter__(1)", ["pyarmor"]),
        ("demo/a.py", "__py" + "armor__(__name__, $path, b'')", []),
        ("demo/a.txt", "__py" + "armor_enter__", []),
        ("demo/a.pye", "---BEGIN PYE " + "FILE---\nab\n---END PYE " + "FILE---", ["sourcedefender"]),
        ("demo/a.pye", "---BEGIN PYE " + "FILE---\nab\n", []),
        ("demo/a.pye", "---BEGIN PYE " + "FILE---\n" + "ab\n" * 1000 + "----END PYE " + "FILE----", ["sourcedefender"]),
    ],
)
@pytest.mark.parametrize("cuts", [(), (3, 12, 18), (1500,)])
def test_obfuscated_code_is_known_by_pypis_words(path: str, text: str, found: list[str], cuts: tuple[int, ...]) -> None:
    """PyPI's seven strings are sought in .py and .pye files: any of PyArmor's, both of SourceDefender's."""
    hits = scan(text.encode(), path, cuts)

    assert [hit.pattern for hit in hits] == found
    assert set(found) <= set(OBFUSCATED)


def test_secret_is_judged_once() -> None:
    """A secret that is judged, and still kept for what follows it, is not found again."""
    data = f"\n{PYPI}\n".encode() + b"a " * 400 + b"\n" + b"b " * 2000

    assert [hit.line for hit in scan(data, cuts=(len(PYPI) + REACH + 60, 1200))] == [2]


LOOK_ALIKES = {
    "certain": f"{TRUE_FORMS['npm-token'][0]}\n",
    "placeholders": "npm_" + "x" * 36 + "\n",
    "half of a secret": AWS_ID + "\n",
    "doubtful everywhere": DOUBTED["a key of a web page"][0] + "\n",
}


@pytest.mark.parametrize("text", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_one_match_takes_the_same_time_in_any_block(text: str) -> None:
    """A member full of look-alikes takes time that grows as its length does, not as that of the blocks."""
    data = text.encode() * 8000

    def measure(block: int) -> float:
        began = time.process_time()
        scan(data, "demo/a.py", tuple(range(block, len(data), block)))
        return time.process_time() - began

    short, long = min(measure(16 << 10) for _ in range(3)), min(measure(1 << 20) for _ in range(3))

    assert long < 4 * short + 0.05


def test_all_matches_are_judged_whatever_came_before() -> None:
    """A certain secret behind any number of doubtful ones is found, and a doubtful one behind certain ones."""
    doubted, certain = "npm_" + "x" * 36 + "\n", f"{TRUE_FORMS['npm-token'][0]}\n"

    hits = scan((doubted * 500 + certain * 500 + doubted).encode())
    turned = scan((certain * 500 + doubted * 500).encode())

    assert [(hit.line, bool(hit.doubt)) for hit in hits] == [
        *((line, True) for line in (1, 2, 3)),
        *((line, False) for line in (501, 502, 503)),
    ]
    assert [(hit.line, bool(hit.doubt)) for hit in turned] == [
        *((line, False) for line in (1, 2, 3)),
        *((line, True) for line in (501, 502, 503)),
    ]


@pytest.mark.parametrize("folder", ["src", "sandbox", "tests", "benchmarks", "docs"])
def test_our_own_files_hold_nothing_that_an_index_refuses(folder: str) -> None:
    """Our own distribution passes our own check: no file spells out a literal of PyPI's rules, or a secret."""
    root = Path(__file__).resolve().parents[4]
    paths = [path for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    hits = [hit for path in paths for hit in scan(path.read_bytes(), str(path.relative_to(root)))]

    assert paths != []
    assert [hit for hit in hits if not hit.doubt] == []
