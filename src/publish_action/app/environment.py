"""Seal the process's environment: what is read from it, and what is removed before any library can obey it."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass

# Settings of other tools, and of the libraries we stand on, that would change where or how we send
# (contract, section 7).
_IGNORED_PREFIXES = (
    *("TWINE_", "UV_PUBLISH_", "PDM_", "POETRY_", "HATCH_INDEX_", "FLIT_", "PIP_"),
    # OPENSSL_CONF, OPENSSL_MODULES and OPENSSL_ENGINES choose code that libcrypto loads (openssl-env).
    "OPENSSL_",
)
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
        "CTLOG_FILE",
        "RANDFILE",
        # glibc replaces names without a dot by those in the file that HOSTALIASES names, and adds LOCALDOMAIN to them.
        "HOSTALIASES",
        "LOCALDOMAIN",
    }
)
# A plain proxy would receive every body; https goes out by CONNECT only. urllib, and with it requests, takes a
# variable like these in any letter case (urllib.request.getproxies_environment).
_PROXY_NAMES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"})
_PROXIES_TAKEN = frozenset({"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"})
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
    ignored = sorted(filter(_is_ignored, environment))
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


def _is_ignored(name: str) -> bool:
    is_proxy = name.lower() in _PROXY_NAMES and name not in _PROXIES_TAKEN
    return is_proxy or name in _IGNORED_NAMES or name.startswith(_IGNORED_PREFIXES)
