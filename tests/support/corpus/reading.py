"""Rows of the corpus on what keeps a file from being read with certainty: place, name, bytes, metadata, privacy."""

import gzip
import os
import tarfile
from pathlib import Path

from publish_sandbox.distributions.builder import Link, Payload, metadata
from support.attestations_made import PROVENANCE, attest
from support.corpus.row import (
    GOOD_RELEASE,
    GOOD_SDIST,
    GOOD_WHEEL,
    INFO,
    PROJECT,
    SDIST,
    TOP,
    WHEEL,
    Row,
    attested,
    bad,
    changed,
    core,
    file,
    in_folder,
    one_of_three,
    replaced,
    sdist,
    together,
    wheel,
)

_PRIVATE = "Private :: Do Not Upload"
_UNREADABLE, _AMBIGUOUS, _INVALID = "E_METADATA_UNREADABLE", "E_METADATA_AMBIGUOUS", "E_ARCHIVE_INVALID"
_DECOY = metadata(PROJECT, "1.0")
_ZEROS = bytes(80 << 20)


def _flip_a_byte_of_x(data: bytes) -> bytes:
    at = data.index(b"x.bin") + 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _with_a_header_of_much(data: bytes) -> bytes:
    """The sdist with a last member that claims to be of three gigabytes."""
    entry, plain = tarfile.TarInfo(f"{TOP}/zeros"), gzip.decompress(data)
    entry.size = 3 << 30
    return gzip.compress(plain[: len(plain.rstrip(b"\0")) + 511 & ~511] + entry.tobuf(), 1)


def _in_two_streams(data: bytes) -> bytes:
    plain = gzip.decompress(data)
    return gzip.compress(plain[:1024]) + gzip.compress(plain[1024:])


def _zip_end() -> bytes:
    """The end record of a zip archive without members."""
    return b"PK\x05\x06" + bytes(18)


PLACES: dict[str, Row] = {
    "nothing but other files": bad(file("SHA256SUMS"), always="E_DIST_EMPTY", twin="B30b other files in the folder"),
    "B22 link to a file outside": bad(
        replaced(wheel(), WHEEL, lambda path: path.symlink_to(f"../kept/{WHEEL}")),
        always="E_DIST_NOT_REGULAR",
        twin=GOOD_WHEEL,
    ),
    "B22 link to a file inside": bad(
        replaced(one_of_three(wheel()), WHEEL, lambda path: path.symlink_to(SDIST)),
        always="E_DIST_NOT_REGULAR",
        twin=GOOD_RELEASE,
    ),
    "B22 folder": bad(replaced(wheel(), WHEEL, Path.mkdir), always="E_DIST_NOT_REGULAR", twin=GOOD_WHEEL),
    "B22 pipe": bad(replaced(wheel(), WHEEL, os.mkfifo), always="E_DIST_NOT_REGULAR", twin=GOOD_WHEEL),
    "B28 signature alone": bad(
        together(wheel(), file(f"{SDIST}.asc", b"x")), always="E_DIST_STRAY", twin="B28 signature beside its file"
    ),
    "B30 zip": bad(together(wheel(), file("acme-1.0.zip")), always="E_DIST_STRAY", twin=GOOD_WHEEL),
    "B30 egg": bad(together(wheel(), file("acme-1.0.egg")), always="E_DIST_STRAY", twin=GOOD_WHEEL),
    "B30 tar.bz2": bad(together(wheel(), file("acme-1.0.tar.bz2")), always="E_DIST_STRAY", twin=GOOD_WHEEL),
    "wheel in upper case": bad(
        wheel(file_name="acme_utils-1.0-py3-none-any.WHL"), always="E_DIST_STRAY", twin=GOOD_WHEEL
    ),
    "attestation alone": bad(
        together(wheel(), file(f"{SDIST}.publish.attestation", b"{}")),
        always="E_ATTESTATION_STRAY",
        twin="attestation beside its file",
    ),
    "attestation that is no object": bad(
        together(sdist(), file(f"{SDIST}.publish.attestation", b"[]")),
        always="E_ATTESTATION_UNREADABLE",
        twin="attestation beside its file",
    ),
    "attestation that is cut": bad(
        together(sdist(), file(f"{SDIST}.publish.attestation", b'{"version": 1')),
        always="E_ATTESTATION_UNREADABLE",
        twin="attestation beside its file",
    ),
    "attestation of other bytes": bad(
        together(sdist(), file(f"{SDIST}.publish.attestation", attest(SDIST, "0" * 64).encode())),
        always="E_ATTESTATION_MISMATCH",
        twin="attestation beside its file",
    ),
    "attestation of version 2": bad(
        attested(sdist(), SDIST, changes={"version": 2}),
        always="E_ATTESTATION_VERSION",
        twin="attestation beside its file",
    ),
    "attestation without an entry in a log": bad(
        attested(
            sdist(), SDIST, changes={"verification_material": {"certificate": "YQ==", "transparency_entries": []}}
        ),
        always="E_ATTESTATION_LOG",
        twin="attestation beside its file",
    ),
    "attestation of another file": bad(
        attested(sdist(), SDIST, subject="acme_utils-1.1.tar.gz"),
        always="E_ATTESTATION_NAME",
        twin="attestation beside its file",
    ),
    "attestation of another type": bad(
        attested(sdist(), SDIST, predicate="https://example.com/a-type/v1"),
        always="E_ATTESTATION_PREDICATE",
        twin="attestation beside its file",
    ),
    "two attestations of one type": bad(
        attested(attested(sdist(), SDIST), SDIST, role="build"),
        always="E_ATTESTATION_TWICE",
        twin="attestation beside its file",
    ),
    "three attestations": bad(
        attested(
            attested(attested(sdist(), SDIST), SDIST, role="build", predicate=PROVENANCE),
            SDIST,
            role="other",
            predicate=PROVENANCE,
        ),
        always="E_ATTESTATION_TOO_MANY E_ATTESTATION_TWICE",
        twin="attestation beside its file",
    ),
    "release in a folder that no line names": bad(
        together(sdist(), in_folder("wheels", wheel())), always="E_DIST_NESTED", twin=GOOD_RELEASE
    ),
}

