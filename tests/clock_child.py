"""Run the action by a clock that is ahead by the seconds that a file holds."""

import os
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publish_action.conductor import Conductor
from publish_action.environment import seal
from publish_action.inputs import Inputs, read_environment
from publish_action.means import VENDORS
from publish_action.run import Outside, Run
from publish_action.runner import ActionsRunner
from publish_action.story import publish
from publish_action.wiring import Composer


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
