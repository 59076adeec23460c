"""A release is signed with one certificate and one entry a file, in parallel, or not at all."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publish_action.attestations.attempts import SigningJob
from publish_action.attestations.attestation import PUBLISH, PublisherIdentity, Subject
from publish_action.attestations.background import SigningOrder, begin_signing
from publish_action.attestations.sign import sign_release
from publish_action.attestations.transport import ServiceFailed, open_sigstore_session
from publish_action.attestations.trust import parse_trust_config
from publish_action.attestations.verify import verify_attestation
from publish_action.errors import ExitStatus, PublishError
from publish_action.network.client import Network
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, BadToken, Drop, Fault, Hang, Rewrite, Truncate
from publish_sandbox.sigstore.server import CERTIFICATES, ENTRIES, Misbehaviour
from support.raw_servers import drip, serve_raw
from support.sigstore_clients import REPOSITORY, SHA256, WORKFLOW, IdTokens, Signing, set_up_signing

IDENTITY = PublisherIdentity(repository=REPOSITORY, workflow=WORKFLOW)
BUSY = Answer(status=503, content_type="application/json", body=b'{"code":14,"message":"overloaded"}')


@pytest.fixture
def signing() -> Iterator[Signing]:
    with set_up_signing() as local:
        yield local


def job_of(signing: Signing, files: int = 1, *, bad: BadToken | None = None) -> SigningJob:
    return SigningJob(
        subjects=tuple(Subject(file=f"demo-1.{number}.tar.gz", sha256=SHA256) for number in range(files)),
        identity=IDENTITY,
        trust=parse_trust_config(signing.sigstore.trust_config().encode()),
        id_tokens=IdTokens(signing, [], bad),
        network=Network(),
        clock=lambda: datetime.now(UTC),
        sleep=lambda seconds: None,
        stop=threading.Event(),
    )


def refusal_of(job: SigningJob) -> PublishError:
    with pytest.raises(PublishError) as caught:
        sign_release(job)
    return caught.value


def count(signing: Signing, path: str) -> int:
    return sum(request.path == path for request in signing.sigstore.requests)


def test_release_is_signed_whole(signing: Signing) -> None:
    """Every file gets an attestation of its own, in the order of the files; all share one token and certificate."""
    job = job_of(signing, 20)

    attestations = sign_release(job)

    assert [each.predicate for each in attestations] == [PUBLISH] * 20
    assert len({each.log_index for each in attestations}) == 20
    for subject, attestation in zip(job.subjects, attestations, strict=True):
        verified = verify_attestation(attestation.text, subject=subject, identity=IDENTITY, trust=job.trust)
        assert verified == attestation
    assert isinstance(job.id_tokens, IdTokens)
    assert job.id_tokens.asked == ["sigstore"]
    assert (count(signing, CERTIFICATES), count(signing, ENTRIES)) == (1, 20)


def test_release_without_files_asks_nobody(signing: Signing) -> None:
    """Where every file is there already, nothing is signed and no token is asked for."""
    job = job_of(signing, 0)

    assert sign_release(job) == ()
    assert isinstance(job.id_tokens, IdTokens)
    assert (job.id_tokens.asked, signing.sigstore.requests) == ([], [])


def test_entries_are_made_at_once(signing: Signing) -> None:
    """Sixteen entries wait for their answers together."""
    signing.sigstore.log_seconds = 0.3
    begun = threading.Barrier(16)
    signing.sigstore.faults.add(ENTRIES, Rewrite(lambda answer: (begun.wait(10), answer)[1]), times=16)

    sign_release(job_of(signing, 16))

    assert not begun.broken


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
@pytest.mark.parametrize("fault", [BUSY, Answer(status=502), Answer(status=429), Drop(), Truncate(10)], ids=str)
def test_passing_faults_are_waited_out(signing: Signing, path: str, fault: Fault) -> None:
    """Two refusals that may pass, two resets, two halves of an answer: the third try signs."""
    signing.sigstore.faults.add(path, fault, times=2)
    pauses = list[float]()

    sign_release(replace(job_of(signing), sleep=pauses.append))

    assert len(pauses) == 2
    assert 0.5 <= pauses[0] <= 1.5
    assert 1.0 <= pauses[1] <= 3.0


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_sigstore_that_is_down_ends_the_run(signing: Signing, path: str) -> None:
    """After six tries the run ends with status 7, naming the service and what it said; other files are not begun."""
    signing.sigstore.faults.add(path, BUSY, times=FOREVER)

    error = refusal_of(replace(job_of(signing, 5), at_once=1))

    assert (error.code, error.status) == ("E_SIGSTORE_UNREACHABLE", ExitStatus.UNREACHABLE)
    assert "127.0.0.1" in error.happened
    assert "HTTP 503: Service Unavailable: overloaded" in error.happened
    assert "Nothing was sent" in error.happened
    assert count(signing, path) == 6


def test_sigstore_that_is_gone_ends_the_run(signing: Signing) -> None:
    """A refused connection is told as one."""
    job = job_of(signing)
    with set_up_signing() as other:
        gone = parse_trust_config(other.sigstore.trust_config().encode())

    error = refusal_of(replace(job, trust=gone))

    assert error.code == "E_SIGSTORE_UNREACHABLE"
    assert "no connection could be made" in error.happened


def test_patience_ends(signing: Signing) -> None:
    """No try starts more than two minutes after the first, however the pauses went."""
    signing.sigstore.faults.add(CERTIFICATES, BUSY, times=FOREVER)
    job = job_of(signing)
    slow = replace(job, sleep=lambda seconds: signing.clock.advance(70), clock=signing.clock)

    refusal_of(slow)

    assert count(signing, CERTIFICATES) == 3


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (CERTIFICATES, Answer(body=b"<html>")),
        (CERTIFICATES, Answer(body=b"[]")),
        (CERTIFICATES, Answer(body=b'{"signedCertificateEmbeddedSct": {"chain": {"certificates": ["x", "y"]}}}')),
        (ENTRIES, Answer(status=201, body=b"{}")),
        (ENTRIES, Answer(status=201, body=b'{"x": {"body": "e30="}}')),
        (ENTRIES, Answer(status=201, body=b"null")),
    ],
)
def test_rubbish_is_told(signing: Signing, path: str, answer: Answer) -> None:
    """A 2xx answer that holds no certificate, or no entry, ends the run with words; it is not asked for again."""
    signing.sigstore.faults.add(path, answer, times=FOREVER)

    error = refusal_of(job_of(signing))

    assert error.code == "E_SIGSTORE_UNREACHABLE"
    assert "cannot be understood" in error.happened
    assert count(signing, path) == 1


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_endless_answer_is_cut(signing: Signing, path: str) -> None:
    """More than a megabyte is no answer of Sigstore's."""
    signing.sigstore.faults.add(path, Answer(body=b" " * (2 << 20)), times=FOREVER)

    error = refusal_of(job_of(signing))

    assert (error.code, "larger than" in error.happened) == ("E_SIGSTORE_UNREACHABLE", True)


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_redirect_is_not_followed(signing: Signing, path: str) -> None:
    """Token and signature go to the hosts of the trust configuration, and to no other."""
    with LocalGitHub() as other:
        signing.sigstore.faults.add(path, Answer(status=307, headers={"Location": f"{other.url}{path}"}))

        error = refusal_of(job_of(signing))

        assert other.requests == []
    assert (error.code, "HTTP 307" in error.happened) == ("E_SIGSTORE_UNREACHABLE", True)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (BadToken(claims={"aud": "pypi"}), "not valid now"),
        (BadToken.expired(), "not valid now"),
        (BadToken(foreign_key=True), "did not accept the ID token of this job: HTTP 401"),
    ],
    ids=["audience", "expired", "key"],
)
def test_refused_identity_is_told(signing: Signing, bad: BadToken, says: str) -> None:
    """An ID token that Sigstore does not take ends the run with status 5 and a text of ours."""
    error = refusal_of(job_of(signing, bad=bad))

    assert (error.code, error.status) == ("E_SIGSTORE_REFUSED", ExitStatus.CREDENTIALS)
    assert says in error.happened
    assert count(signing, ENTRIES) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Misbehaviour.FOREIGN_CT_KEY, "SCT verify failed"),
        (Misbehaviour.FOREIGN_AUTHORITY, "its certificate is not from the Sigstore in use"),
        (Misbehaviour.FOREIGN_LOG_KEY, "its log entry is not from the Sigstore in use"),
        (Misbehaviour.REPLAYED_ENTRY, "its log entry belongs to another attestation"),
        (Misbehaviour.EXPIRED_CERTIFICATE, "expired already"),
    ],
)
def test_false_sigstore_is_told(signing: Signing, wrong: Misbehaviour, says: str) -> None:
    """What does not verify with the trust root in use ends the run before anything is sent, each with its words."""
    signing.attest()
    signing.sigstore.misbehaviours.add(wrong)

    error = refusal_of(job_of(signing))

    assert (error.code, error.status) == ("E_SIGSTORE_UNTRUSTED", ExitStatus.UNREACHABLE)
    assert says in error.happened


