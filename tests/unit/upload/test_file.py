"""One file: sent until the index has it or has said no, with every doubt settled by its hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from publish_action.credentials.credential import FixedCredential
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import CredentialRejected, ExitStatus, IndexRefused, IndexUnreachable, PublishError
from publish_action.index.simple_page import ListedFile
from publish_action.models.delivery import FileReport, Outcome
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, NoResponse, Response
from publish_action.secret import Secret
from publish_action.upload.file import Sender
from publish_action.upload.index_reader import FileMatch, IndexReader, compare
from publish_sandbox.distributions.builder import build_wheel
from support.fakes import FakeHttpClient, FakeLog, FakeTime, answer, read_all

CHECK = "https://index.example/simple/"
PAGE = "https://index.example/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
DROPPED = NoResponse(failure=Failure.DROPPED, detail="ConnectionError")
ABSENT = answer(404)


@dataclass
class FakeUploader:
    """Answers uploads in order."""

    answers: list[Response | NoResponse]
    sent: int = 0

    def send(self, file: OpenDistribution, authorization: Secret | None) -> Response | NoResponse:
        self.sent += 1
        return self.answers.pop(0)


@dataclass
class Desk:
    """A sender to an index whose answers are prepared."""

    file: OpenDistribution
    pages: list[Response | NoResponse]
    time: FakeTime = field(default_factory=FakeTime)
    check_url: str | None = CHECK
    skip_existing: bool = True
    log: FakeLog = field(default_factory=FakeLog)

    def send(self, *answers: Response | NoResponse) -> tuple[FileReport, int]:
        """Send the file to an index that answers so, and give the report and how often it was sent."""
        index = Index(
            name="acme",
            url="https://index.example/legacy/",
            audience=Audience.PUBLIC,
            check_url=self.check_url,
        )
        client = FakeHttpClient({f"GET {PAGE}": self.pages})
        side = IndexReader(index=index, authorization=lambda: None, client=client, sleep=self.time.sleep)
        sender = Sender(
            credential=FixedCredential(None),
            index_reader=side,
            sleep=self.time.sleep,
            skip_existing=self.skip_existing,
            log=self.log,
        )
        uploader = FakeUploader(list(answers))
        return sender.send(self.file, uploader), uploader.sent


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[OpenDistribution]:
    """Hold a wheel open."""
    build_wheel(tmp_path, "demo", "1.0")
    with read_all(tmp_path) as reading:
        yield reading.files[0]


def listing(file: OpenDistribution, **hashes: str) -> Response:
    """Give a page that lists the file; with our hash where no other is given."""
    entry = {
        "filename": file.distribution.file,
        "url": f"https://files.example/{file.distribution.file}",
        "hashes": hashes or {"sha256": file.distribution.sha256},
    }
    return answer(200, {"meta": {"api-version": "1.0"}, "files": [entry]}, content_type=JSON, url=PAGE)


def test_stored_file_is_uploaded(wheel: OpenDistribution) -> None:
    """A file that the index takes is uploaded, and nothing is asked."""
    report, sent = Desk(wheel, []).send(answer(200))

    assert (report.outcome, sent) == (Outcome.UPLOADED, 1)


def test_doubt_is_settled_by_the_hash(wheel: OpenDistribution) -> None:
    """After a lost answer a file that the index has with our hash is uploaded, and is not sent again."""
    report, sent = Desk(wheel, [listing(wheel)]).send(DROPPED)

    assert (report.outcome, sent) == (Outcome.UPLOADED, 1)
    assert report.url == f"https://files.example/{wheel.distribution.file}"


def test_doubt_with_other_bytes_is_an_error(wheel: OpenDistribution) -> None:
    """After a lost answer other bytes under the name end the sending."""
    with pytest.raises(IndexRefused, match="other bytes") as caught:
        Desk(wheel, [listing(wheel, sha256="0" * 64)]).send(DROPPED)

    assert caught.value.code == "E_FILE_EXISTS"


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_no_after_a_doubt_is_our_own_earlier_upload(wheel: OpenDistribution, status: int) -> None:
    """A no to the second try, while our bytes are there, means that the first got through."""
    report, sent = Desk(wheel, [ABSENT, listing(wheel)]).send(DROPPED, answer(status))

    assert (report.outcome, sent) == (Outcome.UPLOADED, 2)


def test_our_own_earlier_upload_is_no_existing_file(wheel: OpenDistribution) -> None:
    """`skip-existing: false` does not make an error of what this very run uploaded."""
    report, _ = Desk(wheel, [ABSENT, listing(wheel)], skip_existing=False).send(DROPPED, answer(409))

    assert report.outcome is Outcome.UPLOADED


def test_no_without_a_doubt_is_somebody_elses_upload(wheel: OpenDistribution) -> None:
    """A no at once, while our bytes are there, means that they were there before."""
    report, _ = Desk(wheel, [listing(wheel)]).send(answer(409))

    assert report.outcome is Outcome.ALREADY_THERE


def test_somebody_elses_upload_is_an_error_without_skip_existing(wheel: OpenDistribution) -> None:
    """`skip-existing: false` makes an error of a file that came in between."""
    with pytest.raises(IndexRefused, match="it has already with the same content: HTTP 409") as caught:
        Desk(wheel, [listing(wheel)], skip_existing=False).send(answer(409))

    assert caught.value.code == "E_FILE_EXISTS"
    assert caught.value.remedy.startswith("Set `skip-existing: true`")


@pytest.mark.parametrize("page", [ABSENT, answer(403), answer(200, "?", content_type="text/plain")])
def test_no_to_a_file_that_is_not_there_is_a_no(wheel: OpenDistribution, page: Response) -> None:
    """A refusal of a file that cannot be seen on the index is told in the index's words."""
    with pytest.raises(IndexRefused, match="HTTP 400, Nope"):
        Desk(wheel, [page]).send(answer(400, reason="Nope"))


