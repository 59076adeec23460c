"""What the claims of an ID token say of this run, and when they say nothing."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.github.claims import MAX_TOKEN, BoundClaims, ThisRun, bind_claims, judge_times, parse_unverified
from publish_action.models.visibility import Malformed, OrganisationAudience, PublishAudience, Visibility
from publish_action.protocols import Claims
from support.fakes import CLAIMS, NOW

RUN = ThisRun(
    repository="octo/demo",
    repository_id="4711",
    run_id="16000000001",
    repository_owner_id="815",
    run_attempt="2",
    sha="7638417db6d59f3c431d3e1f261cc637155684cd",
    ref="refs/tags/v1.0",
)


def bind(claims: Claims) -> BoundClaims | Malformed:
    """Bind claims to the run they were made for."""
    return bind_claims(claims, RUN)


def token_of(claims: object) -> str:
    """Give an unsigned token."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


def test_claims_of_this_run_are_bound() -> None:
    """A token made for this run says visibility, environment and event."""
    bound = bind(CLAIMS)

    assert isinstance(bound, BoundClaims)
    assert (bound.visibility, bound.environment, bound.event_name) == (Visibility.PUBLIC, "pypi", "push")
    assert bound.claims == CLAIMS


def test_a_job_without_environment_has_none() -> None:
    """The claim is left out where the job runs in no deployment environment."""
    bound = bind({name: value for name, value in CLAIMS.items() if name != "environment"})

    assert isinstance(bound, BoundClaims)
    assert bound.environment is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repository", "octo/other"),
        ("repository", "Octo/Demo"),
        ("repository", None),
        ("repository_id", "4712"),
        ("repository_id", 4711),
        ("run_id", "16000000002"),
        ("run_id", None),
        ("repository_owner_id", "816"),
        ("repository_owner_id", None),
        ("run_attempt", "1"),
        ("run_attempt", 2),
        ("sha", "0" * 40),
        ("sha", ""),
        ("ref", "refs/heads/main"),
        ("ref", None),
        ("repository_visibility", "Public"),
        ("repository_visibility", "publicly"),
        ("repository_visibility", None),
        ("repository_visibility", True),
        ("environment", 1),
        ("environment", ["pypi"]),
        ("event_name", None),
        ("event_name", 7),
    ],
)
def test_claims_of_another_run_are_malformed(name: str, value: object) -> None:
    """A token replayed from elsewhere, or one that says something else than GitHub's words, is no evidence (D15)."""
    bound = bind(CLAIMS | {name: value})

    assert isinstance(bound, Malformed)
    assert name in bound.reason


@pytest.mark.parametrize("name", ["repository", "repository_id", "run_id"])
def test_a_run_that_does_not_say_who_it_is_binds_nothing(name: str) -> None:
    """An empty variable does not match an empty claim."""
    bound = bind_claims(CLAIMS | {name: ""}, replace(RUN, **{name: ""}))

    assert isinstance(bound, Malformed)


def test_a_run_without_a_ref_is_bound() -> None:
    """A deployment of a bare commit has no ref, in its variables and in its claims."""
    assert isinstance(bind_claims(CLAIMS | {"ref": ""}, replace(RUN, ref="")), BoundClaims)
    assert isinstance(bind_claims(CLAIMS, replace(RUN, ref="")), Malformed)


def test_claims_keep_their_reason_short() -> None:
    """A hostile claim cannot flood the log."""
    bound = bind(CLAIMS | {"repository": "x" * 100_000})

    assert isinstance(bound, Malformed)
    assert len(bound.reason) < 400


@pytest.mark.parametrize("seconds", [-59, 0, 359])
def test_a_fresh_token_is_in_time(seconds: int) -> None:
    """A token is believed while it lives, with a minute for clocks that differ."""
    assert judge_times(CLAIMS, NOW + timedelta(seconds=seconds)) is None


@pytest.mark.parametrize(
    ("seconds", "word"),
    [(361, "expired"), (3600, "expired"), (-61, "not valid yet"), (-700, "not valid yet")],
)
def test_a_token_out_of_its_time_is_malformed(seconds: int, word: str) -> None:
    """An expired token was kept by somebody, and one from the future was made by another clock (D15)."""
    problem = judge_times(CLAIMS, NOW + timedelta(seconds=seconds))

    assert problem is not None
    assert word in problem.reason


