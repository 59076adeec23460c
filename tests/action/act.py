"""Run a workflow with act: jobs in containers, the real action.yml, outputs read by later steps."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACTION = "org/publish-action@v1"
SHARED_WORKFLOWS = "org/workflows@v1"

_WORKFLOWS = Path(__file__).parent / "workflows"
_COMPOSITE = Path(__file__).parent / "composite.yml"
_SECONDS = 240
_GRACE_SECONDS = 30
# What belongs to this machine's work and not to the action; the rest is what a release holds.
_NOT_RELEASED = (".git", ".venv", ".*_cache", ".hypothesis", ".cache", "build", "dist", "__pycache__", "*.egg-info")
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
_AUTHOR = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.invalid")
_OUTPUTS = re.compile(r"OUTPUTS (\S+) (\{.*\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run of a workflow left."""

    exit_status: int
    log: str
    """What act shows of it: masks are obeyed, and what it took for commands is marked as such."""
    steps: Mapping[str, str]
    """Name of a job and of a step of it, joined by ` / `, to `success`, `failure` or `skipped`."""
    outputs: Mapping[str, Mapping[str, str]]
    """What later steps printed as `OUTPUTS NAME {...}`, by that name."""
    summaries: tuple[str, ...]
    """The job summaries, in the order in which the steps ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout of octo/demo, with the workflows of the tests in it and one commit."""

    folder: Path

    @property
    def dist(self) -> Path:
        """Return the folder of the distributions, which are part of the checkout."""
        return self.folder / "dist"

    def commit(self) -> str:
        """Put all into one commit on the branch main, and return its hash. act reads the remote for the name."""
        shutil.copytree(_WORKFLOWS, self.folder / ".github" / "workflows", dirs_exist_ok=True)
        composite = self.folder / ".github" / "actions" / "release" / "action.yml"
        composite.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_COMPOSITE, composite)
        if not (self.folder / ".git").exists():
            self._git("init", "--quiet", "--initial-branch=main")
            self._git("remote", "add", "origin", "https://github.com/octo/demo")
        self._git("add", "--all", "--force")
        self._git("commit", "--quiet", "--allow-empty", "--message=Release")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *words: str) -> str:
        command = ("git", *_AUTHOR, *words)
        done = subprocess.run(
            command, cwd=self.folder, env={**os.environ, **_GIT}, check=True, capture_output=True, text=True
        )
        return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """act, with all that a run needs to find on this machine."""

    machine: str
    """The image that plays `ubuntu-latest`."""
    action: Path
    """The folder that plays the action's repository."""
    home: Path
    """Where act finds no settings, and keeps what it copies."""
    kept: Path
    """Where a run leaves what a person may want to read: its log and its summaries."""
    others: Mapping[str, Path] = field(default_factory=dict)
    """Folders that play the repositories of other actions, by what `uses:` says."""

    def run(
        self,
        workflow: str,
        checkout: Checkout,
        *,
        event: str,
        payload: Mapping[str, object],
        environment: Mapping[str, str],
        secrets: Mapping[str, str],
        variables: Mapping[str, str],
        machine: str = "",
    ) -> Result:
        """Run one workflow of the checkout, and keep its log and its summaries as files."""
        event_file = self.home / "event.json"
        event_file.write_text(json.dumps(payload))
        settings = [f"--env={name}={value}" for name, value in environment.items()]
        settings += [f"--var={name}={value}" for name, value in variables.items()]
        command = (
            *(_find_act(), event, "--json", "--workflows", f".github/workflows/{workflow}"),
            *("--eventpath", str(event_file), "--action-cache-path", str(self.home / "cache")),
            *("--platform", f"ubuntu-latest={machine or self.machine}", "--pull=false", "--no-cache-server", "--rm"),
            *("--container-daemon-socket", "-"),
            *("--local-repository", f"{ACTION}={self.action}"),
            *("--local-repository", f"{SHARED_WORKFLOWS}={checkout.folder}"),
            *(word for name, folder in self.others.items() for word in ("--local-repository", f"{name}={folder}")),
            *settings,
            # By their names alone: act takes the values from its environment, and no list of processes shows them.
            *(word for name in secrets for word in ("--secret", name)),
        )
        result = _read(*_run(command, checkout.folder, self._own_environment(secrets)))
        (self.kept / "log.txt").write_text(result.log)
        (self.kept / "summary.md").write_text("\n".join(result.summaries))
        return result

    def _own_environment(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """No `.actrc` of a user, no proxy, no token: what act takes of its environment is given here."""
        kept = {name: os.environ[name] for name in ("PATH", "DOCKER_HOST", "DOCKER_CONFIG") if name in os.environ}
        return {**kept, **_GIT, "HOME": str(self.home), **secrets}


def copy_action(folder: Path, base: str) -> None:
    """Copy what a release of the action holds. The base image is named in the file: act passes no build argument."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_NOT_RELEASED))
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(re.sub(r"^ARG BASE=.*$", f"ARG BASE={base}", dockerfile.read_text(), flags=re.MULTILINE))


def use_prebuilt_image(folder: Path, image: str) -> None:
    """Let the copied action name a finished image, as a release does that was built once for all its users."""
    action = folder / "action.yml"
    action.write_text(action.read_text().replace("image: Dockerfile", f"image: docker://{image}"))


@dataclass(slots=True)
class _RunLog:
    lines: list[str] = field(default_factory=list)
    steps: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summaries: list[str] = field(default_factory=list)


def _run(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Return act's exit status and output. After the time limit it is interrupted, and removes its containers."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as act:
        try:
            output, _ = act.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            act.terminate()
            output, _ = act.communicate(timeout=_GRACE_SECONDS)
    return act.returncode, output.decode("utf-8", "replace")


def _read(exit_status: int, output: str) -> Result:
    """Read act's JSON log; what is no JSON is a line of act's own."""
    run_log = _RunLog()
    for line in output.splitlines():
        try:
            entry: dict[str, object] = json.loads(line)
        except ValueError:
            entry = {"msg": line}
        _tell(entry, run_log)
    return Result(
        exit_status=exit_status,
        log="\n".join(run_log.lines),
        steps=run_log.steps,
        outputs=run_log.outputs,
        summaries=tuple(run_log.summaries),
    )


def _tell(entry: Mapping[str, object], run_log: _RunLog) -> None:
    # `raw` and `arg` hold what the masks hide: they are not what people see.
    text = str(entry.get("msg", "")).rstrip("\n")
    run_log.lines.append(f"{entry.get('job', 'act')} | {text}")
    if "stepResult" in entry:
        run_log.steps[f"{entry.get('jobID')} / {entry.get('step')}"] = str(entry["stepResult"])
    if entry.get("command") == "summary":
        run_log.summaries.append(str(entry.get("content", "")))
    printed = _OUTPUTS.fullmatch(text)
    if printed:
        run_log.outputs[printed[1]] = json.loads(printed[2])


def _find_act() -> str:
    found = shutil.which("act", path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError("act is not beside this Python: `make .venv/ready` installs it")
    return found
