"""Host names are stars; file names, versions and our own addresses are not."""

import pytest

from publish_action.console.host_names import star_hosts
from publish_action.untrusted.text import escape_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://nexus.corp.example:8443/a/b?c now", "see https://***/a/b?c now"),
        ("see http://nexus/a", "see http://***/a"),
        ("at nexus-2.corp.example.", "at ***."),
        ("(NEXUS.Corp.Example)", "(***)"),
        ("nexus:8081 refused", "*** refused"),
        ("10.0.0.1:8081, 10.0.0.1", "***, ***"),
        ("https://pypi.org.evil.example/", "https://***/"),
        ("write to admin@nexus.corp.example", "write to admin@***"),
        ("no route to nexus.corp.example(10.0.0.1)", "no route to ***(***)"),
    ],
)
def test_hosts_are_stars(text: str, shown: str) -> None:
    """A host is starred with its port and whoever logs in to it, plainly and with Markdown's escapes."""
    assert star_hosts(text) == shown
    assert star_hosts(escape_markdown(text)) == escape_markdown(shown).replace(r"\*\*\*", "***")


def test_host_after_two_slashes_is_stars() -> None:
    """Addresses without a scheme, and those of shared folders, show no host either."""
    assert star_hosts("see //nexus.corp.example/x") == "see //***/x"
    assert star_hosts("see \\\\files.corp.example\\x") == "see \\\\***\\x"


def test_login_before_a_host_goes_with_it() -> None:
    """A user name and a password before a host are not shown either."""
    text = "https://me:word@nexus.corp.example/"

    assert star_hosts(text) == "https://***/"
    assert "word" not in star_hosts(escape_markdown(text))
    assert "corp" not in star_hosts(escape_markdown(text))


@pytest.mark.parametrize(
    "text",
    [
        "acme_core-1.0-py3-none-any.whl and zope.interface-1.0.tar.gz",
        "the version 1.0.post1 of release.yml, .github/publish-policy.toml, pyproject.toml",
        "https://pypi.org/project/x/, https://docs.github.com/rest, upload.pypi.org",
        "https://github.corp.example/octo/demo",
        "credential.py:123, at 12:30:15, e.g. this: 3000",
    ],
)
def test_what_is_no_strange_host_stays(text: str) -> None:
    """File names, versions, times, public hosts and the GitHub server's own are shown."""
    assert star_hosts(text, shown=["github.corp.example"]) == text