NAMES: dict[str, Row] = {
    "B18 two projects": bad(
        together(wheel(), wheel(name="acme-utils2")), always="E_DIST_MIXED_PROJECTS", twin=GOOD_RELEASE
    ),
    "two versions": bad(together(wheel(), wheel(version="1.1")), always="E_DIST_MIXED_VERSIONS", twin=GOOD_RELEASE),
    "B20 renamed wheel": bad(
        wheel(file_name="other-1.0-py3-none-any.whl"), always="E_DIST_NAME_MISMATCH", twin=GOOD_WHEEL
    ),
    "wheel of another version by its name": bad(
        wheel(file_name="acme_utils-1.1-py3-none-any.whl"), always="E_DIST_NAME_MISMATCH", twin=GOOD_WHEEL
    ),
    "F17 metadata of another project": bad(
        one_of_three(wheel(metadata_text=core(name="other"))), always="E_DIST_NAME_MISMATCH", twin=GOOD_RELEASE
    ),
    "sdist with metadata of another version": bad(
        sdist(metadata_text=core().replace("1.0", "1.1")), always="E_DIST_NAME_MISMATCH", twin=GOOD_SDIST
    ),
    "B21 Cyrillic letter in a file name": bad(
        wheel(file_name="\u0430cme_utils-1.0-py3-none-any.whl"), always="E_NAME_INVALID", twin=GOOD_WHEEL
    ),
    "B21 Unicode hyphen in the metadata": bad(
        wheel(metadata_text=core(name="acme\u2010utils")), always="E_NAME_INVALID", twin=GOOD_WHEEL
    ),
    "B21 full-width letter in the metadata": bad(
        sdist(metadata_text=core(name="\uff41cme-utils")), always="E_NAME_INVALID", twin=GOOD_SDIST
    ),
    "wheel's name of two parts": bad(wheel(file_name="acme_utils-1.0.whl"), always="E_NAME_INVALID", twin=GOOD_WHEEL),
    "version that is none": bad(
        wheel(metadata_text=core().replace("1.0", "one")), always="E_METADATA", twin=GOOD_WHEEL
    ),
}

