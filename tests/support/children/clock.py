"""Run the action by a clock that is ahead by the seconds that a file holds."""

import os
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publish_action.app.compose import Composer
from publish_action.app.environment import seal
from publish_action.app.flow import publish
from publish_action.app.run import Run, Runtime
from publish_action.app.supervisor import Supervisor
from publish_action.config.inputs import Inputs, read_environment
from publish_action.console.actions import ActionsConsole
from publish_action.credentials.login_context import VENDOR_ENDPOINTS


def main(offset: Path) -> int:
    """Run one step and return its exit status."""
    sealed, console, stop = seal(os.environ), ActionsConsole(sys.stdout), threading.Event()
    composer = Composer(sealed=sealed, console=console, stop=stop, has_keyring=False, vendors=VENDOR_ENDPOINTS)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(offset.read_text() or "0"))

    def compose(inputs: Inputs) -> Runtime:
        return replace(composer.compose(inputs), clock=clock)

    run = Run(read_environment(os.environ), console=console, compose=compose)
    return Supervisor(sealed=sealed, console=console, run=run, stop=stop).run(publish)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
