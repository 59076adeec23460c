"""Which options each keyless login takes, which of them an index's URL says, and what is wrong with those given."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from publish_action.index.token_audience import may_ask_for
from publish_action.untrusted.url import CanonicalUrl

Written = tuple[tuple[str, str], ...]
"""Options as somebody wrote them, name and value, in their order."""

# Regions and account numbers go into host names, and slugs into paths: nothing in them may end a label or a segment.
_REGION = r"[a-z]{2,8}(?:-[a-z]{2,16}){1,3}-[0-9]{1,2}"
_ACCOUNT = r"[0-9]{12}"
_DOMAIN = r"[a-z][a-z0-9-]{0,48}[a-z0-9]"
_SLUG = r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"[!-~](?:[ -~]{0,253}[!-~])?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option that a login takes."""

    name: str
    pattern: str
    form: str
    """What a value looks like, to end the sentence "it is …"."""
    is_required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A keyless login: the options it takes, and the URLs that are its vendor's."""

    options: tuple[Option, ...]
    host: str
    """Pattern of the vendor's hosts; a group named like an option (with `_`) says that option."""
    path: str = r".*"
    """The same for the path."""
    sends_to: str = r".*"
    """Pattern of the hosts that may be sent its token; a rehearsal's loopback may too."""
    stays_at_origin: bool = False
    """True where the index's own host gives the token: it goes to no other origin, to read neither."""


_AUDIENCE = Option(
    name="audience",
    pattern=r"[!-~]{1,256}",
    form="the audience that the vendor's OIDC settings name, and none that belongs to another service",
    is_required=False,
)

