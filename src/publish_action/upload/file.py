"""Send one distribution until the index has it or has said no."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from publish_action.credentials.credential import Credential
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import CredentialRejected, IndexRefused, IndexUnreachable, PublishError
from publish_action.index.detect_server import advise_login, explain_status
from publish_action.index.simple_api import Listing
from publish_action.index.simple_page import ListedFile
from publish_action.models.delivery import FileReport, Outcome
from publish_action.network.client import Failure, NoResponse, Response
from publish_action.protocols import Log, Sleep
from publish_action.secret import Secret
from publish_action.upload.advice import advise, advise_by_words, name_place, refuses_upload_itself, suggest_login
from publish_action.upload.answers import (
    Busy,
    LoginRefused,
    NotFromIndex,
    Objected,
    Redirected,
    Stored,
    UploadAnswer,
    UploadRefused,
    judge_upload,
)
from publish_action.upload.index_reader import FileMatch, IndexReader
from publish_action.upload.plan import REMEDY_FOR_SAME_BYTES, describe_difference

_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries, where the index names no time."""
_MOST_TIMEOUTS = 2
"""So many uploads of one file may run into their deadlines, which are long."""


Explain = Callable[[OpenDistribution, str], PublishError | None]


def explain_nothing(file: OpenDistribution, said: str) -> None:
    """Know nothing of a refusal in the words `said`."""
    del file, said


class Sends(Protocol):
    """What an `Uploader` does."""

    def send(self, file: OpenDistribution, authorization: Secret | None) -> Response | NoResponse:
        """Send a file in one request, and give what came back."""


class Sender:
    """Sends distributions to one index; several threads may share it, each with an uploader of its own."""

    def __init__(
        self,
        credential: Credential,
        index_reader: IndexReader,
        *,
        sleep: Sleep,
        skip_existing: bool,
        log: Log,
        explain: Explain = explain_nothing,
    ) -> None:
        self.index = index_reader.index
        self._log = log
        self._credential = credential
        self._index_reader = index_reader
        self._sleep = sleep
        self._skip_existing = skip_existing
        self._explain = explain

    def send(self, file: OpenDistribution, uploader: Sends) -> FileReport:
        """Give the report of a file that the index has now.

        Tries again after what may heal, asking the index first whether the file got there all the same. Raises
        `IndexRefused`, `CredentialRejected` or `IndexUnreachable`, and what the uploader and the credential raise.
        """
        verdict, in_doubt = self._send_with_renewal(file, uploader), False
        timeouts = once = 0
        for pause in _PAUSES:
            if not isinstance(verdict, Busy) or (verdict.once and once):
                break
            in_doubt = True
            once += verdict.once
            timeouts += verdict.timed_out
            if timeouts == _MOST_TIMEOUTS:
                break
            wait = pause if verdict.wait is None else verdict.wait
            self._log.say(
                f"{file.distribution.file}: {_describe_trouble(verdict)}. In {wait:.0f} s the index is asked whether "
                "it has the file; if not, it is sent again."
            )
            self._sleep(wait)
            if there := self._find_same(file):
                return _report(file, Outcome.UPLOADED, there)
            verdict = self._send_with_renewal(file, uploader)
        return self._conclude(file, verdict, in_doubt=in_doubt)

    def _send_with_renewal(self, file: OpenDistribution, uploader: Sends) -> UploadAnswer:
        """Send once, and once more with a fresh token if the index refuses the one we had.

        Once again with a token of its own where others have gone through: the fresh one may have been theirs.
        """
        used = self._credential.authorization()
        verdict = self._send_once(file, uploader, used)
        if isinstance(verdict, LoginRefused) and refuses_upload_itself(verdict.said):
            # No login is at fault, and the whole file would go out again for the same answer.
            return Objected(status=verdict.status, said=verdict.said)
        if not (isinstance(verdict, LoginRefused) and self._credential.renew_after_rejection(used)):
            return verdict
        verdict = self._send_once(file, uploader, self._credential.authorization())
        if isinstance(verdict, LoginRefused) and (own := self._credential.mint_alone()):
            verdict = self._send_once(file, uploader, own)
        if isinstance(verdict, LoginRefused):
            # The login is good, so this is what the index says of the file (contract, section 4).
            return Objected(status=verdict.status, said=verdict.said)
        return verdict

    def _send_once(self, file: OpenDistribution, uploader: Sends, authorization: Secret | None) -> UploadAnswer:
        verdict = self._judge(file, uploader.send(file, authorization))
        if isinstance(verdict, Stored):
            self._credential.note_accepted(authorization)
        return verdict

    def _judge(self, file: OpenDistribution, answer: Response | NoResponse) -> UploadAnswer:
        if isinstance(answer, NoResponse):
            if answer.failure is Failure.TLS:
                raise self._unreachable(f"{answer.failure} ({answer.detail})", code="E_TLS")
            return _judge_silence(answer, file.distribution.size)
        verdict = judge_upload(
            url=self.index.url, status=answer.status, reason=answer.reason, headers=answer.headers, body=answer.body
        )
        if isinstance(verdict, LoginRefused | Objected | UploadRefused):
            return replace(verdict, said=f"{verdict.said} {_hint_at_size(answer, file.distribution.size)}".strip())
        return verdict

    def _conclude(self, file: OpenDistribution, verdict: UploadAnswer, *, in_doubt: bool) -> FileReport:
        if isinstance(verdict, Stored):
            return _report(file, Outcome.UPLOADED)
        if isinstance(verdict, Objected | LoginRefused | NotFromIndex | Busy):
            there = self._find_same(file)
            # An index that says no to what it has already: an earlier try of ours, or somebody else's upload.
            if there and in_doubt:
                return _report(file, Outcome.UPLOADED, there)
            if there and self._skip_existing:
                return _report(file, Outcome.ALREADY_THERE, there)
            if there and isinstance(verdict, Objected):
                raise IndexRefused(
                    f"{self.index.name} refused {file.distribution.file}, which it has already with the same content: "
                    f"HTTP {verdict.status}, {verdict.said.rstrip('.')}.",
                    remedy=REMEDY_FOR_SAME_BYTES,
                    code="E_FILE_EXISTS",
                )
        raise self._describe(file, verdict)

    def _find_same(self, file: OpenDistribution) -> ListedFile | None:
        """Give the file on the index if it has our bytes. Raises `IndexRefused` if it has others."""
        page = self._index_reader.list_files(file.distribution.project)
        there = page.find(file.distribution.file) if isinstance(page, Listing) else None
        if there is None:
            return None
        likeness = self._index_reader.compare(file, there)
        if likeness is FileMatch.DIFFERENT:
            raise IndexRefused(
                f"{self.index.name}: {describe_difference(file, there)}",
                remedy="Publish the change as a new version: file names are never reused.",
                code="E_FILE_EXISTS",
            )
        return there if likeness is FileMatch.SAME else None

    def _describe(self, file: OpenDistribution, verdict: UploadAnswer) -> PublishError:
        name, index = file.distribution.file, self.index
        place = name_place(index, file.distribution.project)
        if isinstance(verdict, Objected | UploadRefused | Busy) and (known := self._explain(file, verdict.said)):
            return known
        match verdict:
            case LoginRefused(status=status, said=said):
                advice = advise_by_words(said, place) or suggest_login(index, file.distribution.project)
                return CredentialRejected(
                    f"{index.name} refused the login for {name}: HTTP {status}, {said.rstrip('.')}.",
                    remedy=" ".join([advice, *advise_login(self._index_reader.kind, index.username, status)]),
                )
            case Redirected():
                return self._describe_redirect(name, verdict)
            case NotFromIndex(said=said):
                return IndexRefused(
                    f"What answered the upload of {name} to {index.url} is no index: it sent a page ({said}).",
                    remedy="Check the upload URL, and look for a proxy between runner and index that asks for a login.",
                )
            case Objected(status=status, said=said) | UploadRefused(status=status, said=said):
                return IndexRefused(
                    f"{index.name} refused {name}: HTTP {status}, {said.rstrip('.')}.",
                    remedy=f"{advise(status, said, place)} {explain_status(self._index_reader.kind, status)}".rstrip(),
                )
            case Busy(advice=advice):
                return self._unreachable(_describe_trouble(verdict), advice=advice)
            case Stored():
                raise RuntimeError("a stored file needs no description")

    def _describe_redirect(self, name: str, verdict: Redirected) -> IndexRefused:
        url, setting = self.index.url, name_place(self.index, "").setting
        other = url.removesuffix("/") if url.endswith("/") else f"{url}/"
        remedy = (
            f"Write {other} in {setting}: only the final slash differs."
            if verdict.slash_only
            else f"Compare {setting} with the index's documentation: uploads need the final URL."
        )
        return IndexRefused(
            f"{self.index.name} redirects the upload of {name} to {verdict.host or 'a place it does not name'}. "
            "An upload follows no redirect: it carries a credential.",
            remedy=remedy,
            code="E_REDIRECT",
        )

    def _unreachable(self, why: str, code: str = "", advice: str = "") -> IndexUnreachable:
        again = "Run the job again: what is up already is recognised by its hash and not sent twice."
        return IndexUnreachable(
            f"{self.index.name} ({urlsplit(self.index.url).netloc}) could not take the upload: {why}.",
            remedy=f"{again} {advice}".strip(),
            code=code,
        )


