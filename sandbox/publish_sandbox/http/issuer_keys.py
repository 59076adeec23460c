"""Fetch and cache an issuer's signing keys, as PyPI does."""

import json
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import jwt

from publish_sandbox.clock import Clock

_REFETCH_AFTER = timedelta(seconds=60)


_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class IssuerUnreachable(Exception):
    """The issuer's keys could not be had; PyPI then closes the connection without an answer."""


class IssuerKeys:
    """Hold the public keys of one issuer, without expiry; ask again only for an unknown key id, once a minute."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked: datetime | None = None
        self._lock = threading.Lock()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key of that id. Raises `IssuerUnreachable` if the issuer had to be asked and did not respond."""
        with self._lock:
            now = self._clock()
            if key_id not in self._keys and (self._asked is None or now - self._asked >= _REFETCH_AFTER):
                self._keys = {key.key_id or "": key for key in self._fetch()}
                self._asked = now
            return self._keys.get(key_id)

    def _fetch(self) -> list[jwt.PyJWK]:
        try:
            configuration = _read_json(f"{self._issuer}/.well-known/openid-configuration")
            return jwt.PyJWKSet.from_dict(_read_json(str(configuration["jwks_uri"]))).keys
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            raise IssuerUnreachable from error


def _read_json(url: str) -> dict[str, object]:
    with _NO_PROXY.open(url, timeout=5) as answer:
        value = json.load(answer)
    if not isinstance(value, dict):
        raise ValueError(url)
    return value
