"""Parse a publish policy: which indexes there are, where each project may go, which members may be published."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from publish_action.model import (
    Allowance,
    Audience,
    Grant,
    Policy,
    PolicyIndex,
    PolicyInvalid,
    ProjectRule,
    PublicName,
)
from publish_action.policy_table import (
    ALLOW_KEYS,
    BUILT_IN,
    DAY,
    GRANT_SWITCH,
    INDEX_KEYS,
    PROJECT_KEYS,
    PROJECT_NAME,
    RESERVED,
    TOP_KEYS,
    PolicyKey,
    find_key,
    is_index_name,
    names_of,
)
from publish_action.project_patterns import find_shared_name, is_pattern, normalise_pattern, weigh
from publish_action.toml_text import TomlUnreadable, parse_toml

_LONGEST_POLICY = 1 << 16
_MOST_PROBLEMS = 50
_LONGEST_QUOTE = 60

_TOP_NAMES = ("index", "project", "allow", *names_of(TOP_KEYS))
_INDEX_NAMES = names_of(INDEX_KEYS)
_PROJECT_NAMES = names_of(PROJECT_KEYS)
_ALLOW_NAMES = names_of(ALLOW_KEYS)
_GRANT_NAMES = tuple(key.name for key in PROJECT_KEYS if key.is_of_grant)

_PROJECT_NAME = re.compile(PROJECT_NAME)
_DAY = re.compile(DAY)
_KEY_LINE = re.compile(r"\s*(?P<key>[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*[=.]")

_Table = dict[str, object]
_Path = tuple[str, ...]


def parse_policy(text: str, *, source: str, wider: Policy | None = None) -> Policy | PolicyInvalid:
    """Read a policy, or list everything that is wrong with it (contract, section 5, "Policy").

    Never raises, whatever the text. URLs stay as they are written: `catalogue` judges them.
    `wider` is the policy that this one narrows: its indexes can be named here, and no other can be added.
    """
    if len(text) > _LONGEST_POLICY:
        return PolicyInvalid(source=source, problems=(f"The policy is longer than {_LONGEST_POLICY} characters.",))
    try:
        document: _Table = parse_toml(text)
    except TomlUnreadable as error:
        return PolicyInvalid(source=source, problems=(f"The policy is not TOML: {_quote(str(error))}",))
    reader = _Reader(lines=_find_lines(text))
    policy = _read_policy(reader, document, source, wider)
    return PolicyInvalid(source=source, problems=reader.listed()) if reader.problems else policy


def find_line(text: str, path: tuple[str, ...]) -> int | None:
    """Give the line on which a key of a policy is, or the nearest table around it, as far as it shows."""
    return _find_nearest(_find_lines(text), path)


def _find_nearest(lines: dict[_Path, int], path: _Path) -> int | None:
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects problems while a document is read; the one mutable thing in this file."""

    lines: dict[_Path, int]
    problems: list[str] = field(default_factory=list)

    def object_to(self, path: _Path, problem: str) -> None:
        """Note a problem with the line of its key, or of the nearest table around it."""
        line = _find_nearest(self.lines, path)
        where = f"line {line}: " if line else ""
        self.problems.append(f"{where}{_quote('.'.join(path))}: {problem}")

    def listed(self) -> tuple[str, ...]:
        """Give the problems, the first of them where there are very many."""
        rest = len(self.problems) - _MOST_PROBLEMS
        return (*self.problems[:_MOST_PROBLEMS], *([f"… and {rest} more problems."] if rest > 0 else []))

    def table(self, path: _Path, value: object) -> _Table:
        """Give a table, empty where it is none."""
        if isinstance(value, dict):
            return value
        self.object_to(path, "this must be a table.")
        return {}

    def text(self, path: _Path, table: _Table, default: str = "") -> str:
        """Give a text that is not empty, or the default where the key is absent."""
        value = table.get(path[-1], default)
        if isinstance(value, str) and (value.strip() or path[-1] not in table):
            return value
        self.object_to(path, "this must be a text that is not empty.")
        return default

    def boolean(self, path: _Path, table: _Table) -> bool:
        """Give a boolean; False where the key is absent."""
        value = table.get(path[-1], False)
        if isinstance(value, bool):
            return value
        self.object_to(path, "this must be true or false, without quotes.")
        return False

    def word(self, path: _Path, table: _Table, keys: tuple[PolicyKey, ...]) -> str:
        """Give one of the words that the key knows, or its default where it is absent."""
        key = find_key(keys, path[-1])
        value = table.get(key.name, key.default)
        if isinstance(value, str) and value in key.words:
            return value
        self.object_to(path, f"this must be one of {', '.join(filter(None, key.words))}.")
        return key.default

    def refuse_unknown(self, path: _Path, table: _Table, known: tuple[str, ...]) -> None:
        """Note every key that is not known, with the nearest one that is."""
        for key in table:
            if key not in known:
                self.object_to((*path, key), f"there is no such key.{_nearest(key, known)}")


