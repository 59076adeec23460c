"""TOML of strangers: what is TOML is read, and nothing takes more than its length is worth."""

import tomllib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.untrusted.toml import TomlUnreadable, parse_toml
from support.mutants import load_mutant

LONG = {
    "a key": ".".join("a" * 20_000) + " = 1",
    "a header": "[" + " . ".join("a" * 20_000) + "]",
    "an array's header": "[[" + ".".join("a" * 20_000) + "]]",
    "quoted": ".".join(['"a b"', "'c.d'"] * 10_000) + " = 1",
    "within a table": "x = {" + ".".join("a" * 20_000) + " = 1}",
    "just too long": ".".join(["key"] * 33) + " = 1",
}
FINE = {
    "real": '[tool.setuptools.package-data]\n"acme.sub" = ["*.txt"]\n[tool.a."b.c".d]\ne.f.g = 1\n',
    "as long as may be": ".".join(["key"] * 32) + " = 1",
    "prose": 'text = """' + "One. Two and more. e.g. i.e. 1.2.3.4.5.6.7.8 " * 2000 + '"""',
    "paths": 'text = "' + "/".join("abcdefgh" * 20) + '"',
    "a long word": f'text = "{"a" * 500_000}"',
    "long space": f"a = 1{' ' * 500_000}",
    "quotes": "x = [" + "'', " * 50_000 + "]",
}
NONE = {"brackets": "a = " + "[" * 20_000, "digits": "a = " + "1" * 5000, "not TOML": "a = ", "twice": "a = 1\na = 2"}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_keys_of_very_many_parts_are_refused_unread(text: str) -> None:
    """tomllib takes the square of a key's parts: it never sees them."""
    tracemalloc.start()
    try:
        with pytest.raises(TomlUnreadable, match="more than 32 parts"):
            parse_toml(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_what_people_write_is_read(text: str) -> None:
    """Long values, prose with dots and keys of as many parts as anybody has are as tomllib reads them."""
    assert parse_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_everything_else_is_one_kind_of_no(text: str) -> None:
    """Whatever tomllib raises, there is one error."""
    with pytest.raises(TomlUnreadable):
        parse_toml(text)


@given(st.text(alphabet="a.\"'[]{}=\n 1#_-", max_size=60))
def test_short_texts_are_as_tomllib_reads_them(text: str) -> None:
    """Of a text too short for a long key, the verdict is tomllib's."""
    try:
        expected: object = tomllib.loads(text)
    except ValueError:
        with pytest.raises(TomlUnreadable):
            parse_toml(text)
    else:
        assert parse_toml(text) == expected


def test_nested_brackets_are_no_crash() -> None:
    """Without its guard, brackets nested a thousand deep would end the run."""
    mutant = load_mutant(
        ("untrusted.toml",),
        "untrusted.toml",
        "except (ValueError, RecursionError) as error:",
        "except ValueError as error:",
    )["untrusted.toml"]

    with pytest.raises(RecursionError):
        mutant.parse_toml(NONE["brackets"])
