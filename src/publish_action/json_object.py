"""Read a JSON object from bytes that nobody vouches for."""

import json
from collections.abc import Mapping


def parse_json_object(body: bytes) -> Mapping[str, object] | None:
    """Give the JSON object in `body`, or None where there is none. Raises nothing, however hostile the bytes."""
    try:
        value: object = json.loads(body)
    # RecursionError: a megabyte of `[` is valid so far as it goes.
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def pick_text(value: Mapping[str, object], name: str) -> str:
    """Give the text under `name`, or the empty text where there is no text."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def pick_objects(value: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    """Give the objects in the list under `name`; what is no object is left out."""
    found = value.get(name)
    return tuple(item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()
