"""Verify attestations with PyPI's own library and the trust root of the local Sigstore."""

import json

from packaging.utils import parse_sdist_filename, parse_wheel_filename
from pydantic import TypeAdapter, ValidationError
from pypi_attestations import Attestation, GitHubPublisher
from sigstore.errors import VerificationError
from sigstore.models import ClientTrustConfig
from sigstore.verify import Verifier

from publish_sandbox.pypi.attestations import Attested, Unparsed, Unverified


class SigstoreVerifier:
    """Verify as PyPI does, against one trust configuration. Importing the libraries takes a second."""

    def __init__(self, trust_config: str) -> None:
        self._verifier = Verifier(trusted_root=ClientTrustConfig.from_json(trust_config).trusted_root)

    def parse(self, text: str) -> list[str]:
        """Return each attestation of a JSON list as JSON. Raises `Unparsed`."""
        try:
            return [one.model_dump_json() for one in TypeAdapter(list[Attestation]).validate_json(text)]
        except ValidationError as error:
            raise Unparsed(str(error)) from error

    def verify(self, attestation: str, about: Attested) -> str:
        """Return the predicate type of a good attestation. Raises `Unverified`, and anything on garbage."""
        publisher = GitHubPublisher(
            repository=f"{about.publisher.owner}/{about.publisher.repository}",
            workflow=about.publisher.workflow,
            environment=about.publisher.environment,
        )
        bundle = Attestation.model_validate_json(attestation).to_bundle()
        try:
            _, payload = self._verifier.verify_dsse(bundle, publisher._as_policy())  # noqa: SLF001 -- PyPI's policy
        except VerificationError as error:
            raise Unverified(str(error)) from error
        return _match(json.loads(payload), about)


def _match(statement: dict[str, object], about: Attested) -> str:
    subjects = statement["subject"]
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise Unverified("too many subjects in statement (must be exactly one)")
    name = str(subjects[0]["name"])
    parse = parse_wheel_filename if about.file_name.endswith(".whl") else parse_sdist_filename
    if parse(name) != parse(about.file_name):
        raise Unverified(f"subject does not match distribution name: {name} != {about.file_name}")
    if subjects[0]["digest"].get("sha256") != about.sha256:
        raise Unverified("subject does not match distribution digest")
    return str(statement["predicateType"])
