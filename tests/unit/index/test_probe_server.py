"""A URL whose form other servers share: its server says what it is, and a wrong guess checks nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from publish_action.errors import CredentialRejected, IndexUnreachable, InputsInvalid
from publish_action.index.probe_server import find_read_side
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, NoResponse, Response
from publish_action.secret import Secret
from support.fakes import FakeHttpClient, FakeLog, FakeTime, answer

LOGIN = Secret("Basic eDp5")
DEVPI = Index(name="acme", url="https://acme.example/ci/prod/", audience=Audience.PRIVATE, server="devpi")
DEVPI_API = "https://acme.example/ci/prod/+api"
PYPISERVER = Index(name="acme", url="https://acme.example/", audience=Audience.PRIVATE, server="pypiserver")
ROOT = "https://acme.example/simple/"
LIST = answer(200, "<!DOCTYPE html><title>Simple Index</title>", content_type="text/html", url=ROOT)


def describe(**changes: object) -> Response:
    """Give devpi's description of the index, recorded from devpi-server 6.20.3, with changes."""
    result = {
        "login": "https://acme.example/+login",
        "authstatus": ["noauth", "", []],
        "index": "https://acme.example/ci/prod",
        "simpleindex": "https://acme.example/ci/prod/+simple/",
        "pypisubmit": "https://acme.example/ci/prod/",
    }
    return answer(200, {"result": {**result, **changes}, "type": "apiconfig"})


def find(index: Index, answers: Mapping[str, list[Response | NoResponse]]) -> tuple[Index, FakeHttpClient, FakeLog]:
    client, log = FakeHttpClient(answers), FakeLog()
    found = find_read_side(index, authorization=lambda: LOGIN, client=client, sleep=FakeTime().sleep, log=log)
    return found, client, log


WELCOME = answer(200, "<html><h1>Welcome to pypiserver!</h1>", content_type="text/html")


@pytest.mark.parametrize("path", ["", "pypi/"])
@pytest.mark.parametrize("below", ["simple", "simple/", "simple/demo/"])
@pytest.mark.parametrize("check_url", [None, "https://acme.example/simple/"])
def test_read_url_of_pypiserver_is_answered_with_its_upload_url(path: str, below: str, check_url: str | None) -> None:
    """pypiserver shows its name at the top: nothing is sent to the URL that installers read, and no login leaves."""
    top = f"https://acme.example/{path}"
    index = Index(name="private", url=f"{top}{below}", audience=Audience.PRIVATE, check_url=check_url)
    client = FakeHttpClient({f"GET {top}": [WELCOME]})

    with pytest.raises(InputsInvalid, match="it accepts no uploads") as caught:
        find_read_side(index, authorization=lambda: LOGIN, client=client, sleep=FakeTime().sleep, log=FakeLog())

    assert (caught.value.code, caught.value.remedy) == ("E_UPLOAD_URL", f"Write {top}")
    assert ["Authorization" in request.headers for request in client.requests] == [False]


@pytest.mark.parametrize(
    "top",
    [
        answer(200, "<html>pypicloud", content_type="text/html"),
        answer(404, "Welcome to pypiserver!"),
        NoResponse(failure=Failure.CONNECT, detail="ConnectionError"),
    ],
    ids=["other software", "404", "no answer"],
)
def test_servers_that_may_take_uploads_there_are_let_through(top: Response | NoResponse) -> None:
    """Some servers take uploads where they are read (Pulp, pypicloud): what is not proven is not refused."""
    index = Index(name="private", url="https://acme.example/simple/", audience=Audience.PRIVATE)

    found, _, _ = find(index, {"GET https://acme.example/": [top]})

    assert found == index


@pytest.mark.parametrize("slash", ["/", ""])
def test_devpi_is_known_by_its_description(slash: str) -> None:
    """devpi describes the index at its upload URL; then its read side is known, by our spelling of its address."""
    index = Index(name="acme", url=f"https://acme.example/ci/prod{slash}", audience=Audience.PRIVATE, server="devpi")

    found, client, _ = find(index, {f"GET {DEVPI_API}": [describe()]})

    assert (found.check_url, found.server) == ("https://acme.example/ci/prod/+simple/", "devpi")
    assert client.requests[0].headers["Authorization"] == LOGIN


