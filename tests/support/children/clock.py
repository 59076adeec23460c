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
from publish_action.app.run import Outside, Run
from publish_action.app.supervisor import Conductor
from publish_action.config.inputs import Inputs, read_environment
from publish_action.console.actions import ActionsRunner
from publish_action.credentials.login_context import VENDORS


def main(offset: Path) -> int:
    """Run one step and return its exit status."""
    sealed, front, stop = seal(os.environ), ActionsRunner(sys.stdout), threading.Event()
    composer = Composer(sealed=sealed, front=front, stop=stop, has_keyring=False, vendors=VENDORS)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(offset.read_text() or "0"))

    def compose(inputs: Inputs) -> Outside:
        return replace(composer.compose(inputs), clock=clock)

    run = Run(read_environment(os.environ), front=front, compose=compose)
    return Conductor(sealed=sealed, front=front, run=run, stop=stop).conduct(publish)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
