"""Where the input `policy` says that a policy is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.models.policy import PolicyInvalid
from publish_action.policy.reference import InRepository, Local, Pinned, parse_local_reference, parse_remote_reference

SHA = "7638417db6d59f3c431d3e1f261cc637155684cd"
PINNED = Pinned(repository="octo/policies", path="python/publish.toml", sha=SHA)


def test_a_path_is_a_file_of_this_repository() -> None:
    """The default is a file on the default branch."""
    assert parse_remote_reference(".github/publish-policy.toml") == InRepository(path=".github/publish-policy.toml")


def test_an_organisations_policy_is_pinned() -> None:
    """A policy of another repository is read at one commit, from a run and from a laptop alike."""
    text = f"octo/policies/python/publish.toml@{SHA}"

    assert parse_remote_reference(text) == PINNED
    assert parse_local_reference(text) == PINNED


@pytest.mark.parametrize(
    "text",
    [
        "octo/policies/publish.toml@main",
        "octo/policies/publish.toml@v1",
        f"octo/policies/publish.toml@{SHA[:12]}",
        f"octo/policies/publish.toml@{SHA.upper()}",
        f"publish.toml@{SHA}",
        f"octo/policies@{SHA}",
        f"octo/../publish.toml@{SHA}",
        f"octo/policies/../publish.toml@{SHA}",
        f"octo/policies//publish.toml@{SHA}",
        f"octo/policies/publish.toml@{SHA}\n",
        "/etc/publish.toml",
        "../publish.toml",
        "./publish.toml",
        ".github/../publish.toml",
        ".github/",
        "a\nb",
        "",
    ],
)
def test_a_reference_that_could_mean_two_things_is_invalid(text: str) -> None:
    """A branch moves, a short commit can collide, and HTTP libraries shorten dots: none of them is a reference."""
    assert isinstance(parse_remote_reference(text), PolicyInvalid)


@pytest.mark.parametrize(
    "text", ["policy.toml", "/tmp/policy.toml", "../policy.toml", "me@host/policy.toml", f"a/b/../c@{SHA}"]
)
def test_on_a_laptop_a_policy_is_a_file(text: str) -> None:
    """A rehearsal reads the policy from where the user says."""
    assert parse_local_reference(text) == Local(path=text)


@given(st.text(st.sampled_from("ab/.@0\n"), max_size=30))
def test_no_reference_climbs(text: str) -> None:
    """Whatever is given, a path that goes into an address has no empty or dot segment."""
    place = parse_remote_reference(text)

    assert isinstance(place, PolicyInvalid) or not {"", ".", ".."} & set(place.path.split("/"))
