"""What to do about an index's refusal of a distribution, by the words that PyPI's server uses for it."""

import re
from dataclasses import dataclass

from publish_action.index.pypi import is_pypi, pypi_website
from publish_action.models.index import Audience, Index
from publish_action.untrusted.url import CanonicalUrl, parse_url


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlace:
    """What a remedy names: the project, the pages of PyPI where it is managed, the input with the secret."""

    project: str
    website: str
    """Address of PyPI's or TestPyPI's web pages, without a final slash; empty = another index."""
    secret: str
    """The input that an API token or password for this index is given in."""
    setting: str
    """Where the upload URL is written: an input, or a key of the policy."""

    def page(self, path: str) -> str:
        """Return ` (URL)` of a page of the index, or the empty text where its pages are not known."""
        return f" ({self.website}{path})" if self.website else ""


def name_place(index: Index, project: str) -> UploadPlace:
    """Return what remedies for uploads of `project` to `index` name."""
    url = parse_url(index.url)
    is_known = isinstance(url, CanonicalUrl) and is_pypi(url.host)
    return UploadPlace(
        project=project,
        website=pypi_website(url.host) if isinstance(url, CanonicalUrl) and is_known else "",
        secret="public-index-token" if index.audience is Audience.PUBLIC else "private-index-password",
        setting=_SETTINGS.get(index.name, f"`url` of index.{index.name} in the policy"),
    )


_SETTINGS = {
    "pypi": "`public-index-url`",
    "testpypi": "`public-index-url`",
    "private": "`private-index-url`",
}
_NEW_VERSION = "Publish the change as a new version: file names are never reused."
_OTHER_NAME = (
    "Choose another name for the project, in pyproject.toml and wherever the publisher or token is registered."
)

