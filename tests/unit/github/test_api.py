"""GitHub's REST API, asked with the real PyGithub over real sockets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_action.github.api import RestApi
from publish_action.models.visibility import Answered, Malformed, NoAnswer, Visibility
from publish_action.protocols import NotFound, NotText, Unavailable
from publish_action.secret import Secret
from publish_sandbox.github.server import LocalGitHub, Repository
from publish_sandbox.http.faults import FOREVER, Answer, Drop, Fault, Rewrite
from support.fakes import FakeTime

REPOSITORY = "/api/v3/repos/octo/demo"
POLICY = ".github/publish-policy.toml"
CONTENTS = f"{REPOSITORY}/contents/{POLICY}"
SHA = "7638417db6d59f3c431d3e1f261cc637155684cd"
TEXT = 'unlisted-projects = "refuse"\n# grüße\n'


@pytest.fixture
def server() -> Iterator[LocalGitHub]:
    """A GitHub on this machine."""
    with LocalGitHub() as running:
        yield running


@pytest.fixture
def demo(server: LocalGitHub) -> Repository:
    """A repository with a policy."""
    repository = server.repository("octo/demo")
    repository.files[POLICY] = TEXT
    return repository


def api_of(
    server: LocalGitHub, *, repository: str | None = "octo/demo", number: str = "", token: str | None = None
) -> RestApi:
    """Give the shell for a repository, with a token that may read all."""
    return RestApi(
        api_url=server.api_url,
        repository=repository,
        repository_id=number,
        token=Secret(server.token if token is None else token),
        sleep=FakeTime().sleep,
    )


def json_answer(document: object, *, status: int = 200) -> Answer:
    """Give an answer that holds a document."""
    return Answer(status=status, content_type="application/json", body=json.dumps(document).encode())


def changed(**over: object) -> Rewrite:
    """Give the true answer with some fields changed."""

    def change(answer: Answer) -> Answer:
        return json_answer(json.loads(answer.body) | over)

    return Rewrite(change)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_the_api_says_what_the_visibility_is(server: LocalGitHub, demo: Repository, visibility: Visibility) -> None:
    """Each of GitHub's three words comes through as it is."""
    demo.visibility = visibility.value

    answer = api_of(server, number=str(demo.id)).visibility()

    assert answer == Answered(visibility=visibility)


def test_the_api_is_asked_each_time(server: LocalGitHub, demo: Repository) -> None:
    """Visibility is read again before the first byte is sent, and a change is seen."""
    api = api_of(server)
    api.visibility()
    demo.visibility = "private"

    assert api.visibility() == Answered(visibility=Visibility.PRIVATE)


@pytest.mark.usefixtures("demo")
def test_a_public_repository_answers_without_a_token(server: LocalGitHub) -> None:
    """An empty token is not sent."""
    assert api_of(server, token="").visibility() == Answered(visibility=Visibility.PUBLIC)
    assert "authorization" not in server.requests[0].headers


