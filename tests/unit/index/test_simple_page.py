"""Simple pages: which files, which hashes, whatever is sent to us."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.index.project_status import Marker, ProjectStatus
from publish_action.index.simple_page import ListedFile, PageUnreadable, SimplePage, parse_simple_page

URL = "https://index.example/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
SHA = "ab" * 32
WHEEL = "demo-1.0-py3-none-any.whl"


def parse(body: str | bytes, content_type: str = JSON, url: str = URL) -> tuple[ListedFile, ...] | PageUnreadable:
    """Return the files on the page of `demo`."""
    page = parse_page(body, content_type, url)
    return page.files if isinstance(page, SimplePage) else page


def parse_page(body: str | bytes, content_type: str = JSON, url: str = URL) -> SimplePage | PageUnreadable:
    """Parse the page of `demo`."""
    return parse_simple_page(
        url=url, content_type=content_type, body=body.encode() if isinstance(body, str) else body, project="demo"
    )


def page(**entry: object) -> str:
    """Give a JSON page with one file, of which some facts are changed."""
    file = {"filename": WHEEL, "url": f"https://files.example/{WHEEL}", "hashes": {"sha256": SHA}, **entry}
    return json.dumps({"meta": {"api-version": "1.4"}, "name": "demo", "files": [file]})


def test_json_page() -> None:
    """A page of PEP 691 gives name, address and hashes."""
    expected = ListedFile(name=WHEEL, url=f"https://files.example/{WHEEL}", hashes=(("sha256", SHA),))

    assert parse(page()) == (expected,)


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=utf-8", "application/vnd.pypi.simple.v1+html"]
)
def test_html_page(content_type: str) -> None:
    """A page of PEP 503 gives name, address and hash, relative links included."""
    html = f'<!DOCTYPE html><html><body><a href="../../p/{WHEEL}#sha256={SHA.upper()}">{WHEEL}</a><br/></body></html>'
    expected = ListedFile(name=WHEEL, url=f"https://index.example/p/{WHEEL}", hashes=(("sha256", SHA),))

    assert parse(html, content_type) == (expected,)


@pytest.mark.parametrize(
    ("meta", "time", "uploaded"),
    [
        ({"_last-serial": 1}, "2026-11-21T00:46:26.081234Z", datetime(2026, 11, 21, 0, 46, 26, 81234, UTC)),
        ({"_last-serial": 1}, "2026-11-21T01:46:26+01:00", datetime(2026, 11, 21, 0, 46, 26, 0, UTC)),
        ({"_last-serial": 1}, "2026-11-21T00:46:26", None),
        ({"_last-serial": 1}, "yesterday", None),
        ({"_last-serial": 1}, 1, None),
        ({"_last-serial": "1"}, "2026-11-21T00:46:26Z", None),
        ({}, "2026-11-21T00:46:26Z", None),
    ],
)
def test_upload_time_is_pypis(meta: dict[str, object], time: object, uploaded: datetime | None) -> None:
    """A time (PEP 700) counts where the page is one of PyPI's kind, and has a zone."""
    body = {
        "name": "demo",
        "meta": {"api-version": "1.4", **meta},
        "files": [{"filename": WHEEL, "url": WHEEL, "upload-time": time}],
    }

    (file,) = files_of(json.dumps(body))

    assert file.uploaded == uploaded


def files_of(body: str) -> tuple[ListedFile, ...]:
    found = parse(body)
    assert not isinstance(found, PageUnreadable)
    return found


def test_file_without_hash_has_none() -> None:
    """A file whose page gives no hash has no digest, which is not the same as another one."""
    (file,) = parse(f'<a href="/p/{WHEEL}">x</a>', "text/html")  # type: ignore[misc] # a tuple, or the test fails

    assert file.digest("sha256") == ""


def test_digest_by_algorithm() -> None:
    """Each hash that a page gives can be asked for."""
    (file,) = parse(page(hashes={"md5": "AB" * 16, "sha256": SHA}))  # type: ignore[misc] # as above

    assert (file.digest("md5"), file.digest("sha256"), file.digest("sha512")) == ("ab" * 16, SHA, "")


