"""Which metadata twine would find, by our account of it, compared with twine itself."""

import contextlib
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twine.exceptions import InvalidDistribution
from twine.sdist import SDist
from twine.wheel import Wheel

from publish_action.distributions.twine_reader import choose_in_sdist, choose_in_wheel, is_metadata

FIELD = b"Metadata-Version: 2.1\n"
PATHS = st.lists(
    st.sampled_from(
        [
            "acme-1.0/PKG-INFO", "acme-1.0/a.py", "./acme-1.0/PKG-INFO", "acme-1.0/./a.py", "other/a.py", "acme-1.0",
            "/acme-1.0/PKG-INFO", "PKG-INFO", "acme-1.0/b/PKG-INFO", "acme-1.0//PKG-INFO", "acme-1.0/../x/PKG-INFO",
            "METADATA", "a/METADATA.txt", "acme-1.0.dist-info/METADATA", "zz/METADATA", "a/b/METADATA",
        ]
    ),
    max_size=6,
)  # fmt: skip


def twine_reads(path: Path) -> bytes | None:
    """What twine itself finds in a file, or None."""
    # ValueError: absolute and relative members have no common path.
    with contextlib.suppress(InvalidDistribution, ValueError):
        return Wheel(str(path)).read() if path.suffix == ".whl" else SDist(str(path)).read()
    return None


@given(paths=PATHS, holds=st.sets(st.integers(0, 5)))
def test_wheels_are_read_as_twine_reads_them(paths: list[str], holds: set[int]) -> None:
    """Whatever the members are named, the one that we say twine takes is the one that it takes."""
    content = {path: (FIELD if number in holds else b"") + path.encode() for number, path in enumerate(paths)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "acme-1.0-py3-none-any.whl")
        with zipfile.ZipFile(file, "w") as archive:
            for path, data in content.items():
                archive.writestr(path, data)
        theirs = twine_reads(file)

    choice = choose_in_wheel(list(content), content.__getitem__)

    assert (content[choice] if choice is not None else None) == theirs


@given(paths=PATHS, holds=st.sets(st.integers(0, 5)))
def test_sdists_are_read_as_twine_reads_them(paths: list[str], holds: set[int]) -> None:
    """Whatever the members are named, twine takes the last one at the path that we give, or none."""
    content = [(path, (FIELD if number in holds else b"") + b"%d" % number) for number, path in enumerate(paths)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "acme-1.0.tar.gz")
        with tarfile.open(file, "w:gz") as archive:
            for path, data in content:
                entry = tarfile.TarInfo(path)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        theirs = twine_reads(file)

    choice = choose_in_sdist(paths)
    taken = [data for path, data in content if path == choice]

    assert (taken[-1] if taken and is_metadata(taken[-1]) else None) == theirs