def test_other_root_is_told(signing: Signing) -> None:
    """A trust root of another Sigstore does not fit this one's certificates."""
    with set_up_signing() as other:
        foreign = other.sigstore.trust_config().replace(other.sigstore.url, signing.sigstore.url)

    error = refusal_of(replace(job_of(signing), trust=parse_trust_config(foreign.encode())))

    assert error.code == "E_SIGSTORE_UNTRUSTED"
    assert "does not verify with the trust root in use" in error.happened


def test_other_identity_is_told(signing: Signing) -> None:
    """An attestation that the index would refuse is not sent: who signed stands beside who was expected."""
    error = refusal_of(replace(job_of(signing), identity=replace(IDENTITY, workflow="ci.yml")))

    assert (error.code, error.status) == ("E_ATTESTATIONS_IMPOSSIBLE", ExitStatus.INPUTS)
    assert f"signed by https://github.com/{REPOSITORY}/.github/workflows/{WORKFLOW}@refs/tags/v1.0" in error.happened
    assert f"expected https://github.com/{REPOSITORY}/.github/workflows/ci.yml" in error.happened


def test_name_of_no_distribution_is_told(signing: Signing) -> None:
    """A file that PEP 740 cannot name is refused in words."""
    error = refusal_of(replace(job_of(signing), subjects=(Subject(file="demo.tar.gz", sha256=SHA256),)))

    assert error.code == "E_ATTESTATIONS_IMPOSSIBLE"
    assert "demo.tar.gz" in error.happened


