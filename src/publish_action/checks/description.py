"""Judge the description as PyPI does: it must render for its content type."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from publish_action.checks.build_backend import name_place
from publish_action.distributions.contents import Contents
from publish_action.models.finding import Finding, maybe_refused_by_pypi, refused_by_pypi
from publish_action.untrusted.text import shorten

# A README of 44 KB takes two seconds (measured); PyPI itself has to render it while it answers.
_SECONDS_FOR_ONE = 20.0
_SECONDS_FOR_ALL = 60.0
_CHILD = "publish_action.checks.rst_renderer"
# What CommonMark takes for blank; a no-break space is something to show.
_BLANK = " \t\r\n"
# On one line, without escapes: only what every Markdown reader takes for a definition (CommonMark 4.7), or for that
# of a footnote. Of a word with `^` before it both are true.
_LINK_DEFINITION = re.compile(
    r" {0,3}\[\^?[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,98}[A-Za-z0-9])?\]:[ \t]+[A-Za-z0-9:/.?#&=_%~+,;@-]+"
    r"(?:[ \t]+\"[A-Za-z0-9 .,_-]*\")?[ \t]*"
)


class _Markup(Enum):
    """What PyPI's renderers make of a content type."""

    RST = auto()
    MARKDOWN = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rendering:
    """What came of one description: its problems, or why it was not rendered."""

    problems: tuple[str, ...] = ()
    unknown: str = ""


class DescriptionRule:
    """The rule about descriptions. Renders each text once, however many files have it. For one thread and one run."""

    def __init__(self, *, seconds_for_one: float = _SECONDS_FOR_ONE, seconds_for_all: float = _SECONDS_FOR_ALL) -> None:
        self._seconds_for_one = seconds_for_one
        self._seconds_left = seconds_for_all
        self._rendered = dict[tuple[str, _Markup], _Rendering]()
        self.renderings = 0
        """How many texts were rendered."""

    def __call__(self, contents: Contents) -> Iterator[Finding]:
        """Return why PyPI would refuse the description, or that nobody can tell."""
        raw = contents.metadata.raw
        text, given = raw.get("description", ""), raw.get("description_content_type", "")
        if text.strip() == "UNKNOWN" or not text:
            return
        rendering = self._recall(text, _detect_markup(given))
        if rendering.unknown:
            yield _report_unrendered(contents, rendering.unknown)
        if rendering.problems:
            yield _refuse(contents, given, rendering.problems)

    def _recall(self, text: str, markup: _Markup) -> _Rendering:
        if (text, markup) not in self._rendered:
            self._rendered[text, markup] = self._render(text, markup)
        return self._rendered[text, markup]

    def _render(self, text: str, markup: _Markup) -> _Rendering:
        if markup is _Markup.TEXT:
            return _Rendering()
        if markup is _Markup.MARKDOWN:
            # PyPI takes no empty page; any other Markdown renders (docs/decisions/0022).
            return _Rendering(problems=_judge_markdown(text))
        seconds = min(self._seconds_for_one, self._seconds_left)
        if seconds <= 0:
            return _Rendering(unknown="other descriptions used up the time limit")
        self.renderings += 1
        started = time.monotonic()
        try:
            return _render_rst(text, seconds)
        finally:
            self._seconds_left -= time.monotonic() - started


def _judge_markdown(text: str) -> tuple[str, ...]:
    lines = [line for line in text.splitlines() if line.strip(_BLANK)]
    if not lines:
        return ("it is empty",)
    if all(_LINK_DEFINITION.fullmatch(line) for line in lines):
        return ("it has only definitions of links or footnotes, which are not shown",)
    return ()


def _render_rst(text: str, seconds: float) -> _Rendering:
    """Ask a process of its own: docutils needs time that grows with the square of some texts, and cannot be stopped."""
    try:
        child = subprocess.run(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-E", "-P", *(["-s"] if sys.flags.no_user_site else []), "-m", _CHILD],
            input=text.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=seconds,
            check=False,
            # docutils reads settings from the working directory and the home folder, and they would beat PyPI's:
            # an empty DOCUTILSCONFIG names no file.
            env={"DOCUTILSCONFIG": ""},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        return _Rendering(unknown=f"docutils did not finish within {seconds:.3g} seconds")
    except OSError as error:
        return _Rendering(unknown=f"no process could be started ({type(error).__name__})")
    if child.returncode != 0:
        return _Rendering(unknown=f"docutils did not finish within its limits (exit status {child.returncode})")
    return _Rendering(problems=tuple(str(problem) for problem in json.loads(child.stdout)))


def _detect_markup(content_type: str) -> _Markup:
    """PyPI reads a description without a content type as reStructuredText, and of an unknown one as plain text."""
    match content_type.partition(";")[0].strip().lower():
        case "" | "text/x-rst":
            return _Markup.RST
        case "text/markdown":
            return _Markup.MARKDOWN
        case _:
            return _Markup.TEXT


def _refuse(contents: Contents, given: str, problems: tuple[str, ...]) -> Finding:
    named = f"as {shorten(given)!a}" if given else "as reStructuredText, the default without a content type"
    place = name_place(contents, "description")
    remedy = f"Correct the text that {place} refers to; `twine check` shows the same problem."
    if not given:
        remedy = f"If it is Markdown, declare it in {name_place(contents, 'description-content-type')}. {remedy}"
    return refused_by_pypi(
        "E_DESCRIPTION",
        file=contents.file,
        message=f"The description does not render {named}, and PyPI refuses it: {shorten('; '.join(problems))}.",
        remedy=remedy,
        member=contents.metadata_member,
    )


def _report_unrendered(contents: Contents, why: str) -> Finding:
    return maybe_refused_by_pypi(
        "W_DESCRIPTION_NOT_RENDERED",
        file=contents.file,
        message=f"Could not determine whether PyPI can render the description: {why}.",
        remedy="Make the description shorter, or check it with `twine check`.",
        member=contents.metadata_member,
    )
