"""Read a step's output as GitHub's runner does: which lines it obeys, and what its files say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Escapes are undone in this order, as the runner does: `%25` last (actions/runner, ActionCommand).
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_BRACKET = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))

_KNOWN = frozenset(
    {
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    }
)
# Still recognised, no longer carried out: the step fails.
_FATAL = frozenset({"set-env", "add-path"})
# What .NET calls white space. Python's own idea differs in U+001C to U+001F.
_WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One order to the runner. `FAIL` stands for a line that makes the step fail, `resume` for a closed stop."""

    name: str
    properties: Mapping[str, str] = field(default_factory=dict)
    data: str = ""


def obeyed(output: bytes) -> list[Command]:
    """Return every command in a step's standard output or error that the runner would obey, in order."""
    commands: list[Command] = []
    stopped_until: str | None = None
    for line in _LINE_END.split(output.decode("utf-8", "replace")):
        if stopped_until is not None:
            if (found := _read_command(line, frozenset({stopped_until}) | _KNOWN)) and found.name == stopped_until:
                stopped_until = None
                commands.append(Command(name="resume"))
            continue
        found = _read_command(line, _KNOWN)
        if found is None:
            continue
        if found.name == "stop-commands":
            stopped_until = _stop_token(found.data)
        commands.append(_as_carried_out(found))
    return commands


def parse_file_command(text: str) -> dict[str, str]:
    """Read GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE. Raises `ValueError` where the runner fails the step.

    Only LF ends a line. The first of `=` and `<<` in a line decides which of the two forms it has.
    """
    entries: dict[str, str] = {}
    # Each line keeps its LF: a delimiter closes only a value whose last line had ended.
    lines = iter(re.findall(r"[^\n]*\n|[^\n]+", text))
    for line in (each.removesuffix("\n") for each in lines):
        if not line:
            continue
        form = re.match(r"(?P<key>.*?)(?P<mark>=|<<)(?P<rest>.*)", line, re.DOTALL)
        if form is None:
            raise ValueError(f"neither key=value nor key<<delimiter: {line!r}")
        key, rest = form["key"], form["rest"]
        if form["mark"] == "<<" and not (key and rest):
            raise ValueError(f"empty name or delimiter: {line!r}")
        entries[key] = rest if form["mark"] == "=" else _read_block(lines, rest)
    return entries


def _read_block(lines: Iterator[str], delimiter: str) -> str:
    """Return the lines before the line that equals the delimiter, and take both from `lines`."""
    value: list[str] = []
    for line in lines:
        if line.removesuffix("\n") == delimiter:
            return "".join(value).removesuffix("\n")
        if not line.endswith("\n"):
            break
        value.append(line)
    raise ValueError(f"the delimiter {delimiter!r} never came")


def _read_command(line: str, names: frozenset[str]) -> Command | None:
    return _read_colons(line, names) or _read_bracket(line, names)


def _read_colons(line: str, names: frozenset[str]) -> Command | None:
    """`::name key=value,key=value::data`, after any white space at the start of the line."""
    form = re.match(r"::(?P<head>.*?)::(?P<data>.*)", line.lstrip(_WHITE), re.DOTALL)
    if form is None:
        return None
    name, _, properties = form["head"].partition(" ")
    if name.lower() not in names:
        return None
    return Command(
        name=name.lower(),
        properties=_read_properties(properties.strip(_WHITE), ",", _PROPERTY),
        data=_unescape(form["data"], _DATA),
    )


def _read_bracket(line: str, names: frozenset[str]) -> Command | None:
    """`##[name key=value;key=value]data`, anywhere in the line; only its first `##[` counts."""
    form = re.search(r"##\[(?P<head>[^\]]*)\](?P<data>.*)", line[max(line.find("##["), 0) :], re.DOTALL)
    if form is None:
        return None
    name, _, properties = form["head"].partition(" ")
    if name.lower() not in names:
        return None
    return Command(
        name=name.lower(),
        properties=_read_properties(properties, ";", _BRACKET),
        data=_unescape(form["data"], _BRACKET),
    )


def _read_properties(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Signs of equality around the key vanish; a key or a value that is empty is no property."""
    pairs = (item.lstrip("=").partition("=") for item in text.split(separator))
    return {key.lower(): _unescape(value.lstrip("="), escapes) for key, _, value in pairs if key and value.lstrip("=")}


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in escapes:
        text = text.replace(escaped, plain)
    return text


def _stop_token(data: str) -> str | None:
    """The word that ends the stop, or None where the runner refuses it."""
    token = data.lower()
    return None if not token or token == "pause-logging" or token in _KNOWN else token


def _as_carried_out(command: Command) -> Command:
    refused_stop = command.name == "stop-commands" and _stop_token(command.data) is None
    if command.name in _FATAL or refused_stop:
        return Command(name="FAIL", data=command.name)
    return command