def test_certificate_is_renewed(signing: Signing) -> None:
    """A run that outlasts its certificate gets another, by another ID token, and goes on."""
    ahead = [timedelta()]

    def outlast(answer: Answer) -> Answer:
        ahead[0] = timedelta(minutes=9, seconds=30)
        signing.sigstore.certificate_life = timedelta(minutes=30)
        return answer

    signing.sigstore.faults.add(ENTRIES, Rewrite(outlast))
    job = replace(job_of(signing, 3), clock=lambda: datetime.now(UTC) + ahead[0], at_once=1)

    attestations = sign_release(job)

    assert len(attestations) == 3
    assert isinstance(job.id_tokens, IdTokens)
    assert job.id_tokens.asked == ["sigstore", "sigstore"]
    assert count(signing, CERTIFICATES) == 2


def test_certificate_that_ends_at_once_is_not_used(signing: Signing) -> None:
    """The log must take the entry while the certificate is valid: one that ends within the minute is told."""
    ahead = timedelta(minutes=9, seconds=30)

    error = refusal_of(replace(job_of(signing), clock=lambda: datetime.now(UTC) + ahead))

    assert (error.code, "before it could be used" in error.happened) == ("E_SIGSTORE_UNTRUSTED", True)
    assert count(signing, ENTRIES) == 0


