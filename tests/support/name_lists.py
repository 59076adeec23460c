"""A public index's whole list of names, as its root page gives it."""

import json

JSON = "application/vnd.pypi.simple.v1+json"
NAMES = ("Acme.Core", "acme-t00ls", "numpy", "0", "zope.interface")


def json_page(names: tuple[str, ...] = NAMES) -> bytes:
    """Give the root page as PyPI serves it."""
    projects = [{"_last-serial": number, "name": name} for number, name in enumerate(names)]
    return json.dumps({"meta": {"_last-serial": 9, "api-version": "1.4"}, "projects": projects}).encode()


def html_page(names: tuple[str, ...] = NAMES) -> bytes:
    """Give the root page of PEP 503."""
    links = "\n".join(f'<a href="/simple/{name.lower()}/">{name}</a>' for name in names)
    return f"<!DOCTYPE html>\n<html>\n<body>\n{links}\n</body>\n</html>\n<!--SERIAL 9-->".encode().replace(
        b"\n<!--SERIAL 9-->", b""
    )
