"""Parse a publish policy: which indexes there are, where each project may go, which members may be published."""

import re
from collections.abc import Iterable, Iterator

from publish_action.models.finding import Allowance
from publish_action.models.index import Audience
from publish_action.models.policy import Grant, Policy, PolicyIndex, PolicyInvalid, ProjectRule, PublicName
from publish_action.policy.keys import (
    ALLOW_KEYS,
    BUILT_IN,
    GRANT_SWITCH,
    INDEX_KEYS,
    PROJECT_KEYS,
    PROJECT_NAME,
    RESERVED,
    TOP_KEYS,
    is_index_name,
    names_of,
)
from publish_action.policy.patterns import find_shared_name, is_pattern, normalise_pattern, specificity
from publish_action.policy.reader import KeyPath, PolicyReader, Table, find_lines, name_nearest, quote_value
from publish_action.untrusted.toml import TomlUnreadable, parse_toml

_LONGEST_POLICY = 1 << 16

_TOP_NAMES = ("index", "project", "allow", *names_of(TOP_KEYS))
_INDEX_NAMES = names_of(INDEX_KEYS)
_PROJECT_NAMES = names_of(PROJECT_KEYS)
_ALLOW_NAMES = names_of(ALLOW_KEYS)
_GRANT_NAMES = tuple(key.name for key in PROJECT_KEYS if key.is_of_grant)

_PROJECT_NAME = re.compile(PROJECT_NAME)


def parse_policy(text: str, *, source: str, wider: Policy | None = None) -> Policy | PolicyInvalid:
    """Read a policy, or list everything that is wrong with it (contract, section 5, "Policy").

    Never raises, whatever the text. URLs stay as they are written: `catalogue` judges them.
    `wider` is the policy that this one narrows: its indexes can be named here, and no other can be added.
    """
    if len(text) > _LONGEST_POLICY:
        return PolicyInvalid(source=source, problems=(f"The policy is longer than {_LONGEST_POLICY} characters.",))
    try:
        document: Table = parse_toml(text)
    except TomlUnreadable as error:
        return PolicyInvalid(source=source, problems=(f"The policy is not TOML: {quote_value(str(error))}",))
    reader = PolicyReader(lines=find_lines(text))
    policy = _read_policy(reader, document, source, wider)
    return PolicyInvalid(source=source, problems=reader.listed()) if reader.problems else policy


def _read_policy(reader: PolicyReader, document: Table, source: str, wider: Policy | None) -> Policy:
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


def _compare_indexes(reader: PolicyReader, indexes: tuple[PolicyIndex, ...], wider: Policy) -> None:
    """A policy that narrows another adds no index and moves none (invariant I12)."""
    theirs = {index.name: index for index in wider.indexes}
    for index in indexes:
        if index.name not in theirs:
            problem = f"the organisation's policy {wider.source} has no such index, and this one cannot add to it."
            reader.object_to(("index", index.name), problem)
        elif index != theirs[index.name]:
            problem = f"the organisation's policy {wider.source} defines it otherwise; leave it out here."
            reader.object_to(("index", index.name), problem)


def _read_indexes(reader: PolicyReader, tables: Table) -> Iterator[PolicyIndex]:
    for name, value in tables.items():
        path = ("index", name)
        if name in RESERVED:
            reader.object_to(path, "this name is reserved; choose another for an index of the policy.")
        elif not is_index_name(name):
            reader.object_to(path, "the name of an index is of lower case letters, digits and . _ - (64 at most).")
        yield _read_index(reader, path, reader.table(path, value))


def _read_index(reader: PolicyReader, path: KeyPath, table: Table) -> PolicyIndex:
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


def _read_options(reader: PolicyReader, path: KeyPath, value: object) -> tuple[tuple[str, str], ...]:
    options: list[tuple[str, str]] = []
    for key, text in reader.table(path, value).items():
        if isinstance(text, str):
            options.append((key, text))
        else:
            reader.object_to((*path, key), "this must be a text.")
    return tuple(options)


def _read_projects(reader: PolicyReader, tables: Table, known: tuple[str, ...]) -> tuple[ProjectRule, ...]:
    rules: dict[str, ProjectRule] = {}
    for name, value in tables.items():
        path = ("project", name)
        project = _read_project_name(reader, path, name)
        if project in rules:
            # Which of the two would hold would be a guess.
            reader.object_to(path, f"the project {quote_value(project)} has an entry already, under another spelling.")
        elif is_pattern(project):
            _compare_patterns(reader, path, project, rules)
        rules[project] = _read_rule(reader, path, reader.table(path, value), (project, known))
    return tuple(rules.values())


def _read_project_name(reader: PolicyReader, path: KeyPath, name: str) -> str:
    if not _PROJECT_NAME.fullmatch(name):
        reader.object_to(path, "this is neither a valid project name (PEP 508) nor one with `*` for any letters.")
    return normalise_pattern(name)


def _compare_patterns(reader: PolicyReader, path: KeyPath, pattern: str, others: Iterable[str]) -> None:
    """Which of two equally close patterns would hold for a project that both cover would be a guess."""
    for other in others:
        if (
            is_pattern(other)
            and specificity(other) == specificity(pattern)
            and (name := find_shared_name(pattern, other))
        ):
            problem = (
                f"the pattern {quote_value(other)} is as close for {quote_value(name)}; write an entry that is closer."
            )
            reader.object_to(path, f"{problem} The pattern with more letters holds.")
            return


def _read_rule(reader: PolicyReader, path: KeyPath, table: Table, names: tuple[str, tuple[str, ...]]) -> ProjectRule:
    project, known = names
    reader.refuse_unknown(path, table, _PROJECT_NAMES)
    indexes = _read_index_names(reader, (*path, "indexes"), table, known)
    default = reader.text((*path, "default-index"), table)
    if default and default not in indexes:
        reader.object_to((*path, "default-index"), f"{quote_value(default)} is none of the project's `indexes`.")
    return ProjectRule(
        project=project,
        indexes=indexes,
        default_index=default,
        public_name=_read_public_name(reader, (*path, "public-name"), table),
        grant=_read_grant(reader, path, table),
    )


def _read_public_name(reader: PolicyReader, path: KeyPath, table: Table) -> PublicName | None:
    return PublicName(reader.word(path, table, PROJECT_KEYS)) if path[-1] in table else None


def _read_index_names(reader: PolicyReader, path: KeyPath, table: Table, known: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get("indexes")
    names = [name for name in value if isinstance(name, str)] if isinstance(value, list) else None
    if names is None or not isinstance(value, list) or len(names) != len(value):
        reader.object_to(path, 'a project needs `indexes`, a list of names; `[]` means "nowhere".')
        return ()
    for name in names:
        if name not in known:
            reader.object_to(path, f"there is no index {quote_value(name)}.{name_nearest(name, known)}")
    return tuple(names)


def _read_grant(reader: PolicyReader, path: KeyPath, table: Table) -> Grant | None:
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
        expires=reader.day((*path, "expires"), table.get("expires")),
        reason=reader.text((*path, "reason"), table),
    )


def _read_allowances(reader: PolicyReader, value: object) -> Iterator[Allowance]:
    if not isinstance(value, list):
        reader.object_to(("allow",), "this must be tables, each under a line [[allow]].")
        return
    for number, entry in enumerate(value, start=1):
        path = ("allow", str(number))
        yield _read_allowance(reader, path, reader.table(path, entry))


def _read_allowance(reader: PolicyReader, path: KeyPath, table: Table) -> Allowance:
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
        expires=reader.day((*path, "expires"), table.get("expires")),
    )


def _compare_allowances(reader: PolicyReader, allowances: tuple[Allowance, ...], wider: Policy) -> None:
    """A policy that narrows another lets nothing out that the other keeps in."""
    for number, allowance in enumerate(allowances, start=1):
        if allowance not in wider.allowances:
            problem = f"the organisation's policy {wider.source} allows no such member, and this one cannot add to it."
            reader.object_to(("allow", str(number)), problem)