def test_failed_renewal_is_one_failure(signing: Signing) -> None:
    """Where the certificate ends and no other can be had, one thread asks for it and all others hear the answer."""
    ahead, first = [timedelta()], threading.Barrier(16)

    def outlast(answer: Answer) -> Answer:
        first.wait(10)
        ahead[0] = timedelta(minutes=9, seconds=30)
        return answer

    signing.sigstore.faults.add(ENTRIES, Rewrite(outlast), times=FOREVER)
    signing.sigstore.faults.add(CERTIFICATES, BUSY, times=FOREVER, after=1)

    error = refusal_of(replace(job_of(signing, 32), clock=lambda: datetime.now(UTC) + ahead[0]))

    assert error.code == "E_SIGSTORE_UNREACHABLE"
    assert count(signing, CERTIFICATES) == 1 + 6


@pytest.mark.parametrize("path", [CERTIFICATES, ENTRIES])
def test_silence_is_not_waited_for(signing: Signing, path: str) -> None:
    """An answer that does not come in time is asked for again; a Sigstore that stays silent is told as such."""
    signing.sigstore.faults.add(path, Hang(3), times=1)
    sign_release(replace(job_of(signing), answer_seconds=0.2))
    signing.sigstore.faults.add(path, Hang(3), times=FOREVER)

    error = refusal_of(replace(job_of(signing), answer_seconds=0.1))

    assert (error.code, "no answer came in time" in error.happened) == ("E_SIGSTORE_UNREACHABLE", True)


