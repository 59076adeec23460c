"""Hold the reader of runner commands to what GitHub's runner was measured to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.untrusted.text import neutralise_quote
from support.runner_rules import Command, obeyed, parse_file_command


@pytest.mark.parametrize(
    ("output", "command"),
    [
        (b"::error::no\n", Command(name="error", data="no")),
        (b"::ERROR::no", Command(name="error", data="no")),
        ("\u00a0\t ::notice::x".encode(), Command(name="notice", data="x")),
        (b"::error file=a.py,line=3::x", Command(name="error", properties={"file": "a.py", "line": "3"}, data="x")),
        (b"::error title=a%3Ab%2Cc%25::x", Command(name="error", properties={"title": "a:b,c%"}, data="x")),
        (b"::error::a%0Ab%0Dc%25d", Command(name="error", data="a\nb\rc%d")),
        (b"::error::%250A", Command(name="error", data="%0A")),
        (b"progress ##[add-mask]e", Command(name="add-mask", data="e")),
        (b"x ##[error file=a;line=2]y", Command(name="error", properties={"file": "a", "line": "2"}, data="y")),
        (b"##[error]a%5Db%3B", Command(name="error", data="a]b;")),
        (b"100%\r::warning::late", Command(name="warning", data="late")),
        (b"a\r\n::debug::b", Command(name="debug", data="b")),
        (b"::error =x,file=,line==4::x", Command(name="error", properties={"line": "4"}, data="x")),
        (
            b"::set-output name=published::true",
            Command(name="set-output", properties={"name": "published"}, data="true"),
        ),
        (b"::set-env name=PATH::x", Command(name="FAIL", data="set-env")),
        (b"::add-path::x", Command(name="FAIL", data="add-path")),
        (b"::stop-commands::error", Command(name="FAIL", data="stop-commands")),
        (b"::stop-commands::", Command(name="FAIL", data="stop-commands")),
    ],
)
def test_runner_obeys(output: bytes, command: Command) -> None:
    """The runner takes this line for a command."""
    assert obeyed(output) == [command]


@pytest.mark.parametrize(
    "output",
    [
        b"plain",
        b"x ::error::y",
        b"::nosuch::y",
        b"::error:y",
        b":error::y",
        b": :error::y",
        b"##error]y",
        b"## [error]y",
        b"##[error y",
        b"##[nosuch]x ##[error]y",
        b"##\\[error]y",
        b"| ::error::y",
        "\u200b::error::y".encode(),
        b"\x1c::error::y",
    ],
)
def test_runner_prints(output: bytes) -> None:
    """The runner takes this line for text."""
    assert obeyed(output) == []


def test_commands_are_stopped_until_the_token_comes() -> None:
    """Between a stop and its token nothing is obeyed, and the token is no command name afterwards."""
    output = b"::stop-commands::Tok\n::error::a\n::add-path::b\n::tok::\n::error::c\n::tok::\n"

    assert obeyed(output) == [
        Command(name="stop-commands", data="Tok"),
        Command(name="resume"),
        Command(name="error", data="c"),
    ]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", {}),
        ("a=b\n", {"a": "b"}),
        ("a=b", {"a": "b"}),
        ("\n\na=b\n", {"a": "b"}),
        ("a=b=c<<d\n", {"a": "b=c<<d"}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=b\r\n", {"a": "b\r"}),
        ("a<<E\nE\n", {"a": ""}),
        ("a<<E\nx\ny\nE\n", {"a": "x\ny"}),
        ("a<<E\nx\n E\nE", {"a": "x\n E"}),
        ("a<<E\nx\nE\nb=c\n", {"a": "x", "b": "c"}),
        ("a<<E=F\nx\nE=F\n", {"a": "x"}),
        ("a<<E\nE\r\nE\n", {"a": "E\r"}),
    ],
)
def test_file_command_is_read(text: str, entries: dict[str, str]) -> None:
    """A file for the runner says this."""
    assert parse_file_command(text) == entries


@pytest.mark.parametrize("text", ["a", "a<<", "<<E\nE\n", "a<<E\n", "a<<E\nx\n", "a<<E\nx", "a=b\nc<<E\nx\n E\n"])
def test_file_command_fails_the_step(text: str) -> None:
    """A file that the runner cannot read is an error, not a value."""
    with pytest.raises(ValueError, match="delimiter"):
        parse_file_command(text)


_PIECES = st.sampled_from(
    ["::", "##[", "]", "error", "stop-commands", " ", "\n", "\r", "\u2003", "\x85", "%0A", "=", "a"]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_quoted_text_is_never_obeyed(text: str) -> None:
    """Words that are not ours, once neutralised, give the runner no order."""
    assert obeyed(neutralise_quote(text).encode()) == []
