"""What the runner says of a run, and which of GitHub's addresses are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.github.context import Context, ContextProblem, may_ask_for_id_tokens, parse_context, trusts_issuer
from support.fakes import RUNNER, context_of

LOOPBACK = {"GITHUB_SERVER_URL": "http://127.0.0.1:8080", "GITHUB_API_URL": "http://127.0.0.1:8080/api/v3"}
ENTERPRISE = {"GITHUB_SERVER_URL": "https://git.acme.example", "GITHUB_API_URL": "https://git.acme.example/api/v3"}
RESIDENT = {"GITHUB_SERVER_URL": "https://octo.ghe.com", "GITHUB_API_URL": "https://api.octo.ghe.com"}
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


def test_a_run_is_read_as_the_runner_describes_it() -> None:
    """Every variable that we use arrives under its own name."""
    context = parse_context(RUNNER)

    assert context == Context(
        in_actions=True,
        repository="octo/demo",
        repository_id="4711",
        repository_owner_id="815",
        run_attempt="2",
        run_id="16000000001",
        server_url="https://github.com",
        api_url="https://api.github.com",
        event_name="push",
        event_path="/github/workflow/event.json",
        ref="refs/tags/v1.0",
        ref_type="tag",
        ref_name="v1.0",
        sha="7638417db6d59f3c431d3e1f261cc637155684cd",
        id_token_url=RUNNER["ACTIONS_ID_TOKEN_REQUEST_URL"],
        has_id_token=True,
    )


def test_a_laptop_has_no_repository_and_asks_github_com() -> None:
    """Outside GitHub Actions nothing is known of a run, and the addresses are github.com's."""
    context = parse_context({})

    assert isinstance(context, Context)
    assert (context.in_actions, context.repository, context.has_id_token) == (False, None, False)
    assert (context.server_url, context.api_url) == ("https://github.com", "https://api.github.com")


@pytest.mark.parametrize("missing", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_both_variables_are_needed_for_an_id_token(missing: str) -> None:
    """A job may ask for ID tokens only if the runner gave both the address and the request token."""
    context = context_of(**{missing: ""})

    assert not context.has_id_token


@pytest.mark.parametrize("addresses", [LOOPBACK, ENTERPRISE, RESIDENT], ids=["loopback", "GHES", "data residency"])
def test_the_api_of_every_kind_of_server_is_believed(addresses: dict[str, str]) -> None:
    """Each kind of GitHub server has its API where GitHub's docs say."""
    context = context_of(**addresses)

    assert context.api_url == addresses["GITHUB_API_URL"]


@pytest.mark.parametrize("addresses", [LOOPBACK, ENTERPRISE, RESIDENT], ids=["loopback", "GHES", "data residency"])
def test_the_api_address_follows_from_the_server(addresses: dict[str, str]) -> None:
    """Without GITHUB_API_URL the API is asked where the server has it."""
    context = context_of(GITHUB_SERVER_URL=addresses["GITHUB_SERVER_URL"], GITHUB_API_URL="")

    assert context.api_url == addresses["GITHUB_API_URL"]


def test_a_rehearsal_may_bring_its_own_api() -> None:
    """An API on this machine is believed beside any server: nothing leaves, and the issuer is judged for itself."""
    context = context_of(GITHUB_API_URL="http://127.0.0.1:9000")

    assert context.api_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITHUB_API_URL", "https://api.github.com.evil.example"),
        ("GITHUB_API_URL", "https://evil.example/api/v3"),
        ("GITHUB_API_URL", "http://api.github.com"),
        ("GITHUB_API_URL", "https://api.github.com/"),
        ("GITHUB_API_URL", "https://api.github.com@evil.example"),
        ("GITHUB_API_URL", "https://api.octo.ghe.com"),
        ("GITHUB_SERVER_URL", "http://github.com"),
        ("GITHUB_SERVER_URL", "https://GitHub.com"),
        ("GITHUB_SERVER_URL", "https://github.com/octo"),
        ("GITHUB_SERVER_URL", "https://github.com\\@evil.example"),
        ("GITHUB_SERVER_URL", "https://10.0.0.1"),
        ("GITHUB_SERVER_URL", "https://other.example"),
    ],
)
def test_addresses_that_do_not_belong_together_are_a_problem(variable: str, value: str) -> None:
    """An answer counts for as much as its host: an API elsewhere than its server's is not asked."""
    problem = parse_context(RUNNER | {variable: value})

    assert isinstance(problem, ContextProblem)
    assert any(repr(value) in text or value in text for text in problem.problems)


def test_a_server_is_a_host_without_a_path() -> None:
    """The issuer is built from the server's address, so a path would move it."""
    moved = {"GITHUB_SERVER_URL": "https://a.example/x", "GITHUB_API_URL": "https://a.example/x/api/v3"}

    problem = parse_context(RUNNER | moved)

    assert isinstance(problem, ContextProblem)
    assert "without a path" in problem.problems[0]


