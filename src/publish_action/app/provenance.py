"""Check whether an index proves who published the files that are here."""

from collections.abc import Sequence
from dataclasses import dataclass

from publish_action.attestations.attestation import PublisherIdentity
from publish_action.attestations.judge import load_judge
from publish_action.errors import IndexRefused, IndexUnreachable, PublishError
from publish_action.index.pypi import is_pypi
from publish_action.models.distribution import Distribution
from publish_action.models.index import Audience, Index
from publish_action.network.client import HttpClient
from publish_action.protocols import Log, Sleep
from publish_action.untrusted.url import CanonicalUrl, parse_url
from publish_action.upload.provenance import FileProvenance, ProvenanceReader, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceCheck:
    """What is asked: did `identity` publish these files on `index`?"""

    index: Index
    identity: PublisherIdentity
    trust_config: bytes | None
    """A client trust configuration; None is the public Sigstore."""
    client: HttpClient
    sleep: Sleep

    def run(self, files: Sequence[Distribution], log: Log) -> tuple[FileProvenance, ...]:
        """Fetch and verify the provenance of each file, and log what it is worth."""
        judge = load_judge(self.trust_config, self.identity)
        reader = ProvenanceReader(index=self.index, client=self.client, judge=judge, sleep=self.sleep)
        found = reader.read_all(files, sent={})
        for each in found:
            links = ", ".join(judge.link_entry(attestation.log_index) for attestation in each.attestations)
            proof = f", signed by {self.identity} ({links})" if links else ""
            tell = log.say if each.verdict in {Verdict.PROVED, Verdict.NONE} else log.warn
            tell(f"Provenance of {each.file}: {each.said}{proof}.")
        return found


def serves_provenance(index: Index, *, has_trust_config: bool) -> bool:
    """Return whether the index is public and known to have an integrity API: PyPI's, or a rehearsal's."""
    url = parse_url(index.url)
    if not isinstance(url, CanonicalUrl) or index.audience is not Audience.PUBLIC:
        return False
    return is_pypi(url.host) or (url.is_loopback and has_trust_config)


def describe_unproved(found: Sequence[FileProvenance], check: ProvenanceCheck) -> PublishError | None:
    """Return the error for files of which the index does not prove the publisher; None where it proves all."""
    unproved = [each for each in found if not each.is_proved]
    if not unproved:
        return None
    told = [f"{check.index.name} does not prove that {check.identity} published these files:"]
    told += [f"{each.file}: {each.said}" for each in unproved]
    if all(each.verdict is Verdict.UNKNOWN for each in unproved):
        return IndexUnreachable("\n".join(told), remedy="Run the command again later.")
    return IndexRefused(
        "\n".join(told),
        remedy="Do not rely on these files before you know who published them. If it was another repository or "
        "workflow, name it in --attested-by, spelled as GitHub spells it.",
    )
