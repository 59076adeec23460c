"""Log in with what a person's keyring holds for an index."""

import threading

import keyring

from publish_action.credentials.credential import FixedCredential, basic_header, mask_login
from publish_action.credentials.upload_token import TOKEN_USER
from publish_action.errors import CredentialMissing
from publish_action.protocols import Log
from publish_action.secret import Secret


class KeyringCredential(FixedCredential):
    """A login that is looked up when it is first needed, and once more when the index refuses it.

    Some backends make a new token each time they are asked, so a rehearsal asks none.
    """

    def __init__(self, url: str, user: str, log: Log) -> None:
        super().__init__(None)
        self._url = url
        self._user = user
        self._log = log
        self._lock = threading.Lock()

    def authorization(self) -> Secret:
        """Give the header. Raises `CredentialMissing` where the keyring holds nothing for the index."""
        with self._lock:
            if self._header is None:
                self._header = self._look_up()
            return self._header

    def renew_after_rejection(self, used: Secret | None) -> bool:
        """Ask the keyring again, and say whether it gave something else."""
        with self._lock:
            self._header = self._look_up()
            return self._header != used

    def _look_up(self) -> Secret:
        try:
            found = _find(self._url, self._user)
        # Backends are anybody's code and raise anything.
        except Exception as error:
            raise CredentialMissing(
                f"The keyring could not be read ({type(error).__name__}).",
                remedy="See with `keyring get` that it is unlocked, and with `keyring --list-backends` what there is.",
            ) from error
        if found is None:
            raise CredentialMissing(
                f"The keyring holds no login for {self._url}.",
                remedy=f"Put it there: keyring set {self._url} {self._user or TOKEN_USER}",
            )
        user, password = found
        mask_login(self._log, user, password)
        self._log.say(f"The keyring gave the login of {user}.")
        return basic_header(user, password)


def _find(url: str, user: str) -> tuple[str, Secret] | None:
    """Ask as twine does: the upload URL is the service. The default user name stands for nobody in particular."""
    wanted = None if user in {"", TOKEN_USER} else user
    credential = keyring.get_credential(url, wanted)
    if credential is not None and credential.password:
        return credential.username, Secret(credential.password)
    password = keyring.get_password(url, wanted or TOKEN_USER)
    return (wanted or TOKEN_USER, Secret(password)) if password else None
