"""The environment that a GitHub runner prepares for a step: variables, event file, command files."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from publish_sandbox.github.id_tokens import Job

_COMMAND_FILES = {
    "GITHUB_OUTPUT": "output",
    "GITHUB_STEP_SUMMARY": "summary.md",
    "GITHUB_ENV": "env",
    "GITHUB_PATH": "path",
    "GITHUB_STATE": "state",
}


def variables(
    job: Job, *, server_url: str, api_url: str, repository: Mapping[str, object], workspace: Path
) -> dict[str, str]:
    """Return the variables that describe the run (GitHub docs, "Variables reference")."""
    full_name = str(repository["full_name"])
    owner = repository["owner"]
    owner_id = owner["id"] if isinstance(owner, dict) else ""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION": "__octo_publish-action",
        "GITHUB_ACTOR": job.actor,
        "GITHUB_ACTOR_ID": "583231",
        "GITHUB_API_URL": api_url,
        "GITHUB_BASE_REF": "",
        "GITHUB_EVENT_NAME": job.event,
        "GITHUB_GRAPHQL_URL": f"{server_url}/api/graphql",
        "GITHUB_HEAD_REF": "",
        "GITHUB_JOB": "publish",
        "GITHUB_REF": job.ref,
        "GITHUB_REF_NAME": job.ref.split("/", 2)[-1],
        "GITHUB_REF_PROTECTED": "false",
        "GITHUB_REF_TYPE": job.ref_type,
        "GITHUB_REPOSITORY": full_name,
        "GITHUB_REPOSITORY_ID": str(repository["id"]),
        "GITHUB_REPOSITORY_OWNER": full_name.partition("/")[0],
        "GITHUB_REPOSITORY_OWNER_ID": str(owner_id),
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_RUN_ATTEMPT": job.run_attempt,
        "GITHUB_RUN_ID": job.run_id,
        "GITHUB_RUN_NUMBER": job.run_number,
        "GITHUB_SERVER_URL": server_url,
        "GITHUB_SHA": job.sha,
        "GITHUB_TRIGGERING_ACTOR": job.actor,
        "GITHUB_WORKFLOW": "Release",
        "GITHUB_WORKFLOW_REF": f"{full_name}/.github/workflows/{job.workflow}@{job.ref}",
        "GITHUB_WORKFLOW_SHA": job.sha,
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_ARCH": "X64",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "RUNNER_NAME": "GitHub Actions 1",
        "RUNNER_OS": "Linux",
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
    }


def write_files(temp: Path, event: Mapping[str, object]) -> dict[str, str]:
    """Write the event and the empty command files under `temp`; give the variables that point to them."""
    home = temp / "home"
    home.mkdir(parents=True, exist_ok=True)
    event_file = temp / "event.json"
    event_file.write_text(json.dumps(event))
    for name in _COMMAND_FILES.values():
        (temp / name).write_bytes(b"")
    return {
        "HOME": str(home),
        "RUNNER_TEMP": str(temp),
        "RUNNER_TOOL_CACHE": str(temp / "tool-cache"),
        "GITHUB_EVENT_PATH": str(event_file),
        **{variable: str(temp / name) for variable, name in _COMMAND_FILES.items()},
    }


def payload(job: Job, repository: Mapping[str, object]) -> dict[str, object]:
    """Return the part of the event's payload that matters here; `schedule` carries no repository."""
    if job.event == "schedule":
        return {"schedule": "30 5 * * 1"}
    found: dict[str, object] = {"repository": dict(repository), "sender": {"login": job.actor}}
    if job.event == "push":
        found |= {"ref": job.ref, "after": job.sha}
    if job.event == "release":
        found |= {"action": "published", "release": {"tag_name": job.ref.removeprefix("refs/tags/")}}
    return found
