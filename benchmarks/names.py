"""Measure the name check on a made-up list of a million names: `python -m benchmarks.names` (or `make bench-names`)."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

_NAMES = 1_000_000
_TYPES = {"json": "application/vnd.pypi.simple.v1+json", "html": "text/html"}
_SECONDS, _MEGABYTES = 2.0, 250.0
_MEASURE = "--measure"


def main(arguments: list[str]) -> int:
    """Measure each form in a process of its own; the status tells whether the figure was kept."""
    if arguments[:1] == [_MEASURE]:
        return _measure(arguments[1], Path(arguments[2]))
    with TemporaryDirectory() as folder:
        kept = [_report(form, _write(form, Path(folder))) for form in _TYPES]
    return 0 if all(kept) else 1


def _write(form: str, folder: Path) -> Path:
    """Write a root page as PyPI serves it, with serial numbers."""
    names = _make_names()
    if form == "json":
        projects = [{"_last-serial": 30_000_000 + number, "name": name} for number, name in enumerate(names)]
        text = json.dumps({"meta": {"_last-serial": 30_000_000, "api-version": "1.4"}, "projects": projects})
    else:
        links = "\n".join(f'    <a href="/simple/{name.lower()}/">{name}</a>' for name in names)
        text = f"<!DOCTYPE html>\n<html>\n  <body>\n{links}\n  </body>\n</html>"
    path = folder / form
    path.write_text(text)
    return path


def _make_names() -> Iterator[str]:
    stems = ("django", "Flask", "py", "data_tools", "zope.interface", "ml", "azure-mgmt", "llama1ndex")
    for number in range(_NAMES):
        yield f"{stems[number % len(stems)]}-{number * 2654435761 % 16**7:x}"


def _report(form: str, path: Path) -> bool:
    command = [sys.executable, "-m", "benchmarks.names", _MEASURE, form, str(path)]
    seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    size = path.stat().st_size / 1e6
    print(f"{form}: {_NAMES} names, {size:.0f} MB: {seconds:.2f} s, {megabytes:.0f} MB at most")
    return bool(seconds < _SECONDS and megabytes < _MEGABYTES)


def _measure(form: str, path: Path) -> int:
    # Imported here alone: the parent makes the pages, and this process is what is measured.
    from publish_action.index.name_list import compare_name, parse_names  # noqa: PLC0415
    from publish_action.network.client import RequestsClient  # noqa: F401, PLC0415 -- a run has it loaded

    with path.open("rb") as file:
        # In blocks that are joined at the end, as an answer of an index is read.
        body = b"".join(list(iter(lambda: file.read(65536), b"")))
    began = time.process_time()
    names = parse_names(content_type=_TYPES[form], body=body)
    assert isinstance(names, bytes)
    compare_name("acme-secret-tools", names, modules=frozenset())
    seconds = time.process_time() - began
    print(json.dumps([seconds, _peak_megabytes()]))
    return 0


def _peak_megabytes() -> float:
    """Return this process's own peak; `getrusage` would give that of the parent it was forked from."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
