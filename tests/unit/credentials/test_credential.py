"""Credentials: one token for all threads, renewed in time, burnt at the end, shown to nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from publish_action.credentials.credential import FixedCredential, RenewingCredential, basic_header
from publish_action.credentials.upload_token import UploadToken
from publish_action.errors import CredentialRejected, Stopped
from publish_action.secret import Secret
from support.fakes import FakeLog, FakeTime


@dataclass
class Mint:
    """Mints tokens that live for `life` seconds, numbered, and keeps what is burnt."""

    time: FakeTime = field(default_factory=FakeTime)
    life: float = 900.0
    log: FakeLog = field(default_factory=FakeLog)
    minted: int = 0
    burnt: list[str] = field(default_factory=list)
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def mint(self) -> UploadToken:
        """Mint the next token; two at the same time are an error."""
        assert self.lock.acquire(blocking=False)
        self.minted += 1
        token = UploadToken(
            token=Secret(f"token-{self.minted}"),
            minted=self.time.now,
            expires=self.time.now + timedelta(seconds=self.life),
        )
        self.lock.release()
        return token

    def burn(self, token: Secret) -> None:
        """Keep what is burnt."""
        self.burnt.append(token.reveal())

    def credential(self) -> RenewingCredential:
        """Give a credential from this mint."""
        return RenewingCredential(mint=self.mint, burn=self.burn, clock=self.time.clock, log=self.log)


def header(number: int) -> Secret:
    """Give the header with the token of that number."""
    return basic_header("__token__", Secret(f"token-{number}"))


def renew(credential: RenewingCredential, times: int) -> None:
    """Use a credential that is refused so many times."""
    for _ in range(times):
        credential.renew_after_rejection(credential.authorization())


def test_nothing_is_minted_before_it_is_needed() -> None:
    """Making a credential mints nothing; its first use does."""
    mint = Mint()
    credential = mint.credential()

    assert mint.minted == 0
    assert credential.authorization() == header(1)


def test_token_serves_until_it_is_near_its_end() -> None:
    """A token of 15 minutes is used for ten of them, then replaced."""
    mint = Mint()
    credential = mint.credential()
    used = []

    for seconds in (0, 599, 1):
        mint.time.sleep(seconds)
        used.append(credential.authorization())

    assert used == [header(1), header(1), header(2)]


def test_short_life_has_a_short_margin() -> None:
    """A token of a minute is used for 40 seconds, not replaced at once."""
    mint = Mint(life=60)
    credential = mint.credential()
    used = []

    for seconds in (0, 39, 1):
        mint.time.sleep(seconds)
        used.append(credential.authorization())

    assert used == [header(1), header(1), header(2)]


def test_threads_share_one_token() -> None:
    """Whatever number of threads asks, one token is minted."""
    mint = Mint()
    credential = mint.credential()

    with ThreadPoolExecutor(8) as threads:
        used = set(threads.map(lambda _: credential.authorization(), range(100)))

    assert used == {header(1)}
    assert mint.minted == 1


def test_rejected_token_is_replaced_once_for_all() -> None:
    """All threads whose token was refused get the same new one."""
    mint = Mint()
    credential = mint.credential()
    used = credential.authorization()

    with ThreadPoolExecutor(8) as threads:
        renewed = list(threads.map(lambda _: credential.renew_after_rejection(used), range(20)))

    assert renewed == [True] * 20
    assert credential.authorization() == header(2)
    assert mint.minted == 2


def test_minting_is_bounded() -> None:
    """A run that is refused again and again stops minting."""
    mint = Mint()
    credential = mint.credential()

    with pytest.raises(CredentialRejected, match="2000 upload tokens"):
        renew(credential, times=2100)

    assert mint.minted == 2000


def test_every_token_is_burnt_at_the_end() -> None:
    """Leaving the block burns all tokens that were minted, also after an error, and none twice."""
    mint = Mint()
    credential = mint.credential()

    with pytest.raises(CredentialRejected), credential:
        renew(credential, times=2100)
    with credential:
        pass

    assert mint.burnt == [f"token-{number}" for number in range(1, 2001)]


def test_token_is_masked_in_both_forms() -> None:
    """The runner hides the token, and what stands for it in the header."""
    mint = Mint()

    authorization = mint.credential().authorization()

    assert mint.log.masked == ["token-1", authorization.reveal().removeprefix("Basic ")]


def test_fixed_credential_cannot_be_renewed() -> None:
    """A password is what it is: there is nothing newer to try."""
    with FixedCredential(header(1)) as credential:
        assert credential.authorization() == header(1)
        assert credential.renew_after_rejection(header(1)) is False


def test_password_of_any_letters_fits_into_a_header() -> None:
    """User names and passwords go out in UTF-8 (RFC 7617)."""
    assert basic_header("jürgen", Secret("päss:wörd")).reveal() == "Basic asO8cmdlbjpww6Rzczp3w7ZyZA=="


def test_nothing_is_minted_alone_before_a_token_was_accepted() -> None:
    """While no upload has gone through, a refusal means what it says: no token is tried for one request alone."""
    mint = Mint()
    credential = mint.credential()
    credential.authorization()

    assert credential.mint_alone() is None
    assert mint.minted == 1


def test_token_minted_alone_is_for_one_request() -> None:
    """A token that was minted alone is given to no other request; the others go on with the shared one."""
    mint = Mint()
    credential = mint.credential()
    credential.note_accepted(credential.authorization())

    alone = credential.mint_alone()

    assert alone == header(2)
    assert credential.authorization() == header(1)


def test_every_request_has_its_own_token_where_that_is_needed() -> None:
    """Once a token that was minted alone has been accepted, each request gets a new one; all are burnt."""
    mint = Mint()
    with mint.credential() as credential:
        credential.note_accepted(credential.authorization())
        credential.note_accepted(credential.mint_alone())

        given = [credential.authorization() for _ in range(3)]

    assert given == [header(3), header(4), header(5)]
    assert sorted(mint.burnt) == [f"token-{number}" for number in range(1, 6)]


def test_nothing_is_minted_after_the_end() -> None:
    """A worker that was left behind gets no token that nobody would burn."""
    mint = Mint()
    with mint.credential() as credential:
        used = credential.authorization()

    with pytest.raises(Stopped):
        credential.renew_after_rejection(used)
    assert mint.minted == 1
    assert mint.burnt == ["token-1"]


def test_burning_has_an_end() -> None:
    """Where burning is slow, what is left is told and expires by itself."""
    mint = Mint()
    slow = RenewingCredential(
        mint=mint.mint, burn=lambda token: mint.time.sleep(3), clock=mint.time.clock, log=mint.log
    )
    with slow:
        renew(slow, times=4)

    assert mint.log.warnings == ["3 upload tokens were not given back in time. They expire by themselves."]


def test_fixed_credential_has_nothing_to_mint() -> None:
    """A password is the same for every request."""
    credential = FixedCredential(header(1))
    credential.note_accepted(header(1))

    assert credential.mint_alone() is None
