"""The kinds of servers that cannot be started here: their recorded answers, and what is concluded from each."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from publish_action.console.progress import LineProgress
from publish_action.credentials.credential import FixedCredential, basic_header
from publish_action.errors import ExitStatus
from publish_action.index.detect_server import kind_named
from publish_action.index.server_kinds import KINDS
from publish_action.models.delivery import DeliveryReport, Outcome, Served
from publish_action.models.index import Audience, Index
from publish_action.network.client import Network, RequestsClient
from publish_action.secret import Secret
from publish_action.upload.release import DeliveryFailed, DeliveryOptions, upload_release
from publish_sandbox.distributions.builder import build_wheel
from publish_sandbox.http.faults import FOREVER, Answer, DoThen
from publish_sandbox.private.hosted_servers import JSON, HostedIndex, Profile
from support.fakes import FakeLog, FakeTime, read_all

WHEEL = "demo-1.0-py3-none-any.whl"
OTHER = {"demo/more.py": "x = 1\n"}


def text(status: int, body: str = "", *, reason: str | None = None, media: str = "text/plain") -> Answer:
    """Give an answer as it was recorded."""
    return Answer(status=status, reason=reason, content_type=media, body=body.encode())


# How each kind answers, recorded from its users' reports, its documentation, or (devpi, pypiserver, Pulp) from itself.
PROFILES = {
    "codeartifact": Profile(
        upload_path="/pypi/repo/",
        read_path="/pypi/repo/simple/",
        page_type=JSON,
        same=text(200),
        other=text(409, '{"message":"The package asset exists"}', media="application/json"),
    ),
    "artifact-registry": Profile(
        upload_path="/proj/repo/",
        read_path="/proj/repo/simple/",
        same=text(400, "Requested entity already exists", media="text/html"),
    ),
    "azure-artifacts": Profile(
        upload_path="/org/_packaging/feed/pypi/upload/",
        read_path="/org/_packaging/feed/pypi/simple/",
        same=text(
            409,
            '{"message":"exists","typeKey":"PackageAlreadyExistsException"}',
            media="application/json; charset=utf-8",
        ),
    ),
    "cloudsmith": Profile(
        upload_path="/owner/repo/",
        read_path="/basic/owner/repo/python/simple/",
        loses_uploads=True,
        same=text(201),
    ),
    "gemfury": Profile(upload_path="/acme/", read_path="/acme/", same=text(409, "version already exists")),
    "gitlab": Profile(
        upload_path="/api/v4/projects/7/packages/pypi",
        read_path="/api/v4/projects/7/packages/pypi/simple/",
        created=text(201),
        missing=text(404, "404 Not Found"),
        same=text(400, '{"message":"Validation failed: File name has already been taken"}', media="application/json"),
    ),
    "gitea": Profile(
        upload_path="/api/packages/team/pypi",
        read_path="/api/packages/team/pypi/simple/",
        created=text(201),
        same=text(409, "package file already exists"),
    ),
    "artifactory": Profile(
        upload_path="/artifactory/api/pypi/local",
        read_path="/artifactory/api/pypi/local/simple/",
        same=text(
            403,
            '{"errors":[{"status":403,"message":"Not enough permissions to delete/overwrite artifact"}]}',
            media="application/json",
        ),
    ),
    "pulp": Profile(
        upload_path="/pypi/prod/legacy/",
        read_path="/pypi/prod/simple/",
        page_type=JSON,
        created=text(202, '{"task":"/pulp/api/v3/tasks/1/"}', media="application/json"),
        looks_until_listed=3,
        same=text(400, reason="Package demo-1.0-py3-none-any.whl already exists in index"),
    ),
    "warehouse": Profile(
        upload_path="/legacy/",
        read_path="/simple/",
        same=text(200),
        other=text(400, "File already exists ('demo-1.0-py3-none-any.whl')", reason="File already exists."),
    ),
    "nexus": Profile(
        upload_path="/repository/py/",
        read_path="/repository/py/simple/",
        hash_name="md5",
        same=text(400, "Repository does not allow updating assets: py", media="text/html"),
    ),
    "pypiserver": Profile(
        upload_path="/",
        read_path="/simple/",
        same=text(409, "<title>Error: 409 Conflict</title>Package already exists!", media="text/html"),
    ),
    "devpi": Profile(
        upload_path="/ci/prod/",
        read_path="/ci/prod/+simple/",
        page_type=JSON,
        same=text(200, reason="demo-1.0-py3-none-any.whl identical file to non volatile index"),
        other=text(409, reason="demo-1.0-py3-none-any.whl already exists in non-volatile index"),
    ),
}
NAMES = [kind.name for kind in KINDS]
# A file that is lost cannot be there already.
KEEPING = [name for name in NAMES if not PROFILES[name].loses_uploads]


@dataclass
class Desk:
    """One wheel, and the fake of one kind of server."""

    folder: Path
    name: str
    server: HostedIndex
    user: str = "ci"
    log: FakeLog = field(default_factory=FakeLog)
    time: FakeTime = field(default_factory=FakeTime)

    def build(self, **members: str) -> bytes:
        """Build the wheel; give its bytes."""
        return build_wheel(self.folder / "dist", "demo", "1.0", members=members).read_bytes()

    def publish(self, *, check_url: str | None = "", skip_existing: bool = True) -> DeliveryReport:
        """Deliver the wheel to the server, as an index of its kind."""
        index = Index(
            name="acme",
            url=self.server.upload_url,
            audience=Audience.PRIVATE,
            check_url=self.server.read_url if check_url == "" else check_url,
            username=self.user,
            server=self.name,
        )
        with read_all(self.folder / "dist") as reading:
            return upload_release(
                reading.files,
                index=index,
                credential=FixedCredential(basic_header(self.user, Secret("s3cret"))),
                client=RequestsClient(Network()),
                network=Network(),
                options=DeliveryOptions(skip_existing=skip_existing, wait_timeout=30),
                log=self.log,
                progress=LineProgress(self.time.clock, self.log),
                clock=self.time.clock,
                sleep=self.time.sleep,
                stop=threading.Event(),
            )

    def fail(self) -> DeliveryFailed:
        """Deliver, and give the error that ends it."""
        with pytest.raises(DeliveryFailed) as caught:
            self.publish()
        return caught.value


@dataclass(frozen=True, slots=True)
class Opener:
    """Starts the fake of a kind, where asked with another profile than the kind's own."""

    folder: Path
    stack: ExitStack

    def __call__(self, name: str, profile: Profile | None = None) -> Desk:
        """Give a desk before the fake of a kind."""
        spool = self.folder / "server"
        spool.mkdir()
        server = self.stack.enter_context(HostedIndex(profile or PROFILES[name], spool))
        return Desk(folder=self.folder, name=name, server=server)


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Opener]:
    """Give what starts the fakes; they end with the test."""
    with ExitStack() as stack:
        yield Opener(tmp_path, stack)


