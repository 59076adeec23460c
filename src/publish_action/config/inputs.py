"""Read the inputs into typed values, or list all that is wrong with them."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import InvalidName, canonicalize_name

from publish_action.config.input_table import BOOLEAN_WORDS, INPUTS, InputKind, InputSpec
from publish_action.config.login_options import OptionProblems, choose_login, parse_options
from publish_action.secret import Secret
from publish_action.untrusted.url import CanonicalUrl, parse_url
from publish_action.untrusted.url_credentials import is_token

_SPECS = {spec.name: spec for spec in INPUTS}
_PREFIX = "INPUT_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the user asked for, read and valid each for itself. Named as in the contract's section 2."""

    packages_dir: tuple[str, ...]
    project: str | None
    """Normalised (PEP 503)."""
    index: str
    public_index_url: str
    public_index_token: Secret
    """A secret that was not given is empty, and false."""
    private_index_url: str
    private_index_check_url: str
    private_index_auth: str
    private_index_username: str
    private_index_password: Secret
    private_index_auth_options: tuple[tuple[str, str], ...]
    policy: str
    github_token: Secret
    attestations: str
    sigstore_trust_config: str
    skip_existing: bool
    verify_metadata: bool
    tag_check: str
    parallel_uploads: int
    wait_until_served: bool
    wait_timeout: int
    """Seconds."""
    name_check: bool
    ca_bundle: str
    client_cert: str
    dry_run: bool
    print_hash: bool
    verbose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblems:
    """Everything that is wrong with the inputs, a sentence each, all at once."""

    problems: tuple[str, ...]


