"""Read TOML that a stranger wrote, in time and memory that grow as the text does."""

import re
import tomllib

_MOST_PARTS = 32
# tomllib takes the square of a key's parts, in time and in memory: 348 bytes of sdist took four gigabytes. Real keys
# have half a dozen. Sought in the whole text: so many words with dots between them stand in no sentence either.
_PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_PARTS}}}")


class TomlUnreadable(ValueError):
    """It is no TOML, or none that is read here; the text says why in words that quote little of it."""


def parse_toml(text: str) -> dict[str, object]:
    """Give the document. Raises `TomlUnreadable`."""
    if _LONG_KEY.search(text):
        raise TomlUnreadable(f"a key has more than {_MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # RecursionError: brackets nested a thousand deep. ValueError is also what int() says to too many digits.
        raise TomlUnreadable(str(error)) from error