ARCHIVES: dict[str, Row] = {
    "B23 no bytes": bad(changed(wheel(), WHEEL, lambda _: b""), always=_INVALID, twin=GOOD_WHEEL),
    "B23 cut sdist": bad(changed(sdist(), SDIST, lambda data: data[:-40]), always=_INVALID, twin=GOOD_SDIST),
    "B23 cut wheel": bad(changed(wheel(), WHEEL, lambda data: data[:-40]), always=_INVALID, twin=GOOD_WHEEL),
    "B23 gzip that is a zip too": bad(
        changed(sdist(), SDIST, lambda data: data + _zip_end()), always=_INVALID, twin=GOOD_SDIST
    ),
    "bytes before a wheel": bad(
        changed(wheel(), WHEEL, lambda data: b"#!/x\n" + data), always=_INVALID, twin=GOOD_WHEEL
    ),
    "bytes behind a wheel": bad(changed(wheel(), WHEEL, lambda data: data + b"\n"), always=_INVALID, twin=GOOD_WHEEL),
    "page of HTML named as a wheel": bad(
        changed(wheel(), WHEEL, lambda _: b"<!doctype html><title>404</title>"), always=_INVALID, twin=GOOD_WHEEL
    ),
    "wheel with a wrong checksum": bad(
        changed(wheel(members={"acme_utils/x.bin": Payload("x", 999)}), WHEEL, _flip_a_byte_of_x),
        always=_INVALID,
        twin=GOOD_WHEEL,
    ),
    "sdist that is no gzip": bad(changed(sdist(), SDIST, gzip.decompress), always=_INVALID, twin=GOOD_SDIST),
    "two gzip streams": bad(
        changed(sdist(), SDIST, _in_two_streams), always=_AMBIGUOUS, twin="stream of padding behind an sdist"
    ),
    "B27 wheel of zeros": bad(wheel(members={"acme_utils/x": _ZEROS}), public="E_ARCHIVE_BOMB", twin=GOOD_WHEEL),
    "B27 sdist of two gigabytes of zeros": bad(
        changed(sdist(), SDIST, _with_a_header_of_much), always="E_ARCHIVE_BOMB", twin="sdist that compresses well"
    ),
    "B16 sdist's folder of another version": bad(sdist(top="acme_utils-2.0"), always="E_SDIST_LAYOUT", twin=GOOD_SDIST),
    "B16 two folders at the top": bad(sdist(members={"/other/x.py": ""}), always="E_SDIST_LAYOUT", twin=GOOD_SDIST),
    "file beside an sdist's folder": bad(sdist(members={"/README.md": ""}), always="E_SDIST_LAYOUT", twin=GOOD_SDIST),
}

METADATA: dict[str, Row] = {
    "B03 space before the colon": bad(wheel(f"Classifier : {_PRIVATE}"), always=_AMBIGUOUS, twin=GOOD_WHEEL),
    "B04 junk above the classifier": bad(wheel(f"junk\nClassifier: {_PRIVATE}"), always=_AMBIGUOUS, twin=GOOD_WHEEL),
    "classifier in the description": bad(
        wheel(metadata_text=metadata(PROJECT, "1.0", description=f"Classifier: {_PRIVATE}\n")),
        always=_AMBIGUOUS,
        twin="B07 README that shows a private classifier",
    ),
    "B06 byte order mark": bad(wheel(metadata_text="\ufeff" + core()), always=_UNREADABLE, twin=GOOD_WHEEL),
    "B06 Latin-1": bad(wheel(metadata_text=core("Author: Zoë").encode("latin-1")), always=_UNREADABLE, twin=GOOD_WHEEL),
    "B06 Classifiers": bad(wheel(f"Classifiers: {_PRIVATE}"), always=_UNREADABLE, twin=GOOD_WHEEL),
    "B06 X-Private": bad(wheel("X-Private: true"), always=_UNREADABLE, twin=GOOD_WHEEL),
    "field twice": bad(wheel("Summary: another"), always=_UNREADABLE, twin=GOOD_WHEEL),
    "no name": bad(wheel(metadata_text="Metadata-Version: 2.4\nVersion: 1.0\n"), always=_UNREADABLE, twin=GOOD_WHEEL),
    "Metadata-Version 3": bad(
        wheel(metadata_text=core(metadata_version="3.0")), always=_UNREADABLE, twin="metadata of version 2.5"
    ),
    "no METADATA": bad(wheel(without=("METADATA",)), always=_UNREADABLE, twin=GOOD_WHEEL),
    "no PKG-INFO": bad(sdist(without=("PKG-INFO",)), always=_UNREADABLE, twin=GOOD_SDIST),
    "METADATA is a link": bad(
        wheel(without=("METADATA",), members={f"./{INFO}/METADATA": Link("../x")}),
        always=_UNREADABLE,
        twin=GOOD_WHEEL,
    ),
    "B15 PKG-INFO is a link": bad(
        sdist(without=("PKG-INFO",), members={"/acme_utils-1.0/PKG-INFO": Link("pyproject.toml")}),
        always=_UNREADABLE,
        twin=GOOD_SDIST,
    ),
    "pyproject.toml that is no TOML": bad(sdist(pyproject="[project"), always=_UNREADABLE, twin=GOOD_SDIST),
    "B08 METADATA at the top": bad(
        wheel(classifiers=(_PRIVATE,), members={"METADATA": _DECOY}), always=_AMBIGUOUS, twin=GOOD_WHEEL
    ),
    "B08 METADATA.txt in a folder": bad(
        wheel(classifiers=(_PRIVATE,), members={"aaa/METADATA.txt": _DECOY}), always=_AMBIGUOUS, twin=GOOD_WHEEL
    ),
    "B08 METADATA-notes in the documentation": bad(
        wheel(classifiers=(_PRIVATE,), members={"acme_docs/METADATA-notes.md": _DECOY}),
        always=_AMBIGUOUS,
        twin=GOOD_WHEEL,
    ),
    "B10 two dist-info": bad(
        wheel(members={"other-1.0.dist-info/METADATA": ""}), always=_AMBIGUOUS, twin="vendored dist-info"
    ),
    "B11 two PKG-INFO": bad(
        sdist(classifiers=(_PRIVATE,), members=[("PKG-INFO", _DECOY)]), always=_AMBIGUOUS, twin=GOOD_SDIST
    ),
    "two METADATA in one place": bad(wheel(members=[(f"{INFO}//METADATA", "")]), always=_AMBIGUOUS, twin=GOOD_WHEEL),
    "global pax header with a path": bad(
        sdist(global_headers={"path": f"{TOP}/x"}), always=_AMBIGUOUS, twin="global pax header of git archive"
    ),
}

