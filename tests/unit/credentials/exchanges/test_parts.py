"""What the exchanges are made of: signatures, XML that nobody vouches for, lives of tokens, words of refusals."""

from datetime import datetime, timedelta

import pytest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.credentials.exchanges.answers import make_token, seconds_until, tidy
from publish_action.credentials.exchanges.aws_signature import Session, sign_post
from publish_action.secret import Secret
from publish_action.untrusted.xml import parse_texts
from support.fakes import NOW
from support.vendors import session_xml, sign_with_botocore

PRINTABLE = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)
ANY = st.text(max_size=40)


SESSIONS = st.builds(
    Session,
    key_id=st.from_regex(r"[A-Z0-9]{16,20}", fullmatch=True),
    secret_key=PRINTABLE.map(Secret),
    session_token=PRINTABLE.map(Secret),
    expires=st.just(NOW),
)


@settings(max_examples=300, deadline=None)
@given(
    session=SESSIONS,
    region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    query=st.dictionaries(st.from_regex(r"[a-z-]{1,12}", fullmatch=True), ANY, min_size=1, max_size=5),
    now=st.timedeltas(min_value=timedelta(days=-3000), max_value=timedelta(days=20000)).map(NOW.__add__),
)
def test_signature_is_that_of_aws_s_own_client(
    session: Session, region: str, query: dict[str, str], now: datetime
) -> None:
    """For any session, region, query and time our signature is botocore's."""
    signed = sign_post(
        base="https://codeartifact.example:8443",
        path="/v1/authorization-token",
        query=query,
        service="codeartifact",
        region=region,
        session=session,
        now=now,
    )

    authorization = signed.headers["Authorization"]
    assert isinstance(authorization, Secret)
    assert authorization.reveal() == sign_with_botocore(
        signed.url,
        credentials=Credentials(session.key_id, session.secret_key.reveal(), session.session_token.reveal()),
        stamp=str(signed.headers["X-Amz-Date"]),
        region=region,
    )
    assert signed.headers["X-Amz-Security-Token"] == session.session_token


GOOD = session_xml({"AccessKeyId": "ASIA", "SecretAccessKey": "k&k"}).encode()
EXPANDING = (
    b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">'
    + b"".join(b'<!ENTITY x%d "%s">' % (n, b"&x%s;" % (str(n - 1).encode() if n else b"") * 10) for n in range(9))
    + b"]><a>&x8;</a>"
)


def test_texts_are_found_by_their_path() -> None:
    """A namespace does not matter, and entities of XML itself are resolved."""
    texts = parse_texts(GOOD)

    path = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials"
    assert texts[f"{path}/AccessKeyId"] == "ASIA"
    assert texts[f"{path}/SecretAccessKey"] == "k&k"


@pytest.mark.parametrize(
    "body",
    [
        EXPANDING,
        EXPANDING.decode().encode("utf-16"),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>x</a>',
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b"<a>&f;</a>",
        b"<a><b>1</b><b>2</b></a>",
        b"<a>" * 13 + b"</a>" * 13,
        b"<a>" * 100000,
        b"<a>" + b"".join(b"<b%d/>" % n for n in range(300)) + b"</a>",
        b'<?xml version="1.0" encoding="rot13"?><a>x</a>',
        b'<?xml version="1.0" encoding="base64"?><a>x</a>',
        GOOD[:200],
        GOOD + b"<a/>",
        b"\x00\xff",
        b"{}",
        b"",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_xml_that_cannot_be_trusted_has_no_texts(body: bytes) -> None:
    """Document types, entities, doubled elements, depths, crowds, cut documents and rubbish give nothing at all."""
    assert parse_texts(body) == {}


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet="<>/ab&;!?x\"'= ", max_size=300).map(str.encode))
def test_any_bytes_are_texts_or_nothing(body: bytes) -> None:
    """No bytes make the parser raise, and it gives out no more text than it was given."""
    assert sum(map(len, parse_texts(body).values())) <= len(body)


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("2026-11-21T10:10:00Z", 600.0),
        ("2026-11-21T11:10:00+01:00", 600.0),
        (NOW.timestamp() + 60, 60.0),
        (int(NOW.timestamp()) - 60, -60.0),
        ("2026-11-21T10:10:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        (True, None),
        (1e300, None),
        (float("nan"), None),
        (-1, None),
    ],
)
def test_end_is_a_moment_or_nothing(moment: object, seconds: float | None) -> None:
    """RFC 3339 with an offset and seconds since 1970 are ends; whatever else is none."""
    assert seconds_until(moment, NOW) == seconds


@pytest.mark.parametrize(
    ("seconds", "life"),
    [(60, 60), ("3599", 3599), (0.5, 0.5), (0, 900), (-1, 900), ("x", 900), (None, 900), (True, 900), (86401, 900)],
)
def test_token_lives_as_long_as_is_said(seconds: object, life: float) -> None:
    """Numbers and digits count; what no sensible life is gives the usual one."""
    token = make_token("t", user="u", now=NOW, seconds=seconds, usual=900)

    assert token is not None
    assert token.expires - NOW == timedelta(seconds=life)


@pytest.mark.parametrize(
    ("text", "user"), [("", "u"), ("a b", "u"), ("a\r\nb", "u"), ("t" * 20000, "u"), ("t", "a:b"), ("t", "a\nb")]
)
def test_what_cannot_stand_in_a_login_is_no_token(text: str, user: str) -> None:
    """A token or a user name that would end a header or a user name is none."""
    assert make_token(text, user=user, now=NOW, seconds=60, usual=900) is None


def test_words_of_a_refusal_lose_what_is_secret() -> None:
    """Secrets that were sent, and unbroken runs that may be a part of one, are taken out; ordinary words stay."""
    said = tidy(
        f"bad key k3y-value for arn:aws:iam::123456789012:role/x {'Az09' * 40}", Secret("k3y-value"), Secret("")
    )

    assert said == "bad key *** for arn:aws:iam::123456789012:role/x …"
