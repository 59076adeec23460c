"""Every input of the action and option of the command: one table for both, `action.yml` and the README."""

from dataclasses import dataclass
from enum import StrEnum


class InputKind(StrEnum):
    """How an input's text is read."""

    TEXT = "text"
    LINES = "lines"
    PAIRS = "key=value lines"
    SECRET = "secret"  # noqa: S105 -- a kind of input, not a secret
    BOOLEAN = "boolean"
    CHOICE = "choice"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """One row of the contract's section 2."""

    name: str
    meaning: str
    """One paragraph of Markdown, as `action.yml` and the README show it."""
    kind: InputKind = InputKind.TEXT
    default: str = ""
    """As it is typed; empty = not given."""
    choices: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0


BOOLEAN_WORDS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
"""YAML 1.2 core schema, as GitHub's own toolkit reads booleans; anything else is an error."""

AUTO = "auto"

# PyPI's upload endpoint; a test compares it with twine's constant.
PYPI_UPLOAD_URL = "https://upload.pypi.org/legacy/"
TESTPYPI_UPLOAD_URL = "https://test.pypi.org/legacy/"

GITHUB_TOKEN_EXPRESSION = "${{ github.token }}"  # noqa: S105 -- an expression that the runner evaluates, not a secret
"""The default of `github-token` in `action.yml`; the command has no such default."""

