"""Upload tokens as PyPI makes them: macaroons with caveats, known or not, expired or not."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

_PREFIX = "pypi-"
_LOCATION, _IDENTIFIER, _SIGNATURE, _END = 1, 2, 6, 0

Caveat = tuple[object, ...]
"""`(0, expires, not_before)`, `(2, (project id, ...))`, `(3, user)` or `(4, publisher, None)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as the index keeps it."""

    identifier: str
    key: bytes
    caveats: tuple[Caveat, ...]
    user: str | None = None
    """Who made the API token; None for a token that Trusted Publishing minted."""
    publisher: str | None = None
    """Id of the trusted publisher it was minted for."""


class UploadTokens:
    """Hold the tokens of one index."""

    def __init__(self, location: str) -> None:
        self._location = location
        self._rows: dict[str, TokenRow] = {}
        self._lock = threading.Lock()

    def issue(self, *caveats: Caveat, user: str | None = None, publisher: str | None = None) -> str:
        """Make a token and remember it."""
        row = TokenRow(
            identifier=str(uuid.uuid4()),
            key=secrets.token_bytes(32),
            caveats=caveats,
            user=user,
            publisher=publisher,
        )
        with self._lock:
            self._rows[row.identifier] = row
        return _spell(self._location, row)

    def find(self, token: str) -> TokenRow | None:
        """Return the row of a token, its signature not yet verified; None for malformed, unknown and purged ones."""
        parts = _parts(token)
        return self._rows.get(parts.identifier) if parts else None

    def is_signed(self, token: str, row: TokenRow) -> bool:
        """Return whether the token's signature is that of its caveats under the row's key."""
        parts = _parts(token)
        return parts is not None and hmac.compare_digest(parts.signature, _sign(row.key, row.identifier, parts.caveats))

    def purge(self, token: str) -> None:
        """Forget a token, as burning it or the daily clean-up does."""
        row = self.find(token)
        if row:
            with self._lock:
                self._rows.pop(row.identifier, None)


@dataclass(frozen=True, slots=True)
class _Parts:
    identifier: str
    caveats: tuple[bytes, ...]
    signature: bytes


def _spell(location: str, row: TokenRow) -> str:
    caveats = tuple(json.dumps(caveat).encode() for caveat in row.caveats)
    packets = [
        b"\x02",
        _packet(_LOCATION, location.encode()),
        _packet(_IDENTIFIER, row.identifier.encode()) + bytes([_END]),
        *(_packet(_IDENTIFIER, caveat) + bytes([_END]) for caveat in caveats),
        bytes([_END]) + _packet(_SIGNATURE, _sign(row.key, row.identifier, caveats)),
    ]
    return _PREFIX + base64.urlsafe_b64encode(b"".join(packets)).rstrip(b"=").decode()


def _sign(key: bytes, identifier: str, caveats: tuple[bytes, ...]) -> bytes:
    """Chain the signature through the caveats, so that one can be added but none taken away."""
    signature = hmac.digest(key, identifier.encode(), hashlib.sha256)
    for caveat in caveats:
        signature = hmac.digest(signature, caveat, hashlib.sha256)
    return signature


def _packet(kind: int, data: bytes) -> bytes:
    low, high = len(data) & 0x7F, len(data) >> 7
    return bytes([kind, *([low | 0x80, high] if high else [low])]) + data


def _parts(token: str) -> _Parts | None:
    if not token.startswith(_PREFIX):
        return None
    text = token.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        packets = list(_packets(raw))
        identifiers = [data for kind, data in packets if kind == _IDENTIFIER]
        signatures = [data for kind, data in packets if kind == _SIGNATURE]
        return _Parts(identifiers[0].decode(), tuple(identifiers[1:]), signatures[0])
    except (ValueError, IndexError):
        return None


def _packets(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the typed packets of a macaroon in its binary form, version 2."""
    at = 1
    while at < len(raw):
        kind, at = raw[at], at + 1
        if kind == _END:
            continue
        length, at = raw[at], at + 1
        if length & 0x80:
            length, at = (length & 0x7F) | raw[at] << 7, at + 1
        yield kind, raw[at : at + length]
        at += length
