"""Choose the console of this run: the Actions runner or a terminal."""

import os
import sys

from publish_action.console.actions import ActionsConsole
from publish_action.console.terminal import Terminal
from publish_action.protocols import Console


def choose_console() -> Console:
    """Give the runner's front inside a step of a workflow, else the terminal's."""
    in_actions = bool(os.environ.get("GITHUB_ACTIONS") and os.environ.get("GITHUB_OUTPUT"))
    return ActionsConsole(sys.stdout) if in_actions else Terminal(write, complain)


def write(text: str) -> None:
    """Write to standard output, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write to standard error, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()