def _report(file: OpenDistribution, outcome: Outcome, there: ListedFile | None = None) -> FileReport:
    return FileReport(distribution=file.distribution, outcome=outcome, url=there.url if there else "")


def _judge_silence(answer: NoResponse, size: int) -> Busy:
    """Take a lost answer for a doubt; a status line that is none may follow a file that was stored, too."""
    said, timed_out = f"{answer.failure} ({answer.detail})", answer.failure is Failure.TIMEOUT
    is_cut = answer.failure in {Failure.DROPPED, Failure.ENCRYPTION}
    if not is_cut or not answer.sent:
        return Busy(said=said, wait=None, timed_out=timed_out)
    return Busy(
        said=f"{said}, after {_format_size(answer.sent)} of {_format_size(size)} had been sent",
        wait=None,
        advice="If it is cut again, the file is probably larger than the server, or a proxy in front of it, accepts: "
        "ask the operators for their limit.",
    )


def _hint_at_size(answer: Response, size: int) -> str:
    """Return what hints at a limit on the size, with the sizes; the empty text where nothing does.

    Proxies refuse a body that is too large as soon as they see its length, some with 403. So do servers that do not
    like the login: there it is no more than a possibility.
    """
    sent = f"{_format_size(size - answer.unsent)} of {_format_size(size)}"
    limit = "larger than the server, or a proxy in front of it, accepts"
    match answer.status, answer.unsent > 0:
        case 413, True:
            return f"(this answer came after {sent} had been sent: the file is {limit})"
        case 413, False:
            return f"(the file has {_format_size(size)})"
        case 403, True:
            return f"(this answer came after {sent} had been sent: if the login is right, the file may be {limit})"
        case _:
            return ""


def _describe_trouble(verdict: Busy) -> str:
    return verdict.said if verdict.status is None else f"HTTP {verdict.status}, {verdict.said}"


def _format_size(size: int) -> str:
    """Return a size in the largest unit that leaves a figure before the point."""
    units = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((f"{size / unit:.1f} {name}" for unit, name in units if size >= unit), f"{size} bytes")
