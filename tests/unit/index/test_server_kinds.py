"""The kinds of servers: recognised by the forms of their URLs, and by nothing that another server may share."""

import pytest

from publish_action.index.catalogue import list_indexes
from publish_action.index.detect_server import advise_login, detect_server, explain_status, find_upload_url, kind_named
from publish_action.index.server_kinds import KINDS
from publish_action.models.index import Audience, Index, IndexProblem
from publish_action.models.policy import Policy, PolicyIndex
from publish_action.untrusted.url import CanonicalUrl, parse_url

AWS = "https://dom-111122223333.d.codeartifact.eu-west-1.amazonaws.com"
AZURE = "https://pkgs.dev.azure.com/org/proj/_packaging/feed/pypi"

# One row per kind: an upload URL, the read URL that follows, and whether that is certain.
ROWS = [
    ("codeartifact", f"{AWS}/pypi/repo/", f"{AWS}/pypi/repo/simple/", True),
    (
        "artifact-registry",
        "https://europe-west1-python.pkg.dev/proj/repo/",
        "https://europe-west1-python.pkg.dev/proj/repo/simple/",
        True,
    ),
    ("azure-artifacts", f"{AZURE}/upload/", f"{AZURE}/simple/", True),
    ("cloudsmith", "https://python.cloudsmith.io/owner/repo/", None, True),
    ("gemfury", "https://pypi.fury.io/acme/", "https://pypi.fury.io/acme/", False),
    (
        "gitlab",
        "https://git.acme.example/api/v4/projects/7/packages/pypi",
        "https://git.acme.example/api/v4/projects/7/packages/pypi/simple/",
        True,
    ),
    (
        "gitea",
        "https://git.acme.example/api/packages/team/pypi",
        "https://git.acme.example/api/packages/team/pypi/simple/",
        True,
    ),
    (
        "artifactory",
        "https://acme.example/artifactory/api/pypi/local",
        "https://acme.example/artifactory/api/pypi/local/simple/",
        True,
    ),
    ("pulp", "https://pulp.example/pypi/team/prod/legacy/", "https://pulp.example/pypi/team/prod/simple/", True),
    ("warehouse", "https://pkgs.acme.example/legacy/", "https://pkgs.acme.example/simple/", True),
    ("nexus", "https://acme.example/repository/py/", "https://acme.example/repository/py/simple/", False),
    ("pypiserver", "https://acme.example:8080/", "https://acme.example:8080/simple/", False),
    ("devpi", "https://acme.example/ci/prod/", "https://acme.example/ci/prod/+simple/", False),
]
# Each upload URL with its final slash and without it, where a path is left.
SPELLINGS = [
    (spelling, name, read, certain)
    for name, upload, read, certain in ROWS
    for spelling in dict.fromkeys((upload, upload.removesuffix("/")))
    if spelling.count("/") > 2
]
SHARED = [row for row in ROWS if not row[3]]


def url_of(text: str) -> CanonicalUrl:
    url = parse_url(text)
    assert isinstance(url, CanonicalUrl), text
    return url


def judge(upload: str, check: str = "") -> Index | IndexProblem:
    """Give the private index at a URL, as the catalogue judges it."""
    written = PolicyIndex(name="acme", url=upload, audience=Audience.PRIVATE, check_url=check)
    catalogue = list_indexes(
        public_url="https://upload.pypi.org/legacy/",
        private_url="",
        private_check_url="",
        private_auth="auto",
        private_username="",
        private_auth_options=(),
        policy=Policy(source="p", indexes=(written,)),
        pypi_url="https://upload.pypi.org/legacy/",
        testpypi_url="https://test.pypi.org/legacy/",
    )
    judged: list[Index | IndexProblem] = [*catalogue.indexes, *catalogue.problems]
    return next(each for each in judged if each.name == "acme")


def index_at(upload: str, check: str = "") -> Index:
    found = judge(upload, check)
    assert isinstance(found, Index), found
    return found


def test_every_kind_has_its_row() -> None:
    """The table above names every kind once, in the code's order."""
    assert [row[0] for row in ROWS] == [kind.name for kind in KINDS]


@pytest.mark.parametrize(("spelling", "name", "read", "certain"), SPELLINGS)
def test_kind_is_recognised_by_its_upload_url(spelling: str, name: str, read: str | None, certain: bool) -> None:
    """An upload URL of a known form, with or without its final slash, has a kind and a canonical read URL."""
    found = detect_server(url_of(spelling))

    assert found is not None
    assert (found.kind.name, found.read_url, found.is_certain) == (name, read, certain)
    assert read is None or url_of(read).text == read


@pytest.mark.parametrize(
    ("upload", "read", "certain"), [row[1:] for row in ROWS if row[3]], ids=[row[0] for row in ROWS if row[3]]
)
def test_certain_read_url_is_used(upload: str, read: str | None, certain: bool) -> None:
    """Where the form of the URL is one product's, its read URL is used without asking anybody."""
    assert index_at(upload).check_url == read


@pytest.mark.parametrize(("name", "upload", "read", "certain"), SHARED, ids=[row[0] for row in SHARED])
def test_shared_form_is_no_read_url(name: str, upload: str, read: str, certain: bool) -> None:
    """A form that other servers may have gives a kind to ask for, and no read URL."""
    assert (index_at(upload).server, index_at(upload).check_url) == (name, None)


