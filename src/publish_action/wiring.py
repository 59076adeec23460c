"""What each door opens on: the real parts joined, and every run brought to an end that says what happened."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType

from publish_action.bug import describe_bug
from publish_action.context import Context, ContextProblem, parse_context
from publish_action.environment import Sealed
from publish_action.errors import ExitStatus, InputsInvalid, PublishError, Stopped
from publish_action.evidence import Sources
from publish_action.front import Front
from publish_action.http import Exchange, Http, Network
from publish_action.http_log import ToldExchange
from publish_action.id_tokens import GitHubIdTokens
from publish_action.inputs import Inputs, read_environment
from publish_action.local_files import LocalFiles
from publish_action.means import VENDORS, Vendors
from publish_action.outputs import render_outputs
from publish_action.plan_document import render_plan
from publish_action.ports import GitHubApi, Progress
from publish_action.progress import LineProgress
from publish_action.record import Record
from publish_action.run import Outside, Run
from publish_action.runner import ActionsRunner, Terminal
from publish_action.secret import Secret
from publish_action.story import check, publish, rehearse, verify
from publish_action.summary import render_summary
from publish_action.token_verification import TokenVerifier

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
_GRACE_SECONDS = 4


def run_action(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Run as the GitHub action: inputs from `INPUT_*`, results to the runner."""
    del given  # the action has no arguments
    inputs = read_environment(os.environ)
    run = Conductor(sealed=sealed, given=inputs, front=ActionsRunner(sys.stdout), has_keyring=False)
    return run.conduct(publish)


def run_publish(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Publish from the command line; inside a workflow the results go to the runner all the same."""
    return _conduct(publish, given, sealed=sealed, front=_choose_front())


def run_plan(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Say what publishing would do."""
    return _conduct(rehearse, given, sealed=sealed, front=_choose_front())


def run_plan_document(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Print the plan document alone on standard output; the story goes to standard error."""
    run = Conductor(sealed=sealed, given=given, front=Terminal(_complain, _complain))
    status = run.tell_alone(rehearse)
    sys.stdout.write(render_plan(run.record) + "\n")
    return status


def run_verify(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Tell whether the index serves the distributions that are here."""
    return Conductor(sealed=sealed, given=given, front=_choose_front()).tell_alone(verify)


def run_check(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Read and judge the distributions alone, without GitHub or network."""
    return Conductor(sealed=sealed, given=given, front=_choose_front()).tell_alone(check)


def _conduct(story: Callable[[Run], None], given: Mapping[str, str], *, sealed: Sealed, front: Front) -> int:
    return Conductor(sealed=sealed, given=given, front=front).conduct(story)


def _choose_front() -> Front:
    in_actions = bool(os.environ.get("GITHUB_ACTIONS") and os.environ.get("GITHUB_OUTPUT"))
    return ActionsRunner(sys.stdout) if in_actions else Terminal(_write, _complain)


class Conductor:
    """Brings one run to its end, whatever happens: exit status, outputs and summary are always given."""

    def __init__(
        self,
        *,
        sealed: Sealed,
        given: Mapping[str, str],
        front: Front,
        has_keyring: bool = True,
        vendors: Vendors = VENDORS,
    ) -> None:
        self._sealed = sealed
        self._front = front
        self._has_keyring = has_keyring
        self._vendors = vendors
        self._stop = threading.Event()
        self._run = Run(given, front=front, compose=self._compose)
        self.record = Record()

    def conduct(self, story: Callable[[Run], None]) -> int:
        """Run the story, write outputs and summary, and give the exit status."""
        status = self.tell_alone(story)
        self._write("outputs", lambda: self._front.write_outputs(render_outputs(self.record)))
        self._write("the summary", lambda: self._front.write_summary(render_summary(self.record)))
        return status

    def tell_alone(self, story: Callable[[Run], None]) -> int:
        """Run the story and give the exit status; for doors that publish nothing and give later steps nothing."""
        error = self._tell(story)
        # From here on a signal has nothing to stop, and what is known must be told.
        signal.alarm(0)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.record = replace(self._run.record, error=error)
        if error is not None:
            self._front.fail(error.happened, error.remedy)
        return error.status if error is not None else ExitStatus.DONE

    def _write(self, what: str, write: Callable[[], None]) -> None:
        """What cannot be written must not turn a release that is up into a failure, nor hide why one failed."""
        try:
            write()
        except (OSError, ValueError) as error:
            self._front.warn(f"{what.capitalize()} could not be written ({type(error).__name__}).")

    def _tell(self, story: Callable[[Run], None]) -> PublishError | None:
        try:
            for number in _SIGNALS:
                signal.signal(number, self._on_signal)
            if self._sealed.ignored:
                self._front.warn(f"Set, and not obeyed: {', '.join(self._sealed.ignored)}.")
            story(self._run)
        except PublishError as error:
            return error
        except Exception as error:  # noqa: BLE001 -- the top: what arrives here is a bug of ours
            return describe_bug(error)
        return None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """The runner cancels by SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL (GitHub's runner).

        As PID 1 in a container the process would ignore SIGTERM without a handler.
        """
        del frame
        was_stopped = self._stop.is_set()
        self._stop.set()
        # The delivery hears of it between two blocks or pauses; an answer that does not come is not waited for longer.
        signal.alarm(_GRACE_SECONDS)
        if was_stopped or not self._run.is_delivering:
            raise Stopped(
                f"{signal.Signals(number).name} came: the run was stopped.",
                remedy="Run the job again: what is up already is recognised by its hash and not sent twice.",
            )

    def _compose(self, inputs: Inputs) -> Outside:
        context = parse_context(os.environ)
        if isinstance(context, ContextProblem):
            raise InputsInvalid("\n".join(context.problems), remedy="Leave the runner's own variables as it sets them.")
        network = self._network(inputs)
        exchange: Exchange = Http(network)
        if inputs.verbose:
            exchange = ToldExchange(exchange, log=self._front, clock=_now)
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
        # PyGithub costs a fifth of a second and is loaded only by runs that ask GitHub.
        rest_api = resolve_name("publish_action.github:RestApi")
        api: GitHubApi = rest_api(
            api_url=context.api_url,
            repository=context.repository,
            repository_id=context.repository_id,
            token=inputs.github_token or Secret(os.environ.get("GITHUB_TOKEN", "")),
            sleep=self._sleep,
            ca_bundle=network.ca_bundle,
        )
        return Sources(
            id_tokens=GitHubIdTokens(context=context, log=self._front, clock=_now, sleep=self._sleep),
            verifier=TokenVerifier(exchange=exchange, clock=_now, sleep=self._sleep),
            api=api,
            files=LocalFiles(),
            clock=_now,
        )

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


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _complain(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


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
