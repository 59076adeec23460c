"""What a run attests: whether it signs, what lies beside the files, what goes with each, and what the index serves."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from publish_action.attestations.attestation import PUBLISH, Attestation, PublisherIdentity, Subject, Unverified
from publish_action.attestations.background import Signing, SigningOrder, begin_signing
from publish_action.attestations.choice import SigningChoice
from publish_action.attestations.judge import AttestationJudge, explain_upload, load_judge
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import DistributionsInvalid, IndexRefused, InputsInvalid
from publish_action.models.attested import AttestationRecord, AttestedFile, Attesting
from publish_action.network.client import Network
from publish_action.protocols import Clock, Files, IdTokens, Log, Sleep
from publish_action.upload.plan import PlannedFile, UploadPlan
from publish_action.upload.provenance import FileProvenance

_LONGEST_CONFIG = 1 << 20
_BESIDE = "Attest the file again with its last build in this workflow, or take the attestation away."


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningParts:
    """The real parts that signing stands on."""

    id_tokens: IdTokens
    network: Network
    clock: Clock
    sleep: Sleep
    stop: threading.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationPlan:
    """Whether a run attests its files, as whom, and what lies beside them already."""

    choice: SigningChoice
    trust_config: bytes | None = None
    beside: Mapping[str, tuple[Attestation, ...]] = field(default_factory=dict)
    """Verified, by file name."""

    @property
    def identity(self) -> PublisherIdentity | None:
        """The publisher that signs; None = attestations are off."""
        return self.choice.identity

    def load_judge(self) -> AttestationJudge:
        """Return what verifies attestations of this run's publisher; loads Sigstore's libraries."""
        if self.identity is None:
            raise RuntimeError("attestations are off")
        return load_judge(self.trust_config, self.identity)

    def list_subjects(self, rows: Sequence[PlannedFile]) -> tuple[Subject, ...]:
        """Return the files to sign: those that are to be sent and have no publish attestation beside them."""
        if self.identity is None:
            return ()
        files = [row.file.distribution for row in rows if row.is_upload]
        return tuple(
            Subject(file=file.file, sha256=file.sha256)
            for file in files
            if not any(each.predicate == PUBLISH for each in self.beside.get(file.file, ()))
        )

    def begin(self, rows: Sequence[PlannedFile], parts: SigningParts) -> AbstractContextManager[Signing | None]:
        """Start to sign; None where there is nothing to sign, and then no library is loaded."""
        subjects = self.list_subjects(rows)
        if self.identity is None or not subjects:
            return nullcontext()
        return begin_signing(
            SigningOrder(
                subjects=subjects,
                identity=self.identity,
                trust_config=self.trust_config,
                id_tokens=parts.id_tokens,
                network=parts.network,
                clock=parts.clock,
                sleep=parts.sleep,
                stop=parts.stop,
            )
        )

    def gather(
        self, rows: Sequence[PlannedFile], signed: tuple[Attestation, ...]
    ) -> Mapping[str, tuple[Attestation, ...]]:
        """Return what goes with each file that is sent, what this run signed first."""
        made = dict(zip((each.file for each in self.list_subjects(rows)), signed, strict=True))
        names = [row.file.distribution.file for row in rows if row.is_upload]
        going = {name: (*((made[name],) if name in made else ()), *self.beside.get(name, ())) for name in names}
        return {name: attestations for name, attestations in going.items() if attestations}

    def explain(self, file: OpenDistribution, said: str) -> IndexRefused | None:
        """Return the error for a file that was refused for its attestations; None where the words are about others."""
        if self.identity is None:
            return None
        return explain_upload(file.distribution.file, said=said, attestations=file.attested, publisher=self.identity)


def read_trust_config(path: str, files: Files) -> bytes | None:
    """Return the content of `sigstore-trust-config`. Raises `InputsInvalid` (E_TRUST_CONFIG) if it cannot be read."""
    if not path:
        return None
    found = files.read(path)
    if isinstance(found, bytes) and len(found) <= _LONGEST_CONFIG:
        return found
    why = f"is larger than {_LONGEST_CONFIG} bytes" if isinstance(found, bytes) else "cannot be read"
    raise InputsInvalid(
        f"sigstore-trust-config: the file {path!r} {why}.",
        remedy="Give the path of a client trust configuration, from the workspace.",
        code="E_TRUST_CONFIG",
    )


def plan_attestations(
    choice: SigningChoice, trust_config: bytes | None, files: Sequence[OpenDistribution]
) -> AttestationPlan:
    """Return the plan, with what lies beside the files verified.

    Raises `DistributionsInvalid` (E_ATTESTATION_FOREIGN, _MISMATCH, _UNVERIFIED), with every attestation that does
    not hold.
    """
    plan = AttestationPlan(choice=choice, trust_config=trust_config)
    attested = [file for file in files if file.attestations]
    if plan.identity is None or not attested:
        return plan
    judge = plan.load_judge()
    beside, faults = dict[str, tuple[Attestation, ...]](), list[tuple[str, Unverified]]()
    for file in attested:
        subject = Subject(file=file.distribution.file, sha256=file.distribution.sha256)
        judged = [judge.verify(text, subject) for text in file.attestations]
        beside[subject.file] = tuple(each for each in judged if isinstance(each, Attestation))
        faults += [(subject.file, each) for each in judged if isinstance(each, Unverified)]
    if faults:
        told = [f"The attestation beside {file} does not hold: {unverified}." for file, unverified in faults]
        raise DistributionsInvalid("\n".join(told), remedy=_BESIDE, code=faults[0][1].fault.code)
    return replace(plan, beside=beside)


def attach(plan: UploadPlan, going: Mapping[str, tuple[Attestation, ...]]) -> UploadPlan:
    """Return the plan whose files carry the attestations that go with them."""
    rows = tuple(
        replace(row, file=replace(row.file, attested=tuple(each.text for each in going[row.file.distribution.file])))
        if row.file.distribution.file in going
        else row
        for row in plan.rows
    )
    return replace(plan, rows=rows)


def describe_going(
    going: Mapping[str, tuple[Attestation, ...]], plan: AttestationPlan, judge: AttestationJudge
) -> tuple[AttestedFile, ...]:
    """Return what outputs and summary say of the attestations that go with the files."""
    return tuple(
        _describe(
            file,
            attestations,
            judge,
            Attesting.PASSED_ON if attestations[0] in plan.beside.get(file, ()) else Attesting.SIGNED,
        )
        for file, attestations in going.items()
    )


def note_served(
    record: AttestationRecord, found: Sequence[FileProvenance], judge: AttestationJudge, log: Log
) -> AttestationRecord:
    """Tell what the index serves as provenance, and return the record with it."""
    proved = sum(each.is_proved for each in found)
    log.say(f"The index serves verified attestations of {proved} of {len(found)} files.")
    for each in found:
        if not each.is_proved:
            tell = log.warn if record.find(each.file) else log.say
            tell(f"Provenance of {each.file}: {each.said}.")
    known = {each.file for each in record.files}
    there = tuple(
        _describe(each.file, each.attestations, judge, Attesting.ON_INDEX)
        for each in found
        if each.attestations and each.file not in known
    )
    return replace(record, files=(*record.files, *there), served=tuple((each.file, each.said) for each in found))


def _describe(
    file: str, attestations: Sequence[Attestation], judge: AttestationJudge, origin: Attesting
) -> AttestedFile:
    first = attestations[0]
    return AttestedFile(
        file=file,
        origin=origin,
        predicate=first.predicate,
        log_index=first.log_index,
        log_url=judge.link_entry(first.log_index),
        count=len(attestations),
    )
