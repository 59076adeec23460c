"""Rules about what an sdist needs so that somebody can build from it."""

from collections.abc import Iterator

from publish_action.contents import Contents, MemberKind
from publish_action.findings import not_standard
from publish_action.model import Finding, Kind
from publish_action.toml_text import parse_toml

_REMEDY = (
    "Keep pyproject.toml in the sdist: build it with `python -m build --sdist`, and see that no exclude rule "
    "(MANIFEST.in, or `exclude` of the backend) takes it out."
)


def judge_build_files(contents: Contents) -> Iterator[Finding]:
    """An sdist has pyproject.toml or setup.py at its top. PyPI does not ask, and no installer can build it without."""
    if contents.name.kind is not Kind.SDIST:
        return
    wanted = {f"{contents.folder}/{name}" for name in ("pyproject.toml", "setup.py")}
    if not any(member.path in wanted and member.kind is not MemberKind.FOLDER for member in contents.members):
        yield _wrong(
            contents,
            "The sdist has neither pyproject.toml (PEP 517) nor setup.py at its top, so that no installer can build "
            "it.",
        )


def judge_build_system(contents: Contents) -> Iterator[Finding]:
    """An sdist's pyproject.toml has a build-system that says what it requires (PEP 518); pip refuses others."""
    data = contents.texts.get("pyproject.toml") if contents.name.kind is Kind.SDIST else None
    if data is None:
        return
    try:
        document = parse_toml(data.decode("utf-8"))
    except ValueError:
        # What is not TOML is refused where the metadata are read: it could say "private".
        return
    system = document.get("build-system")
    if system is None:
        return
    requires = system.get("requires") if isinstance(system, dict) else None
    if not isinstance(requires, list) or not all(isinstance(each, str) for each in requires):
        yield _wrong(
            contents,
            "pyproject.toml in the sdist has a [build-system] without a list of texts `requires` (PEP 518), which pip "
            "refuses.",
            "pyproject.toml",
        )


def _wrong(contents: Contents, message: str, name: str = "") -> Finding:
    remedy = "Correct pyproject.toml in the source, and build again." if name else _REMEDY
    return not_standard(
        "E_SDIST_LAYOUT",
        file=contents.file,
        message=message,
        remedy=remedy,
        member=f"{contents.folder}/{name}" if name else "",
    )
