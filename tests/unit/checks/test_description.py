"""Descriptions: rendered as PyPI renders them, once each, within bounds, and reading nothing of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import readme_renderer.rst
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.checks.description import DescriptionRule
from publish_action.checks.rst_renderer import find_problems
from publish_action.distributions.contents import Contents
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import HEAD, made_sdist, made_wheel

GOOD = "Acme\n====\n\nWhat *acme* does.\n\n.. code:: python\n\n   import acme\n"
BAD = "One\n\n.. foo:: bar\n\nTwo *stars\n\n`missing`_\n"


def described(text: str, content_type: str = "", version: str = "2.4") -> Contents:
    line = f"Description-Content-Type: {content_type}\n" if content_type else ""
    return made_wheel(f"{line}\n{text}", head=HEAD.replace("2.4", version))


def judge(contents: Contents) -> list[Finding]:
    return list(DescriptionRule()(contents))


TAKEN = {
    "no description": ("", ""),
    "distutils' word for none": ("UNKNOWN\n", ""),
    "good": (GOOD, "text/x-rst"),
    "good, without a type": (GOOD, ""),
    "plain text": (BAD, "text/plain"),
    "Markdown": ("# Acme\n\n.. foo:: bar\n<b>", "text/markdown; variant=GFM"),
    "a no-break space in Markdown": ("\u00a0", "text/markdown"),
    "of a type that is judged elsewhere": (BAD, "text/foo"),
    "two headings, none of which is a title": ("Acme\n====\n\nMore\n====\n", "text/x-rst"),
    "a heading and an image": ("Acme\n====\n\n.. image:: https://x.example/a.png\n", "text/x-rst"),
    "a heading and fields": ("Acme\n====\n\n:author: ann\n", "text/x-rst"),
    "a definition and a text": ("[a]: https://x.example\n\ntext\n", "text/markdown"),
    "no definition": ("[a]: x y\n", "text/markdown"),
    "a heading in Markdown": ("# Acme\n", "text/markdown"),
    "a comment in Markdown": ("<!-- x -->\n", "text/markdown"),
    "short underline": ("Acme\n===\n\nText\n", "text/x-rst"),
}

REFUSED = {
    "unknown directive": (".. foo:: bar\n", "text/x-rst", 'line 1: Unknown directive type "foo"'),
    "in other letters": (".. foo:: bar\n", "TEXT/X-RST; charset=UTF-8", "as 'TEXT/X-RST; charset=UTF-8', and PyPI"),
    "no type": ("a *b\n", "", "as reStructuredText, the default without a content type"),
    "nothing but white space": ("\n \n", "text/x-rst", "there is nothing in it to show"),
    "nothing but a comment": (".. comment\n", "text/x-rst", "there is nothing in it to show"),
    "headings alone": ("Acme\n====\n\nMore\n----\n", "text/x-rst", "it has only headings"),
    "definitions of links alone": (
        '[a]: https://x.example\n\n[b]: /y "B"\n',
        "text/markdown",
        "it has only definitions",
    ),
    "a definition of a footnote": ("[^1]: word\n", "text/markdown; variant=GFM", "it has only definitions of links"),
    "blank Markdown": (" \n\n", "text/markdown", "it is empty"),
    "too deep": ("".join(f"{' ' * n}x\n\n" for n in range(300)), "text/x-rst", "docutils cannot parse it (Recursion"),
}


@pytest.mark.parametrize(("text", "content_type"), TAKEN.values(), ids=TAKEN.keys())
def test_what_renders_is_no_finding(text: str, content_type: str) -> None:
    """What PyPI renders, or does not have to render, raises nothing."""
    assert judge(described(text, content_type)) == []


@pytest.mark.parametrize(("text", "content_type", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_render_is_refused_by_pypi(text: str, content_type: str, says: str) -> None:
    """A description that PyPI would not render is an error with what is wrong in it."""
    (finding,) = judge(described(text, content_type))

    assert (finding.code, finding.rule, finding.severity) == ("E_DESCRIPTION", Rule.PYPI, Severity.ERROR)
    assert says in finding.message
    assert "`readme` in `[project]` of pyproject.toml" in finding.remedy


def test_every_problem_is_told_with_its_line() -> None:
    """All that docutils reports is told, not only what it stopped at; beyond five problems they are counted."""
    (finding,) = judge(described(BAD, "text/x-rst"))
    (many,) = judge(described("".join(f".. foo{n}:: bar\n\n" for n in range(9)), "text/x-rst"))

    assert 'line 3: Unknown directive type "foo"' in finding.message
    assert "line 5: Inline emphasis start-string without end-string" in finding.message
    assert 'line 7: Unknown target name: "missing"' in finding.message
    assert "; 4 more." in many.message


def test_a_description_without_a_type_says_how_to_name_it() -> None:
    """A README in Markdown without a content type is the commonest mistake: the remedy starts with it."""
    (finding,) = judge(made_sdist("\n# Acme\n\n* a\n  * b\n *c\n", pyproject=b""))

    assert finding.remedy.startswith("If it is Markdown, declare it in `long_description_content_type` in setup.cfg")


def test_each_text_is_rendered_once() -> None:
    """Files that share a description and its type cost one rendering; each file has its finding."""
    rule = DescriptionRule()
    found = [finding for _ in range(5) for finding in rule(described(BAD, "text/x-rst"))]
    list(rule(described(GOOD, "text/x-rst")))
    list(rule(described(BAD, "text/markdown")))

    assert len(found) == 5
    assert rule.renderings == 2


def test_nothing_of_the_machine_is_read(tmp_path: Path) -> None:
    """A description inserts no file, and settings that lie in the workspace or the home folder change nothing."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "docutils.conf").write_text("[general]\nfile_insertion_enabled: yes\nraw_enabled: yes\nhalt_level: 5\n")
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        found = [
            *judge(described(f".. include:: {tmp_path}/secret.txt\n", "text/x-rst")),
            *judge(described(f".. raw:: html\n   :file: {tmp_path}/secret.txt\n", "text/x-rst")),
            *judge(described(".. foo:: x\n\ntext\n", "text/x-rst")),
        ]
    finally:
        os.chdir(before)

    assert [finding.message.partition("line 1: ")[2].partition(".")[0] for finding in found] == [
        '"include" directive disabled',
        '"raw" directive disabled',
        'Unknown directive type "foo"',
    ]


