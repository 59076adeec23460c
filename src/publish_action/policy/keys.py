"""Every key of a publish policy: one table for the parser and for the schema that editors read."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from publish_action.config.input_table import INPUTS
from publish_action.models.index import Audience
from publish_action.models.policy import PublicName

GRANT_SWITCH = "allow-public-from-nonpublic"
INDEX_NAME = "[a-z0-9][a-z0-9._-]{0,63}"
# PEP 508, and `*` in the place of any letters; in ASCII whatever the flags.
PROJECT_NAME = "[A-Za-z0-9*](?:[A-Za-z0-9._*-]*[A-Za-z0-9*])?"
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
BUILT_IN = ("pypi", "testpypi", "private")
RESERVED = ("auto", *BUILT_IN)


class Form(Enum):
    """What may stand behind a key."""

    TEXT = auto()
    """Not empty."""
    WORD = auto()
    """One of the key's words."""
    BOOLEAN = auto()
    DAY = auto()
    PROJECT = auto()
    """The name of a project, or a pattern of names."""
    NAMES = auto()
    """A list of names of indexes."""
    TEXTS = auto()
    """A table of texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKey:
    """One key of a table."""

    name: str
    form: Form = Form.TEXT
    words: tuple[str, ...] = ()
    default: str = ""
    """Of a word."""
    is_required: bool = False
    is_of_grant: bool = False
    """It says how a grant holds, and means nothing without one."""
    meaning: str


TOP_KEYS: tuple[PolicyKey, ...] = (
    PolicyKey(
        name="unlisted-projects",
        form=Form.WORD,
        words=("refuse", "allow"),
        default="allow",
        meaning="What holds for a project that no entry speaks of: it is not restricted, or it may go nowhere.",
    ),
)

INDEX_KEYS: tuple[PolicyKey, ...] = (
    PolicyKey(name="url", is_required=True, meaning="The upload URL, in its canonical spelling."),
    PolicyKey(
        name="audience",
        form=Form.WORD,
        words=tuple(Audience),
        default=Audience.PUBLIC,
        meaning="Who can read the index. Not marked means public.",
    ),
    PolicyKey(
        name="check-url",
        meaning="The read URL (PEP 503/691), where it does not follow from the upload URL; `none` where nothing is "
        "to be read.",
    ),
    PolicyKey(
        name="auth",
        form=Form.WORD,
        words=next(spec.choices for spec in INPUTS if spec.name == "private-index-auth"),
        default="auto",
        meaning="How to log in, as the input private-index-auth.",
    ),
    PolicyKey(name="username", meaning="The user name to log in with."),
    PolicyKey(name="auth-options", form=Form.TEXTS, meaning="Options of the exchange that `auth` names."),
)

PROJECT_KEYS: tuple[PolicyKey, ...] = (
    PolicyKey(
        name="indexes",
        form=Form.NAMES,
        is_required=True,
        meaning="Where the project may go, in the order of preference; an empty list means nowhere.",
    ),
    PolicyKey(
        name="default-index",
        meaning="Which of these `index: auto` takes, where the repository's visibility lets the project go there.",
    ),
    PolicyKey(
        name="public-name",
        form=Form.WORD,
        words=tuple(PublicName),
        default=PublicName.WARN,
        meaning="What a project of the same name on the public index means to `name-check`: a warning, a refusal, or "
        "that it is ours.",
    ),
    PolicyKey(
        name=GRANT_SWITCH,
        form=Form.BOOLEAN,
        meaning="Grants that the project goes to a public index from a repository that is not public.",
    ),
    PolicyKey(
        name="environment",
        is_of_grant=True,
        meaning="The GitHub environment that the job must run in for the grant to hold; a grant needs one.",
    ),
    PolicyKey(name="sdist", form=Form.BOOLEAN, is_of_grant=True, meaning="The grant covers the sdist too."),
    PolicyKey(name="expires", form=Form.DAY, is_of_grant=True, meaning="The last day of the grant (UTC)."),
    PolicyKey(name="reason", is_of_grant=True, meaning="Why the grant was given."),
)


ALLOW_KEYS: tuple[PolicyKey, ...] = (
    PolicyKey(
        name="member",
        is_required=True,
        meaning="The member's path in a wheel; in an sdist, its path below the folder at the top.",
    ),
    PolicyKey(name="reason", is_required=True, meaning="Why it may be published; the summary shows it."),
    PolicyKey(
        name="code",
        form=Form.WORD,
        words=("", "E_SECRET", "E_SENSITIVE_FILE"),
        meaning="The one reason code that is answered; not given means both.",
    ),
    PolicyKey(
        name="project",
        form=Form.PROJECT,
        meaning="The project that it holds for, or a pattern of projects; not given means all.",
    ),
    PolicyKey(name="expires", form=Form.DAY, meaning="The last day on which it holds (UTC)."),
)


def is_index_name(name: str) -> bool:
    """Return whether an index of a policy can be called so."""
    return re.fullmatch(INDEX_NAME, name) is not None


def names_of(keys: tuple[PolicyKey, ...]) -> tuple[str, ...]:
    """Return the names of a table's keys."""
    return tuple(key.name for key in keys)


def find_key(keys: tuple[PolicyKey, ...], name: str) -> PolicyKey:
    """Return the key of that name; it is one of the table's."""
    return next(key for key in keys if key.name == name)
