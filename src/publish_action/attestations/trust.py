"""Which Sigstore is trusted, and where it is: the public one as embedded here, or the one of a configuration file.

Nothing is fetched and no cache is read: TUF's cache lies in HOME, where earlier steps of a job can write.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from urllib.parse import quote

from pydantic import ValidationError
from sigstore.errors import Error as SigstoreError
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier

from publish_action.errors import InputsInvalid
from publish_action.untrusted.json import parse_json_object
from publish_action.untrusted.text import shorten
from publish_action.untrusted.url import CanonicalUrl, UrlProblem, parse_url

_PUBLIC_FOLDER = quote("https://tuf-repo-cdn.sigstore.dev", safe="")
_CONFIG_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
# PyPI takes no entry of a Rekor v2 log yet (pypi-attestations#147).
_LOG_VERSION = 1
_REMEDY = "Fetch the file again from whoever runs that Sigstore; see `publish-action explain E_TRUST_CONFIG`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A Sigstore: whom to trust, and where to sign."""

    config: ClientTrustConfig
    verifier: Verifier
    certificate_url: CanonicalUrl
    """Fulcio."""
    log_url: CanonicalUrl
    """Rekor."""
    is_public: bool

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that signing dials, and no others; verifying dials none."""
        return tuple(dict.fromkeys((self.certificate_url.host, self.log_url.host)))

    def link_entry(self, log_index: int) -> str:
        """Return where a person can read the entry of that index."""
        if self.is_public:
            return f"https://search.sigstore.dev/?logIndex={log_index}"
        return f"{self.log_url.text.rstrip('/')}/api/v1/log/entries?logIndex={log_index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRoot:
    """The root of Sigstore's TUF repository that this installation carries."""

    version: int
    expires: datetime

    def warn_of_age(self, now: datetime) -> str | None:
        """Return a warning about an expired root, which still works until Sigstore rotates its keys; else None."""
        if now <= self.expires:
            return None
        return (
            f"The Sigstore trust root of this release (version {self.version}) expired on {self.expires:%Y-%m-%d}. "
            "It works until Sigstore rotates its keys; use a newer release of publish-action."
        )

    def __str__(self) -> str:
        return f"Sigstore trust root: version {self.version}, expires {self.expires:%Y-%m-%d}"


def read_embedded_root() -> EmbeddedRoot:
    """Return what is known of the embedded root."""
    signed = json.loads(_read_embedded("root.json"))["signed"]
    return EmbeddedRoot(version=int(signed["version"]), expires=datetime.fromisoformat(signed["expires"]))


def load_public_trust() -> Trust:
    """Return the public Sigstore, as the installed library embeds it."""
    parts = {
        "mediaType": _CONFIG_TYPE,
        "trustedRoot": json.loads(_read_embedded("trusted_root.json")),
        "signingConfig": json.loads(_read_embedded("signing_config.v0.2.json")),
    }
    return _build_trust(json.dumps(parts), is_public=True)


def parse_trust_config(content: bytes) -> Trust:
    """Return the Sigstore of a client trust configuration file.

    Raises `InputsInvalid` (`E_TRUST_CONFIG`) for what is none, and where it names an address that is neither https
    nor on the loopback interface.
    """
    if parse_json_object(content) is None:
        raise _invalid("it is not a JSON object")
    try:
        return _build_trust(content.decode("utf-8"), is_public=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _invalid(f"{'.'.join(map(str, first['loc']))}: {shorten(first['msg'])}") from error
    except (SigstoreError, ValueError) as error:
        raise _invalid(shorten(str(error))) from error


def _build_trust(text: str, *, is_public: bool) -> Trust:
    # It would log what it cannot read of a trust root, as it stands there.
    logging.getLogger("sigstore").setLevel(logging.CRITICAL)
    config = ClientTrustConfig.from_json(text)
    config.force_tlog_version = _LOG_VERSION
    signing = config.signing_config
    urls = [getattr(client, "url", "") for client in (signing.get_fulcio(), *signing.get_tlogs()[:1])]
    return Trust(
        config=config,
        verifier=Verifier(trusted_root=config.trusted_root),
        certificate_url=_refuse_path(_parse_address(urls[0])),
        log_url=_parse_address(urls[1].removesuffix("/api/v1")),
        is_public=is_public,
    )


def _parse_address(text: str) -> CanonicalUrl:
    parsed = parse_url(text if text.count("/") > 2 else f"{text}/")
    if isinstance(parsed, UrlProblem):
        raise _invalid(f"an address of its signing config cannot be used: {parsed.reason}")
    return parsed


def _refuse_path(url: CanonicalUrl) -> CanonicalUrl:
    """Sigstore's Python client drops the path of a certificate authority, and would dial another address."""
    if url.path != "/":
        raise _invalid(f"{url.text} has a path, which the client for certificate authorities ignores")
    return url


def _read_embedded(name: str) -> str:
    return files("sigstore._store").joinpath(_PUBLIC_FOLDER, name).read_text("utf-8")


def _invalid(reason: str) -> InputsInvalid:
    return InputsInvalid(
        f"sigstore-trust-config: the file is not a usable trust configuration: {reason}.",
        remedy=_REMEDY,
        code="E_TRUST_CONFIG",
    )
