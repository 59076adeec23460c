"""A git repository on disk for tests, deaf to the machine's own settings."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    exit_status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchRepository:
    """A folder that is a git repository."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What commands run there with: no settings of the machine or of a person."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(self, *words: str) -> str:
        """Run git there, and give what it prints."""
        ended = self.run("git", "-c", "user.name=octo", "-c", "user.email=octo@example.com", *words)
        assert ended.exit_status == 0, ended.err
        return ended.out.strip()

    def run(self, *words: str) -> Ended:
        """Run a command there."""
        done = subprocess.run(words, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True)
        return Ended(exit_status=done.returncode, out=done.stdout, err=done.stderr)

    def commit(self) -> str:
        """Commit all that is there, be it nothing new; give the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")


def make_repository(folder: Path) -> ScratchRepository:
    """Make an empty repository."""
    folder.mkdir(parents=True)
    made = ScratchRepository(folder=folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made
