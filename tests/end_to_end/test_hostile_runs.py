"""Whole runs against answers, stops and inputs that are meant to confuse: each ends soon, with the truth."""

import signal
import time

import pytest

from publish_sandbox.http.faults import FOREVER, Answer, Hang
from support.program import Program, Stop

_TOKEN = "pypi-AgEIcHlwaS5vcmc-s3cr3t*with*stars"


def test_a_secret_that_the_index_echoes_is_starred_everywhere(program: Program) -> None:
    """A token that the index echoes is redacted in the log, the outputs and the summary."""
    program.build()
    echo = Answer(status=400, reason=f"Bad token {_TOKEN}", body=f"Bad token {_TOKEN}".encode())
    program.pypi.faults.add("/legacy/", echo, times=FOREVER)

    result = program.act({"public-index-token": _TOKEN})

    told = "\n".join(line for line in result.text.splitlines() if not line.startswith("::add-mask::"))
    assert result.status == 6, result.text
    assert "Bad token ***" in told
    assert _TOKEN not in told
    assert all(_TOKEN not in value for value in result.outputs.values())
    assert "s3cr3t" not in result.summary


def test_an_alarm_follows_a_signal(program: Program) -> None:
    """A run that is stopped while the read side hangs does not wait for its answer."""
    program.build()
    program.pypi.faults.add("/simple/", Hang(60), times=FOREVER)
    is_looking = Stop(
        number=signal.SIGTERM, when=lambda: any("/simple/" in request.path for request in program.pypi.requests)
    )
    begun = time.monotonic()

    result = program.act(stop=is_looking)

    assert time.monotonic() - begun < 20
    assert result.status == 143, result.text
    assert program.pypi.attempts == []


@pytest.mark.parametrize("name", ["public-index-url", "private-index-url", "private-index-check-url"])
def test_white_space_around_a_url_is_no_part_of_one(program: Program, name: str) -> None:
    """C25: a URL with white space before it is refused as it is written, and no server is contacted."""
    program.build()
    given = {"private-index-url": program.private.upload_url, name: f" {program.private.upload_url}"}

    result = program.act({**given, "private-index-password": "s3cr3t-password"})

    assert result.status == 2, result.text
    assert result.outputs["code"] == "E_URL_NOT_CANONICAL"
    assert (program.pypi.requests, program.private.requests) == ([], [])
