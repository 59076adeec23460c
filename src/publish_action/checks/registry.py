"""The rules that distributions are checked by, in the order in which PyPI applies them.

A rule is a function from the `Contents` of one distribution to findings. It is pure, reads no file and no clock, raises
nothing whatever the contents are, and yields a bounded number of findings. A finding has its severity for a public
index; `checks.severity` derives the one for the index that was chosen.

Not handled here: what makes a distribution unreadable is an error of `distributions`; the description needs a child
process (`checks.description`); attestations lie beside the file (`checks.attestations`); rules across the files of a
release are those of `judge_release`.

    >>> [finding.code for finding in check_contents(contents)]
    ['E_CLASSIFIER_UNKNOWN', 'W_MEMBER_NAME']
"""

from collections.abc import Callable, Iterator, Sequence

from publish_action.checks.classifiers import CLASSIFIER_RULES
from publish_action.checks.entry_points import judge_entry_points
from publish_action.checks.filename import judge_file_size, judge_platform_tags, judge_sdist_name, judge_wheel_name
from publish_action.checks.licenses import judge_license_files
from publish_action.checks.members import (
    judge_cases,
    judge_compression,
    judge_doubles,
    judge_member_kinds,
    judge_member_paths,
    judge_windows_names,
)
from publish_action.checks.metadata import METADATA_RULES
from publish_action.checks.record import judge_record
from publish_action.checks.release import judge_build_numbers, judge_equal_files, judge_same_metadata, judge_sdists
from publish_action.checks.sdist import judge_build_files, judge_build_system, judge_links
from publish_action.checks.sensitive_content import find_in_contents
from publish_action.checks.sensitive_files import find_sensitive_members
from publish_action.checks.urls import URL_RULES
from publish_action.checks.wheel import (
    judge_data_folders,
    judge_purelib,
    judge_wheel_files,
    judge_wheel_folder,
    judge_wheel_tags,
    judge_wheel_version,
)
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import declares_private
from publish_action.models.distribution import Distribution
from publish_action.models.finding import Finding, uncertain

DistributionRule = Callable[[Contents], Iterator[Finding]]


def check_contents(contents: Contents) -> tuple[Finding, ...]:
    """Return what the rules find in a distribution, with the severity for a public index."""
    return tuple(finding for rule in RULES for finding in rule(contents))


def judge_release(files: Sequence[Contents], distributions: Sequence[Distribution]) -> tuple[Finding, ...]:
    """Return what is wrong across the files of one release. Both are in the order of uploading."""
    return (
        *judge_equal_files(distributions),
        *judge_sdists(distributions),
        *judge_same_metadata(files),
        *judge_build_numbers(files),
    )


def _judge_privacy(contents: Contents) -> Iterator[Finding]:
    if any(map(declares_private, contents.metadata.classifiers)):
        return
    for member in contents.private_elsewhere:
        yield uncertain(
            "E_PRIVATE_CLASSIFIER_INCONSISTENT",
            file=contents.file,
            message=f"{member!a} has a `Private ::` classifier, but the metadata have none.",
            remedy="Build again from a clean checkout, so that the metadata get the classifier.",
            member=member,
        )


RULES: tuple[DistributionRule, ...] = (
    _judge_privacy,
    *METADATA_RULES,
    *CLASSIFIER_RULES,
    *URL_RULES,
    judge_file_size,
    judge_compression,
    judge_member_paths,
    judge_member_kinds,
    judge_links,
    judge_doubles,
    judge_cases,
    judge_windows_names,
    judge_sdist_name,
    judge_build_files,
    judge_build_system,
    judge_wheel_name,
    judge_platform_tags,
    judge_wheel_folder,
    judge_wheel_files,
    judge_wheel_version,
    judge_purelib,
    judge_wheel_tags,
    judge_data_folders,
    judge_license_files,
    judge_record,
    judge_entry_points,
    find_sensitive_members,
    find_in_contents,
)
