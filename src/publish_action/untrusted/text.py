"""Show text that others wrote: neutralised, shortened, escaped, quoted."""

import re
import unicodedata
from collections.abc import Sequence
from html import escape

_LINE_END = re.compile(r"\r\n|\r|\n")


_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~@:])")


_WWW = re.compile(r"(www)\.", re.IGNORECASE)


SHORT = 400
"""Characters of somebody else's text that one line of ours may hold."""


def make_visible(text: str) -> str:
    """Give `text` with every character that a reader cannot see written as an escape.

    Zero-width characters would let text slip past the runner's own search for commands, and terminal control
    characters would rewrite the log. Line ends become `\\n` and `\\r`: the result is one line.
    """
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _HIDDEN else char for char in text
    )


def shorten(text: str, limit: int = SHORT) -> str:
    """Give at most `limit` characters of `text` on one line, visible, with an ellipsis where some were cut."""
    line = make_visible(" ".join(text[: limit * 4].split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def neutralise_line(text: str) -> str:
    """Give one line of our own that holds values of others, so that the runner obeys nothing in it.

    The runner obeys `::name::` after leading white space and `##[name]` anywhere in a line (GitHub's runner).
    """
    line = make_visible(text).replace("##[", "##\\[")
    return f"| {line}" if line.lstrip().startswith("::") else line


def neutralise_quote(text: str) -> str:
    """Give somebody else's text, every line of it marked with `| ` and none of it obeyed by the runner."""
    lines = _LINE_END.split(text)
    return "\n".join("| " + make_visible(line).replace("##[", "##\\[") for line in lines)


def escape_for_runner(document: str) -> str:
    """Return JSON that means the same and holds nothing that the runner obeys, wherever a later step prints it.

    Neither `#` nor two colons in a row stand in JSON outside a string.
    """
    return document.replace("#", "\\u0023").replace("::", ":\\u003a")


def escape_markdown(text: str) -> str:
    """Give `text` as Markdown that shows it literally, on one line, without links, mentions or markup.

    GitHub makes links of bare addresses too: `\\.` keeps it from `www.`, `\\:` from `http://`, but nothing less than
    a comment behind the `@` from mail addresses (cmark-gfm, measured: it reads `\\@` and `&#64;` as `@` before).
    """
    escaped = escape(_MARKDOWN.sub(r"\\\1", make_visible(text)), quote=False)
    return _WWW.sub(r"\1\\.", escaped).replace("\\@", "\\@<!-- -->")


def show_code(text: str) -> str:
    """Give `text` in the type of code, literally, also inside a table.

    Not as a code span: in one, what looks like a tag would stand in the summary as it is.
    """
    return f"<code>{escape_markdown(text)}</code>"


_NAMED = 3


_LONGEST = 120


def quote_short(text: str) -> str:
    """Give somebody else's text in quotation marks, visible, ASCII and short."""
    return shorten(ascii(text[: _LONGEST * 4]), _LONGEST)


def name_first(things: Sequence[str]) -> str:
    """Give the first three in quotation marks, and how many more there are."""
    named = ", ".join(map(quote_short, things[:_NAMED]))
    more = len(things) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def count_things(things: Sequence[str], one: str, many: str) -> str:
    """Give `1 file` or `7 files`, by the words for one and for many."""
    return f"{len(things)} {one if len(things) == 1 else many}"
