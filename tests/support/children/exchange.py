"""Run as a child: the action, with the vendors' services at the first argument; write to the second what was loaded."""

import json
import os
import sys
from pathlib import Path

from publish_action.app.environment import seal
from publish_action.app.flow import publish
from publish_action.cli.publish import prepare
from publish_action.config.inputs import read_environment
from publish_action.console.actions import ActionsConsole
from publish_action.credentials.login_context import VendorEndpoints

run = prepare(
    sealed=seal(os.environ),
    given=read_environment(os.environ),
    console=ActionsConsole(sys.stdout),
    has_keyring=False,
    vendors=VendorEndpoints(**dict.fromkeys(VendorEndpoints.__dataclass_fields__, sys.argv[1])),
)
status = run.run(publish)
Path(sys.argv[2]).write_text(json.dumps(sorted(sys.modules)))
sys.exit(status)
