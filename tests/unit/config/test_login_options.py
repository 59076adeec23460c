"""Options of keyless logins: what the URL says, what is wrong with those given, and whom `auto` picks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish_action.config.inputs import InputProblems, Inputs, parse_inputs
from publish_action.config.login_options import LOGINS, OptionProblems, choose_login, detect_login, parse_options
from publish_action.untrusted.url import CanonicalUrl, parse_url
from support.vendors import OPTIONS, PROVIDER, ROLE

CODEARTIFACT = "https://acme-tools-123456789012.d.codeartifact.eu-central-1.amazonaws.com/pypi/main/"
REGISTRY = "https://europe-python.pkg.dev/acme/py/"
AZURE = "https://pkgs.dev.azure.com/acme/_packaging/py/pypi/upload/"
JFROG = "https://acme.jfrog.io/artifactory/api/pypi/py"
CLOUDSMITH = "https://python.cloudsmith.io/acme/py/"
OTHER = "https://pkgs.acme.example/upload/"
LOOPBACK = "http://127.0.0.1:8000/pypi/"


def canonical(text: str) -> CanonicalUrl:
    """Parse a URL that is canonical."""
    url = parse_url(text)
    assert isinstance(url, CanonicalUrl)
    return url


def problems_of(word: str, url: str, *written: tuple[str, str], check_url: str = "") -> tuple[str, ...]:
    """Give what is wrong with these options."""
    check = canonical(check_url) if check_url else None
    options = parse_options(word, canonical(url), written, check_url=check, where="here")
    return options.problems if isinstance(options, OptionProblems) else ()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (CODEARTIFACT, "aws-codeartifact"),
        (REGISTRY, "google-artifact-registry"),
        (AZURE, "azure-artifacts"),
        ("https://acme.pkgs.visualstudio.com/_packaging/py/pypi/upload/", "azure-artifacts"),
        (JFROG, "jfrog"),
        (CLOUDSMITH, "cloudsmith"),
        (OTHER, None),
        (LOOPBACK, None),
        ("https://d.codeartifact.eu-central-1.amazonaws.com/pypi/", None),
        ("https://acme-1.d.codeartifact.eu-central-1.amazonaws.com.evil.example/pypi/", None),
        ("https://xpkgs.dev.azure.com/upload/", None),
        ("https://europe-python.pkg.dev.evil.example/a/b/", None),
        ("https://a.b.jfrog.io/x", None),
        ("https://jfrog.io/x", None),
    ],
)
def test_vendor_is_known_by_the_whole_host(url: str, word: str | None) -> None:
    """A vendor's own hosts are its, and no host that only looks like one."""
    assert detect_login(canonical(url)) == word


@pytest.mark.parametrize(
    ("auth", "url", "has_password", "login"),
    [
        ("auto", JFROG, True, "basic"),
        ("auto", JFROG, False, "jfrog"),
        ("auto", OTHER, False, "auto"),
        ("none", JFROG, True, "none"),
        ("cloudsmith", JFROG, False, "cloudsmith"),
    ],
)
def test_login_is_the_word_else_the_password_else_the_host(auth: str, url: str, has_password: bool, login: str) -> None:
    """A named login is honoured; `auto` prefers a password, then the host's vendor, then the index's own offer."""
    assert choose_login(auth, canonical(url), has_password=has_password) == login


def test_url_of_codeartifact_says_all_but_the_role() -> None:
    """Domain, account and region come from the index's host; the domain may hold hyphens."""
    options = parse_options(
        "aws-codeartifact", canonical(CODEARTIFACT), (("role-to-assume", ROLE),), check_url=None, where=""
    )

    assert options == {
        "role-to-assume": ROLE,
        "role-session-name": "publish-action",
        "domain": "acme-tools",
        "domain-owner": "123456789012",
        "region": "eu-central-1",
    }


def test_url_of_cloudsmith_says_the_organization() -> None:
    """The organization is the first part of the path, and the audience has a default."""
    options = parse_options(
        "cloudsmith", canonical(CLOUDSMITH), (("service-slug", "ci"), ("audience", "")), check_url=None, where=""
    )

    assert options == {"service-slug": "ci", "organization": "acme", "audience": "cloudsmith"}


