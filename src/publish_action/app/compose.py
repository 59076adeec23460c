"""Build the runtime of one run from the environment and the inputs."""

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name

from publish_action.app.environment import Sealed
from publish_action.app.files import LocalFiles
from publish_action.app.run import Runtime
from publish_action.config.inputs import Inputs
from publish_action.console.progress import LineProgress
from publish_action.console.terminal import Terminal
from publish_action.credentials.login_context import VendorEndpoints
from publish_action.errors import InputsInvalid
from publish_action.github.context import Context, ContextProblem, parse_context
from publish_action.github.evidence import Sources
from publish_action.github.id_tokens import GitHubIdTokens
from publish_action.network.client import HttpClient, Network, RequestsClient
from publish_action.network.logging import FailureLog, LoggingClient
from publish_action.protocols import Console, GitHubApi, IdTokenVerifier, Progress
from publish_action.secret import Secret


def read_context() -> Context:
    """Read the context of this run from the environment. Raises `InputsInvalid` where a variable is malformed."""
    context = parse_context(os.environ)
    if isinstance(context, ContextProblem):
        raise InputsInvalid("\n".join(context.problems), remedy="Do not change the variables that the runner sets.")
    return context


class Composer:
    """Builds the `Runtime` of a run."""

    def __init__(
        self, *, sealed: Sealed, console: Console, stop: threading.Event, has_keyring: bool, vendors: VendorEndpoints
    ) -> None:
        self._sealed = sealed
        self._console = console
        self._stop = stop
        self._has_keyring = has_keyring
        self._vendors = vendors

    def compose(self, inputs: Inputs) -> Runtime:
        """Build the runtime for these inputs. Raises `InputsInvalid` if a file is missing or a variable malformed."""
        context = read_context()
        network = self._network(inputs)
        choose = LoggingClient if inputs.verbose else FailureLog
        client = choose(RequestsClient(network), log=self._console, clock=_now)
        return Runtime(
            context=context,
            open_sources=lambda: self._open_sources(context, inputs, network, client),
            client=client,
            network=network,
            clock=_now,
            sleep=self._sleep,
            workspace=Path.cwd(),
            progress=_choose_progress(self._console),
            stop=self._stop,
            vendors=self._vendors,
            has_keyring=self._has_keyring,
        )

    def _open_sources(self, context: Context, inputs: Inputs, network: Network, client: HttpClient) -> Sources:
        # PyGithub and cryptography take as long to load as twine: only runs that ask GitHub load them.
        rest_api = resolve_name("publish_action.github.api:RestApi")
        token_verifier = resolve_name("publish_action.github.token_verifier:TokenVerifier")
        api: GitHubApi = rest_api(
            api_url=context.api_url,
            repository=context.repository,
            repository_id=context.repository_id,
            token=self._choose_token(inputs),
            sleep=self._sleep,
            ca_bundle=network.ca_bundle,
            log=self._console,
        )
        verifier: IdTokenVerifier = token_verifier(client=client, clock=_now, sleep=self._sleep)
        return Sources(
            id_tokens=GitHubIdTokens(context=context, log=self._console, clock=_now, sleep=self._sleep),
            verifier=verifier,
            api=api,
            files=LocalFiles(),
            clock=_now,
        )

    def _choose_token(self, inputs: Inputs) -> Secret:
        """Return the input, or else the value of GITHUB_TOKEN, which is masked like an input."""
        if inputs.github_token:
            return inputs.github_token
        token = Secret(os.environ.get("GITHUB_TOKEN", ""))
        self._console.mask(token)
        return token

    def _sleep(self, seconds: float) -> None:
        """Wait, but only until the run is stopped: the runner does not wait either."""
        self._stop.wait(seconds)

    def _network(self, inputs: Inputs) -> Network:
        paths = {"ca-bundle": inputs.ca_bundle, "client-cert": inputs.client_cert}
        missing = [
            f"{name}: the file {path!r} does not exist."
            for name, path in paths.items()
            if path and not Path(path).is_file()
        ]
        if missing:
            raise InputsInvalid("\n".join(missing), remedy="Set it to the path of a file, relative to the workspace.")
        if self._sealed.https_proxy:
            self._console.say(f"HTTPS requests go through the proxy {_host_of(self._sealed.https_proxy)}.")
        return Network(
            ca_bundle=inputs.ca_bundle or None,
            client_cert=inputs.client_cert or None,
            https_proxy=self._sealed.https_proxy,
            no_proxy=self._sealed.no_proxy,
        )


def _choose_progress(console: Console) -> Progress:
    """Return bars for a person at a terminal, and lines for a log; rich is loaded for the bars alone."""
    if isinstance(console, Terminal) and sys.stdout.isatty():
        bars: Progress = resolve_name("publish_action.console.progress_bars:BarProgress")(sys.stdout)
        return bars
    return LineProgress(_now, console)


def _now() -> datetime:
    return datetime.now(UTC)


def _host_of(proxy: str) -> str:
    """Return the host and port of a proxy's URL, which may hold a password."""
    return proxy.rpartition("@")[2].removeprefix("http://").removeprefix("https://").rstrip("/")