LOGINS: Mapping[str, Login] = {
    "aws-codeartifact": Login(
        host=rf"(?P<domain>{_DOMAIN})-(?P<domain_owner>{_ACCOUNT})\.d\.codeartifact\.(?P<region>{_REGION})\.amazonaws\.com",
        # Anybody can have other hosts under amazonaws.com.
        sends_to=rf"{_LABEL}\.d\.codeartifact\.{_REGION}\.(?:(?:vpce\.)?amazonaws\.com|on\.aws)",
        options=(
            Option(
                name="role-to-assume",
                pattern=rf"arn:aws:iam::{_ACCOUNT}:role/[A-Za-z0-9_+=,.@/-]{{1,512}}",
                form="the ARN of an IAM role, as arn:aws:iam::123456789012:role/publish",
            ),
            Option(
                name="role-session-name",
                pattern=r"[A-Za-z0-9_+=,.@-]{2,64}",
                form="2 to 64 letters, digits and _+=,.@-",
                is_required=False,
                default="publish-action",
            ),
            Option(name="region", pattern=_REGION, form="a region, as eu-central-1"),
            Option(name="domain", pattern=_DOMAIN, form="the name of a CodeArtifact domain"),
            Option(name="domain-owner", pattern=_ACCOUNT, form="the 12 digits of the domain's AWS account"),
        ),
    ),
    "google-artifact-registry": Login(
        host=r"[a-z0-9-]+-python\.pkg\.dev",
        # Its token opens more than an index.
        sends_to=r"[a-z0-9-]+-python\.pkg\.dev",
        options=(
            Option(
                name="workload-identity-provider",
                pattern=r"projects/[0-9]{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}/providers/"
                r"[a-z0-9-]{4,32}",
                form="projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, with the "
                "project's number and not its name",
            ),
            Option(
                name="service-account",
                pattern=r"[a-z0-9-]{1,63}@[a-z0-9.-]{1,190}\.gserviceaccount\.com",
                form="the e-mail of a service account, as publish@project.iam.gserviceaccount.com",
                is_required=False,
            ),
        ),
    ),
    "azure-artifacts": Login(
        host=rf"pkgs\.dev\.azure\.com|{_LABEL}\.pkgs\.visualstudio\.com",
        # Its token opens more than an index.
        sends_to=rf"pkgs\.dev\.azure\.com|{_LABEL}\.pkgs\.visualstudio\.com",
        options=(
            Option(name="tenant-id", pattern=_UUID, form="the Entra tenant's id, a UUID in lower case"),
            Option(name="client-id", pattern=_UUID, form="the application's (client) id, a UUID in lower case"),
        ),
    ),
    "jfrog": Login(
        host=rf"{_LABEL}\.jfrog\.io",
        stays_at_origin=True,
        options=(
            Option(name="provider-name", pattern=_NAME, form="the name of the OIDC integration"),
            replace(_AUDIENCE, default="jfrog-github"),
            Option(
                name="identity-mapping-name", pattern=_NAME, form="the name of an identity mapping", is_required=False
            ),
            Option(
                name="project-key", pattern=r"[a-z][a-z0-9-]{1,31}", form="a JFrog project's key", is_required=False
            ),
            Option(name="application-key", pattern=_NAME, form="a JFrog application's key", is_required=False),
        ),
    ),
    "cloudsmith": Login(
        host=r"python\.cloudsmith\.io",
        path=rf"/(?P<organization>{_SLUG})/{_SLUG}/?",
        options=(
            Option(name="service-slug", pattern=_SLUG, form="the slug of the service account"),
            Option(name="organization", pattern=_SLUG, form="the slug of the organization (workspace)"),
            replace(_AUDIENCE, default="cloudsmith"),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionProblems:
    """Everything that is wrong with a login's options, a sentence each, all at once."""

    problems: tuple[str, ...]


def choose_login(auth: str, url: CanonicalUrl, *, has_password: bool) -> str:
    """Say how to log in to the index at `url`; `auto` = ask the index itself (contract, section 2)."""
    if auth != "auto":
        return auth
    return "basic" if has_password else detect_login(url) or "auto"


def detect_login(url: CanonicalUrl) -> str | None:
    """Give the keyless login of the vendor that an index's host belongs to, or None."""
    return next((word for word, login in LOGINS.items() if re.fullmatch(login.host, url.host)), None)


def parse_options(
    word: str, url: CanonicalUrl, written: Written, *, check_url: CanonicalUrl | None, where: str
) -> Mapping[str, str] | OptionProblems:
    """Give the options of the login `word` with defaults and what the URL says, or all that is wrong with them.

    An empty value counts as not given. `where` names the place in which they were written. Values are never shown.
    """
    login = LOGINS.get(word)
    if login is None:
        problems = _refuse_all(word, url, written) if written else []
        return OptionProblems(problems=tuple(f"{where}: {each}" for each in problems)) if problems else {}
    given = {name: value for name, value in written if value}
    told = _read_url(login, url)
    problems = [
        *_list_foreign(word, login, (url, *([check_url] if check_url else []))),
        *_list_far(word, login, url, check_url),
        *_list_strange(word, login, written),
        *_list_wrong(word, login, given, told),
    ]
    if problems:
        return OptionProblems(problems=tuple(f"{where}: {each}" for each in problems))
    defaults = {option.name: option.default for option in login.options if option.default}
    return {**defaults, **given, **told}


def _list_foreign(word: str, login: Login, urls: tuple[CanonicalUrl, ...]) -> Iterator[str]:
    """The token goes to both URLs of an index (docs/decisions/0020-login-on-the-read-side.md)."""
    for url in urls:
        if not url.is_loopback and not re.fullmatch(login.sends_to, url.host):
            yield f"{url.host} is no host of {word}, and its token goes to no other; correct the URL or the login."


def _list_far(word: str, login: Login, url: CanonicalUrl, check_url: CanonicalUrl | None) -> Iterator[str]:
    is_far = check_url is not None and (check_url.host, check_url.port) != (url.host, url.port)
    if check_url is not None and login.stays_at_origin and is_far:
        yield (
            f"{check_url.host} is not the host that gives the token of {word}, {url.host}, and it goes to no other; "
            "correct the read URL, or log in with `private-index-username` and `private-index-password`."
        )


def _read_url(login: Login, url: CanonicalUrl) -> Mapping[str, str]:
    host, path = re.fullmatch(login.host, url.host), re.fullmatch(login.path, url.path)
    if host is None or path is None:
        return {}
    return {name.replace("_", "-"): value for name, value in {**host.groupdict(), **path.groupdict()}.items()}


def _list_strange(word: str, login: Login, written: Written) -> Iterator[str]:
    known = [option.name for option in login.options]
    names = [name for name, _ in written]
    for name in dict.fromkeys(names):
        if name not in known:
            near = difflib.get_close_matches(name.lower().replace("_", "-")[:60], known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(known)}."
            yield f"{word} takes no option {name[:60]!r}. {hint}"
        elif names.count(name) > 1:
            yield f"{name} is given {names.count(name)} times."


def _list_wrong(word: str, login: Login, given: Mapping[str, str], told: Mapping[str, str]) -> Iterator[str]:
    for option in login.options:
        value = given.get(option.name)
        if option.name in told:
            if value not in {None, told[option.name]}:
                yield f"{option.name} differs from what the index's URL says ({told[option.name]}); take it away."
        elif value is None:
            if option.is_required:
                yield f"{option.name} is missing or empty; {word} needs it: {option.form}."
        elif not re.fullmatch(option.pattern, value) or (option.name == "audience" and not _is_free(value)):
            yield f"{option.name} is not what it should be: {option.form}."


def _is_free(audience: str) -> bool:
    """An audience that somebody wrote down is judged like one that an index asks for, also in a rehearsal."""
    return may_ask_for(audience, host="", is_loopback=False)


def _refuse_all(word: str, url: CanonicalUrl, written: Written) -> list[str]:
    """Say that nobody takes these options: a login that silently ignored them would not be the one that was meant."""
    names = {name for name, _ in written}
    fits = [word for word, login in LOGINS.items() if names & {option.name for option in login.options}]
    hint = f" Options like these belong to {' or '.join(fits)}." if fits else ""
    if word == "auto":
        return [f"no keyless login is known for {url.host}, so nothing takes these options; name the login.{hint}"]
    return [f"the login {word} takes no options.{hint}"]
