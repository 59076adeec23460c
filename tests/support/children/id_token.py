"""Run as a child: fetch an ID token with the real library from the real environment, and tell as JSON what came."""

import json
import os
import sys
from pathlib import Path

# A program of its own: its helpers stand in the tests' folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from publish_action.errors import PublishError
from publish_action.github.context import Context, parse_context
from publish_action.github.id_tokens import GitHubIdTokens
from support.fakes_evidence import MaskingLog, Naps, still_clock


def main() -> None:
    """Tell the tokens that came for the audience in the first argument, asked for twice, or why none did."""
    context = parse_context(os.environ)
    assert isinstance(context, Context)
    log, naps = MaskingLog(), Naps()
    tokens = GitHubIdTokens(context=context, log=log, clock=still_clock, sleep=naps)
    found: dict[str, object] = {"error": "", "text": "", "tokens": []}
    try:
        found["tokens"] = [tokens.fetch(sys.argv[1]).reveal(), tokens.fetch(sys.argv[1]).reveal()]
    except PublishError as error:
        found |= {"error": type(error).__name__, "text": str(error)}
    masked = [secret.reveal() for secret in log.masked]
    sys.stdout.write(json.dumps(found | {"masked": masked, "naps": naps.seconds, "lines": log.lines}))


main()