def test_unknown_read_side_settles_nothing(wheel: OpenDistribution) -> None:
    """Where nobody can look, a lost answer is followed by another try, and a no is a no."""
    desk = Desk(wheel, [], check_url=None)

    report, sent = desk.send(DROPPED, answer(200))

    assert (report.outcome, sent) == (Outcome.UPLOADED, 2)
    with pytest.raises(IndexRefused, match="HTTP 409"):
        desk.send(answer(409))


def test_certificate_is_not_tried_again(wheel: OpenDistribution) -> None:
    """A certificate that cannot be verified ends the sending at once, with its own code."""
    desk = Desk(wheel, [])

    with pytest.raises(IndexUnreachable) as caught:
        desk.send(NoResponse(failure=Failure.TLS, detail="SSLError"))

    assert (caught.value.code, caught.value.status) == ("E_TLS", ExitStatus.UNREACHABLE)
    assert desk.time.pauses == []


def test_what_is_no_http_is_a_doubt(wheel: OpenDistribution) -> None:
    """After a status line that is none the index is asked: it may have stored the file all the same."""
    rubbish = NoResponse(failure=Failure.PROTOCOL, detail="ConnectionError")

    report, sent = Desk(wheel, [listing(wheel)]).send(rubbish)

    assert (report.outcome, sent) == (Outcome.UPLOADED, 1)


def test_failed_encryption_is_a_doubt(wheel: OpenDistribution) -> None:
    """What goes wrong in TLS, other than a certificate, is a lost answer: ask, and send again."""
    failed = NoResponse(failure=Failure.ENCRYPTION, detail="SSLError")

    report, sent = Desk(wheel, [ABSENT]).send(failed, answer(200))

    assert (report.outcome, sent) == (Outcome.UPLOADED, 2)


def test_uploads_that_run_out_of_time_are_bounded(wheel: OpenDistribution) -> None:
    """A deadline is long: a file that runs into a second one is given up, after a last look."""
    late = NoResponse(failure=Failure.TIMEOUT, detail="DeadlinePassed")
    desk = Desk(wheel, [ABSENT])

    with pytest.raises(IndexUnreachable, match="no answer came in time"):
        desk.send(late, answer(503), late, answer(200))

    assert desk.time.pauses == [1.0, 2.0]


def test_trouble_is_logged(wheel: OpenDistribution) -> None:
    """Each answer that makes us try again is a line, with its status and words, the wait, and what follows."""
    desk = Desk(wheel, [ABSENT])

    desk.send(answer(503, reason="Down\n::error::x"), DROPPED, answer(200))

    first, second = desk.log.lines
    assert first.startswith("demo-1.0-py3-none-any.whl: HTTP 503, Down")
    assert "In 1 s" in first
    assert "\n" not in first
    assert "the connection was cut" in second
    assert "In 2 s" in second


