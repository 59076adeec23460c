"""What the doors that publish open on: the real parts joined for one run."""

import os
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name

from publish_action.conductor import Conductor
from publish_action.context import Context
from publish_action.environment import Sealed
from publish_action.errors import InputsInvalid
from publish_action.evidence import Sources
from publish_action.front import Front
from publish_action.http import Exchange, Http, Network
from publish_action.http_log import FailureLog, ToldExchange
from publish_action.id_tokens import GitHubIdTokens
from publish_action.inputs import Inputs, read_environment
from publish_action.local_files import LocalFiles
from publish_action.means import VENDORS, Vendors
from publish_action.plan_document import render_plan
from publish_action.ports import GitHubApi, IdTokenVerifier, Progress
from publish_action.progress import LineProgress
from publish_action.run import Outside, Run
from publish_action.runner import ActionsRunner, Terminal
from publish_action.secret import Secret
from publish_action.story import publish, rehearse, verify
from publish_action.surroundings import choose_front, complain, read_context


def run_action(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Run as the GitHub action: inputs from `INPUT_*`, results to the runner."""
    del given  # the action has no arguments
    run = prepare(read_environment(os.environ), sealed=sealed, front=ActionsRunner(sys.stdout), has_keyring=False)
    return run.conduct(publish)


def run_publish(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Publish from the command line; inside a workflow the results go to the runner all the same."""
    return prepare(given, sealed=sealed, front=choose_front()).conduct(publish)


def run_plan(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Say what publishing would do."""
    return prepare(given, sealed=sealed, front=choose_front()).conduct(rehearse)


def run_plan_document(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Print the plan document alone on standard output; the story goes to standard error."""
    front = Terminal(complain, complain)
    conductor = prepare(given, sealed=sealed, front=front)
    status = conductor.tell_alone(rehearse)
    sys.stdout.write(front.redact(render_plan(conductor.record)) + "\n")
    return status


def run_verify(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Tell whether the index serves the distributions that are here."""
    return prepare(given, sealed=sealed, front=choose_front()).tell_alone(verify)


def prepare(
    given: Mapping[str, str], *, sealed: Sealed, front: Front, has_keyring: bool = True, vendors: Vendors = VENDORS
) -> Conductor[Run]:
    """Give a run that is ready to be conducted; `vendors` says where the keyless logins of the vendors are."""
    stop = threading.Event()
    composer = Composer(sealed=sealed, front=front, stop=stop, has_keyring=has_keyring, vendors=vendors)
    return Conductor(sealed=sealed, front=front, run=Run(given, front=front, compose=composer.compose), stop=stop)


class Composer:
    """Joins the real parts that a run stands on."""

    def __init__(
        self, *, sealed: Sealed, front: Front, stop: threading.Event, has_keyring: bool, vendors: Vendors
    ) -> None:
        self._sealed = sealed
        self._front = front
        self._stop = stop
        self._has_keyring = has_keyring
        self._vendors = vendors

    def compose(self, inputs: Inputs) -> Outside:
        """Give the parts for these inputs. Raises `InputsInvalid` where the surroundings do not fit."""
        context = read_context()
        network = self._network(inputs)
        choose = ToldExchange if inputs.verbose else FailureLog
        exchange = choose(Http(network), log=self._front, clock=_now)
        return Outside(
            context=context,
            open_sources=lambda: self._open_sources(context, inputs, network, exchange),
            exchange=exchange,
            network=network,
            clock=_now,
            sleep=self._sleep,
            workspace=Path.cwd(),
            progress=_choose_progress(self._front),
            stop=self._stop,
            vendors=self._vendors,
            has_keyring=self._has_keyring,
        )

    def _open_sources(self, context: Context, inputs: Inputs, network: Network, exchange: Exchange) -> Sources:
        # PyGithub and cryptography cost as much as twine and are loaded only by runs that ask GitHub.
        rest_api = resolve_name("publish_action.github:RestApi")
        token_verifier = resolve_name("publish_action.token_verification:TokenVerifier")
        api: GitHubApi = rest_api(
            api_url=context.api_url,
            repository=context.repository,
            repository_id=context.repository_id,
            token=self._choose_token(inputs),
            sleep=self._sleep,
            ca_bundle=network.ca_bundle,
            log=self._front,
        )
        verifier: IdTokenVerifier = token_verifier(exchange=exchange, clock=_now, sleep=self._sleep)
        return Sources(
            id_tokens=GitHubIdTokens(context=context, log=self._front, clock=_now, sleep=self._sleep),
            verifier=verifier,
            api=api,
            files=LocalFiles(),
            clock=_now,
        )

    def _choose_token(self, inputs: Inputs) -> Secret:
        """Give the input, or what a job may have put into GITHUB_TOKEN, which is masked like an input."""
        if inputs.github_token:
            return inputs.github_token
        token = Secret(os.environ.get("GITHUB_TOKEN", ""))
        self._front.mask(token)
        return token

    def _sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the run is stopped: the runner does not wait either."""
        self._stop.wait(seconds)

    def _network(self, inputs: Inputs) -> Network:
        paths = {"ca-bundle": inputs.ca_bundle, "client-cert": inputs.client_cert}
        missing = [
            f"{name}: there is no file {path!r}." for name, path in paths.items() if path and not Path(path).is_file()
        ]
        if missing:
            raise InputsInvalid("\n".join(missing), remedy="Give the path of a file, from the workspace.")
        if self._sealed.https_proxy:
            self._front.say(f"https goes out through the proxy {_host_of(self._sealed.https_proxy)}.")
        return Network(
            ca_bundle=inputs.ca_bundle or None,
            client_cert=inputs.client_cert or None,
            https_proxy=self._sealed.https_proxy,
            no_proxy=self._sealed.no_proxy,
        )


def _choose_progress(front: Front) -> Progress:
    """Bars for a person who looks on, lines for a log; rich is loaded for the bars alone."""
    if isinstance(front, Terminal) and sys.stdout.isatty():
        bars: Progress = resolve_name("publish_action.bars:BarProgress")(sys.stdout)
        return bars
    return LineProgress(_now, front)


def _now() -> datetime:
    return datetime.now(UTC)


def _host_of(proxy: str) -> str:
    """A proxy's URL may hold a password."""
    return proxy.rpartition("@")[2].removeprefix("http://").removeprefix("https://").rstrip("/")
