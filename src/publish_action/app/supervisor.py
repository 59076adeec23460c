"""Bring one run to its end, whatever happens: what it found is told, and it has an exit status."""

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
    """A run, as the conductor sees it."""

    record: RunRecord
    is_delivering: bool

    def log_findings(self, conclusion: str = "") -> None:
        """Tell what was found in the distributions, where that was not told before; the conclusion is told later."""


R = TypeVar("R", bound=SupervisedRun)


class Supervisor(Generic[R]):
    """Tells one story with one run. `stop` is set when a signal comes."""

    def __init__(self, *, sealed: Sealed, console: Console, run: R, stop: threading.Event) -> None:
        self._sealed = sealed
        self._console = console
        self._stop = stop
        self._run = run
        self.record = RunRecord()

    def run(self, story: Callable[[R], None]) -> int:
        """Run the story, write outputs and summary, and give the exit status."""
        status = self.run_without_outputs(story)
        self._write("outputs", lambda: self._console.write_outputs(render_outputs(self.record)))
        self.write_summary()
        return status

    def write_summary(self) -> None:
        """Write the summary of a run that was told."""
        self._write("the summary", lambda: self._console.write_summary(render_summary(self.record)))

    def run_without_outputs(self, story: Callable[[R], None]) -> int:
        """Run the story and give the exit status; for doors that publish nothing and give later steps nothing."""
        error = self._tell(story)
        # From here on a signal has nothing to stop, and what is known must be told.
        signal.alarm(0)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.record = replace(self._run.record, error=error)
        if error is not None:
            self._run.log_findings(str(error))
            self._console.fail(error.happened, error.remedy, code=error.code)
        return error.status if error is not None else ExitStatus.DONE

    def _write(self, what: str, write: Callable[[], None]) -> None:
        """What cannot be written must not turn a release that is up into a failure, nor hide why one failed."""
        try:
            write()
        except (OSError, ValueError) as error:
            self._console.warn(f"{what.capitalize()} could not be written ({type(error).__name__}).")

    def _tell(self, story: Callable[[R], None]) -> PublishError | None:
        try:
            for number in _SIGNALS:
                signal.signal(number, self._on_signal)
            if self._sealed.ignored:
                self._console.warn(f"Set, and not obeyed: {', '.join(self._sealed.ignored)}.")
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
