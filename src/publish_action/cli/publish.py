"""The commands that need GitHub: `action`, `publish`, `plan` and `verify`."""

import os
import sys
import threading
from collections.abc import Mapping

from publish_action.app.compose import Composer
from publish_action.app.environment import Sealed
from publish_action.app.flow import publish, rehearse, verify
from publish_action.app.run import Run
from publish_action.app.supervisor import Conductor
from publish_action.config.inputs import read_environment
from publish_action.console.actions import ActionsRunner
from publish_action.console.choose import choose_front, complain
from publish_action.console.terminal import Terminal
from publish_action.credentials.login_context import VENDORS, Vendors
from publish_action.protocols import Front
from publish_action.report.plan_document import render_plan


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
