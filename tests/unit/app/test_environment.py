"""Settings that must not apply are removed from the environment before anything can read them."""

from pathlib import Path

import pytest

from publish_action.app.environment import seal


@pytest.mark.parametrize(
    "name",
    [
        "TWINE_REPOSITORY_URL",
        "TWINE_PASSWORD",
        "UV_PUBLISH_URL",
        "PDM_PUBLISH_REPO",
        "POETRY_HTTP_BASIC_X_PASSWORD",
        "HATCH_INDEX_AUTH",
        "FLIT_INDEX_URL",
        "PIP_INDEX_URL",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSLKEYLOGFILE",
        "PYTHONPATH",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "COMMANDS_USE_SUBPROCESS",
        "OPENSSL_CONF",
        "OPENSSL_MODULES",
        "OPENSSL_ENGINES",
        "CTLOG_FILE",
        "RANDFILE",
        "HOSTALIASES",
        "LOCALDOMAIN",
        "Http_Proxy",
        "Https_Proxy",
        "hTTPS_proxy",
        "All_Proxy",
        "No_Proxy",
        "ftp_proxy",
    ],
)
def test_foreign_settings_are_removed_and_named(name: str) -> None:
    """A setting of another tool, or of a library of ours, is removed and named once."""
    environment = {name: "http://elsewhere.example", "PATH": "/bin"}

    sealed = seal(environment)

    assert name not in environment
    assert environment["PATH"] == "/bin"
    assert sealed.ignored == (name,)


def test_netrc_is_never_read() -> None:
    """`NETRC` points to the null device: requests would answer GitHub with what it finds there."""
    environment = {"NETRC": "/home/x/.netrc"}

    seal(environment)

    assert environment["NETRC"] == "/dev/null"


@pytest.mark.parametrize("name", [".pypirc", ".netrc"])
def test_files_of_other_tools_are_named(tmp_path: Path, name: str) -> None:
    """A `.pypirc` or `.netrc` in the home folder is named as ignored."""
    (tmp_path / name).write_text("[pypi]\n")

    assert seal({"HOME": str(tmp_path)}).ignored == (f"~/{name}",)


@pytest.mark.parametrize(("proxy", "exempt"), [("HTTPS_PROXY", "NO_PROXY"), ("https_proxy", "no_proxy")])
def test_https_proxy_is_taken(proxy: str, exempt: str) -> None:
    """The proxy for https and its exceptions are read, in either letter case."""
    sealed = seal({proxy: "http://proxy.example:3128", exempt: "pkgs.example"})

    assert (sealed.https_proxy, sealed.no_proxy) == ("http://proxy.example:3128", "pkgs.example")
    assert sealed.ignored == ()
