"""Rows of the corpus on single members of an archive: where they would be unpacked, and what must not leak."""

import random
import string

from publish_sandbox.distributions.builder import HardLink, Link, Members, Pipe
from support.corpus.row import GOOD_RELEASE, GOOD_SDIST, GOOD_WHEEL, Row, bad, good, one_of_three, sdist, wheel

_UNSAFE, _SENSITIVE = "E_ARCHIVE_UNSAFE", "E_SENSITIVE_FILE"
_LINKS = "links inside an sdist"


def _in_wheel(members: Members, *, always: str = _UNSAFE, warns: str = "") -> Row:
    return bad(wheel(members=members), always=always, warns=warns, twin=GOOD_WHEEL)


def _in_sdist(members: Members, *, twin: str = _LINKS, always: str = _UNSAFE, warns: str = "") -> Row:
    return bad(sdist(members=members), always=always, warns=warns, twin=twin)


def _sensitive(path: str, text: str | bytes = "x", *, twin: str = GOOD_WHEEL) -> Row:
    return bad(wheel(members={path: text}), public=_SENSITIVE, twin=twin)


def _made_up(length: int) -> str:
    """Letters without meaning, the same each time: nobody's secret, and of its variety."""
    return "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=length))


# Put together from parts, so that nobody's scanner takes this file for a leak.
_PYPI_TOKEN = "pypi-" + "AgEIcHlwaS5vcmc" + "CJ" + _made_up(140)
_KEY = "-----BEGIN RSA " + f"PRIVATE KEY-----\nM{_made_up(63)}\nM{_made_up(63)}\n"
_GITHUB_TOKEN = "ghp" + f"_{_made_up(36)}"

PATHS: dict[str, Row] = {
    "B25 path that climbs": _in_wheel({"../../evil.py": "x"}),
    "B25 path from the root": _in_wheel({"/etc/x": "x"}),
    "B25 path with a drive": _in_wheel({"C:\\x": "x"}, warns="W_MEMBER_NAME"),
    "B25 link in a wheel": _in_wheel({"acme_utils/x": Link("__init__.py")}),
    "B25 names that differ in case": good(
        wheel(members={"acme_utils/A.py": "x", "acme_utils/a.py": "y"}), warns="W_MEMBER_NAME"
    ),
    "B25 names in dist-info that differ in case": _in_wheel({"acme_utils-1.0.dist-info/wheel": "x"}),
    "path with a control character": _in_wheel({"acme_utils/a\x07.py": "x"}),
    "path that climbs, in an sdist": _in_sdist({"x/../../acme_utils-1.0/y.py": "x"}, twin=GOOD_SDIST),
    "pipe in a wheel": _in_wheel({"acme_utils/x": Pipe()}),
    "pipe in an sdist": _in_sdist({"x": Pipe()}),
    "link out of an sdist": _in_sdist({"x": Link("../../etc/passwd")}),
    "link to the root": _in_sdist({"x": Link("/etc/passwd")}),
    "link to itself": _in_sdist({"x": Link("x")}),
    "hard link to nothing": _in_sdist({"x": HardLink("acme_utils-1.0/y")}),
    "link to nothing": good(sdist(members={"x": Link("nothing")}), warns="W_MEMBER_LINK"),
    "two members in one place": bad(
        wheel(members=[("acme_utils/x.py", "1"), ("acme_utils//x.py", "2")]),
        always="E_ARCHIVE_INVALID",
        twin=GOOD_WHEEL,
    ),
    "file twice in an sdist": good(sdist(members=[("LICENSE.txt", "x")] * 2), warns="W_MEMBER_TWICE"),
    "other file of the same name in an sdist": good(
        sdist(members=[("NOTICE.txt", "x"), ("NOTICE.txt", "y")]), warns="W_MEMBER_TWICE"
    ),
    "setup.py twice": bad(
        sdist(members=[("setup.py", "x"), ("setup.py", "y")]), always="E_ARCHIVE_INVALID", twin=GOOD_SDIST
    ),
    "second pyproject.toml": bad(
        sdist(members=[("pyproject.toml", "[project]\n")]), always="E_ARCHIVE_INVALID", twin=GOOD_SDIST
    ),
    "setup.py twice, the first one private": bad(
        sdist(members=[("setup.py", "setup(classifiers=['Private :: X'])\n"), ("setup.py", "setup()\n")]),
        always="E_ARCHIVE_INVALID E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_SDIST,
    ),
    "token in the first of two files of a name": bad(
        sdist(members=[("NOTICE.txt", f"{_PYPI_TOKEN}\n"), ("NOTICE.txt", "x")]),
        public="E_SECRET",
        warns="W_MEMBER_TWICE",
        twin=GOOD_SDIST,
    ),
    "file that is a folder": _in_wheel([("acme_utils/x", "1"), ("acme_utils/x/y.py", "2")]),
    "names that differ in case, in an sdist": good(sdist(members={"A.txt": "", "a.txt": ""}), warns="W_MEMBER_NAME"),
    "name of a device of Windows": good(wheel(members={"acme_utils/aux.py": ""}), warns="W_MEMBER_NAME"),
}

