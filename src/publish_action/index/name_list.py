"""Compare a project's name with a public index's whole list of names, without asking anybody about the name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from packaging.utils import canonicalize_name

from publish_action.index.simple_page import HTML_TYPES, JSON_TYPES, media_type_of

# A page of PyPI has some 45 MB: `json.loads` would take 680 MB for it, patterns over bytes take none (measured).
_JSON_NAME = re.compile(rb'"name"\s*:\s*"([A-Za-z0-9._-]{1,255})"')
_HTML_NAME = re.compile(rb"<a\s[^>]{0,1000}>\s*([A-Za-z0-9._-]{1,255})\s*</a>", re.IGNORECASE)
_JSON_END = re.compile(rb"\}\s*\Z")
_HTML_END = re.compile(rb"</(?:body|html)>\s*\Z", re.IGNORECASE)
_TAIL = 200
_MOST_SHOWN = 5

# PyPI's rule for names that are too much alike: letters that look like 1 and 0 are these, separators are nothing.
_ALIKE = {"1": "1lLiI", "0": "0oO"}
_AS_DIGIT = str.maketrans({letter: digit for digit, letters in _ALIKE.items() for letter in letters})


class NameStanding(StrEnum):
    """What a public index's list says of a name."""

    TAKEN = "taken"
    LOOK_ALIKE = "look-alike"
    """Others have names so much alike that the index gives this one to nobody."""
    RESERVED = "reserved"
    """It is a module of Python's own: the index gives it to nobody."""
    CLAIMABLE = "claimable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameVerdict:
    """How a name stands, and the listed names that make it so, the first of them."""

    standing: NameStanding
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnreadable:
    """What came is no whole list of names."""

    reason: str


def parse_names(*, content_type: str, body: bytes) -> bytes | ListUnreadable:
    """Give the names of an index's root page, JSON or HTML, one a line, as they are spelt there.

    A page that ends before its end, or holds no name, is no list: a name missing from it would look free.
    """
    media_type = media_type_of(content_type)
    if media_type in JSON_TYPES:
        pattern, end = _JSON_NAME, _JSON_END
    elif media_type in HTML_TYPES:
        pattern, end = _HTML_NAME, _HTML_END
    else:
        return ListUnreadable(reason="its content type is none of a simple page")
    if not end.search(body[-_TAIL:]):
        return ListUnreadable(reason="it ends before its end")
    names = bytearray()
    for found in pattern.finditer(body):
        names += found[1] + b"\n"
    return bytes(names) if names else ListUnreadable(reason="it lists no project")


def compare_name(project: str, names: bytes, *, modules: frozenset[str]) -> NameVerdict:
    """Tell how a project's name stands, by names one a line; `modules` are those of Python's own library."""
    alike = tuple(_list_alike(project, names))
    equal = tuple(name for name in alike if canonicalize_name(name) == canonicalize_name(project))
    if equal:
        return NameVerdict(standing=NameStanding.TAKEN, names=equal[:_MOST_SHOWN])
    if canonicalize_name(project) in {canonicalize_name(module) for module in modules}:
        return NameVerdict(standing=NameStanding.RESERVED)
    if alike:
        return NameVerdict(standing=NameStanding.LOOK_ALIKE, names=alike[:_MOST_SHOWN])
    return NameVerdict(standing=NameStanding.CLAIMABLE)


def find_likeness(name: str) -> str:
    """Give what names that look alike have in common (PyPI's rule)."""
    return re.sub(r"[-_.]", "", name).translate(_AS_DIGIT).lower()


def _list_alike(project: str, names: bytes) -> Iterator[str]:
    """Give the listed names that look like the project's: one pattern over all of them, a second for a million."""
    letters = "[-_.]*".join(_class_of(letter) for letter in find_likeness(project))
    pattern = re.compile(rf"^[-_.]*{letters}[-_.]*$".encode(), re.MULTILINE)
    return (found[0].decode() for found in pattern.finditer(names))


def _class_of(letter: str) -> str:
    return f"[{_ALIKE.get(letter, letter + letter.upper())}]"
