"""Start the servers of a rehearsal: a local GitHub, a PyPI-like index, a Sigstore and a real private index."""

import contextlib
import functools
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.private.real_servers import PyPIServer
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.sigstore.server import LocalSigstore
from publish_sandbox.sigstore.verifier import SigstoreVerifier

PROJECT = "rehearsal"
VERSION = "1.0"
_WORKFLOW = "release.yml"
_RUN_SECONDS = 120
# Name, fence, lines, fence (GitHub docs, "Workflow commands", multiline strings).
_OUTPUT = re.compile(r"^([^=<\n]+)<<(.+)\n((?:.*\n)*?)\2\n", re.MULTILINE)
_MASK = re.compile(r"::add-mask ?::(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """The result of a run of the real program in a child process."""

    status: int
    log: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    """What the run wrote to GITHUB_OUTPUT."""

    def shown(self) -> list[str]:
        """Return the log as GitHub shows it: without mask commands, each masked value as `***`."""
        lines = self.log.splitlines()
        masked = [match[1] for line in lines if (match := _MASK.match(line))]
        kept = [line for line in lines if not _MASK.match(line)]
        return [functools.reduce(lambda text, value: text.replace(value, "***"), masked, line) for line in kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Running servers and two repositories, both trusted publishers of `PROJECT` on the local PyPI."""

    folder: Path
    github: LocalGitHub
    pypi: LocalPyPI
    private: PyPIServer
    sigstore: LocalSigstore
    public_repository: Repository
    private_repository: Repository

    @property
    def dist(self) -> Path:
        """Return the folder with the distributions to publish, inside the workspace."""
        return self.folder / "workspace" / "dist"

    @property
    def trust_config(self) -> Path:
        """Give the client trust configuration of the local Sigstore."""
        return self.folder / "sigstore-trust-config.json"

    def environment(self, repository: Repository) -> dict[str, str]:
        """Return the environment of a job of `repository`, with its files in a new folder."""
        temp = Path(tempfile.mkdtemp(dir=self.folder, prefix=f"job-{repository.name}-"))
        return self.github.environment(repository, workspace=self.folder / "workspace", temp=temp)

    def run_action(self, repository: Repository, inputs: Mapping[str, str]) -> RunResult:
        """Run the action for `repository` with the variables and working directory that a runner sets."""
        job = self.environment(repository)
        variables = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        done = subprocess.run(
            [sys.executable, "-I", "-u", "-m", "publish_action", "action"],
            env={**job, "INPUT_GITHUB-TOKEN": self.github.token, **variables},
            cwd=self.folder / "workspace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_RUN_SECONDS,
            check=False,
        )
        outputs = _read_outputs(Path(job["GITHUB_OUTPUT"]).read_text())
        return RunResult(status=done.returncode, log=done.stdout, outputs=outputs)


@contextlib.contextmanager
def run_services(*, host: str = "127.0.0.1", port_base: int = 0) -> Iterator[Services]:
    """Start everything on four ports from `port_base` (0: any free ones); stop it and remove its files afterwards."""
    clock = SettableClock()
    ports: Sequence[int] = range(port_base, port_base + 4) if port_base else (0, 0, 0, 0)
    with (
        tempfile.TemporaryDirectory(prefix="publish-sandbox-") as name,
        LocalGitHub(clock=clock, host=host, port=ports[0]) as github,
        LocalSigstore(issuer=github.issuer, clock=clock, host=host, port=ports[3]) as sigstore,
        LocalPyPI(
            issuer=github.issuer,
            clock=clock,
            host=host,
            port=ports[1],
            attestation_verifier=SigstoreVerifier(sigstore.trust_config()),
        ) as pypi,
        PyPIServer(Path(name) / "pypiserver", "ci", "s3cret", port=ports[2]) as private,
    ):
        services = Services(
            folder=Path(name),
            github=github,
            pypi=pypi,
            private=private,
            sigstore=sigstore,
            public_repository=github.repository("octo/open", visibility="public"),
            private_repository=github.repository("octo/closed", visibility="private"),
        )
        for repository in (services.public_repository, services.private_repository):
            # The local PyPI trusts the private repository too: only publish-action stands between it and the world.
            pypi.trust(PROJECT, repository.owner, repository.name, _WORKFLOW)
        services.trust_config.write_text(sigstore.trust_config())
        build_wheel(services.dist, PROJECT, VERSION)
        build_sdist(services.dist, PROJECT, VERSION)
        yield services


def _read_outputs(text: str) -> dict[str, str]:
    return {name: value.removesuffix("\n") for name, _, value in _OUTPUT.findall(text)}
