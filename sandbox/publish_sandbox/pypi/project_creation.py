"""Who may create a project on PyPI, and under which name."""

import re
import sys
from collections import Counter
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from publish_sandbox.pypi.database import Database, Project
from publish_sandbox.pypi.permissions import Permissions
from publish_sandbox.pypi.rules import DOCS, Rejected, Rulebook, forbidden, invalid
from publish_sandbox.pypi.upload_tokens import TokenRow

_STDLIB = frozenset(canonicalize_name(name) for name in sys.stdlib_module_names)


@dataclass(slots=True, kw_only=True)
class NewProjects:
    """Let users create projects, not too many; minted tokens create none."""

    database: Database
    rules: Rulebook
    permissions: Permissions
    _created_by: Counter[str] = field(default_factory=Counter)

    def make(self, name: str, row: TokenRow, headers: dict[str, str]) -> Project:
        """Return a project that is not in the database yet; `headers` receives the headers of every response."""
        if row.user is None:
            raise invalid(
                "Non-user identities cannot create new projects. This was probably caused by successfully using a "
                "pending publisher but specifying the project name incorrectly (either in the publisher or in your "
                "project's metadata). Please ensure that both match. See: "
                f"{DOCS}/trusted-publishers/troubleshooting/"
            )
        self.permissions.judge_user(row.user)
        self._count(row.user, headers)
        judge_registration(self.rules)
        judge_new_name(name, self.database, self.rules)
        return Project(id=f"id-{canonicalize_name(name)}", name=name, users={row.user})

    def _count(self, user: str, headers: dict[str, str]) -> None:
        limit = self.rules.new_projects_per_user
        self._created_by[user] += 1
        left = max(0, limit - self._created_by[user])
        headers["RateLimit-Policy"] = f'"project.create.user";q={limit};w=3600;pk=:user:'
        headers["RateLimit"] = f'"project.create.user";r={left};t=3599'
        if self._created_by[user] > limit:
            raise Rejected(429, "Too many new projects created")


def judge_registration(rules: Rulebook) -> None:
    """Refuse every new project while registration is off."""
    if rules.registration_disabled:
        raise forbidden(f"New project registration temporarily disabled.{rules.help('admin-intervention')}")


def judge_new_name(name: str, database: Database, rules: Rulebook) -> None:
    """Refuse a name that no new project may have."""
    key = canonicalize_name(name)
    told = f"The name '{name}' isn't allowed"
    if key in _STDLIB:
        raise invalid(f"{told} (conflict with Python Standard Library module name).{rules.help('project-name')}")
    if key in rules.prohibited_names:
        raise invalid(f"{told}.{rules.help('project-name')}")
    if any(_skeleton(key) == _skeleton(other) for other in list(database.projects)):
        raise invalid(f"The name '{name}' is too similar to an existing project.{rules.help('project-name')}")


def _skeleton(name: str) -> str:
    """Return a name with look-alike characters made equal."""
    return re.sub(r"[lLiI]", "1", re.sub(r"[oO]", "0", re.sub(r"[._-]", "", name))).lower()
