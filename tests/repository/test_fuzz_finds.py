"""What fuzzing has found once, and the seeds it starts from: each is read or refused, and nothing else."""

from pathlib import Path

import pytest

from fuzz import targets as fuzz_targets

KEPT = Path(__file__).resolve().parents[1] / "data" / "fuzz"
FINDS = sorted(path for path in KEPT.rglob("*") if path.is_file())


@pytest.mark.parametrize("find", FINDS, ids=[f"{path.parent.name}-{path.name[:24]}" for path in FINDS])
def test_what_was_found_is_read_or_refused(find: Path) -> None:
    """A file that once made a reader raise, hang or fill the memory ends in our own refusal, or is read."""
    fuzz_targets.TARGETS[find.parent.name](find.read_bytes())


def test_every_find_belongs_to_a_target() -> None:
    """No folder of finds is read by nobody."""
    assert {path.parent.name for path in FINDS} <= set(fuzz_targets.TARGETS)


@pytest.mark.parametrize("target", fuzz_targets.TARGETS)
@pytest.mark.parametrize("data", [b"", b"\0", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\xff\xfe" * 9, b"a,b\n" * 9])
def test_rubbish_is_read_or_refused(target: str, data: bytes) -> None:
    """The targets themselves raise nothing for short rubbish: a fuzzer that fails at once finds nothing."""
    fuzz_targets.TARGETS[target](data)
