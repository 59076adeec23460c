"""The whole program as a runner runs it, in a child process, on a stage of local servers."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from publish_sandbox.builder import build_sdist, build_wheel
from publish_sandbox.github import LocalGitHub, Repository
from publish_sandbox.pypi import LocalPyPI
from runner_rules import Command, obeyed, parse_file_command

PROJECT = "acme-core"
POLICY_PATH = ".github/publish-policy.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a step did."""

    status: int
    log: bytes
    outputs: Mapping[str, str]
    summary: str

    @property
    def text(self) -> str:
        """Give the log as text."""
        return self.log.decode()

    @property
    def commands(self) -> list[Command]:
        """Give every command of the log that the runner obeys."""
        return obeyed(self.log)

    @property
    def errors(self) -> list[str]:
        """Give the texts of the error annotations."""
        return [command.data for command in self.commands if command.name == "error"]


@dataclass(slots=True, kw_only=True)
class Stage:
    """A GitHub, an index that plays PyPI, one that plays a private index, and a workspace."""

    folder: Path
    github: LocalGitHub
    pypi: LocalPyPI
    private: LocalPyPI
    repository: Repository
    steps: int = field(default=0)

    @classmethod
    def set(cls, folder: Path, stack: ExitStack) -> Self:
        """Start the servers; the repository is public and a trusted publisher of `PROJECT`."""
        github = stack.enter_context(LocalGitHub())
        pypi = stack.enter_context(LocalPyPI(issuer=github.issuer))
        private = stack.enter_context(LocalPyPI(name="acme"))
        pypi.trust(PROJECT, "octo", "demo", "release.yml")
        (folder / "workspace" / "dist").mkdir(parents=True)
        return cls(folder=folder, github=github, pypi=pypi, private=private, repository=github.repository("octo/demo"))

    @property
    def dist(self) -> Path:
        """Give the folder of the distributions."""
        return self.folder / "workspace" / "dist"

    def build(self, *, version: str = "1.0", project: str = PROJECT, classifiers: tuple[str, ...] = ()) -> None:
        """Build a good wheel and a good sdist."""
        build_wheel(self.dist, project, version, classifiers=classifiers)
        build_sdist(self.dist, project, version, classifiers=classifiers)

    def private_inputs(self) -> dict[str, str]:
        """Give the inputs for the private index, with a token that works."""
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
        environment: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Result:
        """Run one step of the action and give what it did."""
        self.steps += 1
        temp = self.folder / f"step-{self.steps}"
        temp.mkdir()
        job = self.github.environment(
            self.repository,
            workspace=self.folder / "workspace",
            temp=temp,
            event=event,
            ref=ref,
            id_token=id_token,
            environment=environment,
        )
        given = {"github-token": self.github.token, "public-index-url": self.pypi.upload_url, **(inputs or {})}
        done = subprocess.run(
            [sys.executable, "-I", "-u", "-m", "publish_action", "action"],
            env={**job, **{f"INPUT_{name.upper()}": value for name, value in given.items()}, **(variables or {})},
            cwd=self.folder / "workspace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return Result(
            status=done.returncode,
            log=done.stdout,
            outputs=parse_file_command((temp / "output").read_bytes().decode()),
            summary=(temp / "summary.md").read_text(),
        )
