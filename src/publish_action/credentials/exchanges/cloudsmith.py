"""Log in to Cloudsmith: its API gives a service account's token for an ID token."""

import json
from collections.abc import Mapping
from datetime import datetime

from publish_action.credentials.exchanges.answers import make_token, seconds_until
from publish_action.credentials.exchanges.token_service import TokenService, post_json
from publish_action.credentials.exchanges.trust_help import advise_cloudsmith
from publish_action.credentials.login_context import LoginContext, TokenMinter
from publish_action.credentials.upload_token import UploadToken
from publish_action.github.claims import parse_unverified
from publish_action.models.visibility import Malformed
from publish_action.network.client import Request
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_text
from publish_action.untrusted.url import CanonicalUrl

_USUAL_SECONDS = 900


def open_mint(url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> TokenMinter:
    """Give what logs in as the service account that the options name."""
    del url
    return CloudsmithMint(options, means)


class CloudsmithMint:
    """Makes tokens of one service account."""

    def __init__(self, options: Mapping[str, str], means: LoginContext) -> None:
        self._organization = options["organization"]
        self._slug = options["service-slug"]
        self._audience = options["audience"]
        self._means = means
        self._service = TokenService(means, audience=self._audience)

    def mint(self) -> UploadToken:
        """Give a new upload token; see `TokenMinter`."""
        answer = self._service.trade(self._ask_for_token)
        said = parse_json_object(answer.body) or {}
        text = pick_text(said, "token") if answer.status in {200, 201} else ""
        now = self._means.clock()
        token = make_token(text, user=self._slug, now=now, seconds=_find_end(text, now), usual=_USUAL_SECONDS)
        if token is None:
            raise self._service.rejected(
                answer,
                wanted=f"token of the service account {self._slug}",
                code="",
                said=pick_text(said, "detail") or pick_text(said, "error"),
                remedy=advise_cloudsmith(
                    organization=self._organization,
                    slug=self._slug,
                    audience=self._audience,
                    claims=self._service.claims,
                ),
            )
        self._means.log.say(
            f"Cloudsmith gave a token of the service account {self._slug}, good until {token.expires:%H:%M:%S} UTC."
        )
        return token

    def _ask_for_token(self, id_token: Secret) -> Request:
        return post_json(
            f"{self._means.vendors.cloudsmith_api}/openid/{self._organization}/",
            json.dumps({"oidc_token": id_token.reveal(), "service_slug": self._slug}).encode(),
        )


def _find_end(token: str, now: datetime) -> float | None:
    claims = parse_unverified(token)
    return None if isinstance(claims, Malformed) else seconds_until(claims.get("exp"), now)