def outcome(report: DeliveryReport) -> Outcome:
    (file,) = report.files
    return file.outcome


def test_every_kind_has_a_profile() -> None:
    """Each kind of the code's table has its recorded answers here."""
    assert list(PROFILES) == NAMES


@pytest.mark.parametrize("name", KEEPING)
def test_publish_and_repeat(open_desk: Opener, name: str) -> None:
    """A new file is sent once, found on the read side with our hash, and not sent again by the next run."""
    desk = open_desk(name)
    desk.build()

    first, again = desk.publish(), desk.publish()

    assert (outcome(first), first.served) == (Outcome.UPLOADED, Served.TRUE)
    assert (outcome(again), again.served) == (Outcome.ALREADY_THERE, Served.TRUE)
    assert desk.server.shelf.attempts == [WHEEL]


@pytest.mark.parametrize("name", KEEPING)
def test_other_bytes_are_never_sent(open_desk: Opener, name: str) -> None:
    """A file that is there with other bytes stops the run before anything is sent."""
    desk = open_desk(name)
    desk.server.hold(WHEEL, "demo", desk.build(**OTHER))
    desk.build()

    failed = desk.fail()

    assert (failed.code, failed.status) == ("E_FILE_EXISTS", ExitStatus.INDEX_REFUSED)
    assert desk.server.shelf.attempts == []


@pytest.mark.parametrize("name", KEEPING)
def test_same_bytes_that_came_in_between(open_desk: Opener, name: str) -> None:
    """A no, or a yes, to bytes that are there by now leaves the release complete: the read side tells, not words."""
    desk = open_desk(name)
    desk.server.hold(WHEEL, "demo", desk.build(), looks_left=1)

    report = desk.publish()

    is_yes = PROFILES[name].same.status < 300
    assert outcome(report) is (Outcome.UPLOADED if is_yes else Outcome.ALREADY_THERE)
    assert report.served is Served.TRUE


