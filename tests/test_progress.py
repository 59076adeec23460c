"""Progress: long uploads are told of now and then, short ones not at all."""

from fakes_delivery import FakeTime, KeepingLog
from publish_action.progress import Progress


def test_long_upload_is_told_of_every_ten_seconds() -> None:
    """An upload of 35 seconds gives three lines, the end of it none."""
    time, log = FakeTime(), KeepingLog()
    progress = Progress(time.clock, log)

    for second in range(36):
        progress.note("demo-1.0.tar.gz", 1_000_000 * (second + 1), 36_000_000)
        time.sleep(1)

    assert log.said == [
        "demo-1.0.tar.gz: 30 % of 36.0 MB sent.",
        "demo-1.0.tar.gz: 58 % of 36.0 MB sent.",
        "demo-1.0.tar.gz: 86 % of 36.0 MB sent.",
    ]


def test_each_upload_has_its_own_time() -> None:
    """A line about one file does not keep back that about another."""
    time, log = FakeTime(), KeepingLog()
    progress = Progress(time.clock, log)

    for file in ("a", "b", "a", "b"):
        progress.note(file, 1, 4)
        time.sleep(10)

    assert log.said == ["a: 25 % of 0.0 MB sent.", "b: 25 % of 0.0 MB sent."]
