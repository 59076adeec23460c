"""The indexes that a run can name, and who can read each."""

from dataclasses import dataclass, replace

import pytest

from publish_action.index.catalogue import Catalogue, list_indexes
from publish_action.models.index import Audience, Index
from publish_action.models.policy import Policy, PolicyAbsent, PolicyFact, PolicyIndex, PolicyInvalid
from support.mutants import load_mutant

PYPI_URL = "https://upload.pypi.org/legacy/"
TESTPYPI_URL = "https://test.pypi.org/legacy/"
ACME_URL = "https://pkgs.acme.example/legacy/"


NO_POLICY = PolicyAbsent(source="p")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a run is given; the defaults are those of the inputs."""

    public: str = PYPI_URL
    private: str = ""
    check: str = ""
    policy: PolicyFact = NO_POLICY


def catalogue_of(given: Given, module: object = None) -> Catalogue:
    return getattr(module, "list_indexes", list_indexes)(
        public_url=given.public,
        private_url=given.private,
        private_check_url=given.check,
        private_auth="basic",
        private_username="ci",
        private_auth_options=(("domain", "acme"),),
        policy=given.policy,
        pypi_url=PYPI_URL,
        testpypi_url=TESTPYPI_URL,
    )


def policy_with(url: str, *, audience: Audience = Audience.PRIVATE, check_url: str = "") -> Policy:
    return Policy(source="p", indexes=(PolicyIndex(name="acme", url=url, audience=audience, check_url=check_url),))


def audiences(catalogue: Catalogue) -> dict[str, tuple[str, Audience]]:
    return {index.name: (index.url, index.audience) for index in catalogue.indexes}


def faults(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(problem.name, problem.code) for problem in catalogue.problems]


def test_pypi_and_testpypi_are_always_there() -> None:
    """Without any input there are the two public indexes, with their read sides."""
    catalogue = catalogue_of(Given())

    assert catalogue == Catalogue(
        indexes=(
            Index(
                name="pypi",
                url=PYPI_URL,
                audience=Audience.PUBLIC,
                check_url="https://pypi.org/simple/",
                username="__token__",
            ),
            Index(
                name="testpypi",
                url=TESTPYPI_URL,
                audience=Audience.PUBLIC,
                check_url="https://test.pypi.org/simple/",
                username="__token__",
            ),
        ),
        problems=(),
        public_index="pypi",
    )


def test_empty_public_url_is_pypi() -> None:
    """An empty text is the same as not given (contract, section 2)."""
    assert catalogue_of(Given(public="")) == catalogue_of(Given())


def test_rehearsal_index_stands_in_for_pypi() -> None:
    """Another public index goes under PyPI's name, and is public."""
    catalogue = catalogue_of(Given(public="http://127.0.0.1:4000/legacy/"))

    assert catalogue.public_index == "pypi"
    assert audiences(catalogue) == {
        "pypi": ("http://127.0.0.1:4000/legacy/", Audience.PUBLIC),
        "testpypi": (TESTPYPI_URL, Audience.PUBLIC),
    }


def test_testpypi_as_the_public_index_keeps_its_name() -> None:
    """`auto` uses `testpypi` then, and `pypi` stays the real one."""
    catalogue = catalogue_of(Given(public=TESTPYPI_URL))

    assert catalogue.public_index == "testpypi"
    assert audiences(catalogue) == audiences(catalogue_of(Given()))


def test_inline_index_is_private() -> None:
    """Giving a URL marks the index private, with everything that was given for it."""
    catalogue = catalogue_of(Given(private=ACME_URL, check="https://read.acme.example/simple/"))

    assert catalogue.indexes[-1] == Index(
        name="private",
        url=ACME_URL,
        audience=Audience.PRIVATE,
        check_url="https://read.acme.example/simple/",
        auth="basic",
        username="ci",
        auth_options=(("domain", "acme"),),
        server="warehouse",
    )


def test_read_side_is_derived_where_it_is_known() -> None:
    """Without a check URL, the upload URL of a known kind of server tells it."""
    assert catalogue_of(Given(private=ACME_URL)).indexes[-1].check_url == "https://pkgs.acme.example/simple/"


