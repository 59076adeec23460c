#!/usr/bin/env bash
# sigstore-python asks a certificate authority under a path at the root of its host instead.
#
# A signing config (`caUrls`, `rekorTlogUrls`) may name services behind one gateway, each under a path. For the log
# the path is kept; for the certificate authority it is dropped without a word, so the ID token goes to whatever
# answers at the root. sigstore-go appends to the URL in both cases, so the same file works there.
# Exits 0 while that is so, and 1 when the behaviour has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sigstore==4.5.1 2>"$folder/pip" ||
    { cat "$folder/pip" >&2; exit 2; }

"$folder/venv/bin/python" -I - <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from sigstore.models import SigningConfig
from sigstore_models.trustroot import v1

print(f"Python {sys.version.split()[0]}, sigstore {version('sigstore')}, requests {version('requests')}")
asked = []


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Gateway)
threading.Thread(target=server.serve_forever, daemon=True).start()
gateway = f"http://127.0.0.1:{server.server_port}"


def service(path: str) -> dict[str, object]:
    valid = {"start": "2026-01-01T00:00:00Z"}
    return {"url": f"{gateway}{path}", "majorApiVersion": 1, "validFor": valid, "operator": "example.org"}


config = SigningConfig(
    v1.SigningConfig.from_json(
        json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [service("/fulcio")],
                "oidcUrls": [],
                "rekorTlogUrls": [service("/rekor")],
                "tsaUrls": [],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaConfig": {"selector": "ANY"},
            }
        )
    )
)
for ask in (config.get_fulcio().trust_bundle.get, config.get_tlogs()[0].log.get):
    try:
        ask()
    except Exception:  # the gateway answers 404 to everything
        pass
server.shutdown()
print(f"configured: {gateway}/fulcio   asked: {asked[0]}")
print(f"configured: {gateway}/rekor    asked: {asked[1]}")
dropped = asked == ["/api/v2/trustBundle", "/rekor/api/v1/log"]
print("The path of the certificate authority is dropped; that of the log is kept." if dropped else "It has changed.")
sys.exit(0 if dropped else 1)
PYTHON
