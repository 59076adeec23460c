"""Run the action, and write down which ports it dialled and which of Sigstore's modules it loaded."""

import json
import os
import sys
from pathlib import Path

from publish_action.app.environment import seal
from publish_action.cli.main import run

_PORTS = set[int]()
_LIBRARIES = {"sigstore", "pypi_attestations"}


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _PORTS.add(int(arguments[1][1]))


def main(report: Path) -> int:
    """Run one step and return its exit status."""
    sys.addaudithook(_note)
    status = run(["action"], seal(os.environ))
    loaded = sorted({name.partition(".")[0] for name in sys.modules} & _LIBRARIES)
    report.write_text(json.dumps({"ports": sorted(_PORTS), "loaded": loaded}))
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
