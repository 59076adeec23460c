"""Show stars in place of secrets, in whatever form a text holds them: whole, escaped, folded or cut.

Texts are cut and escaped in many places before they are shown, so the last place before the log, the summary and the
outputs looks for all that may be left of a secret: the whole value and each of its lines, in the escapes of Markdown,
HTML, JSON, URLs and Python, on one line; the beginning of one that was cut; and any long piece of one.
"""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final, Self
from urllib.parse import quote

from publish_action.untrusted.text import escape_for_runner, escape_markdown, make_visible

STARS = "***"
SHORTEST = 4
"""Characters: a shorter word would star half of what is told."""
_PIECE = 16
"""Characters: so long a piece of a secret does not stand in a text by chance."""
_MOST_PIECES = 200_000
"""A bound on memory: after some hundred ID tokens only whole secrets and their beginnings are looked for."""
# What stands where a text was cut: as it is, and as JSON, Python and Markdown write it.
_CUTS: Final = ("…", "\\u2026", "\\\\u2026", "...")


class Redaction:
    """A set of words that are not shown; immutable."""

    def __init__(
        self, forms: tuple[str, ...] = (), pieces: frozenset[str] = frozenset(), *, shortest_beginning: int = SHORTEST
    ) -> None:
        self._forms = forms
        self._pieces = pieces
        self._shortest_beginning = shortest_beginning

    def add_secret(self, value: str) -> Self:
        """Return a redaction that also stars a secret, its lines, and what is left of it where it was cut."""
        forms = tuple(dict.fromkeys(form for word in _list_words(value) for form in _list_forms(word)))
        pieces = self._pieces
        if len(pieces) < _MOST_PIECES:
            pieces |= {form[at : at + _PIECE] for form in forms for at in range(len(form) - _PIECE + 1)}
        return self._with(forms, pieces)

    def add_name(self, value: str) -> Self:
        """Return a redaction that also stars a name that is no secret, such as a URL; pieces of it are shown."""
        return self._with(tuple(_list_forms(value)) if value else (), self._pieces)

    def apply(self, text: str) -> str:
        """Return the text with stars."""
        for form in self._forms:
            text = text.replace(form, STARS)
        return self._star_beginnings(self._star_pieces(text))

    def apply_to_output(self, value: str) -> str:
        """Return an output with stars: JSON stays JSON, with stars in its texts."""
        try:
            document: object = json.loads(value)
        except (ValueError, RecursionError):
            return self.apply(value)
        if not isinstance(document, dict | list):
            return self.apply(value)
        return escape_for_runner(json.dumps(self._star_json(document), separators=(",", ":")))

    def _star_json(self, value: object) -> object:
        match value:
            case str():
                return self.apply(value)
            case list():
                return [self._star_json(each) for each in value]
            case dict():
                return {name: self._star_json(each) for name, each in value.items()}
            case _:
                return value

    def _with(self, forms: tuple[str, ...], pieces: frozenset[str]) -> Self:
        # The longest first: a shorter word may be a piece of it, and would leave the rest.
        every = sorted({*self._forms, *forms}, key=lambda form: (-len(form), form))
        return type(self)(tuple(every), pieces, shortest_beginning=self._shortest_beginning)

    def _star_pieces(self, text: str) -> str:
        """Star every run of characters of which each `_PIECE` stand in a secret."""
        if not self._pieces:
            return text
        kept: list[str] = []
        end = 0  # of the last piece that was found
        for at in range(len(text)):
            if text[at : at + _PIECE] in self._pieces:
                if at >= end:
                    kept.append(STARS)
                end = at + _PIECE
            elif at >= end:
                kept.append(text[at])
        return "".join(kept)

    def _star_beginnings(self, text: str) -> str:
        """Star the beginning of a word right before a place where the text was cut."""
        for cut in _CUTS:
            parts = text.split(cut)
            if len(parts) > 1:
                text = cut.join([*map(self._star_end, parts[:-1]), parts[-1]])
        return text

    def _star_end(self, text: str) -> str:
        left = max((_count_common(text, form) for form in self._forms), default=0)
        return text[:-left] + STARS if left >= self._shortest_beginning else text


def _count_common(text: str, word: str) -> int:
    """Count the characters at the end of a text that are the beginning of a word, if they are not too few to matter."""
    if word[:SHORTEST] not in text[-len(word) :]:
        return 0
    return next((size for size in range(min(len(text), len(word)), 0, -1) if text.endswith(word[:size])), 0)


def _list_words(value: str) -> Iterator[str]:
    """List the value, the value folded to one line, and each of its lines."""
    words = [value, value.strip(), " ".join(value.split()), *(line.strip() for line in value.splitlines())]
    return (word for word in words if len(word) >= SHORTEST)


def _list_forms(word: str) -> Iterable[str]:
    """List how a word may be written in what is told."""
    plain = word.encode("utf-8", "replace").decode()
    written = (word, make_visible(word), ascii(word)[1:-1], escape_markdown(word), escape(plain), escape(plain, False))
    for form in written:
        yield form
        yield json.dumps(form, ensure_ascii=False)[1:-1]
        yield (quoted := json.dumps(form)[1:-1])
        yield escape_for_runner(quoted)
    yield quote(plain, safe="")
    yield quote(plain)
    yield quote(plain, safe="").replace("%20", "+")
