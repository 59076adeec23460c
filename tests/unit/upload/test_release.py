"""Delivery: a release goes up whole, in order and once, or what became of each file is known."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publish_action.console.progress import LineProgress
from publish_action.credentials.credential import FixedCredential, basic_header
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import ExitStatus, PublishRefused
from publish_action.models.delivery import DeliveryReport, Outcome, Served
from publish_action.models.index import Audience, Index
from publish_action.network.client import Network, RequestsClient
from publish_action.secret import Secret
from publish_action.upload.release import DeliveryFailed, DeliveryOptions, order_uploads, upload_release
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.http.faults import FOREVER, Answer, DoThen, Drop, DropMidBody, Hang
from publish_sandbox.pypi.server import LocalPyPI
from support.fakes import FakeLog, FakeTime, local_index, read_all

WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
UPLOAD = "/legacy/"


class RealTime(FakeTime):
    """The machine's own clock, for servers that take their time."""

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Stage:
    """A release of one wheel and one sdist, and a local PyPI with an API token for it."""

    def __init__(self, folder: Path, pypi: LocalPyPI) -> None:
        self.folder = folder
        self.pypi = pypi
        self.time = FakeTime()
        self.log = FakeLog()
        self.stop = threading.Event()
        self.token = pypi.api_token("octocat", "demo")
        build_wheel(folder, "demo", "1.0")
        build_sdist(folder, "demo", "1.0")

    def upload_release(
        self,
        *,
        options: DeliveryOptions | None = None,
        index: Index | None = None,
        before_bytes: Callable[[], None] = lambda: None,
    ) -> DeliveryReport:
        """Deliver everything in the folder."""
        with read_all(self.folder) as reading:
            return upload_release(
                reading.files,
                index=index or local_index(self.pypi),
                credential=FixedCredential(basic_header("__token__", Secret(self.token))),
                client=RequestsClient(Network()),
                network=Network(),
                options=options or DeliveryOptions(),
                log=self.log,
                progress=LineProgress(self.time.clock, self.log),
                clock=self.time.clock,
                sleep=self.time.sleep,
                stop=self.stop,
                before_bytes=before_bytes,
            )

    def fail(self, *, options: DeliveryOptions | None = None, index: Index | None = None) -> DeliveryFailed:
        """Deliver, and give the error that ends it."""
        with pytest.raises(DeliveryFailed) as caught:
            self.upload_release(options=options, index=index)
        return caught.value

    def sent(self) -> list[str]:
        """Give the files that reached the index whole, in order, each time that they did."""
        return [attempt.file_name for attempt in self.pypi.attempts]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a release that is ready to go."""
    with LocalPyPI() as pypi:
        yield Stage(tmp_path, pypi)


def outcomes(report: DeliveryReport) -> Mapping[str, Outcome]:
    """Give what became of each file."""
    return {file.distribution.file: file.outcome for file in report.files}


def test_release_goes_up_and_is_served(stage: Stage) -> None:
    """Every file is uploaded, wheels first, and the report says where each can be read."""
    report = stage.upload_release()

    assert outcomes(report) == {WHEEL: Outcome.UPLOADED, SDIST: Outcome.UPLOADED}
    assert stage.sent() == [WHEEL, SDIST]
    assert report.served is Served.TRUE
    assert all(file.url.startswith(f"{stage.pypi.url}/packages/") for file in report.files)


def test_second_run_sends_nothing(stage: Stage) -> None:
    """Files that the index has with the same hash are skipped, and nothing is sent."""
    stage.upload_release()

    report = stage.upload_release()

    assert outcomes(report) == {WHEEL: Outcome.ALREADY_THERE, SDIST: Outcome.ALREADY_THERE}
    assert stage.sent() == [WHEEL, SDIST]
    assert report.served is Served.TRUE


def test_half_finished_release_is_completed(stage: Stage) -> None:
    """What is missing on the index is sent, and nothing else."""
    sdist = stage.folder / SDIST
    kept = sdist.read_bytes()
    sdist.unlink()
    stage.upload_release()
    sdist.write_bytes(kept)

    report = stage.upload_release()

    assert outcomes(report) == {WHEEL: Outcome.ALREADY_THERE, SDIST: Outcome.UPLOADED}
    assert stage.sent() == [WHEEL, SDIST]


def test_other_bytes_under_a_name_stop_everything(stage: Stage) -> None:
    """If the index has other bytes under one name, no file is sent, and both hashes are shown."""
    build_wheel(stage.folder, "demo", "1.0")
    stage.upload_release()
    there = stage.pypi.database.file(WHEEL)
    build_wheel(stage.folder, "demo", "1.0", members={"demo/more.py": "x = 1\n"})
    (stage.folder / SDIST).unlink()
    build_wheel(stage.folder, "demo", "1.0", tag="py2-none-any")

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_FILE_EXISTS", ExitStatus.INDEX_REFUSED)
    assert there is not None
    assert there.sha256 in failed.happened
    assert set(outcomes(failed.report).values()) == {Outcome.NOT_TRIED}
    assert stage.sent() == [WHEEL, SDIST]


def test_what_is_there_is_told_though_others_are_in_the_way(stage: Stage) -> None:
    """If one file is in the way, those that are there with our bytes are `already-there`, with where they are read."""
    build_wheel(stage.folder, "demo", "1.0")
    stage.upload_release()
    build_wheel(stage.folder, "demo", "1.0", members={"demo/more.py": "x = 1\n"})

    failed = stage.fail()

    assert failed.code == "E_FILE_EXISTS"
    assert outcomes(failed.report) == {WHEEL: Outcome.NOT_TRIED, SDIST: Outcome.ALREADY_THERE}
    assert [bool(each.url) for each in failed.report.files] == [
        each.outcome is Outcome.ALREADY_THERE for each in failed.report.files
    ]


def test_existing_file_is_an_error_without_skip_existing(stage: Stage) -> None:
    """`skip-existing: false` makes any existing file an error, also one with the same bytes."""
    stage.upload_release()

    failed = stage.fail(options=DeliveryOptions(skip_existing=False))

    assert failed.code == "E_FILE_EXISTS"
    assert stage.sent() == [WHEEL, SDIST]
    assert failed.remedy.startswith("Set `skip-existing: true`")


@pytest.mark.parametrize(
    "fault",
    [Answer(status=503), Drop(), DropMidBody(after=200), Answer(status=429, headers={"Retry-After": "3"})],
    ids=["503", "dropped", "dropped in the body", "429"],
)
def test_index_that_fails_once_gets_the_file_again(stage: Stage, fault: Answer | Drop | DropMidBody) -> None:
    """What may heal is tried again after a pause."""
    stage.pypi.faults.add(UPLOAD, fault, method="POST", file=None if isinstance(fault, DropMidBody) else WHEEL)

    report = stage.upload_release()

    assert set(outcomes(report).values()) == {Outcome.UPLOADED}
    assert stage.time.pauses[0] == (3.0 if isinstance(fault, Answer) and fault.headers else 1.0)


@pytest.mark.parametrize("fault", [Drop(), Answer(status=503)], ids=["dropped", "503"])
def test_stored_file_whose_answer_is_lost_is_not_sent_twice(stage: Stage, fault: Drop | Answer) -> None:
    """Whether a file got there is asked of the index before it is sent again."""
    stage.pypi.faults.add(UPLOAD, DoThen(fault), file=WHEEL)

    report = stage.upload_release()

    assert outcomes(report)[WHEEL] is Outcome.UPLOADED
    assert stage.sent() == [WHEEL, SDIST]


def test_index_that_stays_busy_is_given_up(stage: Stage) -> None:
    """After all tries the error says that no usable answer came; the rest is not tried."""
    stage.pypi.faults.add(UPLOAD, Answer(status=503), file=WHEEL, times=FOREVER)

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_INDEX_UNREACHABLE", ExitStatus.UNREACHABLE)
    assert outcomes(failed.report) == {WHEEL: Outcome.REJECTED, SDIST: Outcome.NOT_TRIED}
    assert stage.time.pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_refused_file_ends_the_delivery(stage: Stage) -> None:
    """After a refusal no other file is begun, and the message counts what is up."""
    build_wheel(stage.folder, "demo", "1.0", tag="py3-none-win32")
    stage.pypi.faults.add(UPLOAD, Answer(status=400, reason="Nope", body=b"400 Nope"), file=SDIST)

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_INDEX_REFUSED", ExitStatus.INDEX_REFUSED)
    assert "Of 3 files: 2 uploaded, 1 rejected." in failed.happened
    assert "Nope" in failed.happened


def test_refused_file_holds_back_the_others_of_its_batch(stage: Stage) -> None:
    """A worker whose file was refused takes no other, also of the files that may go at the same time."""
    first = build_wheel(stage.folder, "demo", "1.0", tag="cp311-cp311-win32", size=9000).name
    second = build_wheel(stage.folder, "demo", "1.0", tag="cp312-cp312-win32", size=5000).name
    stage.pypi.faults.add(UPLOAD, Answer(status=400), file=first)

    failed = stage.fail(options=DeliveryOptions(parallel=1))

    assert outcomes(failed.report) == {
        WHEEL: Outcome.UPLOADED,
        first: Outcome.REJECTED,
        second: Outcome.NOT_TRIED,
        SDIST: Outcome.NOT_TRIED,
    }


def test_login_that_stays_refused_is_named(stage: Stage) -> None:
    """A token that the index does not know ends in exit status 5, after one upload."""
    stage.token = "pypi-unknown"

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_CREDENTIAL_REJECTED", ExitStatus.CREDENTIALS)
    assert outcomes(failed.report) == {WHEEL: Outcome.REJECTED, SDIST: Outcome.NOT_TRIED}
    assert stage.sent() == [WHEEL]


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Answer(status=308, headers={"Location": "/legacy"}), "E_REDIRECT", "only the final slash differs"),
        (Answer(status=302, headers={"Location": "https://login.example/"}), "E_REDIRECT", "login.example"),
        (Answer(status=304), "E_REDIRECT", "a place it does not name"),
        (Answer(status=302, headers={"Location": "http://["}), "E_REDIRECT", "a place it does not name"),
        (
            Answer(status=200, content_type="text/html", body=b"<html><title>Welcome</title></html>"),
            "E_INDEX_REFUSED",
            "Welcome",
        ),
        (Answer(status=405), "E_INDEX_REFUSED", "not the one that installers read"),
    ],
    ids=["slash", "other host", "304", "nonsense", "captive portal", "405"],
)
def test_answer_that_is_no_success_is_none(stage: Stage, fault: Answer, code: str, words: str) -> None:
    """Redirects and pages of others are failures, with what to change."""
    stage.pypi.faults.add(UPLOAD, fault, file=WHEEL)

    failed = stage.fail()

    assert failed.code == code
    assert words in str(failed)
    assert outcomes(failed.report) == {WHEEL: Outcome.REJECTED, SDIST: Outcome.NOT_TRIED}


def test_registration_that_is_off_is_no_refused_login(stage: Stage) -> None:
    """PyPI answers 403 to a new project while registration is off: the API token is not at fault."""
    stage.pypi.rules.registration_disabled = True
    stage.token = stage.pypi.api_token("octocat")
    stage.pypi.projects.clear()

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_INDEX_REFUSED", ExitStatus.INDEX_REFUSED)
    assert "no new projects at the moment" in failed.remedy
    assert stage.sent() == [WHEEL]


@pytest.mark.parametrize("status", [401, 403])
def test_closed_read_side_stops_everything(stage: Stage, status: int) -> None:
    """An index that does not let us look gets nothing: it could overwrite what is there."""
    stage.pypi.faults.add("/simple/", Answer(status=status), times=FOREVER)

    failed = stage.fail()

    assert failed.code == "E_CREDENTIAL_REJECTED"
    assert stage.sent() == []


def test_unreadable_read_side_stops_everything(stage: Stage) -> None:
    """An index whose read side gives no usable answer gets nothing either."""
    stage.pypi.faults.add("/simple/", Answer(status=503), times=FOREVER)

    failed = stage.fail()

    assert failed.code == "E_INDEX_UNREACHABLE"
    assert stage.sent() == []


def test_listed_file_without_a_hash_stops_everything(stage: Stage) -> None:
    """A file that is there and cannot be compared is in the way: sending could overwrite it."""
    page = f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode()
    stage.pypi.faults.add("/simple/", Answer(content_type="text/html", body=page), times=FOREVER)

    failed = stage.fail()

    assert failed.code == "E_FILE_EXISTS"
    assert "no hash to compare it by" in failed.happened
    assert stage.sent() == []


def test_read_side_that_closes_later_leaves_it_open(stage: Stage) -> None:
    """Where nobody may look after the upload, nobody claims that the files are served, or that they are not."""
    stage.pypi.faults.add("/simple/", Answer(status=403), after=1, times=FOREVER)

    report = stage.upload_release()

    assert set(outcomes(report).values()) == {Outcome.UPLOADED}
    assert report.served is Served.UNKNOWN
    assert stage.time.pauses == []


def test_unknown_read_side_is_warned_of(stage: Stage) -> None:
    """Without a read URL the files are sent, with a warning, and nobody claims that they are served."""
    index = Index(name="pypi", url=stage.pypi.upload_url, audience=Audience.PUBLIC)

    report = stage.upload_release(index=index)

    assert set(outcomes(report).values()) == {Outcome.UPLOADED}
    assert report.served is Served.UNKNOWN
    assert "The read side of pypi is not known" in stage.log.warnings[0]


def test_file_that_somebody_else_put_there_meanwhile_is_recognised(stage: Stage) -> None:
    """An index's no to a file that it has with our hash counts as already there."""
    stage.upload_release()
    stage.pypi.faults.add("/simple/", Answer(status=404))
    stage.pypi.faults.add(UPLOAD, Answer(status=409), times=2)

    report = stage.upload_release()

    assert set(outcomes(report).values()) == {Outcome.ALREADY_THERE}