LEAKS: dict[str, Row] = {
    "B31 .env": bad(
        one_of_three(wheel(members={".env": "DB_PASSWORD=h8Kq2vRm"})),
        public=_SENSITIVE,
        twin="B32 example of an environment file",
    ),
    "B31 .pypirc": _sensitive("acme_utils/.pypirc", "[pypi]\nusername = ann\npassword = h8Kq2vRm\n"),
    "settings of npm without a credential": good(
        sdist(members={"vendor/.npmrc": "package-lock=true\n"}), warns="W_SENSITIVE_FILE"
    ),
    "environment of a test": good(sdist(members={"tests/.env": "DB_PASSWORD=x1\n"}), warns="W_SENSITIVE_FILE"),
    "instructions that a team shares": good(
        sdist(members={".claude/commands/review.md": "x"}), warns="W_SENSITIVE_FILE"
    ),
    "key of a throw-away server": good(sdist(members={"dummyserver/certs/x.txt": _KEY}), warns="W_SECRET"),
    "B31 .git": _sensitive(".git/config"),
    "B31 run-maturin-action.sh": _sensitive("run-maturin-action.sh"),
    "private key by its name": _sensitive("acme_utils/.ssh/id_ed25519"),
    "folder of an agent": _sensitive(".claude/settings.local.json"),
    "state of Terraform": bad(sdist(members={"infra/terraform.tfstate": "{}"}), public=_SENSITIVE, twin=GOOD_SDIST),
    "memory of a program": _sensitive("acme_utils/crash", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x04\x00" + bytes(90)),
    "B32 certificate store of cmake": good(sdist(members={"Tests/cert.pfx": "x"}), warns="W_SENSITIVE_FILE"),
    "B32 settings of yarn": good(wheel(members={"acme_utils/staging/.yarnrc.yml": "x"}), warns="W_SENSITIVE_FILE"),
    "compiled code": good(wheel(members={"acme_utils/__pycache__/x.pyc": "x"}), warns="W_SENSITIVE_FILE"),
    "source map": good(wheel(members={"acme_utils/static/x.js.map": "{}"}), warns="W_SENSITIVE_FILE"),
    "B34 token of PyPI in a module": bad(
        one_of_three(wheel(members={"acme_utils/x.py": f'T = "{_PYPI_TOKEN}"\n'})), public="E_SECRET", twin=GOOD_RELEASE
    ),
    "B34 token of PyPI among tests": bad(
        sdist(members={"tests/x.py": f'T = "{_PYPI_TOKEN}"\n'}), public="E_SECRET", twin=GOOD_SDIST
    ),
    "B34 token of PyPI in the metadata": bad(wheel(f"Keywords: {_PYPI_TOKEN}"), public="E_SECRET", twin=GOOD_WHEEL),
    "private key": bad(wheel(members={"acme_utils/x.txt": _KEY}), public="E_SECRET", twin=GOOD_WHEEL),
    "token of GitHub": bad(
        sdist(members={"ci.sh": f"export TOKEN={_GITHUB_TOKEN}\n"}), public="E_SECRET", twin=GOOD_SDIST
    ),
    "private key among tests": good(sdist(members={"tests/key.txt": _KEY}), warns="W_SECRET"),
    "token of letters of a kind": good(wheel(members={"acme_utils/x.py": "ghp" + f"_{'x' * 36}"}), warns="W_SECRET"),
    "code of PyArmor": bad(
        wheel(members={"acme_utils/x.py": "__py" + "armor__(__name__, __file__, b'x')\n"}),
        public="E_PYPI_OBFUSCATED",
        twin=GOOD_WHEEL,
    ),
    "code of SourceDefender": bad(
        wheel(members={"acme_utils/x.pye": "---BEGIN PYE " + "FILE---\nx\n---END PYE " + "FILE---\n"}),
        public="E_PYPI_OBFUSCATED",
        twin=GOOD_WHEEL,
    ),
}
