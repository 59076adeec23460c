"""The door `check`: judge distributions alone, without GitHub or network."""

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


def run_check(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Read and judge the distributions; give the exit status of the contract."""
    console = choose_console()
    stop = threading.Event()
    judging = CheckRun(given, console=console, workspace=Path.cwd(), today=datetime.now(UTC).date())
    supervisor = Supervisor(sealed=sealed, console=console, run=judging, stop=stop)
    status = supervisor.run_without_outputs(CheckRun.judge)
    supervisor.write_summary()
    return status


class CheckRun:
    """One look at the distributions. `record` holds what is known at any moment, also when it has raised."""

    def __init__(self, given: Mapping[str, str], *, console: Console, workspace: Path, today: date) -> None:
        self._given = given
        self._console = console
        self._workspace = workspace
        self._today = today
        self.record = RunRecord(rehearsal=True)
        self.is_delivering = False
        self._are_findings_told = False

    def judge(self) -> None:
        """Tell all that is wrong with the distributions at once. Raises `DistributionsInvalid` where that refuses."""
        inputs = self._read_inputs()
        context = read_context()
        with read_distributions(
            workspace=self._workspace,
            packages_dir="\n".join(inputs.packages_dir),
            project=inputs.project,
            # Two thirds of the time that hashing takes: nobody is shown it who does not ask (decision 48).
            with_blake2b=inputs.print_hash and bool(self._given.get("print-hash")),
        ) as reading:
            self.record = add_release(self.record, reading)
            log_reading(reading, self._console, with_hashes=inputs.print_hash)
        policy = self._read_policy(inputs)
        audience = _guess_audience(inputs, policy, reading)
        distributions = self.record.distributions
        tag = judge_release_tag(
            inputs.tag_check, ref_type=context.ref_type, ref_name=context.ref_name, distributions=distributions
        )
        allowances = _list_allowances(policy, distributions, self._today)
        found = (*reading.findings, *tag)
        findings = apply_severity(
            found,
            audience=audience,
            verify_metadata=inputs.verify_metadata,
            allowances=allowances,
        )
        findings = (*findings, *list_unused(found, allowances))
        self.record = replace(self.record, findings=findings)
        self.log_findings()
        _refuse(findings, distributions)
        warnings = sum(each.severity is Severity.WARNING for each in findings)
        verdict = f"no errors, and warnings: {warnings}," if warnings else "nothing is wrong with them"
        self._console.say(f"{len(distributions)} distributions were read; {verdict} for a {audience} index.")

    def log_findings(self, conclusion: str = "") -> None:
        """Tell what was found, once."""
        if not self._are_findings_told:
            self._are_findings_told = True
            log_findings(self.record.findings, self._console, conclusion)

    def _read_inputs(self) -> Inputs:
        inputs = parse_inputs(self._given)
        if isinstance(inputs, InputProblems):
            raise InputsInvalid(
                "\n".join(inputs.problems), remedy="Correct the options; `publish-action check --help` lists them."
            )
        self.record = replace(self.record, print_hash=inputs.print_hash)
        return inputs

    def _read_policy(self, inputs: Inputs) -> Policy | None:
        """The policy in the checkout: it decides nothing here, so nobody gains by changing it."""
        place = parse_local_reference(inputs.policy)
        if not isinstance(place, Local):
            self._console.say(f"The policy {inputs.policy} is not on this machine: what it allows does not count here.")
            return None
        data = LocalFiles().read(place.path)
        if not isinstance(data, bytes):
            return None
        policy = parse_policy(data.decode("utf-8", "replace"), source=place.path)
        if isinstance(policy, Policy):
            return policy
        self._console.warn(
            f"The policy {place.path} is not valid, and does not count here: {' '.join(policy.problems)}"
        )
        return None


def _guess_audience(inputs: Inputs, policy: Policy | None, reading: OpenRelease) -> Audience:
    """Who could read the index that this would go to, as far as the options and the files tell; else everybody."""
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


def _refuse(findings: tuple[Finding, ...], distributions: tuple[Distribution, ...]) -> None:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if errors:
        raise DistributionsInvalid(
            f"An index would refuse these distributions, or they must not leave: {count_errors(findings)}.",
            remedy="Each is told above with what to do; `publish-action explain CODE` says more.",
            code=errors[0].code,
        )
    if refusal := judge_files(distributions):
        raise refusal
