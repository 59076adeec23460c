"""Attestations are signed where the index takes them and nothing private shows; else there is a reason."""

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files

import pytest

from publish_action.attestations.attestation import PublisherIdentity
from publish_action.attestations.choice import SigningFacts, choose_signing, refuse_public_sigstore
from publish_action.errors import AttestationsImpossible, ExitStatus
from publish_action.untrusted.url import CanonicalUrl, parse_url


def url(text: str) -> CanonicalUrl:
    parsed = parse_url(text)
    assert isinstance(parsed, CanonicalUrl)
    return parsed


CALLER = "octo/open/.github/workflows/release.yml@refs/tags/v1.0"
GOOD = SigningFacts(
    wish="auto",
    code="OK_PUBLIC",
    index_url=url("https://upload.pypi.org/legacy/"),
    takes_attestations=False,
    uses_trusted_publishing=True,
    has_trust_config=False,
    claims={
        "iss": "https://token.actions.githubusercontent.com",
        "repository": "octo/open",
        "workflow_ref": CALLER,
        "job_workflow_ref": CALLER,
    },
)
LOOPBACK = replace(GOOD, index_url=url("http://127.0.0.1:8080/legacy/"), has_trust_config=True)
PULP = replace(
    GOOD,
    code="OK_PRIVATE",
    index_url=url("https://pulp.example.org/legacy/"),
    takes_attestations=True,
    uses_trusted_publishing=False,
    has_trust_config=True,
    wish="true",
)


@pytest.mark.parametrize(
    "facts",
    [
        GOOD,
        replace(GOOD, wish="true"),
        replace(GOOD, index_url=url("https://test.pypi.org/legacy/")),
        LOOPBACK,
        replace(LOOPBACK, claims={**LOOPBACK.claims, "iss": "http://127.0.0.1:1/_services/token"}),
        PULP,
        replace(PULP, code="OK_PUBLIC"),
    ],
)
def test_signed_where_it_is_right(facts: SigningFacts) -> None:
    """A public repository on PyPI by Trusted Publishing, a rehearsal, and a Pulp by request: signed as the workflow."""
    choice = choose_signing(facts)

    assert (choice.identity, choice.reason) == (PublisherIdentity(repository="octo/open", workflow="release.yml"), "")


def claims(**over: object) -> Mapping[str, object]:
    return {**GOOD.claims, **over}


OBSTACLES = {
    "grant": (replace(GOOD, code="OK_PUBLIC_BY_GRANT"), "repository is not public"),
    "private index": (replace(PULP, takes_attestations=False), "the index is private"),
    "private index, no trust": (replace(PULP, has_trust_config=False), "the index is private"),
    "other public index": (replace(GOOD, index_url=url("https://index.example.org/x/")), "not known to take"),
    "loopback, no trust": (replace(LOOPBACK, has_trust_config=False), "sigstore-trust-config alone"),
    "PyPI, another Sigstore": (replace(GOOD, has_trust_config=True), "the public Sigstore alone"),
    "API token": (replace(GOOD, uses_trusted_publishing=False), "Trusted Publishing alone"),
    "no ID token": (replace(GOOD, claims={}), "no verified ID token"),
    "Enterprise Server": (replace(GOOD, claims=claims(iss="https://ghes.example.org")), "no GitHub but github.com"),
    "no workflow": (replace(GOOD, claims=claims(workflow_ref="")), "names no workflow file"),
    "reusable": (
        replace(GOOD, claims=claims(job_workflow_ref="octo/open/.github/workflows/build.yml@refs/heads/main")),
        "compares the workflow that called it",
    ),
    "foreign reusable": (
        replace(GOOD, claims=claims(job_workflow_ref="other/flows/.github/workflows/publish.yml@refs/heads/main")),
        "reusable workflow of another repository publishes (other/flows)",
    ),
}


@pytest.mark.parametrize(("facts", "says"), OBSTACLES.values(), ids=OBSTACLES)
def test_off_with_its_reason(facts: SigningFacts, says: str) -> None:
    """Each obstacle has a reason of its own; `attestations: true` refuses with it, before anything is sent."""
    choice = choose_signing(replace(facts, wish="auto"))
    assert choice.identity is None
    assert says in choice.reason

    with pytest.raises(AttestationsImpossible) as caught:
        choose_signing(replace(facts, wish="true"))
    assert says in caught.value.happened
    assert (caught.value.code, caught.value.status) == ("E_ATTESTATIONS_IMPOSSIBLE", ExitStatus.INPUTS)


def test_off_by_request() -> None:
    """`attestations: false` is obeyed without a question."""
    assert choose_signing(replace(GOOD, wish="false")).identity is None


def test_private_index_is_attested_by_request_alone() -> None:
    """What a Pulp could take is not signed unasked."""
    assert choose_signing(replace(PULP, wish="auto")).reason.startswith("the index is private")


def config_with(text: str) -> bytes:
    return json.dumps({"signingConfig": {"rekorTlogUrls": [{"url": text}]}, "trustedRoot": {"tlogs": []}}).encode()


PUBLIC_ROOT = files("sigstore._store").joinpath("https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")
PUBLIC_CONFIGS = {
    "its own root": PUBLIC_ROOT.read_bytes(),
    "its log": config_with("https://rekor.sigstore.dev"),
    "another spelling": config_with("https://REKOR.Sigstore.dev:443/api"),
    "a mirror of its root": PUBLIC_ROOT.read_bytes().replace(b"sigstore.dev", b"mirror.example"),
}


@pytest.mark.parametrize("code", ["OK_PRIVATE", "OK_PUBLIC_BY_GRANT"])
@pytest.mark.parametrize("config", PUBLIC_CONFIGS.values(), ids=PUBLIC_CONFIGS)
def test_public_sigstore_signs_nothing_private(config: bytes, code: str) -> None:
    """A trust configuration of the public Sigstore would write the repository's name where everyone reads it."""
    with pytest.raises(AttestationsImpossible, match="names the public Sigstore") as caught:
        refuse_public_sigstore(code, config)

    assert caught.value.status is ExitStatus.INPUTS


@pytest.mark.parametrize(
    ("code", "config"),
    [
        ("OK_PUBLIC", config_with("https://rekor.sigstore.dev")),
        ("OK_PRIVATE", None),
        ("OK_PRIVATE", config_with("https://rekor.notsigstore.dev")),
        ("OK_PRIVATE", config_with("https://rekor.example.org/sigstore.dev")),
    ],
    ids=["a public release", "none", "a similar host", "a path"],
)
def test_other_sigstores_may_sign(code: str, config: bytes | None) -> None:
    """A private Sigstore signs private releases, and the public one public releases."""
    refuse_public_sigstore(code, config)
