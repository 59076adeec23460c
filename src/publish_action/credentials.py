"""Turn the index that was chosen into a credential for it."""

from collections.abc import Callable
from dataclasses import dataclass

from publish_action.credential import (
    TOKEN_USER,
    Credential,
    FixedCredential,
    RenewingCredential,
    basic_header,
    mask_login,
)
from publish_action.errors import CredentialMissing
from publish_action.http import Exchange
from publish_action.index_url import IndexUrl, parse_index_url
from publish_action.model import Audience, Index
from publish_action.ports import Clock, IdTokens, Log, Sleep
from publish_action.secret import Secret
from publish_action.trusted_publishing import NotOffered, TokenMint, discover

__all__ = ["Credential", "Secrets", "obtain_credential", "obtain_reading_login"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The secrets among the inputs; one that was not given is empty, and false."""

    public_index_token: Secret
    private_index_password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """All that a login may need of the outside."""

    project: str
    id_tokens: IdTokens
    exchange: Exchange
    clock: Clock
    sleep: Sleep
    log: Log


def obtain_credential(
    index: Index,
    *,
    project: str,
    secrets: Secrets,
    id_tokens: IdTokens,
    exchange: Exchange,
    clock: Clock,
    sleep: Sleep,
    log: Log,
) -> Credential:
    """Give what logs in to `index`, by the way that the inputs or the policy name. Mints nothing yet.

    Raises `CredentialMissing` where there is nothing to log in with, `TokenExchangeRejected` or `IndexUnreachable`
    where the index cannot be asked.
    """
    means = _Means(project=project, id_tokens=id_tokens, exchange=exchange, clock=clock, sleep=sleep, log=log)
    if index.audience is Audience.PUBLIC:
        return _log_in_publicly(index, secrets.public_index_token, means)
    return _log_in_privately(index, secrets.private_index_password, means)


def obtain_reading_login(index: Index, secrets: Secrets) -> Secret | None:
    """Give the Authorization header for looking at a private index before anything is minted; None = there is none."""
    if index.audience is Audience.PRIVATE and index.auth in {"auto", "basic"} and secrets.private_index_password:
        return basic_header(index.username or TOKEN_USER, secrets.private_index_password)
    return None


def _log_in_publicly(index: Index, token: Secret, means: _Means) -> Credential:
    if token:
        means.log.say(f"Logged in to {index.name} with the API token in public-index-token.")
        return _use_password(TOKEN_USER, token, means.log)
    return _use_trusted_publishing(
        index, means, otherwise="Give an API token in public-index-token if it has no Trusted Publishing."
    )


def _log_in_privately(index: Index, password: Secret, means: _Means) -> Credential:
    auth = "basic" if index.auth == "auto" and password else index.auth
    ways: dict[str, Callable[[], Credential]] = {
        "basic": lambda: _use_given_password(index, password, means.log),
        "auto": lambda: _use_trusted_publishing(
            index, means, otherwise="private-index-password is empty or not given: give it, or the secret it names."
        ),
        "trusted-publishing": lambda: _use_trusted_publishing(
            index, means, otherwise="Choose another private-index-auth, or have Trusted Publishing switched on there."
        ),
        "none": lambda: _use_nothing(index, means.log),
    }
    if auth not in ways:
        raise CredentialMissing(
            f"The login {auth} for {index.name} is not built yet.",
            remedy="Get a token in an earlier step, and give it with private-index-auth: basic and "
            "private-index-username and private-index-password.",
        )
    return ways[auth]()


def _use_given_password(index: Index, password: Secret, log: Log) -> Credential:
    if not password:
        raise CredentialMissing(
            f"private-index-password is empty or not given, and {index.name} is to be logged in to with it.",
            remedy="Look up the secret's name: GitHub puts nothing in place of one that does not exist, that belongs "
            "to another environment, or that a fork may not see.",
        )
    user = index.username or TOKEN_USER
    log.say(f"Logged in to {index.name} as {user} with the password in private-index-password.")
    return _use_password(user, password, log)


def _use_password(user: str, password: Secret, log: Log) -> Credential:
    mask_login(log, user, password)
    return FixedCredential(basic_header(user, password))


def _use_nothing(index: Index, log: Log) -> Credential:
    log.say(f"{index.name} is used without a login.")
    return FixedCredential(None)


def _use_trusted_publishing(index: Index, means: _Means, *, otherwise: str) -> Credential:
    offer = discover(_dial(index), exchange=means.exchange, sleep=means.sleep)
    if isinstance(offer, NotOffered):
        raise CredentialMissing(
            f"{index.name} offers no Trusted Publishing at {index.url} ({offer.reason}), and there is no other login.",
            remedy=otherwise,
        )
    means.log.say(f"{index.name} offers Trusted Publishing, for ID tokens made for {offer.audience!r}.")
    mint = TokenMint(
        offer,
        project=means.project,
        id_tokens=means.id_tokens,
        exchange=means.exchange,
        clock=means.clock,
        sleep=means.sleep,
        log=means.log,
    )
    return RenewingCredential(mint=mint.mint, burn=mint.burn, clock=means.clock, log=means.log)


def _dial(index: Index) -> IndexUrl:
    url = parse_index_url(index.url)
    if not isinstance(url, IndexUrl):
        raise RuntimeError("an Index holds a canonical URL")
    return url
