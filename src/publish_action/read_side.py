"""The read side of the index we publish to: what it has of a project, seen with our login where it needs one."""

from collections.abc import Callable
from dataclasses import dataclass

from publish_action.http import Exchange
from publish_action.model import Audience, Index
from publish_action.ports import Sleep
from publish_action.secret import Secret
from publish_action.simple_api import ProjectPage, is_same_origin, read_project


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSide:
    """Reads what an index has; usable from several threads."""

    index: Index
    authorization: Callable[[], Secret | None]
    """Gives the Authorization header; asked only where the header may go."""
    exchange: Exchange
    sleep: Sleep

    def look(self, project: str) -> ProjectPage | None:
        """Give the page of a project (normalised name), or None where the index's read side is not known."""
        if self.index.check_url is None:
            return None
        return read_project(
            self.exchange,
            check_url=self.index.check_url,
            project=project,
            authorization=self._login_for(self.index.check_url),
            sleep=self.sleep,
        )

    def _login_for(self, check_url: str) -> Secret | None:
        """A login goes to the upload URL's own origin alone; a public index is read by everybody, without one."""
        is_ours = self.index.audience is Audience.PRIVATE and is_same_origin(check_url, self.index.url)
        return self.authorization() if is_ours else None
