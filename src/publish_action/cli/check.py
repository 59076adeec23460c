"""The command `check`: check distributions alone, without GitHub or network."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from publish_action.app.compose import read_context
from publish_action.app.environment import Sealed
from publish_action.app.files import LocalFiles
from publish_action.app.supervisor import Supervisor
from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.checks.severity import apply_severity, list_unused
from publish_action.checks.tag import judge_release_tag
from publish_action.config.inputs import InputProblems, Inputs, parse_inputs
from publish_action.console.choose import choose_console
from publish_action.decision.decide import judge_files
from publish_action.errors import DistributionsInvalid, InputsInvalid
from publish_action.models.distribution import Distribution
from publish_action.models.finding import Allowance, Finding, Severity
from publish_action.models.index import Audience
from publish_action.models.policy import Policy
from publish_action.policy.parser import parse_policy
from publish_action.policy.reference import Local, parse_local_reference
from publish_action.policy.resolve import list_allowances
from publish_action.protocols import Console
from publish_action.report.findings import count_errors
from publish_action.report.log import log_findings, log_reading
from publish_action.report.run_record import RunRecord, add_release
from publish_action.untrusted.text import count_things


def run_check(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Read and check the distributions; return the exit status."""
    console = choose_console()
    stop = threading.Event()
    check_run = CheckRun(given, console=console, workspace=Path.cwd(), today=datetime.now(UTC).date())
    supervisor = Supervisor(sealed=sealed, console=console, run=check_run, stop=stop)
    status = supervisor.run_without_outputs(check)
    supervisor.write_summary()
    return status


def check(steps: "CheckRun") -> None:
    """Check the distributions by the steps of a run, without those that need GitHub or an index."""
    inputs = steps.read_inputs()
    reading = steps.read_distributions(inputs)
    policy = steps.read_policy(inputs)
    audience = _guess_audience(inputs, policy, reading)
    findings = steps.apply_severity(inputs, policy, reading, audience)
    steps.decide(findings, audience)


class CheckRun:
    """One check of the distributions. `record` holds what is known at any moment, also after an error."""

    def __init__(self, given: Mapping[str, str], *, console: Console, workspace: Path, today: date) -> None:
        self._given = given
        self._console = console
        self._workspace = workspace
        self._today = today
        self.record = RunRecord(rehearsal=True)
        self.is_delivering = False
        self._are_findings_logged = False

    def read_inputs(self) -> Inputs:
        """Parse the options and report all problems at once."""
        inputs = parse_inputs(self._given)
        if isinstance(inputs, InputProblems):
            raise InputsInvalid(
                "\n".join(inputs.problems), remedy="Correct the options; `publish-action check --help` lists them."
            )
        self.record = replace(self.record, print_hash=inputs.print_hash)
        return inputs

    def read_distributions(self, inputs: Inputs) -> OpenRelease:
        """Open, read and hash every distribution, and close them again: nothing is sent."""
        context = read_context()
        with read_distributions(
            workspace=self._workspace,
            packages_dir="\n".join(inputs.packages_dir),
            project=inputs.project,
            # It takes two thirds of the hashing time, and is shown only on request (decision 48).
            with_blake2b=inputs.print_hash and bool(self._given.get("print-hash")),
        ) as reading:
            self.record = add_release(self.record, reading)
            log_reading(reading, self._console, with_hashes=inputs.print_hash)
        tag = judge_release_tag(
            inputs.tag_check,
            ref_type=context.ref_type,
            ref_name=context.ref_name,
            distributions=self.record.distributions,
        )
        return replace(reading, findings=(*reading.findings, *tag))

    def read_policy(self, inputs: Inputs) -> Policy | None:
        """Read the policy in the checkout: it decides nothing here, so changing it gains nothing."""
        place = parse_local_reference(inputs.policy)
        if not isinstance(place, Local):
            self._console.say(
                f"The policy {inputs.policy} is not on this machine: the allowances in it do not apply here."
            )
            return None
        data = LocalFiles().read(place.path)
        if not isinstance(data, bytes):
            return None
        policy = parse_policy(data.decode("utf-8", "replace"), source=place.path)
        if isinstance(policy, Policy):
            return policy
        self._console.warn(f"The policy {place.path} is not valid and is ignored here: {' '.join(policy.problems)}")
        return None

    def apply_severity(
        self, inputs: Inputs, policy: Policy | None, reading: OpenRelease, audience: Audience
    ) -> tuple[Finding, ...]:
        """Return the findings with the severity that they have for `audience`, and log them."""
        allowances = _list_allowances(policy, self.record.distributions, self._today)
        findings = apply_severity(
            reading.findings, audience=audience, verify_metadata=inputs.verify_metadata, allowances=allowances
        )
        findings = (*findings, *list_unused(reading.findings, allowances))
        self.record = replace(self.record, findings=findings)
        self.log_findings()
        return findings

    def decide(self, findings: tuple[Finding, ...], audience: Audience) -> None:
        """Log that no finding is an error. Raises `DistributionsInvalid` if one is."""
        distributions = self.record.distributions
        _refuse(findings, distributions)
        self._console.say(_conclude(findings, distributions, audience))

    def log_findings(self, conclusion: str = "") -> None:
        """Log the findings, once."""
        if not self._are_findings_logged:
            self._are_findings_logged = True
            log_findings(self.record.findings, self._console, conclusion)


def _guess_audience(inputs: Inputs, policy: Policy | None, reading: OpenRelease) -> Audience:
    """Return the audience of the index this would go to, as far as options and files show it; else public."""
    indexes = policy.indexes if policy else ()
    named = next((index.audience for index in indexes if index.name == inputs.index), None)
    if named is not None:
        return named
    is_declared = bool(reading.files) and all(file.distribution.declared_private for file in reading.files)
    is_private = inputs.index == "private" or (inputs.index == "auto" and is_declared)
    return Audience.PRIVATE if is_private else Audience.PUBLIC


def _list_allowances(
    policy: Policy | None, distributions: tuple[Distribution, ...], today: date
) -> tuple[Allowance, ...]:
    projects = {each.project for each in distributions}
    return list_allowances(policy, projects.pop(), today) if policy and len(projects) == 1 else ()


def _conclude(findings: tuple[Finding, ...], distributions: tuple[Distribution, ...], audience: Audience) -> str:
    warnings = [each.code for each in findings if each.severity is Severity.WARNING]
    read = count_things([each.file for each in distributions], "distribution", "distributions")
    verdict = f"no errors, {count_things(warnings, 'warning', 'warnings')}" if warnings else "no problems"
    return f"Checked {read} for a {audience} index: {verdict}."


def _refuse(findings: tuple[Finding, ...], distributions: tuple[Distribution, ...]) -> None:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if errors:
        raise DistributionsInvalid(
            f"These distributions failed checks that an index applies, or contain files that must not be published: "
            f"{count_errors(findings)}.",
            remedy="Each is listed above with its remedy; `publish-action explain CODE` has the details.",
            code=errors[0].code,
        )
    if refusal := judge_files(distributions):
        raise refusal
