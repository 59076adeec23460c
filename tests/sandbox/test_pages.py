"""The read side of the local PyPI has PyPI's shapes."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish_sandbox.distributions.builder import build_sdist, build_wheel
from publish_sandbox.pypi.server import LocalPyPI
from publish_sandbox.pypi.simple_pages import negotiate
from support.sandbox_forms import request, send

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.fixture
def pypi(tmp_path: Path) -> Iterator[LocalPyPI]:
    with LocalPyPI() as index:
        token = index.api_token("alice")
        send(index, build_wheel(tmp_path, "demo", "1.0"), token, fields={"requires_python": ">=3.9"})
        send(index, build_sdist(tmp_path, "demo", "1.0"), token)
        yield index


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (JSON, JSON),
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", JSON),
        (f"{JSON};q=0.1, {HTML}", HTML),
        ("text/html", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "text/html"),
        ("application/vnd.pypi.simple.latest+json", "text/html"),
        (f"{JSON};q=0", "text/html"),
        (f"{JSON};q=nonsense", "text/html"),
        ("", "text/html"),
    ],
)
def test_negotiation(accept: str, kind: str) -> None:
    """The best-liked of three kinds is served; no match is plain HTML."""
    assert negotiate(accept) == kind


def test_json_page(pypi: LocalPyPI, tmp_path: Path) -> None:
    """The JSON page lists each file with hash, size and metadata."""
    page = json.loads(request("GET", f"{pypi.simple_url}demo/", headers={"Accept": JSON}).text)

    wheel, sdist = page["files"]
    assert (page["name"], page["versions"], page["meta"]["api-version"]) == ("demo", ["1.0"], "1.4")
    assert wheel["requires-python"] == ">=3.9"
    assert wheel["hashes"]["sha256"] == hashlib.sha256((tmp_path / wheel["filename"]).read_bytes()).hexdigest()
    assert (sdist["core-metadata"], sdist["size"]) == (False, (tmp_path / sdist["filename"]).stat().st_size)


def test_metadata_is_served_beside_the_wheel(pypi: LocalPyPI) -> None:
    """METADATA is at the file's URL with `.metadata`, with the hash the page says."""
    page = json.loads(request("GET", f"{pypi.simple_url}demo/", headers={"Accept": JSON}).text)

    served = request("GET", page["files"][0]["url"] + ".metadata").text

    assert hashlib.sha256(served.encode()).hexdigest() == page["files"][0]["core-metadata"]["sha256"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/simple/Demo/", 301),
        ("/simple/demo", 301),
        ("/simple/unknown/", 404),
        ("/simple/demo/", 200),
        ("/simple/", 200),
        ("/pypi/demo/json", 200),
        ("/pypi/demo/1.0.0/json", 200),
        ("/pypi/demo/2.0/json", 404),
        ("/pypi/unknown/json", 404),
        ("/integrity/demo/1.0/demo-1.0.tar.gz/provenance", 404),
        ("/packages/none", 404),
    ],
)
def test_statuses(pypi: LocalPyPI, path: str, status: int) -> None:
    """Addresses of the read side answer as PyPI's do."""
    assert request("GET", pypi.url + path).status == status


def test_json_api_tells_when_a_release_began(pypi: LocalPyPI) -> None:
    """The JSON API has digests and the time of each file."""
    document = json.loads(request("GET", f"{pypi.url}/pypi/demo/json").text)

    first = document["releases"]["1.0"][0]
    assert set(first["digests"]) == {"blake2b_256", "md5", "sha256"}
    assert first["upload_time_iso_8601"].endswith("Z")
