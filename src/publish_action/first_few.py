"""Name the first few of many things in one message, whatever they are called."""

from collections.abc import Sequence

from publish_action.safe_text import shorten

_NAMED = 3
_LONGEST = 120


def quote(text: str) -> str:
    """Give somebody else's text in quotation marks, visible, ASCII and short."""
    return shorten(ascii(text[: _LONGEST * 4]), _LONGEST)


def name_first(things: Sequence[str]) -> str:
    """Give the first three in quotation marks, and how many more there are."""
    named = ", ".join(map(quote, things[:_NAMED]))
    more = len(things) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def count(things: Sequence[str], one: str, many: str) -> str:
    """Give `1 file` or `7 files`, by the words for one and for many."""
    return f"{len(things)} {one if len(things) == 1 else many}"
