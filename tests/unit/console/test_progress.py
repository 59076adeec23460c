"""Progress: long uploads are told of now and then, short ones not at all."""

import os
import pty
import subprocess
import sys

from publish_action.console.progress import LineProgress
from support.fakes import FakeLog, FakeTime


def test_long_upload_is_told_of_every_ten_seconds() -> None:
    """An upload of 35 seconds gives three lines, with bytes, percent and time left, and none at its end."""
    time, log = FakeTime(), FakeLog()
    progress = LineProgress(time.clock, log)
    progress.expect(36_000_000)

    for second in range(36):
        progress.note("demo-1.0.tar.gz", 1_000_000 * (second + 1), 36_000_000)
        time.sleep(1)

    assert log.lines == [
        "11.0 of 36.0 MB sent (30 %), about 23 s left.",
        "21.0 of 36.0 MB sent (58 %), about 14 s left.",
        "31.0 of 36.0 MB sent (86 %), about 5 s left.",
    ]


def test_many_uploads_share_the_lines() -> None:
    """Files that are under way together give one line in ten seconds, with the bytes of all of them."""
    time, log = FakeTime(), FakeLog()
    progress = LineProgress(time.clock, log)
    progress.expect(40_000_000)

    for second in range(12):
        for file in ("a", "b"):
            progress.note(file, 1_000_000 * (second + 1), 20_000_000)
        time.sleep(1)

    assert log.lines == ["21.0 of 40.0 MB sent (52 %), about 9 s left."]


def test_file_that_is_sent_again_is_counted_once() -> None:
    """A second try starts its bytes anew; no share goes over the whole."""
    time, log = FakeTime(), FakeLog()
    progress = LineProgress(time.clock, log)
    progress.expect(10_000_000)

    progress.note("a", 9_000_000, 10_000_000)
    time.sleep(10)
    progress.note("a", 2_000_000, 10_000_000)

    assert log.lines == ["2.0 of 10.0 MB sent (20 %), about 40 s left."]


_ON_A_TERMINAL = """
import sys
from publish_action.console.progress_bars import BarProgress
from publish_action.console.terminal import Terminal

def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()

console, bars = Terminal(write, write), BarProgress(sys.stdout)
bars.note("a.whl", 1, 4)
console.say("a line beside the bars")
bars.note("a.whl", 4, 4)
bars.end("a.whl")
bars.note("b.whl", 4, 4)
bars.end("b.whl")
bars.end("never begun")
console.say("done")
"""


def test_lines_beside_bars_stay_whole() -> None:
    """On a terminal a line that is told while bars are shown stands on a line of its own; bars come and go."""
    leader, follower = pty.openpty()
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", _ON_A_TERMINAL],
            stdout=follower,
            stderr=follower,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(follower)
        shown = _read_all(leader)
        assert child.wait(timeout=30) == 0
    finally:
        os.close(leader)

    assert b"a.whl" in shown
    assert b"b.whl" in shown
    assert any(line.strip().endswith(b"a line beside the bars") for line in shown.replace(b"\r", b"\n").split(b"\n"))
    assert shown.rstrip().endswith(b"done")


def _read_all(descriptor: int) -> bytes:
    shown = b""
    while True:
        try:
            block = os.read(descriptor, 65536)
        except OSError:
            return shown
        if not block:
            return shown
        shown += block
