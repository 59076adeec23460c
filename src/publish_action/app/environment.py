"""Seal the environment of the process: remove the settings that must not apply, before any library reads them."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass

# Settings of other tools, and of our libraries, that would change where or how we send
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
# A plain proxy would see every request body; HTTPS passes a proxy by CONNECT only. urllib, and with it requests,
# takes these variables in any letter case (urllib.request.getproxies_environment).
_PROXY_NAMES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"})
_PROXIES_TAKEN = frozenset({"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"})
_IGNORED_FILES = (".pypirc", ".netrc", "_netrc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The settings found when the environment was sealed."""

    ignored: tuple[str, ...]
    """Names of the ignored variables and files."""
    https_proxy: str | None
    no_proxy: str | None


def seal(environment: MutableMapping[str, str]) -> Sealed:
    """Remove from `environment` every setting that must not apply, and return what was removed.

    Called once, with `os.environ`, before anything that reads it is imported or used. PyGithub's requests
    would send the logins in `.netrc` to GitHub's host: NETRC set to the null device stops that.
    """
    ignored = sorted(filter(_is_ignored, environment))
    for name in ignored:
        del environment[name]
    environment["NETRC"] = os.devnull
    home = environment.get("HOME", "")
    # Not `Path.exists`: that raises where HOME is unreadable or not a path at all.
    ignored += [f"~/{name}" for name in _IGNORED_FILES if home and os.path.exists(os.path.join(home, name))]
    return Sealed(
        ignored=tuple(ignored),
        https_proxy=environment.get("HTTPS_PROXY") or environment.get("https_proxy"),
        no_proxy=environment.get("NO_PROXY") or environment.get("no_proxy"),
    )


def _is_ignored(name: str) -> bool:
    is_proxy = name.lower() in _PROXY_NAMES and name not in _PROXIES_TAKEN
    return is_proxy or name in _IGNORED_NAMES or name.startswith(_IGNORED_PREFIXES)