@pytest.mark.parametrize("word", LOGINS)
def test_missing_options_are_all_named(word: str) -> None:
    """Every option that is needed and not given is told, with what it looks like."""
    needed = [option for option in LOGINS[word].options if option.is_required]

    problems = problems_of(word, LOOPBACK)

    assert len(problems) == len(needed)
    for option, problem in zip(needed, problems, strict=True):
        assert problem == f"here: {option.name} is missing or empty; {word} needs it: {option.form}."


@pytest.mark.parametrize("word", LOGINS)
def test_good_options_are_taken(word: str) -> None:
    """What each login needs on a loopback index is enough."""
    assert problems_of(word, LOOPBACK, *OPTIONS[word].items()) == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tenant_id", "Did you mean 'tenant-id'?"),
        ("tennant-id", "Did you mean 'tenant-id'?"),
        ("Client-ID", "Did you mean 'client-id'?"),
        ("zzz", "It takes tenant-id, client-id."),
    ],
)
def test_unknown_option_names_the_nearest(name: str, words: str) -> None:
    """A misspelt option is refused with the one that was meant, and its value is not shown."""
    problems = problems_of("azure-artifacts", AZURE, *OPTIONS["azure-artifacts"].items(), (name, "s3cret"))

    assert len(problems) == 1
    assert words in problems[0]
    assert "s3cret" not in problems[0]


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("aws-codeartifact", "region", "eu-central-1.evil.example/"),
        ("aws-codeartifact", "region", "eu-central-1\n"),
        ("aws-codeartifact", "region", "EU-CENTRAL-1"),
        ("aws-codeartifact", "region", "evil.example#-1"),
        ("aws-codeartifact", "role-to-assume", "arn:aws-cn:iam::123456789012:role/x"),
        ("aws-codeartifact", "role-to-assume", "publish"),
        ("aws-codeartifact", "role-session-name", "x"),
        ("aws-codeartifact", "domain", "acme.evil"),
        ("aws-codeartifact", "domain-owner", "12345"),
        ("google-artifact-registry", "workload-identity-provider", f"https://iam.googleapis.com/{PROVIDER}"),
        ("google-artifact-registry", "workload-identity-provider", PROVIDER.replace("1234567890", "acme")),
        ("google-artifact-registry", "service-account", "me@example.com"),
        ("google-artifact-registry", "service-account", "a/../b@x.gserviceaccount.com"),
        ("azure-artifacts", "tenant-id", "common"),
        ("azure-artifacts", "tenant-id", "../evil"),
        ("azure-artifacts", "client-id", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"),
        ("jfrog", "provider-name", "a\tb"),
        ("jfrog", "audience", "a b"),
        ("cloudsmith", "organization", "acme/../other"),
        ("cloudsmith", "service-slug", "ci:x"),
        *(
            (word, "audience", audience)
            for word in ("jfrog", "cloudsmith")
            for audience in ("pypi", "testpypi", "sigstore", "sts.amazonaws.com", "https://github.com/octo")
        ),
    ],
)
def test_value_of_another_form_is_refused(word: str, name: str, value: str) -> None:
    """A value that could lead elsewhere, or an audience that is another service's, is refused, on the loopback too."""
    good = {**OPTIONS[word], name: value}

    problems = problems_of(word, LOOPBACK, *good.items())

    assert len(problems) == 1
    assert problems[0].startswith(f"here: {name} is not what it should be: ")


@pytest.mark.parametrize(
    ("word", "url", "is_foreign"),
    [
        ("google-artifact-registry", OTHER, True),
        ("google-artifact-registry", "https://europe-docker.pkg.dev/acme/py/", True),
        ("azure-artifacts", OTHER, True),
        ("aws-codeartifact", OTHER, True),
        ("aws-codeartifact", "https://acme.s3.eu-central-1.amazonaws.com/pypi/", True),
        ("aws-codeartifact", "https://vpce-1.d.codeartifact.eu-central-1.vpce.amazonaws.com/pypi/", False),
        ("jfrog", OTHER, False),
        ("cloudsmith", OTHER, False),
    ],
)
def test_token_of_a_cloud_goes_to_its_own_hosts_alone(word: str, url: str, is_foreign: bool) -> None:
    """A cloud's token opens more than an index: no other host is sent it, neither to upload nor to read."""
    for problems in (
        problems_of(word, url, *OPTIONS[word].items()),
        problems_of(word, LOOPBACK, *OPTIONS[word].items(), check_url=url),
    ):
        assert any(f"is no host of {word}" in problem for problem in problems) == is_foreign


