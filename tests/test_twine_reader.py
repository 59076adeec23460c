"""twine's own reading of a distribution, compared with ours."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from publish_action.descriptors import open_regular
from publish_action.errors import DistributionsInvalid
from publish_action.model import Kind
from publish_action.twine_reader import compare_with_twine
from publish_sandbox.builder import build_sdist, build_wheel, metadata

OURS = metadata("acme", "1.0", classifiers=["Private :: X"])
DECOY = metadata("acme", "1.0")


def compare(path: Path, member: str) -> None:
    descriptor = open_regular(path)
    # Gone from its path: whatever twine reads, it reads through the descriptor.
    path.unlink()
    kind = Kind.WHEEL if path.suffix == ".whl" else Kind.SDIST
    try:
        compare_with_twine(file=path.name, kind=kind, descriptor=descriptor, member=member, metadata=OURS.encode())
    finally:
        os.close(descriptor)


def test_good_distributions_are_read_alike(tmp_path: Path) -> None:
    """In a wheel and an sdist without decoys twine finds the metadata that we found."""
    compare(build_wheel(tmp_path, "acme", "1.0", metadata_text=OURS), "acme-1.0.dist-info/METADATA")
    compare(build_sdist(tmp_path, "acme", "1.0", metadata_text=OURS), "acme-1.0/PKG-INFO")


@pytest.mark.parametrize("decoy", ["METADATA", "aaa/METADATA.txt", "aaa_docs/METADATA-notes.md"])
def test_a_decoy_that_twine_prefers_is_refused(tmp_path: Path, decoy: str) -> None:
    """A member whose path holds METADATA and that twine reads first is named beside ours."""
    wheel = build_wheel(tmp_path, "acme", "1.0", metadata_text=OURS, members={decoy: DECOY})
    ours = "acme-1.0.dist-info/METADATA"

    with pytest.raises(DistributionsInvalid, match=f"We read '{ours}'; twine reads '{decoy}'") as caught:
        compare(wheel, ours)

    assert caught.value.code == "E_METADATA_AMBIGUOUS"


@pytest.mark.parametrize(
    ("decoy", "text"),
    [("METADATA.txt", "notes"), ("zzz/METADATA", DECOY), ("acme/_vendor/other-1.0.dist-info/METADATA", DECOY)],
)
def test_a_decoy_that_twine_passes_over_is_fine(tmp_path: Path, decoy: str, text: str) -> None:
    """Members without the word Metadata-Version, sorted later or deeper change nothing: real wheels hold them."""
    wheel = build_wheel(tmp_path, "acme", "1.0", metadata_text=OURS, members={decoy: text})

    compare(wheel, "acme-1.0.dist-info/METADATA")


def test_a_file_in_which_twine_finds_nothing_is_refused(tmp_path: Path) -> None:
    """Where twine reads no metadata at all, the readers differ too."""
    path = tmp_path / "acme-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("acme-1.0/PKG-INFO")
        archive.addfile(entry, io.BytesIO())

    with pytest.raises(DistributionsInvalid, match="twine finds no metadata") as caught:
        compare(path, "acme-1.0/PKG-INFO")

    assert caught.value.code == "E_METADATA_AMBIGUOUS"


def test_a_file_that_breaks_twine_is_refused(tmp_path: Path) -> None:
    """What zipfile raises underneath twine ends in our own refusal."""
    path = tmp_path / "acme-1.0-py3-none-any.whl"
    path.write_bytes(b"PK")

    with pytest.raises(DistributionsInvalid, match="twine finds no metadata"):
        compare(path, "acme-1.0.dist-info/METADATA")


def test_another_pkg_info_is_refused(tmp_path: Path) -> None:
    """An sdist in which twine reads other bytes than ours is refused."""
    with pytest.raises(DistributionsInvalid, match="twine reads another PKG-INFO"):
        compare(build_sdist(tmp_path, "acme", "1.0", metadata_text=DECOY), "acme-1.0/PKG-INFO")
