"""Run four scenarios of publishing with the real program and check what the servers received."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from publish_sandbox.services import PROJECT, VERSION, RunResult, Services

_REFUSED = 3


@dataclass(slots=True)
class Reporter:
    """Print scenarios and remember which checks failed."""

    failures: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """Print the title of a scenario."""
        print(f"\n=== {text}")

    def show(self, result: RunResult) -> None:
        """Print the log of a run; the bar keeps a runner from obeying workflow commands in it."""
        for line in result.shown():
            print(f"    | {line}")
        print(f"    exit status {result.status}")

    def expect(self, fact: str, holds: bool) -> None:
        """Print a check of this scenario and whether it passes."""
        print(f"  {'ok    ' if holds else 'FAILED'} {fact}")
        if not holds:
            self.failures.append(fact)


def run_demo(services: Services, reporter: Reporter) -> None:
    """Run every scenario, in order: each starts from the state that the one before left."""
    scenarios: tuple[Callable[[Services, Reporter], None], ...] = (
        _public_code_goes_to_pypi,
        _private_code_goes_to_the_private_index,
        _private_code_never_goes_to_pypi,
        _anyone_can_install,
    )
    for scenario in scenarios:
        scenario(services, reporter)


def _public_code_goes_to_pypi(services: Services, reporter: Reporter) -> None:
    reporter.title("1. A public repository publishes to PyPI by Trusted Publishing, without a password")

    result = services.run_action(
        services.public_repository,
        {
            "packages-dir": str(services.dist),
            "public-index-url": services.pypi.upload_url,
            "sigstore-trust-config": str(services.trust_config),
        },
    )

    reporter.show(result)
    reporter.expect("it succeeds and reports 2 uploaded files", _published_both(result))
    served = {file.file_name: file.sha256 for project in services.pypi.projects.values() for file in project.files}
    reporter.expect("the index has both files, with the bytes that were built", served == _hashes(services))
    reporter.expect("it minted one upload token", len(services.pypi.minted) == 1)
    minted = {token.token for token in services.pypi.minted}
    reporter.expect("every upload used that token", {upload.token for upload in services.pypi.uploads} == minted)
    reporter.expect("the token was revoked at the end", set(services.pypi.burnt) == minted)
    attested = [result.outputs.get(name) for name in ("attestations", "attestations-count")]
    reporter.expect("both files were signed with the local Sigstore", attested == ["signed", "2"])
    entries = len(services.sigstore.log.bodies)
    reporter.expect("the transparency log has one entry for each, and no other", entries == len(served))
    proved = "serves verified attestations of 2 of 2 files" in result.log
    reporter.expect("the index serves a provenance for each that verifies", proved)


def _private_code_goes_to_the_private_index(services: Services, reporter: Reporter) -> None:
    reporter.title("2. A private repository publishes to its private index, with the same workflow")
    asked = len(services.pypi.requests)

    result = services.run_action(
        services.private_repository,
        {
            "packages-dir": str(services.dist),
            "public-index-url": services.pypi.upload_url,
            "private-index-url": services.private.upload_url,
            "private-index-check-url": services.private.read_url,
            "private-index-username": services.private.username,
            "private-index-password": services.private.password,
        },
    )

    reporter.show(result)
    reporter.expect("it succeeds and reports 2 uploaded files", _published_both(result))
    there = {file.name for file in services.private.packages.glob(f"{PROJECT}*")}
    reporter.expect("the private index has both files", there == set(_hashes(services)))
    reporter.expect("the public index received no request", len(services.pypi.requests) == asked)


def _private_code_never_goes_to_pypi(services: Services, reporter: Reporter) -> None:
    reporter.title("3. A private repository requests PyPI by mistake: `index: pypi`")
    asked, connected, minted = len(services.pypi.requests), services.pypi.connections, len(services.pypi.minted)

    result = services.run_action(
        services.private_repository,
        {"packages-dir": str(services.dist), "public-index-url": services.pypi.upload_url, "index": "pypi"},
    )

    reporter.show(result)
    found = (result.status, result.outputs.get("verdict"), result.outputs.get("code"))
    reporter.expect(
        f"it is refused with exit status {_REFUSED}", found == (_REFUSED, "refuse", "E_NONPUBLIC_TO_PUBLIC")
    )
    reporter.expect("the index received no request", len(services.pypi.requests) == asked)
    reporter.expect("the index received no connection, so not one byte", services.pypi.connections == connected)
    reporter.expect(
        "no upload token was minted, although the index trusts this repository", len(services.pypi.minted) == minted
    )


def _anyone_can_install(services: Services, reporter: Reporter) -> None:
    reporter.title("4. Anyone can install what scenario 1 published")
    target = services.folder / "installed"

    installed = _run_pip(services, "install", "--no-deps", "--target", str(target), f"{PROJECT}=={VERSION}")
    imported = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {[str(target)]!r}; "
         f"import {PROJECT}; print({PROJECT}.__version__)"],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    reporter.show(installed)
    reporter.expect("pip installs it from the index", installed.status == 0)
    reporter.expect(f"it can be imported and reports version {VERSION}", imported.stdout.strip() == VERSION)


def _run_pip(services: Services, *arguments: str) -> RunResult:
    """Run pip against the local index, ignoring the configuration of this machine."""
    quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--index-url", services.pypi.simple_url],
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(services.folder), **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return RunResult(status=done.returncode, log=done.stdout)


def _published_both(result: RunResult) -> bool:
    return result.status == 0 and (result.outputs.get("published"), result.outputs.get("uploaded-count")) == (
        "true",
        "2",
    )


def _hashes(services: Services) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in services.dist.iterdir()}