def test_other_bytes_that_came_meanwhile_are_an_error(stage: Stage) -> None:
    """An index's no to a file that it has with another hash is an error that shows both."""
    stage.pypi.false_hashes[WHEEL] = "0" * 64
    stage.upload_release(options=DeliveryOptions(wait_until_served=False))
    stage.pypi.faults.add("/simple/", Answer(status=404))
    stage.pypi.faults.add(UPLOAD, Answer(status=409), times=2)

    failed = stage.fail()

    assert failed.code == "E_FILE_EXISTS"
    assert "0" * 64 in failed.happened


def test_wait_ends_when_all_is_served(stage: Stage) -> None:
    """A read side that lags is looked at again until it has every file."""
    stage.pypi.faults.add("/simple/", Answer(status=404), times=3)

    report = stage.upload_release()

    assert report.served is Served.TRUE
    assert stage.time.pauses == [1.0, 2.0]


def test_wait_that_runs_out_is_a_warning(stage: Stage) -> None:
    """A release that is not served in time was taken all the same: no error, its own output."""
    stage.pypi.faults.add("/simple/", Answer(status=404), times=FOREVER)

    report = stage.upload_release(options=DeliveryOptions(wait_timeout=20))

    assert set(outcomes(report).values()) == {Outcome.UPLOADED}
    assert report.served is Served.FALSE
    assert sum(stage.time.pauses) == 20
    assert "serves 0 of 2 files" in stage.log.warnings[0]


