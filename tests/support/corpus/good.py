"""Rows of the corpus with oddities of real projects that must pass."""

import gzip

from publish_sandbox.distributions.builder import Folder, HardLink, Link, metadata
from support.corpus.row import (
    GOOD_RELEASE,
    GOOD_SDIST,
    GOOD_WHEEL,
    INFO,
    SDIST,
    WHEEL,
    Row,
    attested,
    changed,
    core,
    file,
    good,
    one_of_three,
    sdist,
    together,
    wheel,
)

_SHA512 = "sha512=z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg_SpIdNs6c5H0NE8XYXysP-DGNKHfuwvY7kxvUdBeoGlODJ6-SfaPg"

ODDITIES: dict[str, Row] = {
    GOOD_WHEEL: good(wheel()),
    GOOD_SDIST: good(sdist()),
    GOOD_RELEASE: good(one_of_three(wheel())),
    "B07 README that shows a private classifier": good(
        wheel(
            metadata_text=metadata("acme-utils", "1.0", description='    classifiers = ["Private :: Do Not Upload"]\n')
        )
    ),
    "B17 one project in three spellings": good(together(wheel(name="Acme.Utils"), sdist(name="Acme.Utils"))),
    "B28 signature beside its file": good(together(wheel(), file(f"{WHEEL}.asc", b"signature"))),
    "attestation beside its file": good(attested(sdist(), SDIST)),
    "B30b other files in the folder": good(together(wheel(), file(".DS_Store"), file("SHA256SUMS"))),
    "B32 example of an environment file": good(sdist(members={".env.example": "TOKEN=\n", "docs/.env.template": ""})),
    "B32 certificates that everybody has": good(wheel(members={"acme_utils/cacert.pem": "no key"})),
    "F12 License-File under Metadata 2.1 and no such file": good(
        wheel(metadata_text=core("License-File: LICENSE", "License: MIT", metadata_version="2.1"))
    ),
    "tag set of auditwheel": good(wheel(tag="cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")),
    "tag set of two Pythons": good(wheel(tag="py2.py3-none-any")),
    "tag of musllinux": good(wheel(tag="cp311-cp311-musllinux_1_2_aarch64")),
    "tag of macOS 10": good(wheel(tag="cp311-cp311-macosx_10_9_universal2")),
    "tag of Windows on ARM": good(wheel(tag="cp311-cp311-win_arm64")),
    "tag of iOS": good(wheel(tag="cp313-cp313-ios_13_0_arm64_iphoneos")),
    "tag of Android": good(wheel(tag="cp313-cp313-android_24_arm64_v8a")),
    "tag of pyemscripten": good(wheel(tag="cp313-cp313-pyemscripten_2025_0_wasm32")),
    "build tag": good(wheel(file_name="acme_utils-1.0-2-py3-none-any.whl")),
    "wheel's version in another spelling": good(
        wheel(version="1.0.RC1", metadata_text=core().replace("1.0", "1.0rc1"))
    ),
    "vendored dist-info": good(wheel(members={"acme_utils/_vendor/six-1.0.dist-info/METADATA": core(name="six")})),
    "namespace package": good(
        wheel(
            members={"acme/utils/core.py": "x = 1\n"},
            without=("acme_utils/__init__.py",),
            record_text=lambda right: "".join(
                line for line in right.splitlines(keepends=True) if not line.startswith("acme_utils/")
            ),
        )
    ),
    "empty files": good(wheel(members={"acme_utils/py.typed": "", "acme_utils/sub/__init__.py": b""})),
    "RECORD with CRLF": good(wheel(record_text=lambda right: right.replace("\n", "\r\n"))),
    "RECORD with a comma in a path": good(wheel(members={"acme_utils/a,b.txt": "x"})),
    "RECORD by SHA-512": good(
        wheel(
            members={"acme_utils/py.typed": ""},
            record_text=lambda right: "".join(
                f"acme_utils/py.typed,{_SHA512},0\n" if line.startswith("acme_utils/py.typed") else line
                for line in right.splitlines(keepends=True)
            ),
        )
    ),
    "RECORD without sizes": good(
        wheel(record_text=lambda right: "".join(f"{line.rpartition(',')[0]},\n" for line in right.splitlines()))
    ),
    "data folders of every scheme": good(
        wheel(
            members={
                f"acme_utils-1.0.data/{scheme}/acme.txt": "x"
                for scheme in ("purelib", "platlib", "headers", "scripts", "data")
            }
        )
    ),
    "folders as members of a wheel": good(wheel(members=[("acme_utils", Folder()), (INFO, Folder())])),
    "ZIP64 members": good(wheel(zip64=True)),
    "names that are not ASCII, in a wheel": good(
        wheel(members={"acme_utils/données.txt": "x", "acme_utils/数据.txt": "y"})
    ),
    "pax header for a name that is not ASCII": good(sdist(members={"acme_utils/données-数据.txt": "x"})),
    "pax header for a long name": good(sdist(members={f"{'deep/' * 60}{'x' * 180}.py": "x = 1\n"})),
    "stream of padding behind an sdist": good(changed(sdist(), SDIST, lambda data: data + gzip.compress(bytes(512)))),
    "sdist that compresses well": good(sdist(members={"data.csv": bytes(65 << 20)})),
    "global pax header of git archive": good(sdist(global_headers={"comment": "0123456789abcdef" * 2 + "01234567"})),
    "links inside an sdist": good(
        sdist(
            members=[
                ("docs/README.md", Link("../pyproject.toml")),
                ("copy.toml", HardLink("acme_utils-1.0/pyproject.toml")),
            ]
        )
    ),
    "folders as members of an sdist": good(sdist(members=[("src", Folder()), ("src/x.py", "x = 1\n")])),
    "sdist with setup.py alone": good(sdist(without=("pyproject.toml",), members={"setup.py": "import setuptools\n"})),
    "pyproject.toml without a build-system": good(sdist(pyproject="[tool.black]\nline-length = 100\n")),
    "metadata as distutils wrote them": good(
        sdist(
            metadata_text=core(
                "Summary: UNKNOWN",
                "Home-page: UNKNOWN",
                "License: UNKNOWN",
                "Description: UNKNOWN",
                "Platform: UNKNOWN",
                metadata_version="1.0",
            )
        )
    ),
    "metadata with every common field": good(
        wheel(
            "Author-email: Ann <ann@acme-utils.com>, Bob <bob@acme-utils.com>\nMaintainer: Zoë Müller\n"
            "Project-URL: Source, https://code.acme-utils.com/x\nRequires-Python: >=3.9,!=3.9.1\nKeywords: a,b\n"
            "Requires-Dist: tomli>=2; python_version < '3.11'\nProvides-Extra: cli\n"
            "Requires-Dist: rich[jupyter]~=13.0; extra == 'cli'",
            classifiers=("Programming Language :: Python :: 3", "License :: OSI Approved :: MIT License"),
        )
    ),
    "description in plain text": good(wheel(metadata_text=core("Description-Content-Type: text/plain", body="*x"))),
    "description in Markdown of a variant": good(
        wheel(metadata_text=core("Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM", body="# x"))
    ),
    "description in reStructuredText": good(
        wheel(metadata_text=core("Description-Content-Type: text/x-rst", body="x\n=\n\n.. code:: python\n\n   x = 1\n"))
    ),
    "no description": good(wheel(metadata_text=core())),
    "metadata of version 2.5": good(wheel(metadata_text=core(metadata_version="2.5"))),
    "Dynamic lets an sdist require less": good(
        together(wheel("Requires-Dist: tomli"), sdist("Dynamic: Requires-Dist"))
    ),
    "entry points with extras and plugins": good(
        wheel(
            members={
                f"{INFO}/entry_points.txt": "# ours\n[console_scripts]\nacme-2 = acme_utils.cli:main [cli]\n\n"
                "[pytest11]\nacme utils = acme_utils.plugin\n[acme.plugins]\na=acme_utils:A.b\n"
            }
        )
    ),
    "signed RECORD": good(
        wheel(
            members={f"{INFO}/RECORD.jws": "{}"},
            record_text=lambda right: "".join(
                line for line in right.splitlines(keepends=True) if "RECORD.jws" not in line
            ),
        )
    ),
    "first line of a key in a test": good(
        sdist(members={"tests/test_key.py": 'KEY = "-----BEGIN RSA ' + 'PRIVATE KEY-----"\n'})
    ),
}
"""Real projects have all of these."""
