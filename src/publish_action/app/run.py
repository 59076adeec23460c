"""The real steps of a run, with the record of what is known so far."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from publish_action.app.attesting import (
    SigningParts,
    attach,
    describe_going,
    note_served,
    plan_attestations,
    read_trust_config,
)
from publish_action.app.flow import Lookup
from publish_action.app.options import (
    choose_delivery,
    find_public_list,
    find_signing_facts,
    list_wanted_indexes,
    select_secrets,
)
from publish_action.app.provenance import ProvenanceCheck, serves_provenance
from publish_action.app.visibility_recheck import VisibilityRecheck
from publish_action.attestations.attestation import PublisherIdentity
from publish_action.attestations.background import Signing
from publish_action.attestations.choice import choose_signing, refuse_public_sigstore
from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.checks.tag import judge_release_tag
from publish_action.config.inputs import InputProblems, Inputs, parse_inputs, secrets_of
from publish_action.credentials.credential import Credential
from publish_action.credentials.factory import obtain_credential, obtain_reading_login
from publish_action.credentials.login_context import VENDOR_ENDPOINTS, VendorEndpoints
from publish_action.credentials.publisher_help import REMEDY_FOR_UNKNOWN_SERVER, name_unknown_server
from publish_action.decision.decide import decide, exit_status
from publish_action.distributions.refusals import find_refusal
from publish_action.errors import (
    CredentialMissing,
    DistributionsInvalid,
    InputsInvalid,
    PublishError,
    PublishRefused,
)
from publish_action.github.context import Context
from publish_action.github.evidence import Sources, gather_evidence
from publish_action.index.name_cache import NameCache, choose_cache_folder
from publish_action.index.name_check import look_up_name
from publish_action.index.probe_server import find_read_side
from publish_action.models.attested import AttestationRecord
from publish_action.models.decision import Evidence, Plan, Refusal
from publish_action.models.delivery import DeliveryReport, Outcome, Served
from publish_action.models.finding import Severity
from publish_action.models.index import Audience, Index
from publish_action.network.client import HttpClient, Network
from publish_action.policy.loader import read_policy
from publish_action.policy.resolve import find_public_name
from publish_action.protocols import Clock, Console, Progress, Sleep
from publish_action.report.log import (
    log_evidence,
    log_findings,
    log_name_check,
    log_plan,
    log_policy,
    log_reading,
    log_reasons,
    log_sidecars,
    log_uploads,
)
from publish_action.report.run_record import Action, PlannedUpload, RunRecord, add_release
from publish_action.report.summary import may_show_private_url
from publish_action.secret import Secret
from publish_action.upload.index_reader import IndexReader
from publish_action.upload.plan import plan_uploads
from publish_action.upload.provenance import ProvenanceReader
from publish_action.upload.release import DeliveryFailed, report_unsent, upload_release
from publish_action.upload.verify import refuse_unless_served


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The outside world of a run: its context, network, clock and workspace."""

    context: Context
    open_sources: Callable[[], Sources]
    """Returns the sources to ask about the repository; loads the GitHub client, so only runs that ask call it."""
    client: HttpClient
    network: Network
    clock: Clock
    sleep: Sleep
    workspace: Path
    progress: Progress
    stop: threading.Event
    vendors: VendorEndpoints = VENDOR_ENDPOINTS
    has_keyring: bool = False
    """True if the user's keyring may be read."""