def test_devpi_behind_a_proxy_names_another_host() -> None:
    """What devpi takes for its own host does not matter: the read side is on the host that was given."""
    told = describe(simpleindex="http://10.0.0.5:3141/ci/prod/+simple/", pypisubmit="http://10.0.0.5:3141/ci/prod/")

    found, _, _ = find(DEVPI, {f"GET {DEVPI_API}": [told]})

    assert found.check_url == "https://acme.example/ci/prod/+simple/"


@pytest.mark.parametrize(
    "response",
    [
        answer(404),
        answer(403),
        answer(501),
        answer(302, headers={"Location": "/login"}),
        answer(200, "{}", content_type="application/json"),
        answer(200, "<html>", content_type="text/html"),
        answer(200, {"type": "apiconfig", "result": []}),
        answer(200, {**json.loads(describe().body), "type": "other"}),
        describe(pypisubmit="https://acme.example/ci/other/"),
        describe(pypisubmit="https://acme.example/ci/other/", simpleindex="https://acme.example/ci/other/+simple/"),
        describe(pypisubmit=""),
        describe(simpleindex=""),
        describe(simpleindex="https://acme.example/ci/other/+simple/"),
        describe(simpleindex="http://[::1"),
    ],
)
def test_other_answers_are_no_devpi(response: Response) -> None:
    """A server that does not describe this very index is of no kind that we know, and its read side is not guessed."""
    found, _, log = find(DEVPI, {f"GET {DEVPI_API}": [response]})

    assert (found.check_url, found.server) == (None, "")
    assert "devpi" in log.lines[0]


def test_simple_index_beside_the_upload_url_is_the_read_side() -> None:
    """Where the list of projects is where this kind of server has it, the read side is known."""
    found, client, _ = find(PYPISERVER, {f"GET {ROOT}": [LIST]})

    assert (found.check_url, found.server) == (ROOT, "pypiserver")
    assert client.requests[0].headers["Authorization"] == LOGIN


@pytest.mark.parametrize(
    "response",
    [
        answer(404),
        answer(301, headers={"Location": "https://pypi.org/simple/"}),
        answer(200, "welcome", content_type="text/plain"),
        answer(200, "<form action=/login>", content_type="text/html"),
        answer(200, "<a href=acme/>acme</a><SCRIPT src=app.js></SCRIPT>", content_type="text/html"),
        answer(200, f"<a href=a/>a</a>{' ' * 99_999}<form action=/login>", content_type="text/html"),
        answer(200, '<title>Welcome</title><a href="/docs/">Read more</a>', content_type="text/html"),
        answer(200, '<title>Welcome</title><a href="/">Home</a>', content_type="text/html"),
        answer(200, "<!-- <a href=acme/>acme</a> -->", content_type="text/html"),
        answer(
            200,
            '<meta name="pypi:repository-version" content="2.0"><a href=acme/>acme</a>',
            content_type="text/html",
        ),
        answer(200, {"projects": []}),
        answer(200, {"meta": {"api-version": "1.0"}, "files": []}),
        answer(200, {"meta": {"api-version": "2.0"}, "projects": []}),
        answer(200, '[{"meta": {"api-version": "1.0"}, "projects": []}]', content_type="application/json"),
    ],
    ids=[
        "404",
        "redirect",
        "text",
        "login page",
        "web application",
        "late form",
        "page with a link",
        "page with a link home",
        "commented out",
        "version 2",
        "other API",
        "page of a project",
        "JSON of version 2",
        "JSON array",
    ],
)
def test_other_pages_are_no_read_side(response: Response) -> None:
    """What is no list of projects, as the page of a web application, is not taken for a read side."""
    found, _, _ = find(PYPISERVER, {f"GET {ROOT}": [response]})

    assert (found.check_url, found.server) == (None, "")


