"""Run publish-action: `python -m publish_action` is the same program as the command and the action."""

import gc
import os
import sys
from typing import NoReturn

# A run makes few cycles and ends soon; looking for them while two hundred modules are imported, and taking the modules
# down again at the end, costs as much as the imports themselves (measured: docs/performance.md).
gc.disable()

from publish_action.cli import run  # noqa: E402 -- the line above must come before what it speeds up


def main() -> NoReturn:
    """Run the door that the arguments name, and end the process with the exit status."""
    status = run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