@pytest.mark.parametrize("timeout", [0, 3, 5, 30])
def test_wait_is_as_long_as_was_asked(stage: Stage, timeout: float) -> None:
    """The wait ends when its time is over: not before, and not after the tries of a read side that answers nothing."""
    stage.pypi.faults.add("/simple/", Answer(status=503), after=1, times=FOREVER)

    stage.upload_release(options=DeliveryOptions(wait_timeout=timeout))

    assert sum(stage.time.pauses) == timeout


def test_wait_does_not_hang_with_the_read_side(stage: Stage) -> None:
    """A look at a read side that stays silent ends with the wait."""
    stage.pypi.faults.add("/simple/", Hang(30), after=1, times=FOREVER)
    stage.time = RealTime()
    begin = time.monotonic()

    report = stage.upload_release(options=DeliveryOptions(wait_timeout=1))

    assert report.served is not Served.TRUE
    assert 1 <= time.monotonic() - begin < 6


def test_nobody_waits_without_being_told_to(stage: Stage) -> None:
    """`wait-until-served: false` leaves it open whether the files are served."""
    report = stage.upload_release(options=DeliveryOptions(wait_until_served=False))

    assert report.served is Served.UNKNOWN


def test_index_that_serves_other_bytes_is_an_error(stage: Stage) -> None:
    """What is served with another hash than was sent is never a success."""
    stage.pypi.false_hashes.update({WHEEL: "0" * 64, SDIST: "1" * 64})

    failed = stage.fail()

    assert failed.code == "E_INDEX_REFUSED"
    assert "The index serves other bytes than were sent" in failed.happened
    assert all(f"{file} is there with other bytes" in failed.happened for file in (WHEEL, SDIST))
    assert "yank" not in failed.remedy.lower()
    assert "delete" not in failed.remedy.lower()
    assert failed.report.served is Served.FALSE


