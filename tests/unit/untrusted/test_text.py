"""Text that is not ours: the runner obeys none of it, a reader sees all of it."""

import json
import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.untrusted.text import (
    escape_for_runner,
    escape_markdown,
    make_visible,
    neutralise_line,
    neutralise_quote,
    shorten,
    show_code,
)
from support.runner_rules import obeyed

PIECES = st.sampled_from(
    [
        "::",
        "##[",
        "]",
        "error",
        "set-env",
        "add-mask",
        " ",
        "\t",
        "\u00a0",
        "\u200b",
        "\r",
        "\n",
        "\r\n",
        "%0A",
        "name=x",
    ]
)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=14).map("".join)


@settings(max_examples=1500)
@given(HOSTILE)
def test_runner_obeys_no_quote(text: str) -> None:
    """No words of somebody else's are a command to the runner, however they are put together."""
    assert obeyed((neutralise_quote(text) + "\n").encode("utf-8", "surrogatepass")) == []


@settings(max_examples=1500)
@given(HOSTILE)
def test_runner_obeys_no_line_of_ours(text: str) -> None:
    """A line of ours that holds a hostile value is one line, and no command."""
    line = neutralise_line(text)

    assert not re.search(r"[\r\n]", line)
    assert obeyed((line + "\n").encode()) == []


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\nb", "a\\nb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udc80b", "a\\udc80b"),
        ("naïve ✅", "naïve ✅"),
    ],
)
def test_hidden_characters_are_shown(text: str, visible: str) -> None:
    """Control, format and surrogate characters are written as escapes; letters and signs stay."""
    assert make_visible(text) == visible


def test_quotes_keep_their_lines() -> None:
    """A quote of two lines has two marked lines, also where a lone carriage return parts them."""
    assert neutralise_quote("one\rtwo") == "| one\n| two"


def test_shorten_says_that_it_cut() -> None:
    """A long text ends in an ellipsis and has the asked length; a short one is whole."""
    assert shorten("x" * 50, 10) == "x" * 9 + "…"
    assert shorten("one\n  two") == "one two"


@settings(max_examples=500)
@given(st.text(max_size=60))
def test_code_holds_no_tag_and_no_markup(text: str) -> None:
    """What is shown as code is one line, and neither a tag of its own nor markup."""
    inner = show_code(text).removeprefix("<code>").removesuffix("</code>")

    assert not re.search(r"[<>\n]", inner.replace("@<!-- -->", "@"))
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|]", inner)


@pytest.mark.parametrize("text", ["[x](http://evil)", "<img src=x>", "| a | b |", "@octocat", "**b**", "http://x.y"])
def test_markdown_is_literal(text: str) -> None:
    """Every character that starts markup is escaped."""
    escaped = escape_markdown(text)

    assert unescape(escaped.replace("\\", "").replace("@<!-- -->", "@")) == text
    assert not re.search(r"(?<!\\)[\[\]|@*:]|[<>]", escaped.replace("@<!-- -->", "@"))


@pytest.mark.parametrize(
    "text",
    ["www.evil.example", "WWW.evil.example", "ask me@evil.example", "mailto:me@evil.example", "https://evil.example"],
)
def test_bare_addresses_become_no_links(text: str) -> None:
    """What GitHub would make a link of by itself is broken by what a reader does not see.

    Of `www.` and the schemes an escape is enough; a mail address ends at the comment (cmark-gfm, measured).
    """
    for escaped in (escape_markdown(text), show_code(text)):
        assert not re.search(r"www\.|[^\\]:|@(?!<!-- -->)", escaped, re.IGNORECASE)


@given(HOSTILE)
def test_document_gives_no_orders(text: str) -> None:
    """JSON that a later step prints means the same, and the runner obeys nothing in it, at whatever line it starts."""
    document = json.dumps({"message": text})

    escaped = escape_for_runner(document)

    assert json.loads(escaped) == json.loads(document)
    assert not re.search("#|::", escaped)
