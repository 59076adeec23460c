"""The uploader: one distribution, one request, exactly the pinned bytes."""

import inspect
import itertools
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from twine.package import PackageFile
from twine.repository import Repository

from publish_action.checks.preflight import read_distributions
from publish_action.credentials.credential import basic_header
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import DistributionsInvalid, Stopped
from publish_action.models.index import Audience, Index
from publish_action.network.client import Failure, Network, NoResponse, Response
from publish_action.secret import Secret
from publish_action.upload.body import Watch
from publish_action.upload.twine_client import Uploader, _Login, _Package
from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.http.faults import FOREVER, Answer, DoThen, Drop, Hang
from publish_sandbox.pypi.server import LocalPyPI
from support.fakes import local_index, read_all
from support.raw_servers import make_certificate

UPLOAD = "/legacy/"
LOGIN = basic_header("__token__", Secret("pypi-nobody"))


def ignore(file: str, sent: int, length: int) -> None:
    """Watch nothing."""


@pytest.fixture
def pypi() -> Iterator[LocalPyPI]:
    """Give an index on the loopback."""
    with LocalPyPI() as server:
        yield server


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[OpenDistribution]:
    """Hold a wheel of nearly a megabyte open."""
    build_wheel(tmp_path, "Demo.Name", "1.0", size=900_000)
    with read_all(tmp_path) as reading:
        yield reading.files[0]


def login_for(pypi: LocalPyPI) -> Secret:
    """Give a login that the index takes."""
    return basic_header("__token__", Secret(pypi.api_token("octocat", "demo-name")))


def send(
    file: OpenDistribution,
    index: Index,
    login: Secret | None = LOGIN,
    watch: Watch = ignore,
    answer_seconds: float = 20,
    *,
    body_seconds: float = 10,
) -> Response | NoResponse:
    """Send one file with an uploader of its own."""
    with Uploader(
        index, network=Network(), watch=watch, answer_seconds=answer_seconds, body_seconds=body_seconds
    ) as uploader:
        return uploader.send(file, login)


