"""Ask a server whether the upload URL is really the one that installers read, before a login or a file goes there."""

import re

from publish_action.errors import InputsInvalid
from publish_action.models.index import Index
from publish_action.network.client import HttpClient, Request, Response

# The URL that installers read, or a page of a project below it.
_READ_URL = re.compile(r"(https?://.*/)simple(?:/.*)?")
# pypiserver's page at the top, with or without a login (pypiserver 2.4, `welcome.html`). Other servers take uploads at
# `/simple/` (pypicloud, Pulp), so the form of the URL proves nothing.
_PYPISERVER = re.compile(rb"welcome to pypiserver", re.IGNORECASE)
_LONGEST_PAGE = 65536


def refuse_read_url(index: Index, *, client: HttpClient) -> None:
    """Raise `InputsInvalid` (E_UPLOAD_URL) where the server shows that uploads go to another address of its own.

    Sends one GET without a login to the index's own host, and only if the URL has the form of a read URL. pypiserver
    answers an upload there with 405, after login and file were sent. No answer, or any other one, proves nothing.
    """
    found = _READ_URL.fullmatch(index.url)
    if found is None:
        return
    answer = client.send(Request(method="GET", url=found[1], headers={"Accept": "text/html"}, max_bytes=_LONGEST_PAGE))
    if not isinstance(answer, Response) or answer.status != 200 or not _PYPISERVER.search(answer.body):
        return
    where = "private-index-url" if index.name == "private" else f"the URL of the index {index.name}"
    raise InputsInvalid(
        f"{where} is {index.url}, which is the URL that installers read from pypiserver; it accepts no uploads. "
        "Nothing was sent.",
        remedy=f"Write {found[1]}",
        code="E_UPLOAD_URL",
    )