def test_read_side_is_none_where_it_is_not_known() -> None:
    """And of another kind it stays unknown."""
    assert catalogue_of(Given(private="https://pkgs.acme.example/")).indexes[-1].check_url is None


@pytest.mark.parametrize("audience", list(Audience))
def test_index_of_the_policy_has_the_audience_that_is_written_there(audience: Audience) -> None:
    """The policy decides who can read its indexes."""
    catalogue = catalogue_of(Given(policy=policy_with(ACME_URL, audience=audience)))

    assert audiences(catalogue)["acme"] == (ACME_URL, audience)


def test_policy_that_was_not_understood_defines_nothing() -> None:
    """Nothing of a broken policy is used."""
    catalogue = catalogue_of(Given(policy=PolicyInvalid(source="p", problems=("x",))))

    assert list(audiences(catalogue)) == ["pypi", "testpypi"]


ACME_IS_PYPI = [("acme", "E_POLICY_PYPI_NOT_PRIVATE")]
PRIVATE_IS_PUBLIC = [("private", "E_INDEX_AUDIENCE")]
BAD = "https://ACME.example/legacy/"
CONFLICTS = [
    # No spelling makes PyPI private.
    (Given(private=PYPI_URL), [("private", "E_POLICY_PYPI_NOT_PRIVATE")]),
    (Given(private="https://upload.pypi.org:443/legacy/"), [("private", "E_POLICY_PYPI_NOT_PRIVATE")]),
    (Given(private="https://pypi.python.org/pypi"), [("private", "E_POLICY_PYPI_NOT_PRIVATE")]),
    (Given(private=TESTPYPI_URL), [("private", "E_POLICY_PYPI_NOT_PRIVATE")]),
    (Given(policy=policy_with("https://x.pypi.org/")), ACME_IS_PYPI),
    (Given(private=ACME_URL, check="https://pypi.org/simple/"), [("private", "E_POLICY_PYPI_NOT_PRIVATE")]),
    (
        Given(policy=policy_with(ACME_URL, check_url="https://pypi.org/simple/")),
        ACME_IS_PYPI,
    ),
    # What is not canonical is not judged.
    (Given(public=BAD), [("pypi", "E_URL_NOT_CANONICAL")]),
    (Given(private=BAD), [("private", "E_URL_NOT_CANONICAL")]),
    (Given(private=ACME_URL, check=BAD), [("private", "E_URL_NOT_CANONICAL")]),
    (Given(policy=policy_with(BAD)), [("acme", "E_URL_NOT_CANONICAL")]),
    (Given(policy=policy_with(ACME_URL, check_url=BAD)), [("acme", "E_URL_NOT_CANONICAL")]),
    # One place has one audience, in whatever spelling it is written.
    (Given(public=ACME_URL, private=ACME_URL), PRIVATE_IS_PUBLIC),
    (Given(public=ACME_URL, policy=policy_with(ACME_URL)), [("acme", "E_INDEX_AUDIENCE")]),
    (
        Given(private=ACME_URL, policy=policy_with(ACME_URL, audience=Audience.PUBLIC)),
        PRIVATE_IS_PUBLIC,
    ),
    (Given(public=ACME_URL, private="https://pkgs.acme.example/legacy"), PRIVATE_IS_PUBLIC),
    (Given(public=ACME_URL, private="https://pkgs.acme.example:443/Legacy/"), PRIVATE_IS_PUBLIC),
    (
        Given(public="http://127.0.0.1:4000/legacy/", private="http://localhost:4000/legacy/"),
        PRIVATE_IS_PUBLIC,
    ),
    # The login of a private index does not go to a public index's server.
    (
        Given(public="https://open.example/legacy/", private=ACME_URL, check="https://open.example/simple/"),
        PRIVATE_IS_PUBLIC,
    ),
    (
        Given(public="http://127.0.0.1:4000/legacy/", private=ACME_URL, check="http://localhost:4000/x/"),
        PRIVATE_IS_PUBLIC,
    ),
    (Given(public="https://pkgs.acme.example/open/", private=ACME_URL, check="https://pkgs.acme.example/simple/"), []),
    # One server can have public and private indexes side by side.
    (Given(public="https://pkgs.acme.example/open/", private=ACME_URL), []),
    (Given(public="http://127.0.0.1:4000/legacy/", private="http://127.0.0.1:4001/legacy/"), []),
    (Given(private=ACME_URL, policy=policy_with(ACME_URL)), []),
    (Given(policy=policy_with(PYPI_URL, audience=Audience.PUBLIC)), []),
    (Given(policy=policy_with(ACME_URL, audience=Audience.PUBLIC, check_url="https://pypi.org/simple/")), []),
]


