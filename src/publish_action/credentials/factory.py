"""Turn the index that was chosen into a credential for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name

from publish_action.config.login_options import OptionProblems, choose_login, parse_options
from publish_action.credentials.credential import (
    Credential,
    FixedCredential,
    RenewingCredential,
    basic_header,
    mask_login,
)
from publish_action.credentials.login_context import (
    VENDOR_ENDPOINTS,
    LoginContext,
    OpenMint,
    VendorEndpoints,
    require_nothing,
)
from publish_action.credentials.trusted_publishing import NotOffered, TokenMint, discover
from publish_action.credentials.upload_token import TOKEN_USER, UploadToken
from publish_action.errors import CredentialInvalid, CredentialMissing, InputsInvalid
from publish_action.index.detect_server import detect_server
from publish_action.index.pypi import is_pypi, pypi_website
from publish_action.models.index import Audience, Index
from publish_action.network.client import HttpClient
from publish_action.protocols import Clock, IdTokens, Log, Sleep
from publish_action.secret import Secret
from publish_action.untrusted.url import CanonicalUrl, parse_url
from publish_action.untrusted.url_credentials import is_token

__all__ = ["Credential", "Secrets", "obtain_credential", "obtain_reading_login"]

# Loaded by the runs that log in this way: none of them costs any other run an import.
EXCHANGES = {
    "aws-codeartifact": "publish_action.credentials.exchanges.aws_codeartifact:open_mint",
    "google-artifact-registry": "publish_action.credentials.exchanges.google_artifact_registry:open_mint",
    "azure-artifacts": "publish_action.credentials.exchanges.azure_artifacts:open_mint",
    "jfrog": "publish_action.credentials.exchanges.jfrog:open_mint",
    "cloudsmith": "publish_action.credentials.exchanges.cloudsmith:open_mint",
}
_PYPI_TOKEN_PREFIX = "pypi-"  # noqa: S105 -- what every API token of PyPI starts with (Warehouse)
_KEYRING = "publish_action.credentials.keyring:KeyringCredential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The secrets among the inputs; one that was not given is empty, and false."""

    public_index_token: Secret
    private_index_password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class _Password:
    """The secret that goes with an index, and the input that it is given in."""

    secret: Secret
    input: str


def obtain_credential(
    index: Index,
    *,
    project: str,
    secrets: Secrets,
    id_tokens: IdTokens,
    client: HttpClient,
    clock: Clock,
    sleep: Sleep,
    log: Log,
    vendors: VendorEndpoints = VENDOR_ENDPOINTS,
    before_mint: Callable[[], None] = require_nothing,
    has_keyring: bool = False,
) -> Credential:
    """Give what logs in to `index`, by the way that the inputs or the policy name. Mints nothing yet.

    `before_mint` is called before each upload token is minted, and may raise what keeps it from being minted.
    `has_keyring` says that a person's keyring may be asked. Raises `InputsInvalid` with all that is wrong with the
    options of the login, `CredentialMissing` where there is nothing to log in with, `TokenExchangeRejected` or
    `IndexUnreachable` where the index cannot be asked.
    """
    means = LoginContext(
        project=project,
        id_tokens=id_tokens,
        client=client,
        clock=clock,
        sleep=sleep,
        log=log,
        vendors=vendors,
        before_mint=before_mint,
        has_keyring=has_keyring,
    )
    password = (
        _Password(secret=secrets.public_index_token, input="public-index-token")
        if index.audience is Audience.PUBLIC
        else _Password(secret=secrets.private_index_password, input="private-index-password")
    )
    return _log_in(index, password, means)


def obtain_reading_login(index: Index, secrets: Secrets) -> Secret | None:
    """Give the Authorization header for looking at a private index before anything is minted; None = there is none."""
    if index.audience is Audience.PRIVATE and index.auth in {"auto", "basic"} and secrets.private_index_password:
        return basic_header(index.username or TOKEN_USER, secrets.private_index_password)
    return None


def _log_in(index: Index, password: _Password, means: LoginContext) -> Credential:
    login = _choose(index, password)
    options = _read_options(index, login, means.log)
    match login:
        case "basic":
            return _use_given_password(index, password, means.log)
        case "none":
            return _use_nothing(index, means.log)
        case "keyring":
            return _use_keyring(index, means)
        case "auto":
            return _use_trusted_publishing(index, means, otherwise=_ask_for_password(index, password))
        case "trusted-publishing":
            remedy = "Choose another private-index-auth, or have Trusted Publishing switched on there."
            return _use_trusted_publishing(index, means, otherwise=remedy)
        case _:
            return _use_exchange(index, login, options, means)


def _choose(index: Index, password: _Password) -> str:
    """A public index is asked for Trusted Publishing wherever it is, unless its entry in a policy says otherwise."""
    if index.audience is Audience.PUBLIC and index.auth == "auto" and not index.auth_options:
        return "basic" if password.secret else "auto"
    return choose_login(index.auth, _dial(index), has_password=bool(password.secret))


def _ask_for_password(index: Index, password: _Password) -> str:
    if index.audience is Audience.PUBLIC:
        return f"Set `{password.input}` to an API token of the index if it has no Trusted Publishing."
    return f"`{password.input}` is empty or not set: set it, or create the secret that it is set from."


