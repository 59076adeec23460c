"""Give each room what it needs of the inputs."""

from dataclasses import replace

from publish_action.catalogue import Catalogue, list_indexes
from publish_action.context import Context
from publish_action.credentials import Secrets
from publish_action.delivery import DeliveryOptions
from publish_action.errors import InputsInvalid
from publish_action.input_table import PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL
from publish_action.inputs import Inputs
from publish_action.model import Evidence, Finding, PolicyFact, Severity
from publish_action.name_check import PublicList
from publish_action.preflight import Reading
from publish_action.tag import TagCheck, judge_tag

ATTESTATIONS_OFF = (
    "off: signing is not part of this version. Attestation files that lie beside their distributions go with them."
)
# What an index would reject, as against what must not leave: `verify-metadata: false` makes these warnings.
_INDEX_RULES = frozenset({"E_METADATA"})


def refuse_what_is_not_built(inputs: Inputs) -> None:
    """An input that asks for a guarantee is refused where this version cannot give it."""
    if inputs.attestations == "true":
        raise InputsInvalid(
            "attestations: true asks for signed attestations, and this version cannot sign.",
            remedy="Write `attestations: auto`. Attestation files that lie beside their distributions are passed on.",
            code="E_ATTESTATIONS_UNSUPPORTED",
        )


def weigh_findings(inputs: Inputs, reading: Reading) -> tuple[Finding, ...]:
    """Make warnings of what an index would reject, where that is wanted.

    A file that could not be read stays an error: it would be missing from the release.
    """
    if inputs.verify_metadata:
        return reading.findings
    read = {file.distribution.file for file in reading.files}
    return tuple(
        replace(each, severity=Severity.WARNING) if each.code in _INDEX_RULES and each.file in read else each
        for each in reading.findings
    )


def compare_with_tag(inputs: Inputs, reading: Reading, context: Context) -> tuple[Finding, ...]:
    """Give the finding of the input `tag-check`, where it has one."""
    if not reading.files:
        return ()
    first = reading.files[0].distribution
    finding = judge_tag(
        TagCheck(inputs.tag_check),
        ref_type=context.ref_type,
        ref_name=context.ref_name,
        project=first.project,
        version=first.version,
    )
    return (finding,) if finding else ()


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
    """Give the public index of a run, whose list `name-check` looks at."""
    indexes = (index for index in evidence.indexes if index.name == evidence.public_index)
    return PublicList(name=evidence.public_index, url=next((index.check_url for index in indexes), None))


def select_secrets(inputs: Inputs) -> Secrets:
    """Select what logs in to indexes."""
    return Secrets(public_index_token=inputs.public_index_token, private_index_password=inputs.private_index_password)


def choose_delivery(inputs: Inputs) -> DeliveryOptions:
    """Give what the inputs say of the delivery."""
    return DeliveryOptions(
        skip_existing=inputs.skip_existing,
        parallel=inputs.parallel_uploads,
        wait_until_served=inputs.wait_until_served,
        wait_timeout=inputs.wait_timeout,
    )
