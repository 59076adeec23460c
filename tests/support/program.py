"""The whole program as a runner runs it, in a child process, against local servers."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.sigstore.server import LocalSigstore
from publish_sandbox.sigstore.verifier import SigstoreVerifier
from support.runner_rules import Command, obeyed, parse_file_command

PROJECT = "acme-core"
_WATCHED = Path(__file__).parent / "children" / "watched.py"
TRUST_CONFIG = "trust.json"
POLICY_PATH = ".github/publish-policy.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one step of a job did."""

    status: int
    log: bytes
    outputs: Mapping[str, str]
    summary: str

    @property
    def text(self) -> str:
        """Return the log as text."""
        return self.log.decode()

    @property
    def commands(self) -> list[Command]:
        """Return every command of the log that the runner obeys."""
        return obeyed(self.log)

    @property
    def errors(self) -> list[str]:
        """Return the texts of the error annotations."""
        return [command.data for command in self.commands if command.name == "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A signal, and when to send it."""

    number: signal.Signals
    when: Callable[[], bool]

    def send(self, child: "subprocess.Popen[bytes]") -> None:
        """Wait for the moment, at most ten seconds, and send the signal."""
        for _ in range(1000):
            if self.when() or child.poll() is not None:
                break
            time.sleep(0.01)
        child.send_signal(self.number)


@dataclass(slots=True, kw_only=True)
class Program:
    """The program, with local servers that play GitHub, PyPI and a private index, and a workspace."""

    folder: Path
    github: LocalGitHub
    pypi: LocalPyPI
    private: LocalPyPI
    repository: Repository
    steps: int = field(default=0)
    sigstore: LocalSigstore | None = None

    @classmethod
    def start(cls, folder: Path, stack: ExitStack) -> Self:
        """Start the servers; the repository is public and a trusted publisher of `PROJECT`."""
        github = stack.enter_context(LocalGitHub())
        pypi = stack.enter_context(LocalPyPI(issuer=github.issuer))
        private = stack.enter_context(LocalPyPI(name="acme"))
        pypi.trust(PROJECT, "octo", "demo", "release.yml")
        (folder / "workspace" / "dist").mkdir(parents=True)
        return cls(folder=folder, github=github, pypi=pypi, private=private, repository=github.repository("octo/demo"))

    @classmethod
    def start_with_sigstore(cls, folder: Path, stack: ExitStack) -> Self:
        """Start the servers and a Sigstore, with which the index verifies attestations."""
        program = cls.start(folder, stack)
        sigstore = stack.enter_context(LocalSigstore(issuer=program.github.issuer))
        verifier = SigstoreVerifier(sigstore.trust_config())
        pypi = stack.enter_context(LocalPyPI(issuer=program.github.issuer, attestation_verifier=verifier))
        pypi.trust(PROJECT, "octo", "demo", "release.yml")
        program.pypi, program.sigstore = pypi, sigstore
        (folder / "workspace" / TRUST_CONFIG).write_text(sigstore.trust_config())
        return program

    @property
    def dist(self) -> Path:
        """Return the folder of the distributions."""
        return self.folder / "workspace" / "dist"

    def build(self, *, version: str = "1.0", project: str = PROJECT, classifiers: tuple[str, ...] = ()) -> None:
        """Build a good wheel and a good sdist."""
        build_wheel(self.dist, project, version, classifiers=classifiers)
        build_sdist(self.dist, project, version, classifiers=classifiers)

    def private_inputs(self) -> dict[str, str]:
        """Return the inputs for the private index, with a token that works."""
        return {
            "private-index-url": self.private.upload_url,
            "private-index-password": self.private.api_token("ci"),
        }

    def act(
        self,
        inputs: Mapping[str, str] | None = None,
        *,
        event: str = "push",
        ref: str = "refs/heads/main",
        id_token: bool = True,
        workflow: str = "release.yml",
        environment: str | None = None,
        variables: Mapping[str, str] | None = None,
        stop: Stop | None = None,
    ) -> Result:
        """Run one step of the action and return what it did; `stop` sends it a signal at a chosen moment."""
        given = {"github-token": self.github.token, "public-index-url": self.pypi.upload_url, **(inputs or {})}
        temp = self._next_folder()
        job = self.github.environment(
            self.repository,
            workspace=self.folder / "workspace",
            temp=temp,
            event=event,
            ref=ref,
            id_token=id_token,
            workflow=workflow,
            environment=environment,
        )
        typed = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        words = ["-I", "-u", "-m", "publish_action", "action"]
        return self._run(temp, words, {**job, **typed, **(variables or {})}, stop)

    def act_watched(self, inputs: Mapping[str, str] | None = None) -> tuple[Result, AbstractSet[int], list[str]]:
        """Run one step; give what it did, the ports that it dialled, and which of Sigstore's libraries it loaded."""
        temp, report = self._next_folder(), self.folder / f"watched-{self.steps}.json"
        job = self.github.environment(self.repository, workspace=self.folder / "workspace", temp=temp)
        given = {"github-token": self.github.token, "public-index-url": self.pypi.upload_url, **(inputs or {})}
        typed = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        result = self._run(temp, ["-I", str(_WATCHED), str(report)], {**job, **typed}, None)
        seen = json.loads(report.read_text())
        return result, frozenset(seen["ports"]), seen["loaded"]

    def command(self, *arguments: str) -> Result:
        """Run the command in a workflow, as a runner without Docker does."""
        temp = self._next_folder()
        job = self.github.environment(self.repository, workspace=self.folder / "workspace", temp=temp)
        words = ["-m", "publish_action", *arguments, "--public-index-url", self.pypi.upload_url]
        return self._run(temp, words, {**job, "PUBLISH_ACTION_GITHUB_TOKEN": self.github.token}, None)

    def _next_folder(self) -> Path:
        self.steps += 1
        temp = self.folder / f"step-{self.steps}"
        temp.mkdir()
        return temp

    def _run(self, temp: Path, words: list[str], environment: Mapping[str, str], stop: Stop | None) -> Result:
        with subprocess.Popen(
            [sys.executable, *words],
            env=dict(environment),
            cwd=self.folder / "workspace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as child:
            if stop is not None:
                stop.send(child)
            log, _ = child.communicate(timeout=120)
        return Result(
            status=child.returncode,
            log=log,
            outputs=parse_file_command((temp / "output").read_bytes().decode()),
            summary=(temp / "summary.md").read_text(),
        )
