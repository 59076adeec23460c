"""Read which members beside the metadata declare a project private: sources of metadata, and left-over metadata."""

import codecs
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.metadata import declares_private, shows_private_line
from publish_action.distributions.pyproject import parse_classifiers

MOST_READ = 1 << 20
"""So much of a member is read, from its beginning on: classifiers of real projects stand in the first hundred lines."""

# Left over from an earlier build, or installed over the wheel's own metadata (`.data/purelib`, PEP 427).
_LEFT_OVER = re.compile(r"(?:.*/)?[^/]+\.egg-info(?:/PKG-INFO)?|(?:.*/)?EGG-INFO/PKG-INFO", re.IGNORECASE)
_INSTALLED = re.compile(
    r"[^/]+\.data/[^/]+/(?:.*/)?[^/]+\.(?:dist-info/METADATA|egg-info(?:/PKG-INFO)?)|[^/]+\.egg-info(?:/PKG-INFO)?",
    re.IGNORECASE,
)
_KEY = re.compile(r"classifiers?", re.IGNORECASE)
_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
_FIELD = re.compile(r"classifiers?[ \t]{0,99}[=:](?P<value>.*)", re.IGNORECASE)
# The tokenizer takes some microseconds for each byte.
_MOST_CODE = 128 << 10
_TEXT = re.compile(r"[rRuU]?(?P<quote>\'{3}|\"{3}|[\'\"])(?P<text>.*)(?P=quote)", re.DOTALL)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def may_declare_in_sdist(inside: str) -> bool:
    """Return whether a member, by its path below the folder at the top, can declare the project private."""
    return inside in _SOURCES or _LEFT_OVER.fullmatch(normalise_member_path(inside)) is not None


def may_declare_in_wheel(path: str) -> bool:
    """Return whether a member beside the wheel's own METADATA can declare the project private."""
    return _INSTALLED.fullmatch(normalise_member_path(path)) is not None


def declares_private_beside(inside: str, data: bytes) -> bool:
    """Return whether such a member declares the project private.

    Raises `DistributionsInvalid` for a pyproject.toml that is not TOML. Other members that cannot be read say nothing:
    no build backend would read them either.
    """
    find = _SOURCES.get(inside)
    if find is None:
        return shows_private_line(_decode(data))
    return any(map(declares_private, find(data)))


def _decode(data: bytes) -> str:
    """Left-over metadata are in any encoding; fields stand at their beginning."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _find_in_setup_cfg(data: bytes) -> Iterator[str]:
    """Return the classifiers of setuptools' setup.cfg, and of pbr's (`classifier`), one on each line.

    Line by line: `configparser` takes the square of what it cannot read.
    """
    is_metadata, is_value = False, False
    for line in _decode(data).splitlines():
        if section := _SECTION.match(line):
            is_metadata, is_value = section["name"].strip() == "metadata", False
        elif line[:1].isspace():
            if is_value:
                yield from line.split(",")
        elif line and line[0] not in "#;":
            field = _FIELD.match(line) if is_metadata else None
            is_value = field is not None
            if field:
                yield from field["value"].split(",")


def _find_in_setup_py(data: bytes) -> Iterator[str]:
    """Return the literal texts that a setup.py gives as `classifiers`, as a keyword, a variable or a key.

    The file is neither run nor compiled: a file that was made for that can crash the compiler.
    """
    depth, is_within, joined = 0, False, ""
    before = ""
    for kind, text in _tokens(data):
        if kind == tokenize.STRING:
            joined += _literal(text)
        elif joined:
            if is_within:
                yield from joined.splitlines()
            joined = ""
        if is_within and kind == tokenize.OP:
            depth += (text in _OPENING) - (text in _CLOSING)
        if is_within and (depth < 0 or (depth == 0 and (kind == tokenize.NEWLINE or text == ","))):
            is_within = False
        if not is_within and text in {"=", ":", "+="} and _is_key(before):
            depth, is_within = 0, True
        before = text


def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text.strip("'\"")) is not None


def _tokens(data: bytes) -> Iterator[tuple[int, str]]:
    lines = iter(_decode(data[:_MOST_CODE]).splitlines(keepends=True))
    try:
        for token in tokenize.generate_tokens(partial(next, lines, "")):
            if token.type not in {tokenize.COMMENT, tokenize.NL}:
                yield token.type, token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _literal(text: str) -> str:
    """The value of one literal but for escapes, which nobody needs here; empty where it is of bytes, or formatted."""
    found = _TEXT.fullmatch(text)
    return found["text"] if found else ""


_SOURCES: Mapping[str, Callable[[bytes], Iterable[str]]] = MappingProxyType(
    {"pyproject.toml": parse_classifiers, "setup.cfg": _find_in_setup_cfg, "setup.py": _find_in_setup_py}
)
