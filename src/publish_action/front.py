"""What a run speaks to: the runner, or a person at a terminal."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from publish_action.ports import Log


class Front(Log, Protocol):
    """A log that can also tell how a run ended."""

    def refuse(self, text: str, *, code: str) -> None:
        """Annotate with one thing that is wrong; how the run ended is told by `fail`, once."""

    def fail(self, happened: str, remedy: str, *, code: str) -> None:
        """Tell what went wrong and what to do about it; `code` is the reason's, empty where it has none."""

    def start_group(self, title: str) -> None:
        """Fold what follows under `title`, up to `end_group`."""

    def end_group(self) -> None:
        """Unfold again."""

    def hide(self, words: Iterable[str]) -> None:
        """Show these words no more where everybody could read them."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Give later steps the outputs."""

    def write_summary(self, markdown: str) -> None:
        """Add to the job summary."""
