"""Whole runs under the public names: github.com or another GitHub server, and PyPI, all on this machine."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from publish_sandbox.pypi.server import LocalPyPI
from support.program import Program, Result
from support.public_names import GITHUB_COM, PYPI_HOSTS, NamedGitHub, Names, SandboxKeys, play


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProgram:
    """octo/demo on a GitHub server of some name, and PyPI, which knows github.com's ID tokens and no others.

    No trusted publisher is registered yet; the checkout holds acme-core 1.0.
    """

    program: Program
    names: Names
    found: Mapping[str, str]
    """How a run finds the local servers: the value of `play`."""

    @property
    def pypi(self) -> LocalPyPI:
        """Return the server that answers as pypi.org."""
        return self.program.pypi

    def act(
        self,
        inputs: Mapping[str, str] | None = None,
        *,
        event: str = "push",
        id_token: bool = True,
        workflow: str = "release.yml",
        environment: str | None = None,
    ) -> Result:
        """Run one step of the action, with PyPI's own address as the public index; there is no public Sigstore here."""
        return self.program.act(
            {
                "public-index-url": "",
                "ca-bundle": self.found["ca-bundle"],
                "attestations": "false",
                **(inputs or {}),
            },
            event=event,
            id_token=id_token,
            workflow=workflow,
            environment=environment,
            variables={
                "HTTPS_PROXY": self.found["HTTPS_PROXY"],
                "GITHUB_SERVER_URL": self.names.server,
                "GITHUB_API_URL": self.names.api,
            },
        )


@contextlib.contextmanager
def start_public_program(folder: Path, names: Names = GITHUB_COM) -> Iterator[PublicProgram]:
    """Start the servers under their public names."""
    (folder / "workspace" / "dist").mkdir(parents=True)
    with (
        NamedGitHub(names) as github,
        LocalPyPI(issuer=GITHUB_COM.issuer, keys=SandboxKeys(GITHUB_COM.issuer)) as pypi,
        LocalPyPI(name="acme") as private,
        play({**dict.fromkeys(names.hosts, github), **dict.fromkeys(PYPI_HOSTS, pypi)}, folder / "tls") as found,
    ):
        repository = github.repository("octo/demo")
        program = Program(folder=folder, github=github, pypi=pypi, private=private, repository=repository)
        program.build()
        yield PublicProgram(program=program, names=names, found=found)