def read_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Give the inputs that the runner passed, by name, as they were typed.

    The runner turns only spaces into `_` and upper-cases the rest, so hyphens stay (GitHub's runner).
    """
    return {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
    }


def parse_inputs(given: Mapping[str, str]) -> Inputs | InputProblems:
    """Read what was typed, by input name; an empty text is the same as not given (contract, section 2)."""
    problems = [_unknown(name) for name in sorted(given) if name not in _SPECS]
    typed = {name: _typed(spec, _text_of(name, given) or spec.default) for name, spec in _SPECS.items()}
    for name, spec in _SPECS.items():
        problems += _problems_of(spec, typed[name])
    problems += _login_problems(typed)
    if problems:
        return InputProblems(problems=tuple(problems + _empty_secrets(typed)))
    return _build(typed)


def _build(typed: Mapping[str, str]) -> Inputs:
    return Inputs(
        packages_dir=_lines(typed["packages-dir"]),
        project=canonicalize_name(typed["project"]) if typed["project"] else None,
        index=typed["index"],
        public_index_url=typed["public-index-url"],
        public_index_token=Secret(typed["public-index-token"]),
        private_index_url=typed["private-index-url"],
        private_index_check_url=typed["private-index-check-url"],
        private_index_auth=typed["private-index-auth"],
        private_index_username=typed["private-index-username"],
        private_index_password=Secret(typed["private-index-password"]),
        private_index_auth_options=_pairs(typed["private-index-auth-options"]),
        policy=typed["policy"],
        github_token=Secret(typed["github-token"]),
        attestations=typed["attestations"],
        sigstore_trust_config=typed["sigstore-trust-config"],
        skip_existing=BOOLEAN_WORDS[typed["skip-existing"]],
        verify_metadata=BOOLEAN_WORDS[typed["verify-metadata"]],
        tag_check=typed["tag-check"],
        parallel_uploads=int(typed["parallel-uploads"]),
        wait_until_served=BOOLEAN_WORDS[typed["wait-until-served"]],
        wait_timeout=int(typed["wait-timeout"]),
        name_check=BOOLEAN_WORDS[typed["name-check"]],
        ca_bundle=typed["ca-bundle"],
        client_cert=typed["client-cert"],
        dry_run=BOOLEAN_WORDS[typed["dry-run"]],
        print_hash=BOOLEAN_WORDS[typed["print-hash"]],
        verbose=BOOLEAN_WORDS[typed["verbose"]],
    )


def _text_of(name: str, given: Mapping[str, str]) -> str:
    """Give what was typed without the white space around it; that of a URL stays, for the grammar of URLs to judge."""
    text = given.get(name, "")
    return text if name.endswith("-url") and text.strip() else text.strip()


def _typed(spec: InputSpec, value: str) -> str:
    """The three-way inputs hold booleans too: `True` and `TRUE` mean what they mean elsewhere."""
    is_boolean_word = spec.kind is InputKind.CHOICE and "true" in spec.choices and value in BOOLEAN_WORDS
    return value.lower() if is_boolean_word else value


def secrets_of(given: Mapping[str, str]) -> tuple[Secret, ...]:
    """Give every secret among the inputs as typed, valid or not, so that all can be masked before any is used.

    A user name of the form of a token is one: some servers take a token there, and people paste it there.
    """
    typed = [given.get(spec.name, "").strip() for spec in INPUTS if spec.kind is InputKind.SECRET]
    user = given.get("private-index-username", "").strip()
    return tuple(Secret(value) for value in (*typed, *([user] if is_token(user) else [])) if value)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.replace("_", "-"), _SPECS, n=1, cutoff=0.5)
    return f"There is no input {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")


def _problems_of(spec: InputSpec, value: str) -> list[str]:
    match spec.kind:
        case InputKind.BOOLEAN if value not in BOOLEAN_WORDS:
            return [f"{spec.name}: {value!r} is not a boolean; write true or false."]
        case InputKind.CHOICE if value not in spec.choices:
            return [f"{spec.name}: {value!r} is none of {', '.join(spec.choices)}."]
        case InputKind.INTEGER if not _is_integer_within(value, spec.lowest, spec.highest):
            return [f"{spec.name}: {value!r} is not a whole number from {spec.lowest} to {spec.highest}."]
        case InputKind.PAIRS:
            return [f"{spec.name}: the line {line!r} is not key=value." for line in _lines(value) if not _is_pair(line)]
        case InputKind.TEXT if spec.name == "project" and value:
            return _project_problems(value)
        case _:
            return []


def _project_problems(value: str) -> list[str]:
    try:
        canonicalize_name(value, validate=True)
    except InvalidName:
        return [f"project: {value!r} is not a valid project name."]
    return []


def _empty_secrets(typed: Mapping[str, str]) -> list[str]:
    """A `${{ secrets.TYPO }}` arrives as an empty text; told beside other problems, it saves the user a run."""
    if typed["private-index-auth"] == "basic" and not typed["private-index-password"]:
        return [
            "private-index-password is empty, and private-index-auth is basic. A secret whose name is misspelt, or "
            "which this job may not read, arrives empty."
        ]
    return []


def _login_problems(typed: Mapping[str, str]) -> list[str]:
    """Say what is wrong with the login's options; a URL that is none is told by the decision."""
    url, check_url = (parse_url(typed[name]) for name in ("private-index-url", "private-index-check-url"))
    auth, password = typed["private-index-auth"], typed["private-index-password"]
    pairs = _pairs("\n".join(line for line in _lines(typed["private-index-auth-options"]) if _is_pair(line)))
    # One template serves repositories that go elsewhere, and see no secret: `auto` alone asks for no login yet.
    is_open = auth == "auto" and (bool(password) or not pairs)
    if not isinstance(url, CanonicalUrl) or is_open or auth not in _SPECS["private-index-auth"].choices:
        return []
    options = parse_options(
        choose_login(auth, url, has_password=bool(password)),
        url,
        pairs,
        check_url=check_url if isinstance(check_url, CanonicalUrl) else None,
        where="private-index-auth-options",
    )
    return list(options.problems) if isinstance(options, OptionProblems) else []


def _is_integer_within(value: str, lowest: int, highest: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= len(str(highest)) and lowest <= int(value) <= highest


def _is_pair(line: str) -> bool:
    key, equals, _ = line.partition("=")
    return bool(key.strip() and equals)


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def _pairs(value: str) -> tuple[tuple[str, str], ...]:
    parted = (line.partition("=") for line in _lines(value))
    return tuple((key.strip(), text.strip()) for key, _, text in parted)