@pytest.mark.parametrize(
    "response",
    [
        answer(200, "<!DOCTYPE html><title>Simple Index</title>", content_type="text/html; charset=utf-8"),
        answer(200, '<html><body><a href="acme-core/">Acme_Core</a></body></html>', content_type="text/html"),
        answer(200, "<a class=x href='/simple/a%2Db'>a-b</a>", content_type="application/vnd.pypi.simple.v1+html"),
        answer(200, '<meta name="pypi:repository-version" content="1.0"><body></body>', content_type="text/html"),
        answer(200, f"<a href=acme/>acme</a>{'<a href=x>' * 200_000}", content_type="text/html"),
        answer(200, {"meta": {"api-version": "1.1"}, "projects": [{"name": "acme"}]}),
    ],
    ids=["empty", "link", "other quotes", "empty with version", "long and hostile", "JSON"],
)
def test_lists_of_projects_are_known_by_their_beginning(response: Response) -> None:
    """An empty list, a list in HTML or JSON, and a list that does not end soon are a read side."""
    found, _, _ = find(PYPISERVER, {f"GET {ROOT}": [response]})

    assert (found.check_url, found.server) == (ROOT, "pypiserver")


def test_long_list_is_judged_by_its_beginning() -> None:
    """What stands behind the beginning of a list is not read as links: a list has a million of them."""
    late = answer(200, f"<p>{' ' * 70_000}<a href=acme/>acme</a>", content_type="text/html")

    found, _, _ = find(PYPISERVER, {f"GET {ROOT}": [late]})

    assert found.check_url is None


@pytest.mark.parametrize("status", [401, 403])
def test_closed_read_side_is_a_no(status: int) -> None:
    """A read side that refuses our login stops the run: a server that overwrites may stand behind it."""
    with pytest.raises(CredentialRejected, match=f"HTTP {status}"):
        find(PYPISERVER, {f"GET {ROOT}": [answer(status)]})


@pytest.mark.parametrize(
    "response", [answer(503), answer(429), NoResponse(failure=Failure.TIMEOUT, detail="ReadTimeout")]
)
@pytest.mark.parametrize(("index", "url"), [(DEVPI, DEVPI_API), (PYPISERVER, ROOT)], ids=["devpi", "pypiserver"])
def test_silence_is_a_no(index: Index, url: str, response: Response | NoResponse) -> None:
    """A server that cannot answer now is not a server of no kind."""
    with pytest.raises(IndexUnreachable):
        find(index, {f"GET {url}": [response]})


@pytest.mark.parametrize(
    ("url", "check_url"),
    [
        ("https://acme.example/ci/prod/", "https://acme.example/ci/prod/+simple/"),
        ("https://acme.example/upload/", None),
        ("https://acme.example/legacy/", None),
        ("https://python.cloudsmith.io/acme/repo/", None),
        ("https://upload.pypi.org/legacy/", None),
    ],
    ids=["given", "no form", "certain form", "read elsewhere", "PyPI"],
)
def test_nobody_is_asked_without_need(url: str, check_url: str | None) -> None:
    """Where a read URL was given, or the URL's form leaves nothing to prove, no request is made."""
    index = Index(name="acme", url=url, audience=Audience.PRIVATE, check_url=check_url)

    found, client, _ = find(index, {})

    assert found == index
    assert client.requests == []


def test_an_index_that_is_not_to_be_read_is_not_asked() -> None:
    """A login that may upload and not read would be refused, and end the run."""
    index = replace(PYPISERVER, check_url=None, is_write_only=True)

    found, client, _ = find(index, {})

    assert (found, client.requests) == (index, [])


def test_public_index_is_asked_without_a_login() -> None:
    """A public index of a known form is asked as everybody asks it."""
    index = Index(name="acme", url=PYPISERVER.url, audience=Audience.PUBLIC)

    found, client, _ = find(index, {f"GET {ROOT}": [LIST]})

    assert found.check_url == ROOT
    assert "Authorization" not in client.requests[0].headers
