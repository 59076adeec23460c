"""What logs in by a URL: it is found, and no message shows it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.untrusted.url_credentials import hide_userinfo, holds_credentials, show_value

SECRETS = {
    "user and password": "https://user:tok3n@host.example/x",
    "no user": "https://:tok3n@host.example",
    "in a requirement": "acme @ git+https://user:tok3n@host.example/x.git@v1",
    "token alone": "https://ghp_1234567890abcdefABCDEF1234567890abcd@github.com/x",
    "at the end of a text": "see //u:tok3n@h",
    "an @ in the password": "https://u:p@tok3n@host.example/",
    "ssh with a password": "git+ssh://git:tok3n@host.example/x",
    "the second URL": "https://one.example, https://u:tok3n@two.example",
    "half of it a placeholder": "https://${USER}:tok3n@host.example",
}

NO_SECRETS = {
    "no userinfo": "https://host.example/x",
    "ssh": "acme @ git+ssh://git@github.com/acme/acme.git@v1",
    "a user's name": "https://alice@bitbucket.org/acme/acme",
    "a long user's name": "https://a-person-with-a-long-name@bitbucket.org/x",
    "a version": "acme @ git+https://host.example/x.git@v1.0",
    "a scope in the path": "https://host.example/@scope/pkg:x",
    "variables": "https://${USER}:${TOKEN}@host.example/x",
    "a variable": "https://user:$TOKEN@host.example/x",
    "formatted later": "https://u:{token}@host.example/x",
    "%-formatted later": "https://u:%(token)s@host.example/x",
    "to be filled in": "https://u:<token>@host.example/x",
    "stars": "https://u:****@host.example/x",
    "no password behind the colon": "https://user:@host.example/x",
    "a port": "https://host.example:8080/a@b",
    "an address": "mailto:a@b.example",
    "nothing": "",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_passwords_and_tokens_are_found(text: str) -> None:
    """A password, or a token in the place of a user's name, is a credential."""
    assert holds_credentials(text)


@pytest.mark.parametrize("text", NO_SECRETS.values(), ids=NO_SECRETS.keys())
def test_names_and_placeholders_are_none(text: str) -> None:
    """A user's name alone, and what is filled in later, logs nobody in."""
    assert not holds_credentials(text)


@pytest.mark.parametrize(
    "text",
    [
        *SECRETS.values(),
        "https://user:pa/tok3n@host.example",
        "user:tok3n@host.example",
        "https://u:" + "x" * 5000 + "tok3n@host.example",
        "https://u:" + "tok3n" * 2000,
    ],
)
@pytest.mark.parametrize("show", [show_value, hide_userinfo])
def test_no_message_shows_them(text: str, show: Callable[[str], str]) -> None:
    """What a message shows of a value holds no credential, however long or malformed the URL is."""
    shown = show(text)

    assert "tok3n" not in shown
    assert "1234567890" not in shown
    assert len(shown) < 500


def test_other_values_are_shown_as_they_are() -> None:
    """A value without credentials is quoted, short, and with invisible characters visible."""
    assert show_value("https://host.example/x") == "'https://host.example/x'"
    assert show_value("a\u200bb") == r"'a\\u200bb'"
    assert len(show_value("x" * 3000)) < 410


@given(
    user=st.text("abcXYZ09._~%-", max_size=8),
    password=st.text("abcdefXYZ0123456789._~!&'()+,;=-", min_size=3, max_size=30),
    path=st.text(max_size=20),
)
def test_a_password_is_found_and_hidden_wherever_it_stands(user: str, password: str, path: str) -> None:
    """Any user and password before any path are found, and the password is not shown."""
    value = f"acme @ https://{user}:{password}7Q7@host.example/{path}"

    assert holds_credentials(value)
    assert f"{password}7Q7" not in show_value(value)


@given(text=st.text())
def test_every_text_can_be_shown(text: str) -> None:
    """Both are total, and what they give is one line."""
    assert "\n" not in show_value(text)
    assert "\n" not in hide_userinfo(text)
    assert holds_credentials(text) in {True, False}