def test_new_release_survives_parallel_uploads(stage: Stage) -> None:
    """The first file goes alone and creates the release; then the others go at the same time, the sdist last."""
    for tag in ("cp311-cp311-win32", "cp312-cp312-win32", "cp313-cp313-win32", "cp314-cp314-win32"):
        build_wheel(stage.folder, "demo", "1.0", tag=tag, size=1000)
    stage.pypi.latency = 0.2

    report = stage.upload_release()

    attempts = sorted(stage.pypi.attempts, key=lambda attempt: attempt.began)
    assert set(outcomes(report).values()) == {Outcome.UPLOADED}
    assert [attempt.status for attempt in attempts] == [200] * 6
    assert attempts[0].file_name == WHEEL
    assert attempts[1].began >= attempts[0].ended
    assert attempts[2].began < attempts[1].ended
    assert attempts[-1].file_name == SDIST
    assert attempts[-1].began >= max(attempt.ended for attempt in attempts[:-1])


def test_stop_leaves_the_rest(stage: Stage) -> None:
    """A run that is stopped sends no further file and ends with its own status."""
    stage.stop.set()

    failed = stage.fail()

    assert (failed.code, failed.status) == ("E_STOPPED", ExitStatus.STOPPED)
    assert set(outcomes(failed.report).values()) == {Outcome.NOT_TRIED}
    assert stage.sent() == []


