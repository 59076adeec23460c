"""Read the tables of a policy by their keys, and note every problem with its line."""

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from publish_action.policy.keys import DAY, PolicyKey, find_key
from publish_action.untrusted.toml import TomlUnreadable, parse_toml

Table = dict[str, object]
KeyPath = tuple[str, ...]

_MOST_PROBLEMS = 50
_LONGEST_QUOTE = 60
_DAY = re.compile(DAY)
_KEY_LINE = re.compile(r"\s*(?P<key>[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*[=.]")


def find_line(text: str, path: tuple[str, ...]) -> int | None:
    """Return the line on which a key of a policy is, or the nearest table around it, as far as it shows."""
    return _find_nearest(find_lines(text), path)


def _find_nearest(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


@dataclass(slots=True, kw_only=True)
class PolicyReader:
    """Collects problems while a document is read; the one mutable thing in this file."""

    lines: dict[KeyPath, int]
    problems: list[str] = field(default_factory=list)

    def object_to(self, path: KeyPath, problem: str) -> None:
        """Note a problem with the line of its key, or of the nearest table around it."""
        line = _find_nearest(self.lines, path)
        where = f"line {line}: " if line else ""
        self.problems.append(f"{where}{quote_value('.'.join(path))}: {problem}")

    def listed(self) -> tuple[str, ...]:
        """Return the problems, the first of them where there are very many."""
        rest = len(self.problems) - _MOST_PROBLEMS
        return (*self.problems[:_MOST_PROBLEMS], *([f"… and {rest} more problems."] if rest > 0 else []))

    def table(self, path: KeyPath, value: object) -> Table:
        """Return a table, empty where it is none."""
        if isinstance(value, dict):
            return value
        self.object_to(path, "this must be a table.")
        return {}

    def text(self, path: KeyPath, table: Table, default: str = "") -> str:
        """Return a text that is not empty, or the default where the key is absent."""
        value = table.get(path[-1], default)
        if isinstance(value, str) and (value.strip() or path[-1] not in table):
            return value
        self.object_to(path, "this must be a text that is not empty.")
        return default

    def boolean(self, path: KeyPath, table: Table) -> bool:
        """Return a boolean; False where the key is absent."""
        value = table.get(path[-1], False)
        if isinstance(value, bool):
            return value
        self.object_to(path, "this must be true or false, without quotes.")
        return False

    def word(self, path: KeyPath, table: Table, keys: tuple[PolicyKey, ...]) -> str:
        """Return one of the words that the key knows, or its default where it is absent."""
        key = find_key(keys, path[-1])
        value = table.get(key.name, key.default)
        if isinstance(value, str) and value in key.words:
            return value
        self.object_to(path, f"this must be one of {', '.join(filter(None, key.words))}.")
        return key.default

    def refuse_unknown(self, path: KeyPath, table: Table, known: tuple[str, ...]) -> None:
        """Note every key that is not known, with the nearest one that is."""
        for key in table:
            if key not in known:
                self.object_to((*path, key), f"there is no such key.{name_nearest(key, known)}")

    def day(self, path: KeyPath, value: object) -> date | None:
        """Return a day, or None where there is none."""
        if value is None:
            return None
        # A datetime is a date to isinstance; which day it means depends on a time zone.
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.object_to(path, "this must be a day, as 2027-01-31.")
        return None


def find_lines(text: str) -> dict[KeyPath, int]:
    """Return the line of each table and key, as far as it shows: only for messages, never for meaning."""
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    entries = Counter[KeyPath]()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            table = _parse_header(line)
            if line.lstrip().startswith("[["):
                entries[table] += 1
                table = (*table, str(entries[table]))
            lines.setdefault(table, number)
        elif found := _KEY_LINE.match(line):
            lines.setdefault((*table, found["key"].strip("\"'")), number)
    return lines


def _parse_header(line: str) -> KeyPath:
    """Return the path of a table's header, or an empty one where the line is something else."""
    try:
        found: object = parse_toml(line)
    except TomlUnreadable:
        return ()
    path: list[str] = []
    while isinstance(found, dict) and found:
        path.append(next(iter(found)))
        found = found[path[-1]]
    return tuple(path)


def name_nearest(word: str, known: tuple[str, ...]) -> str:
    """Return the known word that is meant, as a sentence behind a space, or all of them."""
    near = difflib.get_close_matches(word[:_LONGEST_QUOTE], known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" Known are {', '.join(known)}."


def quote_value(text: str) -> str:
    """Return a text of somebody's, shortened."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
