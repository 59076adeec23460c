"""Run publish-action: `python -m publish_action` is the same program as the command and the action."""

import sys

from publish_action.cli import run


def main() -> int:
    """Run the door that the arguments name, and give the exit status."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