def test_stop_breaks_off_a_body_that_is_on_its_way(stage: Stage) -> None:
    """A run that is stopped in the middle of a large file sends no more of it: it was not tried."""
    build_wheel(stage.folder, "demo", "1.0", size=30_000_000)
    stage.pypi.rate = 1e6
    stopper = threading.Timer(0.3, stage.stop.set)
    stopper.start()

    failed = stage.fail()

    stopper.join()
    assert failed.status is ExitStatus.STOPPED
    assert outcomes(failed.report) == {WHEEL: Outcome.NOT_TRIED, SDIST: Outcome.NOT_TRIED}
    assert stage.pypi.uploads == []


def test_stop_does_not_wait_for_an_answer_for_ever(stage: Stage) -> None:
    """A run that is stopped while the index is silent ends soon, and does not claim that the file was not tried."""
    (stage.folder / SDIST).unlink()
    index = Index(name="pypi", url=stage.pypi.upload_url, audience=Audience.PUBLIC)
    stage.pypi.faults.add(UPLOAD, Hang(seconds=30), file=WHEEL)
    stopper = threading.Timer(0.3, stage.stop.set)
    stopper.start()

    failed = stage.fail(index=index)

    stopper.join()
    assert failed.status is ExitStatus.STOPPED
    assert outcomes(failed.report) == {WHEEL: Outcome.REJECTED}


def test_report_keeps_the_order_of_the_files(stage: Stage) -> None:
    """Files are reported in the order in which they were given, whatever order they went up in."""
    for tag in ("cp39-cp39-win32", "cp310-cp310-win32"):
        build_wheel(stage.folder, "demo", "1.0", tag=tag, size=5000)

    report = stage.upload_release()

    with read_all(stage.folder) as reading:
        assert list(outcomes(report)) == [file.distribution.file for file in reading.files]


@contextmanager
def held(folder: Path) -> Iterator[tuple[OpenDistribution, ...]]:
    """Hold the files of a folder open."""
    with read_all(folder) as reading:
        yield reading.files


def test_smallest_wheel_goes_first_and_the_largest_next(tmp_path: Path) -> None:
    """The order of sending: the smallest wheel alone, the other wheels from the largest down, the sdist last."""
    build_sdist(tmp_path, "demo", "1.0")
    for tag, size in (("cp311-cp311-win32", 3000), ("cp312-cp312-win32", 9000), ("cp313-cp313-win32", 6000)):
        build_wheel(tmp_path, "demo", "1.0", tag=tag, size=size)

    with held(tmp_path) as files:
        batches = order_uploads(files, release_exists=False)

    order = [[file.distribution.file.partition("-1.0")[2][1:6] for file in batch] for batch in batches]
    assert order == [["cp311"], ["cp312", "cp313"], ["tar.g"]]


def test_existing_release_fans_out_at_once(tmp_path: Path) -> None:
    """Where the index has a file of the release already, no wheel goes alone."""
    build_sdist(tmp_path, "demo", "1.0")
    for tag in ("cp311-cp311-win32", "cp312-cp312-win32", "cp313-cp313-win32"):
        build_wheel(tmp_path, "demo", "1.0", tag=tag)

    with held(tmp_path) as files:
        batches = order_uploads(files, release_exists=True)

    assert [len(batch) for batch in batches] == [3, 1]


def test_only_sdists_go_one_before_the_others(tmp_path: Path) -> None:
    """A release without wheels begins with its sdist."""
    build_sdist(tmp_path, "demo", "1.0")

    with held(tmp_path) as files:
        batches = order_uploads(files, release_exists=False)

    assert [len(batch) for batch in batches] == [1]


def test_no_byte_leaves_once_the_confirmation_before_it_fails(stage: Stage) -> None:
    """What is asked right before the first block of a file keeps the whole of it here, and every other file."""
    refusal = PublishRefused("The visibility changed.", remedy="Run the job again.", code="E_VISIBILITY_CHANGED")

    def refuse() -> None:
        raise refusal

    with pytest.raises(DeliveryFailed) as caught:
        stage.upload_release(before_bytes=refuse)

    assert caught.value.code == "E_VISIBILITY_CHANGED"
    assert set(outcomes(caught.value.report).values()) == {Outcome.NOT_TRIED}
    assert stage.sent() == []
