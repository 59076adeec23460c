"""Where the program runs: in a step of a workflow, or for a person at a terminal."""

import os
import sys

from publish_action.context import Context, ContextProblem, parse_context
from publish_action.errors import InputsInvalid
from publish_action.front import Front
from publish_action.runner import ActionsRunner, Terminal


def choose_front() -> Front:
    """Give the runner's front inside a step of a workflow, else the terminal's."""
    in_actions = bool(os.environ.get("GITHUB_ACTIONS") and os.environ.get("GITHUB_OUTPUT"))
    return ActionsRunner(sys.stdout) if in_actions else Terminal(write, complain)


def read_context() -> Context:
    """Give what the environment says of this run. Raises `InputsInvalid` where it cannot be understood."""
    context = parse_context(os.environ)
    if isinstance(context, ContextProblem):
        raise InputsInvalid("\n".join(context.problems), remedy="Leave the runner's own variables as it sets them.")
    return context


def write(text: str) -> None:
    """Write to standard output, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write to standard error, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()
