"""Delivery and its login: tokens that die on the way, and real private indexes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publish_action.console.progress import LineProgress
from publish_action.credentials.credential import Credential
from publish_action.credentials.factory import Secrets, obtain_credential
from publish_action.errors import ExitStatus
from publish_action.models.delivery import DeliveryReport, Outcome, Served
from publish_action.models.index import Audience, Index
from publish_action.network.client import Network, RequestsClient
from publish_action.secret import Secret
from publish_action.upload.release import DeliveryFailed, DeliveryOptions, upload_release
from publish_sandbox.clock import SettableClock
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer
from publish_sandbox.private.real_servers import Devpi, PyPIServer
from publish_sandbox.pypi.server import LocalPyPI
from support.fakes import FakeLog, FakeTime, SandboxIdTokens, local_index, read_all

UPLOAD = "/legacy/"
TAGS = ("cp311-cp311-win32", "cp312-cp312-win32", "cp313-cp313-win32", "cp314-cp314-win32")


@dataclass
class Run:
    """What a delivery needs beside its files and its index."""

    log: FakeLog = field(default_factory=FakeLog)
    time: FakeTime = field(default_factory=FakeTime)
    stop: threading.Event = field(default_factory=threading.Event)

    def upload_release(
        self, folder: Path, index: Index, credential: Credential, options: DeliveryOptions | None = None
    ) -> DeliveryReport:
        """Deliver all that is in a folder."""
        with credential, read_all(folder) as reading:
            return upload_release(
                reading.files,
                index=index,
                credential=credential,
                client=RequestsClient(Network()),
                network=Network(),
                options=options or DeliveryOptions(),
                log=self.log,
                progress=LineProgress(self.time.clock, self.log),
                clock=self.time.clock,
                sleep=self.time.sleep,
                stop=self.stop,
            )


class Trust:
    """A local PyPI that trusts a repository's workflow, under a clock of its own."""

    def __init__(self, github: LocalGitHub, pypi: LocalPyPI, clock: SettableClock) -> None:
        self.github = github
        self.pypi = pypi
        self.clock = clock
        self.repository = github.repository("octo/demo")
        pypi.trust("demo", "octo", "demo", "release.yml", "pypi")

    def credential(self) -> Credential:
        """Give the credential that Trusted Publishing gives."""
        return obtain_credential(
            local_index(self.pypi),
            project="demo",
            secrets=Secrets(public_index_token=Secret(""), private_index_password=Secret("")),
            id_tokens=SandboxIdTokens(self.github, self.repository),
            client=RequestsClient(Network()),
            clock=self.clock,
            sleep=FakeTime().sleep,
            log=FakeLog(),
        )


@pytest.fixture
def trust() -> Iterator[Trust]:
    """Give both servers, under one clock."""
    clock = SettableClock()
    with LocalGitHub(clock=clock) as github, LocalPyPI(issuer=github.issuer, clock=clock) as pypi:
        yield Trust(github, pypi, clock)


def build_release(folder: Path) -> None:
    """Build four wheels and an sdist."""
    for tag in TAGS:
        build_wheel(folder, "demo", "1.0", tag=tag)
    build_sdist(folder, "demo", "1.0")


def test_workers_share_one_token(trust: Trust, tmp_path: Path) -> None:
    """A release of five files by four workers needs one token, which is burnt afterwards."""
    build_release(tmp_path)

    Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert len(trust.pypi.uploads) == 5
    assert len(trust.pypi.minted) == 1
    assert trust.pypi.burnt == [trust.pypi.minted[0].token]


def test_token_that_dies_on_the_way_is_replaced(trust: Trust, tmp_path: Path) -> None:
    """A refused token is replaced once, and the file is sent again with the new one."""
    build_wheel(tmp_path, "demo", "1.0")
    credential = trust.credential()
    credential.authorization()
    trust.pypi.tokens.purge(trust.pypi.minted[0].token)

    report = Run().upload_release(tmp_path, local_index(trust.pypi), credential)

    assert [file.outcome for file in report.files] == [Outcome.UPLOADED]
    assert [attempt.status for attempt in trust.pypi.attempts] == [403, 200]
    assert len(trust.pypi.burnt) == 2


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("is_new", [True, False])
def test_tokens_of_a_single_use_suffice(trust: Trust, tmp_path: Path, parallel: int, is_new: bool) -> None:
    """An index whose tokens are good for one upload each takes a whole release, also from four workers at once."""
    release = tmp_path / "release"
    build_release(release)
    if not is_new:
        first = tmp_path / "first"
        build_wheel(first, "demo", "1.0", tag="py3-none-any")
        Run().upload_release(first, local_index(trust.pypi), trust.credential())
    trust.pypi.rules.single_use_tokens = True

    report = Run().upload_release(
        release, local_index(trust.pypi), trust.credential(), DeliveryOptions(parallel=parallel)
    )

    assert {file.outcome for file in report.files} == {Outcome.UPLOADED}
    assert len(trust.pypi.uploads) == 5 + (not is_new)


