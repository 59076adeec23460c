#!/usr/bin/env bash
# GitHub's Markdown makes a mail link of an address whose `@` is escaped, though an escape keeps `www.` and `http:` text.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "cmarkgfm==2025.10.22"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from cmarkgfm import github_flavored_markdown_to_html as render

print("cmarkgfm", version("cmarkgfm"))
print("A backslash before `.` or `:` keeps GitHub's Markdown from making a link of what follows, as CommonMark says of")
print("every escaped character. A backslash before `@`, or `&#64;` in its place, does not: the mail address is a link.")
wanted = {
    r"www\.example.com": False,
    r"http\://example.com": False,
    r"me\@example.com": True,
    "me&#64;example.com": True,
}
changed = False
for text, is_link in wanted.items():
    html = render(text).strip()
    print(f"{text!r} -> {html}")
    changed |= ("<a " in html) is not is_link
sys.exit(1 if changed else 0)
PYTHON