@pytest.mark.parametrize(
    "hashes",
    [None, [], {"sha256": 1}, {"sha256": "xyz"}, {"sha256": ""}, {"SHA 256": SHA}, {"sha256": "a" * 1000}],
)
def test_rubbish_hash_is_none(hashes: object) -> None:
    """What is no hexadecimal digest is no hash."""
    (file,) = parse(page(hashes=hashes))  # type: ignore[misc] # as above

    assert file.hashes == ()


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://user:pass@files.example/x.whl?sig=secret#f", "https://files.example/x.whl"),
        ("/p/x.whl", "https://index.example/p/x.whl"),
        ("javascript:alert(1)", ""),
        ("http://[::1", ""),
    ],
    ids=["secrets in it", "relative", "no web address", "rubbish"],
)
def test_address_is_shown_without_secrets(link: str, shown: str) -> None:
    """User, password and signature are left out of an address; what is no web address is not shown."""
    (file,) = parse(page(url=link))  # type: ignore[misc] # as above

    assert file.url == shown


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{}", JSON),
        ('{"files": {}}', JSON),
        ("[]", JSON),
        ("<html>", JSON),
        ("[" * 100_000, JSON),
        ('{"meta": {"api-version": "2.0"}, "files": []}', JSON),
        ('{"files": []}', JSON),
        ('<meta name="pypi:repository-version" content="2.0"><a href="x">x</a>', "text/html"),
        ("<![unheard-of[x]]>", "text/html"),
        ('<form action="/login"><input type="password"></form>', "text/html"),
        (page(), "text/plain"),
        (page(), ""),
    ],
)
def test_other_answers_are_unreadable(body: str, content_type: str) -> None:
    """What is no simple page of a version that we know is not read as an empty one."""
    assert isinstance(parse(body, content_type), PageUnreadable)


VERSION = '<meta name="pypi:repository-version" content="1.4">'
NO_PAGES = {
    "empty body": "",
    "no links": "<html><body>Back soon</body></html>",
    "script": "<!DOCTYPE html><div id=app></div><script src=/app.js></script>",
    "links of a sign-in page": '<title>Sign in</title><a href="/login/google">Google</a>',
    "another project": "<title>Links for other</title>",
    "another project with a version": f'{VERSION}<h1>Links for other</h1><a href="{WHEEL}">x</a>',
    "a longer name": "<title>Links for demo-x</title>",
    "two names": f'<title>Links for demo</title><h1>Links for other</h1><a href="{WHEEL}">x</a>',
    "files of another project": f'{VERSION}<a href="demo_x-1.0-py3-none-any.whl">x</a>',
    "old files of another project": '<a href="demo-x-1.0.zip">x</a>',
    "list of projects": '<title>Simple index</title><a href="demo/">demo</a>',
}


@pytest.mark.parametrize("body", NO_PAGES.values(), ids=NO_PAGES)
def test_html_that_does_not_show_its_project_is_unreadable(body: str) -> None:
    """A page without links is no empty list: something on it has to show that it is this project's."""
    assert isinstance(parse(body, "text/html"), PageUnreadable)
    assert isinstance(parse(body.encode("utf-16"), "text/html"), PageUnreadable)


