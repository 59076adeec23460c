"""The process's environment: what is taken from it, and what is removed before any library can obey it."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass

# Settings of other tools, and of the libraries we stand on, that would change where or how we send
# (contract, section 7).
_IGNORED_PREFIXES = ("TWINE_", "UV_PUBLISH_", "PDM_", "POETRY_", "HATCH_INDEX_", "FLIT_", "PIP_")
_IGNORED_NAMES = frozenset(
    {
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "SSLKEYLOGFILE",
        "PYTHONPATH",
        "NETRC",
        "COMMANDS_USE_SUBPROCESS",
        # A plain proxy would receive every body; https goes out by CONNECT only.
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    }
)
_IGNORED_FILES = (".pypirc", ".netrc", "_netrc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What sealing the environment found."""

    ignored: tuple[str, ...]
    """Names of variables and files that were set and are not obeyed."""
    https_proxy: str | None
    no_proxy: str | None


def seal(environment: MutableMapping[str, str]) -> Sealed:
    """Remove from `environment` all that must not be obeyed, and say what that was.

    Called once, with `os.environ`, before anything that reads it is imported or used. PyGithub's requests
    would send what `.netrc` holds to GitHub's host: NETRC at the null device stops that.
    """
    ignored = sorted(name for name in environment if name in _IGNORED_NAMES or name.startswith(_IGNORED_PREFIXES))
    for name in ignored:
        del environment[name]
    environment["NETRC"] = os.devnull
    home = environment.get("HOME", "")
    # Not `Path.exists`: that raises where HOME cannot be looked into, or is no path at all.
    ignored += [f"~/{name}" for name in _IGNORED_FILES if home and os.path.exists(os.path.join(home, name))]
    return Sealed(
        ignored=tuple(ignored),
        https_proxy=environment.get("HTTPS_PROXY") or environment.get("https_proxy"),
        no_proxy=environment.get("NO_PROXY") or environment.get("no_proxy"),
    )
