"""Find members that must not be published because of what they are named: credentials, histories, private folders."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from publish_action.contents import Contents, Member, MemberKind
from publish_action.findings import MOST_ALLOWABLE, doubtful, leak
from publish_action.leaving_out import say_how_to_leave_out
from publish_action.member_paths import settle
from publish_action.model import Finding
from publish_action.safe_text import shorten

SHOWN = 3
"""Members that one message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One kind of sensitive member. All names are in lower case, and so are the paths that they are compared with."""

    what: str
    """In the plural or with its article: what such a member is."""
    refused: bool = True
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
        what="environment variables of a program, mostly its passwords",
        names=frozenset({".env"}),
        forms=re.compile(r"\.env\..+"),
        spared=re.compile(r"\.env\.(?:.*\.)?(?:example|sample|template|tmpl|dist|defaults?|schema)(?:\..*)?"),
    ),
    _Row(
        what="credentials of a tool",
        names=frozenset(
            {
                *(".pypirc", ".netrc", "_netrc", ".npmrc", ".git-credentials", ".vault-token", ".htpasswd", ".pgpass"),
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
        names=frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"}),
        folders=frozenset({".ssh", ".gnupg"}),
        forms=re.compile(r".+\.ppk"),
    ),
    _Row(
        what="a repository with its whole history",
        folders=frozenset({".git", ".hg", ".svn", ".bzr", ".jj"}),
    ),
    _Row(
        what="the state of an infrastructure, with its secrets in clear",
        folders=frozenset({".terraform"}),
        forms=re.compile(r".+\.tfstate(?:\..*)?|\.tfstate.*"),
    ),
    _Row(
        what="what somebody typed at a prompt",
        names=frozenset({".histfile"}),
        forms=re.compile(r"\.(?:bash|zsh|sh|python|node_repl|psql|mysql|sqlite|redis|irb|rediscli)_history"),
    ),
    _Row(
        what="the private folder of an editor or a coding agent",
        folders=frozenset(
            {
                *(".claude", ".cursor", ".codex", ".copilot", ".continue", ".windsurf", ".codeium", ".gemini"),
                *(".kiro", ".junie", ".roo", ".cline", ".opencode", ".specstory", ".amazonq", ".tabnine", ".augment"),
            }
        ),
        names=frozenset({".claude.json", ".copilot", ".codex"}),
        below=frozenset(
            {
                *((".vscode", "sftp.json"), (".idea", "webservers.xml"), (".idea", "datasources.xml")),
                *((".idea", "datasources.local.xml"), (".idea", "workspace.xml")),
            }
        ),
        forms=re.compile(r"\.aider.*"),
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
        refused=False,
        forms=re.compile(r".+\.(?:pem|key|pfx|p12|jks|keystore)"),
        # Bundles of public certificates, which everybody may have.
        spared=re.compile(r"cacerts?\.pem|ca-bundle\.pem|ca-certificates\.pem|roots\.pem|.*\.pub\.pem"),
    ),
    _Row(
        what="settings of a tool, which may hold credentials",
        refused=False,
        names=frozenset({".envrc", ".mcp.json", "pip.conf", "client_secret.json"}),
        forms=re.compile(r"\.yarnrc(?:\..*)?|.+\.env"),
        spared=re.compile(r"(?:.*[._-])?(?:example|sample|template|dist|defaults?)\.env"),
    ),
    _Row(what="a source map, which holds the source it was made from", refused=False, forms=re.compile(r".+\.map")),
    _Row(
        what="compiled code, which may hold what its source no longer does",
        refused=False,
        forms=re.compile(r".+\.py[co]"),
    ),
    _Row(
        what="settings of a code host, a CI or an editor",
        refused=False,
        folders=frozenset({".github", ".gitlab", ".circleci", ".vscode", ".idea"}),
        names=frozenset({".gitlab-ci.yml"}),
    ),
    _Row(
        what="made by installing or testing on somebody's machine",
        refused=False,
        folders=frozenset({"node_modules", ".venv", ".tox", ".nox", ".ipynb_checkpoints"}),
        names=frozenset({".coverage", ".ds_store"}),
        forms=re.compile(r"\.coverage\..+|\..+\.sw[op]"),
    ),
    _Row(
        what="maybe a program's memory",
        refused=False,
        # Not `core` alone, the name of many a file, nor a manual's `core.1`; the scan of the contents knows a dump by
        # its header, and refuses it.
        forms=re.compile(r".+\.(?:dmp|mdmp|hprof)|hs_err_pid[0-9]+\.log|(?:vg)?core\.[0-9]{2,}"),
    ),
)


def find_sensitive_members(contents: Contents) -> Iterator[Finding]:
    """Give an error for each member that nobody means to publish, and warnings for those that few do."""
    refused: dict[str, _Found] = {}
    doubted: dict[str, _Found] = {}
    for member in contents.members:
        kind = _classify(member)
        if kind is None:
            continue
        row, subject = kind
        groups, key = (refused, subject) if row.refused else (doubted, row.what)
        found = groups.setdefault(key, _Found(row=row, member=subject))
        found.count += 1
        if len(found.shown) < SHOWN:
            found.shown.append(member.path)
    yield from _refusals(contents, tuple(refused.values()))
    for found in doubted.values():
        yield doubtful(
            "W_SENSITIVE_FILE",
            file=contents.file,
            message=f"{_name(found)}: {found.row.what}.",
            remedy=f"See whether it is meant to be published. {say_how_to_leave_out(contents)}",
            member=found.member if found.count == 1 else "",
        )


def _refusals(contents: Contents, groups: tuple[_Found, ...]) -> Iterator[Finding]:
    remedy = (
        f"{say_how_to_leave_out(contents)} If an earlier release contained it, revoke the credentials in "
        "it first. If it is meant to be published, the policy can allow this member with a reason (docs/leaks.md)."
    )
    for found in groups[:MOST_ALLOWABLE]:
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{_name(found)}: {found.row.what}.",
            remedy=remedy,
            member=found.member,
        )
    rest = groups[MOST_ALLOWABLE:]
    if rest:
        shown = ", ".join(shorten(found.member, 120) for found in rest[:SHOWN])
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{len(rest)} more places in it hold what nobody means to publish: {shown}"
            f"{', …' if len(rest) > SHOWN else ''}.",
            remedy=remedy,
        )


def _classify(member: Member) -> tuple[_Row, str] | None:
    """Give the gravest kind that a member is of, with the path that an allowance would name; None: of no kind."""
    kinds = tuple(_list_kinds(member))
    return next((kind for kind in kinds if kind[0].refused), kinds[0] if kinds else None)


def _list_kinds(member: Member) -> Iterator[tuple[_Row, str]]:
    parts = settle(member.path).split("/")
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


_FOLDERS: Mapping[str, _Row] = {name: row for row in _ROWS for name in row.folders}
_BELOW: Mapping[tuple[str, str], _Row] = {ends: row for row in _ROWS for ends in row.below}
# Asked first: of most files it is the only question.
_NAMES = frozenset(name for row in _ROWS for name in row.names)
_FORMS = re.compile("|".join(f"(?:{row.forms.pattern})" for row in _ROWS if row.forms))
