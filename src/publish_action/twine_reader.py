"""Which metadata twine would find in a distribution, were it to look itself."""

import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from twine.exceptions import TwineException
from twine.sdist import SDist
from twine.wheel import Wheel

from publish_action.errors import DistributionsInvalid
from publish_action.model import Kind

# All that zipfile and tarfile raise underneath twine, which lets it through.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RuntimeError)

_REMEDY = "Remove the member that could be taken for the metadata, or build the distribution again."


def compare_with_twine(*, file: str, kind: Kind, descriptor: int, member: str, metadata: bytes) -> None:
    """Refuse a distribution in which twine would read other metadata than ours, or none.

    What is sent is built from ours. Two readers that differ are a sign of members which are there to differ, and
    the next reader, an index or an installer, may side with the other one.
    Raises `DistributionsInvalid` (E_METADATA_AMBIGUOUS).
    """
    # twine wants a path that ends as the file does; a link to the descriptor gives it the very bytes we hold.
    with tempfile.TemporaryDirectory(prefix="publish-action-") as folder:
        path = Path(folder, file)
        path.symlink_to(f"/dev/fd/{descriptor}")
        try:
            found = Wheel(str(path)).read() if kind is Kind.WHEEL else SDist(str(path)).read()
        except (TwineException, *_BROKEN) as error:
            raise _ambiguous(f"We read {member!a}; twine finds no metadata ({type(error).__name__}).") from error
        if found != metadata:
            raise _ambiguous(f"We read {member!a}; twine reads {_name_of(found, path)}.")


def _name_of(found: bytes, path: Path) -> str:
    """The member that twine took, which it does not tell."""
    if not path.name.endswith(".whl"):
        return "another PKG-INFO"
    with zipfile.ZipFile(path) as archive:
        candidates = ("/".join(parts) for parts in Wheel.find_candidate_metadata_files(archive.namelist()))
        return ascii(next((name for name in candidates if archive.read(name) == found), "another member"))


def _ambiguous(message: str) -> DistributionsInvalid:
    return DistributionsInvalid(message, remedy=_REMEDY, code="E_METADATA_AMBIGUOUS")
