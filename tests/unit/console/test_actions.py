"""The runner: what it is told to hide, show, keep and print, read back by the runner's own rules."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.runner_rules import obeyed, parse_file_command

HOSTILE = "x\n::set-env name=A::b\r##[error]no\n::add-mask::e\n"


def speak(tmp_path: Path, *lines: str) -> bytes:
    """Run a few calls of `ActionsConsole` as the runner would run the action, and give its output."""
    program = "import sys\nfrom publish_action.console.actions import *\nr = ActionsConsole(sys.stdout)\n" + "\n".join(
        lines
    )
    environment = {
        **os.environ,
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "HOSTILE": HOSTILE,
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import os\nH = os.environ['HOSTILE']\n" + program],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


def names(output: bytes) -> list[str]:
    return [command.name for command in obeyed(output)]


@pytest.mark.parametrize("call", ["r.say(H)", "r.quote(H)"])
def test_plain_lines_are_never_commands(tmp_path: Path, call: str) -> None:
    """What is told or quoted gives the runner no order."""
    assert obeyed(speak(tmp_path, call)) == []


@pytest.mark.parametrize(
    ("call", "name"),
    [("r.warn(H)", "warning"), ("r.fail(H, H, code='E_X')", "error"), ("r.refuse(H, code='E_X')", "error")],
)
def test_annotation_is_one_command(tmp_path: Path, call: str, name: str) -> None:
    """A hostile message is one annotation, and no second command."""
    assert names(speak(tmp_path, call)) == [name]


def test_annotations_end_at_the_runners_limit(tmp_path: Path) -> None:
    """After ten annotations of a kind the rest are plain lines: the runner would drop them."""
    output = speak(tmp_path, "for n in range(12): r.warn(f'number {n}')")

    assert names(output) == ["warning"] * 10
    assert b"Warning: number 11" in output


def test_the_last_annotation_is_kept_for_the_end(tmp_path: Path) -> None:
    """However much is wrong with the distributions, how the run ended is an annotation, too; nothing is lost."""
    output = speak(
        tmp_path, "for n in range(12): r.refuse(f'wrong {n}', code='E_X')", "r.fail('The end.', 'Mend it.', code='E_X')"
    )

    assert names(output) == ["error"] * 10
    assert b"title=publish-action%3A E_X" in output
    assert output.splitlines()[-1].endswith(b"::The end.%0AMend it.")
    assert b"Error: wrong 11 (E_X)" in output


def test_long_annotation_is_cut(tmp_path: Path) -> None:
    """An annotation stays under the 4096 characters that the runner keeps."""
    (command,) = obeyed(speak(tmp_path, "r.fail('x' * 9000, 'remedy', code='E_X')"))

    assert len(command.data) < 4096


def test_masks_hide_the_whole_value(tmp_path: Path) -> None:
    """A mask carries the secret whole, escaped; a blank one is never sent, for it would blank the log."""
    output = speak(
        tmp_path, "from publish_action.secret import Secret", "r.mask(Secret('a%b\\nc'))", "r.mask(Secret(' '))"
    )

    (command,) = obeyed(output)
    assert (command.name, command.data) == ("add-mask", "a%b\nc")


def test_masks_are_written_as_the_toolkit_writes_them(tmp_path: Path) -> None:
    """No space stands before the second `::`: imitations of the runner would print the secret instead of hiding it."""
    output = speak(
        tmp_path, "from publish_action.secret import Secret", "r.mask(Secret('a%b\\r\\nc'))", "r.start_group('G')"
    )

    assert output == b"::add-mask::a%25b%0D%0Ac\n::group::G\n"


def test_outputs_come_back_as_they_were(tmp_path: Path) -> None:
    """Any value survives the output file, and none writes a second output."""
    speak(tmp_path, "r.write_outputs({'plan': H, 'code': 'k=v<<x', 'empty': '', 'lone': 'a\\udc80b'})")

    assert parse_file_command((tmp_path / "output").read_bytes().decode()) == {
        "plan": HOSTILE,
        "code": "k=v<<x",
        "empty": "",
        "lone": "a\\udc80b",
    }


def test_summary_stays_under_the_limit(tmp_path: Path) -> None:
    """A summary that the runner would drop whole is cut at a line end, and says so."""
    speak(tmp_path, "r.write_summary('line of text\\n' * 200_000)")

    text = (tmp_path / "summary").read_text()
    assert len(text.encode()) < 1_048_576
    assert text.rstrip().endswith("(The rest was longer than a job summary may be.)")
    assert text.split("\n\n(The rest")[0].endswith("line of text")


@pytest.mark.parametrize("call", ["r.say", "r.quote", "r.warn", "r.write_summary"])
def test_hidden_words_are_stars(tmp_path: Path, call: str) -> None:
    """A word that is hidden shows in no line, annotation or summary, also with Markdown's escapes."""
    program = (
        "from publish_action.untrusted.text import escape_markdown",
        "word = 'pkgs.acme.example:8443'",
        "r.hide([word])",
        f"{call}(f'at {{word}} or {{escape_markdown(word)}}.')",
    )
    log = speak(tmp_path, *program).decode()

    summary = tmp_path / "summary"
    text = log + (summary.read_text() if summary.exists() else "")
    assert "at *** or ***." in text
    assert "8443" not in text


def test_outputs_hide_nothing(tmp_path: Path) -> None:
    """Outputs are for later steps, and are whole."""
    speak(tmp_path, "r.hide(['pkgs.acme.example'])", "r.write_outputs({'index-url': 'https://pkgs.acme.example/'})")

    assert parse_file_command((tmp_path / "output").read_text()) == {"index-url": "https://pkgs.acme.example/"}


def test_groups_are_commands_of_ours(tmp_path: Path) -> None:
    """A group's title cannot hold another command."""
    assert names(speak(tmp_path, "r.start_group(H)", "r.end_group()")) == ["group", "endgroup"]