@pytest.mark.parametrize(("given", "expected"), CONFLICTS)
def test_contradiction_never_makes_an_index_private(given: Given, expected: list[tuple[str, str]]) -> None:
    """An index that cannot be what it is given as is a problem, and is not among the indexes."""
    catalogue = catalogue_of(given)

    assert faults(catalogue) == expected
    assert {name for name, _ in expected}.isdisjoint(audiences(catalogue))


def test_two_entries_of_one_policy_cannot_disagree() -> None:
    """The policy itself cannot call one place public and private."""
    policy = policy_with(ACME_URL)
    other = replace(policy.indexes[0], name="mirror", audience=Audience.PUBLIC)

    catalogue = catalogue_of(Given(policy=replace(policy, indexes=(*policy.indexes, other))))

    assert faults(catalogue) == [("acme", "E_INDEX_AUDIENCE")]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (Given(public=BAD), "'pypi' (public-index-url)"),
        (Given(private=BAD), "'private' (private-index-url)"),
        (Given(private=ACME_URL, check=BAD), "'private' (private-index-check-url)"),
        (Given(policy=policy_with(BAD)), "'acme' (index.acme.url in p)"),
        (Given(policy=policy_with(ACME_URL, check_url=BAD)), "'acme' (index.acme.check-url in p)"),
    ],
)
def test_url_that_is_not_canonical_is_told_with_its_place_and_its_canonical_spelling(given: Given, where: str) -> None:
    """The message says where the URL is written, what is wrong with it, and how to write it."""
    problem = catalogue_of(given).problems[0]

    assert where in problem.message
    assert "its host is not in lower case" in problem.message
    assert problem.message.endswith("Write https://acme.example/legacy/")
    assert problem.remedy == "Write https://acme.example/legacy/"


def test_url_without_a_canonical_spelling_is_told_by_its_form() -> None:
    """Where there is no one meaning, only the form is told, and nothing of the URL."""
    problem = catalogue_of(Given(private="https://u:hunter2%@acme.example/")).problems[0]

    assert problem.remedy == "Write it as `https://host/path`."
    assert "hunter2" not in problem.message


GUARDS = (
    ("        if given is not None and is_pypi(given.host):\n", "        if False:\n"),
    ("and _is_foreign_and_public(check_url, url, public_places)", "and False"),
    (" and _place(check_url)[:2] != _place(url)[:2]", ""),
    ("((entry.where, url), (entry.check_where, check_url))", "((entry.where, url),)"),
    ("((entry.where, url), (entry.check_where, check_url))", "((entry.check_where, check_url),)"),
    ("    if _place(url) in public_places:\n", "    if False:\n"),
    ("if written.audience is Audience.PRIVATE and (problem", "if (problem"),
    ("    if isinstance(url, UrlProblem):\n        return _not", "    if False:\n        return _not"),
    ("    if isinstance(check_url, UrlProblem):\n", "    if False:\n"),
    ('"loopback" if url.is_loopback else url.host', "url.host"),
    ('url.path.rstrip("/").lower()', "url.path.lower()"),
    ('url.path.rstrip("/").lower()', 'url.path.rstrip("/")'),
    ("return host, url.port, url.path", "return host, url.path"),
    ('return host, url.port, url.path.rstrip("/").lower()', "return host, url.port"),
    ("if entry.written.audience is Audience.PUBLIC)", "if True)"),
    ("if is_test else (public_url or pypi_url, testpypi_url)", "if is_test else (public_url, testpypi_url)"),
    ("(pypi_url, public_url) if is_test", "(public_url, testpypi_url) if is_test"),
    ('"testpypi" if is_test else "pypi"', '"pypi"'),
    ("if isinstance(policy, Policy):", "if True:"),
    ("    if private_url:\n", "    if True:\n"),
)