def _read_options(index: Index, login: str, log: Log) -> Mapping[str, str]:
    where = (
        "private-index-auth-options" if index.name == "private" else f"index.{index.name}.auth-options in the policy"
    )
    if index.auth == "auto" and login == "basic":
        if index.auth_options:
            log.warn(f"{where}: not used, since there is a password. To use them, name the login or take it away.")
        return {}
    check_url = parse_url(index.check_url) if index.check_url else None
    options = parse_options(
        login,
        _dial(index),
        index.auth_options,
        check_url=check_url if isinstance(check_url, CanonicalUrl) else None,
        where=where,
    )
    if isinstance(options, OptionProblems):
        raise InputsInvalid(
            "\n".join(options.problems),
            remedy="Correct these options; docs/indexes/ has a page on each service."
            + ("" if index.auth != "auto" else " To log in with a password instead, give one: now it is empty."),
        )
    return options


def _use_given_password(index: Index, password: _Password, log: Log) -> Credential:
    if not password.secret:
        raise CredentialMissing(
            f"`{password.input}` is empty or not set, and the login to {index.name} needs it.",
            remedy="Check the name of the secret: it is empty where no secret has this name, where it belongs to "
            "another environment than the job's, and in runs of forks.",
        )
    user = index.username or TOKEN_USER
    mask_login(log, user, password.secret)
    if is_pypi(_dial(index).host):
        _require_pypi_token(index, user, password)
    found = detect_server(_dial(index))
    if index.username and (is_token(index.username) or (found is not None and found.kind.user_is_secret)):
        log.mask(Secret(user))
        log.say(f"Logged in to {index.name} with the token that the user name is.")
    else:
        log.say(f"Logged in to {index.name} as {user} with what {password.input} holds.")
    return FixedCredential(basic_header(user, password.secret))


def _require_pypi_token(index: Index, user: str, password: _Password) -> None:
    """Raise `CredentialInvalid` for what PyPI cannot have issued: it is some other service's secret (Warehouse)."""
    website = pypi_website(_dial(index).host)
    title = "TestPyPI" if "test" in website else "PyPI"
    if user != TOKEN_USER:
        raise CredentialInvalid(
            f"{title} accepts API tokens only, under the user name {TOKEN_USER}, and the policy names another one for "
            f"the index {index.name}. Nothing was sent.",
            remedy=f"Remove `username` from index.{index.name} in the policy.",
        )
    # PyPI strips white space around a token, which a pasted secret often has.
    if not password.secret.reveal().strip().startswith(_PYPI_TOKEN_PREFIX):
        raise CredentialInvalid(
            f"`{password.input}` does not hold an API token of {title}: these start with `{_PYPI_TOKEN_PREFIX}`. "
            "Nothing was sent.",
            remedy=f"Create an API token at {website}/manage/account/token/ and store it as the secret that "
            f"`{password.input}` is set from; or remove `{password.input}` and register a trusted publisher. "
            f"{title} accepts no passwords.",
        )


def _use_exchange(index: Index, login: str, options: Mapping[str, str], means: LoginContext) -> Credential:
    open_mint: OpenMint = resolve_name(EXCHANGES[login])
    mint = open_mint(_dial(index), options, means)
    means.log.say(f"{index.name} is logged in to by {login}, with an ID token of this job.")
    return _renew_with(mint.mint, _let_expire, means)


def _let_expire(token: Secret) -> None:
    """No vendor takes such a token back; it dies by itself, within minutes or an hour."""
    del token


def _use_keyring(index: Index, means: LoginContext) -> Credential:
    if not means.has_keyring:
        raise CredentialMissing(
            "private-index-auth: keyring is for the command on a person's machine; the action has no keyring.",
            remedy="Give the action a keyless login or a secret: docs/indexes/ has a page on each service.",
        )
    try:
        make_credential = resolve_name(_KEYRING)
    except ModuleNotFoundError as error:
        raise CredentialMissing(
            f"The login keyring needs a library, and {error.name} is not installed.",
            remedy="Install it: pip install 'publish-action[keyring]'",
        ) from error
    credential: Credential = make_credential(index.url, index.username, means.log)
    means.log.say(f"{index.name} is logged in to with what the keyring holds for {index.url}.")
    return credential


def _use_nothing(index: Index, log: Log) -> Credential:
    log.say(f"{index.name} is used without a login.")
    return FixedCredential(None)


def _use_trusted_publishing(index: Index, means: LoginContext, *, otherwise: str) -> Credential:
    offer = discover(_dial(index), client=means.client, sleep=means.sleep)
    if isinstance(offer, NotOffered):
        raise CredentialMissing(
            f"{index.name} offers no Trusted Publishing at {index.url} ({offer.reason}), and no other login was given.",
            remedy=otherwise,
        )
    means.log.say(f"{index.name} offers Trusted Publishing, for ID tokens made for {offer.audience!r}.")
    mint = TokenMint(
        offer,
        project=means.project,
        id_tokens=means.id_tokens,
        client=means.client,
        clock=means.clock,
        sleep=means.sleep,
        log=means.log,
    )
    return _renew_with(mint.mint, mint.burn, means)


def _renew_with(mint: Callable[[], UploadToken], burn: Callable[[Secret], None], means: LoginContext) -> Credential:
    return RenewingCredential(mint=mint, burn=burn, before_mint=means.before_mint, clock=means.clock, log=means.log)


def _dial(index: Index) -> CanonicalUrl:
    url = parse_url(index.url)
    if not isinstance(url, CanonicalUrl):
        raise RuntimeError("an Index holds a canonical URL")
    return url
