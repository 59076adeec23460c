"""Run as a child: a person's machine whose keyring is one in memory, registered by keyring's own API."""

import json
import os
import sys
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

# A program of its own: its helpers stand in the tests' folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from publish_action.__main__ import main
from publish_action.credentials.keyring import KeyringCredential
from support.fakes import FakeLog


class MemoryKeyring(KeyringBackend):
    """Holds what KEYRING_CONTENT says: a list of service, user, passwords. Each question uses up one password."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring types half of itself
        self._content: list[tuple[str, str, list[str]]] = json.loads(os.environ["KEYRING_CONTENT"])

    def get_password(self, service: str, username: str) -> str | None:
        """Return the next password of a user."""
        if service == "https://broken.example/":
            raise ZeroDivisionError("s3cret")
        found = [passwords for name, user, passwords in self._content if (name, user) == (service, username)]
        return (found[0].pop(0) if len(found[0]) > 1 else found[0][0]) if found else None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Return a user's password, or the first user's where nobody is asked for."""
        users = [user for name, user, _ in self._content if name == service and user != "__token__"]
        user = username or (users[0] if users else None)
        password = self.get_password(service, user) if user else None
        return SimpleCredential(user, password) if user and password else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Take nothing."""
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        """Delete nothing."""
        raise NotImplementedError


def show_credential(url: str) -> None:
    """Print what a keyring's credential gives: the header twice, whether there is another, and that one."""
    log = FakeLog()
    credential = KeyringCredential(url, "__token__", log)
    first, same = credential.authorization(), credential.authorization()
    has_other = credential.renew_after_rejection(first)
    headers = [header.reveal() for header in (first, same, credential.authorization())]
    sys.stdout.write(json.dumps({"headers": headers, "has_other": has_other, "masked": log.masked, "said": log.lines}))


keyring.set_keyring(MemoryKeyring())
if sys.argv[1] == "credential":
    show_credential(sys.argv[2])
else:
    main()
