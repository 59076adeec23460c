"""JSON from outside is an object, or it is none."""

import json

import pytest

from publish_action.untrusted.json import parse_json_object


@pytest.mark.parametrize(
    "body",
    [
        '{"private": true, "private": false}',
        '{"repository": {"visibility": "private", "visibility": "public"}}',
        '[{"a": 1, "a": 1}]',
        '{"list": [{"a": 1, "\\u0061": 1}]}',
        '{"n": ' + "1" * 5000 + "}",
        "[" * 100_000,
        "1",
        "",
    ],
)
def test_what_is_no_clear_object_is_none(body: str) -> None:
    """An object that names a key twice, at any depth, is not read, and neither is what is no object."""
    assert parse_json_object(body.encode()) is None


def test_object_of_any_encoding_is_read() -> None:
    """The encodings of JSON (RFC 8259) all give the same object."""
    text = json.dumps({"a": [{"b": 1}, {"b": 1}], "ä": None})

    assert [parse_json_object(text.encode(name)) for name in ("utf-8", "utf-16", "utf-32")] == [json.loads(text)] * 3


@pytest.mark.parametrize("piece", ["{},", "[],", '"a",', "1,"])
def test_many_small_values_are_not_parsed(piece: str) -> None:
    """Bytes that would fill many times their own size in memory are given up; what a real page has is not."""
    assert parse_json_object(f'{{"files": [{piece * 2_000_000}1]}}'.encode()) is None
    assert parse_json_object(f'{{"files": [{piece * 300_000}1]}}'.encode()) is not None