def test_all_problems_are_told_at_once() -> None:
    """Two wrong variables make two sentences."""
    problem = parse_context(RUNNER | {"GITHUB_SERVER_URL": "http://github.com", "GITHUB_REPOSITORY": "demo"})

    assert isinstance(problem, ContextProblem)
    assert len([text for text in problem.problems if text.startswith(("GITHUB_SERVER_URL", "GITHUB_REPOS"))]) == 2


@pytest.mark.parametrize(
    "name", ["demo", "octo/", "/demo", "octo/demo/more", "octo/..", "../demo", "o cto/demo", "o/d?x"]
)
def test_a_repository_is_an_owner_and_a_name(name: str) -> None:
    """What is not owner/name never gets into an address."""
    problem = parse_context(RUNNER | {"GITHUB_REPOSITORY": name})

    assert isinstance(problem, ContextProblem)


def test_a_run_without_its_repository_is_not_a_laptop() -> None:
    """In GitHub Actions a missing repository is a problem: a laptop would read the policy from the disk."""
    problem = parse_context(RUNNER | {"GITHUB_REPOSITORY": ""})

    assert isinstance(problem, ContextProblem)
    assert "GITHUB_REPOSITORY is not" in problem.problems[0]


@pytest.mark.parametrize(
    ("addresses", "issuer"),
    [
        ({}, GITHUB_ISSUER),
        ({}, f"{GITHUB_ISSUER}/octo-corp"),
        (RESIDENT, "https://token.actions.octo.ghe.com"),
        (ENTERPRISE, "https://git.acme.example/_services/token"),
        (LOOPBACK, "http://127.0.0.1:8080/_services/token"),
    ],
)
def test_each_server_has_its_issuer(addresses: dict[str, str], issuer: str) -> None:
    """ID tokens come from the issuer that GitHub's docs name for the server."""
    assert trusts_issuer(context_of(**addresses), issuer)


@pytest.mark.parametrize(
    ("addresses", "issuer"),
    [
        ({}, "http://127.0.0.1:8080/_services/token"),
        ({}, "https://github.com/_services/token"),
        ({}, f"{GITHUB_ISSUER}/"),
        ({}, f"{GITHUB_ISSUER}/octo/more"),
        ({}, f"{GITHUB_ISSUER}/../octo"),
        ({}, f"{GITHUB_ISSUER}.evil.example"),
        ({}, f"{GITHUB_ISSUER}.evil.example/octo"),
        ({}, f"{GITHUB_ISSUER}/octo\n"),
        ({}, "octo"),
        ({}, ""),
        (RESIDENT, GITHUB_ISSUER),
        (RESIDENT, "https://token.actions.evil.ghe.com"),
        (ENTERPRISE, GITHUB_ISSUER),
        (ENTERPRISE, "https://git.acme.example/_services/token/"),
        (LOOPBACK, GITHUB_ISSUER),
        (LOOPBACK, "http://127.0.0.1:8081/_services/token"),
    ],
)
def test_no_other_issuer_is_trusted(addresses: dict[str, str], issuer: str) -> None:
    """A token signed by anybody else proves nothing, on this machine neither."""
    assert not trusts_issuer(context_of(**addresses), issuer)


@given(st.text(st.sampled_from("htps:/.@\\#?tokenaciugbrm-x%0\n"), max_size=60))
def test_an_issuer_that_is_trusted_is_githubs_own_host(tail: str) -> None:
    """Whatever is put behind the issuer's name, a trusted one stays a path on the same host."""
    issuer = GITHUB_ISSUER + tail

    trusted = trusts_issuer(context_of(), issuer)

    assert not trusted or tail == "" or (tail.startswith("/") and tail[1:].replace("-", "").replace("_", "").isalnum())


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (RUNNER["ACTIONS_ID_TOKEN_REQUEST_URL"], True),
        ("http://127.0.0.1:8123/t?v=2", True),
        ("http://localhost:8123/t", True),
        ("http://[::1]:8123/t", True),
        ("http://127.0.0.1/t", False),
        ("http://169.254.169.254:80/t", False),
        ("http://127.0.0.1:80@evil.example/t", False),
        ("http://127.0.0.1.evil.example:80/t", False),
        ("https://user@host.example/t", False),
        ("https://host.example\\@evil.example/t", False),
        ("ftp://host.example/t", False),
        ("https://host.example/t\r\nX: y", False),
        ("", False),
    ],
)
def test_id_tokens_are_asked_for_over_https_or_on_this_machine(url: str, allowed: bool) -> None:
    """The request token is a secret: it goes over https, or nowhere beyond the loopback."""
    assert may_ask_for_id_tokens(url) is allowed
