"""Log in to Google Artifact Registry by workload identity federation, as ourselves or as a service account."""

import json
from collections.abc import Mapping

from publish_action.credentials.exchanges.answers import make_token, seconds_until
from publish_action.credentials.exchanges.token_service import TokenService, post_form, post_json
from publish_action.credentials.exchanges.trust_help import advise_google_account, advise_google_trust
from publish_action.credentials.login_context import LoginContext, TokenMinter
from publish_action.credentials.upload_token import UploadToken
from publish_action.network.client import Request, Response
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_objects, pick_text
from publish_action.untrusted.url import CanonicalUrl

_USER = "oauth2accesstoken"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_ACTING_SCOPE = "https://www.googleapis.com/auth/iam"
"""Enough for a federated token that only acts as a service account (google-auth asks for the same)."""
_TRADE = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 -- a kind of token, not a token
_FEDERATED_SECONDS = 300
"""Where the answer does not say: such a token ends with the ID token."""
_ACCOUNT_SECONDS = 600


def open_mint(url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> TokenMinter:
    """Give what logs in by the provider that the options name."""
    del url
    return ArtifactRegistryMint(options, means)


class ArtifactRegistryMint:
    """Makes access tokens of Google Cloud."""

    def __init__(self, options: Mapping[str, str], means: LoginContext) -> None:
        self._provider = options["workload-identity-provider"]
        self._account = options.get("service-account", "")
        self._means = means
        self._service = TokenService(means, audience=f"https://iam.googleapis.com/{self._provider}")

    def mint(self) -> UploadToken:
        """Give a new upload token; see `TokenMinter`."""
        federated = self._federate()
        token = self._act_as_account(federated.token) if self._account else federated
        self._means.log.say(
            f"Google gave an access token {f'of {self._account}' if self._account else 'for this job itself'}, good "
            f"until {token.expires:%H:%M:%S} UTC."
        )
        return token

    def _federate(self) -> UploadToken:
        answer = self._service.trade(self._ask_for_federated)
        said = parse_json_object(answer.body) or {}
        token = make_token(
            pick_text(said, "access_token") if answer.status == 200 else "",
            user=_USER,
            now=self._means.clock(),
            seconds=said.get("expires_in"),
            usual=_FEDERATED_SECONDS,
        )
        if token is None:
            raise self._service.rejected(
                answer,
                wanted="access token for the ID token",
                code=pick_text(said, "error"),
                said=pick_text(said, "error_description"),
                remedy=advise_google_trust(provider=self._provider, claims=self._service.claims),
            )
        self._means.log.mask(token.token)
        return token

    def _ask_for_federated(self, id_token: Secret) -> Request:
        return post_form(
            f"{self._means.vendors.google_sts}/v1/token",
            {
                "grant_type": _TRADE,
                "audience": f"//iam.googleapis.com/{self._provider}",
                "scope": _ACTING_SCOPE if self._account else _SCOPE,
                "requested_token_type": _ACCESS_TOKEN,
                "subject_token": id_token.reveal(),
                "subject_token_type": _JWT,
            },
        )

    def _act_as_account(self, federated: Secret) -> UploadToken:
        answer = self._service.ask(lambda: self._ask_for_account(federated))
        said = parse_json_object(answer.body) or {}
        now = self._means.clock()
        token = make_token(
            pick_text(said, "accessToken") if answer.status == 200 else "",
            user=_USER,
            now=now,
            seconds=seconds_until(said.get("expireTime"), now),
            usual=_ACCOUNT_SECONDS,
        )
        if token is None:
            raise self._rejected_account(answer, federated)
        return token

    def _ask_for_account(self, federated: Secret) -> Request:
        return post_json(
            f"{self._means.vendors.google_iam_credentials}/v1/projects/-/serviceAccounts/{self._account}"
            ":generateAccessToken",
            json.dumps({"scope": [_SCOPE], "lifetime": f"{_ACCOUNT_SECONDS}s"}).encode(),
            {"Authorization": Secret(f"Bearer {federated.reveal()}")},
        )

    def _rejected_account(self, answer: Response, federated: Secret) -> Exception:
        # {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": …}}
        error = (parse_json_object(answer.body) or {}).get("error")
        said = pick_objects({"error": [error]}, "error")
        return self._service.rejected(
            answer,
            wanted=f"access token of {self._account}",
            code=pick_text(said[0], "status") if said else "",
            said=pick_text(said[0], "message") if said else "",
            remedy=advise_google_account(provider=self._provider, account=self._account, claims=self._service.claims),
            secrets=(federated,),
        )