class Run:
    """The real `Steps`. `record` holds what is known at any moment, also when a step has raised."""

    def __init__(self, given: Mapping[str, str], *, console: Console, compose: Callable[[Inputs], Runtime]) -> None:
        self._given = given
        self._console = console
        self._compose = compose
        self.record = RunRecord()
        self.is_delivering = False
        self._is_verbose = False
        self._are_findings_logged = False
        self._private_addresses: tuple[str, ...] = ()

    def read_inputs(self) -> Inputs:
        """Read the inputs, all problems at once; mask the secrets among them first."""
        for secret in secrets_of(self._given):
            self._console.mask(secret)
        inputs = parse_inputs(self._given)
        if isinstance(inputs, InputProblems):
            raise InputsInvalid(
                "\n".join(inputs.problems), remedy="Correct the inputs of the step; the README lists them."
            )
        self.record = replace(self.record, print_hash=inputs.print_hash)
        self._is_verbose = inputs.verbose
        self._outside = self._compose(inputs)
        return inputs

    def read_distributions(self, inputs: Inputs) -> AbstractContextManager[OpenRelease]:
        """Open, read and hash every distribution; their bytes stay held until the run is over."""
        try:
            reading = read_distributions(
                workspace=self._outside.workspace, packages_dir="\n".join(inputs.packages_dir), project=inputs.project
            )
        except DistributionsInvalid as error:
            # The decision judges an empty release too: a pull request is refused first.
            reading = OpenRelease(files=(), findings=(find_refusal("", error),))
        context, distributions = self._outside.context, tuple(file.distribution for file in reading.files)
        tag = judge_release_tag(
            inputs.tag_check, ref_type=context.ref_type, ref_name=context.ref_name, distributions=distributions
        )
        reading = replace(reading, findings=(*reading.findings, *tag))
        self.record = add_release(self.record, reading)
        log_reading(reading, self._console, with_hashes=inputs.print_hash)
        return reading

    def gather_evidence(self, inputs: Inputs, reading: OpenRelease) -> Evidence:
        """Ask every source for what the decision needs, on GitHub's hosts only."""
        self._sources = self._outside.open_sources()
        github_evidence = gather_evidence(self._outside.context, self._sources)
        self._claims = github_evidence.claims
        log_evidence(github_evidence, self._console)
        policy = read_policy(inputs.policy, self._outside.context, api=self._sources.api, files=self._sources.files)
        log_policy(policy, self._console)
        catalogue = list_wanted_indexes(inputs, policy)
        self._private_addresses = catalogue.private_addresses
        evidence = Evidence(
            trigger=github_evidence.trigger,
            claim=github_evidence.claim,
            api=github_evidence.api,
            event=github_evidence.event,
            environment=github_evidence.environment,
            switch=github_evidence.switch,
            policy=policy,
            distributions=tuple(file.distribution for file in reading.files),
            findings=reading.findings,
            indexes=catalogue.indexes,
            index_problems=catalogue.problems,
            public_index=catalogue.public_index,
            choice=inputs.index,
            today=self._outside.clock().date(),
            verify_metadata=inputs.verify_metadata,
        )
        self.record = replace(self.record, evidence=evidence)
        return evidence

    def decide(self, evidence: Evidence) -> Plan:
        """Decide where the distributions go, or raise what refuses them."""
        decision = decide(evidence)
        self.record = replace(self.record, decision=decision, findings=decision.findings)
        is_public_plan = isinstance(decision, Plan) and decision.index.audience is Audience.PUBLIC
        if not is_public_plan and not may_show_private_url(self.record):
            # A refusal too: a problem with an index's URL is reported with the URL to write.
            self._console.hide(self._private_addresses)
        if isinstance(decision, Refusal):
            raise PublishRefused(
                decision.message, remedy=decision.remedy, code=decision.code, status=exit_status(decision)
            )
        self.log_findings()
        self._recheck = VisibilityRecheck(
            decision,
            decide_again=lambda: decide(self._gather_again(evidence)),
            clock=self._outside.clock,
            log=self._console,
        )
        log_plan(decision, self._console)
        if self._is_verbose:
            log_reasons(decision, self._console)
        return decision

    def _gather_again(self, evidence: Evidence) -> Evidence:
        """Return the evidence with the visibility that every source reports now."""
        github_evidence = gather_evidence(self._outside.context, self._sources)
        return replace(
            evidence,
            trigger=github_evidence.trigger,
            claim=github_evidence.claim,
            api=github_evidence.api,
            event=github_evidence.event,
            environment=github_evidence.environment,
            switch=github_evidence.switch,
        )

    def log_findings(self, conclusion: str = "") -> None:
        """Log the findings in the distributions, with their severity as far as the run knows it; only once."""
        if not self._are_findings_logged:
            self._are_findings_logged = True
            log_findings(self.record.findings, self._console, conclusion)

    def compare_name(self, inputs: Inputs, plan: Plan) -> None:
        """Compare a private project's name with the public index's list, where `name-check` asks for it."""
        evidence = self.record.evidence
        if not inputs.name_check or plan.index.audience is not Audience.PRIVATE or evidence is None:
            return
        finding = look_up_name(
            plan.project,
            public=find_public_list(evidence),
            wanted=find_public_name(evidence.policy, plan.project),
            modules=frozenset(sys.stdlib_module_names),
            client=self._outside.client,
            cache=NameCache(choose_cache_folder(os.environ)),
            today=self._outside.clock().date(),
        )
        self.record = replace(self.record, findings=(*self.record.findings, finding))
        if finding.severity is Severity.ERROR:
            raise PublishRefused(finding.message, remedy=finding.remedy, code=finding.code)
        log_name_check(finding, self._console)

    def choose_attestations(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Say whether attestations are signed, or why not; raise where they are demanded and impossible."""
        choice = choose_signing(find_signing_facts(inputs, plan, self._claims))
        config = read_trust_config(inputs.sigstore_trust_config, self._sources.files) if choice.identity else None
        refuse_public_sigstore(plan.code, config)
        told = f"signed as {choice.identity}" if choice.identity else f"off: {choice.reason}."
        attested = AttestationRecord(is_on=choice.identity is not None, reason=choice.reason)
        self.record = replace(self.record, attestations=told, attested=attested)
        self._console.say(f"Attestations: {told}")
        self._attestations = plan_attestations(choice, config, reading.files)

    def _log_sidecars(self, reading: OpenRelease, index: Index) -> None:
        log_sidecars(reading.files, index, self._console, are_attestations_on=self.record.attested.is_on)

    def foresee(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Say what would be sent; mints nothing, sends no distribution."""
        self.record = replace(self.record, rehearsal=True)
        self._log_sidecars(reading, plan.index)
        # A missing part of the credential is found now and not in the release; it mints nothing before its first use.
        self.obtain_credential(inputs, plan)
        login = obtain_reading_login(plan.index, select_secrets(inputs))
        needs_minting = plan.index.audience is Audience.PRIVATE and login is None and plan.index.auth != "none"
        if needs_minting:
            self._console.say("Not looked up which files the index already has: reading it would need a minted token.")
            skipped: set[str] = set()
        else:
            plan = self._find_read_side(plan, lambda: login)
            planned = plan_uploads(
                reading.files,
                index_reader=self._index_reader(inputs, plan),
                skip_existing=inputs.skip_existing,
                now=self._outside.clock(),
                log=self._console,
            )
            skipped = {row.file.distribution.file for row in planned.rows if not row.is_upload}
        names = [file.distribution.file for file in reading.files]
        uploads = tuple(
            PlannedUpload(file=name, action=Action.SKIP if name in skipped else Action.UPLOAD) for name in names
        )
        self.record = replace(self.record, uploads=uploads)
        log_uploads(uploads, self._console)

    def obtain_credential(self, inputs: Inputs, plan: Plan) -> AbstractContextManager[Credential]:
        """Obtain the credential for the index, minting nothing yet; it is released at the end in any case."""
        secrets = select_secrets(inputs)
        hindrance = name_unknown_server(plan.index, self._outside.context)
        if hindrance and not secrets.public_index_token:
            raise CredentialMissing(hindrance, remedy=REMEDY_FOR_UNKNOWN_SERVER)
        return obtain_credential(
            plan.index,
            project=plan.project,
            secrets=secrets,
            id_tokens=self._sources.id_tokens,
            client=self._outside.client,
            clock=self._outside.clock,
            sleep=self._outside.sleep,
            log=self._console,
            vendors=self._outside.vendors,
            before_mint=self._recheck.confirm_before_mint,
            has_keyring=self._outside.has_keyring,
        )

    def look_up(self, inputs: Inputs, plan: Plan, reading: OpenRelease, credential: Credential) -> Lookup:
        """Compare the release with what the index has, or raise a conflict."""
        with self._reporting_unsent(reading):
            index = self._find_read_side(plan, credential.authorization).index
            self._log_sidecars(reading, index)
            uploads = plan_uploads(
                reading.files,
                index_reader=IndexReader(
                    index=index,
                    authorization=credential.authorization,
                    client=self._outside.client,
                    sleep=self._outside.sleep,
                ),
                skip_existing=inputs.skip_existing,
                now=self._outside.clock(),
                log=self._console,
            )
        return Lookup(index=index, uploads=uploads)

    def confirm(self, reading: OpenRelease, lookup: Lookup) -> None:
        """Read the visibility again, or raise that it changed: an approval may have taken days."""
        with self._reporting_unsent(reading, lookup):
            self._recheck.confirm()

    def mint(self, reading: OpenRelease, lookup: Lookup, credential: Credential) -> None:
        """Mint the first upload token, where the index mints them and there is a file to send."""
        with self._reporting_unsent(reading, lookup):
            if lookup.has_uploads:
                credential.authorization()
                self._recheck.confirm_before_sending()

    def begin_signing(self, reading: OpenRelease, lookup: Lookup) -> AbstractContextManager[Signing | None]:
        """Start to sign what is to be sent, in the background; a public log keeps each entry for ever."""
        with self._reporting_unsent(reading, lookup):
            parts = SigningParts(
                id_tokens=self._sources.id_tokens,
                network=self._outside.network,
                clock=self._outside.clock,
                sleep=self._outside.sleep,
                stop=self._outside.stop,
            )
            return self._attestations.begin(lookup.uploads.rows, parts)

    def finish_signing(self, reading: OpenRelease, lookup: Lookup, signing: Signing | None) -> Lookup:
        """Wait until every file is attested, and give the look with what goes with each; or raise, nothing sent."""
        plan, rows = self._attestations, lookup.uploads.rows
        with self._reporting_unsent(reading, lookup):
            signed = signing.finish() if signing else ()
        going = plan.gather(rows, signed)
        if not going:
            return lookup
        self._console.say(
            f"{len(signed)} files were signed; {sum(map(len, going.values()))} attestations go with them."
        )
        files = describe_going(going, plan, plan.load_judge())
        self.record = replace(self.record, attested=replace(self.record.attested, files=files))
        return replace(lookup, uploads=attach(lookup.uploads, going))

    def prove_attestations(self, reading: OpenRelease, lookup: Lookup) -> None:
        """Say what the index serves as the provenance of each file."""
        delivery, plan = self.record.delivery, self._attestations
        if plan.identity is None or delivery is None or delivery.served is not Served.TRUE:
            return
        judge = plan.load_judge()
        sent = {row.file.distribution.file: row.file.attested for row in lookup.uploads.rows}
        reader = ProvenanceReader(
            index=lookup.index, client=self._outside.client, judge=judge, sleep=self._outside.sleep
        )
        found = reader.read_all([file.distribution for file in reading.files], sent=sent)
        self.record = replace(self.record, attested=note_served(self.record.attested, found, judge, self._console))

    def upload_release(self, inputs: Inputs, reading: OpenRelease, lookup: Lookup, credential: Credential) -> None:
        """Send what the index has not, and say what became of every file."""
        self.is_delivering = True
        try:
            report = upload_release(
                reading.files,
                index=lookup.index,
                plan=lookup.uploads,
                explain=self._attestations.explain,
                before_bytes=self._recheck.confirm_before_bytes,
                credential=credential,
                client=self._outside.client,
                network=self._outside.network,
                options=choose_delivery(inputs),
                log=self._console,
                progress=self._outside.progress,
                clock=self._outside.clock,
                sleep=self._outside.sleep,
                stop=self._outside.stop,
            )
            # Before a signal may end the run: what is up must be reported.
            self._keep(report)
        except DeliveryFailed as error:
            self._keep(error.report)
            raise
        finally:
            self.is_delivering = False

    @contextmanager
    def _reporting_unsent(self, reading: OpenRelease, lookup: Lookup | None = None) -> Iterator[None]:
        """Attach what is known of each file to an error raised before anything is sent."""
        try:
            yield
        except PublishError as error:
            uploads = lookup.uploads if lookup else None
            failed = DeliveryFailed(error, report_unsent(reading.files, error=error, plan=uploads))
            self._keep(failed.report)
            raise failed from error

    def verify(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Look whether the index serves every file with our hash, or raise what is missing."""
        login = obtain_reading_login(plan.index, select_secrets(inputs))
        plan = self._find_read_side(plan, lambda: login)
        self._console.say(refuse_unless_served(reading.files, index_reader=self._index_reader(inputs, plan)))
        self._tell_provenance(inputs, plan, reading)

    def _tell_provenance(self, inputs: Inputs, plan: Plan, reading: OpenRelease) -> None:
        """Log what the index serves as the provenance of each file, for this repository; it decides nothing."""
        repository, config = self._outside.context.repository, inputs.sigstore_trust_config
        if repository is None or not serves_provenance(plan.index, has_trust_config=bool(config)):
            return
        check = ProvenanceCheck(
            index=plan.index,
            identity=PublisherIdentity(repository=repository),
            trust_config=read_trust_config(config, self._sources.files),
            client=self._outside.client,
            sleep=self._outside.sleep,
        )
        check.run([file.distribution for file in reading.files], self._console)

    def _find_read_side(self, plan: Plan, authorization: Callable[[], Secret | None]) -> Plan:
        """Return the plan with the index's read URL, asking its server where the upload URL alone does not show it."""
        index = find_read_side(
            plan.index,
            authorization=authorization,
            client=self._outside.client,
            sleep=self._outside.sleep,
            log=self._console,
        )
        # A read URL found this way begins with the upload URL, which is already redacted where it has to be.
        plan = replace(plan, index=index)
        self.record = replace(self.record, decision=plan)
        return plan

    def _index_reader(self, inputs: Inputs, plan: Plan) -> IndexReader:
        login = obtain_reading_login(plan.index, select_secrets(inputs))
        return IndexReader(
            index=plan.index,
            authorization=lambda: login,
            client=self._outside.client,
            sleep=self._outside.sleep,
        )

    def _keep(self, report: DeliveryReport) -> None:
        uploads = tuple(
            PlannedUpload(
                file=each.distribution.file,
                action=Action.SKIP if each.outcome is Outcome.ALREADY_THERE else Action.UPLOAD,
            )
            for each in report.files
        )
        self.record = replace(self.record, delivery=report, uploads=uploads)