@pytest.mark.parametrize(("old", "new"), GUARDS)
def test_every_guard_is_needed(old: str, new: str) -> None:
    """Without one of its guards, the catalogue lists something of these tests otherwise, or breaks."""
    mutant = load_mutant(("index.catalogue",), "index.catalogue", old, new)["index.catalogue"]
    broken = PolicyInvalid(source="p", problems=("x",))
    givens = [
        Given(),
        Given(public=""),
        Given(public=TESTPYPI_URL),
        Given(policy=broken),
        *(one for one, _ in CONFLICTS),
    ]

    try:
        changed = [shown(catalogue_of(given, mutant)) for given in givens] != [
            shown(catalogue_of(given)) for given in givens
        ]
    except (AttributeError, TypeError):
        changed = True
    assert changed


def shown(catalogue: Catalogue) -> tuple[object, ...]:
    """Give what a catalogue says, whichever module made it."""
    return catalogue.indexes, catalogue.problems, catalogue.public_index


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        (Given(), set()),
        (
            Given(private=ACME_URL, check="https://read.acme.example/simple/"),
            {"pkgs.acme.example", "read.acme.example"},
        ),
        (Given(private="https://pkgs.acme.example/root/dev/+simple/"), {"https://pkgs.acme.example/root/dev/"}),
        (Given(private="https://pkgs.acme.example/root/dev/"), {"https://pkgs.acme.example/root/dev/+simple/"}),
        (
            Given(private="https://PKGS.acme.example/x/"),
            {"https://PKGS.acme.example/x/", "https://pkgs.acme.example/x/"},
        ),
        (Given(private="https://PKGS.acme.example/x/?y"), {"https://PKGS.acme.example/x/?y"}),
    ],
)
def test_every_address_of_a_private_index_is_listed(given: Given, addresses: set[str]) -> None:
    """As it is written, as it should be, what follows from it and its host: whatever a message may show of it."""
    found = set(catalogue_of(given).private_addresses)

    assert addresses <= found
    assert bool(found) == bool(addresses)


def test_addresses_of_public_indexes_are_nobodys_secret() -> None:
    """Of a policy's indexes the private ones count."""
    indexes = (
        PolicyIndex(name="acme", url=ACME_URL, audience=Audience.PRIVATE),
        PolicyIndex(name="mirror", url="https://mirror.example/legacy/", audience=Audience.PUBLIC),
    )

    found = catalogue_of(Given(policy=Policy(source="p", indexes=indexes))).private_addresses

    assert ACME_URL in found
    assert not [each for each in found if "mirror" in each]


PYPI_READ_ADDRESSES = (
    "https://pypi.org/",
    "https://pypi.org/simple/",
    "https://pypi.org/simple/demo/",
    "https://pypi.org/project/demo/",
    "https://pypi.org/legacy/",
    "https://upload.pypi.org/legacy",
    "https://upload.pypi.org/simple/",
    "https://files.pythonhosted.org/packages/",
    "https://upload.pypi.io/legacy/",
)
TESTPYPI_READ_ADDRESSES = (
    "https://test.pypi.org/",
    "https://test.pypi.org/simple/",
    "https://test.pypi.org/project/demo/",
    "https://test.pypi.org/legacy",
    "https://testpypi.python.org/pypi",
    "https://test-files.pythonhosted.org/packages/",
)


