"""Whole runs of the action with keyless logins that end in the middle of the release."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

import pytest

from publish_action.credentials.factory import EXCHANGES
from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.request import Incoming
from publish_sandbox.pypi.server import LocalPyPI
from support.program import PROJECT, Program, Result
from support.vendors import ACCOUNT, OPTIONS, LocalVendors

CHILD = Path(__file__).resolve().parents[1] / "support" / "children" / "exchange.py"
SUBJECT = f"repo:octo@{crc32(b'octo')}/demo@{crc32(b'octo/demo')}:ref:refs/heads/main"
TAGS = ("cp311-cp311-win32", "cp312-cp312-win32", "cp313-cp313-win32", "cp314-cp314-win32")
LOGINS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    **{word: (word, OPTIONS[word]) for word in EXCHANGES},
    "google with a service account": (
        "google-artifact-registry",
        {**OPTIONS["google-artifact-registry"], "service-account": ACCOUNT},
    ),
}


class GuardedIndex(LocalPyPI):
    """A private index that takes the vendors' logins alone; after two files an hour passes at once."""

    def __init__(self, vendors: LocalVendors, clock: SettableClock) -> None:
        super().__init__(name="acme")
        self.refusals = 0
        self._vendors = vendors
        self._vendors_clock = clock
        self._stored = 0
        self._lock = threading.Lock()
        self._own = base64.b64encode(f"__token__:{self.api_token('ci')}".encode()).decode()

    def answer(self, request: Incoming) -> Answer:
        """Answer as PyPI does to whoever has a login; a JFrog platform gives logins on the index's own host."""
        if request.path.startswith("/access/"):
            return self._vendors.answer(request)
        if not self._vendors.accepts(request.headers.get("Authorization", "")):
            self.refusals += 1
            return Answer(status=401, headers={"WWW-Authenticate": "Basic"})
        request.headers.replace_header("Authorization", f"Basic {self._own}")
        answer = super().answer(request)
        if request.method == "POST" and answer.status == 200:
            with self._lock:
                self._stored += 1
                if self._stored == 2:
                    self._vendors_clock.advance(3600)
        return answer


class KeylessProgram(Program):
    """A program whose private index takes the vendors' logins."""

    vendors: LocalVendors
    guarded: GuardedIndex

    def log_in(self, word: str, options: Mapping[str, str], **more: str) -> Result:
        """Run the action with a keyless login."""
        lines = "\n".join(f"{name}={value}" for name, value in options.items())
        return self.run_child(
            {
                "private-index-url": self.guarded.upload_url,
                "private-index-check-url": self.guarded.simple_url,
                "private-index-auth": word,
                "private-index-auth-options": lines,
                **more,
            }
        )

    def run_child(self, inputs: Mapping[str, str]) -> Result:
        """Run the action with the vendors on the loopback."""
        given = {"github-token": self.github.token, "public-index-url": self.pypi.upload_url, **inputs}
        temp = self._next_folder()
        job = self.github.environment(self.repository, workspace=self.folder / "workspace", temp=temp)
        typed = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        return self._run(temp, [str(CHILD), self.vendors.url, str(self.modules)], {**job, **typed}, None)

    @property
    def modules(self) -> Path:
        """Return the file that lists which modules the last run had loaded."""
        return self.folder / "modules.json"


@pytest.fixture
def keyless_program(tmp_path: Path) -> Iterator[KeylessProgram]:
    """Prepare a private repository with a release of five files, the vendors, and an index behind their logins."""
    clock = SettableClock()
    (tmp_path / "workspace" / "dist").mkdir(parents=True)
    with (
        LocalGitHub(clock=clock) as github,
        LocalVendors(issuer=github.issuer, clock=clock, subject=SUBJECT) as vendors,
        LocalPyPI(issuer=github.issuer) as pypi,
        GuardedIndex(vendors, clock) as guarded,
    ):
        repository = github.repository("octo/demo", visibility="private")
        made = KeylessProgram(folder=tmp_path, github=github, pypi=pypi, private=guarded, repository=repository)
        made.vendors, made.guarded = vendors, guarded
        for tag in TAGS:
            build_wheel(made.dist, PROJECT, "1.0", tag=tag)
        build_sdist(made.dist, PROJECT, "1.0")
        yield made


@pytest.mark.parametrize("name", LOGINS)
def test_release_outlives_its_login(keyless_program: KeylessProgram, name: str) -> None:
    """All five files are up though the login ended after two of them; no secret stands in a line that people see."""
    word, options = LOGINS[name]

    result = keyless_program.log_in(word, options)

    assert result.status == 0, result.text
    assert (result.outputs["code"], result.outputs["uploaded-count"]) == ("OK_PRIVATE", "5")
    assert result.outputs["served"] == "true"
    assert keyless_program.guarded.refusals > 0
    assert len({each.expires for each in keyless_program.vendors.issued}) > 1
    assert keyless_program.pypi.connections == 0
    secrets = {*keyless_program.vendors.given, *(each.token for each in keyless_program.vendors.issued)}
    shown = [line for line in result.text.splitlines() if not line.startswith("::add-mask")]
    assert [line for line in shown for secret in secrets if secret in line] == []
    assert secrets <= {command.data for command in result.commands if command.name == "add-mask"}
    assert not any(secret in result.summary for secret in secrets)


def test_job_that_is_not_trusted_publishes_nothing(keyless_program: KeylessProgram) -> None:
    """A refused ID token is exit status 5 with the setting to mend in the annotation, and no file is sent."""
    keyless_program.vendors.subject = "repo:octo/other:ref:refs/heads/main"

    result = keyless_program.log_in("azure-artifacts", OPTIONS["azure-artifacts"])

    assert result.status == 5
    assert f"subject identifier: {SUBJECT}" in result.errors[0]
    assert keyless_program.guarded.attempts == []


def test_options_that_are_wrong_stop_before_anybody_is_asked(keyless_program: KeylessProgram) -> None:
    """Missing and unknown options are reported at once, with exit status 2, before any request is sent."""
    result = keyless_program.log_in("azure-artifacts", {"tenant_id": "x"})

    assert result.status == 2
    for words in ("Did you mean 'tenant-id'?", "tenant-id is missing or empty", "client-id is missing or empty"):
        assert words in result.errors[0]
    assert keyless_program.github.connections == keyless_program.vendors.connections == 0


def test_rehearsal_trades_nothing(keyless_program: KeylessProgram) -> None:
    """`dry-run` with a keyless login asks no vendor for anything."""
    result = keyless_program.log_in("jfrog", OPTIONS["jfrog"], **{"dry-run": "true"})

    assert result.status == 0, result.text
    assert keyless_program.vendors.bodies == []


def test_run_with_a_password_loads_no_exchange(keyless_program: KeylessProgram) -> None:
    """What keyless logins and keyrings are made of is loaded by the runs that use it, and by no other."""
    keyless_program.run_child(
        {"private-index-url": keyless_program.guarded.upload_url, "private-index-password": "s3cret-password"}
    )

    loaded = json.loads(keyless_program.modules.read_text())
    wings = (
        "publish_action.exchanges",
        "publish_action.credentials.keyring",
        "publish_action.credentials.exchanges.trust_help",
        "keyring",
    )
    assert "publish_action.credentials.trusted_publishing" in loaded
    assert [name for name in loaded if name.startswith((*wings, "botocore", "xml.parsers"))] == []
