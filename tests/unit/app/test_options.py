"""What the steps are given of the inputs."""

from dataclasses import replace

import pytest

from publish_action.app.options import find_signing_facts
from publish_action.config.inputs import Inputs, parse_inputs
from publish_action.models.decision import Plan
from publish_action.models.visibility import Verdict
from support.run_records import PYPI

PLAN = Plan(
    code="OK_PUBLIC", index=PYPI, verdict=Verdict.PUBLIC, project="acme-core", version="1.0", because=(), findings=()
)


@pytest.mark.parametrize(
    ("auth", "token", "expected"),
    [("auto", "", True), ("trusted-publishing", "", True), ("basic", "", False), ("auto", "pypi-x", False)],
)
def test_trusted_publishing_is_a_login_without_token_and_password(auth: str, token: str, expected: bool) -> None:
    """An index of the policy that is logged in to in another way takes no attestations."""
    inputs = parse_inputs({"public-index-token": token})
    assert isinstance(inputs, Inputs)

    facts = find_signing_facts(inputs, replace(PLAN, index=replace(PYPI, auth=auth)), {})

    assert facts.uses_trusted_publishing is expected


@pytest.mark.parametrize(("server", "expected"), [("pulp", True), ("warehouse", False), ("", False)])
def test_pulp_alone_is_known_to_take_attestations(server: str, expected: bool) -> None:
    """A private index is signed for by `attestations: true` if it is a Pulp."""
    inputs = parse_inputs({})
    assert isinstance(inputs, Inputs)

    facts = find_signing_facts(inputs, replace(PLAN, index=replace(PYPI, server=server)), {})

    assert facts.takes_attestations is expected