# Parts of Warehouse's messages (measured), as patterns over lower case; the first that fits decides. What other
# indexes say is quoted, and left to the reader. `{settings}` and its like are filled in below.
_BY_WORDS: tuple[tuple[str, str], ...] = (
    (
        "oidc scoped token is not valid for project",
        "The trusted publisher of this run belongs to other projects. Add it to {project} too{publishing}, or publish "
        "the files of the project that it belongs to.",
    ),
    (
        "project-scoped token is not valid for project",
        "The token is limited to other projects. Use one that is valid for {project}: an API token{tokens} in "
        "`{secret}`, or a trusted publisher of this project.",
    ),
    (
        "non-user identities cannot create new projects",
        "The index has no project {project}, and the trusted publisher of this run can only upload to the projects "
        "that it is registered for. Register a pending publisher for exactly this name{pending}. If the publisher is "
        "registered under a misspelled name, correct that; if this repository has several projects, each needs the "
        "publisher. Projects that exist stay as they are.",
    ),
    (
        "the given token isn't allowed to upload to project",
        "The project {project} is archived or quarantined{page}, and accepts no uploads. An owner can unarchive it "
        "in its settings{settings}; a quarantine is lifted only by PyPI's administrators.",
    ),
    (
        "isn't allowed to upload to project",
        "The account that the token belongs to is neither an owner nor a maintainer of {project}, or the project is "
        "archived. An owner can add the account or unarchive the project in its settings{settings}. If the project is "
        "somebody else's, choose another name.",
    ),
    ("conflict with python standard library", f"Python's standard library has a module of this name. {_OTHER_NAME}"),
    ("too similar to an existing project", f"PyPI takes look-alike characters and separators for equal. {_OTHER_NAME}"),
    (r"the name '[^']*' isn't allowed", f"PyPI prohibits this name. {_OTHER_NAME}"),
    (
        "new project registration temporarily disabled",
        "PyPI accepts no new projects at the moment, only releases of existing ones. See https://status.python.org/ "
        "and run the job again later.",
    ),
    ("too many new projects", "Wait until the limit is lifted, then run the job again; more tries may lengthen it."),
    (
        "username/password authentication is no longer supported",
        "The index accepts no passwords: give an API token{tokens} in `{secret}`, or register a trusted "
        "publisher{publishing}.",
    ),
    (
        "invalid or non-existent authentication information",
        "The index does not know this token: it was deleted, or belongs to another index (PyPI and TestPyPI have "
        "separate accounts and tokens). Create a new API token{tokens} and store it as the secret that `{secret}` is "
        "set from.",
    ),
    (
        "signatures do not match",
        "The token is not whole. Copy it again from start to end into the secret that `{secret}` is set from.",
    ),
    (
        "token is expired",
        "Create a new API token{tokens} and store it as the secret that `{secret}` is set from. With Trusted "
        "Publishing, run the job again.",
    ),
    (
        "verified primary email address",
        "The owner of the token's account must verify its primary e-mail address in the account's settings{account}.",
    ),
    (
        "two-factor authentication enabled",
        "The owner of the token's account must enable two-factor authentication in the account's settings{account}.",
    ),
    (
        "already exists",
        "The index has a file of this name, or one with the same content under another name. If the content is the "
        f"same, nothing is left to do. {_NEW_VERSION}",
    ),
    ("previously used by a file", _NEW_VERSION),
    ("older than 14 days", "Publish a new version: this release is closed."),
    ("only one sdist", "Remove all sdists but one, or publish a new version if the release has another one already."),
    ("failed to render", "Correct the README or its content type; `twine check --strict` shows what is wrong with it."),
    (
        "(?:valid|unsupported|unknown) metadata[- ]version",
        "Have the build backend write an older Metadata-Version that this index accepts.",
    ),
    (
        "project size too large",
        "Ask for a higher limit of the project's total size "
        "(https://docs.pypi.org/project-management/storage-limits/).",
    ),
    (
        "file too large",
        "Make the file smaller, or ask for a higher limit of the file size "
        "(https://docs.pypi.org/project-management/storage-limits/).",
    ),
    ("temporarily disabled", "See the status page of the index, and run the job again when it accepts uploads."),
)
# Warehouse answers these with 403, whatever the age of the token: one that is minted anew is for the same projects.
_ABOUT_THE_UPLOAD = re.compile(
    "oidc scoped token is not valid for project|the given token isn't allowed to upload to project"
    "|uploads are temporarily disabled|new project registration temporarily disabled"
)
_BY_STATUS = {
    404: (
        "Compare {setting} with the index's documentation. Many indexes answer 404 to a login that may not see the "
        "project."
    ),
    405: "The URL accepts no uploads: set {setting} to the upload URL of the index, not the one that installers read.",
    413: "The file is larger than the index, or a proxy before it, accepts: ask its operators for a higher limit.",
}
_OTHERWISE = "Correct what the index objects to and publish again; under a new version if a file of this one is up."


def advise(status: int, said: str, place: UploadPlace) -> str:
    """Return the remedy for a refusal with this status and these words."""
    return advise_by_words(said, place) or _BY_STATUS.get(status, _OTHERWISE).format(setting=place.setting)


def advise_by_words(said: str, place: UploadPlace) -> str:
    """Return the remedy for a refusal in PyPI's words, or the empty text for words that are not known."""
    words = said.lower()
    advice = next((advice for pattern, advice in _BY_WORDS if re.search(pattern, words)), "")
    return advice.format(
        project=place.project,
        secret=place.secret,
        page=place.page(f"/project/{place.project}/"),
        settings=place.page(f"/manage/project/{place.project}/settings/"),
        publishing=place.page(f"/manage/project/{place.project}/settings/publishing/"),
        pending=place.page("/manage/account/publishing/"),
        account=place.page("/manage/account/"),
        tokens=place.page("/manage/account/token/"),
    )


def suggest_login(index: Index, project: str) -> str:
    """Return which login to give, after one was refused in words that are not known."""
    place = name_place(index, project)
    if index.audience is Audience.PUBLIC:
        return f"Give an API token{place.page('/manage/account/token/')} that may upload {project} in `{place.secret}`."
    user = "`private-index-username`" if index.name == "private" else f"`username` of index.{index.name} in the policy"
    return (
        f"Give a login that may upload {project}: the user name in {user}, its password or token in `{place.secret}`."
    )


def refuses_upload_itself(said: str) -> bool:
    """Return whether a 401 or 403 is about the project or the index, so that no other login of ours would change it."""
    return bool(_ABOUT_THE_UPLOAD.search(said.lower()))
