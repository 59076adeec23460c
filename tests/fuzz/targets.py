"""What is fuzzed: each reader of bytes that nobody vouches for, which may refuse them and do nothing else."""

import contextlib
import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Mapping

from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import parse_metadata
from publish_action.distributions.record import parse_record
from publish_action.distributions.scanning.scanner import ContentScan
from publish_action.distributions.sdist import read_sdist
from publish_action.distributions.wheel import read_wheel
from publish_action.errors import DistributionsInvalid
from publish_action.index.simple_page import parse_simple_page

WHEEL, SDIST = parse_file_name("acme-1.0-py3-none-any.whl"), parse_file_name("acme-1.0.tar.gz")
INFO = "acme-1.0.dist-info"


def fuzz_wheel(data: bytes) -> None:
    """Read a wheel as it is."""
    with contextlib.suppress(DistributionsInvalid):
        read_wheel(io.BytesIO(data), WHEEL)


def fuzz_members(data: bytes) -> None:
    """Read a sound wheel whose members and small files come from the bytes: a mutator seldom gets past a checksum."""
    parts = data.split(b"\xff\xfe")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, text in enumerate(("METADATA", "WHEEL", "RECORD", "entry_points.txt")):
            archive.writestr(f"{INFO}/{text}", parts[number] if number < len(parts) else b"")
        for part in parts[4:40]:
            name, _, content = part.partition(b"\0")
            # zipfile warns of a double by its table of names; a double is what may be wanted.
            archive.NameToInfo.clear()
            archive.writestr(name.decode("utf-8", "replace") or "a", content)
    with contextlib.suppress(DistributionsInvalid):
        read_wheel(io.BytesIO(file.getvalue()), WHEEL)


def fuzz_tar(data: bytes) -> None:
    """Read an sdist whose tar archive comes from the bytes, with headers' checksums made right."""
    blocks = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
    with contextlib.suppress(DistributionsInvalid):
        read_sdist(io.BytesIO(gzip.compress(b"".join(map(_mend, blocks)), 0)), SDIST)


def fuzz_gzip(data: bytes) -> None:
    """Read an sdist as it is."""
    with contextlib.suppress(DistributionsInvalid):
        read_sdist(io.BytesIO(data), SDIST)


def fuzz_metadata(data: bytes) -> None:
    """Read core metadata."""
    parse_metadata(data)


def fuzz_record(data: bytes) -> None:
    """Read RECORD."""
    parse_record(data)


def fuzz_scan(data: bytes) -> None:
    """Scan a member in two blocks."""
    if data:
        scan = ContentScan("acme/a.py")
        cut = data[0] % len(data)
        scan.feed(data[:cut])
        scan.feed(data[cut:])
        scan.finish()


def fuzz_page(data: bytes) -> None:
    """Read a simple page, in both of its forms."""
    for form in ("text/html", "application/vnd.pypi.simple.v1+json"):
        parse_simple_page(url="https://index.example/simple/acme/", content_type=form, body=data, project="acme")


def _mend(block: bytes) -> bytes:
    """A block that could be a header gets the checksum of one."""
    if block[257:262] != b"ustar":
        return block
    blank = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(struct.unpack("512B", blank)) + block[156:]


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "wheel": fuzz_wheel,
    "members": fuzz_members,
    "tar": fuzz_tar,
    "gzip": fuzz_gzip,
    "metadata": fuzz_metadata,
    "record": fuzz_record,
    "scan": fuzz_scan,
    "page": fuzz_page,
}
"""By name."""
