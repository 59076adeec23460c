"""Start the image with the command line that GitHub's runner uses for a container action."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from support.runner_rules import Command, obeyed, parse_file_command

# Hosted runners work as this account; the container is root.
_RUNNER_ACCOUNT = 1001
_COMMAND_FILES = {
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_STEP_SUMMARY": "step_summary",
    "GITHUB_STATE": "save_state",
    "GITHUB_ENV": "set_env",
    "GITHUB_PATH": "add_path",
}
# Belong to the machine, and are not sent into a container.
_MACHINE_VARIABLES = frozenset({"PATH", "LANG", "RUNNER_TOOL_CACHE"})
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a step left behind."""

    exit_status: int
    stdout: bytes
    stderr: bytes
    outputs: Mapping[str, str]
    summary: str
    orders: Mapping[str, str]
    """What was written for later steps: GITHUB_STATE, GITHUB_ENV and GITHUB_PATH; empty ones are left out."""

    @property
    def log(self) -> str:
        """Return both streams as text, stderr after stdout."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return every command in the log that the runner would obey."""
        return (*obeyed(self.stdout), *obeyed(self.stderr))


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The host's side of what the runner mounts: a job's temporary folder and the checkout."""

    temp: Path
    workspace: Path

    @classmethod
    def under(cls, folder: Path) -> Self:
        """Make all of them, empty."""
        made = cls(temp=folder / "temp", workspace=folder / "workspace")
        for each in (made.workspace, made.home, made.workflow, made.file_commands):
            each.mkdir(parents=True)
        return made

    @property
    def home(self) -> Path:
        """HOME of the job's container actions; earlier steps may have written there."""
        return self.temp / "_github_home"

    @property
    def workflow(self) -> Path:
        """Holds the event."""
        return self.temp / "_github_workflow"

    @property
    def file_commands(self) -> Path:
        """Holds the files in which a step answers the runner."""
        return self.temp / "_runner_file_commands"

    def mounts(self) -> tuple[str, ...]:
        """Return docker's options that mount them where the runner does."""
        inside = {
            "runner_temp": self.temp,
            "home": self.home,
            "workflow": self.workflow,
            "file_commands": self.file_commands,
            "workspace": self.workspace,
        }
        return tuple(word for name, folder in inside.items() for word in ("--volume", f"{folder}:/github/{name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that has been started and not yet been waited for."""

    container: str
    process: subprocess.Popen[bytes]
    files: Mapping[str, Path]

    def is_running(self) -> bool:
        """Return whether the step is still running."""
        return self.process.poll() is None

    def signal(self, name: str) -> None:
        """Send a signal to the container's first process, as the runner does when a job is cancelled."""
        subprocess.run(("docker", "kill", "--signal", name, self.container), check=True, capture_output=True)

    def finish(self) -> Result:
        """Wait for the end, and give what the step left. A step that does not end is killed, with status 137."""
        try:
            stdout, stderr = self.process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal("KILL")
            stdout, stderr = self.process.communicate()
        texts = {variable: path.read_text(encoding="utf-8") for variable, path in self.files.items()}
        return Result(
            exit_status=self.process.returncode,
            stdout=stdout,
            stderr=stderr,
            outputs=parse_file_command(texts.pop("GITHUB_OUTPUT")),
            summary=texts.pop("GITHUB_STEP_SUMMARY"),
            orders={variable: text for variable, text in texts.items() if text},
        )


def run_action(
    *, image: str, inputs: Mapping[str, str], environment: Mapping[str, str], folders: Folders, network: str = "host"
) -> Result:
    """Run the action once, as a step of a job, and give what it left; arguments are those of `start_action`."""
    step = start_action(image=image, inputs=inputs, environment=environment, folders=folders, network=network)
    return step.finish()


def start_action(
    *, image: str, inputs: Mapping[str, str], environment: Mapping[str, str], folders: Folders, network: str = "host"
) -> Step:
    """Start the action as a step of a job.

    `environment` is what `LocalGitHub.environment` gives; its paths become those inside the container.
    The host's network lets the container reach fakes on 127.0.0.1, the one address plain http is allowed for.
    """
    files = _write_runner_files(folders, Path(environment["GITHUB_EVENT_PATH"]))
    container = f"publish_action_{uuid.uuid4().hex}"
    variables = {
        **{name: value for name, value in environment.items() if name not in _MACHINE_VARIABLES},
        # Only spaces become underscores: hyphens stay (GitHub's runner).
        **{f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()},
        **_paths_inside(files),
    }
    # The runner gives no --init, --tty, --user or --read-only; its docker.sock is left out here.
    command = (
        *("docker", "run", "--name", container, "--workdir", "/github/workspace", "--rm", "--network", network),
        *(word for name, value in variables.items() for word in ("--env", f"{name}={value}")),
        *folders.mounts(),
        image,
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return Step(container=container, process=process, files=files)


def run_inside(image: str, *words: str) -> str:
    """Return the output of a command inside the image, started in place of the action."""
    command = ("docker", "run", "--rm", "--network", "none", "--entrypoint", words[0], image, *words[1:])
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True, text=True).stdout


def _write_runner_files(folders: Folders, event: Path) -> dict[str, Path]:
    """Write the event and the empty command files, new ones for each step, and hand all to the runner's account."""
    step = uuid.uuid4().hex
    files = {variable: folders.file_commands / f"{name}_{step}" for variable, name in _COMMAND_FILES.items()}
    for path in files.values():
        path.touch(mode=0o644)
    shutil.copyfile(event, folders.workflow / "event.json")
    if os.geteuid() == 0:
        _give_away((folders.temp, folders.workspace))
    return files


def _give_away(folders: Iterable[Path]) -> None:
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _RUNNER_ACCOUNT, _RUNNER_ACCOUNT, follow_symlinks=False)


def _paths_inside(files: Mapping[str, Path]) -> dict[str, str]:
    return {
        "HOME": "/github/home",
        "RUNNER_TEMP": "/github/runner_temp",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        **{variable: f"/github/file_commands/{path.name}" for variable, path in files.items()},
    }