# What known servers send for a project without files, or write around the files of one.
PAGES = {
    "PyPI, Pulp": f"<!DOCTYPE html><html><head>{VERSION}<title>Links for Demo</title></head></html>",
    "version alone": f"<html><head>{VERSION}</head><body></body></html>",
    "pypiserver": "<!DOCTYPE html><html><head><title>Links for demo</title></head><body><h1>Links for demo</h1></body>",
    "devpi": "<html><head><title>ci/prod: links for demo</title></head><body><h1>ci/prod: links for demo</h1></body>",
    "GitLab": "<html>\n<head>\n<title>Links for demo</title>\n</head>\n<body>\n<h1>Links for demo</h1>",
    "Artifactory": '<title>Simple Index</title><meta name="api-version" value="2" />'
    f'<a href="../../packages/{WHEEL}#sha256={SHA}">{WHEEL}</a>',
    "no title": f"<a href={WHEEL}>{WHEEL}</a>",
    "an egg": '<a href="Demo-1.0-py2.7.egg">x</a>',
    "a zip": '<a href="../">up</a><a href="demo-1.0.zip">x</a>',
}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_html_of_known_servers_is_read(body: str) -> None:
    """A heading of a known server, the version of the Simple API, or a file of the project shows whose page it is."""
    assert isinstance(parse(body, "text/html"), tuple)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"name": 1},
        {"name": ""},
        {"name": None, "files": []},
        {"files": [{}]},
        {"files": [1]},
        {"files": [{"filename": 1}]},
        {"project-status": "archived"},
        {"project-status": {"status": 1}},
    ],
)
def test_json_that_does_not_show_its_project_is_unreadable(change: dict[str, object]) -> None:
    """A page of PEP 691 names its project, and nothing on it is passed over because it is not understood."""
    body = {"meta": {"api-version": "1.4"}, "name": "demo", "files": [], **change}

    assert isinstance(parse(json.dumps(body)), PageUnreadable)


def test_json_names_are_compared_normalised() -> None:
    """The name on a page may be in another spelling; without one, a file of the project shows whose page it is."""
    nameless: dict[str, object] = {"meta": {"api-version": "1.0"}, "files": [{"filename": WHEEL, "url": WHEEL}]}

    assert len(files_of(json.dumps({**nameless, "name": "DeMo"}))) == 1
    assert len(files_of(json.dumps(nameless))) == 1
    assert isinstance(parse(json.dumps({**nameless, "files": []})), PageUnreadable)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"meta": {{"api-version": "1.0"}}, "name": "demo", "files": [{{"filename": "{WHEEL}"}}], "files": []}}',
        '{"meta": {"api-version": "1.0"}, "name": "other", "name": "demo", "files": []}',
    ],
)
def test_json_with_a_key_twice_is_unreadable(body: str) -> None:
    """Which of two values counts depends on the reader, so a page that gives two is not understood."""
    assert isinstance(parse(body), PageUnreadable)


@pytest.mark.parametrize("word", ["active", "archived", "deprecated", "quarantined"])
def test_status_of_a_project(word: str) -> None:
    """The status of PEP 792 and its reason are read from JSON and from HTML."""
    status = {"status": word, "reason": "because"}
    html = (
        f'<title>Links for demo</title><meta content="{word}" name="pypi:project-status">'
        '<meta name="pypi:project-status-reason" content="because">'
    )
    expected = ProjectStatus(marker=Marker(word), reason="because")
    found = [
        parse_page(json.dumps({"meta": {"api-version": "1.4"}, "name": "demo", "files": [], "project-status": status})),
        parse_page(html, "text/html"),
    ]

    assert [page.status for page in found if isinstance(page, SimplePage)] == [expected, expected]


def test_strictest_of_two_statuses_counts() -> None:
    """A page that gives two words is read as the stricter one; a word that nobody knows forbids nothing."""
    tags = "".join(f'<meta name="pypi:project-status" content="{word}">' for word in ("active", "archived", "new"))
    page = parse_page(f"<title>Links for demo</title>{tags}", "text/html")

    assert isinstance(page, SimplePage)
    assert page.status.marker is Marker.ARCHIVED
    assert not page.status.takes_files


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!---->" * 1_500_000, "text/html"),
        (b"<" * 20_000_000, "text/html"),
        (b"<title>Links for " + b" a" * 5_000_000, "text/html"),
        (b'{"files": [' + b"{}," * 10_000_000 + b"{}]}", JSON),
        (b'{"files": [' + b"[]," * 10_000_000 + b"{}]}", JSON),
    ],
    ids=["comments", "tags", "heading", "objects", "lists"],
)
def test_hostile_pages_take_little_time(body: bytes, content_type: str) -> None:
    """A page of many megabytes of comments, tags or empty objects is given up in about a second."""
    begin = time.process_time()

    assert isinstance(parse(body, content_type), PageUnreadable)
    assert time.process_time() - begin < 5


