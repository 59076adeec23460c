"""Patterns of project names: which names they cover, and which of two holds where both cover one."""

from packaging.utils import canonicalize_name

_ANY = "*"


def is_pattern(project: str) -> bool:
    """Return whether an entry of a policy speaks of all projects of a form."""
    return _ANY in project


def normalise_pattern(pattern: str) -> str:
    """Return a pattern the spelling that names have when they are compared (PEP 503); `**` is `*`."""
    parts = canonicalize_name(pattern).split(_ANY)
    inner = [part for part in parts[1:-1] if part]
    return _ANY.join((parts[0], *inner, parts[-1])) if len(parts) > 1 else parts[0]


def covers(pattern: str, name: str) -> bool:
    """Return whether a normalised pattern covers a normalised name; `*` stands for any letters, or for none.

    By hand: a regular expression of many `*` takes time that grows with a power of the name's length.
    """
    first, *inner, last = pattern.split(_ANY)
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    rest = name[len(first) : len(name) - len(last)]
    for part in inner:
        _, found, rest = rest.partition(part)
        if not found:
            return False
    return True


def specificity(pattern: str) -> int:
    """Return a pattern's rank: how many letters it fixes. More letters say more of the project."""
    return len(pattern.replace(_ANY, ""))


def find_shared_name(one: str, other: str) -> str | None:
    """Return a name that both patterns cover, or None where there is none.

    Two patterns with a `*` each cover a name together if their beginnings and their ends can be one: what they ask
    for between these fits in one after the other.
    """
    first, *inner, last = one.split(_ANY)
    other_first, *other_inner, other_last = other.split(_ANY)
    begin, end = max(first, other_first, key=len), max(last, other_last, key=len)
    fits = begin.startswith(first) and begin.startswith(other_first)
    if not fits or not (end.endswith(last) and end.endswith(other_last)):
        return None
    # A letter between the parts, so that no separator meets another: such names do not exist.
    return "x".join((begin, *inner, *other_inner, end)) or "x"
