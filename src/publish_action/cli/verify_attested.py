"""The command `verify --attested-by`: check who published the files that are here, without GitHub."""

import re
import threading
from collections.abc import Callable, Mapping

from publish_action.app.attesting import read_trust_config
from publish_action.app.compose import Composer
from publish_action.app.environment import Sealed
from publish_action.app.files import LocalFiles
from publish_action.app.options import list_wanted_indexes
from publish_action.app.provenance import ProvenanceCheck, describe_unproved
from publish_action.app.run import Runtime
from publish_action.app.supervisor import Supervisor
from publish_action.attestations.attestation import PublisherIdentity
from publish_action.checks.preflight import OpenRelease, read_distributions
from publish_action.config.inputs import InputProblems, Inputs, parse_inputs
from publish_action.console.choose import choose_console
from publish_action.credentials.login_context import VENDOR_ENDPOINTS
from publish_action.decision.decide import judge_files
from publish_action.errors import DistributionsInvalid, InputsInvalid
from publish_action.models.finding import Severity
from publish_action.models.index import Audience, Index
from publish_action.models.policy import PolicyAbsent
from publish_action.protocols import Console
from publish_action.report.run_record import RunRecord
from publish_action.upload.index_reader import IndexReader
from publish_action.upload.verify import refuse_unless_served

_OPTION = "attested-by"
_PUBLISHER = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?::(?P<workflow>[^/:@\s]+\.ya?ml))?")
_HELP = "Correct the options; `publish-action verify --help` lists them."


def run_verify_attested(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Check files and provenance; exit status 0 only if the index proves the publisher of every file."""
    console, stop = choose_console(), threading.Event()
    composer = Composer(sealed=sealed, console=console, stop=stop, has_keyring=False, vendors=VENDOR_ENDPOINTS)
    run = AttestedRun(given, console=console, compose=composer.compose)
    return Supervisor(sealed=sealed, console=console, run=run, stop=stop).run_without_outputs(verify_attested)


def verify_attested(steps: "AttestedRun") -> None:
    """Check that the index serves exactly the local files, and proves who published them."""
    publisher, inputs = steps.read_publisher(), steps.read_inputs()
    index = find_public_index(inputs)
    with steps.read_distributions(inputs) as reading:
        steps.compare(index, reading)
        steps.prove(inputs, index, publisher, reading)


class AttestedRun:
    """One check of the publisher of files. Nothing is sent but requests to the index, and no login goes with them."""

    def __init__(self, given: Mapping[str, str], *, console: Console, compose: Callable[[Inputs], Runtime]) -> None:
        self._given = given
        self._console = console
        self._compose = compose
        self.record = RunRecord()
        self.is_delivering = False

    def read_publisher(self) -> PublisherIdentity:
        """Parse `--attested-by`. Raises `InputsInvalid`."""
        named = _PUBLISHER.fullmatch(self._given[_OPTION])
        if named is None:
            raise InputsInvalid(
                "--attested-by is not of the form OWNER/REPOSITORY or OWNER/REPOSITORY:WORKFLOW.yml.", remedy=_HELP
            )
        return PublisherIdentity(repository=named["repository"], workflow=named["workflow"])

    def read_inputs(self) -> Inputs:
        """Parse the options and report all problems at once."""
        inputs = parse_inputs({name: text for name, text in self._given.items() if name != _OPTION})
        if isinstance(inputs, InputProblems):
            raise InputsInvalid("\n".join(inputs.problems), remedy=_HELP)
        self._outside = self._compose(inputs)
        return inputs

    def read_distributions(self, inputs: Inputs) -> OpenRelease:
        """Open and hash every file. Raises `DistributionsInvalid` if one cannot be read, or they are no one release.

        What a file contains is not judged: it is published already.
        """
        reading = read_distributions(
            workspace=self._outside.workspace,
            packages_dir="\n".join(inputs.packages_dir),
            project=inputs.project,
            with_blake2b=False,
        )
        try:
            _refuse_unread(reading)
        except DistributionsInvalid:
            reading.close()
            raise
        return reading

    def compare(self, index: Index, reading: OpenRelease) -> None:
        """Raise unless the index serves every file with our hash."""
        reader = IndexReader(
            index=index, authorization=lambda: None, client=self._outside.client, sleep=self._outside.sleep
        )
        self._console.say(refuse_unless_served(reading.files, index_reader=reader))

    def prove(self, inputs: Inputs, index: Index, publisher: PublisherIdentity, reading: OpenRelease) -> None:
        """Raise unless the index proves that `publisher` published every file."""
        check = ProvenanceCheck(
            index=index,
            identity=publisher,
            trust_config=read_trust_config(inputs.sigstore_trust_config, LocalFiles()),
            client=self._outside.client,
            sleep=self._outside.sleep,
        )
        found = check.run([file.distribution for file in reading.files], self._console)
        error = describe_unproved(found, check)
        if error is not None:
            raise error

    def log_findings(self, conclusion: str = "") -> None:
        """Log nothing: what is wrong with a file stands in the error."""


def find_public_index(inputs: Inputs) -> Index:
    """Return the public index that `--index` names, `auto` being the default one. Raises `InputsInvalid`."""
    catalogue = list_wanted_indexes(inputs, PolicyAbsent(source=""))
    name = catalogue.public_index if inputs.index == "auto" else inputs.index
    for index in catalogue.indexes:
        if index.name == name and index.audience is Audience.PUBLIC:
            return index
    why = [problem.message for problem in catalogue.problems if problem.name == name]
    raise InputsInvalid(
        why[0] if why else f"--attested-by asks a public index, and {name!r} is none.",
        remedy="Use --index pypi or --index testpypi.",
    )


def _refuse_unread(reading: OpenRelease) -> None:
    names = {file.distribution.file for file in reading.files}
    unread = [each for each in reading.findings if each.severity is Severity.ERROR and each.file not in names]
    if unread:
        told = "\n".join(f"{each.file}: {each.message}" if each.file else each.message for each in unread)
        raise DistributionsInvalid(told, remedy=unread[0].remedy, code=unread[0].code)
    if refusal := judge_files(tuple(file.distribution for file in reading.files)):
        raise refusal