_SPELLINGS = {
    "lower case": "private :: do not upload",
    "upper case": "PRIVATE :: DO NOT UPLOAD",
    "no spaces": "Private::X",
    "many spaces": "Private   ::   Do Not Upload",
    "a tab": "Private\t:: Do Not Upload",
    "a no-break space": "Private\u00a0:: Do Not Upload",
    "full-width colons": "Private \uff1a\uff1a Do Not Upload",
    "a zero-width space": "Pri\u200bvate :: Do Not Upload",
    "quotes": '"Private :: Do Not Upload"',
    "a folded line": "Private\n  :: Do Not Upload",
    "nothing behind it": "Private",
    "a company": "Private :: Acme",
}
PRIVACY: dict[str, Row] = {
    **{
        f"B01 private classifier with {how}": bad(
            wheel(f"Classifier: {spelling}"), public="E_PRIVATE_CLASSIFIER", twin=GOOD_WHEEL
        )
        for how, spelling in _SPELLINGS.items()
    },
    "B13 pyproject.toml says private": bad(
        sdist(pyproject=f'[project]\nclassifiers = ["{_PRIVATE}"]\n'),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_SDIST,
    ),
    "B13 left over egg-info says private": bad(
        sdist(members={"acme_utils.egg-info/PKG-INFO": metadata(PROJECT, "1.0", classifiers=[_PRIVATE])}),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_SDIST,
    ),
    "B13 setup.cfg says private": bad(
        sdist(members={"setup.cfg": f"[metadata]\nclassifiers = {_PRIVATE}\n"}),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_SDIST,
    ),
    "B13 setup.py says private": bad(
        sdist(members={"setup.py": f"setup(classifiers=['{_PRIVATE}'])\n"}),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_SDIST,
    ),
    "B13 metadata below .data say private": bad(
        wheel(
            members={
                f"{PROJECT.replace('-', '_')}-1.0.data/purelib/x-1.0.dist-info/METADATA": metadata(
                    "x", "1.0", classifiers=[_PRIVATE]
                )
            }
        ),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        twin=GOOD_WHEEL,
    ),
    "one of two files is private": bad(
        together(wheel(classifiers=(_PRIVATE,)), sdist()),
        always="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        public="E_PRIVATE_CLASSIFIER",
        warns="W_METADATA_DIFFERS",
        twin=GOOD_RELEASE,
    ),
    "B36 local version": bad(wheel(version="1.0+acme1"), public="E_LOCAL_VERSION", twin=GOOD_WHEEL),
}
