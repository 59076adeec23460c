"""Error classes, one for each remedy, with the exit statuses."""

import traceback
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of the public contract; the README's table is compared with this one."""

    DONE = 0
    INPUTS = 2
    REFUSED = 3
    DISTRIBUTIONS = 4
    CREDENTIALS = 5
    INDEX_REFUSED = 6
    UNREACHABLE = 7
    BUG = 70
    STOPPED = 143


class PublishError(Exception):
    """Something a user can act on: what happened, and what to do about it.

    The only exception that flies above the shells. Neither text may hold a secret or a whole response body.
    """

    status: ExitStatus = ExitStatus.BUG
    code: str = ""
    """The reason code of `publish-action explain`, or empty where the class has no page."""

    def __init__(self, happened: str, *, remedy: str, code: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.remedy = remedy
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.happened} {self.remedy}".strip()


class InputsInvalid(PublishError):
    """The inputs cannot be understood; `happened` lists every problem, one a line."""

    status = ExitStatus.INPUTS
    code = "E_INPUT"


class PublishRefused(PublishError):
    """The decision said no. Its exit status is that of its reason code (contract, section 5)."""

    status = ExitStatus.REFUSED

    def __init__(self, happened: str, *, remedy: str, code: str, status: ExitStatus = ExitStatus.REFUSED) -> None:
        super().__init__(happened, remedy=remedy, code=code)
        self.status = status


class DistributionsInvalid(PublishError):
    """The files are not what they should be: unreadable, inconsistent, or changed since they were judged."""

    status = ExitStatus.DISTRIBUTIONS


class CredentialMissing(PublishError):
    """There is nothing to log in with: no permission, no secret, no trusted publisher offered."""

    status = ExitStatus.CREDENTIALS
    code = "E_CREDENTIAL_MISSING"


class CredentialInvalid(PublishError):
    """What was given cannot be a login of this index, and was not sent to it."""

    status = ExitStatus.CREDENTIALS
    code = "E_CREDENTIAL_INVALID"


class TokenExchangeRejected(PublishError):
    """The index, or its vendor's token service, would not give us an upload token for an ID token."""

    status = ExitStatus.CREDENTIALS
    code = "E_TOKEN_EXCHANGE"


class CredentialRejected(PublishError):
    """The index refused what we logged in with, also after a fresh token where there is one."""

    status = ExitStatus.CREDENTIALS
    code = "E_CREDENTIAL_REJECTED"


class AttestationsImpossible(PublishError):
    """Attestations were demanded, and this run cannot make any that the index takes."""

    status = ExitStatus.INPUTS
    code = "E_ATTESTATIONS_IMPOSSIBLE"


class SigstoreRefused(PublishError):
    """Sigstore does not take the ID token of this job."""

    status = ExitStatus.CREDENTIALS
    code = "E_SIGSTORE_REFUSED"


class SigstoreUnreachable(PublishError):
    """No usable answer came from Sigstore, in all tries."""

    status = ExitStatus.UNREACHABLE
    code = "E_SIGSTORE_UNREACHABLE"


class SigstoreUntrusted(PublishError):
    """Sigstore answered, and its answer does not verify with the trust root in use."""

    status = ExitStatus.UNREACHABLE
    code = "E_SIGSTORE_UNTRUSTED"


class IndexRefused(PublishError):
    """The index answered, and its answer is no."""

    status = ExitStatus.INDEX_REFUSED
    code = "E_INDEX_REFUSED"


class IndexUnreachable(PublishError):
    """No usable answer came from the index, in all tries."""

    status = ExitStatus.UNREACHABLE
    code = "E_INDEX_UNREACHABLE"


class GitHubUnreachable(PublishError):
    """No usable answer came from GitHub, in all tries."""

    status = ExitStatus.UNREACHABLE
    code = "E_GITHUB_UNREACHABLE"


class IdTokenMalformed(GitHubUnreachable):
    """What came as an ID token is none, or was made for another audience: not the same as none came."""


class Stopped(PublishError):
    """SIGTERM or SIGINT came: the runner cancels the job."""

    status = ExitStatus.STOPPED
    code = "E_STOPPED"


def describe_bug(error: BaseException) -> PublishError:
    """Say where it happened and of what class it is; its text and its values may hold anything."""
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [f"{file.rpartition('/')[2]}:{line}" for file, line in places if "publish_action" in file]
    where = f" at {ours[-1]}" if ours else ""
    return PublishError(
        f"publish-action met something it was not written for: {type(error).__name__}{where}.",
        remedy="This is a bug of ours. Please report it with this line and the version of the action.",
        code="E_BUG",
    )


def append_code(text: str, code: str) -> str:
    return f"{text} ({code})" if code else text
