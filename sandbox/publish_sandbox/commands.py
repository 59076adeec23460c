"""Run the two commands that the sandbox adds to publish-action: `demo` and `sandbox`."""

import argparse
import shlex
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from publish_sandbox.demo import Reporter, run_demo
from publish_sandbox.github.server import Repository
from publish_sandbox.services import Services, run_services


def demo(arguments: list[str]) -> int:
    """Run the scenarios; exit with 0 if every check passes, else with 1."""
    argparse.ArgumentParser(prog="publish-action demo", description=demo.__doc__).parse_args(arguments)
    reporter = Reporter()
    with run_services() as services:
        run_demo(services, reporter)
    if reporter.failures:
        count = len(reporter.failures)
        print(f"\n{count} {'check' if count == 1 else 'checks'} failed:", *reporter.failures, sep="\n  ")
        return 1
    print("\nAll checks passed.")
    return 0


def sandbox(arguments: list[str]) -> int:
    """Run the local GitHub and the indexes until Ctrl-C, SIGTERM, or the end of `--seconds`."""
    options = _parser().parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with run_services(host=options.host, port_base=options.port_base) as services:
        print(_guide(services), flush=True)
        ended.wait(options.seconds)
    print("Stopped; all files are removed.", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="publish-action sandbox",
        description="Run a local GitHub, a PyPI-like index, a Sigstore and a private index.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for containers")
    parser.add_argument("--port-base", type=int, default=0, help="first of four ports (default: any free ones)")
    parser.add_argument("--seconds", type=float, help="stop after this many seconds")
    return parser


def _guide(services: Services) -> str:
    """Return the addresses of the servers and the commands that publish to them."""
    open_job = _write_exports(services, services.public_repository)
    closed_job = _write_exports(services, services.private_repository)
    dist, public, private = (
        shlex.quote(text) for text in (str(services.dist), services.pypi.upload_url, services.private.url)
    )
    trust = shlex.quote(str(services.trust_config))
    github, pypi, index = services.github, services.pypi, services.private
    return "\n".join(
        [
            f"GitHub         {github.url}  (API {github.api_url}, ID tokens of {github.issuer})",
            f"PyPI           {pypi.upload_url}  (installers read {pypi.simple_url})",
            f"private index  {index.upload_url}  (installers read {index.read_url})",
            f"Sigstore       {services.sigstore.url}  (trust configuration {services.trust_config})",
            f"distributions  {services.dist}",
            "",
            "Publish as a job of the public repository octo/open, to PyPI, with attestations:",
            f"  ( . {open_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            f"      --sigstore-trust-config {trust} )",
            "Publish as a job of the private repository octo/closed, to the private index:",
            f"  ( . {closed_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            f"      --private-index-url {private}/ --private-index-check-url {private}/simple/ \\",
            f"      --private-index-username {index.username} )",
            "Request PyPI from the private repository, which is refused:",
            f"  ( . {closed_job}; publish-action publish --packages-dir {dist} --public-index-url {public} \\",
            "      --index pypi )",
            "",
            "Ctrl-C stops everything.",
        ]
    )


def _write_exports(services: Services, repository: Repository) -> Path:
    """Write a shell file that turns a shell into a job of `repository`; secrets are variables, never arguments."""
    secrets = {
        "PUBLISH_ACTION_GITHUB_TOKEN": services.github.token,
        "PUBLISH_ACTION_PRIVATE_INDEX_PASSWORD": services.private.password,
    }
    variables: Mapping[str, str] = {**services.environment(repository), **secrets}
    path = services.folder / f"{repository.name}.sh"
    # The reader's own PATH stays: it leads to publish-action.
    exported = {name: value for name, value in variables.items() if name not in ("PATH", "HOME")}
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in exported.items()))
    return path
