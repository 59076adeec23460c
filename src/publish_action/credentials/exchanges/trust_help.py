"""Which line of a vendor's trust settings to look at, spelt out for the claims of this very run."""

import json
from collections.abc import Mapping

from publish_action.protocols import Claims
from publish_action.untrusted.text import shorten

_UNSAID = "(missing in the ID token)"


# STS's own codes (AWS API reference of AssumeRoleWithWebIdentity) that no trust policy has to do with.
_AWS = {
    "ExpiredTokenException": "The ID token had expired: the clocks of GitHub and AWS differ, or the run was suspended. "
    "Run the job again.",
    "IDPCommunicationError": "AWS could not fetch GitHub's keys. Run the job again.",
    "RegionDisabledException": "STS is not activated for this region in the role's account: activate it in IAM, "
    "Account settings, or correct the region of the upload URL.",
}


def advise_aws_trust(*, role: str, code: str, claims: Claims) -> str:
    """Return what the trust policy of a role needs, after STS gave no session."""
    if code in _AWS:
        return _AWS[code]
    issuer = _claim(claims, "iss").removeprefix("https://")
    provider = f"arn:aws:iam::{role.split(':')[4]}:oidc-provider/{issuer}"
    condition = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": _claim(claims, "sub")}
    statement = json.dumps({"StringEquals": condition}, indent=2)
    first = (
        f"See in IAM, Identity providers, that there is {provider}, with the audience sts.amazonaws.com. Then look"
        if code == "InvalidIdentityToken"
        else "Look"
    )
    return (
        f"{first} at the trust policy of {role}: it must allow sts:AssumeRoleWithWebIdentity to the principal "
        f'{{"Federated": "{provider}"}}, and for this run its Condition must hold with\n{statement}'
    )


def advise_aws_permissions(*, role: str, domain: str) -> str:
    """Say what a role must be allowed, after CodeArtifact would not give a token."""
    return (
        f"Look at the permissions of {role}: it needs codeartifact:GetAuthorizationToken on the domain {domain}, and "
        "sts:GetServiceBearerToken with the condition sts:AWSServiceName = codeartifact.amazonaws.com. To publish it "
        "needs codeartifact:PublishPackageVersion and codeartifact:ReadFromRepository too. See that the domain, its "
        "account and its region are those of the upload URL."
    )


def advise_google_trust(*, provider: str, claims: Claims) -> str:
    """Say what a workload identity provider needs, after Google would not take the ID token."""
    return (
        f"Look at the workload identity provider {provider}:\n"
        f"  issuer: {_claim(claims, 'iss')}\n"
        f"  allowed audience: the default one, or https://iam.googleapis.com/{provider}\n"
        "  attribute mapping: google.subject=assertion.sub, attribute.repository_id=assertion.repository_id\n"
        f"  attribute condition, which must hold for this run: assertion.repository_owner_id == "
        f"'{_claim(claims, 'repository_owner_id')}' && assertion.repository_id == "
        f"'{_claim(claims, 'repository_id')}'\n"
        f"  google.subject of this run: {_claim(claims, 'sub')}"
    )


def advise_google_account(*, provider: str, account: str, claims: Claims) -> str:
    """Say what a service account must grant, after Google would not let us act as it."""
    pool = provider.partition("/providers/")[0]
    return (
        f"Look at who may act as {account}: grant roles/iam.workloadIdentityUser on it to\n"
        f"  principalSet://iam.googleapis.com/{pool}/attribute.repository_id/{_claim(claims, 'repository_id')}\n"
        "The provider must map attribute.repository_id, and the project must have the IAM Service Account Credentials "
        "API enabled."
    )


# Entra's own numbers (Microsoft's list of AADSTS codes), as they stand in `error_codes`; all others are about the
# federated credential.
_ENTRA = {
    700016: "The tenant {tenant} has no application {client}: look at client-id and tenant-id.",
    90002: "There is no tenant {tenant}: look at tenant-id.",
    900021: "There is no tenant {tenant}: look at tenant-id.",
    7000229: "The application {client} has no service principal in the tenant {tenant}: create it there (Enterprise "
    "applications).",
    700024: "The ID token was not valid at this time: the clocks of GitHub and Entra differ. Run the job again.",
    53003: "A Conditional Access policy of the tenant {tenant} blocks the application {client}: ask its "
    "administrators to exclude it.",
}


def advise_azure(*, tenant: str, client: str, codes: tuple[int, ...], claims: Claims) -> str:
    """Return what an application's federated credential must be, after Entra did not accept the ID token."""
    known = [_ENTRA[code].format(tenant=tenant, client=client) for code in codes if code in _ENTRA]
    return (
        known[0]
        if known
        else (
            f"Look at the federated credentials of the application {client} in the tenant {tenant}. One must be "
            "exactly, letter by letter:\n"
            f"  issuer: {_claim(claims, 'iss')}\n"
            f"  subject identifier: {_claim(claims, 'sub')}\n"
            "  audience: api://AzureADTokenExchange"
        )
    )


def advise_jfrog(*, host: str, provider: str, audience: str, claims: Claims) -> str:
    """Say what an OIDC integration and its identity mapping need, after JFrog would not take the ID token."""
    return (
        f"Look on {host} under Administration, General, OpenID Connect Integrations, at {provider}:\n"
        f"  provider URL: {_claim(claims, 'iss')}\n"
        f"  audience: {audience}, or empty\n"
        f"  an identity mapping whose claims all hold for this run: {_show_claims(claims)}"
    )


def advise_cloudsmith(*, organization: str, slug: str, audience: str, claims: Claims) -> str:
    """Say what an organization's OIDC settings need, after Cloudsmith would not take the ID token."""
    return (
        f"Look at the OpenID Connect settings of the Cloudsmith organization {organization}:\n"
        f"  provider URL: {_claim(claims, 'iss')}\n"
        f"  required claims, which must all hold for this run: {_show_claims(claims)}, and aud = {audience}\n"
        f"  service accounts: {slug} must be among them"
    )


def _show_claims(claims: Mapping[str, object]) -> str:
    """Names can be given to somebody else's repository; numbers cannot."""
    names = ("repository_id", "repository_owner_id", "environment", "job_workflow_ref", "sub")
    return json.dumps({name: _claim(claims, name) for name in names if isinstance(claims.get(name), str)})


def _claim(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    return shorten(found, 300) if isinstance(found, str) and found else _UNSAID
