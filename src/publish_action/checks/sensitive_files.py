"""Find members that must not be published by what they are named, where they lie and whether they hold a credential."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from publish_action.checks.build_backend import explain_how_to_exclude
from publish_action.checks.findings import MOST_ALLOWABLE
from publish_action.checks.severity import name_allowable
from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.distributions.scanning.fixture_places import is_among_tests
from publish_action.models.finding import Finding, doubtful, leak
from publish_action.untrusted.text import shorten

SHOWN = 3
"""Members that one message names."""


class _Weight(Enum):
    """What decides whether a member of a kind refuses or warns."""

    ALWAYS = auto()
    """It refuses wherever it lies: a private history, what a job left behind."""
    PLACE = auto()
    """It refuses but among tests, examples and documentation, where such files are made up."""
    CREDENTIAL = auto()
    """It refuses where the scan found a credential in it, and not among tests; else it warns."""
    AGENT = auto()
    """It warns where it is instructions that a team shares, and refuses where it is somebody's own."""
    DOUBT = auto()
    """It warns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One kind of sensitive member. All names are in lower case, and so are the paths that they are compared with."""

    what: str
    """In the plural or with its article: what such a member is."""
    weight: _Weight = _Weight.ALWAYS
    folders: frozenset[str] = frozenset()
    """Names of folders: everything in one is such a member."""
    below: frozenset[tuple[str, str]] = frozenset()
    """Folders with what lies in them, as the two ends of a path."""
    names: frozenset[str] = frozenset()
    forms: re.Pattern[str] | None = None
    """Of the name of a file, whole."""
    spared: re.Pattern[str] | None = None
    """Names that look like it and are none."""


@dataclass(slots=True, kw_only=True)
class _Found:
    """Members of one kind that are reported together."""

    row: _Row
    member: str
    """The member that an allowance would name: the file, or the folder of all of them."""
    shown: list[str] = field(default_factory=list)
    count: int = 0


_ROWS: tuple[_Row, ...] = (
    _Row(
        what="environment variables of a program, often passwords",
        weight=_Weight.CREDENTIAL,
        names=frozenset({".env"}),
        forms=re.compile(r"\.env\..+"),
        spared=re.compile(r"\.env\.(?:.*\.)?(?:example|sample|template|tmpl|dist|defaults?|schema)(?:\..*)?"),
    ),
    _Row(
        what="settings of a tool, which usually hold credentials",
        weight=_Weight.CREDENTIAL,
        names=frozenset({".pypirc", ".netrc", "_netrc", ".npmrc"}),
    ),
    _Row(
        what="credentials of a tool",
        weight=_Weight.PLACE,
        names=frozenset(
            {
                *(".git-credentials", ".vault-token", ".htpasswd", ".pgpass"),
                *(".dockercfg", ".boto", ".s3cfg", ".my.cnf", ".mylogin.cnf", "application_default_credentials.json"),
            }
        ),
        folders=frozenset({".aws", ".azure", ".kube", ".gcloud"}),
        below=frozenset(
            {
                *((".config", "gcloud"), (".docker", "config.json"), (".cargo", "credentials")),
                *((".cargo", "credentials.toml"), (".gem", "credentials"), (".m2", "settings.xml")),
            }
        ),
        forms=re.compile(r"gha-creds-[0-9a-f]+\.json|\.mcpregistry.*|.+\.kdbx"),
    ),
    _Row(
        what="private keys",
        weight=_Weight.PLACE,
        names=frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"}),
        folders=frozenset({".ssh", ".gnupg"}),
        forms=re.compile(r".+\.ppk"),
    ),
    _Row(
        what="a version control repository with its whole history",
        folders=frozenset({".git", ".hg", ".svn", ".bzr", ".jj"}),
    ),
    _Row(
        what="infrastructure state, with its secrets in clear text",
        weight=_Weight.PLACE,
        folders=frozenset({".terraform"}),
        forms=re.compile(r".+\.tfstate(?:\..*)?|\.tfstate.*"),
    ),
    _Row(
        what="a shell or interpreter history",
        names=frozenset({".histfile"}),
        forms=re.compile(r"\.(?:bash|zsh|sh|python|node_repl|psql|mysql|sqlite|redis|irb|rediscli)_history"),
    ),
    _Row(
        what="the folder of a coding agent",
        weight=_Weight.AGENT,
        folders=frozenset(
            {
                *(".claude", ".cursor", ".codex", ".continue", ".windsurf", ".gemini", ".kiro", ".junie", ".roo"),
                *(".cline", ".opencode", ".amazonq", ".tabnine", ".augment"),
            }
        ),
    ),
    _Row(
        what="the private folder of an editor or a coding agent",
        folders=frozenset({".copilot", ".codeium", ".specstory"}),
        names=frozenset({".claude.json", ".copilot", ".codex"}),
        below=frozenset(
            {
                *((".vscode", "sftp.json"), (".idea", "webservers.xml"), (".idea", "datasources.xml")),
                *((".idea", "datasources.local.xml"), (".idea", "workspace.xml")),
            }
        ),
        forms=re.compile(r"\.aider.*"),
        spared=re.compile(r"\.aider\.conf\.ya?ml|\.aiderignore"),
    ),
    _Row(
        what="left by a CI job, with its tokens",
        names=frozenset({"run-maturin-action.sh"}),
        folders=frozenset({"_github_workflow", "_runner_file_commands", "_github_home"}),
        below=frozenset({("_temp", "event.json")}),
    ),
    # What follows is right in some distributions, and an oversight in most.
    _Row(
        what="a key or a certificate store",
        weight=_Weight.DOUBT,
        forms=re.compile(r".+\.(?:pem|key|pfx|p12|jks|keystore)"),
        # Bundles of public certificates, which everybody may have.
        spared=re.compile(r"cacerts?\.pem|ca-bundle\.pem|ca-certificates\.pem|roots\.pem|.*\.pub\.pem"),
    ),
    _Row(
        what="settings of a tool, which may hold credentials",
        weight=_Weight.DOUBT,
        names=frozenset({".envrc", ".mcp.json", "pip.conf", "client_secret.json"}),
        forms=re.compile(r"\.yarnrc(?:\..*)?|.+\.env|\.aider\.conf\.ya?ml"),
        spared=re.compile(r"(?:.*[._-])?(?:example|sample|template|dist|defaults?)\.env"),
    ),
    # Not `.map` alone: linkers write a list of symbols under that name, and games their levels.
    _Row(
        what="a source map, which holds the source it was made from",
        weight=_Weight.DOUBT,
        forms=re.compile(r".+\.(?:js|mjs|cjs|jsx|ts|tsx|css|wasm)\.map"),
    ),
    _Row(
        what="compiled code, which may hold what its source no longer does",
        weight=_Weight.DOUBT,
        forms=re.compile(r".+\.py[co]"),
    ),
    _Row(
        what="settings of a code host, a CI or an editor",
        weight=_Weight.DOUBT,
        folders=frozenset({".github", ".gitlab", ".circleci", ".vscode", ".idea"}),
        names=frozenset({".gitlab-ci.yml"}),
    ),
    _Row(
        what="left by installing or testing on a developer's machine",
        weight=_Weight.DOUBT,
        folders=frozenset({"node_modules", ".venv", ".tox", ".nox", ".ipynb_checkpoints"}),
        names=frozenset({".coverage", ".ds_store"}),
        forms=re.compile(r"\.coverage\..+|\..+\.sw[op]"),
    ),
    _Row(
        what="possibly a memory dump",
        weight=_Weight.DOUBT,
        # Not `core` alone, the name of many a file, nor a manual's `core.1`; the scan of the contents knows a dump by
        # its header, and refuses it.
        forms=re.compile(r".+\.(?:dmp|mdmp|hprof)|hs_err_pid[0-9]+\.log|(?:vg)?core\.[0-9]{2,}"),
    ),
)


def find_sensitive_members(contents: Contents) -> Iterator[Finding]:
    """Yield an error for each member that nobody means to publish, and warnings for those that few do."""
    refused: dict[str, _Found] = {}
    doubted: dict[str, _Found] = {}
    exposed = frozenset(hit.member for hit in contents.hits if not hit.doubt)
    for member in contents.members:
        kinds = tuple(_list_kinds(member))
        if not kinds:
            continue
        # The gravest kind counts.
        grave = next(((row, subject) for row, subject in kinds if _is_refused(row, subject, member, exposed)), None)
        row, subject = grave or kinds[0]
        groups, key = (refused, subject) if grave else (doubted, row.what)
        found = groups.setdefault(key, _Found(row=row, member=subject))
        found.count += 1
        if len(found.shown) < SHOWN:
            found.shown.append(member.path)
    yield from _refusals(contents, tuple(refused.values()))
    yield from (_doubt(contents, found) for found in doubted.values())


def _is_refused(row: _Row, subject: str, member: Member, exposed: frozenset[str]) -> bool:
    match row.weight:
        case _Weight.ALWAYS:
            return True
        case _Weight.PLACE:
            return not is_among_tests(member.path)
        case _Weight.CREDENTIAL:
            return member.path in exposed and not is_among_tests(member.path)
        case _Weight.AGENT:
            return member.kind is not MemberKind.FOLDER and not _is_shared(
                normalise_member_path(member.path)[len(subject) + 1 :]
            )
        case _Weight.DOUBT:
            return False


def _is_shared(below: str) -> bool:
    """Return whether this path below an agent's folder is one of those that teams keep with their source."""
    return _SHARED.fullmatch(below.casefold()) is not None


def _doubt(contents: Contents, found: _Found) -> Finding:
    return doubtful(
        "W_SENSITIVE_FILE",
        file=contents.file,
        message=f"{_name(found)}: {found.row.what}{_DOUBTS.get(found.row.weight, '')}.",
        remedy=f"Check whether it is meant to be published. {explain_how_to_exclude(contents)}",
        member=found.member if found.count == 1 else "",
    )


def _refusals(contents: Contents, groups: tuple[_Found, ...]) -> Iterator[Finding]:
    advice = (
        f"{explain_how_to_exclude(contents)} If an earlier release contained it, revoke the credentials in "
        "it first. If it is meant to be published, the policy can allow "
    )
    for found in groups[:MOST_ALLOWABLE]:
        path = name_allowable(contents.file, found.member)
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{_name_subject(found)}: {found.row.what}.",
            remedy=f"{advice}`{shorten(path, 120)}` with a reason (docs/leaks.md).",
            member=found.member,
        )
    rest = groups[MOST_ALLOWABLE:]
    if rest:
        shown = ", ".join(shorten(found.member, 120) for found in rest[:SHOWN])
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{len(rest)} more places in it hold files that must not be published: {shown}"
            f"{', …' if len(rest) > SHOWN else ''}.",
            remedy=f"{advice}each of them with a reason (docs/leaks.md).",
        )


def _list_kinds(member: Member) -> Iterator[tuple[_Row, str]]:
    parts = normalise_member_path(member.path).split("/")
    folded = [part.casefold() for part in parts]
    depth = len(parts) if member.kind is MemberKind.FOLDER else len(parts) - 1
    for index, part in enumerate(folded):
        row = _FOLDERS.get(part) if index < depth else None
        row = row or _BELOW.get((folded[index - 1] if index else "", part))
        if row:
            yield row, "/".join(parts[: index + 1])
    if member.kind is not MemberKind.FOLDER and (folded[-1] in _NAMES or _FORMS.fullmatch(folded[-1])):
        yield from ((row, member.path) for row in _ROWS if _is_named(row, folded[-1]))


def _is_named(row: _Row, name: str) -> bool:
    if row.spared and row.spared.fullmatch(name):
        return False
    return name in row.names or bool(row.forms and row.forms.fullmatch(name))


def _name(found: _Found) -> str:
    shown = ", ".join(shorten(path, 120) for path in found.shown)
    if found.count > len(found.shown):
        return f"{shown} and {found.count - len(found.shown)} more of their kind are in it"
    return f"{shown} {'is' if found.count == 1 else 'are'} in it"


# What the agents' documentation has under version control: commands, rules and skills, guidance for all, and the
# settings that are not `*.local.*`. Logins, sessions, logs and MCP servers with their keys are somebody's own.
_SHARED = re.compile(
    r"(?:(?:commands?|agents?|skills?|hooks|rules(?:-[^/]+)?|prompts|instructions|steering|specs|guidelines|workflows"
    r"|output-styles|modes|chatmodes|templates)(?:/(?:.*/)?(?![^/]*\.local\.)[^/]+)?"
    r"|settings\.json|config\.toml|[^/]+\.(?:md|mdc)|\.gitignore)"
)
_DOUBTS: Mapping[_Weight, str] = {
    _Weight.PLACE: ", which may be made up for tests",
    _Weight.CREDENTIAL: ", in which no definite credential was found",
    _Weight.AGENT: ", with files that teams usually share",
}


def _name_subject(found: _Found) -> str:
    """Name what an allowance would name: the file, or the folder with some of the files in it."""
    if found.member in found.shown:
        return _name(found)
    shown = ", ".join(shorten(path, 120) for path in found.shown)
    more = found.count - len(found.shown)
    return f"{shorten(found.member, 120)} ({shown}{f' and {more} more' if more else ''}) is in it"


_FOLDERS: Mapping[str, _Row] = {name: row for row in _ROWS for name in row.folders}
_BELOW: Mapping[tuple[str, str], _Row] = {ends: row for row in _ROWS for ends in row.below}
# Asked first: of most files it is the only question.
_NAMES = frozenset(name for row in _ROWS for name in row.names)
_FORMS = re.compile("|".join(f"(?:{row.forms.pattern})" for row in _ROWS if row.forms))