def _read_policy(reader: _Reader, document: _Table, source: str, wider: Policy | None) -> Policy:
    reader.refuse_unknown((), document, _TOP_NAMES)
    indexes = tuple(_read_indexes(reader, reader.table(("index",), document.get("index", {}))))
    if wider is not None:
        _compare_indexes(reader, indexes, wider)
    allowances = tuple(_read_allowances(reader, document.get("allow", [])))
    if wider is not None:
        _compare_allowances(reader, allowances, wider)
    known = dict.fromkeys(index.name for index in (*indexes, *(wider.indexes if wider else ())))
    return Policy(
        source=source,
        indexes=indexes,
        projects=_read_projects(reader, reader.table(("project",), document.get("project", {})), (*BUILT_IN, *known)),
        unlisted_refused=reader.word(("unlisted-projects",), document, TOP_KEYS) == "refuse",
        allowances=allowances,
    )


def _compare_indexes(reader: _Reader, indexes: tuple[PolicyIndex, ...], wider: Policy) -> None:
    """A policy that narrows another adds no index and moves none (invariant I12)."""
    theirs = {index.name: index for index in wider.indexes}
    for index in indexes:
        if index.name not in theirs:
            problem = f"the organisation's policy {wider.source} has no such index, and this one cannot add to it."
            reader.object_to(("index", index.name), problem)
        elif index != theirs[index.name]:
            problem = f"the organisation's policy {wider.source} defines it otherwise; leave it out here."
            reader.object_to(("index", index.name), problem)


def _read_indexes(reader: _Reader, tables: _Table) -> Iterator[PolicyIndex]:
    for name, value in tables.items():
        path = ("index", name)
        if name in RESERVED:
            reader.object_to(path, "this name is reserved; choose another for an index of the policy.")
        elif not is_index_name(name):
            reader.object_to(path, "the name of an index is of lower case letters, digits and . _ - (64 at most).")
        yield _read_index(reader, path, reader.table(path, value))


def _read_index(reader: _Reader, path: _Path, table: _Table) -> PolicyIndex:
    reader.refuse_unknown(path, table, _INDEX_NAMES)
    if "url" not in table:
        reader.object_to(path, "an index needs a url.")
    return PolicyIndex(
        name=path[-1],
        url=reader.text((*path, "url"), table),
        # Not marked means public (contract, section 5, "Audience of an index").
        audience=Audience(reader.word((*path, "audience"), table, INDEX_KEYS)),
        check_url=reader.text((*path, "check-url"), table),
        auth=reader.word((*path, "auth"), table, INDEX_KEYS),
        username=reader.text((*path, "username"), table),
        auth_options=_read_options(reader, (*path, "auth-options"), table.get("auth-options", {})),
    )


def _read_options(reader: _Reader, path: _Path, value: object) -> tuple[tuple[str, str], ...]:
    options: list[tuple[str, str]] = []
    for key, text in reader.table(path, value).items():
        if isinstance(text, str):
            options.append((key, text))
        else:
            reader.object_to((*path, key), "this must be a text.")
    return tuple(options)


def _read_projects(reader: _Reader, tables: _Table, known: tuple[str, ...]) -> tuple[ProjectRule, ...]:
    rules: dict[str, ProjectRule] = {}
    for name, value in tables.items():
        path = ("project", name)
        project = _read_project_name(reader, path, name)
        if project in rules:
            # Which of the two would hold would be a guess.
            reader.object_to(path, f"the project {_quote(project)} has an entry already, under another spelling.")
        elif is_pattern(project):
            _compare_patterns(reader, path, project, rules)
        rules[project] = _read_rule(reader, path, reader.table(path, value), (project, known))
    return tuple(rules.values())


def _read_project_name(reader: _Reader, path: _Path, name: str) -> str:
    if not _PROJECT_NAME.fullmatch(name):
        reader.object_to(path, "this is neither a valid project name (PEP 508) nor one with `*` for any letters.")
    return normalise_pattern(name)


def _compare_patterns(reader: _Reader, path: _Path, pattern: str, others: Iterable[str]) -> None:
    """Which of two equally close patterns would hold for a project that both cover would be a guess."""
    for other in others:
        if is_pattern(other) and weigh(other) == weigh(pattern) and (name := find_shared_name(pattern, other)):
            problem = f"the pattern {_quote(other)} is as close for {_quote(name)}; write an entry that is closer."
            reader.object_to(path, f"{problem} The pattern with more letters holds.")
            return


def _read_rule(reader: _Reader, path: _Path, table: _Table, names: tuple[str, tuple[str, ...]]) -> ProjectRule:
    project, known = names
    reader.refuse_unknown(path, table, _PROJECT_NAMES)
    indexes = _read_index_names(reader, (*path, "indexes"), table, known)
    default = reader.text((*path, "default-index"), table)
    if default and default not in indexes:
        reader.object_to((*path, "default-index"), f"{_quote(default)} is none of the project's `indexes`.")
    return ProjectRule(
        project=project,
        indexes=indexes,
        default_index=default,
        public_name=_read_public_name(reader, (*path, "public-name"), table),
        grant=_read_grant(reader, path, table),
    )


def _read_public_name(reader: _Reader, path: _Path, table: _Table) -> PublicName | None:
    return PublicName(reader.word(path, table, PROJECT_KEYS)) if path[-1] in table else None


def _read_index_names(reader: _Reader, path: _Path, table: _Table, known: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get("indexes")
    names = [name for name in value if isinstance(name, str)] if isinstance(value, list) else None
    if names is None or not isinstance(value, list) or len(names) != len(value):
        reader.object_to(path, 'a project needs `indexes`, a list of names; `[]` means "nowhere".')
        return ()
    for name in names:
        if name not in known:
            reader.object_to(path, f"there is no index {_quote(name)}.{_nearest(name, known)}")
    return tuple(names)


def _read_grant(reader: _Reader, path: _Path, table: _Table) -> Grant | None:
    if not reader.boolean((*path, GRANT_SWITCH), table):
        for key in _GRANT_NAMES:
            if key in table:
                reader.object_to((*path, key), f"this belongs to a grant, which needs `{GRANT_SWITCH} = true`.")
        return None
    if "environment" not in table:
        reader.object_to(path, "a grant needs `environment`, the name of the GitHub environment that guards it.")
    return Grant(
        environment=reader.text((*path, "environment"), table),
        sdist=reader.boolean((*path, "sdist"), table),
        expires=_read_day(reader, (*path, "expires"), table.get("expires")),
        reason=reader.text((*path, "reason"), table),
    )


def _read_allowances(reader: _Reader, value: object) -> Iterator[Allowance]:
    if not isinstance(value, list):
        reader.object_to(("allow",), "this must be tables, each under a line [[allow]].")
        return
    for number, entry in enumerate(value, start=1):
        path = ("allow", str(number))
        yield _read_allowance(reader, path, reader.table(path, entry))


def _read_allowance(reader: _Reader, path: _Path, table: _Table) -> Allowance:
    reader.refuse_unknown(path, table, _ALLOW_NAMES)
    for key in ALLOW_KEYS:
        if key.is_required and key.name not in table:
            reader.object_to(path, f"an allowance needs a {key.name}.")
    project = reader.text((*path, "project"), table)
    return Allowance(
        member=reader.text((*path, "member"), table),
        reason=reader.text((*path, "reason"), table),
        code=reader.word((*path, "code"), table, ALLOW_KEYS),
        project=_read_project_name(reader, (*path, "project"), project) if project else "",
        expires=_read_day(reader, (*path, "expires"), table.get("expires")),
    )


def _compare_allowances(reader: _Reader, allowances: tuple[Allowance, ...], wider: Policy) -> None:
    """A policy that narrows another lets nothing out that the other keeps in."""
    for number, allowance in enumerate(allowances, start=1):
        if allowance not in wider.allowances:
            problem = f"the organisation's policy {wider.source} allows no such member, and this one cannot add to it."
            reader.object_to(("allow", str(number)), problem)


def _read_day(reader: _Reader, path: _Path, value: object) -> date | None:
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
    reader.object_to(path, "this must be a day, as 2027-01-31.")
    return None


def _find_lines(text: str) -> dict[_Path, int]:
    """Give the line of each table and key, as far as it shows: only for messages, never for meaning."""
    lines: dict[_Path, int] = {}
    table: _Path = ()
    entries = Counter[_Path]()
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


def _parse_header(line: str) -> _Path:
    """Give the path of a table's header, or an empty one where the line is something else."""
    try:
        found: object = parse_toml(line)
    except TomlUnreadable:
        return ()
    path: list[str] = []
    while isinstance(found, dict) and found:
        path.append(next(iter(found)))
        found = found[path[-1]]
    return tuple(path)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:_LONGEST_QUOTE], known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else f" Known are {', '.join(known)}."


def _quote(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
