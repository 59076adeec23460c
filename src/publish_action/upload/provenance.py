"""Ask an index for the provenance of files (PEP 740, the integrity API), compare and verify it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote

from publish_action.attestations.attestation import Attestation, Subject, Unverified
from publish_action.attestations.judge import AttestationJudge
from publish_action.attestations.provenance import (
    LONGEST_BYTES,
    MEDIA_TYPE,
    ProvenanceProblem,
    ServedAttestation,
    is_same,
    parse_provenance,
)
from publish_action.models.distribution import Distribution
from publish_action.models.index import Index
from publish_action.network.client import HttpClient, NoResponse, Request
from publish_action.protocols import Sleep

_PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the questions for the provenance of a file that was just sent."""
_AT_ONCE = 8
_SIMPLE = "/simple/"


class Verdict(Enum):
    """What the provenance of a file is worth."""

    PROVED = auto()
    """Every attestation that was sent is served as it was sent, and each one that is served verifies."""
    OTHER = auto()
    """What is served verifies, and is not what was sent."""
    UNVERIFIED = auto()
    """At least one attestation that is served does not verify."""
    NONE = auto()
    """The index has none."""
    UNKNOWN = auto()
    """No usable answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProvenance:
    """What an index serves as the provenance of one file."""

    file: str
    said: str
    """In words."""
    verdict: Verdict
    attestations: tuple[Attestation, ...] = ()
    """Those that are served and verified."""

    @property
    def is_proved(self) -> bool:
        """True if nothing is missing and nothing is wrong."""
        return self.verdict is Verdict.PROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceReader:
    """Asks one index; usable from several threads. No login goes with the question: provenance is public."""

    index: Index
    client: HttpClient
    judge: AttestationJudge
    sleep: Sleep

    def read_all(
        self, files: Sequence[Distribution], *, sent: Mapping[str, tuple[str, ...]]
    ) -> tuple[FileProvenance, ...]:
        """Return what is served for each file; `sent` has the attestations that went with it, by file name."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="provenance") as threads:
            return tuple(threads.map(lambda file: self._read(file, sent.get(file.file, ())), files))

    def _read(self, file: Distribution, sent: tuple[str, ...]) -> FileProvenance:
        answer = self._ask(file)
        for pause in _PAUSES if sent else ():
            if isinstance(answer, tuple) and answer:
                break
            self.sleep(pause)
            answer = self._ask(file)
        if isinstance(answer, ProvenanceProblem):
            return FileProvenance(file=file.file, said=f"not known: {answer.reason}", verdict=Verdict.UNKNOWN)
        return self._judge(file, answer, sent)

    def _ask(self, file: Distribution) -> tuple[ServedAttestation, ...] | ProvenanceProblem:
        """Return the attestations that are served, none for 404."""
        url = locate_provenance(self.index, file)
        if not url:
            return ProvenanceProblem(reason="the address of the index's integrity API is not known")
        request = Request(method="GET", url=url, headers={"Accept": MEDIA_TYPE}, max_bytes=LONGEST_BYTES)
        answer = self.client.send(request)
        if isinstance(answer, NoResponse):
            return ProvenanceProblem(reason=str(answer.failure))
        if answer.status == 404:
            return ()
        if answer.status != 200:
            return ProvenanceProblem(reason=f"HTTP {answer.status}")
        return parse_provenance(answer.body)

    def _judge(
        self, file: Distribution, served: tuple[ServedAttestation, ...], sent: tuple[str, ...]
    ) -> FileProvenance:
        if not served:
            return FileProvenance(file=file.file, said="none on the index", verdict=Verdict.NONE)
        subject = Subject(file=file.file, sha256=file.sha256)
        judged = [self.judge.verify(each.text, subject) for each in served]
        good = tuple(each for each in judged if isinstance(each, Attestation))
        bad = next((each for each in judged if isinstance(each, Unverified)), None)
        missing = [text for text in sent if not any(is_same(text, each.text) for each in served)]
        if bad is not None:
            said, verdict = f"served, not verified: {bad}", Verdict.UNVERIFIED
        elif missing:
            said, verdict = "another attestation is served than was sent; it verifies", Verdict.OTHER
        else:
            said, verdict = "served and verified", Verdict.PROVED
        return FileProvenance(file=file.file, said=said, verdict=verdict, attestations=good if bad is None else ())


def locate_provenance(index: Index, file: Distribution) -> str:
    """Return the address of a file's provenance, beside the index's simple pages; empty where it is not known."""
    read_url = index.check_url or ""
    if not read_url.endswith(_SIMPLE):
        return ""
    path = "/".join(quote(part, safe="") for part in (file.project, file.version, file.file))
    return f"{read_url.removesuffix(_SIMPLE)}/integrity/{path}/provenance"
