"""Small files that unpack to something large: `check` ends with a verdict, and never takes 200 MB."""

import gzip
import io
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_CHECK = """
import sys
from publish_action.cli.main import run
status = run(["check", "dist"])
with open("/proc/self/status") as file:
    (peak,) = (line.split()[1] for line in file if line.startswith("VmHWM"))
sys.stdout.write(f"\\nPEAK {status} {peak}\\n")
"""
_METADATA = b"Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n"
_WHEEL = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_INFO = "acme-1.0.dist-info"


def wheel(**texts: bytes) -> bytes:
    """Return a wheel with these small files; RECORD lists nothing unless it is given."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"METADATA": _METADATA, "WHEEL": _WHEEL, "RECORD": b"", **texts}.items():
            archive.writestr(f"{_INFO}/{name}", data)
    return file.getvalue()


def entry_points(data: bytes) -> bytes:
    return wheel(**{"entry_points.txt": data})


def sdist(*blocks: bytes, pyproject: bytes = b"") -> bytes:
    """Return an sdist that begins with these blocks of a tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in (("PKG-INFO", _METADATA), ("pyproject.toml", pyproject)):
            member = tarfile.TarInfo(f"acme-1.0/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(b"".join(blocks) + file.getvalue(), 1)


def pax(kind: bytes, keyword: str, size: int) -> bytes:
    """Return an extended header whose one value has this length and begins like a path of the sdist."""
    value = b"acme-1.0/" + b"a" * (size - len(b"acme-1.0/"))
    length = size
    while len(f"{length} {keyword}=\n") + size != length:
        length = len(f"{length} {keyword}=\n") + size
    data = f"{length} {keyword}=".encode() + value + b"\n"
    header = tarfile.TarInfo("pax")
    header.type, header.size = kind, len(data)
    return header.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def empty_member() -> bytes:
    return tarfile.TarInfo("acme-1.0/a").tobuf(tarfile.USTAR_FORMAT)


def comments(count: int, size: int) -> list[bytes]:
    return [pax(tarfile.XHDTYPE, "comment", size)] * count


def pairs(kind: bytes, keyword: str, count: int) -> Iterator[bytes]:
    """Return members, each behind an extended header of 60 kB."""
    for number in range(count):
        yield pax(kind, keyword.format(number), 60_000) + empty_member()


def ballast() -> bytes:
    """Return an incompressible member of 6 MB: a file may unpack to fifty times its size before it is a bomb."""
    data = random.Random(1).randbytes(6 * MIB)
    member = tarfile.TarInfo("acme-1.0/ballast")
    member.size = len(data)
    return member.tobuf(tarfile.USTAR_FORMAT) + data


MIB = 1 << 20
WHEELS: dict[str, Callable[[], bytes]] = {
    "blank lines in RECORD": lambda: wheel(RECORD=b"\n" * (16 * MIB - 1)),
    "rows in RECORD": lambda: wheel(RECORD=b"".join(b"%x,,\n" % number for number in range(1_800_000))),
    "lines in WHEEL": lambda: wheel(WHEEL=_WHEEL + b"a:\n" * 5_000_000),
    "lines in entry_points.txt": lambda: entry_points(b"[a]\n" + b"a=\n" * 1_900_000),
    "fields in METADATA": lambda: wheel(METADATA=_METADATA + b"A:\n" * 2_700_000),
    "parts in METADATA": lambda: wheel(
        METADATA=_METADATA
        + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(90_000))
    ),
}
SDISTS: dict[str, Callable[[], bytes]] = {
    "dotted key": lambda: sdist(pyproject=b".".join([b"a"] * 60_000) + b" = 1"),
    "dotted header": lambda: sdist(pyproject=b"[" + b".".join([b"a"] * 500_000) + b"]"),
    "long names": lambda: sdist(*(pax(tarfile.XHDTYPE, "path", 8 * MIB) + empty_member() for _ in range(8))),
    "many names": lambda: sdist(ballast(), *pairs(tarfile.XHDTYPE, "path", 4000)),
    "headers in headers": lambda: sdist(*comments(1000, 60_000), empty_member()),
    "large headers in headers": lambda: sdist(ballast(), *comments(250, MIB - 100), empty_member()),
    "headers for all": lambda: sdist(ballast(), *pairs(tarfile.XGLTYPE, "key{}", 4000)),
}
FILES = {
    **{name: ("acme-1.0-py3-none-any.whl", make) for name, make in WHEELS.items()},
    **{name: ("acme-1.0.tar.gz", make) for name, make in SDISTS.items()},
}


@pytest.mark.parametrize(("file", "make"), FILES.values(), ids=FILES)
def test_small_file_never_takes_much_memory(tmp_path: Path, file: str, make: Callable[[], bytes]) -> None:
    """Whatever it unpacks to, there is a verdict in bounded memory; none of them is good."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / file).write_bytes(make())

    done = subprocess.run(
        (sys.executable, "-c", _CHECK), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
    )

    status, kilobytes = map(int, done.stdout.rpartition("PEAK ")[2].split())
    assert status == 4, done.stderr[-1000:]
    assert kilobytes < 200_000