def test_a_token_with_a_long_life_grows_old_all_the_same() -> None:
    """A token is not believed 10 minutes after it was made, whatever its `exp` says."""
    problem = judge_times(CLAIMS | {"exp": NOW.timestamp() + 86_400}, NOW + timedelta(seconds=601))

    assert problem is not None
    assert "expired" in problem.reason


def test_a_token_is_not_valid_before_its_nbf() -> None:
    """`nbf` is obeyed beside `iat`."""
    problem = judge_times(CLAIMS | {"nbf": NOW.timestamp() + 120}, NOW)

    assert problem is not None
    assert "not valid yet" in problem.reason


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", [None, "1", True, float("nan"), float("inf"), -1, 1e12, [1]])
def test_times_that_cannot_be_read_are_malformed(name: str, value: object) -> None:
    """A token without its three times proves nothing about now."""
    problem = judge_times(CLAIMS | {name: value}, NOW)

    assert problem is not None
    assert name in problem.reason


def test_the_claims_of_a_token_can_be_read_unverified() -> None:
    """For diagnosis, a token's claims are read without its key."""
    assert parse_unverified(token_of({"aud": "pypi"})) == {"aud": "pypi"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c.d",
        "..",
        "e30.!!.x",
        "e30.e30.x\n",
        "e30.e30\n.x",
        "e30.e30.",
        "\ud800.e30.x",
        token_of([]),
        token_of("x"),
        "e30.YQ.x",
        f"e30.{'W1tb' * 7000}.x",
    ],
    ids=ascii,
)
def test_what_is_no_token_is_malformed(token: str) -> None:
    """Rubbish is a value, not an exception."""
    assert isinstance(parse_unverified(token), Malformed)


def test_a_token_is_bounded() -> None:
    """What is too large for a token is not even decoded."""
    problem = parse_unverified(token_of({"x": "y" * MAX_TOKEN}))

    assert isinstance(problem, Malformed)
    assert "too large" in problem.reason


@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
def test_every_text_can_be_read_as_a_token(token: str) -> None:
    """No text makes the parser raise."""
    parse_unverified(token)


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_every_claim_set_can_be_bound(over: dict[str, object]) -> None:
    """No claims make the binding raise, and none but this run's are bound."""
    bound = bind(CLAIMS | over)

    assert isinstance(bound, Malformed) or all(
        bound.claims[name] == CLAIMS[name] for name in ("repository", "repository_id", "run_id")
    )


@pytest.mark.parametrize(
    ("value", "audience"),
    [
        ("private-only", PublishAudience.PRIVATE_ONLY),
        ("by-grant", PublishAudience.BY_GRANT),
        ("public-ok", PublishAudience.PUBLIC_OK),
        ("Private-Only", PublishAudience.UNKNOWN),
        ("unsaid", PublishAudience.UNKNOWN),
        ("unknown", PublishAudience.UNKNOWN),
        ("", PublishAudience.UNKNOWN),
        (None, PublishAudience.UNKNOWN),
        (["public-ok"], PublishAudience.UNKNOWN),
        (True, PublishAudience.UNKNOWN),
        ("p" * 9000, PublishAudience.UNKNOWN),
    ],
)
def test_organisations_property_is_one_of_its_words_or_unknown(value: object, audience: PublishAudience) -> None:
    """A property that says anything else is not one that says nothing; what it says is kept, shortened."""
    bound = bind(CLAIMS | {"repo_property_publish_audience": value})

    assert isinstance(bound, BoundClaims)
    assert bound.switch.audience is audience
    assert len(bound.switch.written) <= 60


def test_token_without_the_property_leaves_the_switch_unsaid() -> None:
    """Other properties of the organisation mean nothing here."""
    bound = bind(CLAIMS | {"repo_property_team": "payments"})

    assert isinstance(bound, BoundClaims)
    assert bound.switch == OrganisationAudience()