@pytest.mark.parametrize("name", KEEPING)
def test_other_bytes_that_came_in_between(open_desk: Opener, name: str) -> None:
    """Whatever status and words a kind has for it, other bytes under the name are told with the hash that is there."""
    desk = open_desk(name)
    theirs = desk.build(**OTHER)
    desk.server.hold(WHEEL, "demo", theirs, looks_left=1)
    desk.build()

    failed = desk.fail()

    assert failed.code == "E_FILE_EXISTS"
    assert hashlib.new(PROFILES[name].hash_name, theirs).hexdigest() in failed.happened
    assert desk.server.shelf.files[WHEEL].content == theirs


# Answers to the upload of a file that is not there: kind, answer, exit status, and words of what the user is told.
JSON_TEXT = "application/json"
REFUSALS: list[tuple[str, Answer, ExitStatus, tuple[str, ...]]] = [
    ("codeartifact", text(403, "not authorized"), ExitStatus.CREDENTIALS, ("the user name is `aws`",)),
    ("codeartifact", text(409, "conflict"), ExitStatus.INDEX_REFUSED, ("built again",)),
    ("artifact-registry", text(401), ExitStatus.CREDENTIALS, ("`oauth2accesstoken`",)),
    (
        "azure-artifacts",
        text(400, '{"message":"Metadata version \'2.5\' is unsupported"}', media=JSON_TEXT),
        ExitStatus.INDEX_REFUSED,
        ("Metadata version '2.5' is unsupported", "older metadata version"),
    ),
    (
        "azure-artifacts",
        text(400, '{"message":"The email \'A <a@b>, c\' is invalid"}', media=JSON_TEXT),
        ExitStatus.INDEX_REFUSED,
        ("The email", "plain e-mail addresses"),
    ),
    ("azure-artifacts", text(413), ExitStatus.INDEX_REFUSED, ("500 MiB",)),
    ("cloudsmith", text(401, '{"detail":"Invalid API key"}', media=JSON_TEXT), ExitStatus.CREDENTIALS, ("API key",)),
    ("gemfury", text(401), ExitStatus.CREDENTIALS, ("the push token itself, with any password",)),
    ("gitlab", text(404, "404 Project Not Found"), ExitStatus.INDEX_REFUSED, ("may not see the project", "project id")),
    ("gitlab", text(403, "403 Forbidden"), ExitStatus.CREDENTIALS, ("deploy token's", "protection rule")),
    ("gitlab", text(400, '{"message":"File is too large"}', media=JSON_TEXT), ExitStatus.INDEX_REFUSED, ("too large",)),
    ("gitea", text(401, "auth required"), ExitStatus.CREDENTIALS, ("your own, with an access token",)),
    ("gitea", text(403, "quota exceeded"), ExitStatus.CREDENTIALS, ("quota",)),
    ("artifactory", text(401), ExitStatus.CREDENTIALS, ("your own, with a password or an access token",)),
    ("artifactory", text(403), ExitStatus.CREDENTIALS, ("may not overwrite",)),
    ("artifactory", text(404), ExitStatus.INDEX_REFUSED, ("default deployment repository",)),
    (
        "pulp",
        text(400, '{"metadata_version":["9.9 is not valid"]}', reason="Bad Request", media=JSON_TEXT),
        ExitStatus.INDEX_REFUSED,
        ("HTTP 400", "status line"),
    ),
    ("pulp", Answer(status=301, headers={"Location": "/pypi/prod/legacy//"}), ExitStatus.INDEX_REFUSED, ("slash",)),
    ("nexus", text(400, "disabled"), ExitStatus.INDEX_REFUSED, ("disables redeploy",)),
    ("nexus", text(401), ExitStatus.CREDENTIALS, ("the pair of a user token",)),
    ("pypiserver", text(403, media="text/html"), ExitStatus.CREDENTIALS, ("password file", "does not know")),
    ("pypiserver", text(405), ExitStatus.INDEX_REFUSED, ("not the one that installers read",)),
    ("devpi", text(401), ExitStatus.CREDENTIALS, ("`acl_upload`",)),
    ("devpi", text(404, "The stage ci/nope could not be found."), ExitStatus.INDEX_REFUSED, ("does not exist",)),
    ("", text(418, "short and stout"), ExitStatus.INDEX_REFUSED, ("short and stout",)),
]


