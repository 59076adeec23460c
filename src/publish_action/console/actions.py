"""The GitHub Actions runner: masks, annotations, outputs and the job summary, with all text neutralised."""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TextIO

import github_action_utils

from publish_action.console.host_names import star_hosts
from publish_action.console.redaction import SHORTEST, Redaction
from publish_action.errors import append_code
from publish_action.secret import Secret
from publish_action.untrusted.text import make_visible, neutralise_line, neutralise_quote

# The runner shows ten annotations per type and step, and cuts each at 4096 characters (GitHub's runner).
_ANNOTATIONS = 10


_ANNOTATION_LENGTH = 4000


# A larger summary is dropped whole by the runner.
_SUMMARY_BYTES = 1_000_000


_TITLE = "publish-action"


_SHORTEST_HIDDEN_BEGINNING = 12
"""Characters of an address, scheme and all, that say whose it is."""


class ActionsConsole:
    """Speak to the runner through its log and files. Used where `GITHUB_ACTIONS` is set; see `Terminal`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._annotations: Counter[str] = Counter()
        self._hidden = Redaction(shortest_beginning=_SHORTEST_HIDDEN_BEGINNING)
        self._hides_hosts = False
        self._secrets = Redaction()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Log one step of the run."""
        self._stream.write(neutralise_line(self._redact(text)) + "\n")
        self._stream.flush()

    def quote(self, text: str) -> None:
        """Show words that are not ours, each line marked with `| `."""
        self._stream.write(neutralise_quote(self._redact(text)) + "\n")
        self._stream.flush()

    def warn(self, text: str) -> None:
        """Annotate with what the user should change."""
        if self._may_annotate("warning"):
            github_action_utils.warning(_fit(self._redact(text)), title=_TITLE)
        else:
            self.say(f"Warning: {text}")

    def refuse(self, text: str, *, code: str) -> None:
        """Annotate with one thing that is wrong; of the runner's ten errors the last is kept for `fail`."""
        if self._annotations["error"] < _ANNOTATIONS - 1 and self._may_annotate("error"):
            github_action_utils.error(_fit(self._redact(text)), title=f"{_TITLE}: {code}")
        else:
            self.say(f"Error: {text} ({code})")

    def fail(self, happened: str, remedy: str, *, code: str) -> None:
        """Annotate with what went wrong and what to do about it."""
        if self._may_annotate("error"):
            title = f"{_TITLE}: {code}" if code else _TITLE
            github_action_utils.error(_fit(self._redact(f"{happened}\n{remedy}")), title=title)
        else:
            self.say(f"Error: {append_code(happened, code)} {remedy}")

    def mask(self, secret: Secret) -> None:
        """Hide a secret in all that is logged from now on. A blank one would make the log unreadable.

        What an index echoes is starred here, too: outputs and files know no masks.
        """
        if len(secret.reveal().strip()) >= SHORTEST:
            self._order("add-mask", secret.reveal())
            # Signing and renewing mask from threads of their own; none of their secrets may be lost.
            with self._lock:
                self._secrets = self._secrets.add_secret(secret.reveal())

    def start_group(self, title: str) -> None:
        """Fold what follows under `title`, up to `end_group`."""
        self._order("group", neutralise_line(title))

    def end_group(self) -> None:
        """Unfold again."""
        github_action_utils.end_group()

    def hide(self, words: Iterable[str]) -> None:
        """Show stars in place of these words from now on, in the log and in the summary.

        For the addresses of a private index, which are no secrets, in a repository whose logs everybody can read. A
        mask would also empty the outputs that hold them. Where there is such an address, no other host name is shown
        either, but for well-known ones: the index may name its neighbours.
        """
        for word in words:
            self._hidden = self._hidden.add_name(word)
            self._hides_hosts = True

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Give later steps the outputs. The delimiter around each value is random, so no value can end its own."""
        if not os.environ.get("GITHUB_OUTPUT"):
            raise FileNotFoundError("GITHUB_OUTPUT")
        failures = [
            error
            for name, value in outputs.items()
            if (error := _append_output(name, self._secrets.apply_to_output(_encodable(value))))
        ]
        if failures:
            raise failures[0]

    def write_summary(self, markdown: str) -> None:
        """Add to the job summary; a text over the runner's limit is cut at a line end, and says so."""
        if not os.environ.get("GITHUB_STEP_SUMMARY"):
            raise FileNotFoundError("GITHUB_STEP_SUMMARY")
        github_action_utils.append_job_summary(_cut(_encodable(self._redact(markdown))))

    def _order(self, name: str, value: str) -> None:
        """Write a command without properties as GitHub's toolkit does.

        github-action-utils leaves a space before the second `::`. GitHub's runner obeys that, too; the programs that
        imitate it (act, and the runners of other forges made from it) print the secret instead of masking it.
        """
        self._stream.write(f"::{name}::{_escape(value)}\n")
        self._stream.flush()

    def _redact(self, text: str) -> str:
        text = self._hidden.apply(self._secrets.apply(text))
        server = os.environ.get("GITHUB_SERVER_URL", "").rpartition("/")[2]
        return star_hosts(text, shown=[server]) if self._hides_hosts else text

    def _may_annotate(self, kind: str) -> bool:
        self._annotations[kind] += 1
        return self._annotations[kind] <= _ANNOTATIONS


def _append_output(name: str, value: str) -> OSError | None:
    """Append one output to the runner's file; return why it could not be written.

    What a full disk took of it is taken back: half a block fails the step (GitHub's runner), and a shorter output may
    still fit.
    """
    path = os.environ["GITHUB_OUTPUT"]
    before = os.path.getsize(path) if os.path.exists(path) else 0
    try:
        github_action_utils.set_output(name, value)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.truncate(path, before)
        return error
    return None


def _fit(text: str) -> str:
    lines = [make_visible(line) for line in text.split("\n")]
    whole = "\n".join(lines)
    return whole if len(whole) <= _ANNOTATION_LENGTH else whole[:_ANNOTATION_LENGTH] + "…"


def _escape(value: str) -> str:
    """The per cent sign first: it is what the other two escapes are made of (GitHub's toolkit)."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _encodable(text: str) -> str:
    """Lone surrogates (from file names that are not UTF-8) become escapes: the runner's files are UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _cut(markdown: str) -> str:
    data = markdown.encode()
    if len(data) <= _SUMMARY_BYTES:
        return markdown
    kept = data[:_SUMMARY_BYTES].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n\n(The rest was longer than a job summary may be.)"