def test_a_laptop_has_nothing_to_ask_about(server: LocalGitHub) -> None:
    """Without a repository no request is made."""
    api = api_of(server, repository=None)

    assert isinstance(api.visibility(), NoAnswer)
    assert isinstance(api.read_file(POLICY), Unavailable)
    assert server.requests == []


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "fault",
    [
        changed(visibility="Public"),
        changed(visibility=None, private="no"),
        changed(private=True),
        changed(full_name="octo/renamed"),
        changed(full_name=None),
        changed(id=1),
        Answer(content_type="text/html", body=b"<html>public</html>"),
        Answer(body=b""),
        json_answer([]),
        json_answer("public"),
        Answer(body=b"{"),
        Answer(body=b"[" * 100_000),
    ],
    ids=[
        "another word", "another type", "contradiction", "renamed", "no name", "another id", "HTML", "empty", "list",
        "text", "cut", "deep",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_about_us_is_malformed(server: LocalGitHub, demo: Repository, fault: Fault) -> None:
    """An answer about another repository, or one that GitHub would not give, is no evidence."""
    server.faults.add(REPOSITORY, fault)

    assert isinstance(api_of(server, number=str(demo.id)).visibility(), Malformed)


@pytest.mark.usefixtures("demo")
def test_a_renamed_repository_is_another_one(server: LocalGitHub) -> None:
    """GitHub redirects the old name; what it then tells is not about the name we asked for."""
    server.repository("octo/renamed")
    moved = Answer(status=301, headers={"Location": f"{server.api_url}/repos/octo/renamed"})
    server.faults.add(REPOSITORY, moved, times=FOREVER)

    answer = api_of(server).visibility()

    assert isinstance(answer, Malformed)
    assert "octo/renamed" in answer.reason
    assert isinstance(api_of(server).read_file(POLICY), Unavailable)


@pytest.mark.usefixtures("demo")
def test_the_library_writes_nothing(server: LocalGitHub) -> None:
    """PyGithub reports redirects on stderr by itself, in the server's words; nobody neutralises those."""
    server.repository("octo/renamed")
    server.faults.add(REPOSITORY, Answer(status=301, headers={"Location": f"{server.api_url}/repos/octo/renamed"}))
    code = (
        "from support.fakes import FakeTime\nfrom publish_action.github.api import RestApi\n"
        "from publish_action.secret import Secret\n"
        f"print(RestApi(api_url={server.api_url!r}, repository='octo/demo', repository_id='', token=Secret(''), "
        "sleep=FakeTime().sleep).visibility())"
    )

    child = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "octo/renamed" in child.stdout
    assert child.stderr == ""


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=503),
        Answer(status=500, body=b"<html>"),
        Answer(status=429),
        json_answer({"message": "API rate limit exceeded for 127.0.0.1."}, status=403),
        Drop(),
    ],
    ids=["503", "500", "429", "rate limit", "dropped"],
)
def test_a_passing_fault_is_waited_out(server: LocalGitHub, fault: Fault) -> None:
    """A source is not called silent before it was asked four times."""
    server.faults.add(REPOSITORY, fault, times=3)

    assert api_of(server).visibility() == Answered(visibility=Visibility.PUBLIC)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Answer(status=503), "503"),
        (json_answer({"message": "Bad credentials"}, status=401), "401"),
        (json_answer({"message": "Resource not accessible by integration"}, status=403), "contents: read"),
        (json_answer({"message": "Not Found"}, status=404), "may not see a private repository"),
        (json_answer({"message": "API rate limit exceeded"}, status=403), "asked too often"),
        (Answer(status=302, headers={"Location": "https://evil.example/"}), "302"),
        (Answer(status=301, headers={"Location": "https://evil.example/"}), "RuntimeError"),
        (Answer(status=200, headers={"X-RateLimit-Remaining": "x", "X-RateLimit-Limit": "y"}), "ValueError"),
        (Answer(status=418), "418"),
        (Drop(), "No usable answer"),
    ],
    ids=["503", "401", "403", "404", "rate limit", "302", "301", "headers", "418", "dropped"],
)
def test_no_answer_is_told_with_its_remedy(server: LocalGitHub, fault: Fault, said: str) -> None:
    """Whatever is not an answer is silence, and says what is known of it."""
    server.faults.add(REPOSITORY, fault, times=FOREVER)

    answer = api_of(server).visibility()

    assert isinstance(answer, NoAnswer)
    assert said in answer.reason


def test_nobody_there_is_no_answer() -> None:
    """A refused connection is silence."""
    api = RestApi(
        api_url="http://127.0.0.1:1/api/v3",
        repository="o/r",
        repository_id="",
        token=Secret("t"),
        sleep=FakeTime().sleep,
    )

    assert isinstance(api.visibility(), NoAnswer)


def test_a_ca_bundle_that_is_not_there_is_no_answer() -> None:
    """The bundle is used for https, and its absence is told as silence before anything is sent."""
    api = RestApi(
        api_url="https://127.0.0.1:1",
        repository="o/r",
        repository_id="",
        token=Secret("t"),
        sleep=FakeTime().sleep,
        ca_bundle="/nowhere/ca.pem",
    )

    answer = api.visibility()

    assert isinstance(answer, NoAnswer)
    assert "(OSError)" in answer.reason


def test_a_token_that_is_refused_is_not_tried_again(server: LocalGitHub, demo: Repository) -> None:
    """A refusal does not pass by waiting."""
    assert isinstance(api_of(server, token="ghs_wrong").visibility(), NoAnswer)
    assert len(server.requests) == 1


@pytest.mark.usefixtures("demo")
def test_a_file_of_the_default_branch_is_read(server: LocalGitHub) -> None:
    """Without a ref GitHub reads the default branch."""
    assert api_of(server).read_file(POLICY) == TEXT
    assert server.requests[-1].query == ""


@pytest.mark.usefixtures("demo")
def test_a_file_of_a_commit_of_another_repository_is_read(server: LocalGitHub) -> None:
    """An organisation's policy is read at the pinned commit, not on the default branch."""
    policies = server.repository("octo/policies", visibility="internal")
    policies.files["a?b #%20.toml"] = "moved on"
    policies.commits[SHA] = {"a?b #%20.toml": TEXT}

    assert api_of(server).read_file("a?b #%20.toml", repository="octo/policies", ref=SHA) == TEXT


def test_a_missing_file_of_a_repository_we_see_is_not_found(server: LocalGitHub, demo: Repository) -> None:
    """Absent is said only after the repository itself was seen."""
    demo.files.clear()

    assert api_of(server).read_file(POLICY) == NotFound()
    assert [request.path for request in server.requests] == [REPOSITORY, CONTENTS]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("repository", ["octo/secret", "octo/none"])
