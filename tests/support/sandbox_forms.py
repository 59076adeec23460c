"""A good upload form for the local PyPI, and how tests send it."""

import base64
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import requests

from publish_sandbox.pypi.server import LocalPyPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An answer, as a client sees it."""

    status: int
    reason: str
    text: str
    headers: Mapping[str, str]


def good_fields(path: Path) -> dict[str, str | list[str]]:
    """Return the fields that twine sends with a distribution of the project `demo`, the version as its name says."""
    is_wheel = path.suffix == ".whl"
    content = path.read_bytes()
    return {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": "demo",
        "version": path.name.removesuffix(".tar.gz").split("-")[1],
        "filetype": "bdist_wheel" if is_wheel else "sdist",
        "pyversion": "py3" if is_wheel else "source",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(content, digest_size=32).hexdigest(),
    }


def send(
    pypi: LocalPyPI,
    path: Path,
    token: str,
    *,
    fields: Mapping[str, str | list[str]] | None = None,
    accept: str = "text/plain",
    authorization: str | None = None,
    file_name: str | None = None,
    content_type: str = "application/octet-stream",
) -> Came:
    """Upload a distribution with good fields, `fields` replacing some of them."""
    merged = {**good_fields(path), **(fields or {})}
    pairs = [
        (key, value) for key, values in merged.items() for value in ([values] if isinstance(values, str) else values)
    ]
    basic = base64.b64encode(f"__token__:{token}".encode()).decode()
    return request(
        "POST",
        pypi.upload_url,
        data=pairs,
        files={"content": (file_name or path.name, path.read_bytes(), content_type)},
        headers={"Accept": accept, "Authorization": authorization or f"Basic {basic}"},
    )


def race(pypi: LocalPyPI, paths: list[Path], token: str) -> list[int]:
    """Upload all distributions so that each has passed all checks before the first is stored; give the statuses."""
    pypi.rules.commit_gate = Barrier(len(paths))
    with ThreadPoolExecutor(len(paths)) as pool:
        statuses = list(pool.map(lambda path: send(pypi, path, token).status, paths))
    pypi.rules.commit_gate = None
    return statuses


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    data: list[tuple[str, str]] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
) -> Came:
    """Send one request on a connection of its own, following nothing."""
    with requests.Session() as session:
        session.trust_env = False
        came = session.request(
            method, url, headers=headers, json=json, data=data, files=files, timeout=10, allow_redirects=False
        )
        return Came(status=came.status_code, reason=came.reason, text=came.text, headers=came.headers)
