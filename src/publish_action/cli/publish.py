"""The commands that need GitHub: `action`, `publish`, `plan` and `verify`."""

import os
import sys
import threading
from collections.abc import Mapping

from publish_action.app.compose import Composer
from publish_action.app.environment import Sealed
from publish_action.app.flow import publish, rehearse, verify
from publish_action.app.run import Run
from publish_action.app.supervisor import Supervisor
from publish_action.config.inputs import read_environment
from publish_action.console.actions import ActionsConsole
from publish_action.console.choose import choose_console, complain
from publish_action.console.terminal import Terminal
from publish_action.credentials.login_context import VENDOR_ENDPOINTS, VendorEndpoints
from publish_action.protocols import Console
from publish_action.report.plan_document import render_plan


def run_action(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Run as the GitHub action: inputs from `INPUT_*`, results to the runner."""
    del given  # the action has no arguments
    run = prepare(read_environment(os.environ), sealed=sealed, console=ActionsConsole(sys.stdout), has_keyring=False)
    return run.run(publish)


def run_publish(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Publish from the command line; inside a workflow the results go to the runner all the same."""
    return prepare(given, sealed=sealed, console=choose_console()).run(publish)


def run_plan(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Show what publishing would do."""
    return prepare(given, sealed=sealed, console=choose_console()).run(rehearse)


def run_plan_document(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Print the plan document alone on standard output; the log goes to standard error."""
    console = Terminal(complain, complain)
    supervisor = prepare(given, sealed=sealed, console=console)
    status = supervisor.run_without_outputs(rehearse)
    sys.stdout.write(console.redact(render_plan(supervisor.record)) + "\n")
    return status


def run_verify(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Check that the index serves the local distributions."""
    return prepare(given, sealed=sealed, console=choose_console()).run_without_outputs(verify)


def prepare(
    given: Mapping[str, str],
    *,
    sealed: Sealed,
    console: Console,
    has_keyring: bool = True,
    vendors: VendorEndpoints = VENDOR_ENDPOINTS,
) -> Supervisor[Run]:
    """Return a supervised run that is ready to start; `vendors` holds the endpoints of the keyless logins."""
    stop = threading.Event()
    composer = Composer(sealed=sealed, console=console, stop=stop, has_keyring=has_keyring, vendors=vendors)
    return Supervisor(
        sealed=sealed, console=console, run=Run(given, console=console, compose=composer.compose), stop=stop
    )
