"""Which setting of a vendor to look at: trust settings only where the vendor's own code is about them."""

import pytest

from publish_action.credentials.exchanges.trust_help import advise_aws_trust, advise_azure

ROLE = "arn:aws:iam::123456789012:role/publish"
CLAIMS = {"iss": "https://token.actions.githubusercontent.com", "sub": "repo:octo/demo:environment:pypi"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredTokenException", "Run the job again."),
        ("IDPCommunicationError", "Run the job again."),
        ("RegionDisabledException", "activate it in IAM"),
    ],
)
def test_aws_codes_about_something_else_do_not_lead_to_the_trust_policy(code: str, words: str) -> None:
    """A token that came too late, and a region that is off, are no faults of a role's trust policy."""
    advice = advise_aws_trust(role=ROLE, code=code, claims=CLAIMS)

    assert words in advice
    assert "trust policy" not in advice


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidIdentityToken", "IDPRejectedClaim", "Other"])
def test_other_aws_codes_lead_to_the_trust_policy(code: str) -> None:
    """Every other code shows the trust policy with the claims of this run."""
    assert '"repo:octo/demo:environment:pypi"' in advise_aws_trust(role=ROLE, code=code, claims=CLAIMS)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ((700024,), "Run the job again."),
        ((7000229,), "has no service principal in the tenant t"),
        ((53003,), "Conditional Access policy of the tenant t blocks the application c"),
        ((90002,), "There is no tenant t"),
    ],
)
def test_entras_codes_about_something_else_do_not_lead_to_the_federated_credential(
    codes: tuple[int, ...], words: str
) -> None:
    """Clocks, service principals and policies are no faults of a federated credential."""
    advice = advise_azure(tenant="t", client="c", codes=codes, claims=CLAIMS)

    assert words in advice
    assert "federated credential" not in advice


def test_other_entra_codes_lead_to_the_federated_credential() -> None:
    """Every other code shows what the federated credential must be for this run."""
    advice = advise_azure(tenant="t", client="c", codes=(700213,), claims=CLAIMS)

    assert "subject identifier: repo:octo/demo:environment:pypi" in advice
