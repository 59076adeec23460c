"""Rules about a wheel's entry points: what installers make commands of, and plugins are found by."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from publish_action.distributions.contents import TEXT_BYTES, Contents
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, doubtful, not_standard
from publish_action.untrusted.text import name_first

# From these groups installers write files named as the entries are.
_SCRIPT_GROUPS = frozenset({"console_scripts", "gui_scripts"})
# Entry points specification (PyPA). Other names than `_SCRIPT` are allowed for plugins.
_GROUP = re.compile(r"\w+(?:\.\w+)*")
_SCRIPT = re.compile(r"[\w.-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REMEDY = (
    "Correct it in pyproject.toml: `[project.scripts]`, `[project.gui-scripts]` or `[project.entry-points]` with lines "
    '`name = "package.module:function"`; setup.cfg and setup.py of setuptools have it in `entry_points`.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    line: int
    group: str
    name: str
    reference: str


def judge_entry_points(contents: Contents) -> Iterator[Finding]:
    """entry_points.txt is INI whose names and object references are valid (entry points specification).

    PyPI refuses a file that cannot be read, and takes values that installers trip over.
    One finding for each kind of mistake, however many entries have it.
    """
    data = contents.texts.get("entry_points.txt") if contents.name.kind is Kind.WHEEL else None
    if data is None or len(data) >= TEXT_BYTES["entry_points.txt"]:
        # One that is too long is for the layout's rules.
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        yield _wrong(contents, "entry_points.txt is not UTF-8.")
        return
    groups, entries, stray = _parse(text)
    if stray:
        yield _wrong(contents, f"entry_points.txt has lines that are not valid INI: {name_first(stray)}.")
    for says, found in _find_mistakes(groups, entries):
        if found:
            yield _wrong(contents, f"Entry points {says}: {name_first(found)}.")
    if odd := [group for group in dict.fromkeys(groups) if not _GROUP.fullmatch(group)]:
        yield doubtful(
            "W_ENTRY_POINT",
            file=contents.file,
            message=f"Names of entry point groups may have only letters, digits and underscores with single dots "
            f"between them: {name_first(odd)} (entry points specification).",
            remedy="Rename the group where it is defined and where it is read, unless another project reads it.",
            member=f"{contents.folder}/entry_points.txt",
        )


def _find_mistakes(groups: list[str], entries: list[_Entry]) -> Iterator[tuple[str, list[str]]]:
    scripts = [entry for entry in entries if entry.group in _SCRIPT_GROUPS]
    yield "have groups that are listed twice", _repeated(groups)
    yield (
        "have names that are listed twice in one group",
        _repeated([f"{entry.group}: {entry.name}" for entry in entries]),
    )
    yield (
        "have names that are not valid command names (letters, digits, `_`, `.` and `-`)",
        [entry.name for entry in scripts if not _is_command(entry.name)],
    )
    yield (
        "have names that are not valid",
        [e.name for e in entries if e.group not in _SCRIPT_GROUPS and not _is_name(e.name)],
    )
    yield (
        "have references that are not `module` or `module:object`",
        [f"{entry.name} = {entry.reference}" for entry in entries if not _is_reference(entry.reference)],
    )
    yield (
        "for commands do not name a function (`module:function`)",
        [f"{entry.name} = {entry.reference}" for entry in scripts if ":" not in entry.reference],
    )


def _parse(text: str) -> tuple[list[str], list[_Entry], list[str]]:
    """Take the file apart: groups in their order, entries, and lines that are neither.

    By hand: `configparser` needs time that grows with the square of a hostile line.
    """
    groups, entries, stray = list[str](), list[_Entry](), list[str]()
    deep = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        name, equals, reference = stripped.partition("=")
        if not stripped or stripped.startswith(("#", ";")):
            continue
        if stripped.startswith("[") and stripped.endswith("]") and not equals:
            groups.append(stripped[1:-1].strip())
            deep = len(line)
        elif not equals or not name.strip() or not groups or indent > deep:
            # A line that is further in belongs to the value above it for some readers, and not for others.
            stray.append(f"line {number}: {stripped[:80]}")
        else:
            entries.append(_Entry(line=number, group=groups[-1], name=name.strip(), reference=reference.strip()))
            deep = indent
    return groups, entries, stray


def _repeated(names: list[str]) -> list[str]:
    seen = defaultdict[str, int](int)
    for name in names:
        seen[name] += 1
    return [name for name, times in seen.items() if times > 1]


def _is_command(name: str) -> bool:
    return _SCRIPT.fullmatch(name) is not None and name.strip(".") != ""


def _is_name(name: str) -> bool:
    return not name.startswith("[") and _CONTROL.search(name) is None and ".." not in name.replace("\\", "/").split("/")


def _is_reference(reference: str) -> bool:
    target, bracket, extras = reference.partition("[")
    if bracket and not extras.endswith("]"):
        return False
    module, colon, name = target.partition(":")
    return _is_dotted(module) and (not colon or _is_dotted(name))


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.strip().split("."))


def _wrong(contents: Contents, message: str) -> Finding:
    return not_standard(
        "E_ENTRY_POINT",
        file=contents.file,
        message=message,
        remedy=_REMEDY,
        member=f"{contents.folder}/entry_points.txt",
    )