@pytest.mark.parametrize(
    ("name", "response", "status", "words"),
    REFUSALS,
    ids=[f"{row[0] or 'unknown'} {row[1].status}" for row in REFUSALS],
)
def test_refusal_is_told_with_what_it_means_there(
    open_desk: Opener, name: str, response: Answer, status: ExitStatus, words: tuple[str, ...]
) -> None:
    """A no to a file that is not there ends the run, with the server's words and what they mean at this kind."""
    desk = open_desk(name, PROFILES[name or "warehouse"])
    desk.user = "__token__"
    desk.build()
    desk.server.faults.add("/", response, times=FOREVER, method="POST")

    failed = desk.fail()

    assert failed.status is status
    assert [word for word in words if word not in f"{failed.happened} {failed.remedy}"] == []


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("name", NAMES)
def test_closed_read_side_sends_nothing(open_desk: Opener, name: str, status: int) -> None:
    """Where the read side is closed to our login nothing is sent, though the upload side would take it."""
    desk = open_desk(name)
    desk.build()
    desk.server.faults.add("/", Answer(status=status), times=FOREVER, method="GET")

    failed = desk.fail()

    assert failed.status is ExitStatus.CREDENTIALS
    assert desk.server.shelf.attempts == []


# Answers of the read side for a new project: kind, answer, and words of what the log tells.
ABSENCES: list[tuple[str, Answer, str]] = [
    ("gitlab", text(404, "404 Not Found"), "may not see the project"),
    ("devpi", text(404, "The project demo does not exist.", media="text/html"), ""),
    ("gitlab", Answer(status=302, headers={"Location": "https://pypi.org/simple/demo/"}), "pypi.org"),
    ("pypiserver", Answer(status=303, headers={"Location": "https://pypi.org/simple/demo/"}), "pypi.org"),
]


@pytest.mark.parametrize(("name", "response", "words"), ABSENCES)
def test_absence_is_believed_and_told(open_desk: Opener, name: str, response: Answer, words: str) -> None:
    """A project that the server has not, or sends us elsewhere for, is new there; the log says what that rests on."""
    desk = open_desk(name)
    desk.build()
    desk.server.faults.add(f"{desk.server.profile.read_path}demo/", response)

    report = desk.publish()

    assert outcome(report) is Outcome.UPLOADED
    assert words in " ".join([*desk.log.lines, *desk.log.warnings])


@pytest.mark.parametrize(
    "location",
    ["/login", "/elsewhere/demo/", "https://login.example/", "https://content.example/prod/simple/demo/?sig=x"],
)
@pytest.mark.parametrize("name", NAMES)
def test_redirect_that_says_nothing_sends_nothing(open_desk: Opener, name: str, location: str) -> None:
    """A redirect of the read side to a place that is no project's page, not there, or another server's, is no absence.

    A server that forwards what it does not have to another index says by that alone that it does not have it.
    """
    if "content" in location and (kind := kind_named(name)) and kind.forwards_unknown:
        location = "https://content.example/"
    desk = open_desk(name)
    desk.build()
    redirect = Answer(status=302, headers={"Location": location})
    desk.server.faults.add(desk.server.profile.read_path, redirect, times=FOREVER)

    failed = desk.fail()

    assert failed.status is ExitStatus.UNREACHABLE
    assert desk.server.shelf.attempts == []


MISUNDERSTOOD = {
    "sign-in page of scripts": text(
        200, "<!DOCTYPE html><div id=app></div><script src=a.js></script>", media="text/html"
    ),
    "empty body": text(200, "", media="text/html"),
    "back soon": text(200, "<h1>Back soon</h1>", media="text/html; charset=utf-8"),
    "UTF-16": Answer(content_type="text/html", body="<title>Links for demo</title>".encode("utf-16")),
    "another project": text(200, "<title>Links for demo-x</title>", media="text/html"),
    "another project's JSON": text(200, '{"meta":{"api-version":"1.0"},"name":"x","files":[]}', media=JSON),
    "nobody's JSON": text(200, '{"meta":{"api-version":"1.0"},"files":[]}', media=JSON),
    "files twice": text(200, '{"meta":{"api-version":"1.0"},"name":"demo","files":[1],"files":[]}', media=JSON),
    "the list of projects": text(200, '<title>Simple index</title><a href="a/">a</a>', media="text/html"),
}


@pytest.mark.parametrize("response", MISUNDERSTOOD.values(), ids=MISUNDERSTOOD)
@pytest.mark.parametrize("name", ["devpi", "artifactory", ""])
def test_answer_that_is_not_understood_sends_nothing(open_desk: Opener, name: str, response: Answer) -> None:
    """A 200 that does not show what the index has of this project is no empty list: an overwriting server keeps all."""
    desk = open_desk(name, replace(PROFILES[name or "nexus"], overwrites=True, other=text(200)))
    theirs = desk.build(**OTHER)
    desk.server.hold(WHEEL, "demo", theirs)
    desk.build()
    desk.server.faults.add(f"{desk.server.profile.read_path}demo/", response, times=FOREVER)

    failed = desk.fail()

    assert failed.status is ExitStatus.UNREACHABLE
    assert desk.server.shelf.files[WHEEL].content == theirs


