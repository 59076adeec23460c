"""The read side of the local PyPI: simple pages, JSON pages, provenance, in PyPI's shapes."""

import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from publish_sandbox.http.faults import Answer
from publish_sandbox.pypi.database import Project, StoredFile

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
_PLAIN_HTML = "text/html"
_CACHED = {"Cache-Control": "max-age=600, public", "Vary": "Accept-Encoding, Accept"}


def negotiate(accept: str) -> str:
    """Return the content type for an `Accept` header: the preferred one of three, else plain HTML."""
    liked: dict[str, float] = {}
    for entry in accept.split(","):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        liked[kind] = float(weight) if weight.replace(".", "", 1).isdigit() else 0.0
    known = [kind for kind in (_JSON, _HTML, _PLAIN_HTML) if liked.get(kind, 0) > 0]
    return max(known, key=lambda kind: liked[kind], default=_PLAIN_HTML)


def render_project(
    project: Project,
    files: list[StoredFile],
    *,
    base_url: str,
    serial: int,
    accept: str,
    false_hashes: Mapping[str, str],
) -> Answer:
    """Return the simple page of a project with these files; `false_hashes` maps file names to wrong hashes."""
    kind = negotiate(accept)
    body = (
        _json_page(project, files, base_url, serial, false_hashes)
        if kind == _JSON
        else _html_page(project, files, base_url, serial, false_hashes)
    )
    return _cached(kind, body, serial)


def render_list(projects: Iterable[Project], *, serial: int, accept: str) -> Answer:
    """Return the list of all projects."""
    kind = negotiate(accept)
    if kind == _JSON:
        names = [{"_last-serial": serial, "name": project.name} for project in projects]
        return _cached(kind, json.dumps({"meta": _meta(serial), "projects": names}), serial)
    links = "".join(f'<a href="/simple/{project.key}/">{html.escape(project.name)}</a><br />' for project in projects)
    return _cached(kind, f"<!DOCTYPE html><html><body>{links}</body></html>", serial)


def render_release_json(project: Project, files: list[StoredFile], *, base_url: str) -> dict[str, object]:
    """Return the document of `/pypi/NAME/json`."""
    releases: dict[str, list[object]] = {}
    for file in files:
        releases.setdefault(file.version, []).append(_legacy_file(file, base_url))
    latest = files[-1].version if files else None
    return {
        "info": {"name": project.name, "version": latest, "yanked": False},
        "last_serial": len(files),
        "releases": releases,
        "urls": releases.get(latest or "", []),
    }


def _json_page(
    project: Project, files: list[StoredFile], base_url: str, serial: int, false_hashes: Mapping[str, str]
) -> str:
    return json.dumps(
        {
            "files": [_simple_file(file, base_url, false_hashes) for file in files],
            "meta": _meta(serial),
            "name": project.key,
            "project-status": {"status": project.status},
            "versions": list(dict.fromkeys(file.version for file in files)),
        }
    )


def _simple_file(file: StoredFile, base_url: str, false_hashes: Mapping[str, str]) -> dict[str, object]:
    core_metadata = _core_metadata(file)
    return {
        "core-metadata": core_metadata,
        "data-dist-info-metadata": core_metadata,
        "filename": file.file_name,
        "hashes": {"sha256": false_hashes.get(file.file_name, file.sha256)},
        "provenance": _provenance_url(file, base_url),
        "requires-python": file.requires_python,
        "size": file.size,
        "upload-time": _time(file.uploaded),
        "url": base_url + file.url_path,
        "yanked": file.yanked,
    }


def _html_page(
    project: Project, files: list[StoredFile], base_url: str, serial: int, false_hashes: Mapping[str, str]
) -> str:
    links = "\n".join(_link(file, base_url, false_hashes) for file in files)
    name = html.escape(project.name)
    return (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta name="pypi:repository-version" content="1.4">\n'
        f'    <meta name="pypi:project-status" content="{project.status}">\n    <title>Links for {name}</title>\n'
        f"  </head>\n  <body>\n    <h1>Links for {name}</h1>\n{links}\n</body>\n</html>\n<!--SERIAL {serial}-->"
    )


def _link(file: StoredFile, base_url: str, false_hashes: Mapping[str, str]) -> str:
    attributes = ""
    if file.requires_python:
        attributes += f' data-requires-python="{html.escape(file.requires_python)}"'
    if file.yanked:
        attributes += ' data-yanked=""'
    if isinstance(core := _core_metadata(file), dict):
        attributes += "".join(f' {name}="sha256={core["sha256"]}"' for name in _METADATA_ATTRIBUTES)
    if url := _provenance_url(file, base_url):
        attributes += f' data-provenance="{url}"'
    sha256 = false_hashes.get(file.file_name, file.sha256)
    return f'<a href="{base_url}{file.url_path}#sha256={sha256}"{attributes}>{file.file_name}</a><br />'


_METADATA_ATTRIBUTES = ("data-dist-info-metadata", "data-core-metadata")


def _legacy_file(file: StoredFile, base_url: str) -> dict[str, object]:
    return {
        "filename": file.file_name,
        "digests": {"blake2b_256": file.blake2b, "md5": file.md5, "sha256": file.sha256},
        "packagetype": "bdist_wheel" if file.file_name.endswith(".whl") else "sdist",
        "size": file.size,
        "upload_time_iso_8601": _time(file.uploaded),
        "url": base_url + file.url_path,
        "yanked": file.yanked,
    }


def _core_metadata(file: StoredFile) -> dict[str, str] | bool:
    return {"sha256": hashlib.sha256(file.core_metadata).hexdigest()} if file.core_metadata is not None else False


def _provenance_url(file: StoredFile, base_url: str) -> str | None:
    if file.attestations is None:
        return None
    return f"{base_url}/integrity/{file.project}/{file.version}/{file.file_name}/provenance"


def _meta(serial: int) -> dict[str, object]:
    return {"_last-serial": serial, "api-version": "1.4"}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def _cached(kind: str, body: str, serial: int) -> Answer:
    content = body.encode()
    headers = {
        **_CACHED,
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:22]}"',
        "X-PyPI-Last-Serial": str(serial),
    }
    charset = "; charset=UTF-8" if kind == _PLAIN_HTML else ""
    return Answer(content_type=kind + charset, headers=headers, body=content)
