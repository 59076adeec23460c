"""The flows of a run: inputs, distributions, evidence, decision, credential, upload."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from publish_action.attestations.background import Signing
from publish_action.checks.preflight import OpenRelease
from publish_action.config.inputs import Inputs
from publish_action.credentials.credential import Credential
from publish_action.models.decision import Evidence, Plan
from publish_action.models.index import Index
from publish_action.upload.plan import UploadPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What the index has of the release already."""

    index: Index
    """The chosen index, with the read URL that its server revealed."""
    uploads: UploadPlan

    @property
    def has_uploads(self) -> bool:
        """True if at least one file is to be uploaded."""
        return any(row.is_upload for row in self.uploads.rows)


class Steps(Protocol):
    """The steps of a run; each logs what it decided, and raises `PublishError` where the run ends."""

    def read_inputs(self) -> Inputs:
        """Parse the inputs and report all problems at once; mask the secrets among them first."""

    def read_distributions(self, inputs: Inputs) -> AbstractContextManager[OpenRelease]:
        """Open, read and hash every distribution; the files stay open until the run is over."""

    def gather_evidence(self, inputs: Inputs, reading: OpenRelease) -> Evidence:
        """Gather what the decision needs from every source; only GitHub's hosts are contacted."""

    def decide(self, evidence: Evidence) -> Plan:
        """Decide where the distributions go, or raise the refusal."""

    def compare_name(self, inputs: Inputs, plan: Plan) -> None:
        """Compare a private project's name with the public index's list, where `name-check` asks for it."""

    def choose_attestations(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Say whether attestations are signed, or why not; raise where they are demanded and impossible."""

    def foresee(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Log what would be uploaded; mints nothing and uploads nothing."""

    def obtain_credential(self, inputs: Inputs, plan: Plan) -> AbstractContextManager[Credential]:
        """Obtain the credential for the index, minting nothing yet; it is released at the end in any case."""

    def look_up(self, inputs: Inputs, plan: Plan, reading: OpenRelease, credential: Credential) -> Lookup:
        """Compare the release with what the index has, or raise a conflict."""

    def confirm(self, reading: OpenRelease, lookup: Lookup) -> None:
        """Check the visibility again, and raise if it changed: an approval may have taken days."""

    def mint(self, reading: OpenRelease, lookup: Lookup, credential: Credential) -> None:
        """Mint the first upload token, where the index mints them and a file is to be uploaded."""

    def begin_signing(self, reading: OpenRelease, lookup: Lookup) -> AbstractContextManager[Signing | None]:
        """Start to sign what is to be sent, in the background; a public log keeps each entry for ever."""

    def finish_signing(self, reading: OpenRelease, lookup: Lookup, signing: Signing | None) -> Lookup:
        """Wait until every file is attested, and give the look with what goes with each; or raise, nothing sent."""

    def prove_attestations(self, reading: OpenRelease, lookup: Lookup) -> None:
        """Say what the index serves as the provenance of each file."""

    def upload_release(self, inputs: Inputs, reading: OpenRelease, lookup: Lookup, credential: Credential) -> None:
        """Upload the files that the index lacks, and record the outcome of each."""

    def verify(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Check that the index serves every file with our hash, or raise what is missing."""


def rehearse(steps: Steps) -> None:
    """Report what publishing would do; nothing is minted and no byte of a distribution is sent."""
    inputs = steps.read_inputs()
    with steps.read_distributions(inputs) as reading:
        plan = steps.decide(steps.gather_evidence(inputs, reading))
        steps.compare_name(inputs, plan)
        steps.choose_attestations(inputs, plan, reading)
        steps.foresee(inputs, plan, reading)


def verify(steps: Steps) -> None:
    """Check that the index serves exactly the local distributions."""
    inputs = steps.read_inputs()
    with steps.read_distributions(inputs) as reading:
        plan = steps.decide(steps.gather_evidence(inputs, reading))
        steps.verify(inputs, plan, reading)


def publish(steps: Steps) -> None:
    """Publish the distributions to the index they belong on, and to no other."""
    inputs = steps.read_inputs()
    with steps.read_distributions(inputs) as reading:
        plan = steps.decide(steps.gather_evidence(inputs, reading))
        steps.compare_name(inputs, plan)
        steps.choose_attestations(inputs, plan, reading)
        if inputs.dry_run:
            return steps.foresee(inputs, plan, reading)
        with steps.obtain_credential(inputs, plan) as credential:
            lookup = steps.look_up(inputs, plan, reading, credential)
            steps.confirm(reading, lookup)
            with steps.begin_signing(reading, lookup) as signing:
                steps.mint(reading, lookup, credential)
                lookup = steps.finish_signing(reading, lookup, signing)
            steps.upload_release(inputs, reading, lookup, credential)
            return steps.prove_attestations(reading, lookup)
