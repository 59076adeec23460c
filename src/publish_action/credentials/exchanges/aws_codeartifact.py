"""Log in to AWS CodeArtifact: STS gives a role's session for an ID token, and CodeArtifact a token for the session."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from publish_action.credentials.exchanges.answers import make_token, seconds_until
from publish_action.credentials.exchanges.aws_signature import Session, sign_post
from publish_action.credentials.exchanges.token_service import TokenService, post_form
from publish_action.credentials.exchanges.trust_help import advise_aws_permissions, advise_aws_trust
from publish_action.credentials.login_context import LoginContext, TokenMinter
from publish_action.credentials.upload_token import UploadToken, parse_token
from publish_action.network.client import Request, Response
from publish_action.secret import Secret
from publish_action.untrusted.json import parse_json_object, pick_text
from publish_action.untrusted.url import CanonicalUrl
from publish_action.untrusted.xml import parse_texts

_AUDIENCE = "sts.amazonaws.com"
_USER = "aws"
_SESSION_SECONDS = 900
"""The shortest session that STS gives; the token is made to end with it, and both are renewed."""
_KEY_ID = re.compile(r"[A-Za-z0-9]{16,128}")
_SECRET_KEY = re.compile(r"[!-~]{16,256}")
_RESULT = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials"
_ERROR = "ErrorResponse/Error"


def open_mint(url: CanonicalUrl, options: Mapping[str, str], means: LoginContext) -> TokenMinter:
    """Give what logs in to the domain that the options name."""
    del url
    return CodeArtifactMint(options, means)


class CodeArtifactMint:
    """Makes tokens for one CodeArtifact domain."""

    def __init__(self, options: Mapping[str, str], means: LoginContext) -> None:
        self._options = options
        self._means = means
        self._service = TokenService(means, audience=_AUDIENCE)

    def mint(self) -> UploadToken:
        """Give a new upload token; see `TokenMinter`."""
        session = self._assume_role()
        answer = self._service.ask(lambda: self._ask_for_token(session))
        token = _parse_token(answer, session, self._means.clock()) if answer.status == 200 else None
        if token is None:
            said = parse_json_object(answer.body) or {}
            raise self._service.rejected(
                answer,
                wanted="token for CodeArtifact",
                code=answer.headers.get("x-amzn-ErrorType", "").partition(":")[0] or pick_text(said, "__type"),
                said=pick_text(said, "message") or pick_text(said, "Message"),
                remedy=advise_aws_permissions(role=self._options["role-to-assume"], domain=self._options["domain"]),
                secrets=(session.secret_key, session.session_token),
            )
        self._means.log.say(
            f"CodeArtifact gave a token for the domain {self._options['domain']}, good until "
            f"{token.expires:%H:%M:%S} UTC."
        )
        return token

    def _assume_role(self) -> Session:
        role = self._options["role-to-assume"]
        answer = self._service.trade(self._ask_for_session)
        texts = parse_texts(answer.body)
        session = _parse_session(texts, self._means.clock()) if answer.status == 200 else None
        if session is None:
            code = texts.get(f"{_ERROR}/Code", "")
            raise self._service.rejected(
                answer,
                wanted=f"session of {role}",
                code=code,
                said=texts.get(f"{_ERROR}/Message", ""),
                remedy=advise_aws_trust(role=role, code=code, claims=self._service.claims),
            )
        self._means.log.mask(session.secret_key)
        self._means.log.mask(session.session_token)
        self._means.log.say(f"AWS gave a session of {role}.")
        return session

    def _ask_for_session(self, id_token: Secret) -> Request:
        base = self._means.vendors.aws_sts.format(region=self._options["region"])
        return post_form(
            f"{base}/",
            {
                "Action": "AssumeRoleWithWebIdentity",
                "Version": "2011-06-15",
                "RoleArn": self._options["role-to-assume"],
                "RoleSessionName": self._options["role-session-name"],
                "WebIdentityToken": id_token.reveal(),
                "DurationSeconds": str(_SESSION_SECONDS),
            },
        )

    def _ask_for_token(self, session: Session) -> Request:
        region = self._options["region"]
        signed = sign_post(
            base=self._means.vendors.aws_codeartifact.format(region=region),
            path="/v1/authorization-token",
            # 0: the token ends with the session. Any other would outlive what it was made from.
            query={"domain": self._options["domain"], "domain-owner": self._options["domain-owner"], "duration": "0"},
            service="codeartifact",
            region=region,
            session=session,
            now=self._means.clock(),
        )
        return Request(method="POST", url=signed.url, headers=signed.headers, max_bytes=1 << 17)


def _parse_session(texts: Mapping[str, str], now: datetime) -> Session | None:
    key_id, secret_key, token, end = (
        texts.get(f"{_RESULT}/{name}", "") for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    )
    session_token = parse_token(token)
    if not _KEY_ID.fullmatch(key_id) or not _SECRET_KEY.fullmatch(secret_key) or session_token is None:
        return None
    seconds = seconds_until(end, now)
    life = seconds if seconds is not None and 0 < seconds <= _SESSION_SECONDS else _SESSION_SECONDS
    return Session(
        key_id=key_id,
        secret_key=Secret(secret_key),
        session_token=session_token,
        expires=now + timedelta(seconds=life),
    )


def _parse_token(answer: Response, session: Session, now: datetime) -> UploadToken | None:
    said = parse_json_object(answer.body) or {}
    rest = int((session.expires - now).total_seconds())
    seconds = seconds_until(said.get("expiration"), now)
    # It ends with the session, whatever the answer says of a longer life.
    usable = seconds if seconds is not None and seconds <= rest else rest
    return make_token(pick_text(said, "authorizationToken"), user=_USER, now=now, seconds=usable, usual=rest)
