"""The public names of GitHub and PyPI, played on this machine: a proxy behind which every host is a local server."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from publish_sandbox.clock import SettableClock
from publish_sandbox.github import id_tokens
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import Answer
from publish_sandbox.http.issuer_keys import IssuerKeys
from publish_sandbox.http.request import Incoming
from publish_sandbox.http.server import LocalServer

_LONGEST_HEAD = 8192
_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Where one GitHub server says that it is (GitHub docs; docs/decisions/0016-github-addresses.md)."""

    server: str
    api: str
    issuer: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the host of each address."""
        return tuple(url.removeprefix("https://").partition("/")[0] for url in (self.server, self.api, self.issuer))


GITHUB_COM = Names(
    server="https://github.com", api="https://api.github.com", issuer="https://token.actions.githubusercontent.com"
)
DATA_RESIDENCY = Names(
    server="https://octo.ghe.com", api="https://api.octo.ghe.com", issuer="https://token.actions.octo.ghe.com"
)
ENTERPRISE_SERVER = Names(
    server="https://git.acme.example",
    api="https://git.acme.example/api/v3",
    issuer="https://git.acme.example/_services/token",
)
PYPI_HOSTS = ("upload.pypi.org", "pypi.org")


class NamedGitHub(LocalGitHub):
    """A local GitHub that signs and answers under the names of another; only requests for ID tokens know its port."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    @property
    def issuer(self) -> str:
        """Return the `iss` of its ID tokens."""
        return self.names.issuer

    @property
    def api_url(self) -> str:
        """Return the address of the REST API."""
        return self.names.api

    def answer(self, request: Incoming) -> Answer:
        """Answer as the server of these names does, wherever it has its API and its keys."""
        if request.path.startswith("/.well-known/"):
            return self._publish_keys(request.path)
        if request.path.startswith("/repos/"):
            request.path = f"/api/v3{request.path}"
        return super().answer(request)


class SandboxKeys(IssuerKeys):
    """The sandbox's public keys, without asking the host whose name the issuer bears."""

    def __init__(self, issuer: str) -> None:
        super().__init__(issuer, SettableClock())

    def _fetch(self) -> list[jwt.PyJWK]:
        return jwt.PyJWKSet.from_dict(id_tokens.public_keys()).keys


@contextlib.contextmanager
def play(hosts: Mapping[str, LocalServer], folder: Path) -> Iterator[dict[str, str]]:
    """Return the variables and inputs with which a run finds the local servers behind these hosts' names.

    `HTTPS_PROXY` is the proxy's address, `ca-bundle` the certificate to believe. A host that nobody plays is refused.
    """
    authority = _write_certificates(folder, sorted(hosts))
    with _Proxy(hosts, folder) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}", "ca-bundle": str(authority)}
        finally:
            proxy.shutdown()
            thread.join()


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, hosts: Mapping[str, LocalServer], folder: Path) -> None:
        self.ports = {host: int(server.url.rpartition(":")[2]) for host, server in hosts.items()}
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(folder / "server.pem")
        super().__init__(("127.0.0.1", 0), _Tunnel)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: the only error that arrives here is a client that disconnected."""


class _Tunnel(socketserver.BaseRequestHandler):
    """One CONNECT: the client's TLS ends here, and what is in it goes to the local server."""

    server: _Proxy
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(_SECONDS)
        host = _read_connect(self.request)
        if host not in self.server.ports:
            self.request.sendall(b"HTTP/1.1 502 Nobody plays this host\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            self.server.tls.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.server.ports[host]), timeout=_SECONDS) as local,
        ):
            back = threading.Thread(target=_pour, args=(local, client))
            back.start()
            _pour(client, local)
            back.join()


def _read_connect(client: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        received = client.recv(_LONGEST_HEAD)
        if not received:
            break
        head += received
    words = head.decode("latin-1").split(" ", 2)
    return words[1].removesuffix(":443") if words[0] == "CONNECT" and len(words) == 3 else ""


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Send on what comes, until nothing more does; then tell the other side so."""
    with contextlib.suppress(OSError):
        while received := source.recv(1 << 16):
            target.sendall(received)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _write_certificates(folder: Path, hosts: list[str]) -> Path:
    """Write `server.pem` for all hosts, signed by the authority whose certificate is given."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, key = _name("sandbox authority"), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(authority, authority, key.public_key(), x509.BasicConstraints(ca=True, path_length=0), [])
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate(
        _name("sandbox"), authority, server_key.public_key(), x509.BasicConstraints(ca=False, path_length=None), hosts
    )
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(private + _sign(server, key))
    path = folder / "authority.pem"
    path.write_bytes(_sign(root, key))
    return path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    constraints: x509.BasicConstraints,
    hosts: list[str],
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(constraints, critical=True)
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    return made.add_extension(names, critical=False) if hosts else made


def _sign(certificate: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    return certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
