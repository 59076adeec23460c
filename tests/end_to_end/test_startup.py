"""The modules loaded at the start: each command loads only what it needs, because every job pays for it."""

import subprocess
import sys

import pytest

_HEAVY = ("cryptography", "github", "jwt", "pydantic", "requests", "rich", "sigstore", "twine", "urllib3")


def _loaded_by(code: str) -> set[str]:
    """Return which of the heavy libraries are loaded after this code."""
    tell = f"import sys; print(*(name for name in {_HEAVY!r} if name in sys.modules))"
    command = (sys.executable, "-I", "-c", f"{code}\n{tell}")
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--version"], ["explain", "E_TRIGGER"]], ids=lambda words: words[0])
def test_words_alone_load_no_library(words: list[str]) -> None:
    """`--version` and `explain` answer before twine, Sigstore or a client for HTTP is loaded."""
    code = f"import publish_action.cli.main\ntry: publish_action.cli.main.run({words!r})\nexcept SystemExit: pass"

    assert _loaded_by(code) == set()


def test_runs_load_what_talks_to_github_when_they_ask_it() -> None:
    """Neither PyGithub nor cryptography is loaded by a run that ends before it asks GitHub."""
    loaded = _loaded_by("import publish_action.app.compose")

    assert "twine" in loaded
    assert loaded & {"cryptography", "github", "jwt"} == set()
