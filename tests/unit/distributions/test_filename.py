"""File names: what role they give a file, and which name a distribution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from twine.wheel import Wheel

from publish_action.distributions.filename import FileName, Role, detect_role, parse_file_name
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind

WHEELS = {
    "acme-1.0-py3-none-any.whl": ("acme", "1.0", "py3"),
    "acme_utils-1.0-1-cp311-cp311-manylinux_2_17_x86_64.whl": ("acme-utils", "1.0", "cp311"),
    "Acme.Utils-1!2.0+acme1-py2.py3-none-any.whl": ("acme-utils", "1!2.0+acme1", "py2.py3"),
}
SDISTS = {
    "acme-1.0.tar.gz": ("acme", "1.0"),
    "acme-utils-1.0.tar.gz": ("acme-utils", "1.0"),
    "Acme_Utils-1.0rc1.tar.gz": ("acme-utils", "1.0rc1"),
}
INVALID = [
    "acme.whl",
    "acme-1.0.whl",
    "acme-one-py3-none-any.whl",
    "acme.tar.gz",
    "acme-one.tar.gz",
    "-1.0.tar.gz",
    "_acme-1.0.tar.gz",
    "acme.-1.0.tar.gz",
    "_acme-1.0-py3-none-any.whl",
    "\u0430cme_utils-1.0-py3-none-any.whl",
    "acme\u2010utils-1.0.tar.gz",
    "\uff41cme-1.0.tar.gz",
    "ac me-1.0.tar.gz",
    "acme-1.0\n.tar.gz",
    "acme\\x-1.0.tar.gz",
    "\udcff-1.0.tar.gz",
]
ROLES = {
    "acme-1.0-py3-none-any.whl": Role.DISTRIBUTION,
    "acme-1.0.tar.gz": Role.DISTRIBUTION,
    "acme-1.0.tar.gz.asc": Role.SIGNATURE,
    "acme-1.0.tar.gz.publish.attestation": Role.ATTESTATION,
    "acme-1.0.zip": Role.STRAY,
    "acme-1.0-py3.11.egg": Role.STRAY,
    "acme-1.0.win-amd64.exe": Role.STRAY,
    "acme-1.0.tar.bz2": Role.STRAY,
    "acme-1.0.tar.xz": Role.STRAY,
    "acme-1.0.tar": Role.STRAY,
    "acme-1.0.tgz": Role.STRAY,
    "acme-1.0.tar.Z": Role.STRAY,
    "acme-1.0.rpm": Role.STRAY,
    "acme-1.0.msi": Role.STRAY,
    "acme-1.0.deb": Role.STRAY,
    "ACME-1.0.TAR.GZ": Role.STRAY,
    "acme-1.0-py3-none-any.WHL": Role.STRAY,
    ".DS_Store": Role.OTHER,
    "SHA256SUMS": Role.OTHER,
    "README.md": Role.OTHER,
    "acme-1.0.tar.gz.slsa.json": Role.OTHER,
}


@pytest.mark.parametrize(("file", "role"), ROLES.items(), ids=ROLES.keys())
def test_the_name_gives_a_file_its_role(file: str, role: Role) -> None:
    """Wheels and sdists, what goes with them, strays and the rest are told apart by their names."""
    assert detect_role(file) is role


@pytest.mark.parametrize(("file", "parts"), WHEELS.items(), ids=WHEELS.keys())
def test_a_wheels_name_is_taken_apart(file: str, parts: tuple[str, str, str]) -> None:
    """Project, version and python tag are those of the name; the tag is the one that twine sends."""
    name = parse_file_name(file)

    assert (name.project, name.version, name.python_tag) == (parts[0], Version(parts[1]), parts[2])
    assert name.kind is Kind.WHEEL
    assert twine_tag(file) == name.python_tag


def twine_tag(file: str) -> str:
    wheel = Wheel(__file__)
    wheel.filename = file
    return wheel.py_version


@pytest.mark.parametrize(("file", "parts"), SDISTS.items(), ids=SDISTS.keys())
def test_an_sdists_name_is_taken_apart(file: str, parts: tuple[str, str]) -> None:
    """Project and version are those of the name; the python tag is the upload form's word."""
    name = parse_file_name(file)

    assert name == FileName(
        file=file, kind=Kind.SDIST, project=parts[0], version=Version(parts[1]), python_tag="source"
    )


@pytest.mark.parametrize("file", INVALID, ids=map(ascii, INVALID))
def test_a_name_that_no_index_accepts_is_refused(file: str) -> None:
    """Names of other letters, of no version or of a wrong shape are refused, and shown escaped."""
    with pytest.raises(DistributionsInvalid) as caught:
        parse_file_name(file)

    assert caught.value.code == "E_NAME_INVALID"
    assert ascii(file) in caught.value.happened


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("acme-linux-x86_64.tar.gz", "keep it out of `packages-dir`"),
        ("acme-1.0-py3-none-any-cuda12.whl", "Wheel variants (PEP 817, PEP 825)"),
        ("acme-1.0-1-cp313-cp313-manylinux_2_28_x86_64-x86_64_v3.whl", "Wheel variants (PEP 817, PEP 825)"),
        ("acme-1.0.whl", "as the build backend wrote it"),
        ("\u0430cme-1.0.tar.gz", "project names are ASCII"),
    ],
)
def test_remedy_is_for_what_the_name_looks_like(file: str, says: str) -> None:
    """Issue 10, A7: an archive of programs and a wheel variant get no advice about ASCII."""
    with pytest.raises(DistributionsInvalid) as caught:
        parse_file_name(file)

    assert says in caught.value.remedy
    assert ("ASCII" in caught.value.remedy) == (not file.isascii())


@given(stem=st.text(max_size=20), ending=st.sampled_from([".whl", ".tar.gz", "-1.0.tar.gz", "-1.0-py3-none-any.whl"]))
def test_any_name_is_taken_apart_or_refused(stem: str, ending: str) -> None:
    """Names raise nothing but our own refusal, and what is understood is a normalised project."""
    try:
        name = parse_file_name(stem + ending)
    except DistributionsInvalid:
        return

    assert name.agrees_with(name=name.project, version=str(name.version))


@pytest.mark.parametrize(
    ("name", "version", "agrees"),
    [
        ("Acme.Utils", "1.0", True),
        ("acme-utils", "1.0.0", True),
        ("acme-utils2", "1.0", False),
        ("acme-utils", "1.1", False),
        ("acme-utils", "one", False),
    ],
)
def test_names_agree_by_the_standards(name: str, version: str, agrees: bool) -> None:
    """Two names are one project under PEP 503, and two versions one release under PEP 440."""
    assert parse_file_name("acme_utils-1.0.tar.gz").agrees_with(name=name, version=version) is agrees
