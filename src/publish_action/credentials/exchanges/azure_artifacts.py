"""Log in to Azure Artifacts: Entra gives an application's access token for an ID token, by a federated credential."""

from collections.abc import Mapping

from publish_action.credentials.exchanges.answers import make_token
from publish_action.credentials.exchanges.token_service import TokenService, post_form
from publish_action.credentials.exchanges.trust_help import advise_azure
from publish_action.credentials.login_context import LoginContext, TokenMinter
from publish_action.credentials.upload_token import UploadToken
from publish_action.network.client import Request
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_text
from publish_action.untrusted.url import CanonicalUrl

_AUDIENCE = "api://AzureADTokenExchange"
_USER = "bearer"
# Azure DevOps has this id in every tenant.
_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_USUAL_SECONDS = 3600


def open_mint(url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> TokenMinter:
    """Give what logs in as the application that the options name."""
    del url
    return AzureMint(options, means)


class AzureMint:
    """Makes access tokens for Azure DevOps."""

    def __init__(self, options: Mapping[str, str], means: LoginContext) -> None:
        self._tenant = options["tenant-id"]
        self._client = options["client-id"]
        self._means = means
        self._service = TokenService(means, audience=_AUDIENCE)

    def mint(self) -> UploadToken:
        """Give a new upload token; see `TokenMinter`."""
        answer = self._service.trade(self._ask_for_token)
        said = parse_json_object(answer.body) or {}
        token = make_token(
            pick_text(said, "access_token") if answer.status == 200 else "",
            user=_USER,
            now=self._means.clock(),
            seconds=said.get("expires_in"),
            usual=_USUAL_SECONDS,
        )
        if token is None:
            codes = said.get("error_codes")
            raise self._service.rejected(
                answer,
                wanted="access token for Azure DevOps",
                code=pick_text(said, "error"),
                said=pick_text(said, "error_description"),
                remedy=advise_azure(
                    tenant=self._tenant,
                    client=self._client,
                    codes=tuple(code for code in codes if isinstance(code, int)) if isinstance(codes, list) else (),
                    claims=self._service.claims,
                ),
            )
        self._means.log.say(
            f"Entra gave an access token of the application {self._client}, good until {token.expires:%H:%M:%S} UTC."
        )
        return token

    def _ask_for_token(self, id_token: Secret) -> Request:
        return post_form(
            f"{self._means.vendors.azure_login}/{self._tenant}/oauth2/v2.0/token",
            {
                "grant_type": "client_credentials",
                "client_id": self._client,
                "client_assertion_type": _ASSERTION,
                "client_assertion": id_token.reveal(),
                "scope": _SCOPE,
            },
        )
