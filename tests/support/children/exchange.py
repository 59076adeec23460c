"""Run as a child: the action, with the vendors' services at the first argument; write to the second what was loaded."""

import json
import os
import sys
from pathlib import Path

from publish_action.app.environment import seal
from publish_action.app.flow import publish
from publish_action.cli.publish import prepare
from publish_action.config.inputs import read_environment
from publish_action.console.actions import ActionsRunner
from publish_action.credentials.login_context import Vendors

run = prepare(
    sealed=seal(os.environ),
    given=read_environment(os.environ),
    front=ActionsRunner(sys.stdout),
    has_keyring=False,
    vendors=Vendors(**dict.fromkeys(Vendors.__dataclass_fields__, sys.argv[1])),
)
status = run.conduct(publish)
Path(sys.argv[2]).write_text(json.dumps(sorted(sys.modules)))
sys.exit(status)
