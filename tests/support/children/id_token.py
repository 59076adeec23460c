"""Run as a child: fetch an ID token with the real library from the real environment, and print the result as JSON."""

import json
import os
import sys
from pathlib import Path

# A program of its own: its helpers stand in the tests' folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from publish_action.errors import PublishError
from publish_action.github.context import Context, parse_context
from publish_action.github.id_tokens import GitHubIdTokens
from support.fakes import FakeLog, FakeTime


def main() -> None:
    """Print the tokens fetched in two requests for the audience in the first argument, or the error."""
    context = parse_context(os.environ)
    assert isinstance(context, Context)
    log, time = FakeLog(), FakeTime()
    tokens = GitHubIdTokens(context=context, log=log, clock=FakeTime().clock, sleep=time.sleep)
    found: dict[str, object] = {"error": "", "text": "", "tokens": []}
    try:
        found["tokens"] = [tokens.fetch(sys.argv[1]).reveal(), tokens.fetch(sys.argv[1]).reveal()]
    except PublishError as error:
        found |= {"error": type(error).__name__, "text": str(error)}
    sys.stdout.write(
        json.dumps(found | {"masked": log.masked, "pauses": time.pauses, "lines": [*log.lines, *log.warnings]})
    )


main()
