"""A person's terminal: log lines without the runner's commands."""

import threading
from collections.abc import Callable, Iterable, Mapping

from publish_action.console.redaction import Redaction
from publish_action.errors import append_code
from publish_action.secret import Secret
from publish_action.untrusted.text import neutralise_line, neutralise_quote


class Terminal:
    """Speak to a person: plain lines, problems apart, no masks, outputs or summary.

    A workflow may run the command too, so nothing that is told is an order to the runner.

    `write` and `complain` take text with its line ends; they decide anew at each call where it goes, since bars on
    a terminal take standard output over while they are shown.
    """

    def __init__(self, write: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self._write = write
        self._complain = complain
        self._secrets = Redaction()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Log one step of the run."""
        self._write(neutralise_line(self._secrets.apply(text)) + "\n")

    def quote(self, text: str) -> None:
        """Show words that are not ours, each line marked with `| `."""
        self._write(neutralise_quote(self._secrets.apply(text)) + "\n")

    def warn(self, text: str) -> None:
        """Tell what the user should change."""
        self._complain(neutralise_line(self._secrets.apply(f"Warning: {text}")) + "\n")

    def refuse(self, text: str, *, code: str) -> None:
        """Tell one thing that is wrong."""
        self._complain(neutralise_line(self._secrets.apply(f"Error: {text} ({code})")) + "\n")

    def fail(self, happened: str, remedy: str, *, code: str) -> None:
        """Tell what went wrong and what to do about it."""
        for line in self._secrets.apply(f"Error: {append_code(happened, code)}\n{remedy}").split("\n"):
            self._complain(neutralise_line(line) + "\n")

    def redact(self, document: str) -> str:
        """Return a JSON document without the secrets."""
        return self._secrets.apply_to_output(document)

    def mask(self, secret: Secret) -> None:
        """Show stars where somebody else's words hold the secret; no text of ours does."""
        # Signing and renewing mask from threads of their own; none of their secrets may be lost.
        with self._lock:
            self._secrets = self._secrets.add_secret(secret.reveal())

    def start_group(self, title: str) -> None:
        """Set what follows apart by its title."""
        self._write(neutralise_line(f"{title}:") + "\n")

    def end_group(self) -> None:
        """Do nothing: a terminal folds nothing."""

    def hide(self, words: Iterable[str]) -> None:
        """Do nothing: a terminal is read by the person who typed them."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Do nothing: there is no later step."""

    def write_summary(self, markdown: str) -> None:
        """Do nothing: the lines above told it all."""
