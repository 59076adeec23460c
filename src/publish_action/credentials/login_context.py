"""What a way to log in may use of the outside, and what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from publish_action.credentials.upload_token import UploadToken
from publish_action.network.client import HttpClient
from publish_action.protocols import Clock, IdTokens, Log, Sleep
from publish_action.untrusted.url import CanonicalUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorEndpoints:
    """Where the vendors' token services are. No input and no variable changes them: ID tokens go there.

    Tests drive the exchanges against servers of their own by giving another value.
    """

    aws_sts: str = "https://sts.{region}.amazonaws.com"
    aws_codeartifact: str = "https://codeartifact.{region}.amazonaws.com"
    google_sts: str = "https://sts.googleapis.com"
    google_iam_credentials: str = "https://iamcredentials.googleapis.com"
    azure_login: str = "https://login.microsoftonline.com"
    cloudsmith_api: str = "https://api.cloudsmith.io"


VENDOR_ENDPOINTS = VendorEndpoints()


def require_nothing() -> None:
    """Let an upload token be minted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginContext:
    """All that a login may need of the outside."""

    project: str
    id_tokens: IdTokens
    client: HttpClient
    clock: Clock
    sleep: Sleep
    log: Log
    vendors: VendorEndpoints = VENDOR_ENDPOINTS
    before_mint: Callable[[], None] = require_nothing
    """Called before each upload token is minted; what it raises keeps it from being minted."""
    has_keyring: bool = False
    """True if a person's keyring may be asked: in the command alone."""


class TokenMinter(Protocol):
    """Makes upload tokens for one index."""

    def mint(self) -> UploadToken:
        """Give a new upload token; what it was made from is masked, the token itself is not yet.

        Raises `TokenExchangeRejected` with the reasons and the line to mend, `IndexUnreachable`, and what
        `IdTokens.fetch` raises.
        """


OpenMint = Callable[[CanonicalUrl, Mapping[str, str], LoginContext], TokenMinter]
"""Gives the mint of one vendor for an index, with the options of its login; asks nobody yet."""