def test_a_description_without_end_is_a_warning() -> None:
    """What cannot be rendered in time is not known to be wrong; the time that all have together is bounded too."""
    slow = "".join(".. _l: http://x.example\n\n" for _ in range(20_000))
    rule = DescriptionRule(seconds_for_one=0.5, seconds_for_all=0.6)
    (first,) = rule(described(slow, "text/x-rst"))
    list(rule(described(slow + "x", "text/x-rst")))
    (third,) = rule(described(slow + "y", "text/x-rst"))

    assert (first.code, first.severity) == ("W_DESCRIPTION_NOT_RENDERED", Severity.WARNING)
    assert "docutils did not finish within" in first.message
    assert "other descriptions used up the time limit" in third.message
    assert rule.renderings < 3


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_the_memory_of_a_rendering_is_bounded(tmp_path: Path) -> None:
    """A rendering that needs more than there is for it ends without an answer, before it has taken it."""
    endless = tmp_path / "endless.rst"
    endless.touch()
    os.truncate(endless, 1 << 30)

    with endless.open("rb") as stream:
        child = subprocess.run(
            [sys.executable, "-m", "publish_action.checks.rst_renderer"], stdin=stream, capture_output=True, check=False
        )

    assert (child.returncode, child.stdout) == (1, b"")
    assert b"MemoryError" in child.stderr


RST = st.lists(
    st.sampled_from(
        [
            ".. ",
            "foo::",
            "::\n\n",
            "*",
            "`a`_",
            "|a|",
            "====\n",
            "a\n",
            "\n\n",
            "   ",
            "- ",
            ":a: ",
            "[1]_ ",
            "include:: /x",
        ]
    ),
    max_size=12,
).map("".join)


@given(text=RST)
@settings(max_examples=60, deadline=None)
def test_the_verdict_is_that_of_the_renderer(text: str) -> None:
    """A text has problems if and only if the renderer shows nothing of it, or headings alone."""
    rendered, problems = readme_renderer.rst.render(text), find_problems(text)

    assert bool(problems) == (rendered is None) or (problems[0].startswith("it has only headings") and rendered)