def test_upload_that_outlives_a_token_has_the_next_one(trust: Trust, tmp_path: Path) -> None:
    """When ten minutes have passed between two files, the second goes with a token of its own, without a refusal."""
    build_wheel(tmp_path, "demo", "1.0")
    build_sdist(tmp_path, "demo", "1.0")
    credential = trust.credential()
    credential.authorization()
    trust.clock.advance(601)

    Run().upload_release(tmp_path, local_index(trust.pypi), credential)

    assert {attempt.status for attempt in trust.pypi.attempts} == {200}
    assert len(trust.pypi.minted) == 2


def test_refusal_after_a_fresh_token_is_the_indexs_no(trust: Trust, tmp_path: Path) -> None:
    """403 with a fresh token is exit status 6, in the index's words, after two tries; the page was an older one."""
    build_wheel(tmp_path, "demo", "1.0")
    trust.pypi.faults.add(UPLOAD, Answer(status=403, reason="Not today"), file="demo-1.0-py3-none-any.whl", times=2)

    with pytest.raises(DeliveryFailed, match="Not today") as caught:
        Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert caught.value.status is ExitStatus.INDEX_REFUSED
    assert [request.path for request in trust.pypi.requests].count(UPLOAD) == 2


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_closed_project_is_sent_one_file_once(trust: Trust, tmp_path: Path, status: str) -> None:
    """An archived or quarantined project whose page is an older one: one mint, one body, and a remedy that says so."""
    build_release(tmp_path)
    trust.pypi.projects["demo"].status = status
    trust.pypi.faults.add("/simple/", Answer(status=404), times=FOREVER)

    with pytest.raises(DeliveryFailed, match="isn't allowed to upload") as caught:
        Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert (caught.value.code, caught.value.status) == ("E_INDEX_REFUSED", ExitStatus.INDEX_REFUSED)
    assert caught.value.remedy.startswith("The project demo is archived or quarantined")
    assert [attempt.status for attempt in trust.pypi.attempts] == [403]
    assert len(trust.pypi.minted) == 1


@pytest.mark.parametrize(
    ("is_there", "status", "words"),
    [
        (True, 403, "The trusted publisher of this run belongs to other projects. Add it to demo-cli too"),
        (False, 400, "Register a pending publisher for exactly this name"),
    ],
    ids=["project of the same repository", "project that does not exist"],
)
def test_publisher_of_another_project_is_sent_one_file_once(
    trust: Trust, tmp_path: Path, is_there: bool, status: int, words: str
) -> None:
    """A publisher that is valid for another project mints, and is refused: no fresh token changes that."""
    build_wheel(tmp_path, "demo-cli", "1.0")
    build_sdist(tmp_path, "demo-cli", "1.0")
    if is_there:
        trust.pypi.create_project("demo-cli", "octocat")
    before = set(trust.pypi.projects)

    with pytest.raises(DeliveryFailed) as caught:
        Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert caught.value.status is ExitStatus.INDEX_REFUSED
    assert words in caught.value.remedy
    assert "delete" not in caught.value.remedy.lower()
    assert [attempt.status for attempt in trust.pypi.attempts] == [status]
    assert len(trust.pypi.minted) == 1
    assert set(trust.pypi.projects) == before


@pytest.mark.parametrize("switch", ["read_only", "uploads_disabled"])
def test_index_that_takes_no_uploads_is_sent_one_file_once(trust: Trust, tmp_path: Path, switch: str) -> None:
    """PyPI answers 403 while uploads are off; that is no refused login, and no fresh token changes it."""
    build_release(tmp_path)
    setattr(trust.pypi.rules, switch, True)

    with pytest.raises(DeliveryFailed, match="ploads are temporarily disabled") as caught:
        Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert (caught.value.code, caught.value.status) == ("E_INDEX_REFUSED", ExitStatus.INDEX_REFUSED)
    assert "run the job again when it accepts uploads" in caught.value.remedy
    assert [attempt.status for attempt in trust.pypi.attempts] == [403]
    assert len(trust.pypi.minted) == 1


def test_nothing_is_minted_for_what_is_there(trust: Trust, tmp_path: Path) -> None:
    """A second run of a complete release mints no token at all."""
    build_wheel(tmp_path, "demo", "1.0")
    Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert len(trust.pypi.minted) == 1


def test_refused_mint_ends_before_any_file(trust: Trust, tmp_path: Path) -> None:
    """Where nothing is minted no file was tried, and the report says so."""
    build_wheel(tmp_path, "demo", "1.0")
    trust.pypi.publishers.clear()

    with pytest.raises(DeliveryFailed, match="invalid-publisher") as caught:
        Run().upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert (caught.value.code, caught.value.status) == ("E_TOKEN_EXCHANGE", ExitStatus.CREDENTIALS)
    assert [file.outcome for file in caught.value.report.files] == [Outcome.NOT_TRIED]
    assert trust.pypi.attempts == []


