"""Secrets are masked from several threads at once, and none is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest

from publish_action.console.actions import ActionsConsole
from publish_action.console.terminal import Terminal
from publish_action.secret import Secret


def _open_terminal(stream: StringIO) -> Terminal:
    def write(text: str) -> None:
        stream.write(text)

    return Terminal(write, write)


@pytest.mark.parametrize("open_console", [ActionsConsole, _open_terminal], ids=["actions", "terminal"])
def test_secrets_masked_at_once_are_all_hidden(open_console: Callable[[StringIO], ActionsConsole | Terminal]) -> None:
    """Signing masks its ID token while the main thread masks an upload token: both are starred from then on."""
    stream = StringIO()
    console = open_console(stream)
    secrets = [f"secret-{number:02}-" + chr(97 + number) * 1800 for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: console.mask(Secret(text)), secrets))
    for secret in secrets:
        console.say(f"echo {secret}")

    said = [line for line in stream.getvalue().splitlines() if line.startswith("echo ")]
    assert len(said) == len(secrets)
    assert [line[:14] for line in said if "secret-" in line] == []