@pytest.mark.parametrize(("name", "upload", "read", "certain"), SHARED, ids=[row[0] for row in SHARED])
def test_shared_form_is_believed_with_its_read_url(name: str, upload: str, read: str, certain: bool) -> None:
    """Together with the read URL that goes with it, a shared form names the kind; with another one it does not."""
    together = index_at(upload, read.removesuffix("/"))
    apart = index_at(upload, "https://read.acme.example/simple/")

    assert (together.server, together.check_url) == (name, read.removesuffix("/"))
    assert (apart.server, apart.check_url) == ("", "https://read.acme.example/simple/")


@pytest.mark.parametrize(
    "upload",
    [
        "https://pkgs.acme.example/upload/",
        "https://acme.example/xlegacy/",
        "https://acme.example/python/",
        "https://upload.pypi.org/legacy/",
    ],
)
def test_other_forms_are_of_no_kind(upload: str) -> None:
    """Where the form of a URL is not known, there is no kind; PyPI is none of them."""
    assert detect_server(url_of(upload)) is None


@pytest.mark.parametrize(
    "upload",
    [
        "https://evil-python.pkg.dev.acme.example/proj/repo/",
        "https://acme.example/pkgs.dev.azure.com/pypi/upload/",
        "https://python.cloudsmith.io.acme.example/owner/repo/",
    ],
)
def test_hosts_that_look_like_a_vendors_are_certain_of_nothing(upload: str) -> None:
    """A vendor's host as a part of another host or of a path is nobody's."""
    assert index_at(upload).check_url is None


@pytest.mark.parametrize(
    ("upload", "read"),
    [
        ("https://upload.pypi.org/legacy/", "https://pypi.org/simple/"),
        ("https://test.pypi.org/legacy/", "https://test.pypi.org/simple/"),
    ],
)
def test_pypi_is_read_at_its_own_place(upload: str, read: str) -> None:
    """PyPI and TestPyPI have read URLs of their own."""
    written = PolicyIndex(name="acme", url=upload, audience=Audience.PUBLIC)
    catalogue = list_indexes(
        public_url=upload,
        private_url="",
        private_check_url="",
        private_auth="auto",
        private_username="",
        private_auth_options=(),
        policy=Policy(source="p", indexes=(written,)),
        pypi_url="https://upload.pypi.org/legacy/",
        testpypi_url="https://test.pypi.org/legacy/",
    )

    assert [(index.check_url, index.server) for index in catalogue.indexes if index.name == "acme"] == [(read, "")]


@pytest.mark.parametrize("below", ["", "demo/"])
@pytest.mark.parametrize(
    ("upload", "read"),
    [row[1:3] for row in ROWS if (kind := kind_named(row[0])) and kind.refuses_simple],
    ids=[kind.name for kind in KINDS if kind.refuses_simple],
)
def test_read_url_is_answered_with_the_upload_url(upload: str, read: str, below: str) -> None:
    """Whoever pastes the URL that installers read, or a page below it, is told the upload URL before anything else."""
    problem = judge(f"{read}{below}")

    assert isinstance(problem, IndexProblem)
    assert problem.code == "E_UPLOAD_URL"
    assert problem.remedy == f"Write {upload}"


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/simple/",
        "https://acme.example/repository/py/simple/",
        "https://pulp.example/pypi/prod/simple/",
        "https://pypi.fury.io/acme/",
        "https://pypi.org/simple/",
    ],
)
def test_read_urls_that_may_take_uploads_are_let_through(url: str) -> None:
    """Some servers take uploads where they are read (Pulp, pypicloud): what is not certain is not refused."""
    assert find_upload_url(url_of(url)) is None


@pytest.mark.parametrize(
    ("name", "user", "words"),
    [
        ("artifactory", "__token__", "your own, with a password or an access token"),
        ("devpi", "", "`acl_upload`"),
        ("codeartifact", "__token__", "`aws`"),
        ("artifact-registry", "__token__", "`oauth2accesstoken`"),
        ("gemfury", "__token__", "the push token itself"),
    ],
)
def test_pypis_user_name_is_answered_with_the_kinds(name: str, user: str, words: str) -> None:
    """Where PyPI's `__token__` was refused, the remedy names the user name that this kind of server wants."""
    assert words in " ".join(advise_login(kind_named(name), user, 401))


@pytest.mark.parametrize(("name", "user"), [("artifactory", "ci"), ("warehouse", "__token__"), ("", "__token__")])
def test_other_user_names_are_not_doubted(name: str, user: str) -> None:
    """A user name of one's own, an index that takes `__token__`, and an unknown server get no such advice."""
    assert advise_login(kind_named(name), user, 401) == ()


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("gitlab", 404, "a login that may not see the project, and to a wrong project id"),
        ("devpi", 404, "the user or the index of the URL does not exist"),
        ("artifactory", 403, "may not overwrite"),
        ("nexus", 400, "disables redeploy"),
        ("azure-artifacts", 400, "older metadata version"),
        ("codeartifact", 409, "built again"),
    ],
)
def test_statuses_are_explained_by_kind(name: str, status: int, words: str) -> None:
    """What a status means at one kind of server alone is said of that kind."""
    assert words in explain_status(kind_named(name), status)
    assert explain_status(None, status) == ""