def test_reference_of_many_digits_is_read() -> None:
    """A character reference of more digits than Python reads as a number ends nothing."""
    assert len(names_on(f"<a href='x&#{'1' * 5000};'>")) == 1


@given(st.binary(), st.sampled_from([JSON, "text/html", "text/plain"]))
def test_any_bytes_are_parsed(body: bytes, content_type: str) -> None:
    """Whatever bytes come, the parser gives a value."""
    parse(body, content_type)


@given(st.text(alphabet='<>!-[]/a="#&;:?x \n'), st.text())
def test_any_html_is_parsed(body: str, href: str) -> None:
    """Whatever markup comes, the parser gives a value, and no address of a kind that we do not show."""
    found = parse(f'<h1>Links for demo</h1>{body}<a href="{href}">x</a>', "text/html")

    assert isinstance(found, PageUnreadable) or all(file.url[:4] in {"", "http"} for file in found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["filename", "url", "hashes", "sha256"]), inner),
    max_leaves=10,
)


@given(json_values, json_values)
def test_any_json_is_parsed(meta: object, files: object) -> None:
    """Whatever stands where PEP 691 wants something else, the parser gives a value."""
    parse(json.dumps({"meta": meta, "name": "demo", "files": files}))
    parse(json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": [files]}))


@pytest.mark.parametrize("piece", ["<a ", "<a href", '<a href="', "<!--", "<meta ", "<a href =  ", "<a x "])
def test_hostile_pages_are_read_in_one_pass(piece: str) -> None:
    """A page of two megabytes that is nothing but beginnings is read without trying each of them to the end."""
    page = "<title>Links for demo</title>" + piece * (2_000_000 // len(piece))

    assert isinstance(parse(page, "text/html"), tuple)


def names_on(page: str) -> list[str]:
    listed = parse(f"<title>Links for demo</title>{page}", "text/html")
    assert isinstance(listed, tuple)
    return [file.name for file in listed]


def test_links_in_comments_are_none() -> None:
    """What stands in a comment is not listed, also where the comment never ends."""
    page = '<!-- <a href="old.whl">old</a> --><a href="new.whl">new</a><!-- <a href="last.whl">'

    assert names_on(page) == ["new.whl"]


@pytest.mark.parametrize(
    "link",
    ['<A HREF="x.whl">', "<a href='x.whl'>", "<a href=x.whl>", '<a rel="n" href = "x.whl" >', '<a\nhref="x.whl"\n>'],
)
def test_links_in_any_spelling(link: str) -> None:
    """A link counts in upper case, with other attributes before it, with any quotes or none."""
    assert names_on(link) == ["x.whl"]


def test_entities_in_links_are_undone() -> None:
    """An address is written with entities where HTML asks for them."""
    listed = parse('<h1>Links for demo</h1><a href="x.whl?a=1&amp;b=2#sha256=ab">', "text/html")

    assert isinstance(listed, tuple)
    assert [file.hashes for file in listed] == [(("sha256", "ab"),)]


@pytest.mark.parametrize(
    "name", ["x-{}-py3-none-any.whl", "x-1-{}-py3-none-any.whl", "x-{}.tar.gz", "x-1.post{}.tar.gz"]
)
def test_file_name_with_a_number_of_many_digits_ends_nothing(name: str) -> None:
    """A page that lists a file with a number of more digits than Python reads raises nothing."""
    file = name.format("9" * 5000)

    parse(f'<a href="{file}">{file}</a>', "text/html")
    parse(json.dumps({"files": [{"filename": file, "url": file, "hashes": {}}]}))
