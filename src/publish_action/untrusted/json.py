"""Read a JSON object from bytes that nobody vouches for."""

import json
from collections.abc import Mapping

_MOST_VALUES = 1_000_000
"""More commas and brackets are not parsed: 40 MB of `{}` would fill 2.5 GB. A project page of 64 MiB has fewer."""


class _Ambiguous(ValueError):
    """A JSON object names a key twice."""


def parse_json_object(body: bytes) -> Mapping[str, object] | None:
    """Return the JSON object in `body`, or None where there is none. Raises nothing, however hostile the bytes.

    An object that names a key twice is none, wherever it stands: readers differ in which of the two they take
    (RFC 8259, section 4), so what one reader has judged may not be what another one obeys.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        return None
    try:
        value: object = json.loads(body, object_pairs_hook=_make_object)
    # RecursionError: a megabyte of `[` is valid so far as it goes.
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Ambiguous
    return made


def pick_text(value: Mapping[str, object], name: str) -> str:
    """Give the text under `name`, or the empty text where there is no text."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def pick_objects(value: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    """Give the objects in the list under `name`; what is no object is left out."""
    found = value.get(name)
    return tuple(item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()