def test_pinned_bytes_arrive(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """The index gets the file under its own name with the digests that were judged."""
    answer = send(wheel, local_index(pypi), login_for(pypi))

    (upload,) = pypi.uploads
    assert isinstance(answer, Response)
    assert answer.status == 200
    assert (upload.file_name, upload.sha256) == (wheel.distribution.file, wheel.distribution.sha256)
    assert upload.fields["blake2_256_digest"] == (wheel.distribution.blake2b_256,)


@pytest.mark.parametrize(
    ("build", "licence"),
    [(build_wheel, "demo_name-1.0.dist-info/licenses/LICENSE"), (build_sdist, "LICENSE")],
    ids=["wheel", "sdist"],
)
def test_form_is_twines_own(tmp_path: Path, pypi: LocalPyPI, build: Callable[..., Path], licence: str) -> None:
    """What we send of the metadata is, field by field, what twine would send of the same file."""
    extra = (
        "Keywords: a,b\nProject-URL: Home, https://demo.example/\nRequires-Python: >=3.9\n"
        "Requires-Dist: requests\nLicense-File: LICENSE\nDynamic: License-File\nAuthor-email: a@demo.example"
    )
    path = build(
        tmp_path,
        "Demo.Name",
        "1.0",
        classifiers=["Topic :: Utilities"],
        metadata_extra=extra,
        members={licence: "Free."},
    )
    twines = Repository._convert_metadata_to_list_of_tuples(
        PackageFile.from_filename(str(path), None).metadata_dictionary()
    )

    with read_all(tmp_path) as reading:
        send(reading.files[0], local_index(pypi))

    ours = [
        (name, value)
        for name, values in pypi.attempts[0].fields.items()
        for value in values
        if name not in {":action", "protocol_version"}
    ]
    assert sorted(ours) == sorted(twines)


def test_import_names_are_sent(tmp_path: Path, pypi: LocalPyPI) -> None:
    """The fields of Metadata 2.5 that twine 7.0 leaves out reach the index."""
    text = "Metadata-Version: 2.5\nName: demo\nVersion: 1.0\nImport-Name: demo\nImport-Namespace: octo\n"
    build_wheel(tmp_path, "demo", "1.0", metadata_text=text)

    with read_all(tmp_path) as reading:
        send(reading.files[0], local_index(pypi))

    fields = pypi.attempts[0].fields
    assert (fields["import_name"], fields["import_namespace"]) == (("demo",), ("octo",))


def test_metadata_of_a_newer_version_are_sent_as_far_as_they_are_known(tmp_path: Path, pypi: LocalPyPI) -> None:
    """A Metadata-Version that nobody here knows reaches the index, which judges it; a field without a form does not."""
    text = "Metadata-Version: 2.99\nName: demo\nVersion: 1.0\nSummary: Text\nAltitude: 3\n"
    build_wheel(tmp_path, "demo", "1.0", metadata_text=text)

    # PyPI refuses it, so it is an error there; `verify-metadata: false` and private indexes let it pass.
    with read_distributions(workspace=tmp_path, packages_dir=".", project=None) as reading:
        answer = send(reading.files[0], local_index(pypi), basic_header("__token__", Secret(pypi.api_token("octocat"))))

    fields = pypi.attempts[0].fields
    assert (fields["metadata_version"], fields["summary"]) == (("2.99",), ("Text",))
    assert "altitude" not in fields
    assert isinstance(answer, Response)
    assert (answer.status, "'2.99' is not a valid metadata version" in answer.reason) == (400, True)


def test_file_swapped_on_disk_is_not_sent(tmp_path: Path, pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """Another file put in the judged one's place changes nothing: the held bytes are sent."""
    path = tmp_path / wheel.distribution.file
    path.unlink()
    path.write_bytes(b"something else")

    send(wheel, local_index(pypi), login_for(pypi))

    assert pypi.uploads[0].sha256 == wheel.distribution.sha256


def test_file_changed_in_place_never_arrives_whole(tmp_path: Path, pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """Bytes that do not hash to what was judged are broken off before their end."""
    path = tmp_path / wheel.distribution.file
    with path.open("r+b") as file:
        file.seek(450_000)
        file.write(b"changed")

    with pytest.raises(DistributionsInvalid, match="has changed") as caught:
        send(wheel, local_index(pypi), login_for(pypi))

    assert caught.value.code == "E_DIST_CHANGED"
    assert pypi.uploads == []


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["shorter", "longer"])
def test_file_of_another_size_is_not_begun(tmp_path: Path, wheel: OpenDistribution, size: int) -> None:
    """A file that has another length than the judged one is refused before anybody is connected to."""
    nobody = Index(name="gone", url="http://127.0.0.1:9/legacy/", audience=Audience.PRIVATE)
    with (tmp_path / wheel.distribution.file).open("r+b") as file:
        file.truncate(size)

    with pytest.raises(DistributionsInvalid, match="has changed"):
        send(wheel, nobody)


def test_file_cut_while_it_is_sent_is_noticed(tmp_path: Path, pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """A file that becomes shorter on the way ends the upload as changed, and not as a network failure."""

    def cut(name: str, sent: int, length: int) -> None:
        with (tmp_path / wheel.distribution.file).open("r+b") as file:
            file.truncate(300_000)

    with pytest.raises(DistributionsInvalid, match="has changed"):
        send(wheel, local_index(pypi), watch=cut)

    assert pypi.uploads == []


def test_stop_breaks_off_the_body(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """What the watch raises ends the upload at once, and the uploader works on."""
    stopping = [True]

    def stop(file: str, sent: int, length: int) -> None:
        if stopping:
            stopping.clear()
            raise Stopped("stopped", remedy="")

    with Uploader(local_index(pypi), network=Network(), watch=stop) as uploader:
        with pytest.raises(Stopped):
            uploader.send(wheel, login_for(pypi))
        answer = uploader.send(wheel, login_for(pypi))

    assert isinstance(answer, Response)
    assert [attempt.status for attempt in pypi.attempts] == [200]


def test_watch_sees_the_whole_body(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """The watch is told of every block, up to the last byte."""
    seen: list[tuple[int, int]] = []

    send(wheel, local_index(pypi), watch=lambda file, sent, length: seen.append((sent, length)))

    assert seen[-1][0] == seen[-1][1] > wheel.distribution.size
    told = [sent for sent, _ in seen]
    blocks = [after - before for before, after in itertools.pairwise(told)]
    assert blocks.count(128 << 10) == wheel.distribution.size // (128 << 10)


@pytest.mark.parametrize(
    ("fault", "failure"), [(Drop(), Failure.DROPPED), (Hang(seconds=3), Failure.TIMEOUT)], ids=["dropped", "silent"]
)
def test_lost_answer_is_told(pypi: LocalPyPI, wheel: OpenDistribution, fault: Drop | Hang, failure: Failure) -> None:
    """An index that goes away, or stays silent for too long, is no answer."""
    pypi.faults.add(UPLOAD, fault, file=wheel.distribution.file)

    answer = send(wheel, local_index(pypi), answer_seconds=0.2)

    assert isinstance(answer, NoResponse)
    assert answer.failure is failure


def test_nobody_listening_is_told(wheel: OpenDistribution) -> None:
    """An index that nobody can connect to is told from one that drops the connection."""
    index = Index(name="gone", url="http://127.0.0.1:9/legacy/", audience=Audience.PRIVATE)

    answer = send(wheel, index)

    assert isinstance(answer, NoResponse)
    assert answer.failure is Failure.CONNECT


@pytest.mark.parametrize("status", [500, 503, 403, 429])
def test_one_send_is_one_request(pypi: LocalPyPI, wheel: OpenDistribution, status: int) -> None:
    """twine's own tries are switched off: whoever calls decides whether to send again."""
    pypi.faults.add(UPLOAD, Answer(status=status), file=wheel.distribution.file, times=9)

    answer = send(wheel, local_index(pypi))

    assert isinstance(answer, Response)
    assert answer.status == status
    assert len(pypi.requests) == 1


def test_redirect_is_not_followed(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """A redirect is an answer: nothing is sent to where it points."""
    pypi.faults.add(UPLOAD, Answer(status=307, headers={"Location": pypi.upload_url}), file=wheel.distribution.file)

    answer = send(wheel, local_index(pypi))

    assert isinstance(answer, Response)
    assert answer.status == 307
    assert len(pypi.requests) == 1


def test_uploader_is_used_again_with_another_login(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """Each request carries the login that it was given, and none after one that had one."""
    with Uploader(local_index(pypi), network=Network(), watch=ignore) as uploader:
        for token in ("pypi-one", "", "pypi-two"):
            uploader.send(wheel, basic_header("__token__", Secret(token)) if token else None)

    assert [attempt.token for attempt in pypi.attempts] == ["pypi-one", "", "pypi-two"]


def test_message_comes_as_json(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """The index is asked for an answer in which its message stands whole."""
    answer = send(wheel, local_index(pypi))

    assert isinstance(answer, Response)
    assert json.loads(answer.body)["code"].startswith("403 Invalid or non-existent authentication")


def test_no_attestation_leaves_while_they_are_off(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """An attestation beside a file names its repository; neither kind of index is sent it."""
    file = replace(wheel, attestations=('{"version": 1}',))

    send(file, local_index(pypi, Audience.PUBLIC))
    send(file, local_index(pypi, Audience.PRIVATE))

    public, private = (attempt.fields for attempt in pypi.attempts)
    assert "attestations" not in public
    assert "attestations" not in private


def test_signature_goes_to_private_indexes_only(wheel: OpenDistribution) -> None:
    """A private index gets the signature under its file's name; a public one has no use for it."""
    file = replace(wheel, signature=b"signed")

    public, private = (_Package(file, audience).metadata_dictionary() for audience in Audience)

    assert "gpg_signature" not in public
    assert private["gpg_signature"] == (f"{wheel.distribution.file}.asc", b"signed")


def test_login_is_for_the_upload_url_alone() -> None:
    """A request to any other address, also of the same server, carries no Authorization."""
    login = _Login("https://index.example/legacy/", LOGIN)
    requests_made = [
        requests.Request("POST", url, auth=login).prepare()
        for url in ("https://index.example/legacy/", "https://index.example/", "https://other.example/legacy/")
    ]

    assert ["Authorization" in request.headers for request in requests_made] == [True, False, False]


def test_no_part_of_a_session_tries_again(pypi: LocalPyPI) -> None:
    """No adapter has retries of its own: the body of an upload cannot be sent twice (measured)."""
    with Uploader(local_index(pypi), network=Network(), watch=ignore) as uploader:
        session = uploader._repository.session
        adapters = [session.get_adapter(url) for url in ("https://index.example/", pypi.upload_url)]

    assert [vars(adapter)["max_retries"].total for adapter in adapters] == [0, 0]


def test_unknown_certificate_is_told(tmp_path: Path, wheel: OpenDistribution) -> None:
    """A certificate that nobody vouches for ends the upload before a byte of it, and one in ca-bundle does not."""
    certificate = make_certificate(tmp_path)
    with serve_tls(certificate) as url:
        index = Index(name="x", url=url, audience=Audience.PRIVATE)
        refused = send(wheel, index)
        with Uploader(index, network=Network(ca_bundle=str(certificate)), watch=ignore) as uploader:
            taken = uploader.send(wheel, LOGIN)

    assert isinstance(refused, NoResponse)
    assert refused.failure is Failure.TLS
    assert isinstance(taken, Response)
    assert taken.status == 201


class _Taking(BaseHTTPRequestHandler):
    """Takes every upload."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serve_tls(certificate: Path) -> Iterator[str]:
    """Serve https with a certificate until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), _Taking) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Endless(BaseHTTPRequestHandler):
    """Reads an upload and answers with more bytes than anybody should read."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.end_headers()
        for _ in range(64):
            self.wfile.write(b"x" * (1 << 20))

    def log_message(self, *args: object) -> None:
        pass


def test_endless_answer_is_cut(wheel: OpenDistribution) -> None:
    """Of an answer no more than a megabyte is read."""
    server = HTTPServer(("127.0.0.1", 0), _Endless)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # the client hangs up, as it should
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    index = Index(name="x", url=f"http://127.0.0.1:{server.server_port}/", audience=Audience.PRIVATE)

    answer = send(wheel, index)

    thread.join()
    server.server_close()
    assert isinstance(answer, Response)
    assert len(answer.body) == 1 << 20


BROKEN_REASON = "OK\nno header at all"
"""A status line as Warehouse's server writes it: http.client takes no header after it, so the body has no length."""


def test_a_success_without_an_end_is_a_lost_answer(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """A success whose body has no end is given up after some seconds; whether the file is there, the index knows."""
    pypi.faults.add(UPLOAD, DoThen(Answer(status=200, reason=BROKEN_REASON)), times=FOREVER)
    begin = time.monotonic()

    answer = send(wheel, local_index(pypi), login_for(pypi), body_seconds=0.5)

    assert time.monotonic() - begin < 5
    assert isinstance(answer, NoResponse)
    assert (answer.failure, answer.sent) == (Failure.TIMEOUT, wheel.distribution.size)


def test_a_refusal_without_an_end_is_a_refusal(pypi: LocalPyPI, wheel: OpenDistribution) -> None:
    """A refusal whose body has no end is known by its status; its words are those that came in time."""
    pypi.faults.add(UPLOAD, Answer(status=400, reason=BROKEN_REASON, body=b"words"), times=FOREVER)
    begin = time.monotonic()

    answer = send(wheel, local_index(pypi), login_for(pypi), body_seconds=0.5)

    assert time.monotonic() - begin < 5
    assert isinstance(answer, Response)
    assert answer.status == 400
    assert answer.body.endswith(b"words")


def test_twine_is_silent(
    pypi: LocalPyPI,
    wheel: OpenDistribution,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """twine writes nothing to our output, where the runner would obey it, and logs no retry that is none."""
    pypi.faults.add(UPLOAD, Answer(status=503), file=wheel.distribution.file)

    send(wheel, local_index(pypi))

    assert "".join(capfd.readouterr()) == ""
    assert [record for record in caplog.records if record.name.startswith("twine")] == []


def test_twine_is_as_we_know_it() -> None:
    """The parts of twine that we stand on have the names and parameters that we use."""
    assert list(inspect.signature(Repository).parameters) == [
        "repository_url",
        "username",
        "password",
        "disable_progress_bar",
    ]
    assert list(inspect.signature(Repository.upload).parameters) == ["self", "package", "max_redirects"]
    repository = Repository("https://upload.pypi.org/legacy/", None, None, disable_progress_bar=True)
    assert isinstance(repository.session, requests.Session)
    assert repository.session.auth is None
    repository.close()


def test_package_has_every_attribute_of_twines(tmp_path: Path) -> None:
    """Whatever twine's constructor sets on a package, ours has too: nothing it reads later is missing."""
    path = build_wheel(tmp_path, "demo", "1.0")
    twines = PackageFile.from_filename(str(path), None)

    with read_all(tmp_path) as reading:
        ours = _Package(reading.files[0], Audience.PUBLIC)

    # Only twine's own signing reads the path of the signature.
    assert set(vars(ours)) == set(vars(twines)) - {"signed_filename"}
