"""A credential for one index: what goes into the Authorization header, from several threads.

The rules:

- A token is minted when a header is first asked for, and masked before the header is handed out.
- A token that is about to expire is replaced before it is sent; one thread mints while the others wait.
- At the end every minted token is burnt, as far as a few seconds allow, and no other is minted.

Not handled: a token that could not be burnt is not tried again; it expires by itself.

Example: `with credential: header = credential.authorization()`; after a 401, `renew_after_rejection(header)` says
whether another try with a new header makes sense.
"""

import base64
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

from publish_action.credentials.upload_token import UploadToken
from publish_action.errors import CredentialRejected, InputsInvalid, Stopped
from publish_action.protocols import Clock, Log
from publish_action.secret import Secret

# A token is judged when the whole body has come (Warehouse), so one that is about to die is not sent.
_MARGIN = timedelta(minutes=5)
_MARGIN_SHARE = 3
"""A short-lived token is renewed when less than one part in three of its life is left."""
_BURN_SECONDS = 4.0
"""The runner kills a cancelled step ten seconds after it asked it to stop (GitHub's runner)."""
_MOST_MINTS = 2000
"""A bound on what a run may ask of an index: a large release with three tokens for each of its files."""


class Credential(Protocol):
    """What logs in to one index; usable from several threads, closed once at the end."""

    def authorization(self) -> Secret | None:
        """Give the Authorization header for one request that starts now; None = the index asks for none."""

    def renew_after_rejection(self, used: Secret | None) -> bool:
        """Say whether there is something newer than `used` to try, after the index refused it."""

    def note_accepted(self, used: Secret | None) -> None:
        """Hear that the index took an upload that came with `used`."""

    def mint_alone(self) -> Secret | None:
        """Give a header that no other request will carry; None = there is no need, or no way.

        For indexes whose upload tokens are good for a single upload (PEP 807, feature `single-use-token`): of the
        requests that share one, all but the first are refused.
        """

    def __enter__(self) -> Self:
        """Give the credential itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what can be given back."""


class FixedCredential:
    """A user name and password, an API token, or nothing at all: it is what it is, and mints nothing."""

    def __init__(self, header: Secret | None) -> None:
        self._header = header

    def authorization(self) -> Secret | None:
        """Give the header."""
        return self._header

    def renew_after_rejection(self, used: Secret | None) -> bool:
        """Say no: there is nothing newer."""
        del used
        return False

    def note_accepted(self, used: Secret | None) -> None:
        """Learn nothing from it."""

    def mint_alone(self) -> Secret | None:
        """Give nothing: there is nothing to mint."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class RenewingCredential:
    """Upload tokens, minted when needed and burnt at the end.

    The first is minted by the first request. One that is near its end is replaced before it is used; one thread
    mints while the others wait for what it gets. An older token stays good for the requests that carry it. Once a
    token of its own has helped a request whose shared ones were refused, every request gets its own.
    """

    def __init__(
        self,
        *,
        mint: Callable[[], UploadToken],
        burn: Callable[[Secret], None],
        clock: Clock,
        log: Log,
        before_mint: Callable[[], None] = lambda: None,
    ) -> None:
        self._mint = mint
        self._before_mint = before_mint
        self._burn = burn
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._minted: list[UploadToken] = []
        self._alone: set[Secret] = set()
        self._has_been_accepted = False
        self._is_single_use = False
        self._is_closed = False

    def authorization(self) -> Secret:
        """Give the header with a token that has some of its life before it."""
        with self._lock:
            if self._is_single_use or not self._minted or self._is_near_end(self._minted[-1]):
                self._renew()
            return _header(self._minted[-1])

    def renew_after_rejection(self, used: Secret | None) -> bool:
        """Mint a token in place of `used`, unless another thread has done so already."""
        with self._lock:
            if not self._minted or used == _header(self._minted[-1]):
                self._renew()
            return True

    def note_accepted(self, used: Secret | None) -> None:
        """Learn that tokens are good here, and that they are good once where one minted alone was needed."""
        with self._lock:
            self._has_been_accepted = True
            self._is_single_use = self._is_single_use or used in self._alone

    def mint_alone(self) -> Secret | None:
        """Mint a token for one request, if any token was ever accepted; else a refusal means what it says."""
        with self._lock:
            if not self._has_been_accepted:
                return None
            self._renew()
            header = _header(self._minted[-1])
            self._alone.add(header)
            # Nobody else is given this one: the others go on with the last.
            self._minted.insert(0, self._minted.pop())
            return header

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Burn every token that was minted, as far as a few seconds allow; mint no other from now on.

        A worker that was left behind may be minting at this moment: it is not waited for long.
        """
        self._is_closed = True
        if not self._lock.acquire(timeout=_BURN_SECONDS):
            self._log.warn("Upload tokens were not given back: one was being minted. They expire by themselves.")
            return
        try:
            self._burn_all()
        finally:
            self._lock.release()

    def _burn_all(self) -> None:
        end = self._clock() + timedelta(seconds=_BURN_SECONDS)
        while self._minted and self._clock() < end:
            self._burn(self._minted.pop(0).token)
        if self._minted:
            self._log.warn(f"{len(self._minted)} upload tokens were not given back in time. They expire by themselves.")

    def _renew(self) -> None:
        self._require_open()
        if len(self._minted) >= _MOST_MINTS:
            raise CredentialRejected(
                f"The index has minted {_MOST_MINTS} upload tokens for this run and accepts none of them for long.",
                remedy="Look up how long its upload tokens live, and ask its operators for a longer life.",
            )
        self._before_mint()
        # What is asked before a mint takes time, in which the run may end.
        self._require_open()
        minted = self._mint()
        mask_login(self._log, minted.user, minted.token)
        self._minted.append(minted)

    def _require_open(self) -> None:
        if self._is_closed:
            raise Stopped("The run is over; no upload token is minted any more.", remedy="Run the job again.")

    def _is_near_end(self, minted: UploadToken) -> bool:
        margin = min(_MARGIN, (minted.expires - minted.minted) / _MARGIN_SHARE)
        return self._clock() >= minted.expires - margin


def _header(minted: UploadToken) -> Secret:
    return basic_header(minted.user, minted.token)


def basic_header(user: str, password: Secret) -> Secret:
    """Give the Authorization header for a user name and password (RFC 7617, UTF-8). Raises `InputsInvalid`."""
    try:
        pair = f"{user}:{password.reveal()}".encode()
    except UnicodeEncodeError:
        raise InputsInvalid(
            "The user name or the password of an index is not UTF-8 text.",
            remedy="Give the secret again, as text: a key or a file of bytes is no password.",
        ) from None
    return Secret(f"Basic {base64.b64encode(pair).decode('ascii')}")


def mask_login(log: Log, user: str, password: Secret) -> None:
    """Have the runner hide a password, and the form that it has in the header."""
    log.mask(password)
    log.mask(Secret(basic_header(user, password).reveal().removeprefix("Basic ")))
