"""Read which classifiers a pyproject.toml declares."""

from publish_action.errors import DistributionsInvalid
from publish_action.untrusted.toml import parse_toml

# PEP 621, poetry's own table, and that of flit before PEP 621.
_PLACES = (("project",), ("tool", "poetry"), ("tool", "flit", "metadata"))


def parse_classifiers(data: bytes) -> tuple[str, ...]:
    """Return the classifiers of a pyproject.toml, from every table that a build backend reads them from.

    Raises `DistributionsInvalid` where the file is not TOML: whether it says "private" cannot be known then.
    """
    try:
        document = parse_toml(data.decode("utf-8"))
    except ValueError as error:
        raise DistributionsInvalid(
            "pyproject.toml is not valid TOML in UTF-8.",
            remedy="Correct pyproject.toml and build again.",
            code="E_METADATA_UNREADABLE",
        ) from error
    return tuple(classifier for place in _PLACES for classifier in _classifiers(document, place))


def _classifiers(document: object, place: tuple[str, ...]) -> list[str]:
    found = document
    for key in (*place, "classifiers"):
        if not isinstance(found, dict):
            return []
        found = found.get(key)
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []
