"""The name check against an index on this machine: one request for the whole list, and no name in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from installs.indexes import StaticIndex
from publish_action.index.name_cache import NameCache, choose_cache_folder
from publish_action.index.name_check import PublicList, look_up_name
from publish_action.models.finding import Finding, Severity
from publish_action.models.policy import Policy, PublicName
from publish_action.network.client import Network, NoResponse, Request, RequestsClient, Response
from publish_action.policy.parser import parse_policy
from publish_action.policy.resolve import find_public_name
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.http.faults import FOREVER, Answer
from support.name_lists import JSON, html_page, json_page
from support.program import POLICY_PATH, PROJECT, Program

DAY = date(2026, 11, 21)


class ListClient:
    """Serves one root page, and keeps what it was asked."""

    def __init__(self, page: Response | NoResponse) -> None:
        self.page = page
        self.asked: list[Request] = []

    def send(self, request: Request) -> Response | NoResponse:
        """Give the page."""
        self.asked.append(request)
        return self.page

    def digest(self, request: Request) -> NoResponse:
        """Refuse: nobody asks for a hash here."""
        raise AssertionError(request.url)


URL = "https://index.example/simple/"
PAGE = Response(url=URL, status=200, reason="OK", headers={"Content-Type": JSON}, body=json_page())


def look(project: str, client: ListClient, cache: NameCache, *, day: date = DAY, url: str | None = URL) -> Finding:
    return look_up_name(
        project,
        public=PublicList(name="pypi", url=url),
        wanted=PublicName.WARN,
        modules=frozenset({"json"}),
        client=client,
        cache=cache,
        today=day,
    )


@pytest.fixture
def cache(tmp_path: Path) -> NameCache:
    return NameCache(tmp_path / "cache")


def test_request_holds_no_name(cache: NameCache) -> None:
    """One GET of the root: neither its address nor a header has the project's name or the repository's."""
    client = ListClient(PAGE)

    look("acme-secret", client, cache)

    (request,) = client.asked
    assert (request.method, request.url, request.body) == ("GET", URL, None)
    assert "acme" not in repr(dict(request.headers))
    assert request.headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("project", "severity", "code"),
    [
        ("acme-core", Severity.WARNING, "E_NAME_TAKEN_PUBLIC"),
        ("acmecore", Severity.NOTE, "W_NAME_BLOCKED"),
        ("json", Severity.NOTE, "W_NAME_BLOCKED"),
        ("acme-secret", Severity.WARNING, "W_NAME_CLAIMABLE"),
    ],
)
def test_standing_is_a_finding(cache: NameCache, project: str, severity: Severity, code: str) -> None:
    """Taken and free names are warnings, names that nobody can have are notes; none of them refuses."""
    finding = look(project, ListClient(PAGE), cache)

    assert (finding.severity, finding.code) == (severity, code)
    assert project in finding.message


@pytest.mark.parametrize(
    ("wanted", "severity", "code"),
    [
        (PublicName.REFUSE, Severity.ERROR, "E_NAME_TAKEN_PUBLIC"),
        (PublicName.WARN, Severity.WARNING, "E_NAME_TAKEN_PUBLIC"),
        (PublicName.OURS, Severity.NOTE, "W_NAME_BLOCKED"),
    ],
)
def test_policy_says_what_a_taken_name_means(
    cache: NameCache, wanted: PublicName, severity: Severity, code: str
) -> None:
    """`public-name` makes a taken name a refusal, or a note where the project there is ours."""
    finding = look_up_name(
        "acme-core",
        public=PublicList(name="pypi", url=URL),
        wanted=wanted,
        modules=frozenset(),
        client=ListClient(PAGE),
        cache=cache,
        today=DAY,
    )

    assert (finding.severity, finding.code) == (severity, code)


@pytest.mark.parametrize(
    ("organisations", "own", "wanted"),
    [
        ("", "", PublicName.WARN),
        ("", "refuse", PublicName.REFUSE),
        ("", "ours", PublicName.OURS),
        ("refuse", "", PublicName.REFUSE),
        ("refuse", "ours", PublicName.REFUSE),
        ("refuse", "warn", PublicName.REFUSE),
        ("warn", "ours", PublicName.WARN),
        ("warn", "refuse", PublicName.REFUSE),
        ("ours", "", PublicName.OURS),
        ("ours", "warn", PublicName.WARN),
        ("ours", "refuse", PublicName.REFUSE),
    ],
)
def test_strictest_word_of_two_policies_holds(organisations: str, own: str, wanted: PublicName) -> None:
    """An entry without `public-name` says nothing, and of the entries that say a word the strictest holds."""
    layers = list[Policy]()
    for word in (organisations, own):
        line = f'public-name = "{word}"' if word else ""
        policy = parse_policy(f'[project.acme]\nindexes = ["pypi"]\n{line}\n', source="policy")
        assert isinstance(policy, Policy)
        layers.append(policy)

    assert find_public_name(replace(layers[0], narrowed_by=layers[1]), "acme") is wanted
    assert find_public_name(layers[0], "other") is PublicName.WARN


def test_list_is_fetched_once_a_day(cache: NameCache, tmp_path: Path) -> None:
    """The second project of a day costs no request, the next day does; what is kept has the day as its only key."""
    client = ListClient(PAGE)

    first, second = look("acme-secret", client, cache), look("acme-core", client, cache)
    kept = [path.name for path in (tmp_path / "cache").iterdir()]
    look("acme-secret", client, cache, day=date(2026, 11, 22))

    assert (first.code, second.code) == ("W_NAME_CLAIMABLE", "E_NAME_TAKEN_PUBLIC")
    assert len(client.asked) == 2
    assert kept == ["names-2026-11-21.txt"]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["names-2026-11-22.txt"]
    assert b"acme-secret" not in (tmp_path / "cache" / "names-2026-11-22.txt").read_bytes()


@pytest.mark.parametrize("spoil", [lambda data: data[:-3], lambda data: b"", lambda data: b"x" + data, None])
def test_list_that_was_spoilt_is_fetched_again(cache: NameCache, tmp_path: Path, spoil: object) -> None:
    """A cut, empty or strange file, or another index's list, is not believed."""
    client, file = ListClient(PAGE), tmp_path / "cache" / "names-2026-11-21.txt"
    look("acme-secret", client, cache)
    changed = spoil(file.read_bytes()) if callable(spoil) else file.read_bytes().replace(b"index.", b"other.")
    file.write_bytes(changed)

    look("acme-secret", client, cache)

    assert len(client.asked) == 2


def test_list_behind_a_link_is_not_read(cache: NameCache, tmp_path: Path) -> None:
    """An earlier step cannot have us read another file by a link."""
    client = ListClient(PAGE)
    look("acme-secret", client, cache)
    file = tmp_path / "cache" / "names-2026-11-21.txt"
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")

    look("acme-secret", client, cache)

    assert len(client.asked) == 2


def test_cache_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    """Where nothing can be kept, the check is made all the same."""
    (tmp_path / "file").write_text("")

    assert look("acme-core", ListClient(PAGE), NameCache(tmp_path / "file")).code == "E_NAME_TAKEN_PUBLIC"


@pytest.mark.parametrize(
    "page",
    [
        replace(PAGE, status=503),
        replace(PAGE, status=301, headers={"Location": "/simple/acme-secret/"}),
        replace(PAGE, body=json_page()[:-9]),
        replace(PAGE, headers={}),
    ],
)
def test_list_that_cannot_be_had_warns(cache: NameCache, tmp_path: Path, page: Response) -> None:
    """A failure of the fetch is a warning and never blocks; nothing else is asked, and nothing is kept."""
    client = ListClient(page)

    finding = look("acme-secret", client, cache)

    assert (finding.severity, finding.code) == (Severity.WARNING, "W_NAME_UNCHECKED")
    assert len(client.asked) == 1
    assert not (tmp_path / "cache").exists()


def test_index_without_a_known_list_warns(cache: NameCache) -> None:
    """Where the public index's root is not known, nothing is asked."""
    client = ListClient(PAGE)

    assert look("acme-secret", client, cache, url=None).code == "W_NAME_UNCHECKED"
    assert client.asked == []


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"RUNNER_TEMP": "/t", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/t/publish-action"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/publish-action"),
        ({"HOME": "/h"}, "/h/.cache/publish-action"),
    ],
)
def test_cache_is_the_jobs_or_the_users(environment: dict[str, str], folder: str) -> None:
    """On a runner the list lives as long as the job; elsewhere it is in the user's cache."""
    assert str(choose_cache_folder(environment)) == folder


class RootIndex(StaticIndex):
    """A public index whose root lists its projects."""

    def answer(self, path: str) -> bytes | None:
        """Give the root page for the root, and nothing else."""
        self.asked.append(path)
        return html_page(("numpy", "acme-t00ls")) if path == "/simple/" else None


@contextmanager
def public_index(folder: Path) -> Iterator[RootIndex]:
    with RootIndex(folder) as index:
        yield index


def test_real_request_asks_for_the_root_alone(tmp_path: Path) -> None:
    """Over a real connection the index sees one path, and it is the root's."""
    build_wheel(tmp_path, "numpy", "1.0")
    with public_index(tmp_path) as index:
        finding = look_up_name(
            "acme-tools",
            public=PublicList(name="pypi", url=index.url),
            wanted=PublicName.WARN,
            modules=frozenset(),
            client=RequestsClient(Network()),
            cache=NameCache(tmp_path / "cache"),
            today=DAY,
        )

    assert finding.code == "W_NAME_BLOCKED"
    assert index.asked == ["/simple/"]


def test_private_release_is_compared(program: Program) -> None:
    """`name-check: true` warns in log, summary and plan of a private release; the index sees one GET of its root."""
    program.repository.visibility = "private"
    program.build(project="acme-secret")

    result = program.act({**program.private_inputs(), "name-check": "true"})

    assert result.status == 0, result.text
    assert "(W_NAME_CLAIMABLE)" in result.text
    assert "W_NAME_CLAIMABLE" in result.summary
    assert "W_NAME_CLAIMABLE" in result.outputs["plan"]
    assert program.pypi.connections == 1


def test_public_release_asks_for_no_list(program: Program) -> None:
    """The check is for private indexes: a public release gives its name to the public index anyway."""
    program.build()

    result = program.act({"name-check": "true"})

    assert result.status == 0, result.text
    assert "NAME" not in result.summary


def test_taken_name_is_refused_where_the_policy_says_so(program: Program) -> None:
    """`public-name = "refuse"`: nothing is sent, with a code and exit status 3."""
    program.build()
    program.act()
    program.repository.visibility = "private"
    policy = f'[project.{PROJECT}]\nindexes = ["private"]\npublic-name = "refuse"\n'
    program.repository.files[POLICY_PATH] = policy

    result = program.act({**program.private_inputs(), "name-check": "true"})

    assert (result.status, result.outputs["code"], result.outputs["verdict"]) == (3, "E_NAME_TAKEN_PUBLIC", "refuse")
    assert program.private.attempts == []


def test_failed_fetch_does_not_block(program: Program) -> None:
    """An index that cannot give its list costs a warning; the release goes out."""
    program.repository.visibility = "private"
    program.pypi.faults.add("/simple/", Answer(status=503), times=FOREVER)
    program.build()

    result = program.act({**program.private_inputs(), "name-check": "true"})

    assert result.status == 0, result.text
    assert "(W_NAME_UNCHECKED)" in result.text
