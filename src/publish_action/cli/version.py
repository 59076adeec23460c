"""The command `--version --verbose`: print what this installation carries that grows old."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from publish_action import __version__
from publish_action.app.environment import Sealed
from publish_action.attestations.trust import read_embedded_root
from publish_action.errors import ExitStatus


def run_version(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Print the version of the program and of the Sigstore root in it; exit status 0. No network."""
    del sealed, given
    return print_versions(datetime.now(UTC))


def print_versions(now: datetime) -> int:
    """Print the versions as of `now`: on standard error stands a warning if the root has expired by then."""
    root = read_embedded_root()
    sys.stdout.write(f"publish-action {__version__}\n{root}\n")
    warning = root.warn_of_age(now)
    if warning is not None:
        sys.stderr.write(f"Warning: {warning}\n")
    return ExitStatus.DONE
