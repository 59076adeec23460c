"""The command `install-help`: print how to install from a private index and no other."""

import sys
from collections.abc import Mapping

from packaging.utils import InvalidName, canonicalize_name

from publish_action.app.environment import Sealed
from publish_action.errors import ExitStatus
from publish_action.index.detect_server import detect_server, find_upload_url
from publish_action.index.pypi import is_pypi
from publish_action.models.index import Audience, Index
from publish_action.policy.keys import is_index_name
from publish_action.report.install_help import list_recipes, render_recipe
from publish_action.untrusted.text import neutralise_line
from publish_action.untrusted.url import CanonicalUrl, UrlProblem, parse_url


def run_install_help(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Print the recipes that a job summary shows; exit status 0, or 2 if the options are invalid. No network."""
    del sealed
    name = given["name"] or "private"
    url = _find_read_url(given)
    if not isinstance(url, CanonicalUrl):
        return _complain(url)
    if not is_index_name(name):
        return _complain(f"{name!r} is not a name of an index: use up to 64 lower case letters, digits and . _ -")
    try:
        project = canonicalize_name(given["project"], validate=True)
    except InvalidName as error:
        return _complain(f"This is not a project name: {error}")
    index = Index(name=name, url=url.text, audience=Audience.PRIVATE, check_url=url.text)
    recipes = list_recipes(index=index, project=project, version=given["version"])
    if not recipes:
        return _complain(f"{given['version']!r} is not a version (PEP 440).")
    sys.stdout.write("\n\n".join(f"# {recipe.tool}\n\n{render_recipe(recipe)}" for recipe in recipes) + "\n")
    return ExitStatus.DONE


def _find_read_url(given: Mapping[str, str]) -> CanonicalUrl | str:
    """Return the URL that installers read, or why there is none."""
    url = parse_url(given["private-index-check-url"] or given["private-index-url"])
    if isinstance(url, UrlProblem):
        return f"The URL is not canonical: {url.reason}." + (f" Write {url.suggestion}" if url.suggestion else "")
    if is_pypi(url.host):
        return "This host belongs to PyPI, which everybody can read: `pip install NAME` is enough."
    # People paste the URL of their installers as the upload URL; it is the one needed here.
    if given["private-index-check-url"] or find_upload_url(url):
        return url
    found = detect_server(url)
    read_url = found.read_url if found else None
    if found is None or read_url is None:
        return "The read URL cannot be derived from this upload URL: set --private-index-check-url."
    parsed = parse_url(read_url)
    if found.is_certain and isinstance(parsed, CanonicalUrl):
        return parsed
    return (
        f"The upload URL looks like one of {found.kind.title}, but other servers use that form too. If it is "
        f"{found.kind.title}, set --private-index-check-url {read_url}"
    )


def _complain(problem: str) -> ExitStatus:
    sys.stderr.write(neutralise_line(problem) + "\n")
    return ExitStatus.INPUTS
