"""The command `policy check`: explain a policy file, or list its problems."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from publish_action.app.environment import Sealed
from publish_action.app.files import LocalFiles
from publish_action.config.input_table import PYPI_UPLOAD_URL, TESTPYPI_UPLOAD_URL
from publish_action.decision.simulate import UNKNOWN, Trial, try_out
from publish_action.errors import ExitStatus
from publish_action.github.claims import parse_switch
from publish_action.index.catalogue import Catalogue, list_indexes
from publish_action.models.policy import Policy, PolicyInvalid
from publish_action.models.visibility import OrganisationAudience, Visibility
from publish_action.policy.parser import parse_policy
from publish_action.policy.reader import find_line
from publish_action.protocols import NotFound
from publish_action.report.policy import explain_policy
from publish_action.untrusted.text import neutralise_line

_ALL = (*Visibility, UNKNOWN)


def run_policy_check(sealed: Sealed, given: Mapping[str, str]) -> int:
    """Explain the policy at `file`, or list its problems with their lines; exit status 0 or 2. No network."""
    del sealed
    read = _read_layers(given)
    if isinstance(read, PolicyInvalid):
        return _complain(f"{read.source} is not a valid policy:", *read.problems)
    catalogue = _list_indexes(read, given)
    if catalogue.problems:
        return _complain(*_list_problems(catalogue))
    trials = _read_trials(given)
    if isinstance(trials, str):
        return _complain(trials)
    _print(f"{given['file']} is a valid policy.", *explain_policy(read, catalogue))
    for trial in trials:
        _print(*try_out(read, catalogue, trial))
    return ExitStatus.DONE


def _read_layers(given: Mapping[str, str]) -> Policy | PolicyInvalid:
    if not given["organisation"]:
        return _read_policy(given["file"])
    wider = _read_policy(given["organisation"])
    if isinstance(wider, PolicyInvalid):
        return wider
    own = _read_policy(given["file"], wider=wider)
    return own if isinstance(own, PolicyInvalid) else replace(wider, narrowed_by=own)


def _read_policy(path: str, *, wider: Policy | None = None) -> Policy | PolicyInvalid:
    text = _read_text(path)
    return text if isinstance(text, PolicyInvalid) else parse_policy(text, source=path, wider=wider)


def _read_text(path: str) -> str | PolicyInvalid:
    found = LocalFiles().read(path)
    if isinstance(found, NotFound):
        return PolicyInvalid(source=path, problems=("There is no such file.",))
    if not isinstance(found, bytes):
        return PolicyInvalid(source=path, problems=(found.reason,))
    try:
        return found.decode()
    except UnicodeDecodeError:
        return PolicyInvalid(source=path, problems=("It is not UTF-8 text.",))


def _list_indexes(policy: Policy, given: Mapping[str, str]) -> Catalogue:
    return list_indexes(
        public_url=PYPI_UPLOAD_URL,
        private_url=given["private-index-url"],
        private_check_url="",
        private_auth="auto",
        private_username="",
        private_auth_options=(),
        policy=policy,
        pypi_url=PYPI_UPLOAD_URL,
        testpypi_url=TESTPYPI_UPLOAD_URL,
    )


def _list_problems(catalogue: Catalogue) -> Iterator[str]:
    """Yield each problem under the policy, or the option, that it is in."""
    for source in dict.fromkeys(problem.source for problem in catalogue.problems):
        problems = [problem for problem in catalogue.problems if problem.source == source]
        options = dict.fromkeys(f"--{'.'.join(problem.key)}" for problem in problems)
        yield f"{source} is not a valid policy:" if source else f"{', '.join(options)} cannot be used:"
        text = _read_text(source) if source else ""
        for problem in problems:
            line = find_line(text, problem.key) if isinstance(text, str) else None
            yield f"{f'line {line}: ' if line else ''}{problem.message} ({problem.code})"


def _read_trials(given: Mapping[str, str]) -> list[Trial] | str:
    """Return the release to simulate, once for each requested visibility, or what is wrong with it."""
    if not given["project"]:
        return []
    try:
        project = canonicalize_name(given["project"], validate=True)
        version = Version(given["version"] or "1.0")
    except (InvalidName, InvalidVersion) as error:
        return f"This is not a project name or version: {error}"
    return [
        Trial(
            project=project,
            version=version,
            visibility=visibility,
            choice=given["index"] or "auto",
            environment=given["environment"],
            has_sdist=bool(given["sdist"]),
            is_declared_private=bool(given["declared-private"]),
            switch=parse_switch(given["publish-audience"]) if given["publish-audience"] else OrganisationAudience(),
            now=datetime.now(UTC),
        )
        for visibility in ((given["visibility"],) if given["visibility"] else _ALL)
    ]


def _print(*sentences: str) -> None:
    for sentence in sentences:
        sys.stdout.write(neutralise_line(sentence) + "\n")


def _complain(*sentences: str) -> ExitStatus:
    for sentence in sentences:
        sys.stderr.write(neutralise_line(sentence) + "\n")
    return ExitStatus.INPUTS
