"""Keep what one job of a workflow gives to the next: the server behind the actions that play GitHub's own."""

from publish_sandbox.http.faults import Answer
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer


class Artifacts(LocalServer):
    """Takes an artifact by PUT and gives it by GET, under the same path."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, bytes] = {}

    def answer(self, request: Incoming) -> Answer:
        """Keep, or give what was kept."""
        if request.method == "PUT":
            self.kept[request.path] = request.body.read_text()
            return Answer(status=201)
        data = self.kept.get(request.path)
        return Answer(status=404) if data is None else Answer(body=data)
