"""Three stories of publishing, each told through the real program, and whether they went as told."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from publish_sandbox.services import PROJECT, VERSION, Ran, Stage

_REFUSED = 3


@dataclass(slots=True)
class Teller:
    """Print stories and remember what did not go as told."""

    failures: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """Begin a story."""
        print(f"\n=== {text}")

    def show(self, ran: Ran) -> None:
        """Show what the program said; the bar keeps a runner from obeying any of it."""
        for line in ran.shown():
            print(f"    | {line}")
        print(f"    exit status {ran.status}")

    def expect(self, fact: str, holds: bool) -> None:
        """Tell a fact that this story promises, and whether it holds."""
        print(f"  {'ok ' if holds else 'NOT'} {fact}")
        if not holds:
            self.failures.append(fact)


def tell_all(stage: Stage, teller: Teller) -> None:
    """Tell every story, in order: each starts from what the one before left."""
    stories: tuple[Callable[[Stage, Teller], None], ...] = (
        _public_code_goes_to_pypi,
        _private_code_goes_to_the_private_index,
        _private_code_never_goes_to_pypi,
        _everybody_can_install,
    )
    for story in stories:
        story(stage, teller)


def _public_code_goes_to_pypi(stage: Stage, teller: Teller) -> None:
    teller.title("1. A public repository publishes to PyPI by Trusted Publishing: no password anywhere")

    ran = stage.run_action(
        stage.public_repository,
        {
            "packages-dir": str(stage.dist),
            "public-index-url": stage.pypi.upload_url,
            "sigstore-trust-config": str(stage.trust_config),
        },
    )

    teller.show(ran)
    teller.expect("it succeeds, and says that it uploaded both files", _published_both(ran))
    served = {file.file_name: file.sha256 for project in stage.pypi.projects.values() for file in project.files}
    teller.expect("the index has each file with the bytes that were built", served == _hashes(stage))
    teller.expect("one upload token was minted for it", len(stage.pypi.minted) == 1)
    minted = {token.token for token in stage.pypi.minted}
    teller.expect("every upload came with that token", {upload.token for upload in stage.pypi.uploads} == minted)
    teller.expect("it was burnt in the end", set(stage.pypi.burnt) == minted)
    attested = [ran.outputs.get(name) for name in ("attestations", "attestations-count")]
    teller.expect("both files were signed with the local Sigstore", attested == ["signed", "2"])
    teller.expect("the public log has an entry for each, and no other", len(stage.sigstore.log.bodies) == len(served))
    proved = "serves verified attestations of 2 of 2 files" in ran.log
    teller.expect("the index serves a provenance for each that verifies", proved)


def _private_code_goes_to_the_private_index(stage: Stage, teller: Teller) -> None:
    teller.title("2. A private repository publishes to its private index, with the same workflow")
    asked = len(stage.pypi.requests)

    ran = stage.run_action(
        stage.private_repository,
        {
            "packages-dir": str(stage.dist),
            "public-index-url": stage.pypi.upload_url,
            "private-index-url": stage.private.upload_url,
            "private-index-check-url": stage.private.read_url,
            "private-index-username": stage.private.username,
            "private-index-password": stage.private.password,
        },
    )

    teller.show(ran)
    teller.expect("it succeeds, and says that it uploaded both files", _published_both(ran))
    there = {file.name for file in stage.private.packages.glob(f"{PROJECT}*")}
    teller.expect("the private index has each file", there == set(_hashes(stage)))
    teller.expect("the public index was not asked for anything", len(stage.pypi.requests) == asked)


def _private_code_never_goes_to_pypi(stage: Stage, teller: Teller) -> None:
    teller.title("3. A private repository asks for PyPI, by mistake: `index: pypi`")
    asked, connected, minted = len(stage.pypi.requests), stage.pypi.connections, len(stage.pypi.minted)

    ran = stage.run_action(
        stage.private_repository,
        {"packages-dir": str(stage.dist), "public-index-url": stage.pypi.upload_url, "index": "pypi"},
    )

    teller.show(ran)
    told = (ran.status, ran.outputs.get("verdict"), ran.outputs.get("code"))
    teller.expect(f"it is refused with exit status {_REFUSED}", told == (_REFUSED, "refuse", "E_NONPUBLIC_TO_PUBLIC"))
    teller.expect("the index saw no request", len(stage.pypi.requests) == asked)
    teller.expect("not even a connection, so not one byte", stage.pypi.connections == connected)
    teller.expect("no upload token was minted, though the index would have", len(stage.pypi.minted) == minted)


def _everybody_can_install(stage: Stage, teller: Teller) -> None:
    teller.title("4. Everybody can install what story 1 published")
    target = stage.folder / "installed"

    installed = _run_pip(stage, "install", "--no-deps", "--target", str(target), f"{PROJECT}=={VERSION}")
    imported = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {[str(target)]!r}; "
         f"import {PROJECT}; print({PROJECT}.__version__)"],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    teller.show(installed)
    teller.expect("pip installs it from the index", installed.status == 0)
    teller.expect(f"it imports and says that it is {VERSION}", imported.stdout.strip() == VERSION)


def _run_pip(stage: Stage, *arguments: str) -> Ran:
    """Run pip against the local index, deaf to the configuration of this machine."""
    quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--index-url", stage.pypi.simple_url],
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(stage.folder), **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ran(status=done.returncode, log=done.stdout)


def _published_both(ran: Ran) -> bool:
    return ran.status == 0 and (ran.outputs.get("published"), ran.outputs.get("uploaded-count")) == ("true", "2")


def _hashes(stage: Stage) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in stage.dist.iterdir()}
