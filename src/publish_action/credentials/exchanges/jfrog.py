"""Log in to JFrog Artifactory: the platform at the index's own host gives an access token for an ID token."""

import json
from collections.abc import Mapping

from publish_action.credentials.credential import mask_login
from publish_action.credentials.exchanges.answers import make_token
from publish_action.credentials.exchanges.token_service import TokenService, post_json
from publish_action.credentials.exchanges.trust_help import advise_jfrog
from publish_action.credentials.login_context import LoginContext, TokenMinter
from publish_action.credentials.upload_token import UploadToken
from publish_action.github.claims import parse_unverified
from publish_action.models.visibility import Malformed
from publish_action.network.client import Request
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.url import CanonicalUrl

_TRADE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 -- a kind of token, not a token
_OPTIONAL = {
    "identity-mapping-name": "identity_mapping_name",
    "project-key": "project_key",
    "application-key": "application_key",
}
_USUAL_SECONDS = 60
"""Where the answer does not say: identity mappings of a minute are in use."""


def open_mint(url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> TokenMinter:
    """Give what logs in to the platform on the host of `url`."""
    return JFrogMint(url, options, means)


class JFrogMint:
    """Makes access tokens of one JFrog platform."""

    def __init__(self, url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> None:
        self._url = url
        self._options = options
        self._means = means
        self._service = TokenService(means, audience=options["audience"])

    def mint(self) -> UploadToken:
        """Give a new upload token; see `TokenMinter`."""
        answer = self._service.trade(self._ask_for_token)
        said = parse_json_object(answer.body) or {}
        text = pick_text(said, "access_token") if answer.status == 200 else ""
        token = make_token(
            text,
            user=pick_text(said, "username") or _find_user(text),
            now=self._means.clock(),
            seconds=said.get("expires_in"),
            usual=_USUAL_SECONDS,
        )
        if token is None:
            errors = pick_objects(said, "errors")
            raise self._service.rejected(
                answer,
                wanted="access token for Artifactory",
                code="; ".join(pick_text(error, "code") for error in errors[:3] if pick_text(error, "code")),
                said="; ".join(pick_text(error, "message") for error in errors[:3] if pick_text(error, "message")),
                remedy=advise_jfrog(
                    host=self._url.host,
                    provider=self._options["provider-name"],
                    audience=self._options["audience"],
                    claims=self._service.claims,
                ),
            )
        # The user is the service's own word, and may be the token.
        mask_login(self._means.log, token.user, token.token)
        self._means.log.say(
            f"{self._url.host} gave an access token{f' of {token.user}' if token.user else ''}, good until "
            f"{token.expires:%H:%M:%S} UTC."
        )
        return token

    def _ask_for_token(self, id_token: Secret) -> Request:
        body = {
            "grant_type": _TRADE,
            "subject_token_type": _ID_TOKEN,
            "subject_token": id_token.reveal(),
            "provider_name": self._options["provider-name"],
            **{name: self._options[option] for option, name in _OPTIONAL.items() if option in self._options},
        }
        origin = self._url.text.removesuffix(self._url.path)
        return post_json(f"{origin}/access/api/v1/oidc/token", json.dumps(body).encode())


def _find_user(token: str) -> str:
    """Give the user that an access token names last in its subject; empty = Artifactory wants none (JFrog's client)."""
    claims = parse_unverified(token)
    return "" if isinstance(claims, Malformed) else pick_text(claims, "sub").rpartition("/")[2]