INPUTS: tuple[InputSpec, ...] = (
    InputSpec(
        name="packages-dir",
        kind=InputKind.LINES,
        default="dist",
        meaning="Where the distributions are: directories, files or globs, one a line, `**` for any depth. A line that "
        "begins with `!` takes away what the lines above it gave. A line that gives nothing is an error, and so are "
        "distributions in subfolders that no line means.",
    ),
    InputSpec(
        name="project",
        meaning="Publish only this project's distributions; others in `packages-dir` are left and listed. "
        "Not given: several projects are refused with their names.",
    ),
    InputSpec(
        name="index",
        default=AUTO,
        meaning="`auto`, or the name of an index: `pypi`, `testpypi`, `private` (the one given by "
        "`private-index-url`), or a name from the policy. An explicit choice is honoured or refused, never rerouted.",
    ),
    InputSpec(
        name="public-index-url",
        default=PYPI_UPLOAD_URL,
        meaning="Upload URL of the index that `auto` uses for public code.",
    ),
    InputSpec(
        name="public-index-token",
        kind=InputKind.SECRET,
        meaning="An API token for the public index, only where Trusted Publishing is impossible.",
    ),
    InputSpec(
        name="private-index-url",
        meaning="Upload URL of the private index; giving it marks that index private.",
    ),
    InputSpec(
        name="private-index-check-url",
        meaning="Read URL (PEP 503/691) of the private index, for the question whether a file is there already. "
        "Derived from the upload URL where the kind of server is known. `none`: nothing is read, for a login that may "
        "upload and not read.",
    ),
    InputSpec(
        name="private-index-auth",
        kind=InputKind.CHOICE,
        default=AUTO,
        choices=(
            AUTO,
            "basic",
            "trusted-publishing",
            "aws-codeartifact",
            "google-artifact-registry",
            "azure-artifacts",
            "jfrog",
            "cloudsmith",
            "keyring",
            "none",
        ),
        meaning="How to log in to the private index: `auto`, `basic`, `trusted-publishing`, `aws-codeartifact`, "
        "`google-artifact-registry`, `azure-artifacts`, `jfrog`, `cloudsmith`, `keyring` or `none`. `auto` is "
        "`basic` when a password is given, else what the URL's host or the index itself offers.",
    ),
    InputSpec(
        name="private-index-username",
        default="__token__",
        meaning="User name for the private index, and for a private index of the policy that names none.",
    ),
    InputSpec(
        name="private-index-password",
        kind=InputKind.SECRET,
        meaning="Password or token for the private index: a secret.",
    ),
    InputSpec(
        name="private-index-auth-options",
        kind=InputKind.PAIRS,
        meaning="`key=value` lines for the chosen exchange (role-to-assume, tenant-id, client-id, "
        "workload-identity-provider, service-account, provider-name, service-slug, …).",
    ),
    InputSpec(
        name="policy",
        default=".github/publish-policy.toml",
        meaning="Policy file, read through GitHub's API from the repository's default branch, never from the "
        "checked-out ref; `owner/repo/path@sha` for an organisation's. The command outside GitHub reads a local "
        "path. An absent file means: no policy.",
    ),
    InputSpec(
        name="github-token",
        kind=InputKind.SECRET,
        meaning="Token that asks GitHub for the repository's visibility and the policy. "
        "The action's default is the job's own token.",
    ),
    InputSpec(
        name="attestations",
        kind=InputKind.CHOICE,
        default=AUTO,
        choices=(AUTO, "true", "false"),
        meaning="PEP 740 attestations. `auto`: signed where a public repository publishes to PyPI or TestPyPI by "
        "Trusted Publishing from a workflow that PyPI can attest, else off with the reason; `true`: signed, or refused "
        "before anything is sent; `false`: off. See docs/attestations.md.",
    ),
    InputSpec(
        name="sigstore-trust-config",
        meaning="Path of a Sigstore client trust configuration (JSON: trusted root and signing config), in place of "
        "the public Sigstore: for a private Sigstore, and for rehearsals. With it `attestations: auto` is also on for "
        "an index on this machine.",
    ),
    InputSpec(
        name="skip-existing",
        kind=InputKind.BOOLEAN,
        default="true",
        meaning="Skip a file that the index already has with the same hash; with another hash it is always an "
        "error, before anything is sent. `false`: any existing file is an error.",
    ),
    InputSpec(
        name="verify-metadata",
        kind=InputKind.BOOLEAN,
        default="true",
        meaning="Check what an index would reject; `false` turns these findings into warnings. "
        "The rules of confidentiality have no switch.",
    ),
    InputSpec(
        name="tag-check",
        kind=InputKind.CHOICE,
        default=AUTO,
        choices=(AUTO, "true", "false"),
        meaning="`auto`: on a tag that holds a version, that version must equal the distributions' (PEP 440); "
        "`true`: the run must be on such a tag; `false`: no check.",
    ),
    InputSpec(
        name="parallel-uploads",
        kind=InputKind.INTEGER,
        default="4",
        lowest=1,
        highest=16,
        meaning="How many files are sent at the same time, 1 to 16.",
    ),
    InputSpec(
        name="wait-until-served",
        kind=InputKind.BOOLEAN,
        default="true",
        meaning="After the upload, ask the index until it serves every file with the right hash.",
    ),
    InputSpec(
        name="wait-timeout",
        kind=InputKind.INTEGER,
        default="300",
        lowest=0,
        highest=86400,
        meaning="Seconds to wait for that; running out is a warning, not a failure of what was uploaded.",
    ),
    InputSpec(
        name="name-check",
        kind=InputKind.BOOLEAN,
        default="false",
        meaning="Compare a private project's name with the whole public index list, locally; the name itself never "
        "leaves.",
    ),
    InputSpec(
        name="ca-bundle",
        meaning="Path of a PEM file with the certificate authorities to trust, as twine's `--cert`.",
    ),
    InputSpec(
        name="client-cert",
        meaning="Path of a PEM file with a client certificate and its key, as twine's `--client-cert`.",
    ),
    InputSpec(
        name="dry-run",
        kind=InputKind.BOOLEAN,
        default="false",
        meaning="Everything up to and including the plan and the checks; no token is minted, no byte of a "
        "distribution leaves.",
    ),
    InputSpec(
        name="print-hash",
        kind=InputKind.BOOLEAN,
        default="true",
        meaning="Show SHA-256 and BLAKE2b-256 of each file in the log and the summary.",
    ),
    InputSpec(
        name="verbose",
        kind=InputKind.BOOLEAN,
        default="false",
        meaning="Say more in the log.",
    ),
)
