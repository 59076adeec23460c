"""Tags and versions: when they speak of the same release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.tag import (
    ForeignVersion,
    NoVersionInTag,
    TagCheck,
    TagComparison,
    TagMatch,
    TagMismatch,
    compare_tag,
    judge_tag,
)
from publish_action.models.finding import Severity


def compare(tag: str, *, version: str = "1.2", project: str = "acme-utils") -> TagComparison:
    return compare_tag(ref_type="tag", ref_name=tag, project=project, version=version)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2", "1.2"),
        ("v1.2", "1.2"),
        ("V1.2.0", "1.2"),
        ("1.2", "1.2.0"),
        ("acme-utils-1.2", "1.2"),
        ("acme_utils-v1.2", "1.2"),
        ("Acme.Utils/1.2", "1.2"),
        ("acme-utils/v1.2", "1.2"),
        ("acme-utils@1.2", "1.2"),
        ("acme-utils==1.2", "1.2"),
        ("acme_utils_1.2", "1.2"),
        ("release-1.2", "1.2"),
        ("release/v1.2", "1.2"),
        ("version-1.2", "1.2"),
        ("rel_1.2", "1.2"),
        ("v1!2.0", "1!2.0"),
        ("v1.2-rc.1", "1.2rc1"),
        ("1.2a1", "1.2.alpha1"),
        ("v1.2-1", "1.2.post1"),
        ("v1.2.post1", "1.2-post1"),
        ("1.2.dev3", "1.2dev3"),
        ("v1.2+Acme_1", "1.2+acme.1"),
        ("v1.0+local", "1.0+local"),
        ("1!2.0", "1!2"),
        ("acme-utils-1!2.0", "1!2.0"),
        ("v1.0.post1", "1.0.post1"),
        ("v1.0-rc.1", "1.0rc1"),
        ("1.0.0-beta", "1.0b0"),
        ("v1.0.0-alpha.2", "1.0a2"),
        ("1.0c3", "1.0rc3"),
        ("1.0-preview-1", "1.0rc1"),
        ("1.0-r4", "1.0.post4"),
        ("v1.0.dev0", "1.0.dev"),
        ("2026.11.25", "2026.11.25"),
        ("2026.01.05", "2026.1.5"),
        ("v26.1", "26.1"),
        ("2026-11-25", "2026.11.25"),
        ("2026-11", "2026.11"),
        ("release-2026-11", "2026.11"),
        ("v2026-1-5", "2026.1.5"),
        ("v1", "1"),
        ("1", "1.0.0"),
        ("20261125", "20261125"),
        ("V1.2", "1.2"),
        ("v.1.2", "1.2"),
        ("v-1.2", "1.2"),
        ("ver1.2", "1.2"),
        ("release1.2", "1.2"),
        ("release-v1.2.3", "1.2.3"),
        ("release/1.2.3", "1.2.3"),
        ("releases/v1.2", "1.2"),
        ("refs/tags/v1.2", "1.2"),
        ("versions/1.2", "1.2"),
        ("stable/1.2", "1.2"),
        ("py/v1.2", "1.2"),
        ("python-v1.2", "1.2"),
        ("pkg/v1.2", "1.2"),
        ("pypi/1.2", "1.2"),
        ("packages/acme-utils/v1.2", "1.2"),
        ("packages/acme_utils-1.2", "1.2"),
        ("python/packages/acme-utils@1.2", "1.2"),
        ("acme-utils/releases/v1.2", "1.2"),
        ("release/acme-utils/1.2", "1.2"),
        ("acme-utils-release-1.2", "1.2"),
        ("acme-utils@v1.2", "1.2"),
        ("acme-utilsv1.2", "1.2"),
        ("acme.utils.1.2", "1.2"),
        ("utils-1.2", "1.2"),
        ("utils/v1.2", "1.2"),
        ("libs/utils/v1.2", "1.2"),
        ("other-1.2", "1.2"),
    ],
)
def test_tag_holds_the_version(tag: str, version: str) -> None:
    """Prefixes, spellings, epochs and suffixes are read as PEP 440 and PEP 503 have them."""
    assert compare(tag, version=version) == TagMatch()


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("v1.3", "1.3"),
        ("acme-utils-1.2rc1", "1.2rc1"),
        ("acme.utils==1.2.1", "1.2.1"),
        ("v1!1.2", "1!1.2"),
        ("v1.2+acme", "1.2+acme"),
        ("release-2", "2"),
        ("releases/v2.0.0", "2.0.0"),
        ("pkg/v2.0", "2.0"),
        ("utils-v2.0", "2.0"),
        ("packages/acme-utils/v2.0", "2.0"),
        ("refs/tags/v2.0", "2.0"),
        ("v.2.0", "2.0"),
        ("release2.0", "2.0"),
        ("v1.2.3", "1.2.3"),
        ("v1.2-rc.1", "1.2rc1"),
        ("1.2.post1", "1.2.post1"),
        ("1.2-1", "1.2.post1"),
        ("v1", "1"),
        ("2026.11.25", "2026.11.25"),
        ("1234567", "1234567"),
    ],
)
def test_tag_holds_another_version(tag: str, found: str) -> None:
    """A version that is not equal is told, normalised."""
    assert compare(tag) == TagMismatch(found=found)


@pytest.mark.parametrize(
    "tag",
    [
        *("nightly", "latest", "stable", "", "-", "v", "acme-utils", "acme-utils-", "releases/", "x" * 300),
        *("a1b2c3d", "deadbeef", "abc1234", "sprint-42", "nightly-20261125", "build/17", "2026-11-25", "2026-11"),
        *("release-2026-11-25", "v1.0.0-next.3", "v1.0.0-next.1.2", "1.2.x", "1.2-final-build", f"1.2{'.0' * 200}"),
    ],
)
def test_tag_holds_no_version_of_the_project(tag: str) -> None:
    """Words, hashes, dates, counts and what PEP 440 does not know say nothing of this release."""
    assert compare(tag) == NoVersionInTag()


@pytest.mark.parametrize(
    ("tag", "prefix"),
    [
        ("other-2.0", "other"),
        ("other/v2.0", "other"),
        ("other@2.0", "other"),
        ("core-v2.0", "core"),
        ("acme-2.0", "acme"),
        ("acme-utils-plugin-2.0", "acme-utils-plugin"),
        ("packages/other/v2.0", "packages/other"),
        ("other/releases/v2.0", "other/releases"),
        ("nightly-2026.11.25", "nightly"),
    ],
)
def test_tag_holds_a_version_of_something_else(tag: str, prefix: str) -> None:
    """Behind a word that is not the project's another version is likely another project's."""
    found = compare(tag)

    assert isinstance(found, ForeignVersion)
    assert (found.prefix, tag.endswith(found.found)) == (prefix, True)


def test_project_may_end_in_a_number() -> None:
    """The version is what follows the whole name."""
    assert compare("acme-2-1.2", project="acme-2") == TagMatch()


def test_project_may_begin_with_a_neutral_word() -> None:
    """A name that starts like `release-1.2` is read to its end."""
    assert compare("release-acme-1.2", project="release-acme") == TagMatch()


def test_project_may_be_spelled_in_any_way() -> None:
    """Both names are normalised before they are compared (PEP 503)."""
    assert compare("acme-utils-1.2", project="Acme_Utils") == TagMatch()


def test_branch_holds_no_version() -> None:
    """Only tags name releases."""
    assert compare_tag(ref_type="branch", ref_name="v1.3", project="acme", version="1.2") == NoVersionInTag()


def test_version_that_is_no_version_matches_nothing() -> None:
    """A tag never vouches for what PEP 440 does not know."""
    assert compare("1.2", version="one") == TagMismatch(found="1.2")


@given(tag=st.text(), version=st.text(), project=st.text())
def test_every_text_is_compared(tag: str, version: str, project: str) -> None:
    """No tag, version or name raises."""
    assert isinstance(compare(tag, version=version, project=project), TagComparison)


@pytest.mark.parametrize(
    ("mode", "ref_type", "ref_name", "message"),
    [
        (TagCheck.AUTO, "tag", "v1.2", None),
        (TagCheck.AUTO, "tag", "nightly", None),
        (TagCheck.AUTO, "branch", "main", None),
        (TagCheck.AUTO, "tag", "v1.3", "The tag 'v1.3' names version 1.3, the distributions say 1.2."),
        (TagCheck.TRUE, "tag", "v1.2", None),
        (TagCheck.TRUE, "tag", "v1.3", "The tag 'v1.3' names version 1.3, the distributions say 1.2."),
        (
            TagCheck.TRUE,
            "branch",
            "main",
            "`tag-check: true` wants a tag with version 1.2; this run is on the branch 'main'.",
        ),
        (
            TagCheck.TRUE,
            "tag",
            "nightly",
            "`tag-check: true` wants a tag with version 1.2; this run is on the tag 'nightly'.",
        ),
        (TagCheck.TRUE, "", "", "`tag-check: true` wants a tag with version 1.2; this run is on the ref ''."),
        (
            TagCheck.AUTO,
            "tag",
            "other-1.3",
            "The tag 'other-1.3' names version 1.3 of 'other', the distributions are those of acme-utils 1.2.",
        ),
        (
            TagCheck.TRUE,
            "tag",
            "other-1.3",
            "The tag 'other-1.3' names version 1.3, the distributions of acme-utils say 1.2.",
        ),
        (TagCheck.TRUE, "tag", "other-1.2", None),
        (TagCheck.FALSE, "tag", "v1.3", None),
        (TagCheck.FALSE, "branch", "main", None),
    ],
)
def test_input_decides_what_a_tag_must_say(mode: TagCheck, ref_type: str, ref_name: str, message: str | None) -> None:
    """`auto` objects to another version, `true` also to none, `false` to nothing."""
    finding = judge_tag(mode, ref_type=ref_type, ref_name=ref_name, project="acme-utils", version="1.2")

    assert (finding.message if finding else None) == message


@pytest.mark.parametrize(
    ("mode", "severity", "code"),
    [
        (TagCheck.AUTO, Severity.WARNING, "W_TAG_FOREIGN"),
        (TagCheck.TRUE, Severity.ERROR, "E_TAG_MISMATCH"),
    ],
)
def test_another_projects_tag_refuses_only_where_it_was_asked_for(
    mode: TagCheck, severity: Severity, code: str
) -> None:
    """In a monorepo a run on `other-1.3` may publish what else is not there yet; `true` wants this project's tag."""
    finding = judge_tag(mode, ref_type="tag", ref_name="other-1.3", project="acme-utils", version="1.2")

    assert finding is not None
    assert (finding.severity, finding.code) == (severity, code)


def test_mismatch_is_an_error_with_a_way_out() -> None:
    """A wrong tag stops the run, and the finding says how to go on."""
    finding = judge_tag(TagCheck.AUTO, ref_type="tag", ref_name="v2", project="acme", version="1.2")

    assert finding is not None
    assert (finding.severity, finding.code) == (Severity.ERROR, "E_TAG_MISMATCH")
    assert "`tag-check: false`" in finding.remedy
