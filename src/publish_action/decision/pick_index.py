"""Choose the index: the one that the input `index` names, or for `auto` the one of the table of picks (row 8).

An explicit choice is honoured or refused, never replaced by another index (invariant I5).
For `auto`, the first pick that applies decides, also where the index that it names is not in this run: then there is
none, and row 8 of the decision says why. A pick approves nothing; every row of the decision still judges the index.

Not handled here: whether the release may go to the index (rows 9 to 16), and which indexes there are (`catalogue`).

Example: a private repository whose policy lists `acme` (private) and `pypi` (public) for the project gets `acme` by
the last pick. The same repository turned public gets `pypi`, since the policy allows the public index.
"""

from collections.abc import Callable
from dataclasses import dataclass

from publish_action.decision.facts import Facts
from publish_action.index.pypi import is_pypi
from publish_action.models.index import Audience, Index
from publish_action.models.visibility import Verdict
from publish_action.untrusted.url import CanonicalUrl, parse_url

_INLINE = "private"
_PYPI = "pypi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One row of the table of picks: the index that `auto` means where the condition holds."""

    applies: Callable[[Facts], bool]
    index: Callable[[Facts], Index | None]


def choose_index(facts: Facts) -> Index | None:
    """Return the index that was chosen, or that `auto` picks; None = there is no such index in this run."""
    if not facts.is_auto:
        return _find_named(facts, facts.evidence.choice)
    return next((pick.index(facts) for pick in PICKS if pick.applies(facts)), None)


def _has_no_target(facts: Facts) -> bool:
    """Return whether the project or its policy is not certain, or the policy lists no index for it."""
    return not facts.is_settled or facts.allowed == ()


def _is_public_code(facts: Facts) -> bool:
    return facts.verdict is Verdict.PUBLIC and not facts.declared


def _is_public_code_kept_private(facts: Facts) -> bool:
    return _is_public_code(facts) and facts.is_kept_private


def _is_default_missing(facts: Facts) -> bool:
    """Return whether the policy's default is not in this run: it must not turn into PyPI."""
    return _is_public_code(facts) and bool(facts.default_index) and _find_default(facts) is None


def _is_default_used(facts: Facts) -> bool:
    """Return whether the policy's default holds: not where `public-index-url` asks for another index (decision 12)."""
    default, public = _find_default(facts), _find_public(facts)
    if not _is_public_code(facts) or default is None:
        return False
    return default.audience is Audience.PRIVATE or public is None or _is_pypi_itself(public)


def _is_public_index_allowed(facts: Facts) -> bool:
    public = _find_public(facts)
    return _is_public_code(facts) and (facts.allowed is None or (public is not None and public.name in facts.allowed))


def _is_granted_without_private(facts: Facts) -> bool:
    return facts.verdict is Verdict.NONPUBLIC and bool(facts.grants) and _find_private(facts) is None


def _is_anything(_facts: Facts) -> bool:
    return True


def _find_private_or_public(facts: Facts) -> Index | None:
    # Without a private index, row 9a refuses the public one and says why.
    return _find_private(facts) or _find_public(facts)


def _find_any(facts: Facts) -> Index | None:
    # With nothing else to pick, row 9 says that the policy does not allow the public index.
    return _find_private(facts) or _find_only_public(facts) or _find_public(facts)


def _find_none(_facts: Facts) -> Index | None:
    return None


def _find_default(facts: Facts) -> Index | None:
    return _find_named(facts, facts.default_index)


def _find_private(facts: Facts) -> Index | None:
    """Return the first private index that the policy lists, its default before all; without a list, the inline one."""
    names = (_INLINE,) if facts.allowed is None else (facts.default_index, *facts.allowed)
    found = (_find_named(facts, name) for name in names)
    return next((index for index in found if index and index.audience is Audience.PRIVATE), None)


def _find_only_public(facts: Facts) -> Index | None:
    """Return the index that `auto` uses where the policy lists public ones only.

    An index that the policy lists and this run does not know counts as private: a missing `private-index-url`
    must not send anything to the public index beside it.
    """
    listed = [_find_named(facts, name) for name in facts.allowed or ()]
    indexes = [index for index in listed if index and index.audience is Audience.PUBLIC]
    public = _find_public(facts)
    if not indexes or len(indexes) < len(listed) or public is None:
        return None
    if _is_pypi_itself(public):
        default = _find_default(facts)
        return default if default in indexes else indexes[0]
    # `public-index-url` asks for a certain index: that one, or none (decision 12).
    return public if public in indexes else None


def _find_public(facts: Facts) -> Index | None:
    """Return the index at `public-index-url`, under the name by which the policy lists it if that is another one."""
    public = _find_named(facts, facts.evidence.public_index)
    if public is None or facts.allowed is None or public.name in facts.allowed:
        return public
    listed = (_find_named(facts, name) for name in (facts.default_index, *facts.allowed))
    return next((index for index in listed if index and _is_same_place(index, public)), public)


def _is_same_place(one: Index, other: Index) -> bool:
    return (one.url, one.audience) == (other.url, other.audience)


def _is_pypi_itself(index: Index) -> bool:
    """Return whether nobody asked for another public index than the default."""
    url = parse_url(index.url)
    return index.name == _PYPI and isinstance(url, CanonicalUrl) and is_pypi(url.host)


def _find_named(facts: Facts, name: str) -> Index | None:
    return next((index for index in facts.evidence.indexes if index.name == name), None)


PICKS: tuple[Pick, ...] = (
    Pick(applies=_has_no_target, index=_find_none),
    Pick(applies=_is_public_code_kept_private, index=_find_private_or_public),
    Pick(applies=_is_default_missing, index=_find_none),
    Pick(applies=_is_default_used, index=_find_default),
    Pick(applies=_is_public_index_allowed, index=_find_public),
    Pick(applies=_is_public_code, index=_find_any),
    Pick(applies=_is_granted_without_private, index=_find_only_public),
    Pick(applies=_is_anything, index=_find_private),
)
"""What `auto` means, in the order in which it is asked: the first that applies decides."""
