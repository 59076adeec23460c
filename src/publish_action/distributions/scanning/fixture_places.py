"""Recognise the places in a project where people keep made-up secrets: tests, examples, throw-away servers."""

import re

from publish_action.distributions.archive.paths import normalise_member_path

# Plurals only, where a project itself may bear the singular as its name: `demo/`, `example/`.
_FOLDERS = re.compile(
    r"_?(?:(?:unit|integration)[_-]?)?(?:tests?|testing|testdata|test[_-]data|fixtures?|examples|samples|demos|docs?"
    r"|documentation|tutorials)|__tests__"
)
_FILES = re.compile(
    r"(?:test|testing)[_-].*|.*[_.-]tests?\.[^.]+|tests?\.[^.]+|conftest\.py|.*\.(?:example|sample|template)"
)
# Of a throw-away key: `dummyserver/certs`, `test_creds`, `mock-ca.pem`. Words begin a part or follow a mark.
_THROW_AWAY = re.compile(
    r"(?:^|[._-])(?:dummy|mock|fake|snake-?oil|self-?signed|localhost|(?:test|testing|tests|example|examples|fixture"
    r"|fixtures|sample|samples)(?=$|[._-]))"
)


def is_among_tests(path: str) -> bool:
    """Return whether a member lies among tests, examples or documentation."""
    *folders, name = normalise_member_path(path).casefold().split("/")
    return bool(_FILES.fullmatch(name)) or any(_FOLDERS.fullmatch(folder) for folder in folders)


def is_thrown_away(path: str, project: str) -> bool:
    """Return whether a key's path calls it a throw-away one. A project's own name (PEP 503) does not count.

    The first folder of an sdist is named for the project, and so is a package: `mock/server.key` of the project
    `mock` says nothing.
    """
    parts = normalise_member_path(path).casefold().split("/")
    stem = project.replace("-", "_")
    others = [part for part in parts if not re.sub(r"[-_.]+", "_", part).startswith(stem)]
    return any(_THROW_AWAY.search(part) for part in others)
