"""The pages of docs/indexes that show keyless logins: what they give to paste is understood as it stands."""

import json
import re
from pathlib import Path

import pytest
import yaml

from publish_action.config.input_table import PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL
from publish_action.config.inputs import Inputs, parse_inputs
from publish_action.config.login_options import LOGINS, OptionProblems, parse_options
from publish_action.index.catalogue import list_indexes
from publish_action.models.index import Index
from publish_action.models.policy import Policy
from publish_action.policy.parser import parse_policy
from publish_action.untrusted.url import CanonicalUrl, parse_url

PAGES = Path(__file__).resolve().parents[2] / "docs" / "indexes"
LOGIN_OF = {
    "artifact-registry": "google-artifact-registry",
    "artifactory": "jfrog",
    "azure-artifacts": "azure-artifacts",
    "cloudsmith": "cloudsmith",
    "codeartifact": "aws-codeartifact",
}


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", (PAGES / f"{page}.md").read_text(), re.MULTILINE | re.DOTALL)


def test_every_keyless_login_has_a_page() -> None:
    """No login is without a page."""
    assert set(LOGIN_OF.values()) == set(LOGINS)


@pytest.mark.parametrize("page", LOGIN_OF)
def test_workflow_is_understood(page: str) -> None:
    """The workflow's inputs are valid, and its jobs have no more permissions than they need."""
    (workflow,) = (yaml.safe_load(block) for block in blocks(page, "yaml"))
    job = workflow["jobs"]["publish"]
    inputs = parse_inputs(job["steps"][-1]["with"])

    assert isinstance(inputs, Inputs), inputs
    assert inputs.private_index_auth == LOGIN_OF[page]
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["jobs"]["build"]["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("page", LOGIN_OF)
def test_policy_is_understood(page: str) -> None:
    """The policy is valid, names the same index as the workflow, and its options are all that the login needs."""
    (workflow,) = (yaml.safe_load(block) for block in blocks(page, "yaml"))
    policy = parse_policy(blocks(page, "toml")[0], source="page")
    assert isinstance(policy, Policy), policy
    (index,) = _indexes_of(policy)
    url = parse_url(index.url)
    assert isinstance(url, CanonicalUrl)

    options = parse_options(index.auth, url, index.auth_options, check_url=None, where="")

    assert not isinstance(options, OptionProblems)
    assert index.auth == LOGIN_OF[page]
    assert index.url == workflow["jobs"]["publish"]["steps"][-1]["with"]["private-index-url"]
    assert index.check_url is not None


def _indexes_of(policy: Policy) -> list[Index]:
    catalogue = list_indexes(
        public_url=PYPI_UPLOAD_URL,
        private_url="",
        private_check_url="",
        private_auth="",
        private_username="",
        private_auth_options=(),
        policy=policy,
        pypi_url=PYPI_UPLOAD_URL,
        testpypi_url=TESTPYPI_UPLOAD_URL,
    )
    assert not catalogue.problems
    return [index for index in catalogue.indexes if index.name == "acme"]


@pytest.mark.parametrize("page", LOGIN_OF)
def test_what_is_to_be_pasted_is_json(page: str) -> None:
    """Trust policies, permissions and claims are JSON objects."""
    assert all(isinstance(json.loads(block), dict) for block in blocks(page, "json"))


@pytest.mark.parametrize("page", LOGIN_OF)
def test_options_are_all_on_the_page(page: str) -> None:
    """Every option of the login is named."""
    text = (PAGES / f"{page}.md").read_text()

    assert [each.name for each in LOGINS[LOGIN_OF[page]].options if each.name not in text] == []
