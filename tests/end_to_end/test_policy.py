"""Policies in whole runs: an organisation's with the repository's own, a forgotten commit, the signed property."""

import json

from publish_sandbox.http.faults import BadToken
from support.program import POLICY_PATH, PROJECT, Program

SHA = "7638417db6d59f3c431d3e1f261cc637155684cd"
PROPERTY = "repo_property_publish_audience"


def test_organisations_policy_is_narrowed_by_the_repositorys_own(program: Program) -> None:
    """A run reads both: the organisation's index is used, and the own policy takes PyPI away."""
    policies = program.github.repository("octo/policies")
    policies.commits[SHA] = {
        "python/publish.toml": f'[index.acme]\nurl = "{program.private.upload_url}"\naudience = "private"\n'
        f'[project."acme-*"]\nindexes = ["pypi", "acme"]\n'
    }
    program.repository.files[POLICY_PATH] = f'[project.{PROJECT}]\nindexes = ["acme"]\n'
    program.build()

    pinned = f"octo/policies/python/publish.toml@{SHA}"
    result = program.act(
        {"policy": pinned, "private-index-password": program.private.api_token("ci"), "dry-run": "true"}
    )
    refused = program.act({"policy": pinned, "index": "pypi"})

    assert (result.status, result.outputs["code"], result.outputs["index"]) == (0, "OK_PRIVATE", "acme"), result.text
    assert json.loads(result.outputs["plan"])["evidence"]["policy"]["narrowed_by"] == f"octo/demo/{POLICY_PATH}"
    assert (refused.status, refused.outputs["code"]) == (3, "E_TARGET_NOT_ALLOWED")


def test_forgotten_commit_is_an_error(program: Program) -> None:
    """`owner/repo/path` without `@SHA` ends with exit status 2 and the spelling that was meant."""
    program.build()

    result = program.act({"policy": "octo/policies/python/publish.toml"})

    assert (result.status, result.outputs["code"]) == (2, "E_POLICY_INVALID")
    assert "octo/policies/python/publish.toml@SHA" in result.errors[0]
    assert program.pypi.connections == 0


def test_policy_that_is_not_where_it_was_said_to_be_is_a_warning(program: Program) -> None:
    """A configured path that does not exist is a warning; the default path may be missing."""
    program.build()

    named, default = (program.act({"dry-run": "true", **given}) for given in ({"policy": "policy.toml"}, {}))

    assert (named.status, default.status) == (0, 0), named.text
    told = [[command.data for command in result.commands if command.name == "warning"] for result in (named, default)]
    assert told == [["Policy: there is none at octo/demo/policy.toml."], []]


def test_signed_property_closes_the_public_index(program: Program) -> None:
    """`private-only` in the ID token refuses PyPI to a public repository."""
    program.repository.claims[PROPERTY] = "private-only"
    program.build()

    result = program.act()

    assert (result.status, result.outputs["code"]) == (3, "E_ORGANISATION_AUDIENCE")
    assert program.pypi.connections == 0


def test_property_that_is_set_while_the_run_waits_stops_it(program: Program) -> None:
    """The property is read again right before sending: an approval may have taken days."""
    program.github.faults.add("/_services/request-id-token", BadToken(claims={PROPERTY: "private-only"}), after=1)
    program.build()

    result = program.act()

    assert (result.status, result.outputs["code"]) == (3, "E_ORGANISATION_AUDIENCE")
    assert result.outputs["verdict"] == "refuse"
    assert program.pypi.attempts == []