def test_a_repository_we_cannot_see_is_not_an_absent_file(server: LocalGitHub, repository: str) -> None:
    """GitHub hides a private repository behind the 404 of one that does not exist."""
    server.repository("octo/secret", visibility="private")

    found = api_of(server, token="").read_file(POLICY, repository=repository, ref=SHA)

    assert isinstance(found, Unavailable)
    assert "contents: read" in found.reason


@pytest.mark.usefixtures("demo")
def test_a_token_without_contents_is_told_which_permission(server: LocalGitHub) -> None:
    """A job without `contents: read` cannot tell whether there is a policy."""
    server.limited_tokens.add("ghs_limited")

    found = api_of(server, token="ghs_limited").read_file(POLICY)

    assert isinstance(found, Unavailable)
    assert "permissions: contents: read" in found.reason


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=404, content_type="text/html", body=b"<html>Not Found</html>"),
        Answer(status=404, body=b""),
        json_answer({"error": "Not Found"}, status=404),
        Answer(status=503),
        Answer(status=401),
        Answer(status=302, headers={"Location": "/"}),
        Answer(content_type="text/html", body=b"<html>"),
        json_answer([{"type": "file", "path": POLICY}]),
        json_answer({"type": "submodule", "encoding": "base64", "content": ""}),
        json_answer({"type": "file", "encoding": "none", "content": ""}),
        json_answer({"type": "file", "encoding": "base64", "content": 7}),
        json_answer({"type": "file", "encoding": "base64", "content": "/w=="}),
        json_answer({"type": "file", "encoding": "base64", "content": "a"}),
        json_answer({"type": "file", "encoding": "base64", "content": "ü"}),
        Drop(),
    ],
    ids=[
        "HTML 404", "empty 404", "foreign 404", "503", "401", "302", "HTML", "folder", "submodule", "too large", "type",
        "not UTF-8", "cut base64", "not base64", "dropped",
    ],
)  # fmt: skip
def test_anything_else_is_unavailable(server: LocalGitHub, fault: Fault) -> None:
    """Only GitHub's own 404 says that there is no file."""
    server.faults.add(CONTENTS, fault, times=FOREVER)

    assert isinstance(api_of(server).read_file(POLICY), Unavailable)


@pytest.mark.usefixtures("demo")
def test_a_file_that_is_not_utf_8_is_there(server: LocalGitHub) -> None:
    """A whole file of other bytes is the author's to mend: asking again will not help."""
    file = {"type": "file", "encoding": "base64", "content": "/w==", "size": 1}
    server.faults.add(CONTENTS, json_answer(file), times=FOREVER)

    assert api_of(server).read_file(POLICY) == NotText()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("fault", [changed(full_name="octo/renamed"), Answer(status=503)], ids=["renamed", "503"])
def test_a_repository_that_is_not_the_one_is_not_read_from(server: LocalGitHub, fault: Fault) -> None:
    """A file is asked for only after the repository answered under its own name."""
    server.faults.add(REPOSITORY, fault, times=4)

    assert isinstance(api_of(server).read_file(POLICY), Unavailable)
    assert CONTENTS not in {request.path for request in server.requests}


def test_words_of_an_error_are_kept_short(server: LocalGitHub, demo: Repository) -> None:
    """An answer cannot flood the log."""
    server.faults.add(REPOSITORY, json_answer({"message": "x" * 100_000}, status=403))

    answer = api_of(server).visibility()

    assert isinstance(answer, NoAnswer)
    assert len(answer.reason) < 600


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirected_policy_is_not_an_absent_one(server: LocalGitHub, demo: Repository, status: int) -> None:
    """A redirect on a file's own address tells nobody whether the file is there, and is not followed."""
    redirect = Answer(status=status, headers={"Location": f"{server.url}/elsewhere"})
    server.faults.add(f"/api/v3/repos/{demo.full_name}/contents", redirect, times=FOREVER)

    assert isinstance(api_of(server).read_file("policy.toml"), Unavailable)
    assert not [request for request in server.requests if request.path == "/elsewhere"]


@pytest.mark.parametrize("content", ["", "!!!", "eA=="])
def test_a_cut_policy_is_not_a_short_one(server: LocalGitHub, demo: Repository, content: str) -> None:
    """A file whose content is not as long as GitHub says it is, or no base64, is no text."""
    document = {"type": "file", "encoding": "base64", "content": content, "size": 200}
    server.faults.add(f"/api/v3/repos/{demo.full_name}/contents", json_answer(document), times=FOREVER)

    assert isinstance(api_of(server).read_file("policy.toml"), Unavailable)