def test_answer_that_does_not_end_is_cut() -> None:
    """A server that sends a byte now and then meets no time-out for a read, and is left all the same."""
    over = threading.Event()

    def trickle(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                if over.wait(0.05):
                    return
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with (
            open_sigstore_session(Network(), url, answer_seconds=0.2) as session,
            pytest.raises(ServiceFailed) as caught,
        ):
            session.get(url)
        over.set()
        thread.join()

    assert (str(caught.value), caught.value.may_pass) == ("no answer came in time", True)


def test_head_that_comes_byte_by_byte_ends_with_the_deadline() -> None:
    """The whole request has a deadline, not each read: a head that never ends holds up no release."""
    with (
        serve_raw(drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", pause=0.05)) as port,
        open_sigstore_session(Network(), f"http://127.0.0.1:{port}/", answer_seconds=0.2) as session,
        pytest.raises(ServiceFailed) as caught,
    ):
        session.get(f"http://127.0.0.1:{port}/")

    assert (str(caught.value).partition(" (")[0], caught.value.may_pass) == ("no answer came in time", True)


def wait_for_entry(signing: Signing) -> None:
    """Wait until a request for an entry has come to the log."""
    while not count(signing, ENTRIES):
        threading.Event().wait(0.01)


def has_answered(signing: Signing) -> bool:
    """Say whether the log has answered any request."""
    return any(request.status for request in signing.sigstore.requests if request.path == ENTRIES)


def test_stop_ends_signing(signing: Signing) -> None:
    """A stopped run does not wait for an answer that does not come, and says that nothing was sent."""
    signing.sigstore.faults.add(ENTRIES, Hang(20), times=FOREVER)
    job = job_of(signing, 2)

    def stop_later() -> None:
        wait_for_entry(signing)
        job.stop.set()

    stopper = threading.Thread(target=stop_later)
    stopper.start()
    error = refusal_of(job)
    stopper.join()

    assert (error.code, "Nothing was sent" in error.happened) == ("E_STOPPED", True)
    assert not has_answered(signing)


def test_stop_ends_pauses(signing: Signing) -> None:
    """A stop during a pause ends the tries."""
    signing.sigstore.faults.add(CERTIFICATES, BUSY, times=FOREVER)
    job = job_of(signing)

    error = refusal_of(replace(job, sleep=lambda seconds: job.stop.set()))

    assert (error.code, count(signing, CERTIFICATES)) == ("E_STOPPED", 1)


def order_of(signing: Signing, files: int = 1, *, bad: BadToken | None = None) -> SigningOrder:
    job = job_of(signing, files, bad=bad)
    return SigningOrder(
        subjects=job.subjects,
        identity=job.identity,
        trust_config=signing.sigstore.trust_config().encode(),
        id_tokens=job.id_tokens,
        network=job.network,
        clock=job.clock,
        sleep=job.sleep,
        stop=job.stop,
    )


def test_signing_goes_on_beside_other_work(signing: Signing) -> None:
    """`begin_signing` returns at once; `finish` gives what was signed, or raises what went wrong."""
    good = begin_signing(order_of(signing, 2))
    bad = begin_signing(order_of(signing, bad=BadToken(foreign_key=True)))

    assert len(good.finish()) == 2
    with pytest.raises(PublishError, match="did not accept the ID token"):
        bad.finish()


def test_unusable_trust_configuration_ends_the_run(signing: Signing) -> None:
    """A trust configuration that cannot be used is told before anything is sent."""
    with pytest.raises(PublishError, match="not a JSON object"):
        begin_signing(replace(order_of(signing), trust_config=b"")).finish()


def test_stop_ends_the_wait(signing: Signing) -> None:
    """A stopped run leaves the thread that signs to itself."""
    signing.sigstore.faults.add(ENTRIES, Hang(20), times=FOREVER)
    order = order_of(signing)
    with begin_signing(order) as signed:
        wait_for_entry(signing)
        order.stop.set()

        with pytest.raises(PublishError) as caught:
            signed.finish()

    assert not has_answered(signing)
    assert (caught.value.code, "Nothing was sent" in caught.value.happened) == ("E_STOPPED", True)


def test_run_that_ends_makes_no_further_entries(signing: Signing) -> None:
    """Where the run fails elsewhere, what is not yet in the public log does not come there."""
    first, go_on = threading.Barrier(17), threading.Event()

    def hold(answer: Answer) -> Answer:
        first.wait(10)
        go_on.wait(10)
        return answer

    signing.sigstore.faults.add(ENTRIES, Rewrite(hold), times=FOREVER)
    threads = set(threading.enumerate())
    with begin_signing(order_of(signing, 20)):
        first.wait(10)
    go_on.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)

    assert count(signing, ENTRIES) == 16


def test_background_loads_no_library() -> None:
    """The libraries are loaded by the thread that signs, and by nothing before it."""
    program = (
        "import sys\n"
        "import publish_action.attestations.background, publish_action.attestations.choice\n"
        "import publish_action.attestations.provenance\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'sigstore', 'pypi_attestations', 'pydantic'}))"
    )

    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_session_obeys_the_network() -> None:
    """The certificate bundle and the proxy hold for Sigstore too; the client certificate is for the index alone."""
    network = Network(ca_bundle="/ca.pem", client_cert="/client.pem", https_proxy="https://proxy.example.org:3128")

    with open_sigstore_session(network, "https://fulcio.sigstore.dev/") as session:
        assert (session.verify, session.cert, session.trust_env) == ("/ca.pem", None, False)
        assert session.proxies == {"https": "https://proxy.example.org:3128"}


def test_timestamp_authority_is_not_asked(signing: Signing) -> None:
    """PEP 740 has no place for a timestamp, so nobody is asked for one."""
    with LocalGitHub() as authority:
        config = signing.sigstore.trust_config(timestamp_url=authority.url)

        attestations = sign_release(replace(job_of(signing), trust=parse_trust_config(config.encode())))

        assert authority.requests == []
    assert len(attestations) == 1
