"""Turn what the scan of the files' contents found into findings: secrets, memory dumps, obfuscated code."""

from collections.abc import Iterator
from dataclasses import replace

from publish_action.checks.build_backend import explain_how_to_exclude
from publish_action.checks.findings import MOST_ALLOWABLE
from publish_action.distributions.contents import Contents
from publish_action.distributions.scanning.fixture_places import is_thrown_away
from publish_action.distributions.scanning.patterns import LOCALHOST_CERTIFICATE, SECRET_PATTERNS
from publish_action.distributions.scanning.scanner import CORE_DUMP, OBFUSCATED, Hit
from publish_action.models.finding import Finding, doubtful, leak, refused_by_pypi
from publish_action.untrusted.text import shorten

_PATTERNS = {pattern.name: pattern for pattern in SECRET_PATTERNS if pattern.is_secret}
_KEYS = frozenset({"private-key", "locked-private-key"})
_OBFUSCATORS = dict(zip(OBFUSCATED, ("PyArmor", "SourceDefender"), strict=True))


def find_in_contents(contents: Contents) -> Iterator[Finding]:
    """Yield an error for each secret, dump and obfuscated file, and a warning for what may be a secret."""
    hits = _doubt_keys(contents)
    certain = _group(hit for hit in hits if hit.pattern in _PATTERNS and not hit.doubt)
    doubted = _group(hit for hit in hits if hit.pattern in _PATTERNS and hit.doubt)
    yield from (_secret(contents, hits) for hits in certain[:MOST_ALLOWABLE])
    if certain[MOST_ALLOWABLE:]:
        yield leak(
            "E_SECRET",
            file=contents.file,
            message=f"{len(certain) - MOST_ALLOWABLE} more secrets are in its members.",
            remedy="Remove those that are named, and check again.",
        )
    yield from (_doubted_secret(contents, hits) for hits in doubted[:MOST_ALLOWABLE])
    if doubted[MOST_ALLOWABLE:]:
        yield doubtful(
            "W_SECRET",
            file=contents.file,
            message=f"{len(doubted) - MOST_ALLOWABLE} more places in its members may hold secrets.",
            remedy="Look at those that are named first.",
        )
    yield from _dumps(contents)
    yield from _obfuscated(contents)


def _doubt_keys(contents: Contents) -> list[Hit]:
    """Return the hits, with a doubt at each private key that what surrounds it calls a throw-away one."""
    local = {_stem(hit.member) for hit in contents.hits if hit.pattern == LOCALHOST_CERTIFICATE}
    return [
        hit
        if hit.doubt or hit.pattern not in _KEYS
        else replace(hit, doubt=_doubt_key(hit.member, contents.metadata.project, local))
        for hit in contents.hits
    ]


def _doubt_key(member: str, project: str, local: set[str]) -> str:
    if is_thrown_away(member, project):
        return "its path calls it one of a test, a mock or an example"
    # `server.key` beside `server.pem`, or both in one file.
    return "the certificate that goes with it is for localhost" if _stem(member) in local else ""


def _stem(member: str) -> str:
    folder, slash, name = member.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"


def _group(hits: Iterator[Hit]) -> list[list[Hit]]:
    """Put together the hits of one pattern in one member."""
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.member, hit.pattern), []).append(hit)
    return list(groups.values())


def _secret(contents: Contents, hits: list[Hit]) -> Finding:
    pattern = _PATTERNS[hits[0].pattern]
    return leak(
        "E_SECRET",
        file=contents.file,
        message=f"{_place(hits)} holds {pattern.what}.",
        remedy=f"Revoke it first ({pattern.revoke}): whoever could read the checkout or an earlier release may have "
        f"it. Then remove it from the file and build again. {explain_how_to_exclude(contents)} If it is not a secret, "
        "the policy can allow this member with a reason (docs/leaks.md).",
        member=hits[0].member,
    )


def _doubted_secret(contents: Contents, hits: list[Hit]) -> Finding:
    pattern = _PATTERNS[hits[0].pattern]
    return doubtful(
        "W_SECRET",
        file=contents.file,
        message=f"{_place(hits)} holds what looks like {pattern.what}, but {hits[0].doubt}.",
        remedy=f"Check it. If it was ever valid, revoke it ({pattern.revoke}) and remove it from the file.",
        member=hits[0].member,
    )


def _dumps(contents: Contents) -> Iterator[Finding]:
    members = [hit.member for hit in contents.hits if hit.pattern == CORE_DUMP]
    for member in members[:MOST_ALLOWABLE]:
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{shorten(member, 120)} is a memory dump of a program that crashed, with all that it held: "
            "environment, passwords, keys.",
            remedy=explain_how_to_exclude(contents),
            member=member,
        )
    if members[MOST_ALLOWABLE:]:
        yield leak(
            "E_SENSITIVE_FILE",
            file=contents.file,
            message=f"{len(members) - MOST_ALLOWABLE} more of its members are memory dumps of programs that crashed.",
            remedy=explain_how_to_exclude(contents),
        )


def _obfuscated(contents: Contents) -> Iterator[Finding]:
    """Yield one finding for each obfuscator: such releases have it in every module."""
    for name, obfuscator in _OBFUSCATORS.items():
        members = list(dict.fromkeys(hit.member for hit in contents.hits if hit.pattern == name))
        if members:
            more = f" and {len(members) - 3} more" if len(members) > 3 else ""
            yield refused_by_pypi(
                "E_PYPI_OBFUSCATED",
                file=contents.file,
                message=f"{', '.join(shorten(member, 120) for member in members[:3])}{more}: code that {obfuscator} "
                "made unreadable. PyPI refuses it by its acceptable use policy.",
                remedy="Publish the source code, or compiled extension modules (Cython, mypyc, Nuitka) in wheels; or "
                "publish to a private index.",
                member=members[0] if len(members) == 1 else "",
            )


def _place(hits: list[Hit]) -> str:
    lines = sorted({hit.line for hit in hits if hit.line})
    member = shorten(hits[0].member, 120)
    if not lines:
        return member
    return f"{member}, line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))},"
