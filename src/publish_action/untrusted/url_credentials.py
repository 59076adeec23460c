"""Find user names and passwords in URLs, and give texts without them."""

import re

from publish_action.untrusted.text import shorten

# What stands between `//` and the last `@` before the path (RFC 3986, section 3.2.1).
_USERINFO = re.compile(r"//([^\s/?#]*)@")
# A password with an unescaped slash in it ends the authority too early for a parser, and not for a reader's eye.
_SLASHED = re.compile(r"(?<=//)[^\s/?#@]*:[^\s?#]*@")
_BARE = re.compile(r"(?<![^\s,'\"<(])(?!mailto:)[^\s/@:]+:[^\s/@]+@")
# Filled in where it is installed: `${TOKEN}`, `$TOKEN`, `{token}`, `%(token)s`, `<token>`, `****`.
_PLACEHOLDER = re.compile(r"\$\{\w+\}|\$\w+|\{+\w+\}+|%\(\w+\)s|<[^<>]*>|%3C[^<>%]*%3E|\*+|x+", re.IGNORECASE)
# Alone before the `@`, a name of this form is a token; people's names at code hosts are shorter or without digits.
_TOKEN = re.compile(r"(?=.*[0-9])[A-Za-z0-9_~.-]{20,}")
_MOST_HIDDEN = 4096


def holds_credentials(text: str) -> bool:
    """Tell whether a URL in the text has a password or a token before its host, which is no placeholder."""
    return any(_is_credential(found) for found in _USERINFO.findall(text))


def is_token(user: str) -> bool:
    """Tell whether what was given as a user name has the form of a token: some servers take one there."""
    return _TOKEN.fullmatch(user) is not None


def show_value(text: str) -> str:
    """Give somebody else's text for a message: in quotes, short, visible, and without what logs in."""
    if len(text) > _MOST_HIDDEN:
        # A password that was cut would not look like one any more.
        text = text[:_MOST_HIDDEN].partition(":")[0] + "…"
    return ascii(shorten(_hide(text)))


def hide_userinfo(text: str) -> str:
    """Give a library's sentence short, visible, and without what logs in."""
    return shorten(_hide(text)) if len(text) <= _MOST_HIDDEN else shorten(text.partition(":")[0] + "…")


def _hide(text: str) -> str:
    return _BARE.sub("***@", _SLASHED.sub("***@", _USERINFO.sub("//***@", text)))


def _is_credential(userinfo: str) -> bool:
    user, colon, password = userinfo.partition(":")
    if colon and password:
        return _PLACEHOLDER.fullmatch(password) is None
    return _TOKEN.fullmatch(user) is not None
