"""RECORD and the files of a wheel agree."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from publish_action.checks.record import judge_record
from publish_action.distributions.contents import TEXT_BYTES, Contents
from support.contents import (
    DIGEST,
    INFO,
    OTHER_DIGEST,
    codes,
    file,
    folder,
    link,
    message,
    record_of,
    sdist,
    wheel,
    without,
)

LAYOUT, DOUBT, RECORD, ENTRY = ["E_WHEEL_LAYOUT"], ["W_WHEEL_LAYOUT"], ["E_WHEEL_RECORD"], ["E_ENTRY_POINT"]


def relist(contents: Contents, change: Callable[[str], str]) -> Contents:
    record = change(contents.texts["RECORD"].decode())
    return replace(contents, texts={**contents.texts, "RECORD": record.encode("utf-8", "surrogateescape")})


MODULE = f"acme_utils/__init__.py,{DIGEST},1\n"

RECORDS: dict[str, tuple[Contents, list[str]]] = {
    "good": (wheel(), []),
    "folders are not listed": (wheel(folder("acme_utils")), []),
    "signatures are not listed": (
        relist(wheel(file(f"{INFO}/RECORD.jws")), lambda text: text.replace(f"{INFO}/RECORD.jws,{DIGEST},1\n", "")),
        [],
    ),
    "a size may be left out": (relist(wheel(), lambda text: text.replace(f"{DIGEST},1\nacme", f"{DIGEST},\nacme")), []),
    "no RECORD is for the layout": (wheel(texts={"RECORD": None}), []),
    "an sdist has none": (sdist(texts={"RECORD": "rubbish"}), []),
    "empty": (wheel(texts={"RECORD": ""}), ["does not list these files of the wheel"]),
    "a file is not listed": (relist(wheel(), lambda text: text.replace(MODULE, "")), ["does not list these files"]),
    "RECORD is not listed": (
        relist(wheel(), lambda text: text.replace(f"{INFO}/RECORD,,\n", "")),
        ["does not list these files"],
    ),
    "a link is not listed": (
        relist(wheel(file("more")), lambda text: text.replace(f"more,{DIGEST},1\n", "")),
        ["does not list these files"],
    ),
    "a link's digest is nobody's to compare": (
        relist(wheel(link("more", "x")), lambda text: text.replace("more,,0\n", f"more,{DIGEST},1\n")),
        [],
    ),
    "a listed file is not there": (without(wheel(file("more")), "more"), ["lists files that are not in"]),
    "a folder is listed": (
        relist(wheel(folder("acme_utils")), lambda text: f"acme_utils,{DIGEST},1\n{text}"),
        ["lists files that are not in"],
    ),
    "other spelling of a path": (
        relist(wheel(), lambda text: text.replace("acme_utils/__init__.py,", "acme_utils//__init__.py,")),
        ["does not list these files", "lists files that are not in"],
    ),
    "listed twice": (relist(wheel(), lambda text: text + MODULE), ["more than once"]),
    "no CSV": (relist(wheel(), lambda text: f"{text}\n"), ["that are not `path,digest,size`"]),
    "no UTF-8": (relist(wheel(), lambda text: f"\udcff,,\n{text}"), ["not UTF-8", "lists files that are not in"]),
    "other size": (
        relist(wheel(), lambda text: text.replace(MODULE, MODULE[:-2] + "2\n")),
        ["The sizes of these files differ"],
    ),
    "other digest": (
        relist(wheel(), lambda text: text.replace(MODULE, MODULE.replace(DIGEST, OTHER_DIGEST))),
        ["The digests of these files differ"],
    ),
    "no digest": (relist(wheel(), lambda text: text.replace(MODULE, "acme_utils/__init__.py,,1\n")), ["no digest"]),
    "weak digest": (
        relist(wheel(), lambda text: text.replace(MODULE, "acme_utils/__init__.py,md5=rL0Y20zC-Fzt72VPzMSk2A,1\n")),
        ["by an algorithm weaker than sha256"],
    ),
    "padded digest": (
        relist(wheel(), lambda text: text.replace(MODULE, MODULE.replace(DIGEST, f"{DIGEST}="))),
        ["malformed digests or sizes"],
    ),
    "a digest of its own": (
        relist(wheel(), lambda text: text.replace(f"{INFO}/RECORD,,", f"{INFO}/RECORD,{DIGEST},1")),
        ["files that are written after it"],
    ),
    "cut": (wheel(texts={"RECORD": b"," * TEXT_BYTES["RECORD"]}), ["longer than 16 MiB"]),
}


def test_record_with_backslashes_is_fine() -> None:
    """Tools on Windows write them; Warehouse reads them as slashes, and finds every file."""
    contents = relist(wheel(), lambda text: text.replace("/", "\\"))

    assert "\\" in contents.texts["RECORD"].decode()
    assert codes(judge_record, contents) == []


@pytest.mark.parametrize(("contents", "said"), RECORDS.values(), ids=RECORDS.keys())
def test_record_and_files_agree(contents: Contents, said: list[str]) -> None:
    """Each kind of disagreement is one finding."""
    findings = [each.message for each in judge_record(contents)]

    assert codes(judge_record, contents) == RECORD * len(said)
    assert [words for words, text in zip(said, findings, strict=True) if words not in text] == []


def test_thousands_of_mistakes_are_one_finding() -> None:
    """A wheel that lost its RECORD's lines is told in one line."""
    contents = wheel(*(file(f"acme_utils/{number}.py") for number in range(5000)), texts={"RECORD": record_of([])})

    assert message(judge_record, contents) == (
        "RECORD does not list these files of the wheel: 'acme_utils/__init__.py', 'acme_utils-1.0.dist-info/METADATA', "
        "'acme_utils-1.0.dist-info/WHEEL' and 5000 more."
    )
