"""The read side: which files are there, asked of our own index alone."""

from collections.abc import Mapping

import pytest

from publish_action.index.detect_server import kind_named
from publish_action.index.server_kind import ServerKind
from publish_action.index.simple_api import Absent, Closed, Listing, ProjectPage, Unreadable, read_project
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, NoResponse, Response
from publish_action.secret import Secret
from publish_action.upload.index_reader import IndexReader
from support.fakes import FakeHttpClient, FakeTime, answer

CHECK = "https://pkgs.acme.example/simple/"
PAGE = "https://pkgs.acme.example/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
LOGIN = Secret("Basic eDp5")
HEADING = "<title>Links for demo</title>"
EMPTY = answer(200, {"meta": {"api-version": "1.0"}, "name": "demo", "files": []}, content_type=JSON, url=PAGE)


def read(
    answers: Mapping[str, list[Response | NoResponse]],
    check_url: str = CHECK,
    kind: ServerKind | None = None,
) -> tuple[ProjectPage, FakeHttpClient, FakeTime]:
    """Read the project `demo` from a scripted index."""
    client, time = FakeHttpClient(answers), FakeTime()
    page = read_project(
        client,
        check_url=check_url,
        project="demo",
        authorization=LOGIN,
        sleep=time.sleep,
        kind=kind,
    )
    return page, client, time


def moved(location: str) -> Response:
    """Give a redirect."""
    return answer(301, headers={"Location": location}, url=PAGE)


@pytest.mark.parametrize("check_url", [CHECK, CHECK.removesuffix("/")], ids=["slash", "no slash"])
def test_listing(check_url: str) -> None:
    """A page that lists no file is a listing, asked for at the project's own address with our login."""
    page, client, _ = read({f"GET {PAGE}": [EMPTY]}, check_url)

    assert page == Listing(files=())
    assert client.requests[0].headers["Authorization"] == LOGIN


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (answer(404, "404 Not Found", content_type="text/plain"), Absent()),
        (answer(404, {"message": "x"}), Absent()),
        (answer(401), Closed(status=401)),
        (answer(403), Closed(status=403)),
        (
            answer(200, "hello", content_type="text/plain"),
            Unreadable(reason="its content type is none of a simple page"),
        ),
        (answer(418), Unreadable(reason="HTTP 418")),
        (answer(204), Unreadable(reason="HTTP 204")),
    ],
    ids=["404 text", "404 JSON", "401", "403", "text", "418", "204"],
)
def test_other_answers(response: Response, expected: ProjectPage) -> None:
    """Not there, not for us and not understood are three different things."""
    page, _, _ = read({f"GET {PAGE}": [response]})

    assert page == expected


def test_not_acceptable_is_asked_for_html() -> None:
    """An index that refuses our Accept is asked once more for HTML."""
    page, client, _ = read({f"GET {PAGE}": [answer(406), answer(200, HEADING, content_type="text/html", url=PAGE)]})

    assert page == Listing(files=())
    assert client.requests[1].headers["Accept"] == "text/html"


@pytest.mark.parametrize("response", [answer(503), NoResponse(failure=Failure.TIMEOUT, detail="ReadTimeout")])
def test_silence_is_asked_again_and_then_told(response: Response | NoResponse) -> None:
    """An index that cannot answer is asked four times; then it is unreadable, which is not absent."""
    page, client, time = read({f"GET {PAGE}": [response]})

    assert isinstance(page, Unreadable)
    assert len(client.requests) == 4
    assert time.pauses == [1.0, 2.0, 4.0]


def test_certificate_is_not_tried_again() -> None:
    """A certificate that cannot be verified is none the second time."""
    page, client, _ = read({f"GET {PAGE}": [NoResponse(failure=Failure.TLS, detail="SSLError")]})

    assert isinstance(page, Unreadable)
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://pkgs.acme.example/simple/Demo/", "/simple/Demo/"),
        ("/simple/demo", "/simple/demo"),
        ("../DEMO/?a=b#c", "/simple/DEMO/"),
        ("/content/prod/simple/demo/", "/content/prod/simple/demo/"),
        ("/simple/demo/index.html", "/simple/demo/index.html"),
    ],
)
def test_redirect_to_the_projects_own_page_is_followed(location: str, target: str) -> None:
    """A redirect to another address of the same project on the same server is followed, with our login."""
    url = f"https://pkgs.acme.example{target}"

    page, client, _ = read({f"GET {PAGE}": [moved(location)], f"GET {url}": [EMPTY]})

    assert page == Listing(files=())
    assert client.requests[1].headers["Authorization"] == LOGIN


