"""What a run speaks to: the runner, or a person at a terminal."""

from collections.abc import Mapping
from typing import Protocol

from publish_action.ports import Log


class Front(Log, Protocol):
    """A log that can also tell how a run ended."""

    def fail(self, happened: str, remedy: str) -> None:
        """Tell what went wrong and what to do about it."""

    def start_group(self, title: str) -> None:
        """Set what follows apart, up to the next group or `end_group`."""

    def end_group(self) -> None:
        """End the group."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Give later steps the outputs."""

    def write_summary(self, markdown: str) -> None:
        """Add to the job summary."""