@pytest.mark.parametrize(
    ("check_url", "is_far"),
    [
        ("https://acme.jfrog.io/artifactory/api/pypi/other/simple/", False),
        ("https://acme.jfrog.io:8443/artifactory/api/pypi/py/simple/", True),
        ("https://evil.jfrog.io/artifactory/api/pypi/py/simple/", True),
        (OTHER, True),
    ],
)
def test_token_of_jfrog_goes_to_the_origin_that_gave_it_alone(check_url: str, is_far: bool) -> None:
    """The platform at the upload URL gives the token: a read URL of another origin is refused."""
    url = "https://acme.jfrog.io/artifactory/api/pypi/py"

    problems = problems_of("jfrog", url, *OPTIONS["jfrog"].items(), check_url=check_url)

    assert ["is not the host that gives the token of jfrog" in problem for problem in problems] == [True] * is_far


def test_option_that_contradicts_the_url_is_refused() -> None:
    """The URL says the region; another one beside it would be a guess which holds."""
    given_twice = (("role-to-assume", ROLE), ("region", "us-east-1"))

    assert (
        "region differs from what the index's URL says (eu-central-1)"
        in problems_of("aws-codeartifact", CODEARTIFACT, *given_twice)[0]
    )


def test_option_given_twice_is_refused() -> None:
    """Two values for one option have no one meaning."""
    assert problems_of("jfrog", JFROG, ("provider-name", "a"), ("provider-name", "b")) == (
        "here: provider-name is given 2 times.",
    )


@pytest.mark.parametrize(
    ("word", "url", "words"),
    [
        ("basic", OTHER, "the login basic takes no options. Options like these belong to jfrog."),
        ("auto", OTHER, "no keyless login is known for pkgs.acme.example"),
    ],
)
def test_options_that_nobody_takes_are_refused(word: str, url: str, words: str) -> None:
    """Options beside a login that has none are not silently left."""
    assert words in problems_of(word, url, ("provider-name", "github"))[0]


@settings(deadline=None)
@given(
    word=st.sampled_from(sorted(LOGINS)),
    written=st.lists(
        st.tuples(
            st.sampled_from(sorted({option.name for login in LOGINS.values() for option in login.options})) | st.text(),
            st.text() | st.sampled_from([ROLE, PROVIDER, "eu-central-1", "acme"]),
        ),
        max_size=6,
    ),
)
def test_any_options_are_problems_or_good(word: str, written: list[tuple[str, str]]) -> None:
    """Whatever is written, every value that is given out has the form that its option demands."""
    options = parse_options(word, canonical(LOOPBACK), tuple(written), check_url=None, where="")
    taken = {} if isinstance(options, OptionProblems) else options

    for option in LOGINS[word].options:
        assert set(taken.get(option.name, "")) <= {chr(code) for code in range(32, 127)}


INPUTS = {
    "private-index-url": AZURE,
    "private-index-auth": "azure-artifacts",
    "private-index-auth-options": "tenant-id=common\nclientid=x",
    "parallel-uploads": "99",
}


def test_inputs_tell_them_beside_all_other_problems() -> None:
    """What is wrong with the options is told with whatever else is wrong with the inputs."""
    read = parse_inputs(INPUTS)

    assert isinstance(read, InputProblems)
    assert [problem.split(":")[0] for problem in read.problems] == [
        "parallel-uploads",
        *["private-index-auth-options"] * 3,
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"private-index-url": ""},
        {"private-index-url": "not a url"},
        {"private-index-auth": "auto", "private-index-password": "s3cret"},
        {"private-index-auth": "auto", "private-index-auth-options": ""},
        {"private-index-auth-options": "tenant-id={0}\nclient-id={0}".format("1" * 8 + "-1111" * 3 + "-" + "1" * 12)},
    ],
    ids=["no index", "a URL that the decision refuses", "a password goes first", "no login is named", "all is well"],
)
def test_inputs_are_silent_where_options_do_not_matter(change: dict[str, str]) -> None:
    """Options are judged where they would be used."""
    assert isinstance(parse_inputs({**INPUTS, "parallel-uploads": "4", **change}), Inputs)
