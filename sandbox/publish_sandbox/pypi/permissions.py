"""Who may upload what, by PyPI's rules about upload tokens, users and project roles."""

import base64
from dataclasses import dataclass

from publish_sandbox.clock import Clock
from publish_sandbox.pypi.database import Project
from publish_sandbox.pypi.rules import Rejected, Rulebook, forbidden
from publish_sandbox.pypi.trusted_publishers import Publisher
from publish_sandbox.pypi.upload_tokens import TokenRow, UploadTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What an `Authorization` header says; empty where it says nothing."""

    user: str = ""
    token: str = ""


def read_authorization(header: str) -> Credential:
    """Read Basic, Bearer and `token` credentials; anything else is empty."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return Credential(user="__token__", token=value.strip())
    if scheme.lower() != "basic":
        return Credential()
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return Credential()
    return Credential(user=user, token=password.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """Judge credentials, early and late, as PyPI does."""

    rules: Rulebook
    tokens: UploadTokens
    publishers: list[Publisher]
    clock: Clock

    def find(self, credential: Credential) -> TokenRow:
        """Return the row of the credential's token; whether it is still valid is checked much later."""
        if credential.user not in ("__token__", ""):
            base = self.rules.base_url
            raise forbidden(
                "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted "
                f"Publishers instead. See {base}/help/#apitoken and {base}/help/#trusted-publishers"
            )
        row = self.tokens.find(credential.token)
        if row is None or row.user in self.rules.frozen_users:
            raise forbidden(f"Invalid or non-existent authentication information.{self.rules.help('invalid-auth')}")
        return row

    def find_publisher(self, row: TokenRow) -> Publisher | None:
        """Return the trusted publisher that a token was minted for, or None for a user's API token."""
        return next((known for known in self.publishers if known.id == row.publisher), None)

    def judge(self, credential: Credential, row: TokenRow, project: Project) -> None:
        """Judge signature, caveats and role, in this order."""
        if not self.tokens.is_signed(credential.token, row):
            raise forbidden("Invalid API Token: signatures do not match")
        if reasons := self._failed_caveats(row, project):
            # Each caveat is judged as embedded and as stored, and PyPI names the reason both times.
            raise forbidden(f"Invalid API Token: {', '.join(reasons * 2)}")
        if row.user is None:
            if project.status != "active":
                raise self._not_allowed("The given token", project)
            return
        if row.user not in project.users or project.status == "archived":
            raise self._not_allowed(f"The user '{row.user}'", project)
        self.judge_user(row.user)

    def judge_user(self, user: str) -> None:
        """Refuse a user whose account is not fit for uploads."""
        told = f"User '{user}', associated with the API token used, does not have "
        if user in self.rules.unverified_users:
            raise forbidden(
                f"{told}a verified primary email address. Please add a verified primary email before attempting to "
                f"upload to PyPI.{self.rules.help('verified-email')}"
            )
        if user in self.rules.users_without_second_factor:
            raise forbidden(
                f"{told}two-factor authentication enabled. Please enable two-factor authentication before attempting "
                f"to upload to PyPI.{self.rules.help('two-factor-authentication')}"
            )

    def _failed_caveats(self, row: TokenRow, project: Project) -> list[str]:
        failed = []
        for caveat in row.caveats:
            match caveat:
                case (0, int() as expires, int() as not_before):
                    now = self.clock().timestamp()
                    failed += ["token is expired"] * (now >= expires) + ["token is not yet valid"] * (now < not_before)
                case (4, str() as publisher, _):
                    if not any(known.id == publisher and project.key in known.projects for known in self.publishers):
                        failed.append(f"OIDC scoped token is not valid for project '{project.name}'")
                case (2, tuple() as ids):
                    if project.id not in ids:
                        failed.append(f"project-scoped token is not valid for project: '{project.name}'")
        return failed

    def _not_allowed(self, who: str, project: Project) -> Rejected:
        return forbidden(f"{who} isn't allowed to upload to project '{project.name}'.{self.rules.help('project-name')}")
