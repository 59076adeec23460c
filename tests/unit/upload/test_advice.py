"""What to do about a refusal: remedies that are true, that do no harm, and that name what to change."""

from dataclasses import replace

import pytest

from publish_action.models.index import Audience, Index
from publish_action.upload.advice import advise, advise_by_words, name_place, refuses_upload_itself, suggest_login

PYPI = Index(name="pypi", url="https://upload.pypi.org/legacy/", audience=Audience.PUBLIC)
TESTPYPI = replace(PYPI, name="testpypi", url="https://test.pypi.org/legacy/")
OTHER = replace(PYPI, url="https://pkgs.acme.example/legacy/")
PRIVATE = replace(OTHER, name="private", audience=Audience.PRIVATE)
DEMO = name_place(PYPI, "demo")

# Warehouse's messages as measured, and what the remedy must say.
SAID: tuple[tuple[int, str, str], ...] = (
    (
        403,
        "Invalid API Token: OIDC scoped token is not valid for project 'demo', project-scoped token is not valid for "
        "project: 'demo', OIDC scoped token is not valid for project 'demo'",
        "Add it to demo too (https://pypi.org/manage/project/demo/settings/publishing/)",
    ),
    (
        403,
        "Invalid API Token: project-scoped token is not valid for project: 'demo', project-scoped token is not valid",
        "valid for demo: an API token (https://pypi.org/manage/account/token/) in `public-index-token`",
    ),
    (
        400,
        "Non-user identities cannot create new projects. This was probably caused by successfully using a pending "
        "publisher but specifying the project name incorrectly",
        "Register a pending publisher for exactly this name (https://pypi.org/manage/account/publishing/)",
    ),
    (
        403,
        "The given token isn't allowed to upload to project 'demo'. See https://pypi.org/help/#project-name",
        "archived or quarantined (https://pypi.org/project/demo/)",
    ),
    (
        403,
        "The user 'u' isn't allowed to upload to project 'demo'. See https://pypi.org/help/#project-name",
        "neither an owner nor a maintainer of demo, or the project is archived",
    ),
    (400, "The name 'json' isn't allowed (conflict with Python Standard Library module name).", "standard library"),
    (400, "The name 'nope' isn't allowed. See https://pypi.org/help/#project-name", "PyPI prohibits this name"),
    (400, "The name 'dem0' is too similar to an existing project.", "look-alike"),
    (403, "New project registration temporarily disabled. See", "no new projects at the moment"),
    (
        403,
        "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted Publishers instead.",
        "accepts no passwords",
    ),
    (
        403,
        "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth",
        "PyPI and TestPyPI have separate accounts and tokens",
    ),
    (403, "Invalid API Token: signatures do not match", "Copy it again"),
    (403, "Invalid API Token: token is expired, token is expired", "Create a new API token"),
    (
        403,
        "User 'u', associated with the API token used, does not have a verified primary email address. Please add",
        "must verify its primary e-mail address",
    ),
    (
        403,
        "User 'u', associated with the API token used, does not have two-factor authentication enabled. Please enable",
        "must enable two-factor authentication",
    ),
    (400, "File already exists ('demo-1.0.tar.gz', with blake2_256 hash 'ab').", "new version"),
    (400, "This filename was previously used by a file that has since been deleted.", "new version"),
    (400, "Uploading new files to releases older than 14 days is not allowed.", "this release is closed"),
    (400, "Only one sdist may be uploaded per release.", "Remove all sdists but one"),
    (429, "Too many new projects created", "Wait until the limit is lifted"),
    (400, "File too large. Limit for project 'demo' is 100 MB.", "higher limit of the file size"),
    (400, "Project size too large. Limit for project 'demo' total size is 10 GB.", "limit of the project's total size"),
    (400, "'9.9' is not a valid metadata version. See", "older Metadata-Version"),
    (403, "New uploads are temporarily disabled.", "status page"),
    (404, "Not Found", "Compare `public-index-url`"),
    (405, "Method Not Allowed", "not the one that installers read"),
    (413, "", "larger than"),
    (400, "something new", "Correct what the index objects to"),
    (400, "license-expression introduced in metadata version 2.4, not 2.1.", "Correct what the index objects to"),
)


@pytest.mark.parametrize(("status", "said", "words"), SAID)
def test_words_or_status_choose_the_remedy(status: int, said: str, words: str) -> None:
    """The index's words, or else its status, choose the remedy, which names the project and where to change it."""
    assert words in advise(status, said, DEMO)


@pytest.mark.parametrize("index", [PYPI, TESTPYPI, OTHER, PRIVATE], ids=lambda index: index.url)
@pytest.mark.parametrize(("status", "said", "words"), SAID)
def test_remedies_lead_to_the_own_index_and_harm_nothing(index: Index, status: int, said: str, words: str) -> None:
    """No remedy leads from one index to another's pages, deletes a project, or leaves a place unfilled."""
    advice = advise(status, said, name_place(index, "demo"))

    assert ("https://test.pypi.org/" in advice) <= (index is TESTPYPI)
    assert ("https://pypi.org/" in advice) <= (index is PYPI)
    assert "Delete" not in advice
    assert "delete the" not in advice
    assert "user name and password" not in advice
    assert not {"{", "}"} & set(advice)


@pytest.mark.parametrize(("status", "said", "words"), SAID)
def test_only_what_a_fresh_token_cannot_change_is_final(status: int, said: str, words: str) -> None:
    """A token that expired or is not known may be replaced; another project's, or a closed one's, changes nothing."""
    final = ("OIDC scoped", "The given token", "temporarily disabled")

    assert refuses_upload_itself(said) is any(part in said for part in final)


@pytest.mark.parametrize(
    ("index", "setting"),
    [
        (PYPI, "`public-index-url`"),
        (PRIVATE, "`private-index-url`"),
        (replace(PRIVATE, name="acme"), "`url` of index.acme in the policy"),
    ],
)
@pytest.mark.parametrize("status", [404, 405])
def test_wrong_url_is_told_with_the_place_it_is_written_in(index: Index, setting: str, status: int) -> None:
    """Where the URL may be wrong, the remedy names the input or the key of the policy to correct."""
    assert setting in advise(status, "no", name_place(index, "demo"))


def test_pypi_is_never_advised_a_password() -> None:
    """A refused login in unknown words gets the login that the index has: PyPI takes API tokens alone."""
    assert advise_by_words("something new", DEMO) == ""
    assert suggest_login(PYPI, "demo") == (
        "Give an API token (https://pypi.org/manage/account/token/) that may upload demo in `public-index-token`."
    )
    assert "user name in `private-index-username`, its password or token in" in suggest_login(PRIVATE, "demo")
    assert "`username` of index.acme in the policy" in suggest_login(replace(PRIVATE, name="acme"), "demo")
