"""The licence files that the metadata name."""

from dataclasses import replace

from publish_action.checks.licenses import judge_license_files
from support.contents import (
    INFO,
    TOP,
    codes,
    file,
    folder,
    message,
    sdist,
    wheel,
)

LICENSES = "License-File: LICENSE\nLicense-File: legal/NOTICE\nLicense-File: LICENSE\n"


def test_licence_files_are_there() -> None:
    """In a wheel they stand in `licenses`, in an sdist at their own paths."""
    good = [file(f"{INFO}/licenses/LICENSE"), file(f"{INFO}/licenses/legal/NOTICE")]
    assert codes(judge_license_files, wheel(*good, metadata=LICENSES)) == []
    assert (
        codes(judge_license_files, sdist(file(f"{TOP}/LICENSE"), file(f"{TOP}/legal/NOTICE"), metadata=LICENSES)) == []
    )


def test_missing_licence_files_are_told_together() -> None:
    """One finding has all that are not there, at the place where they are looked for."""
    in_wheel = wheel(file(f"{INFO}/LICENSE"), file("LICENSE"), folder(f"{INFO}/licenses/LICENSE"), metadata=LICENSES)
    in_sdist = sdist(file(f"{TOP}/legal/NOTICE"), metadata=LICENSES)

    assert codes(judge_license_files, in_wheel) == ["E_LICENSE_FILE"]
    assert message(judge_license_files, in_wheel).endswith(
        "'acme_utils-1.0.dist-info/licenses/LICENSE', 'acme_utils-1.0.dist-info/licenses/legal/NOTICE'."
    )
    assert message(judge_license_files, in_sdist).endswith("(PEP 639): 'acme_utils-1.0/LICENSE'.")


def test_old_licence_files_are_not_asked_for() -> None:
    """Under Metadata-Version 2.1 setuptools wrote the field with another meaning (14 % of the wheels on PyPI)."""
    old = wheel(metadata="License-File: LICENSE\n").metadata.raw | {"metadata_version": "2.1"}
    old.pop("license_files", None)
    contents = wheel()

    assert codes(judge_license_files, replace(contents, metadata=replace(contents.metadata, raw=old))) == []
