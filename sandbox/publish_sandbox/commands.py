"""The two commands that the sandbox adds to publish-action: `demo` and `sandbox`."""

import argparse
import shlex
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from publish_sandbox.demo import Teller, tell_all
from publish_sandbox.github.server import Repository
from publish_sandbox.services import Stage, set_stage


def demo(arguments: list[str]) -> int:
    """Tell the stories; give 0 if all went as told, else 1."""
    argparse.ArgumentParser(prog="publish-action demo", description=demo.__doc__).parse_args(arguments)
    teller = Teller()
    with set_stage() as stage:
        tell_all(stage, teller)
    if teller.failures:
        print(f"\n{len(teller.failures)} facts do not hold:", *teller.failures, sep="\n  ")
        return 1
    print("\nAll stories went as told.")
    return 0


def sandbox(arguments: list[str]) -> int:
    """Run the local GitHub and the indexes until Ctrl-C, SIGTERM, or the end of `--seconds`; give 0."""
    options = _parser().parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with set_stage(host=options.host, port_base=options.port_base) as stage:
        print(_guide(stage), flush=True)
        ended.wait(options.seconds)
    print("Stopped; all files are gone.", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="publish-action sandbox",
        description="Run a local GitHub, a PyPI-like index, a Sigstore and a private index.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for containers")
    parser.add_argument("--port-base", type=int, default=0, help="first of four ports (default: any free ones)")
    parser.add_argument("--seconds", type=float, help="stop by itself after so long")
    return parser


def _guide(stage: Stage) -> str:
    """Say what runs where and how to publish to it."""
    open_job = _write_exports(stage, stage.public_repository)
    closed_job = _write_exports(stage, stage.private_repository)
    dist, public, private = (shlex.quote(text) for text in (str(stage.dist), stage.pypi.upload_url, stage.private.url))
    trust = shlex.quote(str(stage.trust_config))
    return "\n".join(
        [
            f"GitHub         {stage.github.url}  (API {stage.github.api_url}, ID tokens of {stage.github.issuer})",
            f"PyPI           {stage.pypi.upload_url}  (installers read {stage.pypi.simple_url})",
            f"private index  {stage.private.upload_url}  (installers read {stage.private.read_url})",
            f"Sigstore       {stage.sigstore.url}  (trust configuration {stage.trust_config})",
            f"distributions  {stage.dist}",
            "",
            "Publish as a job of the public repository octo/open, to PyPI, with attestations:",
            f"  ( . {open_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            f"      --sigstore-trust-config {trust} )",
            "Publish as a job of the private repository octo/closed, to the private index:",
            f"  ( . {closed_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            f"      --private-index-url {private}/ --private-index-check-url {private}/simple/ \\",
            f"      --private-index-username {stage.private.username} )",
            "Ask for PyPI from there, and be refused:",
            f"  ( . {closed_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            "      --index pypi )",
            "",
            "Ctrl-C stops everything.",
        ]
    )


def _write_exports(stage: Stage, repository: Repository) -> Path:
    """Write a shell file that makes a shell a job of `repository`; secrets travel as variables, not as arguments."""
    secrets = {
        "PUBLISH_ACTION_GITHUB_TOKEN": stage.github.token,
        "PUBLISH_ACTION_PRIVATE_INDEX_PASSWORD": stage.private.password,
    }
    variables: Mapping[str, str] = {**stage.environment(repository), **secrets}
    path = stage.folder / f"{repository.name}.sh"
    # PATH stays the reader's own: that is where publish-action is.
    exported = {name: value for name, value in variables.items() if name not in ("PATH", "HOME")}
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in exported.items()))
    return path
