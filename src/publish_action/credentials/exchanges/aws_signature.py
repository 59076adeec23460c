"""Sign a request to AWS by Signature Version 4, as far as the one request that we sign needs it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

from publish_action.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a role's session signs with."""

    key_id: str
    secret_key: Secret
    session_token: Secret
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request that is signed: its URL, and the headers that must go with it."""

    url: str
    headers: Mapping[str, str | Secret] = field(repr=False)


def sign_post(
    *, base: str, path: str, query: Mapping[str, str], service: str, region: str, session: Session, now: datetime
) -> Signed:
    """Sign a POST without a body to `base` (scheme and host), good for some minutes around `now` (UTC).

    AWS General Reference, "Create a signed AWS API request": the host, the date and the session token are signed.
    `path` is one that needs no encoding.
    """
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    encoded = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(query.items()))
    # In the order of their names, which is the one they are signed in.
    headers = {
        "host": urlsplit(base).netloc,
        "x-amz-date": stamp,
        "x-amz-security-token": session.session_token.reveal(),
    }
    names = ";".join(headers)
    lines = ["POST", path, encoded, *(f"{name}:{value}" for name, value in headers.items()), "", names, _hash("")]
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, _hash("\n".join(lines))])
    signature = hmac.new(_derive_key(session.secret_key, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={session.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return Signed(
        url=f"{base}{path}?{encoded}",
        headers={
            "X-Amz-Date": stamp,
            "X-Amz-Security-Token": session.session_token,
            "Authorization": Secret(authorization),
        },
    )


def _derive_key(secret_key: Secret, scope: str) -> bytes:
    key = f"AWS4{secret_key.reveal()}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