@pytest.mark.parametrize(
    ("given", "right"),
    [
        *((url, PYPI_URL) for url in PYPI_READ_ADDRESSES),
        *((url, TESTPYPI_URL) for url in TESTPYPI_READ_ADDRESSES),
    ],
)
def test_other_addresses_of_pypi_are_answered_with_the_upload_url(given: str, right: str) -> None:
    """PyPI and TestPyPI accept uploads at one address each; every other address is an error that shows that one."""
    as_input = catalogue_of(Given(public=given)).problems
    in_policy = catalogue_of(Given(policy=policy_with(given, audience=Audience.PUBLIC))).problems

    for problem in (*as_input, *in_policy):
        assert (problem.code, problem.remedy) == ("E_UPLOAD_URL", f"Write {right}")
        assert f" is {given}, where PyPI accepts no uploads." in problem.message
    assert [problem.key for problem in as_input] == [("public-index-url",)]
    assert [problem.name for problem in in_policy] == ["acme"]


@pytest.mark.parametrize("given", [*PYPI_READ_ADDRESSES, *TESTPYPI_READ_ADDRESSES])
def test_no_address_of_pypi_is_private(given: str) -> None:
    """As a private index, each of them is refused as PyPI's: the upload URL would be no better there."""
    assert faults(catalogue_of(Given(private=given))) == [("private", "E_POLICY_PYPI_NOT_PRIVATE")]


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("pypi.org/simple", PYPI_URL),
        ("https://upload.pypi.org", PYPI_URL),
        ("HTTPS://upload.pypi.org/legacy", PYPI_URL),
        ("https://test.pypi.org", TESTPYPI_URL),
    ],
)
def test_suggested_spelling_is_one_that_takes_uploads(given: str, right: str) -> None:
    """Whoever follows the suggestion for a misspelled URL of PyPI is not refused again for the corrected one."""
    (problem,) = catalogue_of(Given(public=given)).problems

    assert (problem.code, problem.remedy) == ("E_URL_NOT_CANONICAL", f"Write {right}")
    assert catalogue_of(Given(public=right)).problems == ()


def test_suggested_spelling_of_a_private_index_is_its_upload_url() -> None:
    """The same holds for the read URL of a known kind of server."""
    given = "https://GITLAB.acme.example/api/v4/projects/1/packages/pypi/simple/"

    (problem,) = catalogue_of(Given(private=given)).problems

    assert problem.remedy == "Write https://gitlab.acme.example/api/v4/projects/1/packages/pypi"


@pytest.mark.parametrize(
    ("written", "audience", "expected"),
    [("", Audience.PRIVATE, "ci"), ("own", Audience.PRIVATE, "own"), ("", Audience.PUBLIC, "")],
    ids=["no user name", "one of its own", "public"],
)
def test_a_private_index_of_the_policy_takes_the_user_name_of_the_inputs(
    written: str, audience: Audience, expected: str
) -> None:
    """An index without `username` is logged in to by `private-index-username`; a public one is told none."""
    index = PolicyIndex(name="acme", url=ACME_URL, audience=audience, username=written)

    catalogue = catalogue_of(Given(policy=Policy(source="p", indexes=(index,))))

    assert [each.username for each in catalogue.indexes if each.name == "acme"] == [expected]


GITLAB_URL = "https://gitlab.example/api/v4/projects/7/packages/pypi"


@pytest.mark.parametrize("place", ["an input", "a policy"])
def test_reading_can_be_switched_off(place: str) -> None:
    """`none` as a check URL keeps the read URL from being derived, and is no address to hide."""
    given = (
        Given(private=GITLAB_URL, check="none")
        if place == "an input"
        else Given(policy=policy_with(GITLAB_URL, check_url="none"))
    )

    catalogue = catalogue_of(given)
    derived = catalogue_of(replace(given, check="", policy=NO_POLICY, private=GITLAB_URL))

    (index,) = (each for each in catalogue.indexes if each.audience is Audience.PRIVATE)
    (usual,) = (each for each in derived.indexes if each.audience is Audience.PRIVATE)
    assert (index.check_url, index.is_write_only, catalogue.problems) == (None, True, ())
    assert (index.server, usual.is_write_only) == (usual.server, False)
    assert usual.check_url
    assert "none" not in catalogue.private_addresses
