"""Judge the classifiers: PyPI takes those of its list and no deprecated ones."""

import difflib
from collections.abc import Callable, Iterator

from trove_classifiers import classifiers, deprecated_classifiers

from publish_action.checks.build_backend import name_place
from publish_action.checks.findings import bounded
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import declares_private
from publish_action.models.finding import Finding, refused_by_pypi
from publish_action.untrusted.url_credentials import show_value

LIST_DATE = "2026-09-21"
"""The day of the list that this program is released with, or of an older one than is installed."""

# Comparing with 900 classifiers takes 10 ms.
_MOST_COMPARED = 10
_LONGEST_COMPARED = 200


def judge_unknown_classifiers(contents: Contents) -> Iterator[Finding]:
    """Yield each classifier that is not in the list, with the nearest that is. `Private ::` is the decision's."""
    unknown = (
        classifier
        for classifier in dict.fromkeys(contents.metadata.classifiers)
        # PyPI drops a form field that is the word which distutils wrote for nothing.
        if classifier.strip() != "UNKNOWN"
        and classifier not in classifiers
        and classifier not in deprecated_classifiers
        and not declares_private(classifier)
    )
    place = name_place(contents, "classifier")
    yield from bounded(
        refused_by_pypi(
            "E_CLASSIFIER_UNKNOWN",
            file=contents.file,
            message=f"The classifier {show_value(classifier)} is not in the list of {LIST_DATE}; PyPI accepts no "
            f"others.{_suggest(classifier) if number < _MOST_COMPARED else ''}",
            remedy=f"Correct {place}. If the classifier is newer than the list, use a newer release of "
            "publish-action, or `verify-metadata: false`.",
            member=contents.metadata_member,
        )
        for number, classifier in enumerate(unknown)
    )


def judge_deprecated_classifiers(contents: Contents) -> Iterator[Finding]:
    """Yield each classifier that PyPI does not take any more, with what replaced it."""
    for classifier in dict.fromkeys(contents.metadata.classifiers):
        if classifier in deprecated_classifiers:
            instead = " or ".join(f"`{other}`" for other in deprecated_classifiers[classifier])
            yield refused_by_pypi(
                "E_CLASSIFIER_DEPRECATED",
                file=contents.file,
                message=f"The classifier {classifier!a} is deprecated, and PyPI no longer accepts it.",
                remedy=f"{f'Write {instead} instead' if instead else 'Remove it; nothing replaces it'}: "
                f"{name_place(contents, 'classifier')}.",
                member=contents.metadata_member,
            )


CLASSIFIER_RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (
    judge_unknown_classifiers,
    judge_deprecated_classifiers,
)
"""In PyPI's order."""


def _suggest(classifier: str) -> str:
    near = difflib.get_close_matches(classifier[:_LONGEST_COMPARED], sorted(classifiers), n=1, cutoff=0.6)
    return f" The closest match is `{near[0]}`." if near else ""
