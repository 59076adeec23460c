"""What Fulcio writes into a certificate about a GitHub Actions job (Fulcio's docs, oid-info.md)."""

from collections.abc import Mapping

from cryptography import x509

ISSUER = "https://token.actions.githubusercontent.com"
_GITHUB = "https://github.com"
_ARC = "1.3.6.1.4.1.57264.1"


def list_extensions(claims: Mapping[str, object]) -> list[x509.UnrecognizedExtension]:
    """Return the extensions .8 to .22, each a DER UTF8String, for the claims of a verified ID token.

    The local GitHub stands for github.com: verifiers know no other issuer and no other server of GitHub's.
    """
    values = {number: str(value) for number, value in _name_values(claims).items()}
    return [
        x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_ARC}.{number}"), _encode_utf8_string(value))
        for number, value in values.items()
    ]


def name_subject(claims: Mapping[str, object]) -> x509.SubjectAlternativeName:
    """Return the subject of the certificate: the workflow that ran."""
    return x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier(f"{_GITHUB}/{claims['job_workflow_ref']}")],
    )


def _name_values(claims: Mapping[str, object]) -> dict[int, object]:
    repository = f"{_GITHUB}/{claims['repository']}"
    return {
        8: ISSUER,
        9: f"{_GITHUB}/{claims['job_workflow_ref']}",
        10: claims["job_workflow_sha"],
        11: claims["runner_environment"],
        12: repository,
        13: claims["sha"],
        14: claims["ref"],
        15: claims["repository_id"],
        16: f"{_GITHUB}/{claims['repository_owner']}",
        17: claims["repository_owner_id"],
        18: f"{_GITHUB}/{claims['workflow_ref']}",
        19: claims["workflow_sha"],
        20: claims["event_name"],
        21: f"{repository}/actions/runs/{claims['run_id']}/attempts/{claims['run_attempt']}",
        22: claims["repository_visibility"],
    }


def _encode_utf8_string(text: str) -> bytes:
    content = text.encode()
    return b"\x0c" + encode_length(len(content)) + content


def encode_length(length: int) -> bytes:
    """Return the length octets of a DER value (X.690, 8.1.3)."""
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets
