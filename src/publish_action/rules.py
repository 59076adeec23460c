"""Every rule that one distribution is judged by, in the order in which PyPI asks them."""

from collections.abc import Callable, Iterator

from publish_action.contents import Contents
from publish_action.findings import not_standard, uncertain
from publish_action.metadata import declares_private, find_invalid_fields
from publish_action.model import Finding
from publish_action.safe_text import shorten

DistributionRule = Callable[[Contents], Iterator[Finding]]


def judge(contents: Contents) -> tuple[Finding, ...]:
    """Give all that any rule finds in a distribution, as its severity is for a public index."""
    return tuple(finding for rule in RULES for finding in rule(contents))


def _judge_fields(contents: Contents) -> Iterator[Finding]:
    for problem in find_invalid_fields(contents.metadata):
        yield not_standard(
            "E_METADATA",
            file=contents.file,
            message=f"The metadata are not valid: {shorten(problem)}.",
            remedy="Correct the field in pyproject.toml, or where the build backend takes it from, and build again.",
        )


def _judge_privacy(contents: Contents) -> Iterator[Finding]:
    if any(map(declares_private, contents.metadata.classifiers)):
        return
    for member in contents.private_elsewhere:
        yield uncertain(
            "E_PRIVATE_CLASSIFIER_INCONSISTENT",
            file=contents.file,
            message=f"{member!a} has a `Private ::` classifier, and PKG-INFO has none.",
            remedy="Build again from a clean checkout; the classifier stands in the metadata then.",
            member=member,
        )


RULES: tuple[DistributionRule, ...] = (_judge_fields, _judge_privacy)
