"""Read the texts of a small XML document that nobody vouches for."""

from collections.abc import Mapping
from xml.parsers import expat

_MOST_ELEMENTS = 200
_DEEPEST = 12


class _Refused(Exception):
    """The document holds what none of ours holds."""


class _Collector:
    """Keeps the text of each element under its path; names come without their namespace."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._path: list[str] = []

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        del attributes
        self._path.append(name.rpartition(" ")[2])
        path = "/".join(self._path)
        # An element that is there twice would have two meanings.
        if path in self.texts or len(self.texts) >= _MOST_ELEMENTS or len(self._path) > _DEEPEST:
            raise _Refused
        self.texts[path] = ""

    def end(self, name: str) -> None:
        del name
        self._path.pop()

    def add(self, text: str) -> None:
        self.texts["/".join(self._path)] += text

    def refuse(self, *parts: object) -> None:
        del parts
        raise _Refused


def parse_texts(body: bytes) -> Mapping[str, str]:
    """Give the text of every element by its path (`Root/Child`), or nothing where the document cannot be trusted.

    A document type is refused before anything in it is read: with it entities could expand without end, or name files
    and hosts. Raises nothing, however hostile the bytes; their number is for the caller to bound.
    """
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = collector.refuse
    parser.StartElementHandler = collector.begin
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.add
    try:
        parser.Parse(body, True)
    # LookupError and ValueError: an encoding that Python does not know, or that is none of text.
    except (expat.ExpatError, _Refused, LookupError, ValueError):
        return {}
    return {path: text.strip() for path, text in collector.texts.items()}
