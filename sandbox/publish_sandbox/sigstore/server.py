"""Fulcio and Rekor on one loopback address, with the ways in which they can fail."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from publish_sandbox.clock import Clock, SettableClock
from publish_sandbox.http.answers import json_answer
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.issuer_keys import IssuerKeys, IssuerUnreachable
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer
from publish_sandbox.sigstore.authority import CertificateAuthority, Leaf
from publish_sandbox.sigstore.keys import LogKey
from publish_sandbox.sigstore.transparency_log import EntryExists, EntryRefused, TransparencyLog
from publish_sandbox.sigstore.trust_config import describe_trust

CERTIFICATES = "/api/v2/signingCert"
ENTRIES = "/api/v1/log/entries"
AUDIENCE = "sigstore"
_UNAUTHENTICATED, _INVALID_ARGUMENT, _UNAVAILABLE = 16, 3, 14
_BACKDATED = timedelta(hours=1)


class Misbehaviour(Enum):
    """What a Sigstore can do wrong while it answers 201; status codes and silence are `faults`."""

    FOREIGN_AUTHORITY = "certificates come from an authority that is not in the trusted root"
    FOREIGN_CT_KEY = "the certificate's timestamp is signed by another key than the CT log's"
    FOREIGN_LOG_KEY = "proofs and promises are signed by another key than the log's"
    REPLAYED_ENTRY = "the answer to every new entry is the log's first one"
    EXPIRED_CERTIFICATE = "certificates ran out ten minutes before they are issued"


class _IdentityRefused(Exception):
    """The ID token is not taken."""


class LocalSigstore(LocalServer):
    """Play a Sigstore on loopback, for ID tokens of a `LocalGitHub`.

        with LocalGitHub() as github, LocalSigstore(issuer=github.issuer) as sigstore:
            sigstore.trust_config()  # for clients

    What was issued and logged is in `certificates` and `log.bodies`. What goes wrong is armed in `faults` (paths
    `CERTIFICATES` and `ENTRIES`) and `misbehaviours`; `certificate_seconds` and `log_seconds` slow its answers.
    """

    def __init__(
        self,
        *,
        issuer: str,
        clock: Clock | None = None,
        keys: IssuerKeys | None = None,
        certificate_seconds: float = 0.0,
        log_seconds: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`issuer` is whose ID tokens are taken; `keys` verify them where the issuer's address is not to be asked."""
        super().__init__(host=host, port=port)
        self.clock = clock or SettableClock()
        self.certificate_seconds = certificate_seconds
        """Seconds that each certificate takes."""
        self.log_seconds = log_seconds
        """Seconds that each log entry takes."""
        self.certificate_life = timedelta(minutes=10)
        self.misbehaviours: set[Misbehaviour] = set()
        self.certificates: list[x509.Certificate] = []
        """Every certificate that was issued, oldest first."""
        self.begins = self.clock() - _BACKDATED
        self.authority = CertificateAuthority(self.begins)
        self.log = TransparencyLog(clock=self.clock)
        self._issuer = issuer
        self._keys = keys or IssuerKeys(issuer, self.clock)
        self._foreign_authority = CertificateAuthority(self.begins, ct_key=self.authority.ct_key)
        self._foreign_key = LogKey()

    def trust_config(self, *, timestamp_url: str | None = None) -> str:
        """Return the client trust configuration as JSON text; it names a timestamp authority where one is given."""
        return json.dumps(
            describe_trust(
                url=self.url,
                issuer=self._issuer,
                begins=self.begins,
                chain=(self.authority.intermediate, self.authority.root),
                ct_key=self.authority.ct_key,
                log_key=self.log.key,
                timestamp_url=timestamp_url,
            ),
            indent=2,
        )

    def answer(self, request: Incoming) -> Answer:
        """Answer as Fulcio v2 and Rekor v1 do."""
        match request.method, request.path:
            case "POST", "/api/v2/signingCert":
                return self._certify(request)
            case "POST", "/api/v1/log/entries":
                return self._log_entry(request)
            case "GET", "/api/v1/log/entries":
                return self._find_entry(request)
            case _:
                return json_answer({"code": 404, "message": "path not found"}, status=404)

    def _certify(self, request: Incoming) -> Answer:
        body = request.body.read_text()
        self.pause(self.certificate_seconds)
        try:
            claims = self._verify(request.headers.get("Authorization", "").removeprefix("Bearer "))
            public_key = _read_public_key(body)
        except IssuerUnreachable:
            return _refuse(503, _UNAVAILABLE, "the issuer's keys could not be fetched")
        except _IdentityRefused:
            return _refuse(401, _UNAUTHENTICATED, "There was an error processing the identity token")
        except (ValueError, KeyError, TypeError):
            return _refuse(400, _INVALID_ARGUMENT, "The certificate signing request could not be parsed")
        chain = self._issue(public_key, claims)
        self.certificates.append(chain[0])
        texts = [each.public_bytes(Encoding.PEM).decode() for each in chain]
        return json_answer({"signedCertificateEmbeddedSct": {"chain": {"certificates": texts}}})

    def _issue(self, public_key: ec.EllipticCurvePublicKey, claims: Mapping[str, object]) -> list[x509.Certificate]:
        expired = Misbehaviour.EXPIRED_CERTIFICATE in self.misbehaviours
        begins = self.clock() - (2 * self.certificate_life if expired else timedelta())
        leaf = Leaf(public_key=public_key, claims=claims, not_before=begins, not_after=begins + self.certificate_life)
        foreign = Misbehaviour.FOREIGN_AUTHORITY in self.misbehaviours
        ct_signer = self._foreign_key if Misbehaviour.FOREIGN_CT_KEY in self.misbehaviours else None
        return (self._foreign_authority if foreign else self.authority).issue(leaf, ct_signer=ct_signer)

    def _verify(self, token: str) -> Mapping[str, object]:
        """Return the claims of an ID token of the issuer's, made for Sigstore, valid now."""
        try:
            key = self._keys.find(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise _IdentityRefused
            claims: dict[str, object] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=self._issuer,
                # The times are judged below, by the clock that tests can move.
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise _IdentityRefused from None
        if float(str(claims["exp"])) <= self.clock().timestamp():
            raise _IdentityRefused
        return claims

    def _log_entry(self, request: Incoming) -> Answer:
        body = request.body.read_text()
        self.pause(self.log_seconds)
        try:
            proposed = json.loads(body)
            if not isinstance(proposed, dict):
                raise EntryRefused("not a JSON object")
            signer = self._foreign_key if Misbehaviour.FOREIGN_LOG_KEY in self.misbehaviours else None
            entry = self.log.add(proposed, signer=signer)
        except (ValueError, EntryRefused) as error:
            return _refuse(400, 400, str(error))
        except EntryExists as error:
            told = f"an equivalent entry already exists in the transparency log with UUID {error}"
            return _refuse(409, 409, told)
        if Misbehaviour.REPLAYED_ENTRY in self.misbehaviours:
            entry = self.log.first()
        return json_answer(entry, status=201)

    def _find_entry(self, request: Incoming) -> Answer:
        wanted = request.query.get("logIndex", "")
        entry = self.log.find(int(wanted)) if wanted.isdecimal() else None
        return json_answer(entry) if entry else _refuse(404, 404, "entry not found")


def _read_public_key(body: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key of a signing request whose own signature proves its possession."""
    request = x509.load_pem_x509_csr(base64.b64decode(json.loads(body)["certificateSigningRequest"]))
    key = request.public_key()
    if not request.is_signature_valid or not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("no proof of possession")
    return key


def _refuse(status: int, code: int, message: str) -> Answer:
    return json_answer({"code": code, "message": message, "details": []}, status=status)
