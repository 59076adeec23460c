"""Rules about licence files: what the metadata name is in the distribution."""

from collections.abc import Iterator

from publish_action.distributions.contents import Contents, MemberKind
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, not_standard
from publish_action.untrusted.text import name_first


def judge_license_files(contents: Contents) -> Iterator[Finding]:
    """Every License-File stands where PEP 639 has it; PyPI refuses the file otherwise.

    Under Metadata-Version < 2.4 the field says nothing of the sort, and is not read (as twine does).
    """
    named = contents.metadata.raw.get("license_files", [])
    is_wheel = contents.name.kind is Kind.WHEEL
    folder = f"{contents.folder}/licenses" if is_wheel else contents.folder
    files = {member.path for member in contents.members if member.kind is not MemberKind.FOLDER}
    missing = [place for path in dict.fromkeys(named) if (place := f"{folder}/{path}") not in files]
    if missing:
        yield not_standard(
            "E_LICENSE_FILE",
            file=contents.file,
            message=f"The metadata name licence files that are not in the {contents.name.kind} (PEP 639): "
            f"{name_first(missing)}.",
            remedy=_ADVICE[contents.name.kind],
            member=contents.metadata_member,
        )


_ADVICE = {
    Kind.WHEEL: "Name the files, from the project's folder on, in `license-files` of [project] in pyproject.toml, and "
    "build with a backend that puts them into `.dist-info/licenses` (setuptools 77, hatchling 1.27, flit-core 3.12, "
    "pdm-backend 2.4, poetry-core 2.2, maturin 1.9, or later).",
    Kind.SDIST: "Check that the files named by `license-files` of [project] in pyproject.toml go into the sdist: "
    "setuptools takes them by itself from version 77 on (before, by MANIFEST.in), hatchling by "
    "`[tool.hatch.build.targets.sdist] include`.",
}