def test_stopped_run_mints_nothing(trust: Trust, tmp_path: Path) -> None:
    """A run that was stopped before the first file asks for no token."""
    build_wheel(tmp_path, "demo", "1.0")
    run = Run()
    run.stop.set()

    with pytest.raises(DeliveryFailed):
        run.upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert trust.pypi.minted == []


def test_stop_while_waiting_ends_the_wait(trust: Trust, tmp_path: Path) -> None:
    """A run that is stopped while it waits for a busy index tries no more, and tokens are burnt.

    The file was handed over whole, so nobody can say that it was not tried.
    """
    build_wheel(tmp_path, "demo", "1.0")
    trust.pypi.faults.add(UPLOAD, Answer(status=503), file="demo-1.0-py3-none-any.whl", times=FOREVER)
    run = Run(time=(time := StoppingTime()), stop=time.stop)

    with pytest.raises(DeliveryFailed) as caught:
        run.upload_release(tmp_path, local_index(trust.pypi), trust.credential())

    assert caught.value.status is ExitStatus.STOPPED
    assert [file.outcome for file in caught.value.report.files] == [Outcome.REJECTED]
    assert run.time.pauses == [1.0]
    assert [request.path for request in trust.pypi.requests].count("/simple/demo/") == 1
    assert len(trust.pypi.burnt) == 1


@dataclass
class StoppingTime(FakeTime):
    """The run is stopped during the first pause."""

    stop: threading.Event = field(default_factory=threading.Event)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.stop.set()


def private(server: PyPIServer | Devpi) -> Index:
    """Give the index that a real server is."""
    return Index(
        name="private",
        url=server.upload_url,
        audience=Audience.PRIVATE,
        check_url=server.read_url,
        username=server.username,
    )


def login(server: PyPIServer | Devpi, password: str | None = None) -> Credential:
    """Give the credential for a real server."""
    time = FakeTime()
    given = Secret(password or server.password)
    return obtain_credential(
        private(server),
        project="demo",
        secrets=Secrets(public_index_token=Secret(""), private_index_password=given),
        id_tokens=NoIdTokens(),
        client=RequestsClient(Network()),
        clock=time.clock,
        sleep=time.sleep,
        log=FakeLog(),
    )


class NoIdTokens:
    """Nobody may ask for an ID token here."""

    def fetch(self, audience: str) -> Secret:
        raise AssertionError(f"nobody expected an ID token for {audience}")


@pytest.fixture(scope="module", params=[PyPIServer, Devpi], ids=["pypiserver", "devpi"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PyPIServer | Devpi]:
    """Give a real private index; it starts slowly, so tests share it and have projects of their own."""
    with request.param(tmp_path_factory.mktemp("server"), "ci", "s3cret") as running:
        yield running


def test_private_index(server: PyPIServer | Devpi, tmp_path: Path) -> None:
    """Real private indexes: a release goes up and is served; again nothing is sent; other bytes are refused."""
    folder = tmp_path / "dist"
    build_wheel(folder, "demo", "1.0")
    build_sdist(folder, "demo", "1.0")

    first = Run().upload_release(folder, private(server), login(server))
    second = Run().upload_release(folder, private(server), login(server))
    build_wheel(folder, "demo", "1.0", members={"demo/more.py": "x = 1\n"})
    with pytest.raises(DeliveryFailed) as caught:
        Run().upload_release(folder, private(server), login(server))

    assert (first.served, [file.outcome for file in first.files]) == (Served.TRUE, [Outcome.UPLOADED] * 2)
    assert (second.served, [file.outcome for file in second.files]) == (Served.TRUE, [Outcome.ALREADY_THERE] * 2)
    assert caught.value.code == "E_FILE_EXISTS"


def test_wrong_password_of_a_private_index(server: PyPIServer | Devpi, tmp_path: Path) -> None:
    """A wrong password ends in exit status 5 on every index."""
    folder = tmp_path / "dist"
    build_wheel(folder, "other", "1.0")

    with pytest.raises(DeliveryFailed) as caught:
        Run().upload_release(folder, private(server), login(server, "wrong"))

    assert (caught.value.code, caught.value.status) == ("E_CREDENTIAL_REJECTED", ExitStatus.CREDENTIALS)


def test_overwriting_index_is_not_overwritten(tmp_path: Path) -> None:
    """An index that would take other bytes under a known name is not sent them."""
    folder = tmp_path / "dist"
    build_wheel(folder, "demo", "1.0")
    with PyPIServer(tmp_path / "server", "ci", "s3cret", overwrite=True) as server:
        Run().upload_release(folder, private(server), login(server))
        (stored,) = server.packages.glob("*.whl")
        before = stored.read_bytes()
        build_wheel(folder, "demo", "1.0", members={"demo/more.py": "x = 1\n"})

        with pytest.raises(DeliveryFailed) as caught:
            Run().upload_release(folder, private(server), login(server))

        assert stored.read_bytes() == before
    assert caught.value.code == "E_FILE_EXISTS"
