"""Whole runs under the public names: github.com or another GitHub server, and PyPI, all on this machine."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from publish_sandbox.pypi.server import LocalPyPI
from support.program import Result, Stage
from support.public_names import GITHUB_COM, PYPI_HOSTS, NamedGitHub, Names, SandboxKeys, play


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStage:
    """octo/demo on a GitHub server of some name, and PyPI, which knows github.com's ID tokens and nobody else's.

    Nobody is a trusted publisher of anything yet; the checkout holds acme-core 1.0.
    """

    stage: Stage
    names: Names
    found: Mapping[str, str]
    """How a run finds the local servers: what `play` gives."""

    @property
    def pypi(self) -> LocalPyPI:
        """Give what answers as pypi.org."""
        return self.stage.pypi

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
        return self.stage.act(
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
def set_public_stage(folder: Path, names: Names = GITHUB_COM) -> Iterator[PublicStage]:
    """Start the servers under their public names."""
    (folder / "workspace" / "dist").mkdir(parents=True)
    with (
        NamedGitHub(names) as github,
        LocalPyPI(issuer=GITHUB_COM.issuer, keys=SandboxKeys(GITHUB_COM.issuer)) as pypi,
        LocalPyPI(name="acme") as private,
        play({**dict.fromkeys(names.hosts, github), **dict.fromkeys(PYPI_HOSTS, pypi)}, folder / "tls") as found,
    ):
        repository = github.repository("octo/demo")
        stage = Stage(folder=folder, github=github, pypi=pypi, private=private, repository=repository)
        stage.build()
        yield PublicStage(stage=stage, names=names, found=found)
