"""Answers about tokens: what is not understood is no token, and no life is longer than it may be."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.credentials.mint_protocol import (
    Endpoints,
    MintError,
    parse_audience,
    parse_discovery,
    parse_mint_errors,
    parse_minted,
)
from publish_action.credentials.publisher_help import render_advice
from publish_action.untrusted.url import CanonicalUrl, parse_url
from support.fakes import NOW

URL = parse_url("https://pkgs.acme.example/upload/")
EPOCH = int(NOW.timestamp())
HOST = "https://pkgs.acme.example"


@pytest.mark.parametrize(
    ("expires", "life"),
    [
        (EPOCH + 900, 900),
        (EPOCH + 60, 60),
        (EPOCH + 21_600, 21_600),
        (EPOCH + 21_601, 900),
        (EPOCH, 900),
        (EPOCH - 5, 900),
        (10**30, 900),
        (None, 900),
        (True, 900),
        ("soon", 900),
        (1.5, 900),
    ],
)
def test_life_of_a_token(expires: object, life: int) -> None:
    """A token lives as long as the index says; where that cannot be true, for the usual 15 minutes."""
    minted = parse_minted(json.dumps({"token": "t" * 8, "expires": expires}).encode(), NOW)

    assert minted is not None
    assert minted.expires - minted.minted == timedelta(seconds=life)


@pytest.mark.parametrize(
    ("facts", "features"),
    [
        ({}, ()),
        ({"default-features": ["multi-use-token"]}, ()),
        ({"default-features": ["multi-use-token"], "features": ["multi-use-token"]}, ()),
        ({"default-features": ["single-use-token"]}, ()),
        ({"default-features": ["single-use-token"], "features": ["single-use-token"]}, ()),
        ({"default-features": ["single-use-token"], "features": ["multi-use-token"]}, ("multi-use-token",)),
        ({"default-features": "multi-use-token", "features": "multi-use-token"}, ()),
    ],
    ids=["none named", "usual", "offered and usual", "nothing offered", "not offered", "offered", "no lists"],
)
def test_features_that_are_asked_for(facts: dict[str, object], features: tuple[str, ...]) -> None:
    """A token of many uses is asked for where it is offered and not given anyway."""
    assert isinstance(URL, CanonicalUrl)
    answer = {"audience-endpoint": f"{HOST}/a", "token-mint-endpoint": f"{HOST}/m", **facts}

    found = parse_discovery(json.dumps(answer).encode(), URL)

    assert found == Endpoints(audience_url=f"{HOST}/a", mint_url=f"{HOST}/m", features=features)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"errors": [{"code": "c", "description": "d"}]}, (MintError(code="c", description="d"),)),
        ({"message": "Token request failed"}, (MintError(code="", description="Token request failed"),)),
        ({"title": "Bad", "detail": "No publisher"}, (MintError(code="", description="No publisher"),)),
        ({"errors": "x"}, ()),
        ({}, ()),
    ],
    ids=["Warehouse", "message alone", "RFC 9457", "rubbish", "nothing"],
)
def test_reasons_of_a_refusal(body: dict[str, object], errors: tuple[MintError, ...]) -> None:
    """The index's reasons are found in PyPI's form and in that of RFC 9457."""
    assert parse_mint_errors(json.dumps(body).encode()) == errors


def test_reasons_are_bounded() -> None:
    """However many and long the reasons, few and short ones are kept."""
    body = json.dumps({"errors": [{"code": "c" * 9999, "description": "d\n" * 9999}] * 20})

    errors = parse_mint_errors(body.encode())

    assert len(errors) == 10
    assert all(len(error.code) <= 60 and len(error.description) <= 400 for error in errors)


@given(st.binary())
def test_any_bytes_are_understood_or_not(body: bytes) -> None:
    """Whatever bytes come, every parser gives a value."""
    assert isinstance(URL, CanonicalUrl)

    assert parse_minted(body, NOW) is None
    assert parse_audience(body) == ""
    assert isinstance(parse_discovery(body, URL), str)
    parse_mint_errors(body)


CLAIMS = st.sampled_from(["repository", "job_workflow_ref", "environment", "iss", "event_name"])


@given(st.dictionaries(CLAIMS, st.text() | st.none()))
def test_advice_is_given_for_any_claims(claims: dict[str, object]) -> None:
    """Whatever the claims, there is something to do."""
    assert render_advice(host="upload.pypi.org", project="demo", claims=claims, errors=())
