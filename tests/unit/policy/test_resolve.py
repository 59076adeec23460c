"""What a policy means for one project."""

from publish_action.models.policy import Policy
from publish_action.policy.parser import parse_policy
from publish_action.policy.resolve import find_rule
from support.policies import SOURCE, WHOLE


def read(text: str) -> Policy:
    policy = parse_policy(text, source=SOURCE)
    assert isinstance(policy, Policy)
    return policy


def test_rule_is_found_by_the_normalised_name() -> None:
    """A project is listed under any spelling of its name (PEP 503)."""
    policy = read(WHOLE)

    found = find_rule(policy, "acme-utils")
    assert found is not None
    assert found.indexes == ("acme", "private")
    assert find_rule(read("[project.a]\nindexes = []"), "elsewhere") is None
