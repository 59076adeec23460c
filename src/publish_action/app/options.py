"""Select from the inputs the options of each step."""

from publish_action.attestations.choice import SigningFacts
from publish_action.config.input_table import PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL
from publish_action.config.inputs import Inputs
from publish_action.credentials.factory import Secrets
from publish_action.index.catalogue import Catalogue, list_indexes
from publish_action.index.name_check import PublicList
from publish_action.models.decision import Evidence, Plan
from publish_action.models.policy import PolicyFact
from publish_action.protocols import Claims
from publish_action.untrusted.url import CanonicalUrl, parse_url
from publish_action.upload.release import DeliveryOptions

_TAKES_ATTESTATIONS = "pulp"
"""The kind of servers that verify and serve attestations, besides PyPI (docs/indexes/pulp.md)."""


def list_wanted_indexes(inputs: Inputs, policy: PolicyFact) -> Catalogue:
    """List the indexes that the inputs and the policy name."""
    return list_indexes(
        public_url=inputs.public_index_url,
        private_url=inputs.private_index_url,
        private_check_url=inputs.private_index_check_url,
        private_auth=inputs.private_index_auth,
        private_username=inputs.private_index_username,
        private_auth_options=inputs.private_index_auth_options,
        policy=policy,
        pypi_url=PYPI_UPLOAD_URL,
        testpypi_url=TESTPYPI_UPLOAD_URL,
    )


def find_public_list(evidence: Evidence) -> PublicList:
    """Return the public index of a run, whose list of names `name-check` reads."""
    indexes = (index for index in evidence.indexes if index.name == evidence.public_index)
    return PublicList(name=evidence.public_index, url=next((index.check_url for index in indexes), None))


def select_secrets(inputs: Inputs) -> Secrets:
    """Select the secrets that log in to indexes."""
    return Secrets(public_index_token=inputs.public_index_token, private_index_password=inputs.private_index_password)


def choose_delivery(inputs: Inputs) -> DeliveryOptions:
    """Select the options of the upload."""
    return DeliveryOptions(
        skip_existing=inputs.skip_existing,
        parallel=inputs.parallel_uploads,
        wait_until_served=inputs.wait_until_served,
        wait_timeout=inputs.wait_timeout,
    )


def find_signing_facts(inputs: Inputs, plan: Plan, claims: Claims) -> SigningFacts:
    """Give what the choice to sign attestations rests on."""
    url = parse_url(plan.index.url)
    if not isinstance(url, CanonicalUrl):
        raise TypeError("an index was chosen whose URL is not canonical")
    return SigningFacts(
        wish=inputs.attestations,
        code=plan.code,
        index_url=url,
        takes_attestations=plan.index.server == _TAKES_ATTESTATIONS,
        uses_trusted_publishing=not inputs.public_index_token and plan.index.auth in {"auto", "trusted-publishing"},
        has_trust_config=bool(inputs.sigstore_trust_config),
        claims=claims,
    )
