"""Servers on the loopback that misbehave byte by byte, with and without TLS."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PATIENCE = 15.0
"""Seconds after which a server gives up by itself: a client without a deadline fails its test, and does not hang."""

Serve = Callable[[socket.socket], None]


def make_certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path


@contextmanager
def serve_raw(serve: Serve, certificate: Path | None = None) -> Iterator[int]:
    """Serve each connection in a thread of its own until the block ends, and give the port.

    Connections are closed when `serve` returns; with a certificate they are encrypted.
    """
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    open_now = list[socket.socket]()

    def run(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(PATIENCE)
            if context is None:
                serve(connection)
                return
            with context.wrap_socket(connection, server_side=True) as encrypted:
                open_now.append(encrypted)
                serve(encrypted)

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_now.append(connection)
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in open_now:
        with contextlib.suppress(OSError):
            connection.close()


def read_head(connection: socket.socket) -> bytes:
    """Read as far as the head of a request, and give what came."""
    heard = b""
    while b"\r\n\r\n" not in heard and (block := connection.recv(65536)):
        heard += block
    return heard


def read_request(connection: socket.socket) -> None:
    """Read a request with its body, which has a length."""
    head, _, body = read_head(connection).partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length and (block := connection.recv(65536)):
        body += block


def drip(begin: bytes, again: bytes, pause: float = 0.02) -> Serve:
    """Answer with `begin`, and then with `again` again and again."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(begin)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            connection.sendall(again)
            time.sleep(pause)

    return serve


def stay_silent(connection: socket.socket) -> None:
    """Send nothing, not even the first byte; without a certificate the TLS handshake gets no response either."""
    time.sleep(PATIENCE / 3)


def reset(connection: socket.socket) -> None:
    """End a connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