def test_redirect_that_cannot_be_read_tells_nothing() -> None:
    """An address that is none says neither that the project is there nor that it is not."""
    page, client, _ = read({f"GET {PAGE}": [moved("http://[::1")]})

    assert page == Unreadable(reason="it redirects to an address that cannot be read")
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    "location", ["/login", "/", "/simple/", "/simple/demo-x/", "/users/sign_in?next=/simple/demo/"]
)
def test_redirect_to_another_page_is_not_followed(location: str) -> None:
    """A page of the same server that is not the project's, as a login page, says nothing of the project."""
    page, client, _ = read({f"GET {PAGE}": [moved(location)]})

    assert isinstance(page, Unreadable)
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    ("target", "kind", "expected"),
    [
        ("/simple/demo", "", Absent),
        ("/simple/DEMO/", "", Absent),
        ("/pulp/content/prod/simple/demo/", "pulp", Absent),
        ("/pulp/content/prod/simple/demo/", "", Unreadable),
        ("/elsewhere/demo/", "pulp", Unreadable),
    ],
)
def test_404_after_a_redirect(target: str, kind: str, expected: type[ProjectPage]) -> None:
    """After a redirect 404 means "not there" at the page's own address, or where this kind of server moves pages."""
    url = f"https://pkgs.acme.example{target}"

    page, _, _ = read({f"GET {PAGE}": [moved(target)], f"GET {url}": [answer(404)]}, kind=kind_named(kind))

    assert isinstance(page, expected)


_ELSEWHERE = [
    "https://login.example/",
    "https://mirror.example/simple/demo/",
    "http://pypi.org/simple/demo/",
    "https://pypi.org/simple/",
    "https://pypi.org/simple/demo-x/",
    "http://pkgs.acme.example/simple/demo/",
    "https://pkgs.acme.example:8443/simple/demo/",
    "https://pkgs.acme.example@evil.example/",
    "https://user@pkgs.acme.example/simple/demo/",
    "https://pkgs.acme.example\\@evil.example/",
    "//evil.example/",
    "/simple/a b/",
    "/simple/\r\nX: y",
]


@pytest.mark.parametrize("location", _ELSEWHERE)
def test_redirect_elsewhere_tells_nothing(location: str) -> None:
    """A redirect to another place is not followed, and does not mean that the project is not there."""
    page, client, _ = read({f"GET {PAGE}": [moved(location)]})

    assert isinstance(page, Unreadable)
    assert "which is not followed" in page.reason
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    ("location", "kind", "expected"),
    [
        ("https://pypi.org/simple/demo/", "", Absent),
        ("https://pypi.org/simple/Demo", "gitlab", Absent),
        ("https://mirror.example/root/pypi/+simple/demo/", "pypiserver", Absent),
        ("https://mirror.example/root/pypi/+simple/demo/", "gitlab", Absent),
        ("https://login.example/?next=/simple/demo/", "pypiserver", Unreadable),
        ("https://content.example/prod/simple/demo/", "pulp", Unreadable),
    ],
)
def test_forwarded_project_is_absent(location: str, kind: str, expected: type[ProjectPage]) -> None:
    """Forwarding to PyPI's page, or to any index's page from a server that forwards what it lacks, is an absence."""
    page, client, _ = read({f"GET {PAGE}": [moved(location)]}, kind=kind_named(kind))

    assert isinstance(page, expected)
    assert len(client.requests) == 1


def test_redirects_are_bounded() -> None:
    """An index that redirects in a circle is given up."""
    page, client, _ = read({f"GET {PAGE}": [moved(PAGE)]})

    assert isinstance(page, Unreadable)
    assert len(client.requests) == 3


@pytest.mark.parametrize(
    ("audience", "url", "sent"),
    [
        (Audience.PRIVATE, "https://pkgs.acme.example/upload/", True),
        (Audience.PRIVATE, "https://upload.acme.example/upload/", True),
        (Audience.PUBLIC, "https://pkgs.acme.example/upload/", False),
    ],
    ids=["same origin", "read side of its own", "public index"],
)
def test_login_goes_to_the_read_side_of_a_private_index(audience: Audience, url: str, sent: bool) -> None:
    """The login is shown to the read side that was given for a private index, and never to a public one."""
    client = FakeHttpClient({f"GET {PAGE}": [EMPTY]})
    index = Index(name="acme", url=url, audience=audience, check_url=CHECK)

    IndexReader(index=index, authorization=lambda: LOGIN, client=client, sleep=FakeTime().sleep).list_files("demo")

    assert ("Authorization" in client.requests[0].headers) is sent


def test_unknown_read_side_is_not_asked() -> None:
    """Where the read side is not known, nobody is asked and nothing is claimed."""
    index = Index(name="acme", url="https://pkgs.acme.example/upload/", audience=Audience.PRIVATE)
    side = IndexReader(index=index, authorization=lambda: LOGIN, client=FakeHttpClient({}), sleep=FakeTime().sleep)

    assert side.list_files("demo") is None
