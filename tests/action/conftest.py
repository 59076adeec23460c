"""What workflows start from: a local GitHub, a local PyPI, a checkout of octo/demo, and act."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from action.act import ROOT, Act, Checkout, Result, copy_action, use_prebuilt_image
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.id_tokens import Job
from publish_sandbox.github.runner_environment import payload
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.pypi.server import LocalPyPI

_RUN_ID = "16000000001"


@dataclass(slots=True, kw_only=True)
class World:
    """octo/demo on a local GitHub, with act as its runner and a public index that trusts its release.yml."""

    github: LocalGitHub
    pypi: LocalPyPI
    repository: Repository
    checkout: Checkout
    act: Act
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """More variables of every job's environment."""

    def push(
        self,
        workflow: str = "release.yml",
        *,
        event: str = "push",
        ref: str = "refs/heads/main",
        environment: str | None = None,
        event_payload: Mapping[str, object] | None = None,
        id_token: bool = True,
        machine: str = "",
    ) -> Result:
        """Commit the checkout and let the workflow run for it, as GitHub would for the event."""
        job = Job(
            event=event,
            ref=ref,
            sha=self.checkout.commit(),
            workflow=workflow,
            run_id=_RUN_ID,
            run_number="7",
            run_attempt="1",
            actor="octocat",
            environment=environment,
        )
        described = payload(job, self.github.describe(self.repository))
        return self.act.run(
            workflow,
            self.checkout,
            event=event,
            payload=described if event_payload is None else event_payload,
            environment={**self._server(job), **self.settings, **(self._id_tokens(job) if id_token else {})},
            secrets={"GITHUB_TOKEN": self.github.token, **self.secrets},
            variables={"PUBLIC_INDEX_URL": self.pypi.upload_url, **self.variables},
            machine=machine,
        )

    def _server(self, job: Job) -> dict[str, str]:
        """act knows only github.com; these point it at the local server."""
        return {
            "GITHUB_SERVER_URL": self.github.url,
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_REPOSITORY_ID": str(self.repository.id),
            "GITHUB_REPOSITORY_OWNER_ID": str(self.repository.owner_id),
            "GITHUB_RUN_ID": _RUN_ID,
            "GITHUB_RUN_ATTEMPT": job.run_attempt,
            "GITHUB_REF": job.ref,
            "GITHUB_SHA": job.sha,
        }

    def _id_tokens(self, job: Job) -> dict[str, str]:
        """act makes no ID tokens and knows no permissions: a job without `id-token: write` lacks these."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.github.id_token_request_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.github.request_token(self.repository, job),
        }


@pytest.fixture(scope="session")
def image() -> str:
    """The image that `make image` has built."""
    return os.environ.get("PUBLISH_ACTION_IMAGE", "publish-action")


@pytest.fixture(scope="session")
def base() -> str:
    """The image that the action is built on, which also plays the machine of the jobs."""
    return os.environ.get("PUBLISH_ACTION_BASE", "python:3.13-slim")


@pytest.fixture(scope="session")
def built_action(tmp_path_factory: pytest.TempPathFactory, base: str) -> Path:
    """The action's repository as it is: its image is built in every job."""
    folder = tmp_path_factory.mktemp("built") / "action"
    copy_action(folder, base)
    return folder


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory, base: str, image: str) -> Path:
    """The action's repository as a release may be: it names a finished image, here the one of `make image`."""
    folder = tmp_path_factory.mktemp("finished") / "action"
    copy_action(folder, base)
    use_prebuilt_image(folder, image)
    return folder


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, action: Path, base: str) -> Iterator[World]:
    """Set the scene; what the run leaves for people is kept under build/action."""
    folder = ROOT / "build" / "action" / re.sub(r"\W+", "-", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    checkout = Checkout(folder=tmp_path / "demo")
    checkout.dist.mkdir(parents=True)
    build_wheel(checkout.dist, "demo", "1.0")
    build_sdist(checkout.dist, "demo", "1.0")
    with LocalGitHub() as github, LocalPyPI(issuer=github.issuer) as pypi:
        pypi.trust("demo", "octo", "demo", "release.yml")
        yield World(
            github=github,
            pypi=pypi,
            repository=github.repository("octo/demo"),
            checkout=checkout,
            act=Act(machine=base, action=action, home=tmp_path, kept=folder),
        )
