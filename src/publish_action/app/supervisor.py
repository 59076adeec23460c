"""Supervise one run: handle signals, and report its result with an exit status whatever happens."""

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Generic, Protocol, TypeVar

from publish_action.app.environment import Sealed
from publish_action.errors import ExitStatus, PublishError, Stopped, describe_bug
from publish_action.protocols import Console
from publish_action.report.outputs import render_outputs
from publish_action.report.run_record import RunRecord
from publish_action.report.summary import render_summary

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
_GRACE_SECONDS = 4


class SupervisedRun(Protocol):
    """A run, as its supervisor sees it."""

    record: RunRecord
    is_delivering: bool

    def log_findings(self, conclusion: str = "") -> None:
        """Log the findings that were not logged before; the supervisor reports `conclusion` itself, afterwards."""


R = TypeVar("R", bound=SupervisedRun)


class Supervisor(Generic[R]):
    """Runs one flow with one run. `stop` is set when a signal arrives."""

    def __init__(self, *, sealed: Sealed, console: Console, run: R, stop: threading.Event) -> None:
        self._sealed = sealed
        self._console = console
        self._stop = stop
        self._run = run
        self.record = RunRecord()

    def run(self, flow: Callable[[R], None]) -> int:
        """Run the flow, write outputs and summary, and return the exit status."""
        status = self.run_without_outputs(flow)
        self._write("outputs", lambda: self._console.write_outputs(render_outputs(self.record)))
        self.write_summary()
        return status

    def write_summary(self) -> None:
        """Write the summary of a finished run."""
        self._write("the summary", lambda: self._console.write_summary(render_summary(self.record)))

    def run_without_outputs(self, flow: Callable[[R], None]) -> int:
        """Run the flow and return the exit status; for commands that publish nothing and have no outputs."""
        error = self._run_flow(flow)
        # From here on a signal has nothing to stop, and the result must be reported.
        signal.alarm(0)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.record = replace(self._run.record, error=error)
        if error is not None:
            self._run.log_findings(str(error))
            self._console.fail(error.happened, error.remedy, code=error.code)
        return error.status if error is not None else ExitStatus.DONE

    def _write(self, what: str, write: Callable[[], None]) -> None:
        """Write, but only warn on failure: it must not fail a finished release, nor hide why a release failed."""
        try:
            write()
        except (OSError, ValueError) as error:
            self._console.warn(f"{what.capitalize()} could not be written ({type(error).__name__}).")

    def _run_flow(self, flow: Callable[[R], None]) -> PublishError | None:
        try:
            for number in _SIGNALS:
                signal.signal(number, self._on_signal)
            if self._sealed.ignored:
                self._console.warn(f"Ignored settings in the environment: {', '.join(self._sealed.ignored)}.")
            flow(self._run)
        except PublishError as error:
            return error
        except Exception as error:  # noqa: BLE001 -- the top level: any other exception is a bug in this program
            return describe_bug(error)
        return None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Stop the run. GitHub's runner cancels with SIGINT, SIGTERM 7.5 s later, and SIGKILL another 2.5 s later.

        As PID 1 in a container the process would ignore SIGTERM without a handler.
        """
        del frame
        was_stopped = self._stop.is_set()
        self._stop.set()
        # The upload notices between two blocks or pauses; the alarm ends the wait for an answer that does not come.
        signal.alarm(_GRACE_SECONDS)
        if was_stopped or not self._run.is_delivering:
            raise Stopped(
                f"The run was stopped by {signal.Signals(number).name}.",
                remedy="Run the job again: files already uploaded are recognised by their hash and not sent again.",
            )
