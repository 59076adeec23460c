"""Secrets are stars in whatever form a text holds them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.console.redaction import Redaction
from publish_action.untrusted.text import escape_markdown, make_visible, shorten

PASSWORD = 'p4ss "#wörd::\\ with_[signs]<&> and 36 more'
KEY = "-----BEGIN KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASC\n\nqhkiG9w0BAQE\n-----END KEY-----\n"


def longest_left(secret: str, shown: str) -> int:
    """Return the length of the longest piece of a secret that a text shows."""
    sizes = [
        end - begin
        for begin in range(len(secret))
        for end in range(begin + 1, len(secret) + 1)
        if secret[begin:end] in shown
    ]
    return max(sizes, default=0)


@pytest.mark.parametrize("length", range(340, 400))
def test_cut_leaves_no_beginning(length: int) -> None:
    """Wherever an echoed password was cut, no more than three of its characters are shown."""
    password = "Zq7xT2mWv9KcRb4LhN8sYj3PfD6gUa5EoHi1"
    echo = shorten("." * length + password + "." * 100)

    shown = Redaction().add_secret(password).apply(echo)

    assert longest_left(password, shown) < 4


@pytest.mark.parametrize(
    "write",
    [
        str,
        make_visible,
        escape_markdown,
        ascii,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(ascii(text)),
        lambda text: escape_markdown(ascii(text)),
        lambda text: " ".join(text.split()),
        lambda text: shorten(text, 25),
    ],
    ids=["plain", "visible", "Markdown", "Python", "JSON", "JSON with umlauts", "both", "both", "folded", "cut"],
)
@pytest.mark.parametrize("secret", [PASSWORD, KEY], ids=["signs", "lines"])
def test_escapes_hide_no_secret(secret: str, write: "type[str]") -> None:
    """A secret that was escaped, folded or cut on its way is stars as well."""
    shown = Redaction().add_secret(secret).apply(f"It said {write(secret)} and no more.")

    assert "***" in shown
    assert shown.startswith("It said ")
    assert shown.endswith(" and no more.")
    for line in secret.splitlines():
        assert longest_left(line, shown) < 8


def test_longest_goes_first() -> None:
    """A secret that is a piece of another one leaves nothing of the other."""
    redaction = Redaction().add_secret("s3cret").add_secret("s3cret-and-more")

    assert redaction.apply("s3cret-and-more, s3cret") == "***, ***"


def test_long_piece_from_the_middle_is_starred() -> None:
    """Whoever echoes a piece of a token shows none of it."""
    token = "pypi-AgEIcHlwaS5vcmcCJDk3ZTQ5Y2Zk"

    assert Redaction().add_secret(token).apply("bad: AgEIcHlwaS5vcmcCJDk3 (401)") == "bad: *** (401)"


def test_words_that_are_no_secret_stay() -> None:
    """A password of everyday words blanks no text of ours."""
    text = "private-index-password is empty, and the index refused it..."

    assert Redaction().add_secret("s3cret-password").apply(text) == text


@given(st.text(min_size=4).filter(lambda text: len(text.strip()) >= 4), st.text())
def test_outputs_stay_json(secret: str, other: str) -> None:
    """An output that is JSON is JSON afterwards, whatever the secret is, and shows it nowhere."""
    document = {"message": f"{other}{secret}{other}", "size": 5, "rows": [{"none": None, "yes": True}]}

    shown = json.loads(Redaction().add_secret(secret).apply_to_output(json.dumps(document)))

    assert shown["size"] == 5
    assert shown["rows"] == [{"none": None, "yes": True}]
    assert secret not in shown["message"]


def test_output_without_a_secret_is_unchanged() -> None:
    """What holds no secret is written as it came."""
    value = json.dumps({"a": ["b", 1, None, True, "ö \u2028"]}, separators=(",", ":"))

    assert Redaction().add_secret("s3cret").apply_to_output(value) == value


def test_cut_address_shows_no_host() -> None:
    """An address that is not to be shown leaves no host where it was cut, and the beginnings of others stay."""
    redaction = Redaction(shortest_beginning=12).add_name("https://pypi.acme.example/legacy/")

    assert redaction.apply("see https://pypi.acme.exa…") == "see ***…"
    assert redaction.apply("see https://…") == "see https://…"
    assert redaction.apply("see https://pypi.org/simple/") == "see https://pypi.org/simple/"
