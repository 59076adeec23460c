"""Find out why PyPI would not render reStructuredText; runs as a separate process with limited time and memory."""

import io
import json
import re
import resource
import sys
from contextlib import suppress

import readme_renderer.rst
from docutils.core import publish_parts  # type: ignore[import-untyped] # it ships no types
from docutils.writers.html5_polyglot import Writer  # type: ignore[import-untyped] # likewise

# A README of 44 KB takes 60 MB (measured).
_MOST_MEMORY = 256 << 20
_MOST_PROBLEMS = 5
_LONGEST_PROBLEM = 200
_HEADINGS_ALONE = ["it has only headings, which PyPI treats as titles and does not show"]
_SETTINGS_OF_PYPI = {"doctitle_xform": True, "sectsubtitle_xform": True, "initial_header_level": 2}
_HEADING = re.compile(r"<h([1-6])\b.*?</h\1>", re.DOTALL)
_TAG = re.compile(r"<(?!img\b)[^>]*>")
_WORD = re.compile(r"\S")
_REPORTED = re.compile(r"^<string>:([0-9]*): \((?:WARNING|ERROR|SEVERE)/[234]\) (.*)$", re.MULTILINE)


def main() -> None:
    """Read a text from standard input, and write a JSON list of what is wrong with it to standard output.

    Ends without an answer where memory is not enough; whoever started it bounds its time.
    """
    # macOS knows the limit and does not take it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    json.dump(find_problems(sys.stdin.buffer.read().decode("utf-8")), sys.stdout)


def find_problems(text: str) -> list[str]:
    """Return what keeps PyPI from rendering the text, in docutils' words and with line numbers; none = it renders.

    PyPI's own renderer decides; it stops at the first problem, so the others are looked for in a second pass.
    """
    said = io.StringIO()
    try:
        rendered = readme_renderer.rst.render(text, stream=said)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 -- docutils falls over some texts; PyPI answers these with "500"
        return [f"docutils cannot parse it ({type(error).__name__})"]
    if rendered is not None:
        return _HEADINGS_ALONE if _shows_headings_alone(text, rendered) else []
    return _parse_reports(_collect(text)) or _parse_reports(said.getvalue()) or ["there is nothing in it to show"]


def _shows_headings_alone(text: str, rendered: str) -> bool:
    """Return whether PyPI would show nothing: its readme-renderer 45 takes a lone heading for the page's title.

    Ours (46) shows it. The second pass is for texts of which headings are all that is shown.
    """
    if _WORD.search(_TAG.sub("", _HEADING.sub("", rendered))):
        return False
    writer = Writer()
    writer.translator_class = readme_renderer.rst.ReadMeHTMLTranslator
    settings = {**readme_renderer.rst.SETTINGS, **_SETTINGS_OF_PYPI, "warning_stream": io.StringIO()}
    parts = publish_parts(text, writer=writer, settings_overrides=settings)
    return not parts.get("docinfo", "") + parts.get("fragment", "")


def _collect(text: str) -> str:
    said = io.StringIO()
    settings = {**readme_renderer.rst.SETTINGS, "halt_level": 5, "report_level": 2, "warning_stream": said}
    writer = Writer()
    writer.translator_class = readme_renderer.rst.ReadMeHTMLTranslator
    # What was reported before docutils fell over is worth telling.
    with suppress(Exception):
        publish_parts(text, writer=writer, settings_overrides=settings)
    return said.getvalue()


def _parse_reports(said: str) -> list[str]:
    reports = dict.fromkeys(
        (f"line {line}: " if line else "") + message.strip()[:_LONGEST_PROBLEM]
        for line, message in _REPORTED.findall(said)
    )
    told = list(reports)[:_MOST_PROBLEMS]
    return [*told, f"{len(reports) - len(told)} more"] if len(reports) > len(told) else told


if __name__ == "__main__":
    main()