@pytest.mark.parametrize("title", ["Links for {project}", "ci/prod: links for {project}", "Simple Index", "{project}"])
@pytest.mark.parametrize("name", KEEPING)
def test_pages_of_every_kind_are_understood(open_desk: Opener, name: str, title: str) -> None:
    """HTML with a file of the project is understood at every kind of server, whatever its heading."""
    desk = open_desk(name, replace(PROFILES[name], page_type="text/html", page_title=title))
    desk.server.hold(WHEEL, "demo", desk.build())

    assert outcome(desk.publish()) is Outcome.ALREADY_THERE


def test_read_url_without_a_list_of_projects_is_doubted(open_desk: Opener) -> None:
    """Where neither the project nor the list of projects is there, a warning says that the read URL may be wrong."""
    desk = open_desk("", PROFILES["warehouse"])
    desk.build()

    desk.publish(check_url=f"{desk.server.url}/smple/")

    assert any("list of projects is not there either" in text for text in desk.log.warnings)


def test_accept_is_narrowed_for_codeartifact(open_desk: Opener) -> None:
    """A server that answers 406 to types it does not have is asked once more, and understood."""
    profile = replace(PROFILES["codeartifact"], accepts=frozenset({"text/html"}), page_type="text/html")
    desk = open_desk("codeartifact", profile)
    desk.server.hold(WHEEL, "demo", desk.build())

    assert outcome(desk.publish()) is Outcome.ALREADY_THERE


@pytest.mark.parametrize("hash_name", ["md5", ""])
def test_weak_or_missing_hashes(open_desk: Opener, hash_name: str) -> None:
    """MD5 alone is compared by MD5, and without a hash the bytes themselves are read: same and other are told apart."""
    desk = open_desk("nexus", replace(PROFILES["nexus"], hash_name=hash_name))
    desk.server.hold(WHEEL, "demo", desk.build())
    same = desk.publish()
    desk.build(**OTHER)

    failed = desk.fail()

    assert outcome(same) is Outcome.ALREADY_THERE
    assert failed.code == "E_FILE_EXISTS"
    assert desk.server.shelf.attempts == []


def test_file_that_never_appears_is_told(open_desk: Opener) -> None:
    """A file that was taken and is never served ends in a warning that says where this kind shows what went wrong."""
    desk = open_desk("cloudsmith")
    desk.build()

    report = desk.publish()

    assert (outcome(report), report.served) == (Outcome.UPLOADED, Served.FALSE)
    assert "entry that failed" in desk.log.warnings[-1]


@pytest.mark.parametrize("name", KEEPING)
def test_file_that_appears_with_other_bytes_is_an_error(open_desk: Opener, name: str) -> None:
    """A server that takes one thing and serves another is told as an error, by the hash that it serves."""
    desk = open_desk(name)
    theirs = desk.build(**OTHER)
    desk.build()
    desk.server.faults.add(PROFILES[name].upload_path, PROFILES[name].created, method="POST")
    desk.server.hold(WHEEL, "demo", theirs, looks_left=1)

    failed = desk.fail()

    assert failed.status is ExitStatus.INDEX_REFUSED
    assert hashlib.new(PROFILES[name].hash_name, theirs).hexdigest() in failed.happened


def test_stored_behind_an_error_is_not_sent_again(open_desk: Opener) -> None:
    """Azure Artifacts has stored a file and answered 503: the read side is asked first, and the file is up."""
    desk = open_desk("azure-artifacts")
    desk.build()
    desk.server.faults.add("/", DoThen(Answer(status=503)), method="POST")

    report = desk.publish()

    assert outcome(report) is Outcome.UPLOADED
    assert desk.server.shelf.attempts == [WHEEL]


def test_overwriting_server_without_a_read_side_is_told(open_desk: Opener) -> None:
    """Where no read side is known the file is sent unchecked, and a warning said so before."""
    desk = open_desk("", replace(PROFILES["warehouse"], overwrites=True, other=text(200)))
    desk.server.hold(WHEEL, "demo", desk.build(**OTHER))
    ours = desk.build()

    report = desk.publish(check_url=None)

    assert outcome(report) is Outcome.UPLOADED
    assert desk.server.shelf.files[WHEEL].content == ours
    assert "nothing is checked" in desk.log.warnings[0]