def test_cut_upload_tells_how_far_it_came(wheel: OpenDistribution) -> None:
    """A connection that is cut in the body is told with the sizes, and with what is likely."""
    cut = NoResponse(failure=Failure.DROPPED, detail="ConnectionError", sent=1_234_567)
    size = wheel.distribution.size

    with pytest.raises(IndexUnreachable, match=rf"after 1\.2 MB of {size} bytes had been sent") as caught:
        Desk(wheel, [ABSENT]).send(*[cut] * 6)

    assert caught.value.code == "E_INDEX_UNREACHABLE"
    assert "larger than the server, or a proxy in front of it, accepts" in caught.value.remedy


@pytest.mark.parametrize(("status", "error"), [(413, IndexRefused), (403, CredentialRejected)])
def test_early_refusal_hints_at_the_size(wheel: OpenDistribution, status: int, error: type[PublishError]) -> None:
    """A refusal that comes before the whole file was sent is told with the sizes."""
    early = replace(answer(status, reason="No"), unsent=wheel.distribution.size)

    with pytest.raises(
        error, match=rf"HTTP {status}, No \(this answer came after 0 bytes of \d+ bytes had been sent: .*proxy"
    ):
        Desk(wheel, [ABSENT]).send(early)


def test_early_refusal_of_the_login_is_about_the_login(wheel: OpenDistribution) -> None:
    """401 is about the login, however early it comes."""
    early = replace(answer(401, reason="No"), unsent=wheel.distribution.size)

    with pytest.raises(CredentialRejected, match=r"HTTP 401, No\.") as caught:
        Desk(wheel, [ABSENT]).send(early)

    assert "proxy" not in str(caught.value)


def test_refusal_for_the_size_names_the_size(wheel: OpenDistribution) -> None:
    """413 tells how large the file is."""
    with pytest.raises(IndexRefused, match=rf"\(the file has {wheel.distribution.size} bytes\)"):
        Desk(wheel, [ABSENT]).send(answer(413))


def test_tries_are_bounded(wheel: OpenDistribution) -> None:
    """A file is sent six times at most, with growing pauses; then the index is out of reach."""
    desk = Desk(wheel, [ABSENT])

    with pytest.raises(IndexUnreachable, match=r"acme \(index\.example\) could not take the upload"):
        desk.send(*[answer(500)] * 6)

    assert desk.time.pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("algorithm", ["sha512", "sha384", "blake2b", "sha1", "md5"])
def test_weaker_hashes_are_compared_where_there_is_no_other(
    tmp_path: Path, wheel: OpenDistribution, algorithm: str
) -> None:
    """An index without SHA-256 (Nexus has MD5 alone) is compared by what it has."""
    digest = hashlib.new(algorithm, (tmp_path / wheel.distribution.file).read_bytes()).hexdigest()
    name = wheel.distribution.file

    assert compare(wheel, ListedFile(name=name, url="", hashes=((algorithm, digest),))) is FileMatch.SAME
    assert compare(wheel, ListedFile(name=name, url="", hashes=((algorithm, "0" * 32),))) is FileMatch.DIFFERENT


def test_strongest_hash_decides(tmp_path: Path, wheel: OpenDistribution) -> None:
    """An equal MD5 says nothing against a different SHA-256."""
    md5 = hashlib.md5((tmp_path / wheel.distribution.file).read_bytes()).hexdigest()
    listed = ListedFile(name=wheel.distribution.file, url="", hashes=(("md5", md5), ("sha256", "0" * 64)))

    assert compare(wheel, listed) is FileMatch.DIFFERENT


@pytest.mark.parametrize("hashes", [(), (("crc32", "0" * 8),)], ids=["none", "one we do not know"])
def test_no_hash_is_neither_same_nor_different(wheel: OpenDistribution, hashes: tuple[tuple[str, str], ...]) -> None:
    """Without a hash that we know nobody can tell."""
    assert compare(wheel, ListedFile(name=wheel.distribution.file, url="", hashes=hashes)) is FileMatch.UNKNOWN
