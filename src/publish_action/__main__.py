"""Run publish-action: `python -m publish_action` is the same program as the command and the action."""

import gc
import os
import sys
from typing import NoReturn

# Collecting cycles while some six hundred modules are imported, and tearing the modules down at the end, costs a third
# of the CPU of a small release (docs/decisions/0019-no-collector-and-a-short-end.md). `cli.main` switches it on again.
gc.disable()


def _leave_the_checkout() -> None:
    """Restart the interpreter without PYTHON* variables and without the working directory on `sys.path`, where needed.

    The action starts with `-I`. The command may be started from a checkout, or with a PYTHONPATH, and neither may
    choose what runs here; `-E -P` keeps the user's own site-packages.
    """
    is_closed = sys.flags.isolated or (sys.flags.ignore_environment and sys.flags.safe_path)
    if not is_closed and ("PYTHONPATH" in os.environ or sys.path[:1] in ([""], [os.getcwd()])):
        os.execv(sys.executable, [sys.executable, "-E", "-P", "-m", "publish_action", *sys.argv[1:]])  # noqa: S606 -- this program


_leave_the_checkout()

from publish_action.app.environment import seal  # noqa: E402 -- the code above decides where it is imported from

# Before anything else is imported: libcrypto reads OPENSSL_CONF when the first module that needs it is loaded.
_SEALED = seal(os.environ)

from publish_action.app.process_start import prepare_process  # noqa: E402
from publish_action.cli.main import run  # noqa: E402 -- it may read the environment only once that is sealed


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process with its exit status."""
    prepare_process()
    status = run(sys.argv[1:], _SEALED)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
