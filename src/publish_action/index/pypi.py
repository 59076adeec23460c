"""Recognise PyPI's and TestPyPI's hosts, and name their upload and read URLs."""

from publish_action.untrusted.url import CanonicalUrl

_PYPI_UPLOAD_URL = "https://upload.pypi.org/legacy/"


_TESTPYPI_UPLOAD_URL = "https://test.pypi.org/legacy/"


_TESTPYPI_HOSTS = frozenset({"test.pypi.org", "testpypi.python.org", "test-files.pythonhosted.org"})


_PYPI_FAMILY = ("pypi.org", "pypi.io", "pypi.python.org", "testpypi.python.org", "pythonhosted.org")


def is_pypi(host: str) -> bool:
    """Tell whether a canonical host is PyPI's or TestPyPI's, by any of their names; these are always public."""
    return any(host == name or host.endswith(f".{name}") for name in _PYPI_FAMILY)


def pypi_read_url(host: str) -> str:
    """Give the PEP 503 read URL that belongs to a host of PyPI's or TestPyPI's."""
    return "https://test.pypi.org/simple/" if host in _TESTPYPI_HOSTS else "https://pypi.org/simple/"


def pypi_website(host: str) -> str:
    """Return the address of the web pages, without a final slash, that belong to a host of PyPI's or TestPyPI's."""
    return "https://test.pypi.org" if host in _TESTPYPI_HOSTS else "https://pypi.org"


def correct_pypi_url(url: CanonicalUrl) -> str:
    """Return the upload URL to write instead of another address of PyPI's or TestPyPI's; empty = nothing to correct.

    Each of them takes uploads at one address alone (Warehouse): its web pages, its Simple API, its file host and the
    upload URL without the final slash are all answered with a redirect, 404 or 405, after the whole body was sent.
    """
    if not is_pypi(url.host):
        return ""
    right = _TESTPYPI_UPLOAD_URL if url.host in _TESTPYPI_HOSTS else _PYPI_UPLOAD_URL
    return "" if url.text == right else right
